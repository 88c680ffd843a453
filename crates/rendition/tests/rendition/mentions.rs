//! Every mention that the law asks of the avis, its notice and its form, found in the text of its page (CPP A37-6, A37-9,
//! A37-11, A37-16 to A37-18, R49-1, R49-10, 529-10, 530-3), and the numbered fields of the letter.

use std::collections::BTreeMap;

use crate::support::{avis, read_aloud, render, text_of};
use crate::variants::avis_variants;
use cnt_rendition::{AddresseeRole, AvisInput, LiabilityRule, ParkingInput};

/// The texts of the six pages.
struct Pages(Vec<String>);

impl Pages {
    fn of(input: &AvisInput) -> Self {
        let pdf = render(input).unwrap().pdf;
        Self((1..=6).map(|page| text_of(&pdf, Some(page))).collect())
    }

    fn has(&self, page: usize, expected: &str) -> bool {
        self.0[page - 1].contains(expected)
    }

    fn check(&self, mentions: &[(&str, usize, &str)]) {
        for (mention, page, expected) in mentions {
            let text = &self.0[page - 1];
            assert!(text.contains(expected), "{mention}: `{expected}` in {text}");
        }
    }
}

/// What every avis says, here that of a parked vehicle: mention, page, expectation.
const ALWAYS: &[(&str, usize, &str)] = &[
    ("1 issuer", 1, "Centre national de traitement"),
    ("1 no authority", 1, "Simulation : aucune autorité publique"),
    ("2 title", 1, "Avis de contravention"),
    ("3 number", 1, "9900000017"),
    ("4 date", 1, "16/03/2026"),
    (
        "4 is the sending date",
        1,
        "La date de l’avis est celle de son envoi",
    ),
    ("5 recipient", 1, "MADAME CAMILLE SPECIMEN"),
    ("5 recipient, last line", 1, "35000 RENNES"),
    (
        "6 lead; A37-16 I identity",
        1,
        "certificat d’immatriculation est établi à votre nom",
    ),
    ("7 date; A37-16 I", 1, "09/03/2026"),
    ("7 time", 1, "14 h 35"),
    ("8 place; A37-16 I: commune", 1, "RENNES"),
    ("8 place: street", 1, "27 RUE DE L’HÔTEL-DIEU"),
    ("8 place: position", 1, "FACE AU N° 27"),
    ("8 place: direction", 1, "VERS LE CENTRE-VILLE"),
    (
        "9 nature; A37-16 I",
        1,
        "STATIONNEMENT TRES GENANT D'UN VEHICULE MOTORISE",
    ),
    ("9 NatInf", 1, "31089"),
    ("9 class", 1, "Classe de contravention"),
    ("10 texts; A37-16 I", 1, "ART.R.417-11 §I 8° A)"),
    (
        "10 punishing texts; A37-16 I",
        1,
        "ART.R.417-11 §II C.ROUTE.",
    ),
    ("11 vehicle; A37-16 I: plate", 1, "AB-123-CD"),
    ("11 vehicle: country", 1, "FRANCE"),
    ("11 vehicle: make", 1, "CITROËN"),
    ("12 agent; A37-16 I", 1, "990017"),
    ("12 service code", 1, "35238001"),
    ("13 service; A37-16 I", 1, "POLICE MUNICIPALE DE RENNES"),
    ("14 points: none", 1, "n’entraîne pas de retrait de point"),
    (
        "15 pay; A37-16 II, R49-1",
        1,
        "Vous reconnaissez l’infraction",
    ),
    ("15 fine", 1, "135 €"),
    ("15 fine: by cheque until", 1, "30/04/2026"),
    ("15 fine: by télépaiement until (R49-3-1)", 1, "15/05/2026"),
    ("15 increased fine", 1, "375 €"),
    ("15 increased fine: from", 1, "16/05/2026"),
    (
        "16 contest; R49-1: delay",
        1,
        "Requête à envoyer au plus tard le",
    ),
    ("16 contest: address", 1, "contester.cnt.example"),
    ("16 contest: no deposit", 1, "aucune"),
    ("16 OMP", 1, "TRIBUNAL DE POLICE DE RENNES"),
    (
        "18 the agent signed the procès-verbal",
        2,
        "procès-verbal que l’agent a signé",
    ),
    ("key of the file", 1, "K7M3XP9W"),
    ("A37-6 removal", 1, "Demande d’enlèvement du véhicule"),
    (
        "A37-6 20 m²",
        1,
        "plus de 20 mètres carrés dans une zone touristique",
    ),
    ("A37-16 V: personal data", 2, "Vos données personnelles"),
    (
        "A37-16 V: right of access",
        2,
        "droit d’accès, de rectification",
    ),
    ("A37-16 V: photo", 2, "Le cliché"),
    (
        "A37-16 V: contesting",
        2,
        "Contester ou désigner le conducteur",
    ),
    (
        "payment ends the action publique",
        2,
        "éteint l’action publique",
    ),
    (
        "majoration de plein droit (529-2)",
        2,
        "majorée de plein droit",
    ),
    ("other languages", 2, "English."),
    ("A37-18: title", 3, "Notice de paiement"),
    ("A37-18: amounts and dates", 3, "l’amende forfaitaire"),
    ("A37-18: online", 3, "En ligne"),
    ("A37-18: application", 3, "Application mobile"),
    ("A37-18: telephone", 3, "Téléphone"),
    ("A37-18: tobacconist", 3, "Buraliste ou partenaire agréé"),
    ("A37-18: counter", 3, "Guichet"),
    ("A37-18: cheque", 3, "Chèque"),
    (
        "A37-18: timbre dématérialisé (R49-3-1)",
        3,
        "Timbre dématérialisé",
    ),
    ("A37-18: detachable card", 3, "Partie à détacher"),
    ("A37-18: card", 3, "Carte de paiement"),
    ("card: télépaiement", 3, "0009 9000 0001 71"),
    ("card: key", 3, "45"),
    ("card: amount", 3, "135 €"),
    (
        "card: centre d’encaissement",
        3,
        "CENTRE D ENCAISSEMENT DES AMENDES",
    ),
    ("A37-18: practical means", 4, "Modalités pratiques"),
    ("A37-17: title", 5, "Requête en exonération"),
    ("A37-17: until", 5, "30/04/2026"),
    ("A37-17: number", 5, "9900000017"),
    ("A37-17: recourse", 6, "Voies de recours et modalités"),
    (
        "A37-17: examination and outcomes",
        6,
        "L’examen de votre requête et ses suites",
    ),
    ("outcome: closed", 6, "classement sans suite"),
    ("outcome: ordonnance pénale", 6, "ordonnance pénale"),
    (
        "outcome: not below the fine (530-1)",
        6,
        "ne peut être inférieure à l’amende forfaitaire",
    ),
    ("false accusation (CP 226-10)", 6, "226-10"),
    (
        "online has the same effect (A37-20)",
        6,
        "accusé d’enregistrement",
    ),
];

#[test]
fn the_avis_of_a_parked_vehicle_has_every_mention() {
    Pages::of(&avis("specimen")).check(ALWAYS);
}

/// A37-9 III, seven mentions; only where points are withdrawn (A37-16 III).
const POINTS: [&str; 8] = [
    "Retrait de point(s) du permis de conduire : vous êtes informé(e) que",
    "1. Vous pouvez exercer un droit d’accès et de rectification",
    "2. Le paiement de l’amende forfaitaire entraîne reconnaissance de la réalité de l’infraction",
    "3. Vous encourez le retrait de point(s)",
    "4. Les retraits et reconstitutions de point(s)",
    "5. Si la rubrique « Obligation d’échange du permis de conduire »",
    "6. Vous pouvez exercer, auprès du service préfectoral",
    "7. En cas de contestation, vous devez conserver une copie",
];

#[test]
fn points_bring_their_mentions_and_no_points_none() {
    let mut input = avis("specimen");
    let without = Pages::of(&input);
    input.points = 3;
    let with = Pages::of(&input);
    for mention in POINTS {
        assert!(with.has(2, mention), "{mention}: {}", with.0[1]);
        assert!(!without.has(2, mention), "{mention}");
    }
    assert!(with.has(1, "Cette contravention entraîne un retrait de point(s)"));
    let said = read_aloud(&render(&input).unwrap().pdf);
    for pair in [
        "Nombre de points retirés au conducteur 3",
        "Obligation d’échange du permis de conduire Non",
    ] {
        assert!(said.contains(pair), "{pair}: {said}");
    }
    assert!(with.has(2, "L223-2") && with.has(2, "R223-3"));
    input.licence_exchange = true;
    let said = read_aloud(&render(&input).unwrap().pdf);
    assert!(said.contains("Obligation d’échange du permis de conduire Oui"));
}

#[test]
fn the_places_for_a_parked_vehicle_say_yes_or_no() {
    for (removal_requested, large) in [(true, false), (false, true)] {
        let mut input = avis("specimen");
        input.offence.parking = Some(ParkingInput {
            removal_requested,
            above_20_m2_in_tourist_zone: large,
        });
        let word = |is_so| if is_so { "Oui" } else { "Non" };
        let said = read_aloud(&render(&input).unwrap().pdf);
        for (place, is_so) in [
            ("Demande d’enlèvement du véhicule", removal_requested),
            ("plus de 20 mètres carrés dans une zone touristique", large),
        ] {
            let expected = format!("{place} {}", word(is_so));
            assert!(said.contains(&expected), "{expected}: {said}");
        }
    }
}

#[test]
fn a_speed_is_printed_with_how_it_was_measured() {
    let pages = Pages::of(&avis("full"));
    pages.check(&[
        ("A37-11 allowed", 1, "Vitesse autorisée"),
        ("A37-11 allowed", 1, "50 km/h"),
        ("A37-11 measured", 1, "118 km/h"),
        ("A37-11 retained", 1, "112 km/h"),
        ("A37-11 device", 1, "CINÉMOMÈTRE DE CONTRÔLE ROUTIER"),
        ("A37-11 road", 1, "Type de voie"),
    ]);
    assert!(!pages.has(1, "Demande d’enlèvement"));
}

#[test]
fn the_reduced_fine_is_printed_where_there_is_one() {
    let with = Pages::of(&avis("full"));
    with.check(&[
        ("R49-10 reduced fine", 1, "Minorée"),
        ("R49-10 reduced fine: amount", 1, "90 €"),
        ("R49-10 reduced fine: by cheque until", 1, "31/03/2026"),
        (
            "R49-10 reduced fine: by télépaiement until",
            1,
            "15/04/2026",
        ),
        ("R49-10 on the notice", 3, "l’amende minorée"),
    ]);
    let without = Pages::of(&avis("specimen"));
    assert!(!without.has(1, "Minorée") && !without.has(3, "l’amende minorée"));
}

#[test]
fn each_addressee_has_a_lead_sentence() {
    let leads: BTreeMap<&str, &str> = BTreeMap::from([
        ("holder", "établi à votre nom a fait l’objet d’un contrôle"),
        (
            "legal_representative",
            "la personne morale que vous représentez",
        ),
        (
            "legal_person_author",
            "la personne morale destinataire de cet avis a commis",
        ),
        (
            "intercepted_driver",
            "que vous avez commis, comme conducteur",
        ),
        ("designated_driver", "vous a désigné comme conducteur"),
        ("hirer", "vous a désigné comme locataire"),
        ("buyer", "vous a désigné comme acquéreur"),
        ("person_met", "a relevé votre identité"),
    ]);
    for role in AddresseeRole::ALL {
        let mut input = avis("specimen");
        input.addressee = role;
        let pages = Pages::of(&input);
        for (of, lead) in &leads {
            assert_eq!(pages.has(1, lead), *of == role.as_str(), "{role:?}: {lead}");
        }
        let is_legal_person = role == AddresseeRole::LegalPersonAuthor;
        assert_eq!(pages.has(1, "article 530-3"), is_legal_person);
        assert_eq!(pages.has(3, "article 530-3"), is_legal_person);
    }
}

/// A37-17 and 529-10: cases and deposit where the law has them, one motivation elsewhere.
#[test]
fn the_form_is_that_of_the_law() {
    for (name, input) in avis_variants() {
        let pages = Pages::of(&input);
        let has_cases = input.liability == LiabilityRule::L1213;
        let has_deposit = input.contest.consignation_cents.is_some();
        for case in ["Cas n° 1", "Cas n° 2", "Cas n° 3"] {
            assert_eq!(pages.has(5, case), has_cases, "{name}: {case}");
            assert_eq!(pages.has(6, case), has_cases, "{name}: {case}");
        }
        assert_eq!(pages.has(5, "Vos motifs"), !has_cases, "{name}");
        assert_eq!(
            pages.has(5, "renseignements pour l’identifier"),
            input.liability == LiabilityRule::L1212,
            "{name}"
        );
        assert_eq!(pages.has(5, "Carte de consignation"), has_deposit, "{name}");
        assert_eq!(
            pages.has(5, "Consignation préalable exigible"),
            has_deposit,
            "{name}"
        );
        if !has_deposit {
            assert!(
                pages.has(5, "Aucune consignation préalable n’est exigible"),
                "{name}: {}",
                pages.0[4]
            );
        }
        let lrar = pages.has(1, "par lettre recommandée avec demande d’avis de réception");
        assert_eq!(lrar, has_cases, "{name}");
    }
}

#[test]
fn the_deposit_has_its_amount_and_reference() {
    let pages = Pages::of(&avis("full"));
    pages.check(&[
        (
            "529-10 deposit, recto of the avis",
            1,
            "Consignation préalable (cas n° 3)",
        ),
        ("529-10 deposit, amount", 1, "675 €"),
        ("A37-17 card", 5, "Montant à consigner"),
        ("A37-17 card: amount", 5, "675 €"),
        ("A37-17 card: reference", 5, "0009 9000 0001 71"),
        ("R49-16 licence", 5, "Numéro et pays du permis de conduire"),
        ("R49-16 birth", 5, "Date et lieu de naissance"),
        ("paying is not depositing", 5, "aucun point n’est retiré"),
        (
            "refund (530-1)",
            6,
            "la consignation éventuelle est remboursée",
        ),
        ("10 % more (530-1)", 6, "dix pour cent"),
    ]);
}

#[test]
fn whoever_lives_abroad_or_must_name_a_driver_is_told() {
    let with = Pages::of(&avis("full"));
    with.check(&[
        ("530-2-1", 1, "augmentés d’un mois (article 530-2-1)"),
        ("530-2-1", 3, "augmentés d’un mois (article 530-2-1)"),
        ("17: L121-6", 2, "article L121-6"),
    ]);
    let without = Pages::of(&avis("specimen"));
    assert!(!without.has(1, "530-2-1") && !without.has(3, "530-2-1"));
    assert!(!without.has(2, "L121-6"));
}

#[test]
fn an_offence_without_a_vehicle_says_so() {
    let pages = Pages::of(&avis("person"));
    assert!(pages.has(1, "Infraction sans véhicule"));
    assert!(pages.has(5, "sans véhicule"));
}
