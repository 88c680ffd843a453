//! The whole system as a person uses it: the binary, real parts, every part killed once, a row deleted by hand.
#![cfg(test)]

mod bench;
mod console;
mod mail;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn cnt(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cnt"))
        .args(arguments)
        .env("CNT_RUN_DIR", directory.join("system"))
        .env("CNT_ROOT", std::path::absolute("../..").unwrap())
        .output()
        .unwrap()
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    stdout.into_owned()
}

fn psql(conninfo: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args(["-XAtq", "-d", conninfo, "-c", sql])
        .output()
        .unwrap();
    succeeds(&output)
}

/// Holds an answer against its published shape.
#[track_caller]
fn is_of_shape(name: &str, answer: &Value) {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/commands");
    let schema = std::fs::read(schemas.join(name)).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    if let Err(error) = jsonschema::validate(&schema, answer) {
        panic!("not of {name}: {error}: {answer}");
    }
}

/// A system that a demo left running.
struct Running(PathBuf);

impl Running {
    fn cnt(&self, arguments: &[&str]) -> Output {
        cnt(
            &self.0,
            &[&["--run-dir", self.0.to_str().unwrap()], arguments].concat(),
        )
    }

    fn conninfo(&self, service: &str) -> String {
        let record = std::fs::read(self.0.join("system.json")).unwrap();
        let record: Value = serde_json::from_slice(&record).unwrap();
        let pairs = record["conninfo"].as_array().unwrap();
        let of = pairs.iter().find(|pair| pair[0] == service).unwrap();
        of[1].as_str().unwrap().to_owned()
    }

    /// Deletes rows by hand; each is named by reconcile.
    fn every_deleted_row_is_found(&self) {
        let deletions = [
            (
                "archive",
                "DELETE FROM document WHERE avis = 9900000001 RETURNING avis",
            ),
            (
                "dispatch",
                "DELETE FROM fold WHERE avis = 9900000002 RETURNING avis",
            ),
            (
                "contestation",
                "DELETE FROM avis WHERE avis = 9900000003 RETURNING avis",
            ),
            (
                "validation",
                "DELETE FROM mif WHERE id_mif = (SELECT id_mif FROM mif WHERE verdict = 1 LIMIT 1) RETURNING id_mif",
            ),
        ];
        for (service, sql) in deletions {
            let key = psql(&self.conninfo(service), sql);
            let output = self.cnt(&["reconcile", "--json"]);
            assert_eq!(output.status.code(), Some(1), "{service}");
            let balance: Value = serde_json::from_slice(&output.stdout).unwrap();
            is_of_shape("reconcile.json", &balance);
            let breaks = balance["breaks"].as_array().unwrap();
            let is_named = breaks.iter().any(|found| found["key"] == key.trim());
            assert!(is_named, "{service}: {key} in {breaks:?}");
        }
    }

    fn operators_commands_answer(&self, pdf: &str) {
        let balance: Value =
            serde_json::from_str(&succeeds(&self.cnt(&["reconcile", "--json"]))).unwrap();
        assert_eq!(balance["balanced"], true);
        succeeds(&self.cnt(&["document", "get", "9900000001", "-o", pdf]));
        assert!(std::fs::read(pdf).unwrap().starts_with(b"%PDF-1.7"));
        let unknown = self.cnt(&["document", "get", "9999999999", "-o", pdf]);
        assert_eq!(unknown.status.code(), Some(1));
        let offset = |answer: &str| {
            let clock: Value = serde_json::from_str(answer).unwrap();
            is_of_shape("clock.json", &clock);
            clock["offset_seconds"].as_i64().unwrap()
        };
        let before = offset(&succeeds(&self.cnt(&["clock", "show"])));
        let after = offset(&succeeds(&self.cnt(&["clock", "advance", "3d"])));
        assert_eq!(after - before, 3 * 86_400);
        assert_eq!(succeeds(&self.cnt(&["quarantine", "list", "--json"])), "");
    }
}

impl Drop for Running {
    /// Nothing is left behind, also when an assertion failed.
    fn drop(&mut self) {
        let output = self.cnt(&["down", "--purge"]);
        if !std::thread::panicking() {
            succeeds(&output);
            assert!(!self.0.join("stack").exists());
        }
    }
}

#[test]
fn killed_parts_lose_nothing_and_reconcile_finds_a_deleted_row() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let report = at.join("demo.json");
    let running = Running(at.join("demo"));
    let arguments = [
        "demo", "--mifs", "300", "--seed", "11", "--kill", "--report",
    ];
    succeeds(&cnt(
        at,
        &[&arguments[..], &[report.to_str().unwrap()]].concat(),
    ));
    let figures: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    is_of_shape("demo.json", &figures);
    assert_eq!(figures["balanced"], true);
    assert_eq!(figures["in_progress"], 0);
    assert_eq!(figures["ledger"]["lost"], 0);
    assert_eq!(figures["ledger"]["doubled"], 0);
    assert_eq!(figures["ledger"]["acknowledged"], 300);
    assert_eq!(figures["kills"].as_object().unwrap().len(), 10);
    assert_eq!(figures["ledger"]["unexpected"], 0);
    assert_eq!(figures["collectivities"], 54);
    let figure = |name: &str| figures[name].as_u64().unwrap();
    assert_eq!(figure("archived"), figure("avis") + figure("letters"));
    let sum = |name: &str| -> u64 {
        let counts = figures[name].as_object().unwrap().values();
        counts.map(|count| count.as_u64().unwrap()).sum()
    };
    assert_eq!(sum("not_transformed_by_reason"), figures["not_transformed"]);
    assert_eq!(sum("contestations_by_ground"), figures["contestations"]);
    for letter in figures["samples"].as_array().unwrap() {
        let pdf = std::fs::read(letter["path"].as_str().unwrap()).unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7"), "{letter}");
    }
    assert_eq!(figures["dispatched"], figures["archived"]);
    running.receipts_are_edited();
    running.addressees_fetch_what_is_theirs(&at.join("receipt.pdf"));
    running.operators_commands_answer(at.join("avis.pdf").to_str().unwrap());
    running.a_driver_is_designated();
    running.a_lot_of_the_mail_room_is_taken_in(&at.join("lot"));
    running.every_deleted_row_is_found();
}

/// Waits for something that the services do by themselves.
#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    cnt_testkit::wait_for(what, || Ok(look())).unwrap()
}

impl Running {
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&succeeds(&self.cnt(arguments))).unwrap()
    }

    fn lives(&self, state: &str) -> u64 {
        let output = self.cnt(&["reconcile", "--json"]);
        let books: Value = serde_json::from_slice(&output.stdout).unwrap();
        books["lives_by_state"][state].as_u64().unwrap_or(0)
    }
    /// A télépaiement at D+50, told twice, with one for an avis that nobody knows.
    fn pays_at_day_50(&self, file: &Path) {
        let contestation = self.conninfo("contestation");
        let payer = psql(
            &contestation,
            "SELECT min(avis) FROM life WHERE state = 'sent'",
        );
        let payer = payer.trim();
        let life = self.json(&["avis", "show", payer, "--json"]);
        assert_eq!(life["owed_remote"]["tariff"], "forfaitaire");
        let owed = life["owed_remote"]["cents"].as_i64().unwrap();
        let sql = format!("SELECT avis_date + 50 FROM avis WHERE avis = {payer}");
        let day = psql(&contestation, &sql);
        let lines = format!(
            "reference;avis;date;montant;moyen\nT1;{payer};{};{},{:02};telepaiement\nT2;9999999999;{};1;cheque\n",
            day.trim(),
            owed / 100,
            owed % 100,
            day.trim()
        );
        std::fs::write(file, lines).unwrap();
        let import = ["payment", "import", file.to_str().unwrap(), "--json"];
        let output = self.cnt(&import);
        assert_eq!(output.status.code(), Some(1), "one avis is unknown");
        let imported: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&imported["applied"], &imported["unknown"][0]["reference"]),
            (&1.into(), &"T2".into())
        );
        let again: Value = serde_json::from_slice(&self.cnt(&import).stdout).unwrap();
        assert_eq!((&again["applied"], &again["known"]), (&0.into(), &2.into()));
        assert_eq!(
            self.json(&["avis", "show", payer, "--json"])["state"],
            "paid"
        );
    }

    /// The letter's sending is in the life, with every article on the way.
    fn tells_the_majoration(&self) {
        let contestation = self.conninfo("contestation");
        let debtor = psql(&contestation, "SELECT min(avis) FROM titre_avis");
        let told = wait_for("the letter's sending to be told", || {
            let told = succeeds(&self.cnt(&["avis", "show", debtor.trim()]));
            told.contains("majoree_sent").then_some(told)
        });
        for article in ["CPP 529-2", "CPP R49-5", "CPP R49-6"] {
            assert!(told.contains(article), "{told}");
        }
    }
}

/// D+46 and D+60 make nobody's fine majorée; a télépaiement at D+50 is the fixed fine; D+75 proposes the titres; after
/// their signature the letters leave.
#[test]
fn fines_are_majorees_by_the_signature_of_the_omp_alone() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let running = Running(at.join("demo"));
    let arguments = ["demo", "--mifs", "150", "--seed", "5"];
    succeeds(&cnt(at, &arguments));
    let contestation = running.conninfo("contestation");
    let contested = running.lives("contested");
    assert!(contested > 0);
    let sent = running.lives("sent");
    for days in ["46d", "14d"] {
        succeeds(&running.cnt(&["clock", "advance", days]));
        std::thread::sleep(std::time::Duration::from_secs(3));
        assert_eq!((running.lives("sent"), running.lives("majoree")), (sent, 0));
    }
    assert_eq!(
        succeeds(&running.cnt(&["titre", "sign", "--all", "--json"])),
        ""
    );

    let before = running.settled("letters");
    running.pays_at_day_50(&at.join("payments.csv"));
    succeeds(&running.cnt(&["clock", "advance", "15d"]));
    let abroad = psql(
        &contestation,
        "SELECT count(*) FROM life WHERE state = 'sent' AND memory LIKE '%\"abroad\":true%'",
    );
    let abroad: u64 = abroad.trim().parse().unwrap();
    let due = sent - 1 - abroad;
    wait_for("the titres to be proposed", || {
        (running.lives("titre_proposed") == due).then_some(())
    });
    let signed = succeeds(&running.cnt(&["titre", "sign", "--all", "--json"]));
    let titres: Vec<Value> = signed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let sum: u64 = titres
        .iter()
        .map(|titre| titre["avis"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, due);
    let books = wait_for("the letters to leave", || {
        let output = running.cnt(&["reconcile", "--json"]);
        let books: Value = serde_json::from_slice(&output.stdout).unwrap();
        (books["letters"] == before + due && books["in_progress"] == 0).then_some(books)
    });
    assert_eq!(books["balanced"], true, "{books}");
    assert_eq!(
        books["archived"].as_u64(),
        books["avis"].as_u64().map(|avis| avis + before + due)
    );
    assert_eq!(books["dispatched"], books["archived"]);
    assert_eq!(running.lives("contested"), contested);
    running.tells_the_majoration();
}

#[test]
fn a_year_is_lived_and_the_books_balance() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let report = at.join("demo.json");
    let path = report.to_str().unwrap();
    let arguments = [
        "demo", "--mifs", "600", "--seed", "3", "--days", "400", "--stop", "--report", path,
    ];
    succeeds(&cnt(at, &arguments));
    let figures: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    is_of_shape("demo.json", &figures);
    assert_eq!(figures["balanced"], true);
    let figure = |name: &str| figures[name].as_u64().unwrap();
    for name in [
        "payments",
        "decisions",
        "majorees",
        "reclamations",
        "mailed",
        "admissions",
        "addresses",
        "acts",
        "notices",
    ] {
        assert!(figure(name) > 0, "{name}");
    }
    for kind in ["npai", "requete", "pv_request", "payment", "unidentifiable"] {
        assert!(
            figures["courriers_by_kind"][kind].as_u64() > Some(0),
            "{kind}"
        );
    }
    let counts = figures["designations"].as_object().unwrap().values();
    let designated: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
    assert!(designated > 0);
    assert_eq!(figures["notices_pending"].as_object().unwrap().len(), 0);
    let lives = figures["lives_by_state"].as_object().unwrap();
    let sum: u64 = lives.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, figure("avis") + designated, "every avis has one life");
    for state in ["prescribed", "acquitted", "convicted", "redesignated"] {
        assert!(lives[state].as_u64() > Some(0), "{state}: {lives:?}");
    }
    assert_eq!(lives["paid"], figures["payments"]);
    assert_eq!(figure("archived"), figure("avis") + figure("letters"));
    assert_eq!(figure("dispatched"), figure("archived"));
}

#[test]
fn published_schemas_do_not_drift() {
    let directory = tempfile::tempdir().unwrap();
    succeeds(&cnt(directory.path(), &["schemas", "--check"]));
}

#[test]
fn messages_are_signed_and_judged_offline() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let nation = at.join("nation");
    let samples = at.join("samples");
    let (nation, samples) = (nation.to_str().unwrap(), samples.to_str().unwrap());
    succeeds(&cnt(at, &["nation", "make", "-o", nation]));
    let expected = succeeds(&cnt(
        at,
        &[
            "mif", "sample", "-o", samples, "--nation", nation, "--count", "1500", "--bad", "0.4",
        ],
    ));
    let snapshot = format!("{nation}/snapshot.json");
    let checked = cnt(at, &["mif", "check", samples, "--snapshot", &snapshot]);
    assert_eq!(checked.status.code(), Some(1), "some are bad");
    let stdout = String::from_utf8(checked.stdout).unwrap();
    let lines: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1_500);
    let mut codes = BTreeSet::new();
    for (line, expected) in lines.iter().zip(expected.lines()) {
        is_of_shape("mif-check.json", line);
        let expected: Value = serde_json::from_str(expected).unwrap();
        // Where a message says nothing of its station, the check takes one of its collectivity.
        if expected["code"] == "ORIGIN_COLLECTIVITY" {
            continue;
        }
        assert_eq!(line["verdict"], expected["expected"], "{line} {expected}");
        if let Some(code) = expected["code"].as_str() {
            let problems = line["problems"].as_array().unwrap();
            let is_named = problems.iter().any(|problem| problem["code"] == code);
            assert!(is_named, "{line} {expected}");
            codes.insert(code.to_owned());
        }
    }
    assert!(codes.len() >= 40, "{codes:?}");
    let good = expected
        .lines()
        .position(|line| line.contains("\"accepted\"") && line.contains("\"code\":null"))
        .unwrap();
    let payload = format!("{samples}/payload/{good:05}.json");
    let again = at.join("again.jws");
    let again = again.to_str().unwrap();
    succeeds(&cnt(
        at,
        &["mif", "sign", &payload, "--nation", nation, "-o", again],
    ));
    let original = format!("{samples}/{good:05}.jws");
    let both = succeeds(&cnt(
        at,
        &["mif", "check", &original, again, "--snapshot", &snapshot],
    ));
    let verdicts: Vec<Value> = both
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts[0]["verdict"], "accepted", "{both}");
    assert_eq!(verdicts[1]["verdict"], "replayed", "{both}");
}
