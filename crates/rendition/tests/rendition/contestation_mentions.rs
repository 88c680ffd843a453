//! Every mention of the letters after a contestation and of the bordereau, found in their text on its page.

use crate::contestation::{
    accuse, bordereau, classement, irrecevabilite, of_accuse, of_bordereau, of_classement,
    of_irrecevabilite, of_transmission, refusal, transmission,
};
use crate::support::{document, read_aloud, render_document, text_of};
use cnt_rendition::{
    Channel, Claim, ClosureReason, Consequence, DocumentInput, DocumentKind, Ground, Procedure,
    Referral,
};

/// Mention of the law, page, what must stand there.
type Mention = (&'static str, u32, &'static str);

/// What every letter says, whatever it is about.
const EVERY_LETTER: &[Mention] = &[
    ("avis", 1, "9900000017"),
    ("avis: date", 1, "16/03/2026"),
    ("file", 1, "C-2026-35-000017"),
    ("recipient", 1, "MADAME CAMILLE SPECIMEN"),
    ("contestation: sent on", 1, "02/04/2026"),
    ("offence: date", 1, "09/03/2026"),
    ("offence: time", 1, "14 h 35"),
    ("offence: commune", 1, "RENNES"),
    ("offence: NatInf", 1, "31089"),
    ("offence: nature", 1, "STATIONNEMENT TRES GENANT"),
    (
        "529-10, 530-1: who decides",
        1,
        "OFFICIER DU MINISTÈRE PUBLIC PRÈS LE TRIBUNAL DE POLICE DE RENNES",
    ),
    ("personal data", 2, "règlement (UE) 2016/679"),
    ("personal data: kept", 2, "conservées dix ans au plus"),
    ("portal", 2, "suivi.cnt.example"),
    ("A37-19-1: procès-verbal", 2, "article A37-19-1"),
    ("languages", 2, "This letter answers your contestation"),
];

const ACKNOWLEDGEMENT: &[Mention] = &[
    ("title", 1, "Accusé d’enregistrement"),
    (
        "529-2, A37-20: basis",
        1,
        "articles 529-2, 529-10, A37-20 et A37-20-1",
    ),
    (
        "A37-20: registered",
        1,
        "Votre requête en exonération est enregistrée",
    ),
    (
        "A37-20: effects of a recommended letter",
        1,
        "mêmes effets que l’envoi d’une lettre recommandée avec demande d’avis de réception",
    ),
    ("registered at", 1, "02/04/2026 à 17 h 42 min 08 s UTC"),
    ("last day", 1, "30/04/2026"),
    ("fingerprint", 1, "ab530a13 e4591498 2b79f9b7"),
    ("pieces", 1, "Photographie du stationnement – 03d66dd0"),
    ("529: payment", 1, "Ne payez pas si vous contestez"),
    ("529-2: not increased", 1, "l’amende n’est pas majorée"),
    ("no delay", 1, "ne lui fixe pas de délai"),
    (
        "529-10 last al.: admissibility",
        2,
        "articles 529-10 et 530-1",
    ),
    ("R49-18: reasons", 2, "il vous en donne les raisons"),
    (
        "R49-18: a month for lack of motivation",
        2,
        "lorsque c’est faute de motivation",
    ),
    ("530-1: closure", 2, "renoncer aux poursuites"),
    ("524-528: ordonnance pénale", 2, "articles 524 à 528"),
    ("531, 550: citation", 2, "articles 531, 550 et 552"),
    ("530-1: least fine", 2, "inférieure à l’amende forfaitaire"),
    ("CP 226-10", 2, "article 226-10"),
    ("CP 441-1", 2, "article 441-1"),
    ("R49-19", 2, "article R49-19"),
];

const INADMISSIBILITY: &[Mention] = &[
    ("title", 1, "Avis d’irrecevabilité"),
    (
        "530-1, R49-18: basis",
        1,
        "articles 529-2, 529-10, 530-1 et R49-18",
    ),
    (
        "530-1: decision",
        1,
        "Votre requête en exonération n’est pas recevable",
    ),
    (
        "R49-18: reasons",
        1,
        "L’avis de contravention n’y est pas joint",
    ),
    ("not on the merits", 1, "bien-fondé de vos arguments"),
    ("529-2: again until", 1, "30/04/2026"),
    ("fine", 1, "135 €"),
    (
        "530: réclamation later",
        2,
        "trente jours pour former une réclamation",
    ),
    ("CEDH: not for the merits", 2, "mal fondée"),
    (
        "R49-18: what is motivated",
        2,
        "Une contestation est motivée",
    ),
    (
        "R49-18: no month for other grounds",
        2,
        "n’ouvre pas ce délai d’un mois",
    ),
    (
        "2010-38 QPC: the tribunal",
        2,
        "n° 2010-38 QPC du 29 septembre 2010",
    ),
    ("530-4: delays", 2, "article 530-4"),
    ("CP 226-10", 2, "article 226-10"),
];

const CLOSURE: &[Mention] = &[
    ("title", 1, "Classement sans suite"),
    (
        "530-1: basis",
        1,
        "Renonciation à l’exercice des poursuites (article 530-1",
    ),
    ("530-1: decision", 1, "renonce à vous poursuivre"),
    ("nothing to pay", 1, "rien à payer"),
    ("no points", 1, "aucun retrait de point"),
    ("decided on", 1, "07/05/2026"),
    ("reason", 1, "l’infraction n’est pas suffisamment établie"),
    ("no judgment", 1, "n’est pas un jugement"),
    ("9, 9-2: prescription", 1, "articles 9 et 9-2"),
    ("9: until", 1, "02/04/2027"),
    (
        "530-1: what the law says",
        2,
        "renoncer à l’exercice des poursuites",
    ),
    (
        "529-10: consignation",
        2,
        "n’est pas un paiement (article 529-10)",
    ),
];

const TRANSMISSION: &[Mention] = &[
    (
        "title",
        1,
        "Votre dossier est transmis au tribunal de police",
    ),
    ("530-1: basis", 1, "articles 521 à 528 et 530-1"),
    ("530-1: decision", 1, "saisit le tribunal de police"),
    ("nothing to pay yet", 1, "Ne payez rien pour l’instant"),
    ("transmitted on", 1, "15/05/2026"),
    ("524: ordonnance pénale", 1, "ordonnance pénale, sans débat"),
    ("522: tribunal", 1, "TRIBUNAL DE POLICE DE RENNES"),
    ("greffe", 1, "GREFFE DU TRIBUNAL DE POLICE"),
    ("527: opposition", 1, "trente jours"),
    ("530-1: least fine", 1, "135 €"),
    ("CP 131-13: highest fine", 1, "750 €"),
    ("CGI 1018 A: fixed fee", 1, "62 €"),
    ("CGI 1018 A", 1, "1018 A du code général des impôts"),
    ("points", 1, "un retrait de points"),
    ("521", 2, "connaît des contraventions (article 521)"),
    ("522", 2, "article 522"),
    ("524-528", 2, "articles 524 à 528"),
    ("531, 550, 552: citation", 2, "articles 531, 550 et 552"),
    ("544: representation", 2, "article 544"),
    ("537: proof", 2, "article 537"),
    (
        "530-1: conviction",
        2,
        "dix pour cent dans les cas de l’article 529-10",
    ),
];

const BORDEREAU: &[Mention] = &[
    ("title", 1, "Bordereau d’envoi"),
    (
        "45, 521, 522, 530-1: basis",
        1,
        "articles 45, 521, 522 et 530-1",
    ),
    ("number", 1, "B-2026-35-0017"),
    ("sent on", 1, "15/05/2026"),
    ("429: procès-verbal", 1, "35PM0012026000017"),
    ("avis", 1, "9900000017"),
    ("file", 1, "C-2026-35-000017"),
    ("522: tribunal", 1, "TRIBUNAL DE POLICE DE RENNES"),
    ("45: ministère public", 1, "OFFICIER DU MINISTÈRE PUBLIC"),
    (
        "524: what is asked",
        1,
        "Juger par ordonnance pénale (articles 524 à 528)",
    ),
    ("person", 1, "SPECIMEN Camille"),
    ("offence: date", 1, "09/03/2026"),
    ("offence: NatInf", 1, "31089"),
    ("offence: nature", 1, "STATIONNEMENT TRES GENANT"),
    ("9: prescription", 1, "02/04/2027"),
    ("pieces", 1, "Photographie du stationnement"),
    ("pieces: fingerprint", 1, "239f59ed 55e737c7"),
    ("pieces: number", 1, "Nombre de pièces 5"),
    ("pieces: pages", 1, "Nombre de pages 12"),
    ("file: fingerprint", 1, "ab530a13 e4591498"),
    ("45", 2, "article 45"),
    ("530-1", 2, "article 530-1"),
    ("429", 2, "article 429"),
    ("537", 2, "article 537"),
    ("receipt", 2, "Reçu du greffe"),
];

fn pages_of(document: DocumentInput) -> [String; 2] {
    let pdf = render_document(document).unwrap().pdf;
    // A word in bold is a run of its own: the space that pdftotext puts before a comma is none of the text.
    [1, 2].map(|page| text_of(&pdf, Some(page)).replace(" ,", ","))
}

fn assert_mentions(document: DocumentInput, mentions: &[Mention]) {
    let kind = document.kind();
    let pages = pages_of(document);
    for (mention, page, expected) in mentions {
        let text = &pages[*page as usize - 1];
        assert!(
            text.contains(expected),
            "{kind}: {mention}: `{expected}` in {text}"
        );
    }
}

#[test]
fn every_letter_has_the_mentions_of_all() {
    for kind in [
        DocumentKind::AccuseEnregistrement,
        DocumentKind::Irrecevabilite,
        DocumentKind::Classement,
        DocumentKind::Transmission,
    ] {
        assert_mentions(document(kind, "specimen"), EVERY_LETTER);
    }
}

#[test]
fn each_has_every_mention_of_its_own() {
    assert_mentions(of_accuse(accuse(false)), ACKNOWLEDGEMENT);
    assert_mentions(of_irrecevabilite(irrecevabilite(false)), INADMISSIBILITY);
    assert_mentions(of_classement(classement(false)), CLOSURE);
    assert_mentions(of_transmission(transmission(false)), TRANSMISSION);
    assert_mentions(of_bordereau(bordereau(false)), BORDEREAU);
}

/// What stands in the first text and not in the second.
fn assert_only_in(with: &str, without: &str, mentions: &[&str]) {
    for mention in mentions {
        assert!(with.contains(mention), "{mention}: {with}");
        assert!(!without.contains(mention), "{mention}: {without}");
    }
}

#[test]
fn an_acknowledgement_says_what_its_case_brings() {
    let [full, _] = pages_of(of_accuse(accuse(true)));
    let [specimen, _] = pages_of(of_accuse(accuse(false)));
    assert_only_in(
        &full,
        &specimen,
        &[
            "Votre réclamation est enregistrée",
            "le titre exécutoire est annulé en ce qui concerne cette amende",
            "articles 530 et R49-8",
            "Votre lettre a été ouverte",
            "1 875,50 €",
            "n’entraîne aucun retrait de point (article 529-10)",
            "vaut paiement si la contestation n’est pas recevable (article R49-18)",
        ],
    );
    let mut input = accuse(false);
    input.letter.contestation.channel = Channel::Post;
    input.claim = Claim::Designation;
    let [designation, _] = pages_of(of_accuse(input));
    assert_only_in(
        &designation,
        &specimen,
        &["cas n° 2", "la procédure cesse à votre égard"],
    );
    let mut input = accuse(false);
    input.claim = Claim::VehicleGone;
    input.pieces.clear();
    let [gone, _] = pages_of(of_accuse(input));
    assert_only_in(&gone, &specimen, &["cas n° 1", "Aucune pièce"]);
}

/// Each ground is stated with the article that it rests on, and no other is.
#[test]
fn a_refusal_states_its_grounds_and_no_others() {
    let cents = 13_500;
    let said = |ground| match ground {
        Ground::IrrDelai => ("Elle est tardive", "529-9", "530 et 530-2-1"),
        Ground::IrrMotif => (
            "Elle n’est pas motivée",
            "530-1 et R49-18",
            "530-1 et R49-18",
        ),
        Ground::IrrAvis => ("n’y est pas joint,", "R49-4 et 530-1", "530 et 530-1"),
        Ground::IrrForme => ("dans la forme exigée", "A37-20-1", "A37-20-1"),
        Ground::IrrPiece => (
            "La pièce exigée",
            "529-10, 1°, a, c et d",
            "529-10, 1°, a, c et d",
        ),
        Ground::IrrPermis => ("La désignation est incomplète", "R49-16", "R49-16"),
        Ground::IrrConsignation => (
            "La consignation n’a pas été faite",
            "529-10, 2°",
            "529-10, 2°, et 530",
        ),
        Ground::IrrPaye => ("L’amende est payée", "article 529)", "article 529)"),
        Ground::IrrQualite => ("Elle n’émane pas", "article 529-2)", "article 530)"),
    };
    for procedure in Procedure::ALL {
        for ground in Ground::ALL {
            let on = irrecevabilite(true).letter.letter_date;
            let consequence = match ground {
                Ground::IrrPaye => Consequence::Paid { cents, on },
                _ => Consequence::Majoree { cents },
            };
            let input = refusal(procedure, &[ground], consequence, false);
            let said_aloud = read_aloud(&render_document(of_irrecevabilite(input)).unwrap().pdf);
            let said_aloud = said_aloud.replace(" ,", ",");
            let (_, why) = said_aloud.split_once("Pourquoi").unwrap();
            let (why, _) = why.split_once("Ce que vous pouvez faire").unwrap();
            for other in Ground::ALL {
                let (lead, requete, reclamation) = said(other);
                assert_eq!(why.contains(lead), other == ground, "{lead}: {why}");
                if other == ground {
                    let article = match procedure {
                        Procedure::Requete => requete,
                        Procedure::Reclamation => reclamation,
                    };
                    assert!(why.contains(article), "{article}: {why}");
                }
            }
        }
    }
}

/// The month of R49-18 goes with a refusal for lack of motivation, and with no other.
#[test]
fn a_refusal_opens_the_ways_that_the_law_gives() {
    let cents = 13_500;
    let month = "Contester ce refus au plus tard le";
    let tribunal = "contester ce refus devant le tribunal de police";
    let later = "trente jours pour former une réclamation";
    for procedure in Procedure::ALL {
        for ground in Ground::ALL {
            if ground == Ground::IrrPaye {
                continue;
            }
            for consequence in [
                Consequence::Majoree { cents },
                Consequence::ConsignationKept { cents },
            ] {
                let is_kept = matches!(consequence, Consequence::ConsignationKept { .. });
                if is_kept && ground == Ground::IrrConsignation {
                    continue;
                }
                let input = refusal(procedure, &[ground], consequence, false);
                let [recto, _] = pages_of(of_irrecevabilite(input));
                let is_motif = ground == Ground::IrrMotif;
                assert_eq!(recto.contains(month), is_motif, "{recto}");
                assert_eq!(
                    recto.contains("Lettre recommandée 2C 123"),
                    is_motif,
                    "{recto}"
                );
                let is_reviewed = procedure == Procedure::Reclamation || is_kept;
                assert_eq!(
                    recto.contains(tribunal),
                    is_reviewed && !is_motif,
                    "{recto}"
                );
                let opens_later = procedure == Procedure::Requete && !is_kept && !is_motif;
                assert_eq!(recto.contains(later), opens_later, "{recto}");
                assert_eq!(
                    recto.contains("considérée comme le paiement"),
                    is_kept,
                    "{recto}"
                );
            }
        }
    }
    let on = irrecevabilite(true).letter.letter_date;
    let paid = refusal(
        Procedure::Requete,
        &[Ground::IrrPaye],
        Consequence::Paid { cents, on },
        false,
    );
    let [recto, _] = pages_of(of_irrecevabilite(paid));
    assert!(recto.contains("aucune démarche à faire"), "{recto}");
    assert!(recto.contains("Payée le"), "{recto}");
}

#[test]
fn a_closure_says_why_and_gives_the_consignation_back() {
    let [full, _] = pages_of(of_classement(classement(true)));
    let [specimen, _] = pages_of(of_classement(classement(false)));
    assert_only_in(
        &full,
        &specimen,
        &[
            "Votre consignation vous est rendue",
            "1 875,50 €",
            "01/07/2026",
            "TRÉSORERIE DES AMENDES",
            "reversée à la personne à qui l’avis avait été adressé (article 530-1)",
            "article R49-18",
            "Le titre exécutoire est annulé",
        ],
    );
    for (reason, expected) in [
        (
            ClosureReason::NotEstablished,
            "n’est pas suffisamment établie",
        ),
        (ClosureReason::NotTheAuthor, "vous n’êtes pas l’auteur"),
        (ClosureReason::Procedure, "la procédure n’est pas régulière"),
        (
            ClosureReason::Circumstances,
            "circonstances que vous avez fait connaître",
        ),
    ] {
        let mut input = classement(false);
        input.reason = reason;
        let [recto, _] = pages_of(of_classement(input));
        assert!(recto.contains(expected), "{expected}: {recto}");
    }
}

#[test]
fn a_transmission_says_how_the_tribunal_judges() {
    let [full, verso] = pages_of(of_transmission(transmission(true)));
    let [specimen, _] = pages_of(of_transmission(transmission(false)));
    assert_only_in(
        &full,
        &specimen,
        &[
            "Votre réclamation est recevable : le titre exécutoire est annulé",
            "Cette lettre n’est pas la citation",
            "17/11/2026",
            "13 h 30",
            "La consignation s’impute sur l’amende",
            "1 875,50 €",
            "2 063,05 €",
        ],
    );
    assert!(
        verso.contains("inférieure à l’amende forfaitaire majorée"),
        "{verso}"
    );
    let mut input = transmission(true);
    input.referral = Referral::Citation { hearing: None };
    let [recto, _] = pages_of(of_transmission(input));
    assert_only_in(&recto, &full, &["elle n’est pas encore fixée"]);
}

#[test]
fn a_bordereau_names_the_hearing_and_counts_its_pieces() {
    let [full, _] = pages_of(of_bordereau(bordereau(true)));
    let [specimen, _] = pages_of(of_bordereau(bordereau(false)));
    assert_only_in(
        &full,
        &specimen,
        &[
            "Juger à une audience, sur citation (articles 531 et 550)",
            "17/11/2026",
            "13 h 30",
            "Nombre de pièces 14",
            "9999",
        ],
    );
}
