//! The notice that a fine which was paid stands.

use super::{letter, letter_kind};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter};
use crate::{MaintienInput, RenditionError};

letter_kind!("maintien", MaintienInput);

/// Checks a notice and writes out what is printed on it.
fn facts(input: &MaintienInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.date("decided_on", input.decided_on)?;
    facts.money("paid_cents", input.paid_cents)?;
    Ok(facts.finish())
}
