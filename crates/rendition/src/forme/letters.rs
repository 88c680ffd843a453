//! The letters of a face: how wide each is, how each pair is kerned, and how a run of them is
//! written into a content stream, number for number as typst's export writes it.
//!
//! The tables are read from what typst itself makes of every pair, so that filling needs no shaper.

use crate::RenditionError;
use crate::charset::CHARSET;
use crate::forme::file::broken;
use crate::forme::number::write_real;

/// Index of a letter in the charset.
pub(crate) type Letter = u8;

/// Letters below this code point are looked up directly.
const NEAR: usize = 0x180;

/// Adjustments below this many thousandths are not written by typst's export.
const ADJUSTMENT_MIN: f32 = 0.001;

/// Whether a character is drawn alike whatever stands beside it. The middle dot is not: between two
/// L, as in Catalan, the faces draw the three as one.
pub(crate) const fn stands_alone(character: char) -> bool {
    character != '·'
}

/// The letters of the charset by character.
pub(crate) struct Alphabet {
    near: Vec<Option<Letter>>,
    far: Vec<(char, Letter)>,
    codes: Vec<u8>,
}

impl Alphabet {
    /// The alphabet of [`CHARSET`].
    pub(crate) fn new() -> Result<Self, RenditionError> {
        let mut alphabet = Self {
            near: vec![None; NEAR],
            far: Vec::new(),
            codes: Vec::new(),
        };
        for (index, character) in CHARSET.chars().enumerate() {
            let letter = Letter::try_from(index).map_err(|_| broken("the charset is too large"))?;
            let near = usize::try_from(u32::from(character)).unwrap_or(NEAR);
            alphabet.codes.push(code(character, letter)?);
            if !stands_alone(character) {
                continue;
            }
            match alphabet.near.get_mut(near) {
                Some(place) => *place = Some(letter),
                None => alphabet.far.push((character, letter)),
            }
        }
        alphabet.far.sort_unstable();
        Ok(alphabet)
    }

    /// The letter of a character, if the charset has it and it stands alone.
    pub(crate) fn letter(&self, character: char) -> Option<Letter> {
        let near = usize::try_from(u32::from(character)).unwrap_or(NEAR);
        if let Some(letter) = self.near.get(near) {
            return *letter;
        }
        let place = self.far.binary_search_by_key(&character, |(far, _)| *far);
        self.far.get(place.ok()?).map(|(_, letter)| *letter)
    }

    /// Appends the letters of `text`; `None` if one is not in the charset.
    pub(crate) fn letters(&self, text: &str, letters: &mut Vec<Letter>) -> Option<()> {
        for character in text.chars() {
            letters.push(self.letter(character)?);
        }
        Some(())
    }

    /// The byte that stands for a letter in the strings of filled slots.
    pub(crate) fn code(&self, letter: Letter) -> u8 {
        self.codes.get(usize::from(letter)).copied().unwrap_or(b'?')
    }

    /// Letters with their bytes.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (Letter, u8)> {
        (0..).zip(self.codes.iter().copied())
    }
}

/// ASCII stands for itself, so that what fills a slot can be read in the file; the others follow
/// from 0x80 in the order of the charset.
fn code(character: char, letter: Letter) -> Result<u8, RenditionError> {
    let ascii = u8::try_from(character).ok().filter(u8::is_ascii);
    ascii
        .or_else(|| letter.checked_sub(95)?.checked_add(0x80))
        .ok_or_else(|| broken("the charset is too large"))
}

/// One face at one em.
pub(crate) struct Face {
    units_per_em: f64,
    /// Advance of each letter, in font units.
    advances: Vec<i32>,
    /// Kerning of each pair, in font units.
    kerns: Vec<i16>,
    /// What an unkerned advance differs from the width that the file declares, in the arithmetic
    /// of typst's export.
    rests: Vec<f32>,
    /// Digits have one width and are kerned alike.
    digits_alike: bool,
}

impl Face {
    /// Builds a face from the advance of each letter and of the first letter of each pair, as
    /// typst lays them out.
    pub(crate) fn new(
        units_per_em: f64,
        advances: Vec<i32>,
        kerns: Vec<i16>,
        digits: &[Letter],
    ) -> Self {
        let mut face = Self {
            units_per_em,
            rests: Vec::new(),
            advances,
            kerns,
            digits_alike: true,
        };
        face.rests = (0..=Letter::MAX)
            .take(face.advances.len())
            .map(|letter| face.rest(letter, 0))
            .collect();
        face.digits_alike = face.are_alike(digits);
        face
    }

    fn are_alike(&self, digits: &[Letter]) -> bool {
        let others = || (0..=Letter::MAX).take(self.advances.len());
        digits.windows(2).all(|pair| match pair {
            [a, b] => {
                self.advance(*a) == self.advance(*b)
                    && others().all(|other| {
                        self.kern(*a, other) == self.kern(*b, other)
                            && self.kern(other, *a) == self.kern(other, *b)
                    })
            }
            _ => true,
        })
    }

    /// Whether a digit can take another's place without moving anything.
    pub(crate) const fn digits_alike(&self) -> bool {
        self.digits_alike
    }

    fn advance(&self, letter: Letter) -> i32 {
        self.advances.get(usize::from(letter)).copied().unwrap_or(0)
    }

    fn kern(&self, left: Letter, right: Letter) -> i16 {
        let at = usize::from(left) * self.advances.len() + usize::from(right);
        self.kerns.get(at).copied().unwrap_or(0)
    }

    /// Width of `letters` set at `size`, summed as typst sums it.
    pub(crate) fn width(&self, letters: &[Letter], size: f64) -> f64 {
        let mut width = 0.0;
        for (index, letter) in letters.iter().enumerate() {
            let kern = match letters.get(index + 1) {
                Some(next) => i32::from(self.kern(*letter, *next)),
                None => 0,
            };
            width += size * (f64::from(self.advance(*letter) + kern) / self.units_per_em);
        }
        width
    }

    /// How far the advance of a letter, kerned by `kern`, is from the width that the file declares,
    /// with the roundings of typst's export.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "typst's export computes in f32"
    )]
    fn rest(&self, letter: Letter, kern: i16) -> f32 {
        let upem = self.units_per_em as f32;
        let advance = self.advance(letter);
        let set = (f64::from(advance + i32::from(kern)) / self.units_per_em) as f32 * upem;
        set - advance as f32 / upem * upem
    }

    /// Writes the operator that shows `letters`, kerned.
    pub(crate) fn show(&self, alphabet: &Alphabet, letters: &[Letter], out: &mut Vec<u8>) {
        let mut writer = ShowWriter::start(out);
        for (index, letter) in letters.iter().enumerate() {
            writer.code(alphabet.code(*letter));
            let kern = match letters.get(index + 1) {
                Some(next) => self.kern(*letter, *next),
                None => break,
            };
            writer.adjustment += if kern == 0 {
                self.rests.get(usize::from(*letter)).copied().unwrap_or(0.0)
            } else {
                self.rest(*letter, kern)
            };
            writer.adjust(self);
        }
        writer.finish(letters.len());
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "typst's export computes in f32"
    )]
    fn thousandths(&self, adjustment: f32) -> f32 {
        -(adjustment / self.units_per_em as f32 * 1000.0)
    }
}

/// Writes strings and adjustments by turns.
struct ShowWriter<'a> {
    out: &'a mut Vec<u8>,
    array_at: usize,
    adjustment: f32,
    is_adjusted: bool,
}

impl<'a> ShowWriter<'a> {
    fn start(out: &'a mut Vec<u8>) -> Self {
        let array_at = out.len();
        out.extend_from_slice(b"[(");
        Self {
            out,
            array_at,
            adjustment: 0.0,
            is_adjusted: false,
        }
    }

    fn code(&mut self, code: u8) {
        if matches!(code, b'(' | b')' | b'\\') {
            self.out.push(b'\\');
        }
        self.out.push(code);
    }

    /// Writes what has come together, if it can be seen. What cannot goes on to the next letter.
    fn adjust(&mut self, face: &Face) {
        if self.adjustment.abs() <= ADJUSTMENT_MIN {
            return;
        }
        self.out.push(b')');
        let thousandths = face.thousandths(self.adjustment);
        write_real(thousandths, self.out);
        self.out.push(b'(');
        self.adjustment = 0.0;
        self.is_adjusted = true;
    }

    fn finish(self, length: usize) {
        if self.is_adjusted || length == 0 {
            self.out.extend_from_slice(b")]TJ");
            return;
        }
        // One string without adjustments needs no array.
        self.out.remove(self.array_at);
        self.out.extend_from_slice(b")Tj");
    }
}

/// A run whose letters and advances typst gave.
pub(crate) fn show_given(
    face: &Face,
    alphabet: &Alphabet,
    letters: &[Letter],
    advances_em: &[f64],
    out: &mut Vec<u8>,
) {
    let mut writer = ShowWriter::start(out);
    let last = letters.len().saturating_sub(1);
    for (index, (letter, advance)) in letters.iter().zip(advances_em).enumerate() {
        writer.code(alphabet.code(*letter));
        if index < last {
            writer.adjustment += face.given_rest(*letter, *advance);
            writer.adjust(face);
        }
    }
    writer.finish(letters.len());
}

impl Face {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "typst's export computes in f32"
    )]
    fn given_rest(&self, letter: Letter, advance_em: f64) -> f32 {
        let upem = self.units_per_em as f32;
        advance_em as f32 * upem - self.advance(letter) as f32 / upem * upem
    }
}

/// Writes a position, as typst's export writes numbers.
pub(crate) fn write_position(value: f64, out: &mut Vec<u8>) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "typst's export computes in f32"
    )]
    write_real(value as f32, out);
}
