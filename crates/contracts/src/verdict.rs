//! What a verdict lot says of each MIF.

use cnt_domain::problem::{Problem, ProblemCode, Severity};
use cnt_domain::verdict::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hex32::Hex32;

/// The word of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerdictWord {
    /// Every check passed, possibly with warnings.
    Accepted,
    /// At least one check refused it.
    Rejected,
    /// Same id and payload as an earlier reception; the earlier verdict stands.
    Replayed,
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => VerdictWord::Accepted,
            Verdict::Rejected => VerdictWord::Rejected,
            Verdict::Replayed => VerdictWord::Replayed,
        }
    }
}

/// Whether a problem refuses or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityWord {
    /// Accompanies an acceptance.
    Warning,
    /// Refuses.
    Error,
}

/// A problem on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemV1 {
    /// Stable code.
    pub code: String,
    /// Whether it refuses.
    pub severity: SeverityWord,
    /// JSON pointer (RFC 6901) into the payload; empty for the message as a whole.
    pub pointer: String,
    /// One sentence in French, and what was found.
    pub message: String,
}

impl From<&Problem> for ProblemV1 {
    fn from(problem: &Problem) -> Self {
        let sentence = problem.code.text().french;
        let message = if problem.detail.is_empty() {
            sentence.to_owned()
        } else {
            format!("{sentence} ({})", problem.detail)
        };
        Self {
            code: problem.code.as_str().to_owned(),
            severity: match problem.code.severity() {
                Severity::Warning => SeverityWord::Warning,
                Severity::Error => SeverityWord::Error,
            },
            pointer: problem.pointer.clone(),
            message,
        }
    }
}

impl ProblemV1 {
    /// The domain's code, if this version knows it.
    #[must_use]
    pub fn known_code(&self) -> Option<ProblemCode> {
        self.code.parse().ok()
    }
}

/// Meta of one member of a verdict lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictMeta {
    /// Identity of the reception; also the member's id.
    pub reception: Uuid,
    /// Reception instant on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// Registry version it was judged by.
    pub registry_version: u64,
    /// SHA-256 of the sending station's connection certificate.
    pub station: Hex32,
    /// The submission whose seal covers the MIF, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub submission: Option<Uuid>,
    /// With the first MIF of a submission alone: the station's seal, a compact JWS over the SHA-256 of each MIF of the
    /// submission, in order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seal: Option<String>,
    /// Collectivity of the station, to which the receipt belongs; none if the station is unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub station_siren: Option<String>,
    /// Identity of the MIF, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id_mif: Option<Uuid>,
    /// SHA-256 of the payload, if it could be decoded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payload_sha256: Option<Hex32>,
    /// The verdict.
    pub verdict: VerdictWord,
    /// For a replay: the reception whose verdict stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replay_of: Option<Uuid>,
    /// For a replay: the verdict that stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replayed_verdict: Option<VerdictWord>,
    /// Every problem found.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<ProblemV1>,
    /// Of an accepted MIF: SHA-256 of each photograph that it names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub photos: Vec<Hex32>,
}
