//! The slots and choices of the avis de contravention.

use jiff::civil::Date;

use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid, yes_or_no};
use crate::input::Printed;
use crate::resources::{KindFiles, Template};
use crate::{AmountDue, AvisInput, ContestInput, RenditionError, TelepaymentInput};

/// Most points that one contravention withdraws (Code de la route, art. L223-2).
pub(crate) const POINTS_MAX: u8 = 6;

/// Templates of the three leaves, on paper or not.
pub(crate) const LEAVES: &[Template] = &[
    (
        "/avis_contravention/avis.typ",
        include_str!("../templates/avis_contravention/avis.typ"),
    ),
    (
        "/avis_contravention/texts.typ",
        include_str!("../templates/avis_contravention/texts.typ"),
    ),
    (
        "/avis_contravention/notice_paiement.typ",
        include_str!("../templates/avis_contravention/notice_paiement.typ"),
    ),
    (
        "/avis_contravention/notice_texts.typ",
        include_str!("../templates/avis_contravention/notice_texts.typ"),
    ),
    (
        "/avis_contravention/requete.typ",
        include_str!("../templates/avis_contravention/requete.typ"),
    ),
    (
        "/avis_contravention/requete_texts.typ",
        include_str!("../templates/avis_contravention/requete_texts.typ"),
    ),
];

/// Templates, boxes and specimen of the avis de contravention.
pub(crate) const FILES: KindFiles = KindFiles {
    main: (
        "/avis_contravention.typ",
        include_str!("../templates/avis_contravention.typ"),
    ),
    parts: LEAVES,
    boxes: include_str!("../templates/avis_contravention/boxes.json"),
    specimen: include_bytes!("../templates/specimen/avis_contravention.json"),
};

impl Printed for AvisInput {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        facts(self, coverage)
    }
    fn number(&self) -> &str {
        &self.avis_number
    }
    fn date(&self) -> Date {
        self.avis_date
    }
}

/// Checks an avis and writes out what is printed on it.
fn facts(input: &AvisInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    write(&mut facts, input)?;
    Ok(facts.finish())
}

/// Writes what is printed of an avis, on paper or not.
pub(crate) fn write(facts: &mut FactsWriter<'_>, input: &AvisInput) -> Result<(), RenditionError> {
    facts.avis_number("avis_number", &input.avis_number)?;
    facts.date("avis_date", input.avis_date)?;
    facts.code("portal_key", &input.portal_key, 8)?;
    facts.address("recipient", &input.recipient, 7)?;
    facts.choose("addressee", input.addressee.as_str());
    facts.choose("liability", input.liability.as_str());
    if input.is_abroad {
        facts.choose("abroad", "yes");
    }
    if input.must_designate {
        facts.choose("must_designate", "yes");
    }
    facts.offence(&input.offence)?;
    if let Some(vehicle) = &input.vehicle {
        facts.choose("vehicle", "yes");
        facts.vehicle("vehicle", vehicle)?;
    }
    facts.text("police_service.label", &input.police_service.label, 60)?;
    facts.code("police_service.code", &input.police_service.code, 12)?;
    facts.code(
        "police_service.agent_number",
        &input.police_service.agent_number,
        12,
    )?;
    points(facts, input)?;
    amounts(facts, input)?;
    telepayment(facts, input)?;
    contest(facts, &input.contest)
}

fn points(facts: &mut FactsWriter<'_>, input: &AvisInput) -> Result<(), RenditionError> {
    match input.points {
        0 if input.licence_exchange => Err(invalid(
            "licence_exchange",
            "goes only with a withdrawal of points",
        )),
        0 => Ok(()),
        1..=POINTS_MAX => {
            facts.choose("points", "yes");
            facts.slot("points", input.points.to_string());
            facts.slot("licence_exchange", yes_or_no(input.licence_exchange));
            Ok(())
        }
        _ => Err(invalid("points", "is above 6")),
    }
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
    facts.money(format!("{field}.cents"), due.cents)?;
    facts.date(format!("{field}.until_paper"), due.until_paper)?;
    facts.date(format!("{field}.until_remote"), due.until_remote)
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
    facts.address("contest.omp.address", &contest.omp.address, 4)
}
