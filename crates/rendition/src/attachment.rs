//! Files that a document holds: the pieces handed over with a bordereau.

use std::sync::Arc;

use hayro_syntax::Pdf;

/// Byte order marks of TIFF: little and big endian (TIFF 6.0 §2).
const TIFF: [(&[u8], bool); 2] = [(b"II*\0", true), (b"MM\0*", false)];
/// Most images that are followed in one TIFF file.
const TIFF_IMAGES_MAX: u32 = 9_999;

/// A file in a document (PDF/A-3, ISO 19005-3 §6.8).
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name in the document, each once: letters, digits, hyphens and points.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// What it is.
    pub description: String,
    /// Whether it is data about the others, else a source.
    pub is_data: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Attachment {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Attachment({}, {} bytes)",
            self.name,
            self.bytes.len()
        )
    }
}

/// How many pages a piece has: those of a PDF, the images of a TIFF, one of any other picture. None of a PDF that cannot be
/// read, for instance one under a password.
#[must_use]
pub fn pages_of(media: &str, bytes: &[u8]) -> Option<u32> {
    match media {
        "application/pdf" => {
            let pdf = Pdf::new(Arc::new(bytes.to_vec())).ok()?;
            u32::try_from(pdf.pages().len())
                .ok()
                .filter(|pages| *pages > 0)
        }
        "image/tiff" => Some(tiff_images(bytes).max(1)),
        _ => Some(1),
    }
}

/// The images of a TIFF file: its directories form a chain (TIFF 6.0 §2).
fn tiff_images(bytes: &[u8]) -> u32 {
    let Some((_, is_little)) = TIFF.into_iter().find(|(mark, _)| bytes.starts_with(mark)) else {
        return 0;
    };
    let number = |at: usize, size: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(size)?)?;
        let fold = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if is_little {
            part.iter().rev().fold(0, fold)
        } else {
            part.iter().fold(0, fold)
        })
    };
    let mut images = 0;
    let mut next = number(4, 4);
    while let Some(at) = next.filter(|at| *at != 0 && images < TIFF_IMAGES_MAX) {
        let Some(entries) = number(at, 2) else { break };
        images += 1;
        next = number(at.saturating_add(2).saturating_add(entries * 12), 4);
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_a_tiff_are_counted_along_their_chain() {
        // Two directories of one entry each, little endian.
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend([1, 0]);
        tiff.extend([0; 12]);
        tiff.extend(26u32.to_le_bytes());
        tiff.extend([1, 0]);
        tiff.extend([0; 12]);
        tiff.extend([0; 4]);
        assert_eq!(pages_of("image/tiff", &tiff), Some(2));
        // A chain that bites its tail ends.
        let end = tiff.len() - 4;
        tiff[end..].copy_from_slice(&8u32.to_le_bytes());
        assert_eq!(pages_of("image/tiff", &tiff), Some(TIFF_IMAGES_MAX));
        assert_eq!(pages_of("image/tiff", b"MM\0*"), Some(1));
        assert_eq!(pages_of("image/png", b""), Some(1));
        assert_eq!(pages_of("application/pdf", b"%PDF-1.7 nothing"), None);
    }
}
