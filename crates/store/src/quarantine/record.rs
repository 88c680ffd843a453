//! What is kept of a quarantined record, and the states it goes through.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::error::StoreError;

/// Where a quarantined record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuarantineState {
    /// Nobody decided yet.
    Waiting,
    /// An operator asked for it to be handled again.
    Replay,
    /// It was handled again.
    Replayed,
    /// An operator asked for it to be given up.
    Discard,
    /// It was given up, and its sender told.
    Discarded,
}

impl QuarantineState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Replay,
        Self::Replayed,
        Self::Discard,
        Self::Discarded,
    ];

    /// The name in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Replay => "replay",
            Self::Replayed => "replayed",
            Self::Discard => "discard",
            Self::Discarded => "discarded",
        }
    }

    /// True while the record counts as in progress.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Replay | Self::Discard)
    }
}

impl fmt::Display for QuarantineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for QuarantineState {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StoreError::Refused {
                what: format!("{text:?} is no quarantine state"),
            })
    }
}

/// A record to be quarantined: what the broker gave, and why it could not be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRecord {
    /// The topic's name.
    pub topic: String,
    /// The broker's id of the topic.
    pub topic_id: Uuid,
    /// The partition.
    pub partition: i32,
    /// The record's offset.
    pub record_offset: i64,
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's value.
    pub value: Option<Vec<u8>>,
    /// The record's headers; a name may come several times.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The reason, one of a closed list of the service's.
    pub reason: String,
    /// What exactly happened, for the operator; never personal data. Cut at 4,000 characters.
    pub detail: String,
}

/// A quarantined record with its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// Derived from topic id, partition and offset: the same record always has the same id.
    pub id: Uuid,
    /// The record. Headers are ordered by name; values of one name keep their order.
    pub record: QuarantinedRecord,
    /// Where it stands.
    pub state: QuarantineState,
    /// When it was quarantined, in microseconds since 1970 by the database's clock.
    pub at_epoch_us: i64,
    /// When it was replayed or discarded.
    pub resolved_at_epoch_us: Option<i64>,
}

/// What became of an operator's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// It is recorded; the service will carry it out.
    Recorded,
    /// The record is not waiting; this is its state.
    NotWaiting(QuarantineState),
    /// There is no such record.
    Unknown,
}

/// How many records are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuarantineCounts {
    /// Waiting for a decision.
    pub waiting: i64,
    /// Asked to be replayed.
    pub replay: i64,
    /// Replayed.
    pub replayed: i64,
    /// Asked to be discarded.
    pub discard: i64,
    /// Discarded.
    pub discarded: i64,
}

impl QuarantineCounts {
    /// How many count as in progress.
    pub fn in_progress(&self) -> i64 {
        self.waiting + self.replay + self.discard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_those_of_the_table() {
        let sql = include_str!("../../migrations/00000000000001_shared_tables/up.sql");
        let names: Vec<String> = QuarantineState::ALL
            .iter()
            .map(|state| format!("'{state}'"))
            .collect();
        assert!(sql.contains(&format!("CHECK (state IN ({}))", names.join(", "))));
        for state in QuarantineState::ALL {
            assert_eq!(state.as_str().parse::<QuarantineState>().unwrap(), state);
        }
        assert!("lost".parse::<QuarantineState>().is_err());
    }
}
