//! The example signer, Python and OpenSSL alone: `cnt mif check` accepts what it signs.
#![cfg(test)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn cnt(at: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cnt"))
        .env("CNT_RUN_DIR", at.join("run"))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn succeeded(output: Output) -> Vec<u8> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    output.stdout
}

/// Signs a payload with the card that it names, with the key of `key_of` if another is to be taken.
fn sign(nation: &Path, payload: &Path, key_of: Option<&str>) -> (String, Vec<u8>) {
    let mif: Value = serde_json::from_slice(&std::fs::read(payload).unwrap()).unwrap();
    let card = mif["agent"]["carte"]["numero_serie"].as_str().unwrap();
    let of = |serial: &str, kind: &str| nation.join("cards").join(format!("{serial}.{kind}.pem"));
    let script = "../gateway/examples/sign_mif.py";
    let output = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .arg(of(card, "crt"))
        .arg(of(key_of.unwrap_or(card), "key"))
        .arg(payload)
        .output()
        .unwrap();
    (card.to_owned(), succeeded(output))
}

#[test]
fn a_station_seals_by_cnt_and_by_the_example_alike() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (nation, mifs) = (at.join("nation"), at.join("mifs.jose"));
    let to = nation.to_str().unwrap();
    let make = ["nation", "make", "--collectivities", "4", "--output", to];
    succeeded(cnt(at, &make));
    std::fs::write(&mifs, "e.y.J\r\ne.y.K\n").unwrap();
    let hashes = [b"e.y.J", b"e.y.K"].map(|mif| cnt_trust::sha256(mif));
    let senders = std::fs::read(nation.join("senders.json")).unwrap();
    let senders: Value = serde_json::from_slice(&senders).unwrap();
    let station = senders["stations"][0]["name"].as_str().unwrap();
    let made = |arguments: &[&str]| {
        let start = ["mif", "seal", mifs.to_str().unwrap()];
        let seal = succeeded(cnt(at, &[&start[..], arguments].concat()));
        String::from_utf8(seal).unwrap().trim().to_owned()
    };
    let file = |kind: &str| nation.join(format!("stations/{station}.seal.{kind}.pem"));
    let (certificate, key) = (file("crt"), file("key"));
    let by_name = made(&["--station", station, "--nation", to]);
    let by_files = made(&[
        "--certificate",
        certificate.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
    ]);
    let payload = at.join("payload.json");
    std::fs::write(&payload, cnt_trust::seal::payload(&hashes)).unwrap();
    let script = "../gateway/examples/sign_mif.py";
    let by_example = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .args([&certificate, &key, &payload])
        .output()
        .unwrap();
    let by_example = String::from_utf8(succeeded(by_example)).unwrap();
    let (header, rest) = by_example.split_once('.').unwrap();
    let by_example = format!("{header}..{}", rest.split_once('.').unwrap().1);

    let hierarchy = cnt_trust::issue::Hierarchy::load(&nation.join("pki")).unwrap();
    let verifier = cnt_trust::CardVerifier::new(
        hierarchy.seal_anchors().unwrap(),
        cnt_trust::RevocationView::default(),
        cnt_trust::VerifierOptions::default(),
    );
    for seal in [by_name, by_files, by_example] {
        let judged = cnt_trust::seal::verify(seal.as_bytes(), &hashes, &verifier);
        assert_eq!(judged.problems, []);
    }
}

#[test]
fn what_the_example_signs_is_accepted_and_with_another_cards_key_it_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (nation, sample) = (at.join("nation"), at.join("sample"));
    let (to, into) = (text(&nation), text(&sample));
    let make = ["nation", "make", "--collectivities", "10", "--output", &to];
    succeeded(cnt(at, &make));
    let wanted = [
        "mif", "sample", "--count", "3", "--bad", "0", "--nation", &to, "--output", &into,
    ];
    succeeded(cnt(at, &wanted));

    let check = |message: &[u8]| {
        let file = at.join("signed.jws");
        std::fs::write(&file, message).unwrap();
        let snapshot = text(&nation.join("snapshot.json"));
        let arguments = ["mif", "check", &text(&file), "--snapshot", &snapshot];
        let output = cnt(at, &arguments);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.success(), line)
    };
    let mut cards = Vec::new();
    for index in 0..3 {
        let payload = sample.join(format!("payload/{index:05}.json"));
        let (card, signed) = sign(&nation, &payload, None);
        let (accepted, line) = check(&signed);
        assert!(accepted, "{line}");
        assert_eq!(line["verdict"], "accepted");
        cards.push(card);
    }
    let other = cards.iter().find(|card| **card != cards[0]).unwrap();
    let (_, forged) = sign(&nation, &sample.join("payload/00000.json"), Some(other));
    let (accepted, line) = check(&forged);
    assert!(!accepted, "{line}");
    assert_eq!(line["verdict"], "rejected");
    assert!(line["problems"].to_string().contains("SIGNATURE"), "{line}");
}
