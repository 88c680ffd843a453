//! typst at work on single strings: tables of letters, and where a text wraps.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use typst::foundations::Bytes;
use typst::layout::Em;

use crate::charset::CHARSET;
use crate::forme::file::broken;
use crate::forme::letters::{Alphabet, Face, Letter, show_given, stands_alone};
use crate::forme::walk::{Align, Run, Walk, walk};
use crate::mark::Marks;
use crate::{Engine, RenditionError};

/// Weights by the number of their face.
pub(crate) const WEIGHTS: [&str; 2] = ["regular", "semibold"];

/// Stands at both ends of a row of pairs, where spaces would be trimmed.
const POST: &str = "H";

/// How a slot of wrapping text is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Style {
    /// Name of the slot, for errors.
    pub(crate) name: String,
    /// Width of the place, in points.
    pub(crate) width: f64,
    /// Lines at most.
    pub(crate) lines: usize,
    /// Size, in points.
    pub(crate) size: f64,
    /// Number of the face.
    pub(crate) face: usize,
    /// Alignment.
    pub(crate) align: Align,
}

/// A line that typst set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SetLine {
    /// From the left of the place, in points.
    pub(crate) x: f64,
    /// The operator that shows it.
    pub(crate) show: Vec<u8>,
}

/// The letters of both faces, and the sorting marks.
pub(crate) struct Type {
    pub(crate) alphabet: Alphabet,
    pub(crate) faces: Vec<Face>,
    pub(crate) marks: Marks,
}

impl Type {
    /// Tabulates every pair of letters of every face.
    pub(crate) fn new(engine: &Engine) -> Result<Self, RenditionError> {
        let alphabet = Alphabet::new()?;
        let faces = WEIGHTS
            .into_iter()
            .map(|weight| tabulate(engine, &alphabet, weight))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            alphabet,
            faces,
            marks: Marks::new()?,
        })
    }

    /// One face.
    pub(crate) fn face(&self, number: usize) -> Result<&Face, RenditionError> {
        self.faces.get(number).ok_or_else(|| broken("no such face"))
    }

    /// Sets one text as typst does; `None` if it holds letters outside the charset.
    pub(crate) fn set(
        &self,
        engine: &Engine,
        style: &Style,
        text: &str,
    ) -> Result<Option<Vec<SetLine>>, RenditionError> {
        let slot = json!({
            "name": style.name,
            "text": text,
            "width": style.width,
            "lines": style.lines,
            "size": style.size,
            "weight": WEIGHTS.get(style.face),
            "align": match style.align {
                Align::Left => "left",
                Align::Center => "center",
                Align::Right => "right",
            },
        });
        let walk = set(engine, &json!({ "rows": [], "slots": [slot] }))?;
        let face = self.face(style.face)?;
        walk.runs
            .iter()
            .map(|run| Ok(self.set_line(face, run)))
            .collect()
    }

    fn set_line(&self, face: &Face, run: &Run) -> Option<SetLine> {
        let mut letters = Vec::new();
        self.alphabet.letters(&run.item.text, &mut letters)?;
        if letters.len() != run.item.glyphs.len() {
            return None;
        }
        let advances: Vec<f64> = run
            .item
            .glyphs
            .iter()
            .map(|glyph| glyph.x_advance.get())
            .collect();
        let mut show = Vec::new();
        show_given(face, &self.alphabet, &letters, &advances, &mut show);
        Some(SetLine { x: run.x, show })
    }
}

fn set(engine: &Engine, job: &serde_json::Value) -> Result<Walk, RenditionError> {
    walk(&engine.lay_out_setting(Bytes::from_string(job.to_string()))?)
}

/// Lays out a row for each letter, in which it stands before and after every letter.
fn tabulate(engine: &Engine, alphabet: &Alphabet, weight: &str) -> Result<Face, RenditionError> {
    let row = |left: char| {
        let mut row = POST.to_owned();
        for right in CHARSET.chars().filter(|right| stands_alone(*right)) {
            row.push(left);
            row.push(right);
        }
        row.push_str(POST);
        row
    };
    let rows: Vec<_> = CHARSET
        .chars()
        .filter(|left| stands_alone(*left))
        .map(|left| json!({ "text": row(left), "weight": weight }))
        .collect();
    let walk = set(engine, &json!({ "rows": rows, "slots": [] }))?;
    let mut pairs = Pairs::default();
    for run in &walk.runs {
        pairs.read(alphabet, run)?;
    }
    pairs.face(alphabet)
}

/// Advances of letters by the letter that follows.
#[derive(Default)]
struct Pairs {
    units_per_em: f64,
    set: HashMap<(Letter, Letter), i32>,
    alone: HashMap<Letter, i32>,
}

impl Pairs {
    fn read(&mut self, alphabet: &Alphabet, run: &Run) -> Result<(), RenditionError> {
        let mut letters = Vec::new();
        let item = &run.item;
        let known = alphabet.letters(&item.text, &mut letters);
        if known.is_none() || letters.len() != item.glyphs.len() {
            return Err(broken("letters do not stand for themselves"));
        }
        self.units_per_em = item.font.units_per_em();
        for (index, (letter, glyph)) in letters.iter().zip(&item.glyphs).enumerate() {
            let shifts = [glyph.x_offset, glyph.y_offset, glyph.y_advance];
            let plain = shifts.iter().all(|shift| *shift == Em::zero());
            if !plain {
                return Err(broken("a letter is set off its line"));
            }
            let declared = item.font.x_advance(glyph.id).map(typst::layout::Em::get);
            self.alone
                .insert(*letter, self.units(declared.unwrap_or(0.0)));
            let Some(next) = letters.get(index + 1) else {
                break;
            };
            let units = self.units(glyph.x_advance.get());
            let before = self.set.insert((*letter, *next), units);
            if before.is_some_and(|before| before != units) {
                return Err(broken("a pair of letters is not always set alike"));
            }
        }
        Ok(())
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "font units are small integers"
    )]
    fn units(&self, em: f64) -> i32 {
        (em * self.units_per_em).round() as i32
    }

    fn face(self, alphabet: &Alphabet) -> Result<Face, RenditionError> {
        let missing = || broken("a pair of letters was not set");
        let count = CHARSET.chars().count();
        let mut advances = vec![0; count];
        let mut kerns = vec![0; count * count];
        let letters = || CHARSET.chars().filter_map(|letter| alphabet.letter(letter));
        for left in letters() {
            let row = usize::from(left);
            let alone = *self.alone.get(&left).ok_or_else(missing)?;
            *advances.get_mut(row).ok_or_else(missing)? = alone;
            for right in letters() {
                let set = self.set.get(&(left, right)).ok_or_else(missing)?;
                let place = kerns.get_mut(row * count + usize::from(right));
                *place.ok_or_else(missing)? = i16::try_from(set - alone).map_err(|_| missing())?;
            }
        }
        let digits: Vec<Letter> = ('0'..='9')
            .filter_map(|digit| alphabet.letter(digit))
            .collect();
        Ok(Face::new(self.units_per_em, advances, kerns, &digits))
    }
}
