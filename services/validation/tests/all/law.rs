//! Cases of the law: the offence, and the person met.

use cnt_domain::problem::ProblemCode;
use serde_json::json;

use crate::scene::{Case, Scene, unchanged};

const NATINF: &str = "/infraction/natinf";

fn natinf(scene: &mut Scene, code: u32) {
    scene.pay(NATINF, code);
}

/// Meets the author: every datum that interception asks for.
fn meet(scene: &mut Scene) {
    scene.pay("/infraction/interception", true);
    scene.pay(
        "/personne",
        json!({"role": "CONTREVENANT", "nom": "ESSAI", "prenoms": "Zoé", "naissance": "1990-02-28",
               "adresse": {"voie": "1 RUE DE L'ESSAI", "code_postal": "35000", "localite": "RENNES", "pays": "FR"},
               "permis": {"numero": "14AA00002", "pays": "FR"}}),
    );
    scene.pay("/signature", json!({"contrevenant": "signe"}));
}

fn met(scene: &mut Scene, pointer: &str, value: serde_json::Value) {
    meet(scene);
    scene.pay(pointer, value);
}

/// Without a vehicle, on foot.
fn on_foot(scene: &mut Scene, code: u32) {
    met(scene, "/personne/role", json!("PIETON"));
    natinf(scene, code);
    drop(scene.payload.as_object_mut().unwrap().remove("vehicule"));
}

fn speed(scene: &mut Scene, limit: u16, measured: u16, retained: u16) {
    natinf(scene, 25_386);
    let speed =
        json!({"limite": limit, "mesuree": measured, "retenue": retained, "appareil": "JUMELLES"});
    scene.pay("/infraction/vitesse", speed);
}

fn quality(scene: &mut Scene, quality: &str) {
    scene.reg("/habilitations/0/quality", quality);
    scene.pay("/agent/qualite", "AGENT");
}

fn others(scene: &mut Scene, codes: &[u32]) {
    scene.pay(
        "/infraction/nombre_infractions_simultanees",
        codes.len() + 1,
    );
    scene.pay("/infraction/infractions_simultanees", json!(codes));
}

pub(crate) const OFFENCE: &[Case] = &[
    (
        ProblemCode::AuthorityQuality,
        |s| s.pay("/agent/qualite", "ASVP"),
        |s| s.pay("/agent/qualite", "POLICE MUNICIPALE"),
    ),
    (
        ProblemCode::NatinfNotContravention,
        |s| natinf(s, 40_001),
        |s| natinf(s, 40_002),
    ),
    (
        ProblemCode::NatinfUnsupported,
        |s| natinf(s, 40_000),
        |s| natinf(s, 210),
    ),
    (
        ProblemCode::NatinfCompetence,
        |s| {
            quality(s, "asvp");
            natinf(s, 210);
        },
        |s| quality(s, "asvp"),
    ),
    (
        ProblemCode::NatinfCompetence,
        |s| {
            s.pay("/lieu/type_voie", "AUTOROUTE");
        },
        |s| s.pay("/lieu/type_voie", "ROUTE"),
    ),
    (
        ProblemCode::NatinfCompetenceUnverified,
        |s| on_foot(s, 33_386),
        |s| on_foot(s, 6_068),
    ),
    (
        ProblemCode::NatinfPerson,
        |s| natinf(s, 6_068),
        |s| {
            meet(s);
            natinf(s, 6_068);
        },
    ),
    (
        ProblemCode::NatinfVehicle,
        |s| on_foot(s, 210),
        |s| {
            meet(s);
            natinf(s, 210);
        },
    ),
    (
        ProblemCode::NatinfHolderNotLiable,
        |s| natinf(s, 6_175),
        |s| {
            meet(s);
            natinf(s, 6_175);
        },
    ),
    (
        ProblemCode::NatinfHolderNotLiable,
        |s| natinf(s, 6_175),
        |s| natinf(s, 210),
    ),
    (
        ProblemCode::NatinfSimultaneous,
        |s| others(s, &[210, 31_090]),
        |s| others(s, &[210, 31_088]),
    ),
    (
        ProblemCode::NatinfSpeedMissing,
        |s| natinf(s, 25_386),
        |s| speed(s, 50, 66, 61),
    ),
    (
        ProblemCode::NatinfSpeed,
        |s| speed(s, 50, 75, 70),
        |s| speed(s, 50, 74, 69),
    ),
    (
        ProblemCode::NatinfSpeed,
        |s| speed(s, 80, 95, 90),
        |s| speed(s, 30, 45, 40),
    ),
    (
        ProblemCode::NatinfSpeed,
        |s| speed(s, 50, 60, 61),
        |s| speed(s, 50, 61, 61),
    ),
    (
        ProblemCode::NatinfSpeed,
        |s| {
            speed(s, 50, 66, 61);
            natinf(s, 210);
        },
        |s| natinf(s, 210),
    ),
    (
        ProblemCode::TimeBeforeCard,
        |s| s.pay("/infraction/date_heure", "2026-05-04T11:59:59+02:00"),
        |s| s.pay("/infraction/date_heure", "2026-05-04T12:00:00+02:00"),
    ),
];

pub(crate) const PERSON: &[Case] = &[
    (
        ProblemCode::PersonBirth,
        |s| {
            meet(s);
            let person = s.payload["personne"].as_object_mut().unwrap();
            drop(person.remove("naissance"));
        },
        meet,
    ),
    (
        ProblemCode::PersonBirth,
        |s| met(s, "/personne/naissance", json!("2026-11-21")),
        |s| met(s, "/personne/naissance", json!("2026-11-20")),
    ),
    (
        ProblemCode::PersonMinor,
        |s| met(s, "/personne/naissance", json!("2013-11-21")),
        |s| met(s, "/personne/naissance", json!("2013-11-20")),
    ),
    (
        ProblemCode::PersonRole,
        |s| met(s, "/personne/role", json!("PIETON")),
        |s| on_foot(s, 6_068),
    ),
    (
        ProblemCode::PersonLicence,
        |s| met(s, "/personne/permis/numero", json!("12345678901")),
        |s| met(s, "/personne/permis/numero", json!("123456789012")),
    ),
    (
        ProblemCode::PersonLicence,
        |s| met(s, "/personne/permis/numero", json!("14A000002")),
        |s| {
            met(s, "/personne/permis/numero", json!("14A000002"));
            s.pay("/personne/permis/pays", "DE");
        },
    ),
    (
        ProblemCode::PersonLicenceMissing,
        |s| {
            meet(s);
            natinf(s, 210);
            let person = s.payload["personne"].as_object_mut().unwrap();
            drop(person.remove("permis"));
        },
        |s| {
            meet(s);
            let person = s.payload["personne"].as_object_mut().unwrap();
            drop(person.remove("permis"));
        },
    ),
    (
        ProblemCode::PersonSiren,
        |s| {
            let legal = json!({"raison_sociale": "SARL ESSAI", "siren": "120027017"});
            met(s, "/personne/personne_morale", legal);
        },
        |s| {
            let legal = json!({"raison_sociale": "SARL ESSAI", "siren": "120027016"});
            met(s, "/personne/personne_morale", legal);
        },
    ),
    (
        ProblemCode::PersonSiren,
        |s| {
            let legal = json!({"raison_sociale": "SARL ESSAI", "siren": "120027017"});
            met(s, "/personne/personne_morale", legal);
        },
        unchanged,
    ),
];
