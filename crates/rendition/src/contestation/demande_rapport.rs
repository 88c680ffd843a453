//! The demand of a report of the agent.

use super::{WANTED_MAX, letter, letter_kind};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter};
use crate::{DemandeRapportInput, RenditionError};

letter_kind!("demande_rapport", DemandeRapportInput);

/// Checks a demand and writes out what is printed on it.
fn facts(input: &DemandeRapportInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.code("pv_number", &input.pv_number, 20)?;
    facts.code("agent_number", &input.agent_number, 12)?;
    facts.text("wanted", &input.wanted, WANTED_MAX)?;
    facts.date("answer_until", input.answer_until)?;
    Ok(facts.finish())
}
