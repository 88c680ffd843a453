//! The notice that a file was transmitted to the tribunal de police.

use super::{letter, letter_kind, referral, tribunal};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::{RenditionError, TransmissionInput};

letter_kind!("transmission", TransmissionInput);

/// Checks a notice of transmission and writes out what is printed on it.
fn facts(input: &TransmissionInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.date("transmitted_on", input.transmitted_on)?;
    tribunal(&mut facts, &input.tribunal)?;
    referral(&mut facts, input.referral)?;
    if input.fine_min_cents > input.fine_max_cents {
        return Err(invalid("fine_min_cents", "is above the highest fine"));
    }
    facts.money("fine_min_cents", input.fine_min_cents)?;
    facts.money("fine_max_cents", input.fine_max_cents)?;
    facts.money("court_fee_cents", input.court_fee_cents)?;
    if let Some(cents) = input.consignation_cents {
        facts.choose("consignation", "yes");
        facts.money("consignation_cents", cents)?;
    }
    Ok(facts.finish())
}
