//! Every mention of the procès-verbal (CPP A37-19-1: those of A37-16 I and every circumstance; 429), found in its text.

use crate::support::{proces_verbal, render_pv, text_of};
use cnt_rendition::OffenderSignature;

/// Mention of the law, page, what must stand there.
const MENTIONS: &[(&str, u32, &str)] = &[
    ("number", 1, "35PM0012026000017"),
    ("avis", 1, "9900000017"),
    (
        "429: in the exercise of functions",
        1,
        "agissant dans l’exercice de nos fonctions",
    ),
    ("429: personally found", 1, "avoir personnellement constaté"),
    ("drawn up at", 1, "09/03/2026 à 13 h 36 min 42 s UTC"),
    ("A37-16 I: service", 1, "POLICE MUNICIPALE DE RENNES"),
    ("service: code", 1, "35PM001"),
    ("agent: number", 1, "990017"),
    ("agent: quality", 1, "AGENT DE POLICE JUDICIAIRE ADJOINT"),
    ("agent: rank", 1, "BRIGADIER-CHEF PRINCIPAL"),
    ("A37-16 I: nature", 1, "STATIONNEMENT TRES GENANT"),
    ("nature: NatInf", 1, "31089"),
    ("nature: case", 1, "Cas retenu"),
    ("A37-16 I: place", 1, "27 RUE DE L’HÔTEL-DIEU"),
    ("place: commune", 1, "RENNES"),
    ("A37-16 I: date", 1, "09/03/2026"),
    ("date: time", 1, "14 h 35"),
    ("A37-16 I: texts", 1, "ART.R.417-11 §I 8° A)"),
    ("texts: punishing", 1, "ART.R.417-11 §II C.ROUTE."),
    ("A37-16 I: vehicle", 1, "AB-123-CD"),
    ("vehicle: make", 1, "CITROËN"),
    ("vehicle: model", 1, "C3"),
    ("vehicle: colour", 1, "GRIS"),
    (
        "A37-16 I: identity not taken",
        1,
        "L’identité du contrevenant n’a pu être relevée",
    ),
    ("A37-6: removal", 1, "Demande d’enlèvement du véhicule"),
    ("interception", 1, "Interception"),
    ("avis d’information", 1, "Avis d’information laissé"),
    ("simultaneous offences", 1, "Contraventions simultanées"),
    ("observations", 1, "VEHICULE IMMOBILISE SUR LE TROTTOIR"),
    ("signature: instant", 2, "Signé électroniquement le"),
    ("signature: algorithm", 2, "ES256"),
    ("signature: card", 2, "C-990017-01"),
    ("signature: serial", 2, "5a1f 0c77 e2d9 4b30"),
    ("signature: issuer", 2, "AC AGENTS A05"),
    ("signature: policy", 2, "1.2.250.1.200.0"),
    (
        "verification: instant",
        2,
        "09/03/2026 à 18 h 02 min 11 s UTC",
    ),
    ("verification: registry", 2, "Version du registre"),
    ("verification: verdict", 2, "ACCEPTÉ"),
    ("fingerprint of the message", 2, "Message reçu, SHA-256"),
    (
        "identity of the message",
        2,
        "0196f3a2-7c41-7b60-8f0e-5d2c9a4b1e77",
    ),
    ("device", 2, "D-35-000017"),
    ("photos", 2, "image/jpeg e5a5555d"),
    (
        "537: proof until the contrary",
        2,
        "fait foi jusqu’à preuve contraire",
    ),
    (
        "A37-19: no signature of the offender",
        2,
        "n’est pas une cause de nullité",
    ),
    ("edition", 2, "04/05/2026"),
];

#[test]
fn every_mention_stands_on_its_page() {
    let pdf = render_pv(&proces_verbal("specimen")).unwrap().pdf;
    let pages = [text_of(&pdf, Some(1)), text_of(&pdf, Some(2))];
    for (mention, page, expected) in MENTIONS {
        let text = &pages[*page as usize - 1];
        assert!(text.contains(expected), "{mention}: `{expected}` in {text}");
    }
}

#[test]
fn fingerprints_are_printed_whole() {
    let input = proces_verbal("specimen");
    let pdf = render_pv(&input).unwrap().pdf;
    let text = text_of(&pdf, Some(2)).replace(' ', "");
    let signature = &input.signature;
    for digits in [
        &signature.message_sha256,
        &signature.payload_sha256,
        &signature.certificate_sha256,
        &input.photos[1].sha256,
    ] {
        assert!(text.contains(digits.as_str()), "{digits}: {text}");
    }
}

#[test]
fn the_person_met_and_their_signature_are_printed() {
    for (signature, expected) in [
        (OffenderSignature::Signed, "A signé sur l’appareil"),
        (OffenderSignature::Refused, "A refusé de signer"),
        (OffenderSignature::Absent, "N’a pas signé"),
    ] {
        let mut input = proces_verbal("pv_full");
        input.person.as_mut().unwrap().signature = signature;
        let text = text_of(&render_pv(&input).unwrap().pdf, Some(1));
        for expected in [
            "D’HÉROUVILLE",
            "29/02/1980",
            "1234 BIS AVENUE DU MARÉCHAL",
            "880635200123 (FR)",
            expected,
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
