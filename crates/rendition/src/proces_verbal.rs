//! The slots and choices of the procès-verbal.

use jiff::civil::Date;

use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, hexadecimal, invalid, yes_or_no};
use crate::input::Printed;
use crate::resources::KindFiles;
use crate::{
    OffenderSignature, PersonInput, PhotoInput, ProcesVerbalInput, PvVehicleInput, RenditionError,
    SignatureInput,
};

/// Most photos of one message.
const PHOTOS_MAX: usize = 8;
/// Digits of a SHA-256 in hexadecimal.
const SHA256_DIGITS: usize = 64;

/// Templates, boxes and specimen of the procès-verbal.
pub(crate) const FILES: KindFiles = KindFiles {
    main: (
        "/proces_verbal.typ",
        include_str!("../templates/proces_verbal.typ"),
    ),
    parts: &[(
        "/proces_verbal/texts.typ",
        include_str!("../templates/proces_verbal/texts.typ"),
    )],
    boxes: include_str!("../templates/proces_verbal/boxes.json"),
    specimen: include_bytes!("../templates/specimen/proces_verbal.json"),
};

impl Printed for ProcesVerbalInput {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        facts(self, coverage)
    }
    fn number(&self) -> &str {
        &self.avis_number
    }
    fn date(&self) -> Date {
        self.edited_on
    }
}

/// Checks a procès-verbal and writes out what is printed on it.
fn facts(input: &ProcesVerbalInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    facts.code("pv_number", &input.pv_number, 20)?;
    facts.avis_number("avis_number", &input.avis_number)?;
    facts.code("message_id", &input.message_id, 36)?;
    facts.date("edited_on", input.edited_on)?;
    facts.instant("drawn_up_at", input.drawn_up_at)?;
    agent_and_device(&mut facts, input)?;
    facts.offence(&input.offence)?;
    facts.text("case", &input.case, 20)?;
    if !(1..=20).contains(&input.simultaneous_offences) {
        return Err(invalid("simultaneous_offences", "is not between 1 and 20"));
    }
    let simultaneous = input.simultaneous_offences.to_string();
    facts.slot("simultaneous_offences", simultaneous);
    facts.slot("intercepted", yes_or_no(input.intercepted));
    facts.slot("information_left", yes_or_no(input.information_left));
    facts.optional_text("observations", input.observations.as_deref(), 500)?;
    if let Some(vehicle) = &input.vehicle {
        self::vehicle(&mut facts, vehicle)?;
    }
    if let Some(person) = &input.person {
        self::person(&mut facts, person)?;
    }
    photos(&mut facts, &input.photos)?;
    signature(&mut facts, &input.signature)?;
    Ok(facts.finish())
}

fn agent_and_device(
    facts: &mut FactsWriter<'_>,
    input: &ProcesVerbalInput,
) -> Result<(), RenditionError> {
    let agent = &input.agent;
    facts.code("agent.number", &agent.number, 12)?;
    facts.text("agent.quality", &agent.quality, 40)?;
    facts.text("agent.rank", &agent.rank, 40)?;
    facts.text("agent.service_label", &agent.service_label, 60)?;
    facts.code("agent.service_code", &agent.service_code, 12)?;
    facts.text("agent.service_commune", &agent.service_commune, 50)?;
    facts.text("agent.card.serial", &agent.card.serial, 24)?;
    facts.code("agent.card.profile", &agent.card.profile, 8)?;
    let device = &input.device;
    facts.code("device.kind", &device.kind, 10)?;
    facts.text("device.serial", &device.serial, 24)?;
    facts.text("device.software", &device.software, 40)?;
    facts.text("device.natinf_list", &device.natinf_list, 40)
}

fn vehicle(facts: &mut FactsWriter<'_>, vehicle: &PvVehicleInput) -> Result<(), RenditionError> {
    facts.choose("vehicle", "yes");
    facts.vehicle("vehicle", &vehicle.registration)?;
    facts.optional_text("vehicle.genre", vehicle.genre.as_deref(), 10)?;
    facts.optional_text("vehicle.model", vehicle.model.as_deref(), 30)?;
    facts.optional_text("vehicle.colour", vehicle.colour.as_deref(), 20)
}

fn person(facts: &mut FactsWriter<'_>, person: &PersonInput) -> Result<(), RenditionError> {
    facts.choose("person", "yes");
    facts.text("person.name", &person.name, 145)?;
    match person.born_on {
        Some(day) => facts.date("person.born_on", day)?,
        None => facts.optional_text("person.born_on", None, 10)?,
    }
    facts.text("person.address", &person.address, 160)?;
    facts.optional_text("person.licence", person.licence.as_deref(), 48)?;
    let signature = match person.signature {
        OffenderSignature::Signed => "A signé sur l’appareil",
        OffenderSignature::Refused => "A refusé de signer, mention certifiée par l’agent",
        OffenderSignature::Absent => "N’a pas signé",
    };
    facts.slot("person.signature", signature.to_owned());
    Ok(())
}

fn photos(facts: &mut FactsWriter<'_>, photos: &[PhotoInput]) -> Result<(), RenditionError> {
    if photos.len() > PHOTOS_MAX {
        return Err(invalid("photos", "has more than eight"));
    }
    if photos.is_empty() {
        facts.slot("photos", "Aucun cliché".to_owned());
        return Ok(());
    }
    let mut lines = Vec::with_capacity(photos.len());
    for photo in photos {
        let digits = hexadecimal("photos", &photo.sha256, SHA256_DIGITS..=SHA256_DIGITS, 8)?;
        let media = facts.checked("photos", &photo.media, 20)?;
        lines.push(format!("{media} {digits}"));
    }
    facts.slot("photos", lines.join("\n"));
    Ok(())
}

fn signature(
    facts: &mut FactsWriter<'_>,
    signature: &SignatureInput,
) -> Result<(), RenditionError> {
    facts.code("signature.algorithm", &signature.algorithm, 12)?;
    facts.instant("signature.signed_at", signature.signed_at)?;
    facts.instant("signature.received_at", signature.received_at)?;
    let serial = &signature.certificate_serial;
    facts.hexadecimal("signature.certificate_serial", serial, 1..=40, 4)?;
    let issuer = &signature.certificate_issuer;
    facts.text("signature.certificate_issuer", issuer, 80)?;
    facts.text("signature.policy", &signature.policy, 40)?;
    let version = signature.registry_version.to_string();
    facts.slot("signature.registry_version", version);
    facts.text("signature.verdict", &signature.verdict, 40)?;
    for (field, value) in [
        (
            "signature.certificate_sha256",
            &signature.certificate_sha256,
        ),
        ("signature.message_sha256", &signature.message_sha256),
        ("signature.payload_sha256", &signature.payload_sha256),
    ] {
        facts.hexadecimal(field, value, SHA256_DIGITS..=SHA256_DIGITS, 8)?;
    }
    Ok(())
}
