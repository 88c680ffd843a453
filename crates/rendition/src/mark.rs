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

/// Bytes of a row of a packed mark.
const ROW_BYTES: usize = IMAGE_MODULES.div_ceil(8);
/// Bytes of a packed mark.
pub(crate) const PACKED_BYTES: usize = ROW_BYTES * IMAGE_MODULES;

/// The mark with one bit a pixel, white being 1, each row on a byte of its own.
pub(crate) fn packed(content: &str) -> Result<[u8; PACKED_BYTES], RenditionError> {
    let pixels = image(content)?;
    let mut packed = [0; PACKED_BYTES];
    for (row, bytes) in pixels
        .chunks(IMAGE_MODULES)
        .zip(packed.chunks_mut(ROW_BYTES))
    {
        for (pixels, byte) in row.chunks(8).zip(bytes) {
            for (bit, pixel) in pixels.iter().enumerate() {
                if *pixel != 0 {
                    *byte |= 0x80 >> bit;
                }
            }
        }
    }
    Ok(packed)
}

/// Digits of a number that the tables are made for.
const NUMBER_DIGITS: usize = 10;

/// Marks of all numbers of ten digits, without encoding each.
///
/// A mark is linear in its code words, error correction included: exchanging a pair of digits
/// inverts the same modules whatever the others are.
pub(crate) struct Marks {
    /// What each pair of digits, at each of its places, inverts of the mark of zeros.
    pairs: Vec<Vec<[u8; PACKED_BYTES]>>,
    /// Marks of zeros by kind and leaf.
    zeros: Vec<(DocumentKind, u8, [u8; PACKED_BYTES])>,
}

impl Marks {
    /// Encodes every pair of digits at every place.
    pub(crate) fn new() -> Result<Self, RenditionError> {
        let zeros = "0".repeat(NUMBER_DIGITS);
        let kind = DocumentKind::AvisContravention;
        let zero = packed(&content(kind, &zeros, 1))?;
        let place = |place: usize| {
            let pair = |pair: u8| {
                let mut number = zeros.clone();
                number.replace_range(2 * place..2 * place + 2, &format!("{pair:02}"));
                let mut inverted = packed(&content(kind, &number, 1))?;
                invert(&mut inverted, &zero);
                Ok(inverted)
            };
            (0..100).map(pair).collect()
        };
        let pairs = (0..NUMBER_DIGITS / 2)
            .map(place)
            .collect::<Result<_, _>>()?;
        let mut marks = Self {
            pairs,
            zeros: Vec::new(),
        };
        for kind in DocumentKind::ALL {
            for leaf in 1..=kind.leaves() {
                let zero = packed(&content(kind, &zeros, leaf))?;
                marks.zeros.push((kind, leaf, zero));
            }
        }
        Ok(marks)
    }

    /// The packed mark of a leaf.
    pub(crate) fn packed(
        &self,
        kind: DocumentKind,
        number: &str,
        leaf: u8,
    ) -> Result<[u8; PACKED_BYTES], RenditionError> {
        let mut zeros = self.zeros.iter();
        let zero = zeros.find(|(of, own, _)| *of == kind && *own == leaf);
        match zero {
            Some((_, _, zero)) if number.len() == NUMBER_DIGITS => self
                .of_digits(*zero, number.as_bytes())
                .map_or_else(|| packed(&content(kind, number, leaf)), Ok),
            _ => packed(&content(kind, number, leaf)),
        }
    }

    fn of_digits(&self, zero: [u8; PACKED_BYTES], number: &[u8]) -> Option<[u8; PACKED_BYTES]> {
        let mut mark = zero;
        for (pairs, digits) in self.pairs.iter().zip(number.chunks(2)) {
            let mut value = 0;
            for digit in digits {
                value =
                    10 * value + usize::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
            }
            invert(&mut mark, pairs.get(value)?);
        }
        Some(mark)
    }
}

fn invert(mark: &mut [u8; PACKED_BYTES], by: &[u8; PACKED_BYTES]) {
    for (byte, by) in mark.iter_mut().zip(by) {
        *byte ^= by;
    }
}

#[cfg(test)]
mod tests {
    use datamatrix::DataMatrix;

    use super::*;

    #[test]
    fn marks_by_table_are_those_encoded() {
        let marks = Marks::new().unwrap();
        let mut number = 9_900_000_017_u64;
        for _ in 0..500 {
            number = 9_900_000_000 + number.wrapping_mul(6_364_136_223_846_793_005) % 100_000_000;
            for kind in DocumentKind::ALL {
                for leaf in 1..=kind.leaves() {
                    let digits = number.to_string();
                    let encoded = packed(&content(kind, &digits, leaf)).unwrap();
                    assert_eq!(marks.packed(kind, &digits, leaf).unwrap(), encoded);
                }
            }
        }
        let odd = packed(&content(DocumentKind::AvisContravention, "12345", 1)).unwrap();
        assert_eq!(
            marks
                .packed(DocumentKind::AvisContravention, "12345", 1)
                .unwrap(),
            odd
        );
    }

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
