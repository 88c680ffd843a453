//! The books: `cnt reconcile --json` and the report of `cnt demo`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CountsByName;

/// The figures that must balance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Receptions: messages ever acknowledged to a sender.
    pub received: i64,
    /// Accepted MIFs.
    pub accepted: i64,
    /// Rejected receptions.
    pub rejected: i64,
    /// Replayed receptions.
    pub replayed: i64,
    /// Accepted MIFs that ended without an avis.
    pub not_transformed: i64,
    /// First avis.
    pub avis: i64,
    /// Letters after the avis.
    #[serde(default)]
    pub letters: i64,
    /// Documents that the archive finds.
    pub archived: i64,
    /// Folds printed in a spool, deposited or e-mailed.
    pub dispatched: i64,
    /// Folds by state.
    pub folds: CountsByName,
    /// Envelopes received.
    pub courriers: i64,
    /// Envelopes by kind, repetitions left out.
    #[serde(default)]
    pub courriers_by_kind: CountsByName,
    /// Envelopes that wait for an answer, by who owes it.
    #[serde(default)]
    pub courriers_open: CountsByName,
    /// Contestations.
    pub contestations: i64,
    /// Of them, in a queue of an OMP.
    pub queued: i64,
    /// Contestations by state.
    pub contestations_by_state: CountsByName,
    /// Lives of avis by state.
    #[serde(default)]
    pub lives_by_state: CountsByName,
    /// Drivers who were designated and got an avis of their own, by where they live: `france` or `abroad`.
    #[serde(default)]
    pub designations: CountsByName,
    /// Notices that the comptable has not had, by what they say.
    #[serde(default)]
    pub notices_pending: CountsByName,
    /// Everything on its way: unread receptions, lots between services, folds waiting, quarantined records.
    pub in_progress: i64,
}

/// One thing that does not balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Break {
    /// Which equation.
    pub book: String,
    /// Whose key: an `id_mif`, an avis number, a lot.
    pub key: String,
    /// What is wrong.
    pub detail: String,
}

/// `cnt reconcile --json`. Exit code 0 when balanced, 1 when not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// The figures.
    #[serde(flatten)]
    pub totals: Totals,
    /// Whether every equation holds.
    pub balanced: bool,
    /// Every break by its key.
    pub breaks: Vec<Break>,
}

/// The judgement by the sender's own ledger of acknowledgements, which asks none of the system's books.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerJudgement {
    /// Acknowledgements in the ledger.
    pub acknowledged: u64,
    /// Acknowledged, but without a verdict, or accepted and ended nowhere.
    pub lost: u64,
    /// Two verdicts for a reception, or two ends for a MIF.
    pub doubled: u64,
    /// Verdicts other than the sender expected.
    pub unexpected: u64,
    /// A few of them, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub examples: Vec<String>,
}

/// The report of `cnt demo --report FILE`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DemoReport {
    /// The books when the run had settled.
    #[serde(flatten)]
    pub books: Reconciliation,
    /// Rejections by code; a message with several problems counts for each.
    pub rejected_by_code: BTreeMap<String, u64>,
    /// Warnings on accepted MIFs by code.
    pub warnings_by_code: BTreeMap<String, u64>,
    /// Accepted MIFs that ended without an avis, by reason.
    pub not_transformed_by_reason: BTreeMap<String, u64>,
    /// Contestations filed, by ground.
    pub contestations_by_ground: BTreeMap<String, u64>,
    /// With `--days`: payments applied.
    #[serde(default)]
    pub payments: u64,
    /// With `--days`: decisions on contestations.
    #[serde(default)]
    pub decisions: u64,
    /// With `--days`: avis in titres that were signed.
    #[serde(default)]
    pub majorees: u64,
    /// With `--days`: réclamations sent.
    #[serde(default)]
    pub reclamations: u64,
    /// With `--days`: envelopes of the mail room, letters that came back among them.
    #[serde(default)]
    pub mailed: u64,
    /// With `--days`: réclamations that an officer received.
    #[serde(default)]
    pub admissions: u64,
    /// With `--days`: addresses declared in time, which undid a majoration.
    #[serde(default)]
    pub addresses: u64,
    /// With `--days`: judgments and oppositions that were applied.
    #[serde(default)]
    pub acts: u64,
    /// With `--days`: notices that the comptable took.
    #[serde(default)]
    pub notices: u64,
    /// Letters to look at, fetched from the archive.
    pub samples: Vec<SampleLetter>,
    /// Whole run, from the start of the stack to the last figure.
    pub seconds: f64,
    /// Seconds spent on each step.
    pub steps: BTreeMap<String, f64>,
    /// Kills by part; empty without `--kill`.
    pub kills: BTreeMap<String, u32>,
    /// Judged by the sender.
    pub ledger: LedgerJudgement,
    /// Messages generated.
    pub mifs: u64,
    /// Seed of the generator.
    pub seed: u64,
    /// Collectivities of the simulated nation.
    pub collectivities: u64,
}

/// A letter that the demo shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SampleLetter {
    /// Number of the avis.
    pub avis: String,
    /// What is to be seen.
    pub what: String,
    /// The file (PDF).
    pub path: String,
}
