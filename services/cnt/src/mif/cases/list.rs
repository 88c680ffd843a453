//! The cases, code by code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_domain::problem::ProblemCode as Code;
use serde_json::{Value, json};

use super::super::world::{Draft, OTHER_SERVICE, OTHER_SIREN, RECEPTION, SIGNED, Who, station};
use super::{Case, Make};

const DAY: i64 = 86_400;
const NATINF: &str = "/infraction/natinf";
const OFFENCE_AT: &str = "/infraction/date_heure";
/// Stands for a colleague's number.
pub(super) const COLLEAGUE: &str = "COLLEAGUE";

/// How a message doubles an earlier one, and how a third does not.
pub(super) struct Double {
    pub(super) case: fn(&Draft, &mut Draft),
    pub(super) neighbour: fn(&Draft, &mut Draft),
}

/// Sets a value of the payload.
pub(super) fn set(draft: &mut Draft, pointer: &str, value: impl Into<Value>) {
    let Some((parent, member)) = pointer.rsplit_once('/') else {
        return;
    };
    let parent = draft.payload.pointer_mut(parent);
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        object.insert(member.to_owned(), value.into());
    }
}

fn remove(draft: &mut Draft, pointer: &str) {
    let Some((parent, member)) = pointer.rsplit_once('/') else {
        return;
    };
    let parent = draft.payload.pointer_mut(parent);
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        object.remove(member);
    }
}

fn natinf(draft: &mut Draft, code: u32) {
    set(draft, NATINF, code);
}

/// Meets the author: every datum that interception asks for.
fn meet(draft: &mut Draft) {
    set(draft, "/infraction/interception", true);
    let person = json!({
        "role": "CONTREVENANT", "nom": "ESSAI", "prenoms": "Zoé", "sexe": "F", "naissance": "1990-02-28",
        "lieu_naissance": "Rennes", "pays_naissance": "FR",
        "adresse": {"voie": "1 RUE DE L'ESSAI", "code_postal": "35000", "localite": "RENNES", "pays": "FR"},
        "permis": {"numero": "14AA00002", "pays": "FR"}
    });
    set(draft, "/personne", person);
    set(draft, "/signature", json!({"contrevenant": "signe"}));
}

fn met(draft: &mut Draft, pointer: &str, value: impl Into<Value>) {
    meet(draft);
    set(draft, pointer, value);
}

/// Someone on foot, without a vehicle.
fn on_foot(draft: &mut Draft, code: u32) {
    met(draft, "/personne/role", "PIETON");
    natinf(draft, code);
    remove(draft, "/vehicule");
}

fn speed(draft: &mut Draft, limit: u16, measured: u16, retained: u16) {
    natinf(draft, 25_386);
    let speeds =
        json!({"limite": limit, "mesuree": measured, "retenue": retained, "appareil": "JUMELLES"});
    set(draft, "/infraction/vitesse", speeds);
}

fn others(draft: &mut Draft, codes: &[u32]) {
    set(
        draft,
        "/infraction/nombre_infractions_simultanees",
        codes.len() + 1,
    );
    set(draft, "/infraction/infractions_simultanees", json!(codes));
}

/// Signed so long before reception.
fn signed_before(draft: &mut Draft, seconds: i64) {
    draft.signed_at = RECEPTION - seconds;
    set(draft, OFFENCE_AT, "2026-08-01T10:00:00+02:00");
}

/// Replaces a text inside one part of a compact JWS.
fn part(message: &str, index: usize, from: &str, to: &str) -> String {
    let decode = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    };
    let parts: Vec<String> = message
        .split('.')
        .enumerate()
        .map(|(place, text)| {
            if place == index {
                URL_SAFE_NO_PAD.encode(decode(text).replacen(from, to, 1))
            } else {
                text.to_owned()
            }
        })
        .collect();
    parts.join(".")
}

const fn usual(change: fn(&mut Draft)) -> Make {
    (Who::Usual, change)
}

const fn by(who: Who) -> Make {
    (who, |_| {})
}

const fn case(code: Code, case: Make, neighbour: Make) -> Case {
    Case {
        code,
        case,
        neighbour,
    }
}

const PLAIN: Make = by(Who::Usual);

/// Every case, but those that double an earlier message.
pub(super) const ALL: [&[Case]; 6] = [FORM, TRUST, SENDER, OFFENCE, PERSON, PLACE_AND_TIME];

const FORM: &[Case] = &[
    case(
        Code::FormatSize,
        usual(|d| d.edit = |_| "a".repeat(64 * 1024 + 1)),
        usual(|d| d.edit = |_| "a".repeat(64 * 1024)),
    ),
    case(
        Code::FormatJws,
        usual(|d| d.edit = |text| part(text, 0, "jose", "jwt")),
        PLAIN,
    ),
    case(
        Code::FormatAlgorithm,
        usual(|d| d.edit = |text| part(text, 0, "ES256", "none")),
        PLAIN,
    ),
    case(
        Code::FormatJson,
        usual(|d| d.edit = |text| part(text, 1, "}", ",}")),
        PLAIN,
    ),
    case(
        Code::FormatSchema,
        usual(|d| set(d, "/lieu/quartier", "NORD")),
        usual(|d| set(d, "/lieu/complement", "NORD")),
    ),
    case(
        Code::FormatVersion,
        usual(|d| set(d, "/entete/version_schema", "mif/2.0")),
        PLAIN,
    ),
    case(
        Code::FormatValue,
        usual(|d| set(d, "/agent/carte/profil", "A04")),
        PLAIN,
    ),
    case(
        Code::FormatDate,
        usual(|d| set(d, OFFENCE_AT, "2026-11-31T09:58:00+01:00")),
        usual(|d| set(d, OFFENCE_AT, "2026-11-20T09:59:00+01:00")),
    ),
    case(
        Code::FormatPlate,
        usual(|d| set(d, "/vehicule/immatriculation", "SS123AB")),
        usual(|d| set(d, "/vehicule/immatriculation", "AB123CE")),
    ),
    case(
        Code::FormatMissing,
        usual(|d| remove(d, "/vehicule")),
        PLAIN,
    ),
];

const TRUST: &[Case] = &[
    case(
        Code::SignatureInvalid,
        usual(|d| d.edit = |text| part(text, 1, "RENAULT", "PEUGEOT")),
        PLAIN,
    ),
    case(
        Code::SignatureCertificate,
        usual(|d| d.edit = |text| part(text, 0, "ES256", "RS256")),
        PLAIN,
    ),
    case(Code::CardChain, by(Who::Rogue), PLAIN),
    case(Code::CardProfile, by(Who::TwoUsages), PLAIN),
    case(
        Code::CardValidity,
        by(Who::Early),
        (Who::Early, |d| d.signed_at = SIGNED + 1),
    ),
    case(Code::CardRevoked, by(Who::Stolen), by(Who::Colleague)),
    case(
        Code::CardRevokedLater,
        by(Who::Replaced),
        by(Who::Colleague),
    ),
    case(Code::CardUnknown, by(Who::Unregistered), PLAIN),
    case(
        Code::CardOtherAgent,
        usual(|d| set(d, "/agent/matricule", COLLEAGUE)),
        PLAIN,
    ),
];

const SENDER: &[Case] = &[
    case(
        Code::OriginStation,
        usual(|d| d.station = station("nobody")),
        PLAIN,
    ),
    case(
        Code::OriginCollectivity,
        usual(|d| d.station = station(OTHER_SIREN)),
        PLAIN,
    ),
    case(
        Code::OriginDevice,
        usual(|d| set(d, "/terminal/identifiant", format!("TVE-{OTHER_SIREN}"))),
        PLAIN,
    ),
    case(Code::AuthorityConvention, by(Who::WithoutConvention), PLAIN),
    case(Code::AuthoritySuspended, by(Who::Suspended), PLAIN),
    case(
        Code::AuthorityService,
        usual(|d| set(d, "/service/code_service", OTHER_SERVICE)),
        PLAIN,
    ),
    case(
        Code::AuthorityAgent,
        by(Who::Departed),
        (Who::Departed, |d| {
            set(d, OFFENCE_AT, "2026-11-19T23:59:00+01:00");
        }),
    ),
    case(
        Code::AuthorityQuality,
        usual(|d| set(d, "/agent/qualite", "ASVP")),
        PLAIN,
    ),
];

const OFFENCE: &[Case] = &[
    case(
        Code::NatinfUnknown,
        usual(|d| natinf(d, 31_087 + 60_000)),
        PLAIN,
    ),
    case(Code::NatinfNotInForce, usual(|d| natinf(d, 7_505)), PLAIN),
    case(
        Code::NatinfNotContravention,
        usual(|d| natinf(d, 40_001)),
        PLAIN,
    ),
    case(
        Code::NatinfNotFixedFine,
        usual(|d| on_foot(d, 6_032)),
        usual(|d| on_foot(d, 6_068)),
    ),
    case(
        Code::NatinfUnsupported,
        usual(|d| natinf(d, 40_000)),
        usual(|d| natinf(d, 210)),
    ),
    // R412-51, which R130-2 excepts; R417-9, which R130-4 excepts; a motorway.
    case(
        Code::NatinfCompetence,
        usual(|d| on_foot(d, 6_196)),
        usual(|d| on_foot(d, 6_068)),
    ),
    case(
        Code::NatinfCompetence,
        (Who::Asvp, |d| natinf(d, 201)),
        by(Who::Asvp),
    ),
    case(
        Code::NatinfCompetence,
        usual(|d| set(d, "/lieu/type_voie", "AUTOROUTE")),
        usual(|d| {
            set(d, "/lieu/type_voie", "AUTOROUTE");
            natinf(d, 24_090);
        }),
    ),
    case(
        Code::NatinfCompetenceUnverified,
        usual(|d| on_foot(d, 33_386)),
        usual(|d| on_foot(d, 6_068)),
    ),
    case(
        Code::NatinfPerson,
        usual(|d| natinf(d, 6_068)),
        usual(|d| {
            meet(d);
            natinf(d, 6_068);
        }),
    ),
    case(
        Code::NatinfVehicle,
        usual(|d| on_foot(d, 210)),
        usual(|d| {
            meet(d);
            natinf(d, 210);
        }),
    ),
    case(
        Code::NatinfHolderNotLiable,
        usual(|d| natinf(d, 6_175)),
        usual(|d| natinf(d, 210)),
    ),
    case(
        Code::NatinfSimultaneous,
        usual(|d| others(d, &[210, 6_032])),
        usual(|d| others(d, &[210, 7_587])),
    ),
    case(
        Code::NatinfSpeedMissing,
        usual(|d| natinf(d, 25_386)),
        usual(|d| speed(d, 50, 66, 61)),
    ),
    case(
        Code::NatinfSpeed,
        usual(|d| speed(d, 50, 75, 70)),
        usual(|d| speed(d, 50, 74, 69)),
    ),
];

const PERSON: &[Case] = &[
    case(
        Code::PersonBirth,
        usual(|d| {
            meet(d);
            remove(d, "/personne/naissance");
        }),
        usual(meet),
    ),
    case(
        Code::PersonMinor,
        usual(|d| met(d, "/personne/naissance", "2013-11-21")),
        usual(|d| met(d, "/personne/naissance", "2013-11-20")),
    ),
    case(
        Code::PersonRole,
        usual(|d| met(d, "/personne/role", "PIETON")),
        usual(|d| on_foot(d, 22_789)),
    ),
    case(
        Code::PersonLicence,
        usual(|d| met(d, "/personne/permis/numero", "12345678901")),
        usual(|d| met(d, "/personne/permis/numero", "123456789012")),
    ),
    case(
        Code::PersonLicenceMissing,
        usual(|d| {
            meet(d);
            natinf(d, 210);
            remove(d, "/personne/permis");
        }),
        usual(|d| {
            meet(d);
            natinf(d, 210);
        }),
    ),
    case(
        Code::PersonSiren,
        usual(|d| legal(d, "120027017")),
        usual(|d| legal(d, "120027016")),
    ),
];

fn legal(draft: &mut Draft, siren: &str) {
    let legal = json!({"raison_sociale": "SARL ESSAI", "siren": siren});
    met(draft, "/personne/personne_morale", legal);
}

const PLACE_AND_TIME: &[Case] = &[
    case(
        Code::TerritoryCommune,
        usual(|d| set(d, "/lieu/insee_commune", "35099")),
        usual(|d| {
            set(d, "/lieu/insee_commune", "35099");
            set(d, OFFENCE_AT, "2026-11-19T23:59:00+01:00");
        }),
    ),
    case(
        Code::TerritoryOutside,
        usual(|d| set(d, "/lieu/insee_commune", "35047")),
        PLAIN,
    ),
    case(
        Code::TimeFuture,
        usual(|d| d.signed_at = RECEPTION + 301),
        usual(|d| d.signed_at = RECEPTION + 300),
    ),
    case(
        Code::TimeOrder,
        usual(|d| set(d, OFFENCE_AT, "2026-11-20T10:00:01+01:00")),
        usual(|d| set(d, OFFENCE_AT, "2026-11-20T10:00:00+01:00")),
    ),
    case(
        Code::TimeBeforeCard,
        usual(|d| set(d, OFFENCE_AT, "2026-05-04T11:59:59+02:00")),
        usual(|d| set(d, OFFENCE_AT, "2026-05-04T12:00:00+02:00")),
    ),
    case(
        Code::TimeTransmission,
        usual(|d| signed_before(d, 90 * DAY + 1)),
        usual(|d| signed_before(d, 90 * DAY)),
    ),
    case(
        Code::TimeTransmissionLate,
        usual(|d| signed_before(d, 30 * DAY + 1)),
        usual(|d| signed_before(d, 30 * DAY)),
    ),
    case(
        Code::TimePrescribed,
        usual(|d| set(d, OFFENCE_AT, "2025-11-19T23:59:59+01:00")),
        usual(|d| set(d, OFFENCE_AT, "2025-11-20T00:00:00+01:00")),
    ),
];

/// Takes a value of an earlier message.
fn take(from: &Draft, draft: &mut Draft, pointer: &str) {
    if let Some(value) = from.payload.pointer(pointer) {
        set(draft, pointer, value.clone());
    }
}

/// The codes that only an earlier message can cause.
pub(super) fn double(code: Code) -> Option<Double> {
    match code {
        Code::DuplicateConflict => Some(Double {
            case: |first, double| take(first, double, "/entete/id_mif"),
            neighbour: |_, _| {},
        }),
        Code::DuplicatePvNumber => Some(Double {
            case: |first, double| take(first, double, "/entete/numero_pv"),
            // The number is free again in another year.
            neighbour: |first, other| {
                take(first, other, "/entete/numero_pv");
                set(other, OFFENCE_AT, "2025-12-31T09:58:00+01:00");
            },
        }),
        Code::DuplicateTicketing => Some(Double {
            case: |first, double| take(first, double, "/lieu"),
            // Half past eight is more than an hour before.
            neighbour: |first, other| {
                take(first, other, "/lieu");
                set(other, OFFENCE_AT, "2026-11-20T08:30:00+01:00");
            },
        }),
        _ => None,
    }
}
