//! The table of fixtures for integrators, executed: what it says is sent, and judged as it says.

use std::collections::BTreeSet;

use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cards::{World, now, text};
use crate::support::{Chain, succeeds};

/// Tests run in their package's folder.
const TABLE: &str = "../gateway/FIXTURES.md";
const BASE: &str = "../gateway/examples/mif.json";

/// A row of the table.
struct Fixture {
    code: Option<String>,
    verdict: VerdictWord,
    payload: Value,
    station: String,
}

/// What stands between backticks.
fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn change(payload: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = payload
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    match value {
        Some(value) => _ = parent.insert(member.to_owned(), value),
        None => assert!(parent.remove(member).is_some(), "{pointer}"),
    }
}

fn id(row: usize) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_1000 + u128::try_from(row).unwrap())
}

fn fixture(row: usize, line: &str) -> Fixture {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [outcome, verdict, changes] = cells.as_slice() else {
        let [outcome, verdict] = cells.as_slice() else {
            panic!("{line}")
        };
        return fixture(row, &format!("| {outcome} | {verdict} | none |"));
    };
    let mut payload: Value = serde_json::from_str(&std::fs::read_to_string(BASE).unwrap()).unwrap();
    for (pointer, value) in [
        ("/entete/id_mif", json!(id(row))),
        ("/entete/numero_pv", json!(format!("FIX{row:05}"))),
        ("/entete/horodatage_emission", json!(now())),
        ("/infraction/date_heure", json!(now())),
        ("/lieu/libelle_voie", json!(format!("DE L'ESSAI {row}"))),
    ] {
        change(&mut payload, pointer, Some(value));
    }
    let mut station = None;
    for span in spans(changes) {
        if let Some((pointer, value)) = span.split_once(" = ") {
            let value = serde_json::from_str(value).unwrap();
            change(&mut payload, pointer, Some(value));
        } else if let Some(pointer) = span.strip_prefix("without ") {
            change(&mut payload, pointer, None);
        } else {
            assert!(span.starts_with("STA-"), "{span}");
            station = Some(span.to_owned());
        }
    }
    let siren = payload["service"]["siren"].as_str().unwrap();
    Fixture {
        code: spans(outcome).next().map(str::to_owned),
        verdict: serde_json::from_value(json!(verdict)).unwrap(),
        station: station.unwrap_or_else(|| format!("STA-{siren}-1")),
        payload,
    }
}

#[test]
fn every_fixture_of_the_table_has_its_outcome() {
    let world = World::of(Chain::new());
    let senders = std::fs::read(world.run_dir.join("nation/senders.json")).unwrap();
    let senders: Value = serde_json::from_slice(&senders).unwrap();
    let station = |name: &str| {
        let stations = senders["stations"].as_array().unwrap();
        let found = stations.iter().find(|station| station["name"] == name);
        let fingerprint = found.unwrap()["fingerprint"].as_str().unwrap();
        let bytes = hex::decode(fingerprint).unwrap();
        <[u8; 32]>::try_from(bytes).unwrap()
    };
    let table = std::fs::read_to_string(TABLE).unwrap();
    let lines: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .collect();
    assert!(lines.len() > 30, "{}", lines.len());
    let fixtures: Vec<Fixture> = lines
        .iter()
        .enumerate()
        .map(|(row, line)| fixture(row, line))
        .collect();
    let codes: BTreeSet<_> = fixtures.iter().map(|one| one.code.clone()).collect();
    assert_eq!(codes.len(), fixtures.len(), "an outcome stands twice");

    let (json, jws) = (
        world.run_dir.join("fixture.json"),
        world.run_dir.join("fixture.jws"),
    );
    for one in &fixtures {
        std::fs::write(&json, one.payload.to_string()).unwrap();
        let nation = world.run_dir.join("nation");
        let signed = world.cnt(&[
            "mif",
            "sign",
            text(&json),
            "--nation",
            text(&nation),
            "--output",
            text(&jws),
        ]);
        succeeds(&signed);
        let message = std::fs::read_to_string(&jws).unwrap();
        world
            .chain
            .submit(station(&one.station), &[message.trim().to_owned()]);
    }
    world.judged(fixtures.len());
    let wrong = wrong(&fixtures, &world.chain.metas());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What was not judged as the table says.
fn wrong(fixtures: &[Fixture], metas: &[VerdictMeta]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (row, one) in fixtures.iter().enumerate() {
        let Some(meta) = metas.iter().find(|meta| meta.id_mif == Some(id(row))) else {
            wrong.push(format!("{:?}: no verdict", one.code));
            continue;
        };
        let problems = serde_json::to_value(&meta.problems).unwrap();
        let found: BTreeSet<_> = problems
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| problem["code"].as_str().unwrap().to_owned())
            .collect();
        let is_found = match &one.code {
            Some(code) => found.contains(code),
            None => found.is_empty(),
        };
        if !is_found || meta.verdict != one.verdict {
            wrong.push(format!("{:?}: {:?} {found:?}", one.code, meta.verdict));
        }
    }
    wrong
}
