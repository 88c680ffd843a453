//! The avis d'irrecevabilité.

use super::{letter, letter_kind};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::{Consequence, Ground, IrrecevabiliteInput, Procedure, RenditionError};

/// Most grounds of one.
const GROUNDS_MAX: usize = 3;

letter_kind!("irrecevabilite", IrrecevabiliteInput);

/// Checks an avis d'irrecevabilité and writes out what is printed on it.
fn facts(input: &IrrecevabiliteInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    grounds(&mut facts, &input.grounds)?;
    match (
        input.grounds.contains(&Ground::IrrMotif),
        &input.motivation_refused,
    ) {
        (false, None) => {}
        (true, Some(refused)) => {
            facts.choose("motivation", "yes");
            let number = &refused.registered_letter;
            facts.code("motivation_refused.registered_letter", number, 20)?;
            facts.date("motivation_refused.contest_until", refused.contest_until)?;
        }
        (true, None) => {
            return Err(invalid(
                "motivation_refused",
                "is missing for IRR_MOTIF (CPP R49-18)",
            ));
        }
        (false, Some(_)) => {
            return Err(invalid("motivation_refused", "goes only with IRR_MOTIF"));
        }
    }
    if let Some(until) = input.new_contestation_until {
        let is_too_late = [Ground::IrrDelai, Ground::IrrPaye]
            .iter()
            .any(|ground| input.grounds.contains(ground));
        if is_too_late {
            let reason = "goes neither with IRR_DELAI nor with IRR_PAYE";
            return Err(invalid("new_contestation_until", reason));
        }
        facts.choose("again", "yes");
        facts.date("new_contestation_until", until)?;
    }
    consequence(&mut facts, input)?;
    Ok(facts.finish())
}

fn grounds(facts: &mut FactsWriter<'_>, grounds: &[Ground]) -> Result<(), RenditionError> {
    if !(1..=GROUNDS_MAX).contains(&grounds.len()) {
        return Err(invalid("grounds", "are none, or more than three"));
    }
    // The order of the law, whatever that of the input: so many variants less.
    let mut sorted = grounds.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != grounds.len() {
        return Err(invalid("grounds", "has one twice"));
    }
    let codes: Vec<&str> = sorted.iter().map(|ground| ground.as_str()).collect();
    facts.choose("grounds", codes.join(" "));
    Ok(())
}

fn consequence(
    facts: &mut FactsWriter<'_>,
    input: &IrrecevabiliteInput,
) -> Result<(), RenditionError> {
    let is_paid = matches!(input.consequence, Consequence::Paid { .. });
    if is_paid != input.grounds.contains(&Ground::IrrPaye) {
        return Err(invalid(
            "consequence",
            "`paid` goes with IRR_PAYE, and with it alone",
        ));
    }
    match input.consequence {
        Consequence::Due { .. } if input.letter.contestation.procedure != Procedure::Requete => {
            return Err(invalid("consequence", "`due` goes only with a requête"));
        }
        Consequence::ConsignationKept { .. }
            if input.grounds.contains(&Ground::IrrConsignation) =>
        {
            let reason = "`consignation_kept` goes not with IRR_CONSIGNATION";
            return Err(invalid("consequence", reason));
        }
        _ => {}
    }
    facts.choose("consequence", input.consequence.as_str());
    let cents = match input.consequence {
        Consequence::Due { cents, until } => {
            facts.date("consequence.until", until)?;
            cents
        }
        Consequence::Paid { cents, on } => {
            facts.date("consequence.on", on)?;
            cents
        }
        Consequence::Majoree { cents } | Consequence::ConsignationKept { cents } => cents,
    };
    facts.money("consequence.cents", cents)
}
