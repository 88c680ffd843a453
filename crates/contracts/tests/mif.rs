//! The typed reading and the JSON Schema judge the same payloads alike.
#![cfg(test)]

use cnt_contracts::mif::read_payload;
use cnt_contracts::schemas::mif_schema;
use cnt_domain::problem::ProblemCode;
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "entete": {"version_schema": "mif/1.0", "id_mif": "018f4e9a-7c3b-7d2a-9f00-0123456789ab",
                   "numero_pv": "2026A000001", "horodatage_emission": "2026-11-20T10:00:00+01:00"},
        "service": {"siren": "213502388", "code_service": "35PM001", "corps": "PM", "insee_rattachement": "35238"},
        "agent": {"matricule": "P12345", "qualite": "APJA", "grade": "Brigadier",
                  "carte": {"numero_serie": "SIM-0001", "emetteur": "AC Agents", "profil": "A05"}},
        "terminal": {"type": "PDA", "identifiant": "T-35-0001", "version_logiciel": "4.2", "version_natinf": "2026-10"},
        "infraction": {"natinf": 31088, "qualification_cas": "1", "date_heure": "2026-11-20T09:58:00+01:00",
                       "interception": false, "nombre_infractions_simultanees": 1, "avis_information": true},
        "lieu": {"insee_commune": "35238", "type_voie": "RUE", "libelle_voie": "DE L'ÉGLISE", "numero": "12 BIS"},
        "vehicule": {"immatriculation": "AB123CD", "pays": "FR", "marque": "RENAULT"}
    })
}

/// Replaces the value at a JSON pointer; `Value::Null` removes the member.
fn with(pointer: &str, value: Value) -> Value {
    let mut payload = sample();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let object = payload
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    if value.is_null() {
        object.remove(member)
    } else {
        object.insert(member.to_owned(), value)
    };
    payload
}

fn schema_accepts(payload: &Value) -> bool {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&mif_schema())
        .unwrap()
        .is_valid(payload)
}

#[track_caller]
fn check(payload: &Value, expected: Option<(ProblemCode, &str)>, schema_valid: bool) {
    let reading = read_payload(payload.to_string().as_bytes());
    let found: Vec<_> = reading
        .problems
        .iter()
        .map(|p| (p.code, p.pointer.as_str()))
        .collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(reading.mif.is_some(), expected.is_none());
    assert_eq!(schema_accepts(payload), schema_valid, "schema");
}

#[test]
fn a_good_mif_is_read() {
    check(&sample(), None, true);
    let mif = read_payload(sample().to_string().as_bytes()).mif.unwrap();
    assert_eq!(mif.offence.clock_time, "09:58");
    assert_eq!(mif.offence.place.street, "RUE DE L'ÉGLISE");
}

#[test]
fn each_wrong_value_is_named_with_its_pointer() {
    use ProblemCode::{FormatDate, FormatSchema, FormatValue, FormatVersion};
    let cases = [
        ("/entete/version_schema", json!("mif/2.0"), FormatVersion),
        ("/entete/id_mif", json!("not-a-uuid"), FormatSchema),
        ("/entete/numero_pv", json!("2026-1"), FormatValue),
        ("/entete/inconnu", json!(1), FormatSchema),
        ("/service/siren", json!("12345678"), FormatValue),
        ("/service/corps", json!("XX"), FormatSchema),
        ("/agent/carte/profil", json!("A04"), FormatValue),
        ("/infraction/natinf", json!(100_000), FormatValue),
        (
            "/infraction/date_heure",
            json!("2026-02-30T09:58:00+01:00"),
            FormatDate,
        ),
        (
            "/infraction/date_heure",
            json!("2026-11-20T09:58:00"),
            FormatDate,
        ),
        ("/lieu/insee_commune", json!("2C004"), FormatValue),
        ("/lieu/libelle_voie", json!(""), FormatValue),
        ("/vehicule/pays", json!("fr"), FormatValue),
    ];
    for (pointer, value, code) in cases {
        check(&with(pointer, value), Some((code, pointer)), false);
    }
}

#[test]
fn what_only_the_reading_knows() {
    use ProblemCode::{FormatMissing, FormatPlate};
    // The schema cannot say which plates a country issues, nor what interception requires.
    check(
        &with("/vehicule/immatriculation", json!("AO123CD")),
        Some((FormatPlate, "/vehicule/immatriculation")),
        true,
    );
    check(
        &with("/vehicule", Value::Null),
        Some((FormatMissing, "/vehicule")),
        true,
    );
}

#[test]
fn a_missing_member_is_a_schema_problem() {
    let reading = read_payload(
        with("/infraction/natinf", Value::Null)
            .to_string()
            .as_bytes(),
    );
    assert_eq!(reading.problems[0].code, ProblemCode::FormatSchema);
    assert_eq!(reading.problems[0].pointer, "/infraction");
    assert!(!schema_accepts(&with("/infraction/natinf", Value::Null)));
}

#[test]
fn duplicate_members_and_broken_json_are_refused() {
    let doubled =
        sample()
            .to_string()
            .replacen("\"natinf\":31088", "\"natinf\":1,\"natinf\":31088", 1);
    assert_eq!(
        read_payload(doubled.as_bytes()).problems[0].code,
        ProblemCode::FormatSchema
    );
    assert_eq!(
        read_payload(b"{\"entete\":").problems[0].code,
        ProblemCode::FormatJson
    );
    assert_eq!(
        read_payload(b"\xff").problems[0].code,
        ProblemCode::FormatJson
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let reading = read_payload(&bytes);
        prop_assert!(reading.mif.is_some() == reading.problems.is_empty());
    }

    #[test]
    fn no_mutation_panics(position in 0usize..900, byte: u8) {
        let mut bytes = sample().to_string().into_bytes();
        let position = position % bytes.len();
        bytes[position] = byte;
        let reading = read_payload(&bytes);
        prop_assert!(reading.mif.is_some() == reading.problems.is_empty());
    }
}
