//! What the API of cards and stations takes and gives.

use cnt_contracts::registry::ReasonV1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A card is to be revoked.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RevocationRequest {
    /// Why.
    pub(super) reason: Reason,
    /// Instant from which it holds, seconds since the epoch; now (legal clock) if absent.
    #[serde(default)]
    pub(super) effective_at_s: Option<i64>,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    pub(super) by: String,
}

/// Somebody acts on a card.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ActRequest {
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    pub(super) by: String,
}

fn somebody() -> String {
    "operator".to_owned()
}

/// Why a card is revoked, or a station cut.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Reason {
    Loss,
    Theft,
    Compromise,
    Departure,
    CollectivityLeaving,
    WrongData,
    Superseded,
}

impl From<Reason> for ReasonV1 {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Loss => Self::Loss,
            Reason::Theft => Self::Theft,
            Reason::Compromise => Self::Compromise,
            Reason::Departure => Self::Departure,
            Reason::CollectivityLeaving => Self::CollectivityLeaving,
            Reason::WrongData => Self::WrongData,
            Reason::Superseded => Self::Superseded,
        }
    }
}

/// A card for an agent.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CardRequest {
    /// SIREN of the collectivity.
    pub(super) siren: String,
    /// The agent's number.
    pub(super) matricule: String,
    /// Request (PKCS#10, PEM) signed with the signature key.
    pub(super) signature_request: String,
    /// Request (PKCS#10, PEM) signed with the authentication key.
    pub(super) authentication_request: String,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    pub(super) by: String,
}

/// A station of a collectivity.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct StationRequest {
    /// SIREN of the collectivity.
    pub(super) siren: String,
    /// Name of the station: at most twenty-four letters, digits, `-` or `.`.
    pub(super) name: String,
    /// Request (PKCS#10, PEM) signed with the connection key.
    pub(super) connection_request: String,
    /// Request (PKCS#10, PEM) signed with the seal key.
    pub(super) seal_request: String,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    pub(super) by: String,
}

/// A station is to be cut.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CutRequest {
    /// Why.
    pub(super) reason: Reason,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    pub(super) by: String,
}

/// A card was issued.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct CardIssued {
    /// The version that the change made.
    pub(super) version: i64,
    /// Serial number of the card.
    pub(super) serial: String,
    /// Signature certificate, PEM.
    pub(super) signature: String,
    /// Authentication certificate, PEM.
    pub(super) authentication: String,
}

/// A station was issued.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct StationIssued {
    /// The version that the change made.
    pub(super) version: i64,
    /// Name of the station.
    pub(super) name: String,
    /// Connection certificate, PEM.
    pub(super) connection: String,
    /// Seal certificate, PEM.
    pub(super) seal: String,
}

/// A card, what was issued for it and what was done to it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct CardAnswer {
    /// Serial number.
    pub(super) serial: String,
    /// SIREN of the collectivity.
    pub(super) siren: String,
    /// The agent's number.
    pub(super) matricule: String,
    /// `in_force`, `suspended` or `revoked`, now (legal clock).
    pub(super) status: String,
    /// Revocation or suspension, one dated ahead included.
    pub(super) revocation: Option<RevocationAnswer>,
    /// Certificates that this registry issued; none for a card of the first snapshot.
    pub(super) certificates: Vec<CertificateAnswer>,
    /// What was done to it, oldest first.
    pub(super) journal: Vec<EntryAnswer>,
}

/// A revocation.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct RevocationAnswer {
    /// From when (RFC 3339).
    pub(super) effective_at: String,
    /// Why.
    #[schema(value_type = String)]
    pub(super) reason: ReasonV1,
}

/// A certificate.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct CertificateAnswer {
    /// `signature` or `authentication`.
    pub(super) usage: String,
    /// Its serial number, hexadecimal.
    pub(super) number: String,
    /// Last instant of its validity (RFC 3339).
    pub(super) not_after: String,
    /// The certificate, PEM.
    pub(super) pem: String,
}

/// An entry of the journal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(in crate::http) struct EntryAnswer {
    /// Legal instant (RFC 3339).
    pub(super) at: String,
    /// Who acted.
    pub(super) by: String,
    /// `card_issued`, `card_revoked`, `card_suspended`, `card_resumed`.
    pub(super) act: String,
    /// Further facts.
    #[schema(value_type = Object)]
    pub(super) detail: serde_json::Value,
    /// The version that it made.
    pub(super) version: i64,
}
