//! The demand of a piece.

use super::{WANTED_MAX, letter, letter_kind};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter};
use crate::{DemandePieceInput, RenditionError};

letter_kind!("demande_piece", DemandePieceInput);

/// Checks a demand and writes out what is printed on it.
fn facts(input: &DemandePieceInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.text("wanted", &input.wanted, WANTED_MAX)?;
    facts.date("answer_until", input.answer_until)?;
    Ok(facts.finish())
}
