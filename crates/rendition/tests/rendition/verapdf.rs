//! veraPDF, an independent judge, finds PDF/A-2a and PDF/UA-1 kept.
//!
//! The jar is fetched once by Maven (`deploy/verapdf/pom.xml` pins it) into the cache. Without
//! Java or Maven this test fails: a judge that did not sit has not acquitted.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{avis, render};
use cnt_rendition::{Attachment, DocumentInput, DocumentKind, Made, RenderRequest};

const JAR: &str = "greenfield-apps-1.28.2.jar";

fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("CNT_CACHE") {
        return PathBuf::from(cache);
    }
    match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache).join("cnt"),
        None => PathBuf::from(set("HOME").expect("HOME is set")).join(".cache/cnt"),
    }
}

fn jar() -> PathBuf {
    let folder = cache().join("verapdf");
    let jar = folder.join(JAR);
    if jar.exists() {
        return jar;
    }
    std::fs::create_dir_all(&folder).unwrap();
    let fetched = tempfile::tempdir_in(&folder).unwrap();
    let pom = Path::new("../../deploy/verapdf/pom.xml");
    let output = Command::new("mvn")
        .args(["-B", "-q", "-f"])
        .arg(pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", fetched.path().display()))
        .output()
        .expect("Maven must be installed");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "Maven could not fetch veraPDF: {said}"
    );
    // Renamed when complete: a test running beside this one never sees half a jar.
    std::fs::rename(fetched.path().join(JAR), &jar).unwrap();
    jar
}

/// Judges all files under one flavour in one JVM; the flavour is always named, for veraPDF's own
/// guess is laxer.
fn judge(flavour: &str, files: &[PathBuf]) -> (bool, String) {
    let output = Command::new("java")
        .arg("-cp")
        .arg(jar())
        .args([
            "org.verapdf.apps.GreenfieldCliWrapper",
            "--format",
            "text",
            "-v",
            "-f",
            flavour,
        ])
        .args(files)
        .output()
        .expect("Java must be installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut foreign = avis("specimen");
    foreign.recipient = vec![
        "ŁUKASZ ŽIŽEK".to_owned(),
        "#*_$[]<@\\ & \"'".to_owned(),
        "Αθήνα".to_owned(),
    ];
    let foreign = ("foreign".to_owned(), render(&foreign).unwrap().pdf);
    // The hand-picked ones come first; the full test takes every variant.
    let taken = usize::try_from(crate::forme::documents(3, 1_000)).unwrap();
    let filled = crate::variants::avis_variants().into_iter().take(taken);
    let filled = filled.map(|(name, input)| {
        let request = RenderRequest {
            document: DocumentInput::AvisContravention(input),
        };
        let made = crate::forme::FORMES.make(&request).unwrap();
        assert!(matches!(made, Made::Filled(_)), "{name}");
        (format!("{name}-filled"), made.into_pdf())
    });
    let letters = crate::letters::variants()
        .into_iter()
        .chain(crate::contestation::variants(30))
        .chain(crate::forme::proces_verbaux())
        .map(|(name, document)| {
            let made = crate::forme::FORMES
                .make(&RenderRequest { document })
                .unwrap();
            (format!("{name}-filled"), made.into_pdf())
        });
    crate::variants::all()
        .into_iter()
        .chain([foreign])
        .chain(filled)
        .chain(letters)
        .map(|(name, pdf)| {
            let path = folder.join(name).with_extension("pdf");
            std::fs::write(&path, pdf).unwrap();
            path
        })
        .collect()
}

#[test]
fn documents_are_pdf_a_2a_and_pdf_ua_1() {
    let folder = tempfile::tempdir().unwrap();
    let files = documents(folder.path());
    for flavour in ["2a", "ua1"] {
        let (passed, text) = judge(flavour, &files);
        assert!(passed, "{text}");
        let passes = text
            .lines()
            .filter(|line| line.starts_with("PASS "))
            .count();
        assert_eq!(passes, files.len(), "{text}");
    }
}

#[test]
fn a_bordereau_that_holds_its_pieces_is_pdf_a_3a() {
    let folder = tempfile::tempdir().unwrap();
    let specimen = DocumentInput::specimen(DocumentKind::Bordereau).unwrap();
    let DocumentInput::Bordereau(input) = specimen else {
        panic!("not a bordereau")
    };
    let file = |name: &str, media: &str, is_data: bool, bytes: &[u8]| Attachment {
        name: name.to_owned(),
        media: media.to_owned(),
        description: format!("Pièce {name}"),
        is_data,
        bytes: bytes.to_vec(),
    };
    let piece = render(&avis("specimen")).unwrap().pdf;
    let files = vec![
        file("piece-01.pdf", "application/pdf", false, &piece),
        file("piece-02.tiff", "image/tiff", false, b"II*\0"),
        file("pieces.json", "application/json", true, b"{}"),
    ];
    let made = crate::support::ENGINE
        .hand_over(&input, files.clone())
        .unwrap();
    assert_eq!(made.pages, 2);
    assert_eq!(
        crate::support::ENGINE.hand_over(&input, files).unwrap(),
        made,
        "the same bytes"
    );
    let path = folder.path().join("hand-over.pdf");
    std::fs::write(&path, made.pdf).unwrap();
    for flavour in ["3a", "ua1"] {
        let (passed, text) = judge(flavour, std::slice::from_ref(&path));
        assert!(passed, "{text}");
    }
}

#[test]
fn the_judge_refuses_a_spoiled_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut pdf = render(&avis("specimen")).unwrap().pdf;
    // Same length, so that offsets stay right: the claim to be marked is gone.
    let claim = b"/Marked true";
    let at = pdf
        .windows(claim.len())
        .position(|window| window == claim)
        .unwrap();
    pdf[at..at + claim.len()].copy_from_slice(b"/Marker true");
    let path = folder.path().join("spoiled.pdf");
    std::fs::write(&path, pdf).unwrap();
    let (passed, text) = judge("2a", &[path]);
    assert!(!passed && text.starts_with("FAIL "), "{text}");
}
