//! What commands of `cnt` print with `--json` or write with `--report`, for scripts.
//!
//! A script may rely on every member named here; it should ignore members that it does not know. Counts are whole numbers, durations and
//! rates say their unit in their name. Shapes of commands that a release does not have yet are settled here all the same, so that what is
//! written against them today keeps working.

pub mod bench;
pub mod books;
pub mod law;
pub mod load;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::verdict::{ProblemV1, VerdictWord};

/// `cnt mif check FILE…`: one line per file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MifCheckLine {
    /// The file, as it was named.
    pub file: String,
    /// The verdict.
    pub verdict: VerdictWord,
    /// Every problem found, warnings included.
    pub problems: Vec<ProblemV1>,
}

/// `cnt clock show` and `cnt clock advance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockState {
    /// Seconds by which the legal clock is ahead of the real one.
    pub offset_seconds: i64,
    /// The legal instant (RFC 3339).
    pub legal_now: String,
}

/// `cnt quarantine list --json`: one line per message that a service set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantinedLine {
    /// Its id, for `show`, `replay` and `discard`.
    pub id: Uuid,
    /// The service that could not digest it.
    pub service: String,
    /// Topic it was read from.
    pub topic: String,
    /// Partition of the topic.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
    /// `waiting`, `replay` or `discard` while open; then `replayed` or `discarded`.
    pub state: String,
    /// Short name of the reason.
    pub reason: String,
    /// The reason in words, without personal data.
    pub detail: String,
}

/// Counts by name: a problem code, a state, a part of the system.
pub type CountsByName = BTreeMap<String, i64>;
