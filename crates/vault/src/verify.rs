//! Checking a whole lot, part by part.

use sha2::Digest as _;
use sha2::Sha256;

use crate::digest::{Digest, LotId};
use crate::error::{Part, Problem, ReadError};
use crate::manifest::Section;
use crate::reader::LotReader;
use crate::source::ObjectRead;

/// Bytes hashed at a time, so that a large object is never held whole.
const CHUNK_BYTES: u64 = 1 << 20;

impl<S: ObjectRead> LotReader<S> {
    /// Checks everything: that every forme and member decodes to its SHA-256, that every section
    /// has its own, and that the whole object has the name `id`. The smallest damaged part is the
    /// one named. What opening checks is checked already.
    ///
    /// # Errors
    ///
    /// The first damage found, as [`ReadError::Corrupt`] or [`ReadError::TooLarge`];
    /// [`ReadError::Source`].
    pub fn verify(&self, id: &LotId) -> Result<(), ReadError> {
        for number in (0_u32..).take(self.manifest.formes.len()) {
            self.forme(number)?;
        }
        for content in self.contents()? {
            content?;
        }
        let sections = &self.manifest.sections;
        self.verify_section(Part::Header, &sections.header)?;
        self.verify_section(Part::Formes, &sections.formes)?;
        self.verify_section(Part::Members, &sections.members)?;
        self.verify_section(Part::Index, &sections.index)?;
        self.verify_id(id)
    }

    /// Checks only that the object has the name `id`: one pass over its bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`] for [`Part::Object`]; [`ReadError::Source`].
    pub fn verify_id(&self, id: &LotId) -> Result<(), ReadError> {
        self.verify_range(Part::Object, 0, self.size, id.digest())
    }

    pub(crate) fn verify_section(&self, part: Part, section: &Section) -> Result<(), ReadError> {
        self.verify_range(part, section.offset, section.length, section.sha256)
    }

    fn verify_range(
        &self,
        part: Part,
        mut offset: u64,
        mut left: u64,
        expected: Digest,
    ) -> Result<(), ReadError> {
        let mut hash = Sha256::new();
        while left > 0 {
            let length = left.min(CHUNK_BYTES);
            let length_in_memory = usize::try_from(length).unwrap_or(usize::MAX);
            hash.update(self.source.read_range(offset, length_in_memory)?);
            offset = offset.saturating_add(length);
            left -= length;
        }
        let found = Digest::from_bytes(hash.finalize().into());
        if found == expected {
            Ok(())
        } else {
            Err(ReadError::corrupt(
                part,
                Problem::Sha256 { expected, found },
            ))
        }
    }
}
