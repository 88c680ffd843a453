//! Randomness as a function of seed, purpose and index: any item can be made without those before it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A stream of numbers for one purpose and index.
pub(crate) struct Draw(ChaCha8Rng);

fn digest(seed: u64, purpose: &str, index: u64) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"cnt-loadtest:");
    hasher.update(seed.to_be_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(index.to_be_bytes());
    hasher.finalize().into()
}

impl Draw {
    pub(crate) fn new(seed: u64, purpose: &str, index: u64) -> Self {
        Self(ChaCha8Rng::from_seed(digest(seed, purpose, index)))
    }

    /// A stream of numbers out of a digest.
    pub(crate) fn of_digest(digest: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(digest))
    }

    /// A number from 0 to `below` − 1; 0 when `below` is 0.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        if below == 0 {
            0
        } else {
            self.0.random_range(0..below)
        }
    }

    /// A number of a range, both ends included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Whether something that happens in `percent` of a hundred cases happens.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several texts; empty when there are none.
    pub(crate) fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices
            .get(self.below(choices.len()))
            .copied()
            .unwrap_or("")
    }

    /// A character of an ASCII alphabet.
    pub(crate) fn letter(&mut self, alphabet: &[u8]) -> char {
        let index = self.below(alphabet.len());
        alphabet.get(index).map_or('A', |byte| char::from(*byte))
    }
}

/// A UUID of seed, purpose and index (version 8, RFC 9562 §5.8).
pub(crate) fn id(seed: u64, purpose: &str, index: u64) -> Uuid {
    uuid_of(&digest(seed, purpose, index))
}

/// A UUID of a digest.
pub(crate) fn uuid_of(digest: &[u8; 32]) -> Uuid {
    let bytes = digest.first_chunk::<16>().copied().unwrap_or_default();
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
