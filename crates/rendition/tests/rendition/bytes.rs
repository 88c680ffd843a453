//! Same input, same bytes: in one process, in another, from several threads, and over time.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{ENGINE, avis, render, sha256};
use cnt_rendition::{DocumentKind, Engine};

const DIGEST_MARK: &str = "digest of the specimen: ";

fn specimen_digest(kind: DocumentKind) -> String {
    sha256(&ENGINE.specimen(kind).unwrap().pdf)
}

/// The known answer tells of any change of bytes. Where the template version did not change with
/// them, documents already sent could no longer be made again: then `WRITER_REVISION` is to be
/// raised. `CNT_UPDATE_KNOWN_ANSWERS=1` writes the new answer.
#[test]
fn the_specimen_has_the_known_bytes() {
    let path = PathBuf::from("tests/known_answers.json");
    let answer = |kind| {
        serde_json::json!({
            "template_version": ENGINE.template_version(kind),
            "specimen_sha256": specimen_digest(kind),
        })
    };
    let now: serde_json::Map<String, serde_json::Value> = DocumentKind::ALL
        .into_iter()
        .map(|kind| (kind.to_string(), answer(kind)))
        .collect();
    let now = serde_json::Value::Object(now);
    if std::env::var_os("CNT_UPDATE_KNOWN_ANSWERS").is_some() {
        std::fs::write(&path, format!("{now:#}\n")).unwrap();
    }
    let known: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for kind in DocumentKind::ALL {
        let name = kind.as_str();
        let (known, now) = (&known[name], &now[name]);
        assert!(
            known == now || known["template_version"] != now["template_version"],
            "bytes of {name} changed under an unchanged template version: raise WRITER_REVISION"
        );
    }
    assert_eq!(
        known, now,
        "template changed: look at the pages, then write the new answer"
    );
}

#[test]
fn a_second_process_makes_the_same_bytes() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "bytes::tells_the_digest", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let digest = text.split_once(DIGEST_MARK).unwrap().1.get(..64).unwrap();
    assert_eq!(digest, specimen_digest(DocumentKind::AvisContravention));
}

#[test]
fn tells_the_digest() {
    let digest = specimen_digest(DocumentKind::AvisContravention);
    println!("{DIGEST_MARK}{digest}");
}

#[test]
fn threads_that_share_an_engine_do_not_mix_documents() {
    let names = ["specimen", "full", "person"];
    let alone: Vec<_> = names
        .iter()
        .map(|name| render(&avis(name)).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for offset in 0..names.len() {
            let (names, alone) = (&names, &alone);
            scope.spawn(move || {
                for turn in 0..12 {
                    let index = (turn + offset) % names.len();
                    assert_eq!(render(&avis(names[index])).unwrap(), alone[index]);
                }
            });
        }
    });
}

#[test]
fn another_engine_makes_the_same_bytes() {
    let kind = DocumentKind::AvisContravention;
    let other = Engine::new().unwrap();
    assert_eq!(
        other.specimen(kind).unwrap(),
        ENGINE.specimen(kind).unwrap()
    );
    assert_eq!(other.template_version(kind), ENGINE.template_version(kind));
}

#[test]
fn fonts_are_the_same_bytes_in_every_document() {
    let fonts = |name: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), render(&avis(name)).unwrap().pdf).unwrap();
        let list = crate::support::output_of("pdffonts", &[file.path().to_str().unwrap()]);
        // Subset tags are a hash of the glyphs embedded, in their order.
        list.lines()
            .skip(2)
            .map(|line| line.split_whitespace().next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let specimen = fonts("specimen");
    assert_eq!(specimen.len(), 2, "{specimen:?}");
    assert_eq!(fonts("full"), specimen);
    assert_eq!(fonts("person"), specimen);
}
