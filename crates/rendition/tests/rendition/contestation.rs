//! The letters after a contestation and the bordereau: their variants by law, their rules, and that they are filled as
//! typst sets them.

use crate::forme::{assert_filled, documents};
use crate::support::{document, read_aloud, render_document};
use cnt_rendition::{
    AccuseEnregistrementInput, BordereauInput, Channel, Claim, ClassementInput, ClosureReason,
    Consequence, DocumentInput, DocumentKind, Ground, HearingInput, IrrecevabiliteInput,
    MotivationRefusedInput, Procedure, Referral, RenditionError, TransmissionInput,
};

/// The kinds of this file, with the names of their hand-made inputs.
const KINDS: [(DocumentKind, &str); 5] = [
    (DocumentKind::AccuseEnregistrement, "accuse_full"),
    (DocumentKind::Irrecevabilite, "irrecevabilite_full"),
    (DocumentKind::Classement, "classement_full"),
    (DocumentKind::Transmission, "transmission_full"),
    (DocumentKind::Bordereau, "bordereau_full"),
];

/// Functions that read a hand-made input of a kind, the specimen or that of the longest strings, and wrap it again.
macro_rules! inputs {
    ($($read:ident, $wrap:ident: $kind:ident($input:ty), $full:literal;)*) => {$(
        pub(crate) fn $read(full: bool) -> $input {
            let name = if full { $full } else { "specimen" };
            match document(DocumentKind::$kind, name) {
                DocumentInput::$kind(input) => *input,
                other => panic!("{:?}", other.kind()),
            }
        }
        pub(crate) fn $wrap(input: $input) -> DocumentInput {
            DocumentInput::$kind(Box::new(input))
        }
    )*};
}

inputs! {
    accuse, of_accuse: AccuseEnregistrement(AccuseEnregistrementInput), "accuse_full";
    irrecevabilite, of_irrecevabilite: Irrecevabilite(IrrecevabiliteInput), "irrecevabilite_full";
    classement, of_classement: Classement(ClassementInput), "classement_full";
    transmission, of_transmission: Transmission(TransmissionInput), "transmission_full";
    bordereau, of_bordereau: Bordereau(BordereauInput), "bordereau_full";
}

/// A refusal with these grounds and this consequence, all else at its longest.
pub(crate) fn refusal(
    procedure: Procedure,
    grounds: &[Ground],
    consequence: Consequence,
    again: bool,
) -> IrrecevabiliteInput {
    let mut input = irrecevabilite(true);
    input.letter.contestation.procedure = procedure;
    input.grounds = grounds.to_vec();
    input.consequence = consequence;
    let until = input.letter.letter_date;
    input.new_contestation_until = again.then_some(until);
    input.motivation_refused =
        grounds
            .contains(&Ground::IrrMotif)
            .then(|| MotivationRefusedInput {
                registered_letter: "2C 123 456 7890 1".to_owned(),
                contest_until: until,
            });
    input
}

/// Every refusal that the rules allow, one to three grounds each.
fn refusals() -> Vec<IrrecevabiliteInput> {
    let mut all = Vec::new();
    let ranks = 0..Ground::ALL.len();
    for (first, second, third) in ranks.clone().flat_map(|first| {
        let ranks = ranks.clone();
        (first..ranks.end)
            .flat_map(move |second| (second..ranks.end).map(move |third| (first, second, third)))
    }) {
        let mut grounds = vec![Ground::ALL[first], Ground::ALL[second], Ground::ALL[third]];
        grounds.dedup();
        let has = |ground| grounds.contains(&ground);
        let cents = 187_550;
        let day = irrecevabilite(true).letter.letter_date;
        for procedure in Procedure::ALL {
            let mut consequences = Vec::new();
            if has(Ground::IrrPaye) {
                consequences.push(Consequence::Paid { cents, on: day });
            } else {
                consequences.push(Consequence::Majoree { cents });
                if procedure == Procedure::Requete {
                    consequences.push(Consequence::Due { cents, until: day });
                }
                if !has(Ground::IrrConsignation) {
                    consequences.push(Consequence::ConsignationKept { cents });
                }
            }
            let in_time = !has(Ground::IrrDelai) && !has(Ground::IrrPaye);
            for consequence in consequences {
                all.push(refusal(procedure, &grounds, consequence, in_time));
            }
        }
    }
    all
}

/// Variants by law, by name: all in the full test, the hand-made ones and one in `step` others in the usual one.
pub(crate) fn variants(step: u64) -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for (kind, full) in KINDS {
        for name in ["specimen", full] {
            variants.push((format!("{kind}-{name}"), document(kind, name)));
        }
    }
    let others = acknowledgements()
        .into_iter()
        .chain(grounds())
        .chain(closures())
        .chain(transmissions())
        .chain(bordereaux());
    let step = usize::try_from(documents(step, 1)).unwrap();
    variants.extend(others.step_by(step));
    variants
}

fn acknowledgements() -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for procedure in Procedure::ALL {
        for channel in Channel::ALL {
            for (claim, consigned) in [
                (Claim::VehicleGone, false),
                (Claim::Designation, false),
                (Claim::OtherReason, false),
                (Claim::OtherReason, true),
            ] {
                let mut input = accuse(true);
                input.letter.contestation.procedure = procedure;
                input.letter.contestation.channel = channel;
                input.claim = claim;
                input.consignation_cents = consigned.then_some(13_500);
                let name = format!(
                    "accuse-{}-{}-{}-{consigned}",
                    procedure.as_str(),
                    channel.as_str(),
                    claim.as_str()
                );
                variants.push((name, of_accuse(input)));
            }
        }
    }
    variants
}

fn grounds() -> Vec<(String, DocumentInput)> {
    let single = refusals()
        .into_iter()
        .filter(|input| input.grounds.len() == 1);
    let named = single.map(|input| {
        let name = format!(
            "irrecevabilite-{}-{}-{}",
            input.letter.contestation.procedure.as_str(),
            input.grounds[0].as_str(),
            input.consequence.as_str()
        );
        (name, of_irrecevabilite(input))
    });
    named.collect()
}

fn closures() -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for procedure in Procedure::ALL {
        for reason in ClosureReason::ALL {
            for refunded in [false, true] {
                let mut input = classement(true);
                input.letter.contestation.procedure = procedure;
                input.reason = reason;
                if !refunded {
                    input.refund = None;
                }
                let (procedure, reason) = (procedure.as_str(), reason.as_str());
                let name = format!("classement-{procedure}-{reason}-{refunded}");
                variants.push((name, of_classement(input)));
            }
        }
    }
    variants
}

/// Ways to refer a file to the tribunal, by name.
fn referrals() -> [(&'static str, Referral); 3] {
    let hearing = HearingInput {
        date: "2026-11-17".parse().unwrap(),
        time: "13:30:00".parse().unwrap(),
    };
    let dated = Some(hearing);
    [
        ("ordonnance", Referral::OrdonnancePenale),
        ("citation", Referral::Citation { hearing: None }),
        ("hearing", Referral::Citation { hearing: dated }),
    ]
}

fn transmissions() -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for procedure in Procedure::ALL {
        for (referral_name, referral) in referrals() {
            for consigned in [false, true] {
                let mut input = transmission(true);
                input.letter.contestation.procedure = procedure;
                input.referral = referral;
                input.consignation_cents = consigned.then_some(187_550);
                let name = format!(
                    "transmission-{}-{referral_name}-{consigned}",
                    procedure.as_str()
                );
                variants.push((name, of_transmission(input)));
            }
        }
    }
    variants
}

fn bordereaux() -> Vec<(String, DocumentInput)> {
    let mut variants = Vec::new();
    for (referral_name, referral) in referrals() {
        for pieces in [1, 7, 14] {
            let mut input = bordereau(true);
            input.referral = referral;
            input.pieces.truncate(pieces);
            input.pages_total = input.pieces.iter().map(|piece| piece.pages).sum();
            let name = format!("bordereau-{referral_name}-{pieces}");
            variants.push((name, of_bordereau(input)));
        }
    }
    variants
}

/// The field that a refused document names.
fn field_of(document: DocumentInput) -> String {
    match render_document(document) {
        Err(RenditionError::InvalidField { field, .. }) => field,
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn all_five_are_filled_as_typst_sets_them() {
    assert_filled(variants(8), &KINDS.map(|(kind, _)| kind));
}

/// Whatever the law lets coincide has room: a side that is too long would be an error.
#[test]
fn every_combination_has_room_on_its_page() {
    let refusals = refusals();
    assert!(refusals.len() > 400, "{}", refusals.len());
    let step = usize::try_from(documents(7, 1)).unwrap();
    let refusals = refusals.into_iter().step_by(step).map(|input| {
        (
            format!("{:?} {:?}", input.grounds, input.consequence),
            of_irrecevabilite(input),
        )
    });
    let others = acknowledgements()
        .into_iter()
        .chain(closures())
        .chain(transmissions())
        .chain(bordereaux());
    for (name, document) in refusals.chain(others) {
        let pages = document.kind().pages();
        let rendered = render_document(document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rendered.pages, pages, "{name}");
    }
}

#[test]
fn a_refusal_that_contradicts_itself_is_refused() {
    let cents = 13_500;
    let day = irrecevabilite(false).letter.letter_date;
    let of = |procedure, grounds: &[Ground], consequence, again| {
        field_of(of_irrecevabilite(refusal(
            procedure,
            grounds,
            consequence,
            again,
        )))
    };
    let (requete, reclamation) = (Procedure::Requete, Procedure::Reclamation);
    let majoree = Consequence::Majoree { cents };
    let kept = Consequence::ConsignationKept { cents };
    let paid = Consequence::Paid { cents, on: day };
    let due = Consequence::Due { cents, until: day };
    assert_eq!(of(requete, &[], majoree, false), "grounds");
    let twice = [Ground::IrrAvis, Ground::IrrAvis];
    assert_eq!(of(requete, &twice, majoree, false), "grounds");
    assert_eq!(of(requete, &Ground::ALL[..4], majoree, false), "grounds");
    assert_eq!(
        of(requete, &[Ground::IrrPaye], majoree, false),
        "consequence"
    );
    assert_eq!(of(requete, &[Ground::IrrAvis], paid, false), "consequence");
    assert_eq!(
        of(reclamation, &[Ground::IrrAvis], due, false),
        "consequence"
    );
    assert_eq!(
        of(requete, &[Ground::IrrConsignation], kept, false),
        "consequence"
    );
    for ground in [Ground::IrrDelai, Ground::IrrPaye] {
        let consequence = if ground == Ground::IrrPaye {
            paid
        } else {
            majoree
        };
        assert_eq!(
            of(requete, &[ground], consequence, true),
            "new_contestation_until"
        );
    }
    let mut without = irrecevabilite(true);
    without.motivation_refused = None;
    assert_eq!(field_of(of_irrecevabilite(without)), "motivation_refused");
    let mut with = irrecevabilite(true);
    with.grounds = vec![Ground::IrrAvis];
    assert_eq!(field_of(of_irrecevabilite(with)), "motivation_refused");
}

#[test]
fn other_contradictions_are_refused() {
    let mut input = accuse(true);
    input.claim = Claim::Designation;
    assert_eq!(field_of(of_accuse(input)), "consignation_cents");
    let mut input = accuse(true);
    input.pieces.push(input.pieces[0].clone());
    assert_eq!(field_of(of_accuse(input)), "pieces");
    let mut input = transmission(false);
    input.fine_min_cents = input.fine_max_cents + 1;
    assert_eq!(field_of(of_transmission(input)), "fine_min_cents");
    let mut input = bordereau(false);
    input.pages_total += 1;
    assert_eq!(field_of(of_bordereau(input)), "pages_total");
    let mut input = bordereau(true);
    input.pieces.push(input.pieces[0].clone());
    assert_eq!(field_of(of_bordereau(input)), "pieces");
    let mut input = bordereau(false);
    input.pieces[0].piece.sha256.pop();
    assert_eq!(field_of(of_bordereau(input)), "pieces.1.sha256");
    let mut input = classement(false);
    input.letter.avis_number = "1200000017".to_owned();
    assert_eq!(field_of(of_classement(input)), "letter.avis_number");
}

#[test]
fn the_letters_read_in_order() {
    for (document, expected) in [
        (
            of_irrecevabilite(irrecevabilite(true)),
            &[
                "Avis d’irrecevabilité",
                "9900000017",
                "MONSIEUR LE REPRESENTANT LEGAL",
                "n’est pas recevable",
                "Pourquoi",
                "Elle est tardive",
                "Elle n’est pas motivée",
                "Ce que vous pouvez faire",
                "20/08/2026",
                "Ce que devient l’amende",
                "1 875,50 €",
                "Votre contestation",
                "OFFICIER DU MINISTÈRE PUBLIC",
                "Ce que dit la loi",
            ][..],
        ),
        (
            of_bordereau(bordereau(false)),
            &[
                "Bordereau d’envoi",
                "B-2026-35-0017",
                "TRIBUNAL DE POLICE DE RENNES",
                "saisit le tribunal de police",
                "OFFICIER DU MINISTÈRE PUBLIC",
                "Juger par ordonnance pénale",
                "SPECIMEN Camille",
                "Les pièces du dossier",
                "Procès-verbal de contravention",
                "e5a5555d 73bc0e15",
                "Nombre de pièces",
                "La saisine",
                "Reçu du greffe",
            ][..],
        ),
    ] {
        let said = read_aloud(&render_document(document).unwrap().pdf);
        let mut rest = said.as_str();
        for expected in expected {
            rest = match rest.split_once(expected) {
                Some((_, after)) => after,
                None => panic!("`{expected}` not in order: {said}"),
            };
        }
    }
}
