//! For every code of the rules a case which yields it and a neighbour which does not.

use std::collections::BTreeSet;

use cnt_domain::problem::{Family, ProblemCode};
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{CardUse, KeyKind};
use jiff::Timestamp;
use serde_json::json;

use crate::fixture::{
    CARDS_START, DAY, OTHER_SERVICE, OTHER_SIREN, RECEPTION, SIGNED, hex, station,
};
use crate::law;
use crate::scene::{Case, Change, Scene, part, revoked, unchanged};

const FORM: &[Case] = &[
    (
        ProblemCode::FormatSize,
        |s| s.bytes = Box::new(|_| "a".repeat(64 * 1024 + 1)),
        |s| s.bytes = Box::new(|_| "a".repeat(64 * 1024)),
    ),
    (
        ProblemCode::FormatJws,
        |s| s.header("jose", "jwt"),
        |s| s.header("jose", "JOSE"),
    ),
    (
        ProblemCode::FormatAlgorithm,
        |s| s.header("ES256", "none"),
        |s| s.header("ES256", "RS256"),
    ),
    (
        ProblemCode::FormatJson,
        |s| s.bytes = Box::new(|text| part(&text, 1, "}", ",}")),
        |s| s.bytes = Box::new(|text| part(&text, 1, "}", " }")),
    ),
    (
        ProblemCode::FormatSchema,
        |s| s.pay("/lieu/quartier", "NORD"),
        |s| s.pay("/lieu/complement", "NORD"),
    ),
    (
        ProblemCode::FormatVersion,
        |s| s.pay("/entete/version_schema", "mif/2.0"),
        |s| s.pay("/entete/version_schema", "mif/1.0"),
    ),
    (
        ProblemCode::FormatValue,
        |s| s.pay("/infraction/nombre_infractions_simultanees", 21),
        |s| s.pay("/infraction/nombre_infractions_simultanees", 20),
    ),
    (
        ProblemCode::FormatDate,
        |s| s.pay("/infraction/date_heure", "2026-11-31T09:58:00+01:00"),
        |s| s.pay("/infraction/date_heure", "2026-11-20T09:59:00+01:00"),
    ),
    (
        ProblemCode::FormatPlate,
        |s| s.pay("/vehicule/immatriculation", "AB123CI"),
        |s| s.pay("/vehicule/immatriculation", "AB123CJ"),
    ),
    (
        ProblemCode::FormatMissing,
        |s| drop(s.payload.as_object_mut().unwrap().remove("vehicule")),
        unchanged,
    ),
];

const TRUST: &[Case] = &[
    (
        ProblemCode::SignatureInvalid,
        |s| s.bytes = Box::new(|text| part(&text, 1, "RENAULT", "PEUGEOT")),
        unchanged,
    ),
    (
        ProblemCode::SignatureCertificate,
        |s| s.header("ES256", "RS256"),
        unchanged,
    ),
    (
        ProblemCode::CardChain,
        |s| {
            let rogue = s.world.hierarchy.rogue().unwrap();
            let agent = s.agent();
            s.card(
                rogue
                    .issue_card(&agent, CardUse::Signature, KeyKind::P256, CARDS_START)
                    .unwrap(),
            );
        },
        |s| {
            let agent = s.agent();
            let hierarchy = &s.world.hierarchy;
            let again =
                hierarchy.issue_card(&agent, CardUse::Signature, KeyKind::P256, CARDS_START + 1);
            s.card(again.unwrap());
        },
    ),
    (
        ProblemCode::CardProfile,
        |s| {
            let card =
                s.world
                    .hierarchy
                    .issue_flawed_card(&s.agent(), Flaw::TwoUsages, CARDS_START);
            s.card(card.unwrap());
        },
        unchanged,
    ),
    (
        ProblemCode::CardValidity,
        |s| issued_from(s, SIGNED + 1),
        |s| issued_from(s, SIGNED),
    ),
    (
        ProblemCode::CardRevoked,
        |s| revoked(s, "theft", RECEPTION),
        |s| revoked(s, "theft", RECEPTION + 1),
    ),
    (
        ProblemCode::CardRevoked,
        |s| revoked(s, "departure", SIGNED),
        |s| revoked(s, "departure", SIGNED + 1),
    ),
    (
        ProblemCode::CardRevokedLater,
        |s| revoked(s, "superseded", RECEPTION),
        |s| revoked(s, "superseded", RECEPTION + 1),
    ),
    (
        ProblemCode::CardUnknown,
        |s| s.reg("/cards/0/certificate", hex([0; 32])),
        |s| s.reg("/cards/1/certificate", hex([0; 32])),
    ),
    (
        ProblemCode::CardOtherAgent,
        |s| s.pay("/agent/matricule", "S000001"),
        |s| s.pay("/agent/matricule", "S000000"),
    ),
    (
        ProblemCode::CardOtherAgent,
        |s| s.pay("/agent/carte/numero_serie", "SIM-213502388-000001"),
        unchanged,
    ),
];

fn issued_from(scene: &mut Scene, not_before: i64) {
    let agent = scene.agent();
    let hierarchy = &scene.world.hierarchy;
    let card = hierarchy.issue_card(&agent, CardUse::Signature, KeyKind::P256, not_before);
    scene.card(card.unwrap());
}

const SENDER: &[Case] = &[
    (
        ProblemCode::OriginStation,
        |s| s.stamp.station = station("STATION-3"),
        unchanged,
    ),
    (
        ProblemCode::OriginStation,
        |s| s.reg("/stations/0/period", json!({"from": "2026-11-21"})),
        |s| s.reg("/stations/0/period", json!({"from": "2026-11-20"})),
    ),
    (
        ProblemCode::OriginCollectivity,
        |s| s.stamp.station = station("STATION-2"),
        unchanged,
    ),
    (
        ProblemCode::OriginDevice,
        |s| s.pay("/terminal/identifiant", "T-01-0001"),
        |s| s.pay("/terminal/identifiant", "T-35-0001"),
    ),
    (
        ProblemCode::OriginDevice,
        |s| {
            s.reg(
                "/devices/0/period",
                json!({"from": "2020-01-01", "to": "2026-11-19"}),
            )
        },
        |s| {
            s.reg(
                "/devices/0/period",
                json!({"from": "2020-01-01", "to": "2026-11-20"}),
            )
        },
    ),
    (
        ProblemCode::AuthorityConvention,
        |s| {
            s.reg(
                "/collectivities/0/conventions/0/period",
                json!({"from": "2020-01-01", "to": "2026-11-19"}),
            )
        },
        |s| {
            s.reg(
                "/collectivities/0/conventions/0/period",
                json!({"from": "2020-01-01", "to": "2026-11-20"}),
            )
        },
    ),
    // A convention with the ANTS gives cards, not the right to send.
    (
        ProblemCode::AuthorityConvention,
        |s| s.reg("/collectivities/0/conventions/0/kind", "ants"),
        |s| s.reg("/collectivities/0/conventions/0/kind", "antai"),
    ),
    (
        ProblemCode::AuthoritySuspended,
        |s| {
            s.reg(
                "/collectivities/0/suspensions",
                json!([{"from": "2026-11-20", "to": "2026-11-20"}]),
            )
        },
        |s| {
            s.reg(
                "/collectivities/0/suspensions",
                json!([{"from": "2026-11-21"}]),
            )
        },
    ),
    (
        ProblemCode::AuthorityService,
        |s| s.reg("/services/0/siren", OTHER_SIREN),
        |s| s.reg("/services/1/siren", crate::fixture::SIREN),
    ),
    (
        ProblemCode::AuthorityAgent,
        |s| s.reg("/habilitations/0/period", json!({"from": "2026-11-21"})),
        |s| s.reg("/habilitations/0/period", json!({"from": "2026-11-20"})),
    ),
];

const FACTS: &[Case] = &[
    (
        ProblemCode::NatinfUnknown,
        |s| s.pay("/infraction/natinf", 31_087),
        |s| s.pay("/infraction/natinf", 31_089),
    ),
    (
        ProblemCode::NatinfNotInForce,
        |s| s.pay("/infraction/natinf", 31_089),
        |s| {
            s.pay("/infraction/natinf", 31_089);
            s.pay("/infraction/date_heure", "2026-11-19T23:59:59+01:00");
        },
    ),
    (
        ProblemCode::NatinfNotFixedFine,
        |s| s.pay("/infraction/natinf", 31_090),
        unchanged,
    ),
    (
        ProblemCode::TerritoryCommune,
        |s| s.pay("/lieu/insee_commune", "35241"),
        |s| {
            s.pay("/lieu/insee_commune", "35241");
            s.pay("/infraction/date_heure", "2026-11-19T23:59:59+01:00");
        },
    ),
    (
        ProblemCode::TerritoryOutside,
        |s| s.pay("/lieu/insee_commune", "35240"),
        |s| {
            s.pay("/lieu/insee_commune", "35240");
            s.pay("/infraction/date_heure", "2026-11-19T23:59:59+01:00");
        },
    ),
    // Joined by an amendment on 1 November, left by another on the 20th.
    (
        ProblemCode::TerritoryOutside,
        |s| {
            s.pay("/lieu/insee_commune", "35242");
            s.pay("/infraction/date_heure", "2026-10-31T23:59:59+01:00");
        },
        |s| {
            s.pay("/lieu/insee_commune", "35242");
            s.pay("/infraction/date_heure", "2026-11-01T00:00:00+01:00");
        },
    ),
    (
        ProblemCode::TerritoryOutside,
        |s| s.pay("/lieu/insee_commune", "35243"),
        |s| {
            s.pay("/lieu/insee_commune", "35243");
            s.pay("/infraction/date_heure", "2026-11-19T23:59:59+01:00");
        },
    ),
    (
        ProblemCode::TimeFuture,
        |s| s.signed(RECEPTION + 301),
        |s| s.signed(RECEPTION + 300),
    ),
    (
        ProblemCode::TimeFuture,
        |s| s.pay("/infraction/date_heure", "2026-11-20T11:05:01+01:00"),
        |s| s.pay("/infraction/date_heure", "2026-11-20T11:05:00+01:00"),
    ),
    (
        ProblemCode::TimeOrder,
        |s| s.pay("/infraction/date_heure", "2026-11-20T10:00:01+01:00"),
        |s| s.pay("/infraction/date_heure", "2026-11-20T10:00:00.9+01:00"),
    ),
    (
        ProblemCode::TimeTransmission,
        |s| s.signed(RECEPTION - 90 * DAY - 1),
        |s| s.signed(RECEPTION - 90 * DAY),
    ),
    (
        ProblemCode::TimeTransmissionLate,
        |s| s.signed(RECEPTION - 30 * DAY - 1),
        |s| s.signed(RECEPTION - 30 * DAY),
    ),
    (
        ProblemCode::TimePrescribed,
        |s| s.pay("/infraction/date_heure", "2025-11-19T23:59:59+01:00"),
        |s| s.pay("/infraction/date_heure", "2025-11-20T00:00:00+01:00"),
    ),
];

fn codes(change: Change) -> BTreeSet<ProblemCode> {
    let mut scene = Scene::new();
    change(&mut scene);
    let judgement = scene.judge();
    judgement.problems.iter().map(|found| found.code).collect()
}

#[test]
fn every_code_has_a_case_and_a_neighbour() {
    let mut seen = BTreeSet::new();
    for (code, bad, good) in [FORM, TRUST, SENDER, FACTS, law::OFFENCE, law::PERSON].concat() {
        let (found, spared) = (codes(bad), codes(good));
        assert!(found.contains(&code), "{code} is not among {found:?}");
        assert!(!spared.contains(&code), "{code} is among {spared:?}");
        seen.insert(code);
    }
    let expected: BTreeSet<_> = ProblemCode::ALL
        .iter()
        .copied()
        .filter(|code| !matches!(code.family(), Family::Duplicate | Family::Operations))
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_good_mif_has_no_problem_and_may_occupy_its_ids() {
    let judgement = Scene::new().judge();
    assert_eq!(judgement.problems, []);
    assert!(judgement.may_occupy);
    assert_eq!(
        judgement.station_siren.unwrap().as_str(),
        crate::fixture::SIREN
    );
    assert!(judgement.mif.is_some() && judgement.payload_sha256.is_some());
}

#[test]
fn all_problems_are_reported_at_once_with_their_fields() {
    let mut scene = Scene::new();
    scene.pay("/vehicule/immatriculation", "AB123CI");
    scene.pay("/infraction/natinf", 31_090);
    scene.pay("/lieu/insee_commune", "35240");
    scene.pay("/terminal/identifiant", "T-99-0001");
    revoked(&mut scene, "loss", SIGNED);
    let judgement = scene.judge();
    let found: Vec<_> = judgement
        .problems
        .iter()
        .map(|problem| (problem.code, problem.pointer.as_str()))
        .collect();
    let expected = [
        (ProblemCode::FormatPlate, "/vehicule/immatriculation"),
        (ProblemCode::CardRevoked, ""),
        (ProblemCode::OriginDevice, "/terminal/identifiant"),
        (ProblemCode::NatinfNotFixedFine, "/infraction/natinf"),
        (ProblemCode::TerritoryOutside, "/lieu/insee_commune"),
    ];
    assert_eq!(found, expected);
    assert!(!judgement.may_occupy && judgement.mif.is_none());
    assert!(
        judgement.id_mif.is_some(),
        "the receipt still names the MIF"
    );
}

#[test]
fn only_authentic_mifs_occupy_their_ids() {
    let may_occupy = |change: Change| {
        let mut scene = Scene::new();
        change(&mut scene);
        scene.judge().may_occupy
    };
    let refused: [Change; 5] = [
        |s| s.bytes = Box::new(|text| part(&text, 1, "RENAULT", "PEUGEOT")),
        |s| revoked(s, "theft", RECEPTION),
        |s| s.stamp.station = station("STATION-2"),
        |s| s.pay("/terminal/identifiant", "T-01-0001"),
        // The number would be another collectivity's.
        |s| s.pay("/service/code_service", OTHER_SERVICE),
    ];
    for (index, change) in refused.into_iter().enumerate() {
        assert!(!may_occupy(change), "{index}");
    }
    assert!(
        may_occupy(|s| revoked(s, "superseded", RECEPTION)),
        "a warning"
    );
    assert!(
        may_occupy(|s| s.pay("/infraction/natinf", 31_090)),
        "authentic, if rejected"
    );
}

#[test]
fn a_message_is_judged_as_of_its_reception() {
    let mut scene = Scene::new();
    scene.stamp.received_at = Timestamp::from_second(RECEPTION + 366 * DAY).unwrap();
    let found: BTreeSet<_> = scene.judge().problems.iter().map(|p| p.code).collect();
    let expected = [ProblemCode::TimeTransmission, ProblemCode::TimePrescribed];
    assert_eq!(found, expected.into_iter().collect());
}
