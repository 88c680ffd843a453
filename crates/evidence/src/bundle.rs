//! A proof that a document is in the log, with all that is needed to verify it without the archive.

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::{Commitment, Salt};
use crate::hash::Hash;
use crate::note::VerifierKey;
use crate::proof::{ProofError, verify_inclusion};

/// The proof of one document, as it is handed out: whoever has it can show that the document was archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofBundle {
    /// 1.
    pub version: u32,
    /// What the document is: the id of its member in its lot, as `7500000012/ACO/1`.
    pub about: String,
    /// SHA-256 of the document.
    pub sha256: Hash,
    /// Salt of its commitment.
    pub salt: Salt,
    /// Index of its leaf, from 0.
    pub index: u64,
    /// From the leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// A bundle does not prove its document.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The bundle is of a version that is not known.
    #[error("version {0} is not known")]
    Version(u32),
    /// The document is another one.
    #[error("the document has the SHA-256 {found}, the proof is for {expected}")]
    Document {
        /// What the proof is for.
        expected: Hash,
        /// What was given.
        found: Hash,
    },
    /// The checkpoint does not hold.
    #[error("the checkpoint does not hold")]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not under the checkpoint's root.
    #[error("the proof does not hold")]
    Proof(#[from] ProofError),
}

impl ProofBundle {
    /// Verifies the bundle against the log's key, and against the document if there is one. The key must come from
    /// elsewhere than the bundle. Returns the checkpoint that vouches for it.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn verify(
        &self,
        key: &VerifierKey,
        document: Option<&[u8]>,
    ) -> Result<Checkpoint, BundleError> {
        if self.version != 1 {
            return Err(BundleError::Version(self.version));
        }
        if let Some(found) = document.map(Hash::of).filter(|found| *found != self.sha256) {
            let expected = self.sha256;
            return Err(BundleError::Document { expected, found });
        }
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = Commitment::new(&self.salt, &self.sha256, &self.about).leaf();
        verify_inclusion(leaf, self.index, &checkpoint.tree, &self.path)?;
        Ok(checkpoint)
    }
}
