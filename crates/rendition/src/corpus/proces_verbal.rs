//! Invented facts of the procès-verbal.

use jiff::Timestamp;

use super::{COMMUNES, Dice, POSITIONS, date, offence, recipient, street, vehicle};
use crate::{
    AgentInput, CardInput, DeviceInput, OffenceInput, OffenderSignature, ParkingInput, PersonInput,
    PhotoInput, ProcesVerbalInput, PvVehicleInput, SignatureInput, SpeedInput,
};

const RANKS: [&str; 5] = [
    "GARDIEN-BRIGADIER",
    "BRIGADIER-CHEF PRINCIPAL",
    "ADJUDANT",
    "AGENT DE SURVEILLANCE",
    "MAJOR",
];

const QUALITIES: [&str; 3] = [
    "AGENT DE POLICE JUDICIAIRE ADJOINT",
    "AGENT DE POLICE JUDICIAIRE",
    "GARDE CHAMPÊTRE",
];

const OBSERVATIONS: [&str; 5] = [
    "VÉHICULE IMMOBILISÉ SUR LE TROTTOIR, PASSAGE IMPOSSIBLE POUR LES PIÉTONS.",
    "LE CONDUCTEUR A DIT : « JE N’AI RIEN FAIT ».",
    "Æ",
    "Feu rouge fixe depuis 3 s environ ; circulation dense, visibilité de 150 m (temps clair).",
    "CONSTATÉ DEPUIS LE TROTTOIR OPPOSÉ, À 12 M, SANS OBSTACLE À LA VUE. LE VÉHICULE N’A PAS RALENTI. \
     L’ÉTAT DES LIEUX N’EXPLIQUE PAS LA MANŒUVRE, ET AUCUNE AUTRE CIRCONSTANCE N’A ÉTÉ RELEVÉE PAR L’AGENT.",
];

fn sha256(dice: &mut Dice) -> String {
    (0..4).map(|_| format!("{:016x}", dice.next())).collect()
}

pub(super) fn proces_verbal(dice: &mut Dice, rank: u64) -> Option<ProcesVerbalInput> {
    let day = date(dice)?;
    let later = |days: i32| day.checked_add(jiff::Span::new().days(days)).ok();
    let (town, departement) = dice.pick(&COMMUNES)?;
    let moving = offence(dice, day)?;
    let offence = circumstances(dice, moving)?;
    let has_vehicle = !dice.one_in(4);
    let at = |hour: i8, minute: i8| {
        let zoned = day
            .at(hour, minute, 42, 0)
            .to_zoned(jiff::tz::TimeZone::UTC);
        zoned.ok().map(|zoned| zoned.timestamp())
    };
    let (signed_at, received_at) = (at(13, dice.small(60))?, at(18, dice.small(60))?);
    Some(ProcesVerbalInput {
        pv_number: format!("{departement}PM001{:09}", rank % 1_000_000_000),
        avis_number: format!("99{:08}", rank % 100_000_000),
        message_id: format!("0196f3a2-7c41-7b60-8f0e-{:012x}", dice.next() >> 16),
        edited_on: later(60)?,
        drawn_up_at: signed_at,
        agent: agent(dice, town, departement),
        device: DeviceInput {
            kind: dice.word(&["PDA", "TABLETTE"]).to_owned(),
            serial: format!("D-{departement}-{:06}", dice.below(1_000_000)),
            software: "PVE MOBILE 4.2.1".to_owned(),
            natinf_list: "2026-02-01".to_owned(),
        },
        offence,
        case: dice.word(&["A", "B1", "SANS OBJET"]).to_owned(),
        simultaneous_offences: dice.pick(&[1, 1, 1, 2, 12])?,
        intercepted: dice.one_in(2),
        information_left: dice.one_in(2),
        observations: (!dice.one_in(4)).then(|| dice.word(&OBSERVATIONS).to_owned()),
        vehicle: has_vehicle.then(|| PvVehicleInput {
            registration: vehicle(dice),
            genre: dice.one_in(2).then(|| "VP".to_owned()),
            model: dice.one_in(2).then(|| "C3 AIRCROSS".to_owned()),
            colour: dice.one_in(2).then(|| "GRIS FONCÉ".to_owned()),
        }),
        person: if dice.one_in(2) {
            person(dice, rank)
        } else {
            None
        },
        photos: (0..dice.below(9))
            .map(|_| PhotoInput {
                sha256: sha256(dice),
                media: "image/jpeg".to_owned(),
            })
            .collect(),
        signature: signature(dice, signed_at, received_at),
    })
}

fn person(dice: &mut Dice, rank: u64) -> Option<PersonInput> {
    let name = recipient(dice, rank).into_iter().next()?;
    let position = dice.word(&POSITIONS);
    Some(PersonInput {
        name,
        born_on: if dice.one_in(5) { None } else { date(dice) },
        address: format!("{}, {position}", street(dice)),
        licence: dice
            .one_in(2)
            .then(|| format!("{:012} (FR)", dice.below(1_000_000_000_000))),
        signature: dice.pick(&[
            OffenderSignature::Signed,
            OffenderSignature::Refused,
            OffenderSignature::Absent,
        ])?,
    })
}

/// The offence as that of a parked vehicle, of a measured speed, or of neither.
fn circumstances(dice: &mut Dice, mut offence: OffenceInput) -> Option<OffenceInput> {
    match dice.below(3) {
        0 => {
            offence.parking = Some(ParkingInput {
                removal_requested: dice.one_in(2),
                above_20_m2_in_tourist_zone: dice.one_in(5),
            });
        }
        1 => {
            let limit = dice.pick(&[30, 50, 80, 110, 130])?;
            offence.speed = Some(SpeedInput {
                limit,
                measured: limit + 25,
                retained: limit + 20,
                device: "CINÉMOMÈTRE N° 12345".to_owned(),
                road: dice.one_in(2).then(|| "HORS AGGLOMÉRATION".to_owned()),
            });
        }
        _ => {}
    }
    Some(offence)
}

fn agent(dice: &mut Dice, town: &str, departement: &str) -> AgentInput {
    AgentInput {
        number: format!("99{:04}", dice.below(10_000)),
        quality: dice.word(&QUALITIES).to_owned(),
        rank: dice.word(&RANKS).to_owned(),
        service_label: format!("POLICE MUNICIPALE DE {town:.39}"),
        service_code: format!("{departement}PM001"),
        service_commune: town.to_owned(),
        card: CardInput {
            serial: format!("C-99{:04}-01", dice.below(10_000)),
            profile: "A05".to_owned(),
        },
    }
}

fn signature(dice: &mut Dice, signed_at: Timestamp, received_at: Timestamp) -> SignatureInput {
    SignatureInput {
        algorithm: "ES256".to_owned(),
        signed_at,
        received_at,
        certificate_serial: format!("{:016x}", dice.next()),
        certificate_sha256: sha256(dice),
        certificate_issuer: "AC AGENTS A05 – SIMULATION".to_owned(),
        policy: "1.2.250.1.200.0 (simulée)".to_owned(),
        registry_version: dice.below(1_000),
        verdict: "ACCEPTÉ".to_owned(),
        message_sha256: sha256(dice),
        payload_sha256: sha256(dice),
    }
}
