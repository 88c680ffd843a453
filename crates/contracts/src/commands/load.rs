//! `cnt load`, `cnt chaos` and `cnt render compare`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bench::Machine;
use super::books::{LedgerJudgement, Reconciliation};

/// Percentiles of a latency in milliseconds, corrected for coordinated omission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyMs {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest.
    pub max: f64,
    /// Measurements behind it.
    pub count: u64,
}

/// `cnt load --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadReport {
    /// Rate that was asked for, in MIFs a second; none in a closed loop.
    pub rate_per_s: Option<f64>,
    /// MIFs acknowledged a second, over the whole run.
    pub mif_per_s: f64,
    /// Avis sealed a second, over the whole run.
    pub avis_per_s: f64,
    /// From acknowledgement to verdict.
    pub verdict_latency_ms: LatencyMs,
    /// From acknowledgement to the sealed avis.
    pub avis_latency_ms: LatencyMs,
    /// Peak resident memory in MiB, by process.
    pub vm_hwm_mib_by_service: BTreeMap<String, f64>,
    /// After an outage: seconds until fresh MIFs are judged within a second again.
    pub recovery_s: Option<f64>,
    /// After an outage: MIFs drained a second.
    pub drain_per_s: Option<f64>,
    /// The books at the end.
    pub reconciliation: Reconciliation,
    /// Judged by the sender.
    pub ledger: LedgerJudgement,
    /// The machine.
    pub machine: Machine,
    /// Seconds of the run.
    pub seconds: f64,
}

/// `cnt load generate --json` and `cnt load inspect --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresignedReport {
    /// Where the files are.
    pub directory: String,
    /// MIFs in it.
    pub mifs: u64,
    /// Of them, signed by this run.
    pub signed: u64,
    /// Of them, signed by earlier runs.
    pub resumed: u64,
    /// Files.
    pub parts: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Bytes of their content, decompressed.
    pub content_bytes: u64,
    /// MIFs that must be accepted.
    pub accepted: u64,
    /// MIFs that must be replayed.
    pub replayed: u64,
    /// Of those that must be accepted, the ones that must get a warning, by code.
    pub warned_by_code: BTreeMap<String, u64>,
    /// MIFs that must be rejected, by the code that must be among their problems.
    pub rejected_by_code: BTreeMap<String, u64>,
    /// Seconds of the run.
    pub seconds: f64,
    /// Seed.
    pub seed: u64,
}

/// `cnt chaos --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChaosReport {
    /// Kills in all.
    pub kills: u32,
    /// Kills by part.
    pub kills_by_target: BTreeMap<String, u32>,
    /// Acknowledged, but without a verdict or an end.
    pub lost: u64,
    /// Two verdicts for a reception, or two ends for a MIF.
    pub doubled: u64,
    /// Longest time from a kill until the chain moved again, in seconds.
    pub max_recovery_s: f64,
    /// Seed of the moments and targets.
    pub seed: u64,
    /// The books at the end.
    pub reconciliation: Reconciliation,
}

/// `cnt render compare --json`: documents filled into the forme held against typst's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RenderComparison {
    /// Documents compared.
    pub count: u64,
    /// Seed of their data.
    pub seed: u64,
    /// Documents of which a page image or the text differs.
    pub differences: u64,
    /// Documents that were not filled because the forme could not hold them.
    pub fallbacks: u64,
}
