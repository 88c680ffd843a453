//! The classement sans suite.

use super::{letter, letter_kind};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter};
use crate::{ClassementInput, RenditionError};

letter_kind!("classement", ClassementInput);

/// Checks a classement sans suite and writes out what is printed on it.
fn facts(input: &ClassementInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.date("decided_on", input.decided_on)?;
    facts.choose("reason", input.reason.as_str());
    facts.date("prescribed_on", input.prescribed_on)?;
    if let Some(refund) = &input.refund {
        facts.choose("refund", "yes");
        facts.money("refund.cents", refund.cents)?;
        facts.date("refund.paid_on", refund.paid_on)?;
        facts.address("refund.comptable", &refund.comptable, 4)?;
    }
    Ok(facts.finish())
}
