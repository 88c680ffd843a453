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

/// A document of a template, which stands for what its siblings have in common: the first bytes,
/// which they share and which a lot keeps once, and the rest, which is the raw-content dictionary
/// that the rest of each sibling is compressed with.
///
/// Preparing one costs a few hundred microseconds; do it once per template version and clone it
/// into every lot (a clone is one reference count). It can be used from all threads at once.
#[derive(Clone)]
pub struct Forme(Arc<Prepared>);

struct Prepared {
    name: String,
    plain: Bytes,
    prefix_length: usize,
    base: Option<Forme>,
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
        Self::new(name, bytes.into(), 0, level, None)
    }

    /// A forme whose members all begin with the first `prefix_length` of its `bytes`: a lot keeps
    /// these once, and the rest of each member is compressed with the rest of `bytes`. The forme
    /// itself is kept at zstd level 19, compressed with `base` where there is one: another forme,
    /// without base of its own, that comes into each lot with this one. Costs some ten
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// Those of [`Forme::prepare_at_level`]; [`WriteError::UnsuitableForme`] also if fewer than 8
    /// bytes follow the prefix or `base` has a base.
    pub fn prepare_with_prefix(
        name: &str,
        bytes: impl Into<Bytes>,
        prefix_length: usize,
        level: i32,
        base: Option<&Self>,
    ) -> Result<Self, WriteError> {
        Self::new(name, bytes.into(), prefix_length, level, Some(base))
    }

    /// `kept` is there if the forme itself is to be kept small, with the base it has.
    fn new(
        name: &str,
        plain: Bytes,
        prefix_length: usize,
        level: i32,
        kept: Option<Option<&Self>>,
    ) -> Result<Self, WriteError> {
        let unsuitable = || WriteError::UnsuitableForme(name.to_owned());
        check_level(level)?;
        let size = plain.len() as u64;
        WriteError::check_size(|| format!("forme {name:?}"), size, MAX_FORME_BYTES)?;
        let rest = plain.get(prefix_length..).ok_or_else(unsuitable)?;
        let is_trained = rest.starts_with(&TRAINED_MAGIC) || plain.starts_with(&TRAINED_MAGIC);
        if (rest.len() as u64) < MIN_FORME_BYTES || is_trained {
            return Err(unsuitable());
        }
        let base = kept.flatten();
        if base.is_some_and(|base| base.base().is_some()) {
            return Err(unsuitable());
        }
        let own_level = if kept.is_some() { LEVEL_MAX } else { level };
        let against = base.map(|base| dictionary(base.bytes(), own_level));
        let frame = codec::compress(&plain, own_level, against.transpose()?.as_ref())?;
        Ok(Self(Arc::new(Prepared {
            name: name.to_owned(),
            sha256: Digest::of(&plain),
            dictionary: dictionary(rest, level)?,
            prefix_length,
            base: base.cloned(),
            plain,
            frame,
        })))
    }

    /// The forme that this one is compressed with.
    #[must_use]
    pub fn base(&self) -> Option<&Self> {
        self.0.base.as_ref()
    }

    /// First bytes of each member of the forme; often none.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        self.0.plain.get(..self.0.prefix_length).unwrap_or_default()
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

fn dictionary(content: &[u8], level: i32) -> Result<Dictionary, WriteError> {
    let prepared = CDict::try_create(content, level)
        .ok_or(WriteError::Zstd("the dictionary could not be prepared"))?;
    Ok(Dictionary { prepared, level })
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
        let with_prefix =
            |length, base| Forme::prepare_with_prefix("x", vec![1; 100], length, 3, base);
        assert!(with_prefix(93, None).is_err() && with_prefix(101, None).is_err());
        let base = with_prefix(92, None).unwrap();
        let second = with_prefix(50, Some(&base)).unwrap();
        assert!(with_prefix(50, Some(&second)).is_err());
        assert!(matches!(
            Forme::prepare_at_level("x", vec![1; 8], 20),
            Err(WriteError::BadLevel(20))
        ));
    }
}
