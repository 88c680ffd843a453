//! Envelopes from offenders, as the portal and the mail room write them to `courrier.inbound`.

use cnt_domain::avis::Ground;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Ground of a contestation on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroundWord {
    /// Cas n° 1: vehicle stolen, destroyed, sold, or plate usurped.
    Vehicule,
    /// Cas n° 2: another driver is designated.
    Designation,
    /// Cas n° 3: any other motive.
    Autre,
}

impl From<GroundWord> for Ground {
    fn from(word: GroundWord) -> Self {
        match word {
            GroundWord::Vehicule => Ground::VehicleNotMine,
            GroundWord::Designation => Ground::Designation,
            GroundWord::Autre => Ground::Other,
        }
    }
}

/// What an offender asks on the portal: `POST /v1/contestations`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestationRequest {
    /// Chosen by the sender: the same id twice is one contestation.
    pub id: Uuid,
    /// Avis number, ten digits.
    pub avis: String,
    /// Ground.
    pub ground: GroundWord,
    /// Motivation, at most 4,000 characters.
    #[schemars(length(max = 4000))]
    pub motivation: String,
}

impl std::fmt::Debug for ContestationRequest {
    /// The motivation is personal data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContestationRequest({})", self.id)
    }
}

/// A record of `courrier.inbound`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CourrierV1 {
    /// Version of this shape: 1.
    pub version: u16,
    /// Reception instant on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// `portal` or `mail`.
    pub channel: String,
    /// The contestation.
    pub contestation: ContestationRequest,
}
