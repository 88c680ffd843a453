//! The avis électronique and the avis d'amende forfaitaire majorée: what they say, and that they are filled as typst
//! sets them.

use crate::forme::assert_filled;
use crate::support::{document, read_aloud, render_document, text_of};
use cnt_rendition::{
    AmendeMajoreeInput, AvisElectroniqueInput, DocumentInput, DocumentKind, EmailSource,
    RenditionError,
};

/// The kinds of this file, with the names of their hand-made inputs.
const KINDS: [(DocumentKind, &str); 2] = [
    (DocumentKind::AvisElectronique, "eaco_full"),
    (DocumentKind::AmendeMajoree, "afm_full"),
];

fn afm(name: &str) -> AmendeMajoreeInput {
    let DocumentInput::AmendeMajoree(input) = document(DocumentKind::AmendeMajoree, name) else {
        panic!("not an avis d'amende forfaitaire majorée");
    };
    *input
}

fn eaco(name: &str) -> AvisElectroniqueInput {
    let DocumentInput::AvisElectronique(input) = document(DocumentKind::AvisElectronique, name)
    else {
        panic!("not an avis électronique");
    };
    *input
}

fn render_afm(input: AmendeMajoreeInput) -> Result<Vec<u8>, RenditionError> {
    render_document(DocumentInput::AmendeMajoree(Box::new(input))).map(|rendered| rendered.pdf)
}

fn render_eaco(input: AvisElectroniqueInput) -> Result<Vec<u8>, RenditionError> {
    render_document(DocumentInput::AvisElectronique(Box::new(input))).map(|rendered| rendered.pdf)
}

/// Variants by law, by name.
pub(crate) fn variants() -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for (kind, full) in KINDS {
        for name in ["specimen", full] {
            variants.push((format!("{kind}-{name}"), document(kind, name)));
        }
    }
    let mut person = afm("specimen");
    person.vehicle = None;
    person.points = 3;
    person.claim.never_after = afm("afm_full").claim.never_after;
    variants.push((
        "amende_majoree-person".to_owned(),
        DocumentInput::AmendeMajoree(Box::new(person)),
    ));
    for source in EmailSource::ALL {
        let mut input = eaco("specimen");
        input.delivery.address_from = source;
        variants.push((
            format!("avis_electronique-{}", source.as_str()),
            DocumentInput::AvisElectronique(Box::new(input)),
        ));
    }
    variants
}

/// What every avis d'amende forfaitaire majorée says: mention, page, expectation.
const AFM: &[(&str, u32, &str)] = &[
    ("title", 1, "Avis d’amende forfaitaire majorée"),
    ("reference", 1, "9900 0000 0017"),
    ("date of sending", 1, "15/06/2026"),
    ("avis de contravention", 1, "9900000017"),
    ("avis de contravention: date", 1, "16/03/2026"),
    (
        "529-2: majoration de plein droit",
        1,
        "majorée de plein droit (article 529-2",
    ),
    ("recipient", 1, "MADAME CAMILLE SPECIMEN"),
    ("offence", 1, "STATIONNEMENT TRES GENANT"),
    ("offence: date", 1, "09/03/2026"),
    ("offence: place", 1, "27 RUE DE L’HÔTEL-DIEU"),
    ("offence: texts", 1, "ART.R.417-11 §I 8° A)"),
    ("vehicle", 1, "AB-123-CD"),
    ("R49-5: titre exécutoire, date", 1, "08/06/2026"),
    ("R49-5: titre exécutoire, number", 1, "2026-35-0017"),
    (
        "R49-5: titre exécutoire, OMP",
        1,
        "TRIBUNAL DE POLICE DE RENNES",
    ),
    ("R49-6: less a fifth", 1, "diminué de 20 %"),
    ("R49-6: less a fifth, amount", 1, "300 €"),
    ("R49-6: less a fifth, until", 1, "15/07/2026"),
    ("R49-6: less a fifth, télépaiement until", 1, "30/07/2026"),
    ("amount", 1, "375 €"),
    ("amount: télépaiement until", 1, "14/08/2026"),
    ("comptable public", 1, "TRÉSORERIE DES AMENDES DE RENNES"),
    ("means: online", 1, "amendes.cnt.example"),
    ("means: cheque", 1, "Par chèque"),
    ("means: counter", 1, "Au guichet"),
    ("télépaiement", 1, "0009 9000 0000 0170 01"),
    ("points: none", 1, "n’entraîne pas de retrait de point"),
    (
        "530: réclamation",
        2,
        "la réclamation (articles 530 et R49-8)",
    ),
    ("530: until", 2, "15/07/2026"),
    (
        "530: motivated, with the avis",
        2,
        "réclamation motivée , avec cet avis",
    ),
    ("530: annuls the titre", 2, "annuler le titre exécutoire"),
    ("530: no deposit", 2, "aucune"),
    ("530: OMP", 2, "TRIBUNAL DE POLICE DE RENNES"),
    (
        "530: while not time-barred",
        2,
        "tant que la peine n’est pas prescrite",
    ),
    (
        "R49-18: a month for lack of motivation alone",
        2,
        "Lorsque c’est faute de motivation, il le fait par lettre recommandée, et vous avez un mois à compter de son envoi pour contester ce refus (article R49-18)",
    ),
    (
        "2010-38 QPC: other refusals",
        2,
        "devant le tribunal de police (article 530-2",
    ),
    (
        "530-1: not below",
        2,
        "ne peut être inférieure à l’amende forfaitaire majorée",
    ),
    (
        "530-4: delays",
        2,
        "délais de paiement ou une remise gracieuse",
    ),
    (
        "enforcement",
        2,
        "opposition au transfert du certificat d’immatriculation",
    ),
    ("personal data", 2, "Vos données personnelles"),
];

#[test]
fn the_increased_fine_has_every_mention() {
    let pdf = render_afm(afm("specimen")).unwrap();
    let pages = [text_of(&pdf, Some(1)), text_of(&pdf, Some(2))];
    for (mention, page, expected) in AFM {
        let text = pages[*page as usize - 1].replace(" ,", ",");
        let expected = expected.replace(" ,", ",");
        assert!(
            text.contains(&expected),
            "{mention}: `{expected}` in {text}"
        );
    }
}

#[test]
fn what_the_law_adds_to_an_increased_fine_is_printed_where_it_applies() {
    let (with, without) = (
        text_of(&render_afm(afm("afm_full")).unwrap(), None),
        text_of(&render_afm(afm("specimen")).unwrap(), None),
    );
    for mention in [
        "article 530-3",
        "article 530-2-1",
        "Irrecevable en tout cas après le",
        "15/09/2026",
        "plus recevable après trois mois",
        "joignez la preuve de la consignation (article 529-10)",
        "1 875,50 €",
        "entraîne un retrait de points",
        "article L223-1",
    ] {
        assert!(with.contains(mention), "{mention}: {with}");
        assert!(!without.contains(mention), "{mention}");
    }
    let mut person = afm("specimen");
    person.vehicle = None;
    let text = text_of(&render_afm(person).unwrap(), Some(1));
    assert!(text.contains("Contravention sans véhicule"), "{text}");
}

#[test]
fn an_increased_fine_that_contradicts_itself_is_refused() {
    let field_of = |change: fn(&mut AmendeMajoreeInput)| {
        let mut input = afm("specimen");
        change(&mut input);
        match render_afm(input) {
            Err(RenditionError::InvalidField { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        field_of(|input| "120000000017".clone_into(&mut input.reference)),
        "reference"
    );
    assert_eq!(
        field_of(|input| input.reduced.cents = input.full.cents),
        "reduced"
    );
    assert_eq!(field_of(|input| input.points = 7), "points");
}

#[test]
fn the_electronic_avis_says_how_it_was_delivered_and_all_that_the_avis_says() {
    for (source, expected) in [
        (EmailSource::Agent, "que vous avez donnée à l’agent"),
        (
            EmailSource::Designation,
            "par la personne qui vous a désigné",
        ),
        (
            EmailSource::Registration,
            "système d’immatriculation des véhicules",
        ),
    ] {
        let mut input = eaco("specimen");
        input.delivery.address_from = source;
        let paper = DocumentInput::AvisContravention(input.avis.clone());
        let pdf = render_eaco(input).unwrap();
        let first = text_of(&pdf, Some(1));
        for mention in [
            "Annoncé par courriel le",
            "12/03/2026",
            "Avec votre consentement du",
            "Tous les délais courent du consentement",
            "Avis électronique",
        ] {
            assert!(first.contains(mention), "{mention}: {first}");
        }
        let second = text_of(&pdf, Some(2));
        assert!(second.contains(expected), "{expected}: {second}");
        assert!(
            second.contains("sans consultation dans les sept jours"),
            "{second}"
        );
        assert!(text_of(&pdf, Some(3)).contains("imprimée et découpée"));
        // The form is the paper's, but for the mark's own number of kind, which is no text.
        let paper = render_document(paper).unwrap().pdf;
        for page in 5..=6 {
            let body = |pdf: &[u8]| {
                let text = text_of(pdf, Some(page));
                text.split(" – modèle ").next().unwrap().to_owned()
            };
            assert_eq!(body(&pdf), body(&paper));
        }
    }
}

#[test]
fn an_electronic_avis_is_dated_by_its_consent() {
    let mut input = eaco("specimen");
    input.delivery.consented_on = input.delivery.announced_on;
    let refused = render_eaco(input);
    assert!(
        matches!(&refused, Err(RenditionError::InvalidField { field, .. }) if field == "delivery.consented_on"),
        "{refused:?}"
    );
    let mut input = eaco("specimen");
    input.delivery.announced_on = input.avis.offence.date.tomorrow().unwrap();
    input.delivery.consented_on = input.avis.offence.date;
    input.avis.avis_date = input.avis.offence.date;
    let refused = render_eaco(input);
    assert!(
        matches!(&refused, Err(RenditionError::InvalidField { field, .. }) if field == "delivery.announced_on"),
        "{refused:?}"
    );
}

#[test]
fn the_increased_fine_reads_in_order() {
    let said = read_aloud(&render_afm(afm("specimen")).unwrap());
    let mut rest = said.as_str();
    for expected in [
        "Avis d’amende",
        "9900 0000 0017",
        "MADAME CAMILLE SPECIMEN",
        "La contravention",
        "Le titre exécutoire",
        "08/06/2026",
        "Ce que vous devez",
        "300 €",
        "375 €",
        "Comment payer",
        "Talon de paiement",
        "la réclamation",
        "15/07/2026",
    ] {
        rest = match rest.split_once(expected) {
            Some((_, after)) => after,
            None => panic!("`{expected}` not in order: {said}"),
        };
    }
}

#[test]
fn both_are_filled_as_typst_sets_them() {
    assert_filled(variants(), &KINDS.map(|(kind, _)| kind));
}
