//! Pre-signed streams in a directory, to be sent at any speed: signing is what takes the time.
//!
//! The format is described in the README; the manifest is rewritten after every part, so that a run that was broken off
//! is taken up where it was.

mod frame;
mod read;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use read::Presigned;
pub use write::{Written, write_presigned};

/// The manifest's name.
pub(crate) const MANIFEST_FILE: &str = "manifest.json";
/// Contestations to come.
pub(crate) const CONTESTATIONS_FILE: &str = "contestations.ndjson";
/// Mail that will come back.
pub(crate) const RETURNED_FILE: &str = "returned-mail.ndjson";
/// Version of the format.
pub(crate) const VERSION: u16 = 1;

/// What a pre-signed stream is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Seed.
    pub seed: u64,
    /// MIFs.
    pub count: u64,
    /// Legal instant at which it is to be sent (RFC 3339).
    pub now: String,
    /// Share of MIFs with a fault.
    pub bad_share: f64,
    /// Share of replays.
    pub replay_share: f64,
    /// Share of conflicts.
    pub conflict_share: f64,
    /// SHA-256 of the nation's senders, in hexadecimal: other senders sign another stream.
    pub senders_sha256: String,
    /// MIFs of a part.
    pub part_mifs: u64,
}

/// One part of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Name of the file.
    pub file: String,
    /// First index.
    pub first: u64,
    /// MIFs.
    pub count: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of its content, decompressed.
    pub content_bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// What a directory of pre-signed MIFs holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format: 1.
    pub version: u16,
    /// What it is made from.
    pub recipe: Recipe,
    /// Parts, in order; fewer than the recipe asks for while the run is not finished.
    pub parts: Vec<Part>,
    /// MIFs that must be accepted.
    pub accepted: u64,
    /// MIFs that must be replayed.
    pub replayed: u64,
    /// Of those that must be accepted, the ones that must get a warning, by code.
    pub warned_by_code: BTreeMap<String, u64>,
    /// MIFs that must be rejected, by code.
    pub rejected_by_code: BTreeMap<String, u64>,
}

impl Manifest {
    /// MIFs written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.parts.iter().map(|part| part.count).sum()
    }

    /// Whether every MIF of the recipe is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.written() == self.recipe.count
    }
}

/// Why pre-signed MIFs cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PresignedError {
    /// A file cannot be written or read.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The manifest is not one.
    #[error("{path} is no manifest of pre-signed MIFs")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The directory holds another stream.
    #[error(
        "{path} holds another stream: choose another directory, or the same seed, count, shares and nation"
    )]
    OtherStream {
        /// The directory.
        path: PathBuf,
    },
    /// The version is not known.
    #[error("version {0} of pre-signed MIFs is not known")]
    Version(u16),
    /// A part is not what the manifest says.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        what: &'static str,
    },
    /// The MIFs cannot be made.
    #[error("the MIFs cannot be signed")]
    Generator(#[from] crate::GeneratorError),
    /// The writer ended early.
    #[error("the writer of parts ended early")]
    Writer,
}

pub(crate) fn file<'p>(
    action: &'static str,
    path: &'p Path,
) -> impl FnOnce(io::Error) -> PresignedError + 'p {
    move |source| PresignedError::File {
        action,
        path: path.to_owned(),
        source,
    }
}
