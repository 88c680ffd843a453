//! The slots and choices of the avis d'amende forfaitaire majorée.

use jiff::civil::Date;

use crate::avis::POINTS_MAX;
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::input::Printed;
use crate::resources::KindFiles;
use crate::{AmendeMajoreeInput, AmountDue, RenditionError};

/// Templates, boxes and specimen of the avis d'amende forfaitaire majorée.
pub(crate) const FILES: KindFiles = KindFiles {
    main: (
        "/amende_majoree.typ",
        include_str!("../templates/amende_majoree.typ"),
    ),
    parts: &[(
        "/amende_majoree/texts.typ",
        include_str!("../templates/amende_majoree/texts.typ"),
    )],
    boxes: include_str!("../templates/amende_majoree/boxes.json"),
    specimen: include_bytes!("../templates/specimen/amende_majoree.json"),
};

impl Printed for AmendeMajoreeInput {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        facts(self, coverage)
    }
    fn number(&self) -> &str {
        &self.avis_number
    }
    fn date(&self) -> Date {
        self.sent_on
    }
}

/// Checks an avis d'amende forfaitaire majorée and writes out what is printed on it.
fn facts(input: &AmendeMajoreeInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    facts.avis_number("avis_number", &input.avis_number)?;
    facts.date("avis_date", input.avis_date)?;
    facts.date("sent_on", input.sent_on)?;
    facts.code("portal_key", &input.portal_key, 8)?;
    facts.address("recipient", &input.recipient, 7)?;
    reference(&mut facts, &input.reference)?;
    if input.is_abroad {
        facts.choose("abroad", "yes");
    }
    if input.is_legal_person_author {
        facts.choose("legal_person", "yes");
    }
    facts.offence(&input.offence)?;
    if let Some(vehicle) = &input.vehicle {
        facts.choose("vehicle", "yes");
        facts.vehicle("vehicle", vehicle)?;
    }
    match input.points {
        0 => {}
        1..=POINTS_MAX => {
            facts.choose("points", "yes");
            facts.slot("points", input.points.to_string());
        }
        _ => return Err(invalid("points", "is above 6")),
    }
    facts.date("title.signed_on", input.title.signed_on)?;
    facts.code("title.number", &input.title.number, 20)?;
    facts.text("title.omp.name", &input.title.omp.name, 100)?;
    facts.address("title.omp.address", &input.title.omp.address, 4)?;
    facts.text("accountant.name", &input.accountant.name, 60)?;
    facts.address("accountant.address", &input.accountant.address, 4)?;
    due(&mut facts, "reduced", input.reduced)?;
    due(&mut facts, "full", input.full)?;
    if input.reduced.cents >= input.full.cents {
        return Err(invalid("reduced", "is not less than the whole amount"));
    }
    facts.date("claim.until", input.claim.until)?;
    if let Some(date) = input.claim.never_after {
        facts.choose("registered", "yes");
        facts.date("claim.never_after", date)?;
    }
    if let Some(cents) = input.claim.consignation_cents {
        facts.choose("consignation", "yes");
        facts.money("claim.consignation_cents", cents)?;
    }
    let mut facts = facts.finish();
    // The extract of the titre exécutoire names the offence; its circumstances stand in the procès-verbal.
    facts.choices.remove("circumstances");
    let unprinted = [
        "offence.parking.",
        "offence.speed.",
        "offence.place.direction",
    ];
    facts.slots.drop_beginning(&unprinted);
    Ok(facts)
}

fn due(facts: &mut FactsWriter<'_>, field: &str, due: AmountDue) -> Result<(), RenditionError> {
    facts.money(format!("{field}.cents"), due.cents)?;
    facts.date(format!("{field}.until_paper"), due.until_paper)?;
    facts.date(format!("{field}.until_remote"), due.until_remote)
}

/// The reference and, made of it, that of the télépaiement: eighteen digits and their key modulo 97. They begin with
/// `000`, as no real one does.
fn reference(facts: &mut FactsWriter<'_>, reference: &str) -> Result<(), RenditionError> {
    let simulated = reference.len() == 12
        && reference.starts_with("99")
        && reference.bytes().all(|byte| byte.is_ascii_digit());
    let digits = format!("000{reference}001");
    let number = digits.parse::<u64>();
    let (true, Ok(number)) = (simulated, number) else {
        return Err(invalid("reference", "is not twelve digits beginning 99"));
    };
    facts.slot("reference", grouped(reference));
    facts.slot("telepayment.number", grouped(&digits));
    facts.slot("telepayment.key", format!("{:02}", number % 97));
    Ok(())
}

/// Digits in groups of four.
fn grouped(digits: &str) -> String {
    let mut printed = String::with_capacity(24);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            printed.push(' ');
        }
        printed.push(digit);
    }
    printed
}
