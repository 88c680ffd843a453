//! The partitions held, and where each stands: which record is taken, which is skipped.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::lot::{Key, TopicPartition};
use crate::record::Record;

/// What to do with a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is the next one.
    Take {
        /// Id of its topic.
        topic_id: Uuid,
        /// Where the partition stood before it.
        position: i64,
        /// Offsets skipped by the broker before it.
        gap: i64,
    },
    /// It is of a partition that is not held, or of a stream that was left by a seek.
    Skip,
    /// It is ahead of what is expected: ask the broker again from there before believing in a gap.
    AskAgain {
        /// The offset expected.
        position: i64,
    },
}

#[derive(Debug, Default)]
struct Held {
    topic_id: Option<Uuid>,
    /// The next offset to take; unknown until the handler has said where to begin.
    position: Option<i64>,
    /// The offset that came when another one was expected, which was then asked for again.
    asked: Option<i64>,
}

/// The partitions held.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    held: BTreeMap<Key, Held>,
}

impl Partitions {
    /// Holds partitions whose position is not known yet.
    pub(super) fn add(&mut self, partitions: &[Key]) {
        for key in partitions {
            self.held.insert(key.clone(), Held::default());
        }
    }

    /// Says where a partition stands, if it is held.
    pub(super) fn place(&mut self, key: &Key, topic_id: Uuid, position: i64) {
        if let Some(held) = self.held.get_mut(key) {
            *held = Held {
                topic_id: Some(topic_id),
                position: Some(position),
                asked: None,
            };
        }
    }

    pub(super) fn remove(&mut self, partitions: &[Key]) {
        for partition in partitions {
            self.held.remove(partition);
        }
    }

    /// Makes positions unknown, so that the handler is asked again.
    pub(super) fn doubt(&mut self, partitions: &[Key]) {
        for key in partitions {
            if let Some(held) = self.held.get_mut(key) {
                held.position = None;
            }
        }
    }

    /// The same for all partitions.
    pub(super) fn doubt_all(&mut self) {
        for held in self.held.values_mut() {
            held.position = None;
        }
    }

    pub(super) fn all(&self) -> Vec<Key> {
        self.held.keys().cloned().collect()
    }

    /// Those whose position is unknown.
    pub(super) fn doubtful(&self) -> Vec<Key> {
        let doubtful = self.held.iter().filter(|(_, held)| held.position.is_none());
        doubtful.map(|(key, _)| key.clone()).collect()
    }

    /// Those whose position is known, with it.
    pub(super) fn positions(&self) -> Vec<(Key, i64)> {
        self.held
            .iter()
            .filter_map(|(key, held)| Some((key.clone(), held.position?)))
            .collect()
    }

    /// Those of a list that are held and were placed at some time: what a handler has heard of.
    pub(super) fn known(&self, partitions: &[Key]) -> Vec<TopicPartition> {
        let known = partitions
            .iter()
            .filter_map(|key| Some((key, self.held.get(key)?.topic_id?)));
        known
            .map(|((topic, partition), topic_id)| TopicPartition {
                topic: Arc::clone(topic),
                topic_id,
                partition: *partition,
            })
            .collect()
    }

    /// Judges a record and moves its partition's position past it when it is taken.
    pub(super) fn admit(&mut self, record: &Record) -> Admission {
        let Some(held) = self
            .held
            .get_mut(&(Arc::clone(&record.topic), record.partition))
        else {
            return Admission::Skip;
        };
        let (Some(topic_id), Some(position)) = (held.topic_id, held.position) else {
            return Admission::Skip;
        };
        if record.offset < position {
            return Admission::Skip;
        }
        // A gap is believed when the same record comes again after a seek to the expected offset.
        if record.offset > position && held.asked != Some(record.offset) {
            held.asked = Some(record.offset);
            return Admission::AskAgain { position };
        }
        held.position = Some(record.offset + 1);
        held.asked = None;
        Admission::Take {
            topic_id,
            position,
            gap: record.offset - position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn record(offset: i64) -> Record {
        Record {
            topic: "t".into(),
            partition: 0,
            offset,
            timestamp_ms: 0,
            key: None,
            value: Bytes::new(),
            headers: crate::Headers::default(),
        }
    }

    fn take(position: i64, gap: i64) -> Admission {
        Admission::Take {
            topic_id: Uuid::max(),
            position,
            gap,
        }
    }

    fn key() -> Key {
        ("t".into(), 0)
    }

    fn placed_at(position: i64) -> Partitions {
        let mut partitions = Partitions::default();
        partitions.add(&[key()]);
        partitions.place(&key(), Uuid::max(), position);
        partitions
    }

    #[test]
    fn records_are_taken_in_order_and_once() {
        let mut partitions = placed_at(5);
        assert_eq!(partitions.admit(&record(4)), Admission::Skip);
        assert_eq!(partitions.admit(&record(5)), take(5, 0));
        assert_eq!(partitions.admit(&record(5)), Admission::Skip);
        assert_eq!(partitions.admit(&record(6)), take(6, 0));
        assert_eq!(partitions.positions(), [(key(), 7)]);
    }

    #[test]
    fn a_gap_is_believed_when_it_comes_twice() {
        let mut partitions = placed_at(5);
        assert_eq!(
            partitions.admit(&record(8)),
            Admission::AskAgain { position: 5 }
        );
        assert_eq!(partitions.admit(&record(8)), take(5, 3));
        assert_eq!(
            partitions.admit(&record(11)),
            Admission::AskAgain { position: 9 }
        );
        assert_eq!(
            partitions.admit(&record(12)),
            Admission::AskAgain { position: 9 }
        );
        assert_eq!(partitions.admit(&record(9)), take(9, 0));
        assert_eq!(
            partitions.admit(&record(11)),
            Admission::AskAgain { position: 10 }
        );
    }

    #[test]
    fn nothing_is_taken_without_a_position() {
        let mut partitions = placed_at(5);
        partitions.doubt(&[key()]);
        assert_eq!(partitions.admit(&record(5)), Admission::Skip);
        assert_eq!(partitions.doubtful(), [key()]);
        partitions.place(&key(), Uuid::max(), 2);
        assert_eq!(partitions.admit(&record(2)), take(2, 0));
        partitions.remove(&[key()]);
        assert_eq!(partitions.admit(&record(3)), Admission::Skip);
    }
}
