//! The sorting mark: a datamatrix (ECC 200, ISO/IEC 16022) read by the machine that puts leaves
//! into envelopes and by the scanner of returned mail.

use datamatrix::data::EncodationType;
use datamatrix::{DataMatrixBuilder, SymbolSize};

use crate::{DocumentKind, RenditionError};

/// Modules of quiet zone on each side; the standard asks for one.
const QUIET_MODULES: usize = 2;
/// Modules of the symbol itself, always the same.
const SYMBOL_MODULES: usize = 18;
/// Width and height of the image in pixels, one a module.
pub(crate) const IMAGE_MODULES: usize = SYMBOL_MODULES + 2 * QUIET_MODULES;

/// Content of the mark: `SIM`, kind (3 letters), avis number (10 digits), leaf (2), leaves (2).
pub(crate) fn content(kind: DocumentKind, avis_number: &str, leaf: u8) -> String {
    format!(
        "SIM{}{avis_number}{leaf:02}{:02}",
        kind.code(),
        kind.leaves()
    )
}

/// The mark as an image of black (0) and white (255) pixels, one byte a pixel, row by row.
pub(crate) fn image(content: &str) -> Result<Vec<u8>, RenditionError> {
    // ASCII alone: the content fits, and no search is made for a denser mixture of modes.
    let symbol = DataMatrixBuilder::new()
        .with_symbol_list(SymbolSize::Square18)
        .with_encodation_types(EncodationType::Ascii)
        .encode(content.as_bytes())
        .map_err(|error| RenditionError::SortingMark {
            reason: format!("{error:?}"),
        })?;
    let mut pixels = vec![u8::MAX; IMAGE_MODULES * IMAGE_MODULES];
    for (column, row) in symbol.bitmap().pixels() {
        let at = (row + QUIET_MODULES) * IMAGE_MODULES + column + QUIET_MODULES;
        if let Some(pixel) = pixels.get_mut(at) {
            *pixel = 0;
        }
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use datamatrix::DataMatrix;

    use super::*;

    #[test]
    fn a_reader_finds_the_content_again() {
        let content = content(DocumentKind::AvisContravention, "9912345678", 1);
        assert_eq!(content, "SIMACO99123456780103");
        let pixels = image(&content).unwrap();
        let inner: Vec<bool> = (0..SYMBOL_MODULES * SYMBOL_MODULES)
            .map(|i| {
                let (row, column) = (i / SYMBOL_MODULES, i % SYMBOL_MODULES);
                pixels[(row + QUIET_MODULES) * IMAGE_MODULES + column + QUIET_MODULES] == 0
            })
            .collect();
        let read = DataMatrix::decode(&inner, SYMBOL_MODULES).unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), content);
    }

    #[test]
    fn every_avis_number_fits_the_one_size() {
        for number in ["9900000000", "9999999999", "9910101010"] {
            let pixels = image(&content(DocumentKind::AvisContravention, number, 1)).unwrap();
            assert_eq!(pixels.len(), 484);
        }
    }
}
