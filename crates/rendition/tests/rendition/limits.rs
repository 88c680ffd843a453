//! What does not fit is an error that names the field; nothing is cut off, nothing panics.

use crate::support::{avis, render};
use cnt_rendition::{DocumentInput, DocumentKind, RenditionError, VehicleInput};
use proptest::prelude::*;

/// Longest entries of the `NatInf` nomenclature that are open to the fixed-fine procedure.
const LONGEST: [(&str, &str, &str); 4] = [
    (
        "VIOLATION D'UNE INTERDICTION OU MANQUEMENT A UNE OBLIGATION EDICTEE PAR DECRET OU ARRETE \
         DE POLICE POUR ASSURER LA TRANQUILLITE, LA SECURITE OU LA SALUBRITE PUBLIQUE",
        "ART.R.610-5 C.PENAL.",
        "ART.R.610-5 C.PENAL.",
    ),
    (
        "NON ACQUITTEMENT DU MONTANT DU PEAGE CORRESPONDANT AU TRAJET ET A LA CATEGORIE DU \
         VEHICULE UTILISE SUR UN OUVRAGE ROUTIER OUVERT A LA CIRCULATION PUBLIQUE",
        "ART.R.419-1, ART.L.121-2 C.ROUTE.",
        "ART.R.419-1 AL.2 C.ROUTE.",
    ),
    (
        "DETENTION DE CHIEN DE GARDE OU DE DEFENSE SANS PERMIS DE DETENTION (chien dangereux de \
         catégorie 2)",
        "ART.R.215-2 §III 1°, ART.L.211-14 §I,§II, ART.L.211-12, ART.R.211-5, ART.D.211-5-2 \
         C.RURAL. ART.2 ARR.MINIST DU 27/04/1999. ART.1 ANX.II ARR.MINIST DU 29/12/1999.",
        "ART.R.215-2 §III C.RURAL.",
    ),
    (
        "NON APPOSITION SUR LE VEHICULE DU CERTIFICAT D'ASSURANCE OU APPOSITION DE CERTIFICAT NON \
         VALIDE",
        "ART.R.211-21-1, ART.R.211-21-2, ART.R.211-21-3 AL.2 C.ASSURANCES. ART.R.233-3 C.ROUTE.",
        "ART.R.211-21-5 C.ASSURANCES. ART.R.233-3 C.ROUTE.",
    ),
];

#[test]
fn the_longest_entries_of_the_nomenclature_fit() {
    for (qualification, defined_by, punished_by) in LONGEST {
        let mut input = avis("full");
        input.offence.qualification = qualification.to_owned();
        input.offence.defined_by = defined_by.to_owned();
        input.offence.punished_by = punished_by.to_owned();
        assert_eq!(render(&input).unwrap().pages, 6);
    }
}

/// The extract of the ministry's own list that the registry carries: five columns.
#[test]
fn every_entry_of_the_real_nomenclature_fits() {
    let path = "../../services/registry/data/natinf_officiel_extrait.csv";
    let list = std::fs::read_to_string(path).unwrap();
    let mut entries = 0;
    for line in list.lines().skip(1) {
        let columns: Vec<&str> = line.split(';').collect();
        let [code, _, qualification, defined_by, punished_by] = columns[..] else {
            panic!("not five columns: {line}");
        };
        let mut input = avis("specimen");
        input.offence.natinf = code.parse().unwrap();
        input.offence.qualification = qualification.to_owned();
        input.offence.defined_by = defined_by.to_owned();
        input.offence.punished_by = punished_by.to_owned();
        render(&input).unwrap_or_else(|error| panic!("{code}: {error}"));
        entries += 1;
    }
    assert!(entries > 100);
}

#[test]
fn an_address_line_has_38_characters() {
    let mut input = avis("specimen");
    input.recipient = vec!["MONSIEUR LE REPRESENTANT LEGAL DE LA S".to_owned(); 7];
    render(&input).unwrap();
    input.recipient = vec!["A".repeat(39)];
    assert_eq!(
        render(&input),
        Err(RenditionError::TooLong {
            field: "recipient.1".to_owned(),
            length: 39,
            length_max: 38
        })
    );
    input.recipient = vec!["LIGNE".to_owned(); 8];
    assert!(matches!(
        render(&input),
        Err(RenditionError::InvalidField { .. })
    ));
    input.recipient = vec![];
    assert!(matches!(
        render(&input),
        Err(RenditionError::InvalidField { .. })
    ));
}

#[test]
fn letters_too_wide_for_their_place_are_refused() {
    let wide = |field: &str| {
        Err(RenditionError::DoesNotFit {
            field: field.to_owned(),
        })
    };
    let mut input = avis("specimen");
    input.recipient = vec!["W".repeat(38)];
    assert_eq!(render(&input), wide("recipient.1"));
    let mut input = avis("specimen");
    input.offence.qualification = "WWWWWWWWW ".repeat(25);
    assert_eq!(render(&input), wide("offence.qualification"));
    let mut input = avis("specimen");
    input.offence.qualification = "M".repeat(200);
    assert_eq!(render(&input), wide("offence.qualification"));
    let mut input = avis("specimen");
    input.vehicle = Some(VehicleInput {
        plate: "WWWWWWWWWWWWWWW".to_owned(),
        country: "FRANCE".to_owned(),
        make: None,
    });
    assert_eq!(render(&input), wide("vehicle.plate"));
}

#[test]
fn a_character_without_a_glyph_is_named() {
    let mut input = avis("specimen");
    input.recipient = vec!["MADAME 李".to_owned()];
    let error = render(&input).unwrap_err();
    assert_eq!(
        error,
        RenditionError::MissingGlyph {
            field: "recipient.1".to_owned(),
            character: '李'
        }
    );
    assert!(error.is_of_data());
    assert_eq!(
        error.to_string(),
        "field `recipient.1` holds U+674E, which no face can print"
    );
}

#[test]
fn other_letters_of_europe_print() {
    let mut input = avis("specimen");
    input.recipient = vec!["ŁUKASZ ŽIŽEK ĐOKOVIĆ".to_owned(), "Αθήνα София".to_owned()];
    render(&input).unwrap();
}

#[test]
fn nothing_payable_is_printed() {
    let mut input = avis("specimen");
    input.avis_number = "6012345678".to_owned();
    assert!(matches!(
        render(&input),
        Err(RenditionError::InvalidField { .. })
    ));
    let mut input = avis("specimen");
    input.telepayment.number = "33399000000171".to_owned();
    assert!(matches!(
        render(&input),
        Err(RenditionError::InvalidField { .. })
    ));
    let mut input = avis("specimen");
    input.telepayment.key = "46".to_owned();
    assert!(matches!(
        render(&input),
        Err(RenditionError::InvalidField { .. })
    ));
}

#[test]
fn unknown_members_are_refused() {
    let json = br#"{"avis_number":"9900000017","colour":"green"}"#;
    let error = DocumentInput::from_json(DocumentKind::AvisContravention, json).unwrap_err();
    assert!(matches!(error, RenditionError::Input { .. }));
    assert!(error.is_of_data());
}

#[test]
fn an_input_survives_json() {
    let input = avis("full");
    let json = serde_json::to_vec(&input).unwrap();
    assert_eq!(
        DocumentInput::from_json(DocumentKind::AvisContravention, &json).unwrap(),
        DocumentInput::AvisContravention(input)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_printed_or_refused(
        texts in prop::collection::vec(any::<String>(), 8),
        latin in prop::collection::vec("[ -~À-ÿœŒ’€\u{a0}]{0,60}", 8),
        pick in any::<u8>(),
        points in any::<u8>(),
        cents in any::<i64>(),
    ) {
        let mut input = avis("full");
        let text = |index: usize| {
            if pick & (1 << index) == 0 { latin[index].clone() } else { texts[index].clone() }
        };
        input.recipient = vec![text(0), text(1)];
        input.offence.qualification = text(2).repeat(3);
        input.offence.defined_by = text(3);
        input.offence.place.street = Some(text(4));
        input.police_service.label = text(5);
        input.contest.omp.name = text(6);
        input.vehicle.as_mut().unwrap().make = Some(text(7));
        input.points = points % 8;
        input.amounts.majoree.cents = cents % 1_200_000;
        if let Err(error) = render(&input) {
            prop_assert!(error.is_of_data(), "{error}");
        }
    }

    #[test]
    fn printable_text_is_printed_or_too_wide(latin in "[A-Za-zÀ-ÿœŒ’' -]{1,38}") {
        let mut input = avis("specimen");
        let line: String = format!("X{latin}").chars().take(38).collect();
        input.recipient = vec!["M X".to_owned(), line];
        match render(&input) {
            Ok(rendered) => prop_assert_eq!(rendered.pages, 6),
            Err(error) => {
                prop_assert_eq!(error, RenditionError::DoesNotFit { field: "recipient.2".to_owned() });
            }
        }
    }
}
