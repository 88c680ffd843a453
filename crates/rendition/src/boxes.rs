//! The boxes of the slots: where a template keeps room for a string, and which strings surely fit.
//!
//! Each kind declares its boxes in one JSON file, which its templates and this module read. A string that surely fits
//! by the widths of its letters is set without being measured; the others are measured by typst, which decides.

use std::collections::BTreeMap;

use serde::Deserialize;
use typst::layout::Abs;
use typst::text::{Font, FontVariant, FontVariations, FontWeight};

use crate::RenditionError;
use crate::facts::Facts;

/// Points in a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// More than kerning moves any two letters apart, in em; a test holds it against the faces.
const KERNING_MAX_EM: f64 = 0.03;
/// Characters whose widths are tabulated: Latin, Greek, Cyrillic and French punctuation.
const TABULATED: u32 = 0x20b0;
/// Separates the field from the place in the name of a box, where a field stands in several.
const PLACE_MARK: char = '@';

/// Weight of the letters of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weight {
    Regular,
    Semibold,
}

/// Room for a string.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotBox {
    width_mm: f64,
    lines: u8,
    size_pt: f64,
    weight: Weight,
    /// What parts lines that are given as such; a box without it wraps its text.
    #[serde(default)]
    gap_mm: Option<f64>,
}

/// The boxes of one kind of document.
#[derive(Debug)]
pub(crate) struct Boxes {
    boxes: BTreeMap<String, SlotBox>,
}

impl Boxes {
    /// Reads the declaration of a kind.
    pub(crate) fn parse(path: &'static str, json: &str) -> Result<Self, RenditionError> {
        serde_json::from_str(json)
            .map(|boxes| Self { boxes })
            .map_err(|error| RenditionError::Resource {
                name: path,
                reason: error.to_string(),
            })
    }

    /// The boxes whose string is to be measured by typst, by name.
    pub(crate) fn to_measure(&self, facts: &Facts, widths: &Widths) -> Vec<&str> {
        self.boxes
            .iter()
            .filter(|(name, slot)| {
                let field = name.split(PLACE_MARK).next().unwrap_or_default();
                let value = facts.slots.get(field);
                value.is_some_and(|value| !widths.surely_fits(value, slot))
            })
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// Widths of letters in em, by weight.
#[derive(Debug)]
pub(crate) struct Widths {
    regular: Vec<Option<f64>>,
    semibold: Vec<Option<f64>>,
}

impl Widths {
    pub(crate) fn new(fonts: &[Font]) -> Self {
        let of = |weight: FontWeight| {
            fonts
                .iter()
                .find(|font| font.info().variant.weight == weight)
                .map(tabulated)
                .unwrap_or_default()
        };
        Self {
            regular: of(FontWeight::REGULAR),
            semibold: of(FontWeight::SEMIBOLD),
        }
    }

    /// Whether `value` fits its box however its letters are kerned. False means that it is not known.
    fn surely_fits(&self, value: &str, slot: &SlotBox) -> bool {
        let em_max = slot.width_mm * POINTS_PER_MM / slot.size_pt;
        let table = match slot.weight {
            Weight::Regular => &self.regular,
            Weight::Semibold => &self.semibold,
        };
        let width = |letter: char| {
            let index = usize::try_from(u32::from(letter)).unwrap_or(usize::MAX);
            let known = table.get(index).copied().flatten();
            known.map(|width| width + KERNING_MAX_EM)
        };
        let width_of = |text: &str| text.chars().map(width).sum::<Option<f64>>();
        if slot.lines == 1 || slot.gap_mm.is_some() {
            let fits = |line| width_of(line).is_some_and(|em| em <= em_max);
            return value.split('\n').all(fits);
        }
        // Lines are broken as typst does, first fit, but at spaces alone: it never needs more.
        let Some(space) = width(' ') else {
            return false;
        };
        let (mut lines, mut filled) = (1, 0.0_f64);
        for word in value.split(' ') {
            let Some(word) = width_of(word).filter(|word| *word <= em_max) else {
                return false;
            };
            let grown = if filled > 0.0 {
                filled + space + word
            } else {
                word
            };
            if grown <= em_max {
                filled = grown;
            } else {
                lines += 1;
                filled = word;
            }
        }
        lines <= slot.lines
    }
}

fn tabulated(font: &Font) -> Vec<Option<f64>> {
    let instance = font.clone().instantiate(
        FontVariant::default(),
        Abs::pt(10.0),
        &FontVariations::default(),
    );
    (0..TABULATED)
        .map(|code| {
            let glyph = instance.ttf().glyph_index(char::from_u32(code)?)?;
            instance.x_advance(glyph.0).map(|advance| advance.get())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources;

    fn widths() -> Widths {
        Widths::new(&resources::fonts().unwrap())
    }

    fn slot(width_mm: f64, lines: u8) -> SlotBox {
        SlotBox {
            width_mm,
            lines,
            size_pt: 10.0,
            weight: Weight::Regular,
            gap_mm: None,
        }
    }

    #[test]
    fn a_string_surely_fits_up_to_its_width() {
        let widths = widths();
        assert!(widths.surely_fits("AB-123-CD", &slot(30.0, 1)));
        assert!(!widths.surely_fits("WWWWWWWWWWWWWWW", &slot(30.0, 1)));
        assert!(!widths.surely_fits("漢", &slot(30.0, 1)));
    }

    #[test]
    fn lines_are_counted_at_spaces() {
        let widths = widths();
        let words = "MOT MOT MOT MOT MOT MOT";
        assert!(widths.surely_fits(words, &slot(30.0, 2)));
        assert!(!widths.surely_fits(words, &slot(30.0, 1)));
        assert!(!widths.surely_fits(&"W".repeat(30), &slot(30.0, 4)));
        let given = SlotBox {
            gap_mm: Some(1.0),
            ..slot(30.0, 7)
        };
        assert!(widths.surely_fits("35000 RENNES\nFRANCE", &given));
        assert!(!widths.surely_fits("FRANCE\n00000 VILLE D EN BAS DE LA RUE", &given));
    }

    /// What typst measures of any two letters is never wider than what is reckoned here.
    #[test]
    fn no_two_letters_are_kerned_further_apart_than_is_reckoned() {
        let world = Measuring::new(
            r#"
            #let letters = " !'()+,-./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            #let letters = (letters + "§°ÀÂÇÈÉÊËÎÏÔÙÛàâçèéêëîïôùûŒœ–‘’“”«»€").clusters()
            #let width(weight, string) = measure(
              text(font: "Source Sans 3", size: 100pt, weight: weight, ligatures: false, string),
            ).width
            #context for weight in ("regular", "semibold") {
              let alone = letters.map(letter => width(weight, letter))
              for (i, first) in letters.enumerate() {
                for (k, second) in letters.enumerate() {
                  let both = width(weight, "n" + first + second + "n")
                  let parts = alone.at(i) + alone.at(k) + 2 * width(weight, "n")
                  assert(both <= parts + 3 * 3pt, message: first + second)
                }
              }
            }"#,
        );
        let typst::diag::Warned { output, .. } =
            typst::compile::<typst_layout::PagedDocument>(&world);
        assert!(output.is_ok(), "{output:?}");
    }

    /// A world of one source and the faces.
    struct Measuring {
        library: typst::utils::LazyHash<typst::Library>,
        book: typst::utils::LazyHash<typst::text::FontBook>,
        fonts: Vec<Font>,
        source: typst::syntax::Source,
    }

    impl Measuring {
        fn new(text: &str) -> Self {
            let fonts = resources::fonts().unwrap();
            let id = resources::file_id("/measuring.typ").unwrap();
            Self {
                library: typst::utils::LazyHash::new(
                    <typst::Library as typst::LibraryExt>::default(),
                ),
                book: typst::utils::LazyHash::new(typst::text::FontBook::from_fonts(&fonts)),
                fonts,
                source: typst::syntax::Source::new(id, text.to_owned()),
            }
        }
    }

    impl typst::World for Measuring {
        fn library(&self) -> &typst::utils::LazyHash<typst::Library> {
            &self.library
        }
        fn book(&self) -> &typst::utils::LazyHash<typst::text::FontBook> {
            &self.book
        }
        fn main(&self) -> typst::syntax::FileId {
            self.source.id()
        }
        fn source(
            &self,
            _: typst::syntax::FileId,
        ) -> typst::diag::FileResult<typst::syntax::Source> {
            Ok(self.source.clone())
        }
        fn file(
            &self,
            _: typst::syntax::FileId,
        ) -> typst::diag::FileResult<typst::foundations::Bytes> {
            Err(typst::diag::FileError::AccessDenied)
        }
        fn font(&self, index: usize) -> Option<Font> {
            self.fonts.get(index).cloned()
        }
        fn today(
            &self,
            _: Option<typst::foundations::Duration>,
        ) -> Option<typst::foundations::Datetime> {
            None
        }
    }

    #[test]
    fn every_kind_declares_readable_boxes() {
        for kind in crate::DocumentKind::ALL {
            let boxes = Boxes::parse(kind.as_str(), kind.files().boxes).unwrap();
            for (name, slot) in boxes.boxes {
                let fits = slot.width_mm > 0.0 && slot.width_mm <= 180.0 && slot.size_pt >= 7.0;
                assert!(fits && slot.lines >= 1, "{name}");
            }
        }
    }
}
