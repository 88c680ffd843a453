//! What a person, a reading program and a strict PDF reader find in the documents.

use crate::support::{ENGINE, avis, output_of, render, written};
use cnt_rendition::DocumentKind;

fn structure(pdf: &[u8]) -> String {
    let file = written(pdf);
    output_of("pdfinfo", &["-struct-text", file.path().to_str().unwrap()])
}

#[test]
fn qpdf_finds_nothing_to_complain_about() {
    for name in ["specimen", "full", "person"] {
        let file = written(&render(&avis(name)).unwrap().pdf);
        output_of("qpdf", &["--check", file.path().to_str().unwrap()]);
    }
    let file = written(&ENGINE.specimen(DocumentKind::ProcesVerbal).unwrap().pdf);
    output_of("qpdf", &["--check", file.path().to_str().unwrap()]);
}

#[test]
fn the_text_reads_in_order() {
    let text = structure(&render(&avis("full")).unwrap().pdf);
    let mut rest = text.as_str();
    for expected in [
        "SPÉCIMEN – SIMULATION",
        "Avis de contravention",
        "9900000017",
        "16/03/2026",
        "WWWWWWWW",
        "MONSIEUR LE REPRESENTANT LEGAL",
        "la personne morale que vous représentez",
        "Description de l’infraction",
        "09/03/2026",
        "14 h 35",
        "SAINT-REMY-EN-BOUZEMONT",
        "À L’ANGLE DE LA RUE DE L’ÉGLISE",
        "VIOLATION D'UNE INTERDICTION",
        "ART.R.215-2 §III 1°",
        "31089",
        "118 km/h",
        "WW-123-AB",
        "POLICE MUNICIPALE INTERCOMMUNALE",
        "Nombre de points retirés",
        "4",
        "Vous reconnaissez l’infraction",
        "Minorée",
        "90 €",
        "31/03/2026",
        "Forfaitaire",
        "675 €",
        "1 875,50 €",
        "Vous contestez",
        "30/04/2026",
        "CHÂLONS-EN-CHAMPAGNE",
        "SPÉCIMEN – SIMULATION",
        "Trois réponses possibles",
        "vous êtes informé(e) que",
        "Notice de paiement",
        "minorée",
        "Comment payer",
        "Carte de paiement",
        "0009 9000 0001 71",
        "45",
        "CENTRE D ENCAISSEMENT",
        "Modalités pratiques",
        "Requête en exonération",
        "Cas n° 1",
        "Cas n° 2",
        "Cas n° 3",
        "Signature",
        "Carte de consignation",
        "675 €",
        "Voies de recours",
    ] {
        rest = match rest.split_once(expected) {
            Some((_, after)) => after,
            None => panic!("`{expected}` not in order: {text}"),
        };
    }
}

#[test]
fn every_page_says_that_it_is_a_specimen() {
    for kind in DocumentKind::ALL {
        let rendered = ENGINE.specimen(kind).unwrap();
        let file = written(&rendered.pdf);
        let path = file.path().to_str().unwrap();
        for page in 1..=rendered.pages {
            let page = page.to_string();
            let text = output_of("pdftotext", &["-f", &page, "-l", &page, path, "-"]);
            // The line in the text and the foot; the letters of the mark across the page are drawn.
            assert!(
                text.matches("SPÉCIMEN – SIMULATION").count() >= 2,
                "page {page}: {text}"
            );
        }
    }
}

#[test]
fn metadata_name_language_title_and_template_version() {
    let kind = DocumentKind::AvisContravention;
    let rendered = ENGINE.specimen(kind).unwrap();
    let file = written(&rendered.pdf);
    let path = file.path().to_str().unwrap();
    let info = output_of("pdfinfo", &[path]);
    assert!(
        info.contains("Avis de contravention n° 9900000017 – SPÉCIMEN"),
        "{info}"
    );
    assert!(info.contains(ENGINE.template_version(kind)), "{info}");
    let xmp = output_of("pdfinfo", &["-meta", path]);
    for expected in [
        "9900000017",
        "fr-FR",
        "2026-03-16",
        "pdfuaid:part",
        ">2<",
        ">A<",
    ] {
        assert!(xmp.contains(expected), "{expected}: {xmp}");
    }
    let images = output_of("pdfimages", &["-list", path]);
    assert!(images.contains("22    22"), "{images}");
}

#[test]
fn data_are_never_markup() {
    let mut input = avis("specimen");
    let hostile = r##"#panic("x") *_$[]<@`\u{41}"##;
    input.recipient = vec![hostile.to_owned()];
    input.offence.qualification = format!("{hostile} = - + / // /* https://a.example \\ ~ -- ---");
    input.contest.omp.name = "#import \"/facts.json\"; $ sum_1 $ <label> @ref".to_owned();
    let text = structure(&render(&input).unwrap().pdf);
    for expected in [
        hostile,
        "/* https://a.example \\ ~ -- ---",
        "$ sum_1 $ <label> @ref",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

/// French typography: what follows a space that must not break never begins a line.
#[test]
fn no_line_begins_with_a_sign_that_belongs_to_the_line_before() {
    for (name, pdf) in crate::variants::all() {
        let file = written(&pdf);
        let path = file.path().to_str().unwrap();
        let boxes = output_of("pdftotext", &["-bbox-layout", path, "-"]);
        let mut begins = false;
        for line in boxes.lines() {
            if line.contains("<line ") {
                begins = true;
            } else if begins && line.contains("<word ") {
                begins = false;
                let word = line.split_once('>').map_or("", |(_, rest)| rest);
                assert!(
                    !word.starts_with([':', ';', '!', '?', '»', '€', '%']),
                    "{name}: {word}"
                );
            }
        }
    }
}

/// The sorting marks are images of one size at one place, each with a text for whoever cannot see it.
#[test]
fn each_leaf_has_its_sorting_mark() {
    for kind in DocumentKind::ALL {
        let file = written(&ENGINE.specimen(kind).unwrap().pdf);
        let path = file.path().to_str().unwrap();
        let images = output_of("pdfimages", &["-list", path]);
        let pages: Vec<u8> = images
            .lines()
            .filter(|line| line.contains("22    22"))
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        let rectos: Vec<u8> = (0..kind.leaves()).map(|leaf| 2 * leaf + 1).collect();
        assert_eq!(pages, rectos, "{images}");
        let pdf = std::fs::read(path).unwrap();
        for leaf in 1..=kind.leaves() {
            let text = format!("/Alt(Code de tri du feuillet {leaf} sur {})", kind.leaves());
            let mut at = pdf.windows(text.len());
            assert!(at.any(|bytes| bytes == text.as_bytes()), "{text}");
        }
    }
}
