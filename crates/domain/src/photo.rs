//! Photographs of an offence: a MIF names them by their hash, their bytes are handed in apart.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::InvalidValue;

/// Largest photograph, in bytes.
pub const PHOTO_BYTES_MAX: usize = 10_000_000;
/// Most photographs of one MIF.
pub const PHOTOS_MAX: usize = 8;

/// SHA-256 of the bytes of a photograph; written as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhotoHash(pub [u8; 32]);

impl PhotoHash {
    /// Hashes a photograph.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for PhotoHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl FromStr for PhotoHash {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || InvalidValue {
            what: "hash of a photograph",
            expected: "64 lower-case hexadecimal digits",
        };
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(invalid());
        }
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| invalid())?;
        Ok(Self(hash))
    }
}

/// What a photograph may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhotoMedia {
    /// JPEG (ISO/IEC 10918-1).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
}

impl PhotoMedia {
    /// The media type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// What the first bytes say, whatever the sender says.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else {
            None
        }
    }
}

impl FromStr for PhotoMedia {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        [Self::Jpeg, Self::Png]
            .into_iter()
            .find(|media| text.eq_ignore_ascii_case(media.as_str()))
            .ok_or(InvalidValue {
                what: "media type of a photograph",
                expected: "image/jpeg or image/png",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_text() {
        let hash = PhotoHash::of(b"photo");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        let text = hash.to_string();
        for wrong in [
            text.strip_suffix(|_: char| true).unwrap(),
            &text.to_uppercase(),
            &format!("{text}0"),
            "",
            "é",
        ] {
            assert!(wrong.parse::<PhotoHash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_bytes_say_what_it_is() {
        for (bytes, media) in [
            (&b"\xFF\xD8\xFF\xE0JFIF"[..], Some(PhotoMedia::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0", Some(PhotoMedia::Png)),
            (b"<svg/>", None),
            (b"\xFF\xD8", None),
            (b"", None),
        ] {
            assert_eq!(PhotoMedia::of(bytes), media);
        }
        assert_eq!("image/PNG".parse(), Ok(PhotoMedia::Png));
        assert!("image/svg+xml".parse::<PhotoMedia>().is_err());
    }
}
