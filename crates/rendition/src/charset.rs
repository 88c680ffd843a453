//! Which characters can be printed, and in which form.

use typst::text::Font;

use crate::RenditionError;

/// The characters that each face embeds in every document, in this order.
///
/// Every document of a template thus carries byte-identical font programs, with glyph ids that
/// never move. It is ISO 8859-15, the punctuation of French typography, and the
/// capitals of other European alphabets, for names. Other characters of
/// the faces print as well, in a font program of that document alone.
pub(crate) const CHARSET: &str = concat!(
    " !\"#$%&'()*+,-./0123456789:;<=>?@",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`",
    "abcdefghijklmnopqrstuvwxyz{|}~",
    "¡¢£¥§©ª«¬®¯°±²³µ¶·¹º»¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
    "ŒœŠšŸŽž€–—‘’“”„•…№",
    "ĂĄĆČĎĐĘĚĞİŁŃŇŐŘŚŞȘŤȚŮŰŹŻ",
);

/// Tells what the embedded faces can print.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// Whether every face has a character that documents may hold, by code point.
    covered: Vec<bool>,
}

/// Characters from here on are in no document.
const TABULATED: u32 = 0x2200;

impl Coverage {
    pub(crate) fn new(fonts: &[Font]) -> Self {
        let is_covered = |code| {
            let admitted = char::from_u32(code).is_some_and(is_admitted);
            admitted && fonts.iter().all(|font| font.info().coverage.contains(code))
        };
        Self {
            covered: (0..TABULATED).map(is_covered).collect(),
        }
    }

    /// Normalises `value` and checks that every face can print it.
    pub(crate) fn printable(&self, field: &str, value: &str) -> Result<String, RenditionError> {
        let mut printable = String::with_capacity(value.len());
        for character in normalised(value) {
            if !self.covers(character) {
                return Err(RenditionError::MissingGlyph {
                    field: field.to_owned(),
                    character,
                });
            }
            printable.push(character);
        }
        Ok(printable)
    }

    fn covers(&self, character: char) -> bool {
        let code = usize::try_from(u32::from(character)).unwrap_or(usize::MAX);
        self.covered.get(code).copied().unwrap_or(false)
    }
}

/// Replaces the spaces and hyphens that share a glyph with the plain ones, collapses runs of
/// spaces and drops those at both ends.
///
/// One glyph must stand for one character, or a reader could not tell them apart when the text is
/// extracted again.
fn normalised(value: &str) -> impl Iterator<Item = char> {
    let is_space = |character| {
        matches!(
            character,
            ' ' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}'
        )
    };
    let mut characters = value.trim_matches(is_space).chars().peekable();
    std::iter::from_fn(move || {
        let character = characters.next()?;
        if is_space(character) {
            while characters.next_if(|next| is_space(*next)).is_some() {}
            return Some(' ');
        }
        let is_hyphen = matches!(character, '\u{2010}' | '\u{2011}');
        Some(if is_hyphen { '-' } else { character })
    })
}

/// Whether documents may hold the character at all, even if a face has it: letters of Latin, Greek
/// and Cyrillic scripts in their composed form, digits, and the punctuation of letters. Left out
/// are control and format characters and combining marks, which show nothing or change their
/// neighbours, and signs wider than an em.
fn is_admitted(character: char) -> bool {
    matches!(u32::from(character),
        0x20..=0x7e
        | 0xa1..=0xac
        | 0xae..=0x24f
        | 0x370..=0x482
        | 0x48a..=0x52f
        | 0x1e00..=0x1eff
        | 0x2013..=0x2014
        | 0x2018..=0x201e
        | 0x2020..=0x2022
        | 0x2026
        | 0x2032..=0x2033
        | 0x2039..=0x203a
        | 0x20ac
        | 0x2116
        | 0x2122)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::resources;

    fn coverage() -> Coverage {
        Coverage::new(&resources::fonts().unwrap())
    }

    #[test]
    fn the_charset_is_covered_and_no_two_of_its_characters_share_a_glyph() {
        let coverage = coverage();
        assert_eq!(coverage.printable("x", "é€’œŒ№").unwrap(), "é€’œŒ№");
        for font in &resources::fonts().unwrap() {
            let face = ttf_glyphs(font);
            assert_eq!(face.len(), CHARSET.chars().count());
        }
    }

    /// Templates measure a word only when it is too wide at an em a letter.
    #[test]
    fn no_character_is_wider_than_an_em() {
        let coverage = coverage();
        for font in &resources::fonts().unwrap() {
            let instance = instance(font);
            for character in ('\0'..=char::MAX).filter(|character| coverage.covers(*character)) {
                let glyph = instance.ttf().glyph_index(character).unwrap();
                let advance = instance.x_advance(glyph.0).unwrap();
                assert!(advance.get() <= 1.0, "{character:?}: {}", advance.get());
            }
        }
    }

    fn instance(font: &Font) -> typst::text::FontInstance {
        font.clone().instantiate(
            typst::text::FontVariant::default(),
            typst::layout::Abs::pt(10.0),
            &typst::text::FontVariations::default(),
        )
    }

    fn ttf_glyphs(font: &Font) -> HashSet<u16> {
        let instance = instance(font);
        CHARSET
            .chars()
            .map(|c| instance.ttf().glyph_index(c).unwrap().0)
            .collect()
    }

    #[test]
    fn spaces_and_hyphens_are_made_plain() {
        let normalise = |text| normalised(text).collect::<String>();
        assert_eq!(normalise(" a\u{a0}\u{202f}b  c\u{2011}d "), "a b c-d");
        assert_eq!(normalise("   "), "");
    }

    #[test]
    fn what_no_face_prints_is_named() {
        let coverage = coverage();
        for (text, character) in [
            ("a\nb", '\n'),
            ("e\u{301}", '\u{301}'),
            ("漢", '漢'),
            ("a\u{200b}", '\u{200b}'),
        ] {
            assert_eq!(
                coverage.printable("f", text),
                Err(RenditionError::MissingGlyph {
                    field: "f".to_owned(),
                    character
                })
            );
        }
    }
}
