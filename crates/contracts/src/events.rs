//! Events between services. They are about lots, never about their members: no personal data, one record per lot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hex32::Hex32;

/// A lot object in the object store, as an event names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LotRef {
    /// Kind of lot: `verdict`, `document`, `courrier`, `registry`, `spool`, `request`.
    pub kind: String,
    /// SHA-256 of the object, which is its name.
    pub id: Hex32,
    /// Size of the object in bytes.
    pub bytes: u64,
    /// Number of members.
    pub members: u32,
}

/// A range of offsets of one partition, `next` excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OffsetRange {
    /// Partition.
    pub partition: i32,
    /// First offset.
    pub first: i64,
    /// Offset after the last.
    pub next: i64,
}

/// Validation has judged a lot of MIFs. Topic `mif.verdict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictLotEvent {
    /// Version of this shape: 1.
    pub version: u16,
    /// The verdict lot; each member's meta is a `VerdictMeta`, its bytes the MIF as received.
    pub lot: LotRef,
    /// Accepted members.
    pub accepted: u32,
    /// Rejected members.
    pub rejected: u32,
    /// Replayed members.
    pub replayed: u32,
    /// Where the members stood in `mif.inbound`; empty for members taken out of quarantine.
    pub source: Vec<OffsetRange>,
}

/// Edition has written a lot of documents. Topic `document.lot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentLotEvent {
    /// Version of this shape: 1.
    pub version: u16,
    /// The document lot; each member's meta is a `DocumentMeta`, its bytes a PDF (none for `NON_TRANSFORME`).
    pub lot: LotRef,
    /// Documents in the lot.
    pub documents: u32,
    /// Accepted MIFs that ended without an avis, in the same lot.
    pub not_transformed: u32,
    /// The verdict lot the documents come from; for letters after the avis, the request lot.
    pub verdict_lot: Hex32,
}

/// Letters are to be edited. Topic `letter.request`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterRequestEvent {
    /// Version of this shape: 1.
    pub version: u16,
    /// The request lot; each member's meta is a `LetterRequestV1`, and it has no bytes.
    pub lot: LotRef,
}

/// A plant handed a spool to the post. Topic `spool.deposit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpoolDepositEvent {
    /// Version of this shape: 1.
    pub version: u16,
    /// The spool; the meta of each member but the manifest names a document: `avis`, `kind`, `issue`.
    pub lot: LotRef,
    /// The true day of deposit, `YYYY-MM-DD`.
    pub day: String,
}

/// The registry has a new version. Topic `registry.version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryVersionEvent {
    /// The version.
    pub version: u64,
    /// SHA-256 of the snapshot (a `SnapshotV1`), an object of kind `registry`.
    pub snapshot: Hex32,
}

/// The legal clock was moved. Topic `legal.clock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalClockEvent {
    /// Seconds by which the legal clock is ahead of the real one.
    pub offset_seconds: i64,
}
