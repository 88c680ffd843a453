//! What a leaf says of a document.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hash::{Hash, ParseHashError, leaf_hash};

/// What makes a commitment unguessable: 32 bytes from a secure generator, one salt per document. When the salt is
/// destroyed, the leaf says nothing any more of its document. `Debug` shows `***`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; 32]);

impl Salt {
    /// The salt with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl TryFrom<String> for Salt {
    type Error = ParseHashError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(*Hash::from_str(&text)?.as_bytes()))
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        hex::encode(salt.0)
    }
}

/// The entry of a document: SHA-256(salt ‖ SHA-256 of the document ‖ about).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(Hash);

impl Commitment {
    /// Commits to a document by its SHA-256, and to what it is: `about` is the id of its member in its lot, as
    /// `7500000012/ACO/1`. Salt and hash have a fixed length, so no two triples are hashed from the same bytes.
    #[must_use]
    pub fn new(salt: &Salt, document: &Hash, about: &str) -> Self {
        let hasher = Sha256::new()
            .chain_update(salt.0)
            .chain_update(document.as_bytes())
            .chain_update(about);
        Self(Hash::from_bytes(hasher.finalize().into()))
    }

    /// The commitment with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Hash::from_bytes(bytes))
    }

    /// The 32 bytes: the entry of the log.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The leaf of this entry.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.as_bytes())
    }
}
