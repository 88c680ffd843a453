//! The law at the command line: a case for every code, the nomenclature by date, editions of the law.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use cnt_domain::problem::{Family, ProblemCode};
use serde_json::Value;

fn cnt(at: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cnt"))
        .env("CNT_RUN_DIR", at.join("run"))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn answer(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

#[test]
fn every_code_has_a_case_and_a_neighbour_that_check_tells_apart() {
    let directory = tempfile::tempdir().unwrap();
    let cases = directory.path().join("cases");
    answer(&cnt(directory.path(), &["mif", "cases", text(&cases)]), 0);

    let table = answer(
        &cnt(directory.path(), &["mif", "check", text(&cases), "--table"]),
        0,
    );
    assert!(!table.contains(" KO "), "{table}");

    // The same without the command's own judgement: which codes each file yields.
    let judged = answer(&cnt(directory.path(), &["mif", "check", text(&cases)]), 0);
    let mut yielded: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines(&judged) {
        let file = Path::new(line["file"].as_str().unwrap());
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let problems = line["problems"].as_array().unwrap();
        let codes = problems
            .iter()
            .map(|problem| problem["code"].as_str().unwrap().to_owned());
        yielded.insert(name, codes.collect());
    }
    for code in ProblemCode::ALL {
        // What an operator decides is no property of a message.
        if code.family() == Family::Operations {
            continue;
        }
        let (case, neighbour) = (
            &yielded[&format!("{code}.case.jws")],
            &yielded[&format!("{code}.neighbour.jws")],
        );
        assert!(case.contains(code.as_str()), "{code}: {case:?}");
        assert!(!neighbour.contains(code.as_str()), "{code}: {neighbour:?}");
    }
}

#[test]
fn neighbours_of_the_law_have_no_error_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let cases = directory.path().join("cases");
    answer(&cnt(directory.path(), &["mif", "cases", text(&cases)]), 0);
    let judged = answer(&cnt(directory.path(), &["mif", "check", text(&cases)]), 0);
    for line in lines(&judged) {
        let file = line["file"].as_str().unwrap();
        let is_of_the_law = ["NATINF_", "PERSON_", "AUTHORITY_"]
            .iter()
            .any(|family| file.contains(family));
        if is_of_the_law && file.contains(".neighbour.") {
            assert_eq!(line["verdict"], "accepted", "{line}");
        }
    }
}

#[test]
fn a_case_that_shows_nothing_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let cases = directory.path().join("cases");
    answer(&cnt(directory.path(), &["mif", "cases", text(&cases)]), 0);
    let good = cases.join("FORMAT_PLATE.neighbour.jws");
    std::fs::copy(good, cases.join("FORMAT_PLATE.case.jws")).unwrap();
    let table = cnt(directory.path(), &["mif", "check", text(&cases), "--table"]);
    assert!(answer(&table, 1).contains(" KO "));
}

#[test]
fn the_nomenclature_is_shown_by_date() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let show = |code: &str, on: &str, exit| {
        let shown = cnt(at, &["natinf", "show", code, "--on", on, "--json"]);
        let text = answer(&shown, exit);
        lines(&text).next().unwrap()
    };
    let very_obstructing = show("31088", "2026-11-01", 0);
    assert_eq!(very_obstructing["status"], "in_force");
    let entry = &very_obstructing["entry"];
    assert_eq!((&entry["class"], &entry["points"]), (&4.into(), &0.into()));
    assert_eq!(entry["forfaitaire_cents"], 13_500);
    assert_eq!(entry["majoree_cents"], 37_500);
    assert_eq!(entry.get("minoree_cents"), None);
    assert_eq!(entry["holder"], "responsible");
    assert_eq!(entry["competence"]["ASVP"], "yes");
    assert_eq!(show("31088", "2015-07-04", 1)["status"], "not_in_force");
    assert_eq!(show("7505", "2017-12-31", 0)["status"], "in_force");
    assert_eq!(show("7505", "2018-01-01", 1)["status"], "not_in_force");
    assert_eq!(show("99999", "2026-11-01", 1)["status"], "unknown");
    let words = answer(
        &cnt(at, &["natinf", "show", "31088", "--on", "2026-11-01"]),
        0,
    );
    assert!(
        words.contains("135\u{a0}€") && words.contains("L121-2"),
        "{words}"
    );
}

#[test]
fn lists_are_compared_and_tried() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let header = "Numéro NATINF;Nature de l'infraction;Qualification de l'infraction;Définie par;Réprimée par\n";
    let (one, other) = (at.join("one.csv"), at.join("other.csv"));
    std::fs::write(&one, format!("{header}1;Délit;A;B;C\n2;Délit;A;B;C\n")).unwrap();
    std::fs::write(&other, format!("{header}2;Délit;Z;B;C\n3;Délit;N;B;C\n")).unwrap();
    let differ = cnt(at, &["natinf", "diff", text(&one), text(&other)]);
    assert_eq!(answer(&differ, 1), "- 1 A\n~ 2 Z\n+ 3 N\n");
    let same = cnt(at, &["natinf", "diff", text(&one), text(&one)]);
    assert_eq!(answer(&same, 0), "");
    let tried = cnt(at, &["natinf", "import", text(&one), "--check"]);
    let tried = lines(&answer(&tried, 0)).next().unwrap();
    assert_eq!(
        (&tried["lines"], &tried["written"]),
        (&2.into(), &false.into())
    );
}

#[test]
fn an_edition_of_the_law_is_checked_before_it_is_taken_in() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let toml = answer(&cnt(at, &["law", "show", "--toml"]), 0);
    let file = at.join("law.toml");
    std::fs::write(&file, &toml).unwrap();
    answer(&cnt(at, &["law", "check", text(&file)]), 0);
    std::fs::write(
        &file,
        toml.replacen("minoree_cents = 2200", "minoree_cents = 9900", 1),
    )
    .unwrap();
    let refused = cnt(at, &["law", "check", text(&file)]);
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("\"amounts\" is wrong in row 3"), "{why}");
    let shown = answer(&cnt(at, &["law", "show", "--on", "2024-06-11"]), 0);
    assert!(shown.contains("classe 5   –, 200\u{a0}€"), "{shown}");
}
