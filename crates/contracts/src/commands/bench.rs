//! `cnt bench … --json`: figures beside the baseline that was measured in the same run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine, so that absolute figures can be scaled: they hold for 18,000 P-256 verifications a second and core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Cores that the process may use.
    pub cores: u32,
    /// Processor, as the system names it.
    pub cpu: String,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// P-256 verifications a second on one core, idle before the run: the median.
    pub p256_verify_per_s: f64,
    /// The single measurements behind the median.
    pub p256_verify_samples: Vec<f64>,
}

/// The machine of a measurement, so that figures of different machines can be set in relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchMachine {
    /// Cores.
    pub cores: u32,
    /// P-256 verifications a second and core before the run: median of `p256_verify_per_s_runs`.
    pub p256_verify_per_s: f64,
    /// Five such measurements.
    pub p256_verify_per_s_runs: Vec<f64>,
}

/// Microseconds that a filled document takes, by stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FillingStages {
    /// Checking the facts and writing out what is printed.
    pub facts_us: f64,
    /// Finding the forme of the variant.
    pub forme_us: f64,
    /// Setting what is printed and writing the tail.
    pub setting_us: f64,
    /// SHA-256 of the tail.
    pub hashing_us: f64,
}

/// `cnt bench rendition --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchRendition {
    /// Documents a second and core laid out by typst, one after another.
    pub typst_per_s: f64,
    /// Documents a second and core filled into the forme: from the record to the tail and the SHA-256 of the whole.
    pub forme_per_s: f64,
    /// `forme_per_s / typst_per_s`.
    pub ratio: f64,
    /// Mean size of a whole PDF in bytes.
    pub bytes_pdf: f64,
    /// Bytes of lot objects (manifest, index, formes included) by document.
    pub bytes_stored: f64,
    /// Documents of each of these lots.
    pub lot_documents: u64,
    /// Documents compressed and sealed a second, on all cores, by formes that are prepared already.
    pub sealed_per_s: f64,
    /// Documents that were laid out by typst because the forme could not hold them.
    pub fallbacks: u64,
    /// Documents filled or laid out for `forme_per_s`.
    pub documents: u64,
    /// Mean time of a filled document by stage; `1 / forme_per_s` has the fallbacks as well.
    pub stages: FillingStages,
    /// Formes that these documents need.
    pub formes: u64,
    /// Seconds until all of them are ready: compiled and put on an empty shelf.
    pub formes_compiled_s: f64,
    /// Seconds until all of them are ready in a process that finds them on the shelf.
    pub formes_taken_s: f64,
    /// The machine.
    pub machine: BenchMachine,
}

/// `cnt bench gateway --json`: over mutual TLS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchGateway {
    /// MIFs acknowledged a second.
    pub mif_per_s: f64,
    /// Stations that sent at the same time.
    pub stations: u32,
    /// 99th percentile of the time to an acknowledgement, in milliseconds.
    pub p99_ms: f64,
    /// The same client against a bare echo server in the same run: MIFs a second.
    pub echo_mif_per_s: f64,
    /// Its 99th percentile, in milliseconds.
    pub echo_p99_ms: f64,
}

/// `cnt bench vault --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchVault {
    /// Documents sealed a second.
    pub sealed_per_s: f64,
    /// Bytes of lot objects by document.
    pub bytes_per_document: f64,
    /// How many times smaller that is than typst's own PDF.
    pub ratio_to_pdf: f64,
    /// Bytes by document when the whole PDFs of a lot are compressed together with zstd at level 19, beside it.
    pub zstd19_bytes: f64,
}

/// `cnt bench archive-query --json`: over HTTP, authorised, reads journalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchArchiveQuery {
    /// By avis number, 99th percentile in milliseconds.
    pub by_number_p99_ms: f64,
    /// By plate and date, 99th percentile in milliseconds.
    pub by_plate_p99_ms: f64,
    /// The document back, 99th percentile in milliseconds.
    pub document_p99_ms: f64,
    /// A bare indexed SELECT by number in the same run, 99th percentile in milliseconds.
    pub bare_select_p99_ms: f64,
    /// Rows of the index.
    pub rows: u64,
}

/// `cnt bench omp-queue --json`: over HTTP, authorised, journalled. Times count from the planned arrival of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchOmpQueue {
    /// Claim of the next file, 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Bare `FOR UPDATE SKIP LOCKED` under the same load, 99th percentile in milliseconds.
    pub skip_locked_p99_ms: f64,
    /// `p99_ms / skip_locked_p99_ms`.
    pub ratio_to_skip_locked: f64,
    /// Open files.
    pub open_files: u64,
    /// OMP whose files they are.
    pub omps: u32,
    /// Sessions at work.
    pub operators: u32,
    /// Claims measured; as many of the bare statement.
    pub claims: u64,
    /// Claim, median in milliseconds.
    pub p50_ms: f64,
    /// The slowest claim, in milliseconds.
    pub max_ms: f64,
    /// Bare statement, median in milliseconds.
    pub skip_locked_p50_ms: f64,
    /// The slowest of the bare statements, in milliseconds.
    pub skip_locked_max_ms: f64,
    /// Connections of the bare statement: as many as the service has.
    pub skip_locked_connections: u32,
    /// Claims a second that were planned; as many of the bare statement in the same time.
    pub offered_per_s: f64,
    /// Claims a second until the last was answered.
    pub achieved_per_s: f64,
    /// The same of the bare statement.
    pub skip_locked_achieved_per_s: f64,
    /// Seconds over which arrivals were planned.
    pub seconds: u64,
    /// Claims before, in a closed loop, of which every second file was given back at once; as many of the bare statement.
    pub churn_claims: u64,
    /// How many that were a second.
    pub churn_per_s: f64,
    /// The same of the bare statement.
    pub skip_locked_churn_per_s: f64,
    /// Times that a session was told to try again soon, and did; that is in the time of its claim.
    pub asked_again: u64,
    /// Dead rows in the table of files when the measurement began.
    pub dead_rows: u64,
    /// Runs of autovacuum over that table until then.
    pub autovacuums: u64,
    /// Size of the queue's index when it was filled, in MiB.
    pub queue_index_filled_mib: f64,
    /// Its size at the end.
    pub queue_index_mib: f64,
    /// Files that were with two sessions at once.
    pub doubled: u64,
    /// Whether none were, and rows, their versions and the journal say what the sessions were answered.
    pub balanced: bool,
    /// Pages of the console with all those files, by name: from the request to the last byte.
    pub pages: BTreeMap<String, BenchPage>,
    /// Settings of the database that bear on durability and speed, and the length of leases.
    pub settings: BTreeMap<String, String>,
    /// The machine.
    pub machine: BenchMachine,
}

/// A page of the console in `cnt bench omp-queue`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchPage {
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile in milliseconds.
    pub p95_ms: f64,
    /// The slowest, in milliseconds.
    pub max_ms: f64,
    /// Times it was opened.
    pub views: u32,
}

/// One algorithm in `cnt bench validation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationRate {
    /// MIFs judged a second, all rules, all cores.
    pub per_s: f64,
    /// Bare verifications a second of the same signatures, on all cores, keys parsed beforehand.
    pub bare_verify_per_s: f64,
    /// `per_s / bare_verify_per_s`: that of the round whose ratio is the median.
    pub ratio_to_bare_verify: f64,
    /// Distinct MIFs.
    pub messages: u64,
    /// Of which rejected.
    pub rejected: u64,
    /// Agents with a card.
    pub agents: u64,
}

/// `cnt bench validation --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchValidation {
    /// Cards with P-256 keys.
    pub p256: ValidationRate,
    /// Cards with RSA-2048 keys.
    pub rsa2048: ValidationRate,
    /// The machine.
    pub machine: BenchMachine,
}

/// `cnt bench chain --json`: the whole chain with broker and database on the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BenchChain {
    /// MIFs judged a second.
    pub mif_per_s: f64,
    /// Avis a second: sealed, indexed and spooled.
    pub avis_per_s: f64,
    /// P-256 verifications a second and core of the machine, idle before the run.
    pub verify_rate: f64,
    /// Microseconds of CPU by MIF, by process.
    pub cpu_us_per_mif_by_stage: BTreeMap<String, f64>,
    /// Peak resident memory in MiB, by process.
    pub vm_hwm_mib_by_service: BTreeMap<String, f64>,
    /// From acknowledgement to the sealed avis, 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Whether the books balanced at the end.
    pub balanced: bool,
    /// Over the naive chain (typst by document, lots of one) in the same run.
    pub ratio_to_naive: f64,
    /// What bears on durability and speed: `fsync`, `full_page_writes`, `synchronous_commit`, lot sizes.
    pub settings: BTreeMap<String, String>,
}
