//! The slots and choices of the avis de contravention.

use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::{AmountDue, AvisInput, ContestInput, OffenceInput, RenditionError, TelepaymentInput};

/// Most points that one contravention withdraws (Code de la route, art. L223-2).
const POINTS_MAX: u8 = 6;

/// Checks an avis and writes out what is printed on it.
pub(crate) fn facts(input: &AvisInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    facts.avis_number("avis_number", &input.avis_number)?;
    facts.date("avis_date", input.avis_date)?;
    facts.address("recipient", &input.recipient, 7)?;
    facts.choose("addressee", input.addressee.as_str());
    offence(&mut facts, &input.offence)?;
    if let Some(vehicle) = &input.vehicle {
        facts.choose("vehicle", "yes");
        facts.text("vehicle.plate", &vehicle.plate, 15)?;
        facts.text("vehicle.country", &vehicle.country, 24)?;
        facts.optional_text("vehicle.make", vehicle.make.as_deref(), 30)?;
    }
    facts.text("police_service.label", &input.police_service.label, 60)?;
    facts.code("police_service.code", &input.police_service.code, 12)?;
    facts.code(
        "police_service.agent_number",
        &input.police_service.agent_number,
        12,
    )?;
    points(&mut facts, input.points)?;
    amounts(&mut facts, input)?;
    telepayment(&mut facts, input)?;
    contest(&mut facts, &input.contest)?;
    Ok(facts.finish())
}

fn offence(facts: &mut FactsWriter<'_>, offence: &OffenceInput) -> Result<(), RenditionError> {
    facts.date("offence.date", offence.date)?;
    facts.time("offence.time", offence.time);
    let place = &offence.place;
    facts.text("offence.place.commune", &place.commune, 50)?;
    facts.code("offence.place.departement", &place.departement, 3)?;
    facts.optional_text("offence.place.street", place.street.as_deref(), 70)?;
    facts.optional_text("offence.place.position", place.position.as_deref(), 40)?;
    facts.optional_text("offence.place.direction", place.direction.as_deref(), 40)?;
    if !(1..=99_999).contains(&offence.natinf) {
        return Err(invalid("offence.natinf", "is not between 1 and 99999"));
    }
    facts.slot("offence.natinf", offence.natinf.to_string());
    if !(1..=5).contains(&offence.class) {
        return Err(invalid("offence.class", "is not between 1 and 5"));
    }
    facts.slot("offence.class", offence.class.to_string());
    facts.text("offence.qualification", &offence.qualification, 250)?;
    facts.text("offence.defined_by", &offence.defined_by, 250)?;
    facts.text("offence.punished_by", &offence.punished_by, 250)
}

fn points(facts: &mut FactsWriter<'_>, points: u8) -> Result<(), RenditionError> {
    if points > POINTS_MAX {
        return Err(invalid("points", "is above 6"));
    }
    facts.choose(
        "points",
        match points {
            0 => "none",
            1 => "one",
            _ => "several",
        },
    );
    facts.slot("points", points.to_string());
    Ok(())
}

fn amounts(facts: &mut FactsWriter<'_>, input: &AvisInput) -> Result<(), RenditionError> {
    let amounts = &input.amounts;
    if let Some(minoree) = amounts.minoree {
        facts.choose("minoree", "yes");
        due(facts, "amounts.minoree", minoree)?;
    }
    due(facts, "amounts.forfaitaire", amounts.forfaitaire)?;
    facts.money("amounts.majoree.cents", amounts.majoree.cents)?;
    facts.date("amounts.majoree.from", amounts.majoree.from)
}

fn due(facts: &mut FactsWriter<'_>, field: &str, due: AmountDue) -> Result<(), RenditionError> {
    facts.money(&format!("{field}.cents"), due.cents)?;
    facts.date(&format!("{field}.until_paper"), due.until_paper)?;
    facts.date(&format!("{field}.until_remote"), due.until_remote)
}

/// Only the simulated reference of this very avis is printed: nothing else could be paid.
fn telepayment(facts: &mut FactsWriter<'_>, input: &AvisInput) -> Result<(), RenditionError> {
    let reference = &input.telepayment;
    if TelepaymentInput::of_avis(&input.avis_number).as_ref() != Some(reference) {
        return Err(invalid(
            "telepayment",
            "is not the simulated reference of the avis",
        ));
    }
    let mut printed = String::with_capacity(17);
    for (index, digit) in reference.number.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            printed.push(' ');
        }
        printed.push(digit);
    }
    facts.slot("telepayment.number", printed);
    facts.slot("telepayment.key", reference.key.clone());
    Ok(())
}

fn contest(facts: &mut FactsWriter<'_>, contest: &ContestInput) -> Result<(), RenditionError> {
    facts.date("contest.until", contest.until)?;
    if let Some(cents) = contest.consignation_cents {
        facts.choose("consignation", "yes");
        facts.money("contest.consignation_cents", cents)?;
    }
    facts.text("contest.omp.name", &contest.omp.name, 100)?;
    facts.address("contest.omp.address", &contest.omp.address, 6)
}
