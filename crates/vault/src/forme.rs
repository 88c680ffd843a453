//! Formes: what the members of a lot have in common.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use zstd::zstd_safe::CDict;

use crate::codec::{self, Dictionary};
use crate::digest::Digest;
use crate::error::WriteError;
use crate::format::{DEFAULT_LEVEL, LEVEL_MAX, MAX_FORME_BYTES, MIN_FORME_BYTES};

/// First bytes of a trained dictionary (RFC 8878 §5); zstd would read such a forme otherwise
/// than as raw content.
const TRAINED_MAGIC: [u8; 4] = 0xEC30_A437_u32.to_le_bytes();

/// A filled document of a template, used as raw-content dictionary for its siblings.
///
/// Preparing one costs a few hundred microseconds; do it once per template version and clone it
/// into every lot (a clone is one reference count). It can be used from all threads at once.
#[derive(Clone)]
pub struct Forme(Arc<Prepared>);

struct Prepared {
    name: String,
    plain: Bytes,
    sha256: Digest,
    frame: Vec<u8>,
    dictionary: Dictionary,
}

impl Forme {
    /// Prepares `bytes` for compression at the default level. `name` says for people what it is,
    /// such as `aco/3`.
    ///
    /// # Errors
    ///
    /// [`WriteError::UnsuitableForme`] under 8 bytes or with a trained dictionary's magic,
    /// [`WriteError::TooLarge`] over [`MAX_FORME_BYTES`].
    pub fn prepare(name: &str, bytes: impl Into<Bytes>) -> Result<Self, WriteError> {
        Self::prepare_at_level(name, bytes, DEFAULT_LEVEL)
    }

    /// As [`Forme::prepare`], for a given zstd level (1 to [`LEVEL_MAX`]).
    ///
    /// # Errors
    ///
    /// Those of [`Forme::prepare`], and [`WriteError::BadLevel`].
    pub fn prepare_at_level(
        name: &str,
        bytes: impl Into<Bytes>,
        level: i32,
    ) -> Result<Self, WriteError> {
        let plain: Bytes = bytes.into();
        let size = plain.len() as u64;
        check_level(level)?;
        WriteError::check_size(|| format!("forme {name:?}"), size, MAX_FORME_BYTES)?;
        if size < MIN_FORME_BYTES || plain.starts_with(&TRAINED_MAGIC) {
            return Err(WriteError::UnsuitableForme(name.to_owned()));
        }
        let frame = codec::compress(&plain, level, None)?;
        let prepared = CDict::try_create(&plain, level)
            .ok_or(WriteError::Zstd("the dictionary could not be prepared"))?;
        Ok(Self(Arc::new(Prepared {
            name: name.to_owned(),
            sha256: Digest::of(&plain),
            plain,
            frame,
            dictionary: Dictionary { prepared, level },
        })))
    }

    /// What the forme is, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The plain bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0.plain
    }

    /// SHA-256 of the plain bytes.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.0.sha256
    }

    /// The zstd level of members compressed with it.
    #[must_use]
    pub fn level(&self) -> i32 {
        self.0.dictionary.level
    }

    pub(crate) fn frame(&self) -> &[u8] {
        &self.0.frame
    }

    pub(crate) fn dictionary(&self) -> &Dictionary {
        &self.0.dictionary
    }
}

impl fmt::Debug for Forme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Forme")
            .field("name", &self.0.name)
            .field("bytes", &self.0.plain.len())
            .field("sha256", &self.0.sha256)
            .finish_non_exhaustive()
    }
}

/// A forme of one lot under construction: its number in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormeRef(pub(crate) u32);

impl FormeRef {
    /// The number in the manifest, from 0.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

pub(crate) fn check_level(level: i32) -> Result<(), WriteError> {
    if (1..=LEVEL_MAX).contains(&level) {
        Ok(())
    } else {
        Err(WriteError::BadLevel(level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_zstd_would_not_take_as_raw_content_is_refused() {
        let trained = [&TRAINED_MAGIC[..], &[0; 100]].concat();
        for bytes in [Vec::new(), vec![1; 7], trained] {
            assert!(matches!(
                Forme::prepare("x", bytes),
                Err(WriteError::UnsuitableForme(name)) if name == "x"
            ));
        }
        assert!(Forme::prepare("x", vec![1; 8]).is_ok());
        assert!(matches!(
            Forme::prepare_at_level("x", vec![1; 8], 20),
            Err(WriteError::BadLevel(20))
        ));
    }
}
