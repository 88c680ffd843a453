//! Filled documents against typst's own: what they draw, their pictures, their text, their bytes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::support::{ENGINE, avis, document, output_of, sha256, written};
use cnt_rendition::{
    DocumentInput, DocumentKind, Engine, Fallback, Formes, Made, RenderRequest, compare_drawings,
    corpus_request,
};
use proptest::prelude::*;

/// Formes of all tests of this process.
pub(crate) static FORMES: LazyLock<Formes> =
    LazyLock::new(|| Formes::new(Arc::new(Engine::new().unwrap())).unwrap());

/// Hand-picked documents.
pub(crate) const NAMES: [&str; 3] = ["specimen", "full", "person"];

/// The seed of the corpus.
const SEED: u64 = 3;

/// More documents are compared in the full test.
pub(crate) fn documents(usual: u64, full: u64) -> u64 {
    match std::env::var_os("CNT_TEST_FULL") {
        Some(value) if value == "1" => full,
        _ => usual,
    }
}

fn request(input: cnt_rendition::AvisInput) -> RenderRequest {
    RenderRequest {
        document: DocumentInput::AvisContravention(input),
    }
}

/// The filled document, which draws what typst's draws; none if typst made it.
pub(crate) fn filled_like_typst(request: &RenderRequest) -> Option<Vec<u8>> {
    let typst = ENGINE.render(request).unwrap().pdf;
    match FORMES.make(request).unwrap() {
        Made::Filled(filled) => {
            let pdf = filled.to_pdf();
            let difference = compare_drawings(&pdf, &typst).unwrap();
            assert_eq!(difference, None, "{}", filled.forme.name());
            assert_eq!(hex::encode(filled.sha256), sha256(&pdf));
            Some(pdf)
        }
        Made::Typeset(rendered, _) => {
            assert_eq!(rendered.pdf, typst);
            None
        }
    }
}

#[test]
fn the_hand_picked_documents_are_filled_as_typst_sets_them() {
    for name in NAMES {
        let request = request(avis(name));
        FORMES.check(&request).unwrap();
        assert!(filled_like_typst(&request).is_some(), "{name}");
    }
}

#[test]
fn a_seeded_corpus_draws_as_typst_draws_it() {
    let documents = documents(60, 4_000);
    let mut fallbacks = 0;
    for rank in 0..documents {
        let request = corpus_request(DocumentKind::AvisContravention, SEED, rank).unwrap();
        fallbacks += u64::from(filled_like_typst(&request).is_none());
    }
    assert!(
        fallbacks * 100 <= documents,
        "{fallbacks} of {documents} not filled"
    );
}

/// Page images by two independent renderers, and the text in reading order.
fn seen(pdf: &[u8], folder: &Path, name: &str) -> (Vec<Vec<u8>>, String) {
    let file = folder.join(format!("{name}.pdf"));
    std::fs::write(&file, pdf).unwrap();
    let (path, target) = (file.to_str().unwrap(), folder.join(name));
    output_of(
        "pdftoppm",
        &["-r", "72", "-gray", path, target.to_str().unwrap()],
    );
    let pages = folder.join(format!("{name}-mu-%d.pgm"));
    output_of(
        "mutool",
        &[
            "draw",
            "-q",
            "-r",
            "72",
            "-c",
            "gray",
            "-o",
            pages.to_str().unwrap(),
            path,
        ],
    );
    let mut images: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let is_image = path.extension().is_some_and(|extension| extension == "pgm");
            is_image
                && path
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(&format!("{name}-"))
        })
        .collect();
    images.sort();
    let text = output_of("pdftotext", &["-layout", path, "-"]);
    (
        images
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .collect(),
        text,
    )
}

pub(crate) fn assert_same_picture(request: &RenderRequest, label: &str) {
    let Made::Filled(filled) = FORMES.make(request).unwrap() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (pages, text) = seen(&filled.to_pdf(), folder.path(), "filled");
    let (typst_pages, typst_text) =
        seen(&ENGINE.render(request).unwrap().pdf, folder.path(), "typst");
    assert_eq!(
        pages.len(),
        2 * usize::try_from(filled.forme.pages()).unwrap()
    );
    assert!(pages == typst_pages, "{label}: another picture");
    assert_eq!(text, typst_text, "{label}");
}

#[test]
fn pictures_and_text_are_those_of_typst() {
    for name in NAMES {
        assert_same_picture(&request(avis(name)), name);
    }
    let count = documents(4, 2_000);
    std::thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || {
                for rank in (first..count).step_by(2) {
                    let kind = DocumentKind::AvisContravention;
                    let request = corpus_request(kind, SEED + 1, rank).unwrap();
                    assert_same_picture(&request, &rank.to_string());
                }
            });
        }
    });
}

/// A line has its place from the page's matrix. With the text's own, renderers rounded letters of these pages otherwise.
#[test]
fn lines_stand_where_typst_puts_them_to_the_last_bit() {
    for rank in [0, 20, 23, 37] {
        let request = corpus_request(DocumentKind::AmendeMajoree, 11, rank).unwrap();
        assert_same_picture(&request, &rank.to_string());
    }
}

/// Documents are filled as typst sets them, these and those of the corpus of each kind.
pub(crate) fn assert_filled(named: Vec<(String, DocumentInput)>, kinds: &[DocumentKind]) {
    for (name, document) in named {
        let request = RenderRequest { document };
        FORMES.check(&request).unwrap();
        let pdf = filled_like_typst(&request).unwrap_or_else(|| panic!("{name} is not filled"));
        let file = written(&pdf);
        output_of("qpdf", &["--check", file.path().to_str().unwrap()]);
    }
    for kind in kinds {
        let count = documents(20, 2_000);
        let mut fallbacks = 0;
        for rank in 0..count {
            let request = corpus_request(*kind, SEED, rank).unwrap();
            fallbacks += u64::from(filled_like_typst(&request).is_none());
        }
        assert!(
            fallbacks * 100 <= count,
            "{kind}: {fallbacks} of {count} not filled"
        );
        for rank in 0..documents(2, 500) {
            let request = corpus_request(*kind, SEED + 1, rank).unwrap();
            assert_same_picture(&request, &format!("{kind} {rank}"));
        }
    }
}

/// Hand-made procès-verbaux, and some of the corpus, which has their variants.
pub(crate) fn proces_verbaux() -> Vec<(String, DocumentInput)> {
    let kind = DocumentKind::ProcesVerbal;
    let by_hand = ["specimen", "pv_full"].map(|name| (format!("pv-{name}"), document(kind, name)));
    let invented = (0..documents(3, 40)).map(|rank| {
        let request = corpus_request(kind, SEED, rank).unwrap();
        (format!("pv-{rank}"), request.document)
    });
    by_hand.into_iter().chain(invented).collect()
}

#[test]
fn the_proces_verbal_is_filled_as_typst_sets_it() {
    assert_filled(proces_verbaux(), &[DocumentKind::ProcesVerbal]);
}

/// Edge cases by hand, each with why it might go wrong.
#[test]
fn hand_picked_strings_are_set_as_typst_sets_them() {
    let lines = [
        "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ àâäçéèêëîïôöùûüÿ",
        "ŒUVRE cœur ’L’Œ« œ » – — …",
        "12 € 1° 2² 3³ ½",
        "AV. TA To Te Ty P. F, V; W: Y-",
        "(WAVE) \\ \\( [A] {B} <C>",
        "i",
        "-",
        "fi ffi fl ff",
        "MÜLLER-ŁØRÎÑ ÞÓR ß",
        "ĂĄĆČĎĐĘĚĞİŁŃŇŐŘŚŞȘŤȚŮŰŹŻ",
        "ŁUKASZ ĐOKOVIĆ, TŮMA, İZMİR, VĂȚ",
        "A-B–C—D.E,F:G;H!I?J",
    ];
    let mut filled = 0;
    for line in lines {
        let mut input = avis("specimen");
        input.recipient = vec![line.to_owned(), "35000 RENNES".to_owned()];
        input.offence.place.street = Some(line.to_owned());
        input.offence.place.commune = line.to_owned();
        input.offence.qualification = format!("{line} ").repeat(4);
        filled += usize::from(filled_like_typst(&request(input)).is_some());
    }
    // `½` is not in the charset.
    assert_eq!(filled, lines.len() - 1);
}

#[test]
fn what_no_forme_takes_is_typeset_and_says_why() {
    let made = |line: &str| {
        let mut input = avis("specimen");
        input.recipient = vec![line.to_owned()];
        FORMES.make(&request(input))
    };
    for line in ["Poniatów łęcki", "Αθήνα", "COL·LEGI"] {
        let made = made(line).unwrap();
        assert!(matches!(made, Made::Typeset(_, Fallback::Letter)), "{line}");
    }
    assert!(matches!(
        made(&"W".repeat(38)),
        Err(cnt_rendition::RenditionError::DoesNotFit { .. })
    ));
}

#[test]
fn qpdf_finds_nothing_to_complain_about() {
    for name in NAMES {
        let file = tempfile::NamedTempFile::new().unwrap();
        let pdf = FORMES.make(&request(avis(name))).unwrap().into_pdf();
        std::fs::write(file.path(), pdf).unwrap();
        output_of("qpdf", &["--check", file.path().to_str().unwrap()]);
    }
}

/// As for typst's documents: another machine must make these very bytes.
#[test]
fn filled_documents_have_the_known_bytes() {
    let path = Path::new("tests/known_filled.json").to_owned();
    let avis = NAMES.map(|name| (name.to_owned(), request(avis(name))));
    let specimens = DocumentKind::ALL.map(|kind| {
        let document = document(kind, "specimen");
        (format!("specimen of {kind}"), RenderRequest { document })
    });
    let digests: serde_json::Map<_, _> = avis
        .into_iter()
        .chain(specimens)
        .map(|(name, request)| {
            let pdf = FORMES.make(&request).unwrap().into_pdf();
            (name, sha256(&pdf).into())
        })
        .collect();
    let now = serde_json::Value::from(digests);
    if std::env::var_os("CNT_UPDATE_KNOWN_ANSWERS").is_some() {
        std::fs::write(&path, format!("{now:#}\n")).unwrap();
    }
    let known: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(known, now, "look at the pages, then write the new answer");
}

#[test]
fn bytes_do_not_depend_on_what_was_made_before() {
    let other = Formes::new(Arc::new(Engine::new().unwrap())).unwrap();
    for rank in (0..12).rev() {
        let request = corpus_request(DocumentKind::AvisContravention, SEED, rank).unwrap();
        let again = other.make(&request).unwrap().into_pdf();
        assert!(FORMES.make(&request).unwrap().into_pdf() == again, "{rank}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_filled_or_left_to_typst(
        any in prop::collection::vec(any::<String>(), 4),
        latin in prop::collection::vec("[ -~À-ÿœŒ’€\u{a0}]{1,38}", 6),
        wild in any::<bool>(),
    ) {
        let mut input = avis("full");
        input.recipient = latin.iter().take(2).cloned().collect();
        input.offence.qualification = latin[2..].join(" ");
        input.offence.place.street = Some(latin[2].clone());
        input.offence.place.commune = latin[3].clone();
        input.contest.omp.name = latin[4].clone();
        if wild {
            input.offence.place.direction = Some(any[0].clone());
            input.police_service.label = any[1].clone();
            input.recipient.push(any[2].clone());
            input.offence.defined_by = any[3].clone();
        }
        let request = request(input);
        match (FORMES.make(&request), ENGINE.render(&request)) {
            (Ok(made), Ok(typst)) => {
                prop_assert_eq!(compare_drawings(&made.into_pdf(), &typst.pdf), Ok(None));
            }
            (Err(error), Err(other)) => {
                prop_assert!(error.is_of_data(), "{}", error);
                prop_assert_eq!(error, other);
            }
            (made, typst) => prop_assert!(false, "{:?} {:?}", made.map(|_| ()), typst.map(|_| ())),
        }
    }
}
