//! The fixed parts of lot format v1: header, footer, and the limits that belong to the format.
//!
//! The limits are the same for writer and reader, so that nothing is written which could not be
//! read again, and nothing is allocated because an object merely claims a size.

use crate::digest::Digest;
use crate::error::{Part, Problem, ReadError};

/// Value of `format` in the manifest.
pub const FORMAT_NAME: &str = "cnt-lot/1";

/// The first 64 bytes of every lot: a magic, and where a stranger should look.
pub const HEADER: [u8; 64] = *b"CNTLOT1\nzstd frames; manifest: JSON, see footer: last 64 bytes.\n";

/// Length of the footer, in bytes.
pub const FOOTER_BYTES: usize = 64;

/// The last 8 bytes of every lot.
const FOOTER_MAGIC: [u8; 8] = *b"CNTEND1\n";

/// zstd level used unless told otherwise.
pub const DEFAULT_LEVEL: i32 = 3;

/// Highest zstd level a writer accepts: above it, windows grow past what `zstd -d` takes without
/// an option.
pub const LEVEL_MAX: i32 = 19;

/// Largest object, in bytes. `ObjectStore::get` holds a whole object in memory.
pub const MAX_OBJECT_BYTES: u64 = 1 << 30;

/// Largest member and largest frame, plain, in bytes.
pub const MAX_MEMBER_BYTES: u64 = 128 << 20;

/// Largest forme, plain, in bytes: half of what `zstd -D` accepts.
pub const MAX_FORME_BYTES: u64 = 16 << 20;

/// Smallest forme, in bytes: zstd ignores raw dictionaries shorter than this.
pub const MIN_FORME_BYTES: u64 = 8;

/// Most formes in one lot.
pub const MAX_FORMES: usize = 256;

/// Most members in one lot.
pub const MAX_MEMBERS: u64 = 100_000;

/// Largest index, plain, in bytes.
pub const MAX_INDEX_BYTES: u64 = 128 << 20;

/// Largest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Largest `about` value, as JSON, in bytes.
pub const MAX_ABOUT_BYTES: usize = 64 << 10;

/// Largest `meta` value of one member, as JSON, in bytes.
pub const MAX_META_BYTES: usize = 64 << 10;

/// Longest member id, in bytes.
pub const MAX_ID_BYTES: usize = 200;

/// The fixed-size end of an object; all integers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) manifest_offset: u64,
    pub(crate) manifest_length: u64,
    pub(crate) manifest_sha256: Digest,
    pub(crate) object_length: u64,
}

impl Footer {
    pub(crate) fn encode(&self) -> [u8; FOOTER_BYTES] {
        let mut bytes = [0_u8; FOOTER_BYTES];
        let parts: [&[u8]; 5] = [
            &self.manifest_offset.to_le_bytes(),
            &self.manifest_length.to_le_bytes(),
            self.manifest_sha256.as_bytes(),
            &self.object_length.to_le_bytes(),
            &FOOTER_MAGIC,
        ];
        for (target, source) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *target = *source;
        }
        bytes
    }

    /// Reads the footer of an object of `object_length` bytes, and checks that what it points to
    /// lies inside and is not larger than allowed.
    pub(crate) fn decode(bytes: &[u8], object_length: u64) -> Result<Self, ReadError> {
        let truncated = || ReadError::corrupt(Part::Footer, Problem::Truncated);
        let (manifest_offset, rest) = split_u64(bytes).ok_or_else(truncated)?;
        let (manifest_length, rest) = split_u64(rest).ok_or_else(truncated)?;
        let (sha256, rest) = rest.split_first_chunk::<32>().ok_or_else(truncated)?;
        let (declared_length, magic) = split_u64(rest).ok_or_else(truncated)?;
        if magic != FOOTER_MAGIC {
            return Err(ReadError::corrupt(Part::Footer, Problem::WrongMagic));
        }
        if declared_length != object_length {
            return Err(ReadError::corrupt(
                Part::Footer,
                Problem::Length {
                    declared: declared_length,
                    found: object_length,
                },
            ));
        }
        if manifest_length > MAX_MANIFEST_BYTES {
            return Err(ReadError::TooLarge {
                part: Part::Manifest,
                declared: manifest_length,
                limit: MAX_MANIFEST_BYTES,
            });
        }
        let end = manifest_offset
            .checked_add(manifest_length)
            .and_then(|end| end.checked_add(FOOTER_BYTES as u64));
        if end != Some(object_length) || manifest_offset < HEADER.len() as u64 {
            return Err(ReadError::corrupt(Part::Footer, Problem::OutOfPlace));
        }
        Ok(Self {
            manifest_offset,
            manifest_length,
            manifest_sha256: Digest::from_bytes(*sha256),
            object_length,
        })
    }
}

fn split_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (value, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*value), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_footer_reads_back() {
        let footer = Footer {
            manifest_offset: 1_000,
            manifest_length: 500,
            manifest_sha256: Digest::of(b"manifest"),
            object_length: 1_564,
        };
        assert_eq!(Footer::decode(&footer.encode(), 1_564).unwrap(), footer);
        assert!(Footer::decode(&footer.encode(), 1_565).is_err());
        assert!(Footer::decode(&footer.encode()[..63], 1_564).is_err());
    }

    #[test]
    fn a_footer_that_points_outside_is_refused() {
        let huge = Footer {
            manifest_offset: u64::MAX - 10,
            manifest_length: 500,
            manifest_sha256: Digest::of(b""),
            object_length: 1_564,
        };
        assert!(Footer::decode(&huge.encode(), 1_564).is_err());
        let long = Footer {
            manifest_offset: 64,
            manifest_length: u64::MAX,
            ..huge
        };
        assert!(matches!(
            Footer::decode(&long.encode(), 1_564),
            Err(ReadError::TooLarge { .. })
        ));
    }
}
