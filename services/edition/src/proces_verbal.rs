//! The procès-verbal on paper (CPP A37-19-1): the message as the agent signed it, and what was found of its signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_contracts::mif::MifV1;
use cnt_domain::registry::Registry;
use cnt_rendition::{
    AgentInput, CardInput, DeviceInput, OffenderSignature, PersonInput, PhotoInput,
    ProcesVerbalInput, PvVehicleInput, SignatureInput,
};
use cnt_trust::{CompactJws, Limits, Scratch, sha256};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::after_contestation::Source;
use crate::avis::Avis;
use crate::text::{printable_free, shortened};
use crate::verdict_lot::KeptMif;

/// Longest texts that the template prints, in characters.
const WORDS_MAX: usize = 40;
const LABEL_MAX: usize = 60;
const COMMUNE_MAX: usize = 50;
const OBSERVATIONS_MAX: usize = 500;
const PERSON_MAX: usize = 145;
const ADDRESS_MAX: usize = 160;
const LICENCE_MAX: usize = 48;
const ISSUER_MAX: usize = 80;

/// What is printed of a text that the device wrote.
fn said(text: &str, length_max: usize) -> String {
    let text = printable_free(text);
    if text.is_empty() {
        "–".to_owned()
    } else {
        shortened(&text, length_max)
    }
}

/// As [`said`], where nothing may stand.
fn said_if(text: Option<&str>, length_max: usize) -> Option<String> {
    let text = printable_free(text?);
    (!text.is_empty()).then(|| shortened(&text, length_max))
}

/// The procès-verbal of a MIF, edited on a day.
///
/// # Errors
/// A message that is not the one that was judged.
pub(crate) fn proces_verbal(
    avis: &Avis,
    kept: &KeptMif,
    registry: &Registry,
    edited_on: Date,
) -> Result<ProcesVerbalInput, Source> {
    let encoded = kept.message.split(|byte| *byte == b'.').nth(1);
    let payload = URL_SAFE_NO_PAD.decode(encoded.ok_or("no compact JWS")?)?;
    let wire: MifV1<'_> = serde_json::from_slice(&payload)?;
    let offence = &wire.infraction;
    let vehicle = wire.vehicule.as_ref();
    Ok(ProcesVerbalInput {
        pv_number: wire.entete.numero_pv.clone().into_owned(),
        avis_number: avis.input.avis_number.clone(),
        message_id: wire.entete.id_mif.to_string(),
        edited_on,
        drawn_up_at: wire.entete.horodatage_emission.parse()?,
        agent: agent(&wire, registry),
        device: DeviceInput {
            kind: wire.terminal.kind.clone().into_owned(),
            serial: wire.terminal.identifiant.clone().into_owned(),
            software: said(&wire.terminal.version_logiciel, WORDS_MAX),
            natinf_list: said(&wire.terminal.version_natinf, WORDS_MAX),
        },
        offence: avis.input.offence.clone(),
        case: said(&offence.qualification_cas, 20),
        simultaneous_offences: offence.nombre_infractions_simultanees,
        intercepted: offence.interception,
        information_left: offence.avis_information,
        observations: said_if(offence.observations.as_deref(), OBSERVATIONS_MAX),
        vehicle: avis
            .input
            .vehicle
            .clone()
            .map(|registration| PvVehicleInput {
                registration,
                genre: said_if(vehicle.and_then(|own| own.genre.as_deref()), 10),
                model: said_if(vehicle.and_then(|own| own.modele.as_deref()), 30),
                colour: said_if(vehicle.and_then(|own| own.couleur.as_deref()), 20),
            }),
        person: person(&wire)?,
        photos: vehicle.map(photos).unwrap_or_default(),
        signature: signature(kept)?,
    })
}

fn agent(wire: &MifV1<'_>, registry: &Registry) -> AgentInput {
    let code = wire.service.code_service.parse().ok();
    let service = code.and_then(|code| registry.services.get(&code));
    let insee = wire.service.insee_rattachement.parse().ok();
    let commune = insee.and_then(|insee| registry.communes.get(&insee));
    AgentInput {
        number: wire.agent.matricule.clone().into_owned(),
        quality: said(&wire.agent.qualite, WORDS_MAX),
        rank: said(&wire.agent.grade, WORDS_MAX),
        service_label: said(
            service.map_or("", |service| service.label.as_str()),
            LABEL_MAX,
        ),
        service_code: wire.service.code_service.clone().into_owned(),
        service_commune: said(
            commune.map_or("", |commune| commune.name.as_str()),
            COMMUNE_MAX,
        ),
        card: CardInput {
            serial: wire.agent.carte.numero_serie.clone().into_owned(),
            profile: wire.agent.carte.profil.clone().into_owned(),
        },
    }
}

fn person(wire: &MifV1<'_>) -> Result<Option<PersonInput>, jiff::Error> {
    let Some(person) = wire.personne.as_ref() else {
        return Ok(None);
    };
    let address = &person.adresse;
    let lines = [
        Some(address.voie.as_ref()),
        address.complement.as_deref(),
        Some(address.code_postal.as_ref()),
        Some(address.localite.as_ref()),
        Some(address.pays.as_ref()),
    ];
    let lines: Vec<&str> = lines.into_iter().flatten().collect();
    let signature = wire.signature.as_ref();
    let born_on = person.naissance.as_ref().map(|day| day.parse());
    Ok(Some(PersonInput {
        name: said(&format!("{} {}", person.nom, person.prenoms), PERSON_MAX),
        born_on: born_on.transpose()?,
        address: said(&lines.join(" "), ADDRESS_MAX),
        licence: person.permis.as_ref().map(|licence| {
            let text = format!("{} ({})", licence.numero, licence.pays);
            shortened(&text, LICENCE_MAX)
        }),
        signature: match signature.map(|signature| signature.contrevenant.as_ref()) {
            Some("signe") => OffenderSignature::Signed,
            Some("refuse") => OffenderSignature::Refused,
            _ => OffenderSignature::Absent,
        },
    }))
}

fn photos(vehicle: &cnt_contracts::mif::Vehicule<'_>) -> Vec<PhotoInput> {
    let photo = |photo: &cnt_contracts::mif::Cliche<'_>| PhotoInput {
        sha256: photo.sha256.clone().into_owned(),
        media: photo.media.clone().into_owned(),
    };
    vehicle.cliche.iter().map(photo).collect()
}

/// What the verdict found of the agent's signature: a MIF that has an avis was accepted.
fn signature(kept: &KeptMif) -> Result<SignatureInput, Source> {
    let mut scratch = Scratch::default();
    let jws = CompactJws::parse(&kept.message, &Limits::default(), &mut scratch)?;
    let certificate = jws
        .printed_certificate()
        .ok_or("the certificate of the signature cannot be read")?;
    Ok(SignatureInput {
        algorithm: jws.algorithm().name().to_owned(),
        signed_at: Timestamp::from_second(jws.signing_time())?,
        received_at: Timestamp::from_microsecond(kept.received_at_us)?,
        certificate_serial: certificate.serial.to_string(),
        certificate_sha256: hex::encode(certificate.fingerprint),
        certificate_issuer: said(&certificate.issuer, ISSUER_MAX),
        policy: said(&certificate.policy, WORDS_MAX),
        registry_version: kept.accepted.registry_version,
        verdict: "ACCEPTÉ".to_owned(),
        message_sha256: hex::encode(sha256(&kept.message)),
        payload_sha256: hex::encode(jws.payload_hash()),
    })
}

/// Shortens the field that does not fit; false where it may not be changed, or there is nothing left to shorten. What
/// proves the offence is never changed; the message itself, which is signed, holds it all.
pub(crate) fn adapt(input: &mut ProcesVerbalInput, field: &str) -> bool {
    let halve = |text: &mut String| {
        let length = text.chars().count();
        *text = shortened(text, length.div_ceil(2));
        length > 1
    };
    match field {
        "agent.quality" => halve(&mut input.agent.quality),
        "agent.rank" => halve(&mut input.agent.rank),
        "agent.service_label" => halve(&mut input.agent.service_label),
        "agent.service_commune" => halve(&mut input.agent.service_commune),
        "device.software" => halve(&mut input.device.software),
        "device.natinf_list" => halve(&mut input.device.natinf_list),
        "case" => halve(&mut input.case),
        "signature.certificate_issuer" => halve(&mut input.signature.certificate_issuer),
        "offence.place.position" => input.offence.place.position.as_mut().is_some_and(halve),
        "offence.place.direction" => input.offence.place.direction.as_mut().is_some_and(halve),
        "observations" => input.observations.as_mut().is_some_and(halve),
        "person.address" => input
            .person
            .as_mut()
            .is_some_and(|person| halve(&mut person.address)),
        "vehicle.make" | "vehicle.genre" | "vehicle.model" | "vehicle.colour" => {
            let Some(vehicle) = input.vehicle.as_mut() else {
                return false;
            };
            let text = match field {
                "vehicle.make" => vehicle.registration.make.as_mut(),
                "vehicle.genre" => vehicle.genre.as_mut(),
                "vehicle.model" => vehicle.model.as_mut(),
                _ => vehicle.colour.as_mut(),
            };
            text.is_some_and(halve)
        }
        _ => false,
    }
}
