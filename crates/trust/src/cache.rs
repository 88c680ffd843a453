//! A bounded cache of judged certificates, shared by all threads.
//!
//! Two generations in sixteen shards: when the young generation of a shard is full it becomes the
//! old one, and what is still used moves back on its next hit. A hit costs one uncontended read
//! lock; there is no list to reorder.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use crate::certificate::CertificateStatus;

const SHARDS: usize = 16;

/// A SHA-256, which needs no further hashing. Only hashes computed here are stored, so that making
/// many collide takes a search for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint([u8; 32]);

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(
            self.0
                .first_chunk()
                .map_or(0, |bytes| u64::from_le_bytes(*bytes)),
        );
    }
}

#[derive(Debug, Default)]
struct Verbatim(u64);

impl Hasher for Verbatim {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Generation = HashMap<Fingerprint, Arc<CertificateStatus>, BuildHasherDefault<Verbatim>>;

#[derive(Debug, Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

impl Shard {
    fn insert(&mut self, key: Fingerprint, status: Arc<CertificateStatus>, half: usize) {
        if self.young.len() >= half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, status);
    }
}

#[derive(Debug)]
pub(crate) struct CertificateCache {
    shards: [RwLock<Shard>; SHARDS],
    /// Entries a generation of one shard may hold.
    half: usize,
}

impl CertificateCache {
    /// A cache of about `capacity` certificates.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            half: capacity.div_ceil(2 * SHARDS).max(1),
        }
    }

    fn shard(&self, fingerprint: &[u8; 32]) -> Option<&RwLock<Shard>> {
        // The last byte: the first eight place the entry inside the shard's tables.
        let index = fingerprint.last().map_or(0, |byte| usize::from(*byte)) % SHARDS;
        self.shards.get(index)
    }

    pub(crate) fn get(&self, fingerprint: &[u8; 32]) -> Option<Arc<CertificateStatus>> {
        let key = Fingerprint(*fingerprint);
        let shard = self.shard(fingerprint)?;
        {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(status) = shard.young.get(&key) {
                return Some(Arc::clone(status));
            }
            shard.old.get(&key)?;
        }
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        let status = shard.old.remove(&key)?;
        shard.insert(key, Arc::clone(&status), self.half);
        Some(status)
    }

    pub(crate) fn insert(&self, status: &Arc<CertificateStatus>) {
        let fingerprint = status.fingerprint();
        if let Some(shard) = self.shard(fingerprint) {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.insert(Fingerprint(*fingerprint), Arc::clone(status), self.half);
        }
    }

    pub(crate) fn len(&self) -> usize {
        let sizes = self.shards.iter().map(|shard| {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            shard.young.len() + shard.old.len()
        });
        sizes.sum()
    }
}
