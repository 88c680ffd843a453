//! The console of a system that a demo left running, in a real browser.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_testkit::{Browser, BrowserOptions};
use serde_json::{Value, json};

use super::{Running, cnt, psql, succeeds, wait_for};

/// Reads what an address of the page's own site gives, as base64.
const READ: &str = "const asked = new XMLHttpRequest(); asked.open('GET', arguments[0], false); \
     asked.overrideMimeType('text/plain; charset=x-user-defined'); asked.send(); \
     return btoa(Array.from(asked.responseText, one => String.fromCharCode(one.charCodeAt(0) & 255)).join(''));";

/// Opens the session of the demo's officer.
fn enter(running: &Running, browser: &Browser) {
    let accounts = running.json(&["operator", "list", "--json"]);
    let officer = accounts
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["login"] == "officier")
        .unwrap();
    let password = officer["password"].as_str().unwrap();
    let code = succeeds(&running.cnt(&["operator", "code", "officier"]));
    browser
        .open(succeeds(&running.cnt(&["url", "console"])).trim())
        .unwrap();
    for (label, text) in [
        ("Identifiant", "officier"),
        ("Mot de passe", password),
        ("Code à usage unique", code.trim()),
    ] {
        browser.field(label).unwrap().fill(text).unwrap();
    }
    browser.follow("Ouvrir la session").unwrap();
}

fn text_of(pdf: &[u8], at: &std::path::Path) -> String {
    let file = at.join("letter.pdf");
    std::fs::write(&file, pdf).unwrap();
    let output = Command::new("pdftotext")
        .arg(&file)
        .arg("-")
        .output()
        .unwrap();
    succeeds(&output)
}

/// A card exported for a browser opens its holder's session.
fn enters_with_a_card(running: &Running, at: &std::path::Path) {
    let card = at.join("officier.p12");
    let told =
        succeeds(&running.cnt(&["operator", "card", "officier", "-o", card.to_str().unwrap()]));
    let password = told.trim().rsplit(' ').next().unwrap();
    let console = succeeds(&running.cnt(&["url", "console-card"]));
    let root = running.0.join("nation/pki/agents-root.crt.pem");
    let curl = |with_card: bool| {
        let mut command = Command::new("curl");
        command.args([
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{redirect_url}",
        ]);
        command.arg("--cacert").arg(&root);
        if with_card {
            command.args(["--cert-type", "P12", "--cert"]);
            command.arg(format!("{}:{password}", card.display()));
        }
        command.args(["-d", "suite=/file"]);
        command.arg(format!("{}/connexion/carte", console.trim()));
        command.output().unwrap()
    };
    let entered = succeeds(&curl(true));
    assert!(
        entered.starts_with("303 ") && entered.ends_with("/file"),
        "{entered}"
    );
    assert!(
        !curl(false).status.success(),
        "nobody enters without a card"
    );
}

#[test]
fn an_officer_decides_on_what_a_demo_left_and_sees_the_letter() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let running = Running(at.join("demo"));
    let told = succeeds(&cnt(at, &["demo", "--mifs", "150", "--seed", "5"]));
    assert!(told.contains("console of OMP-"), "{told}");
    enters_with_a_card(&running, at);

    let browser = Browser::start(&BrowserOptions::default()).unwrap();
    enter(&running, &browser);
    let shows = |text: &str| {
        wait_for(text, || {
            // While a page is left there is none.
            let shown = browser.text().unwrap_or_default();
            shown.contains(text).then_some(())
        });
    };
    shows("File de travail");
    browser.write("n").unwrap();
    shows("Vous tenez ce dossier");
    let address = browser.address().unwrap();
    let id = address.rsplit_once('/').unwrap().1.to_owned();
    let read = |css: &str| {
        let place = browser.find(css).unwrap().attribute("data").unwrap();
        let base64 = browser.run(READ, &[json!(place)]).unwrap();
        STANDARD.decode(base64.as_str().unwrap()).unwrap()
    };
    let avis = text_of(&read("object.avis"), at);
    assert!(avis.contains("SPÉCIMEN"), "{avis}");

    browser.write("c").unwrap();
    shows("Ce qui va se passer");
    let letter = text_of(&read("object.avis"), at);
    let number = psql(
        &running.conninfo("contestation"),
        &format!("SELECT avis FROM contestation WHERE id = '{id}'"),
    );
    for mention in ["SPÉCIMEN", "classée sans suite", number.trim()] {
        assert!(
            letter
                .replace([' ', '\u{a0}', '\u{202f}'], "")
                .to_lowercase()
                .contains(&mention.replace(' ', "").to_lowercase()),
            "{mention}: {letter}"
        );
    }
    browser.follow("Signer et décider Entrée").unwrap();
    shows("Décidé : classé sans suite");
    let books = wait_for("the letter to leave", || {
        let output = running.cnt(&["reconcile", "--json"]);
        let books: Value = serde_json::from_slice(&output.stdout).ok()?;
        (books["in_progress"] == 0).then_some(books)
    });
    assert_eq!(books["balanced"], true, "{books}");
}
