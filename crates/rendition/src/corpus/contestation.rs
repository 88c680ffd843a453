//! Invented facts of what follows a contestation.

use jiff::civil::{Date, Time};

use super::{COMMUNES, Dice, OFFENCES, date, omp, recipient};
use crate::{
    AccuseEnregistrementInput, BordereauInput, BordereauPieceInput, Channel, Claim,
    ClassementInput, ClosureReason, Consequence, ContestationInput, ContestedOffenceInput,
    DemandePieceInput, DemandeRapportInput, Ground, HearingInput, IrrecevabiliteInput, LetterInput,
    MaintienInput, MotivationRefusedInput, PieceInput, Procedure, Referral, RefundInput,
    TransmissionInput, TribunalInput,
};

/// What pieces are called, from the shortest to the longest.
const PIECES: [&str; 8] = [
    "Avis",
    "Procès-verbal de contravention",
    "Requête en exonération",
    "Récépissé de plainte « vol »",
    "Photographie n° 2 (12 Mo)",
    "Accusé d’enregistrement de la cession",
    "Copie de l’avis d’amende majorée",
    "LETTRE DE L’ŒUVRE DU VAL, CÔTÉ PAIR",
];

/// Grounds that go together: some of the many combinations, so that their formes are few.
const GROUNDS: [&[Ground]; 10] = [
    &[Ground::IrrDelai],
    &[Ground::IrrMotif],
    &[Ground::IrrAvis],
    &[Ground::IrrForme],
    &[Ground::IrrPiece],
    &[Ground::IrrPermis],
    &[Ground::IrrConsignation],
    &[Ground::IrrPaye],
    &[Ground::IrrQualite],
    &[Ground::IrrDelai, Ground::IrrMotif, Ground::IrrAvis],
];

fn later(date: Date, days: i32) -> Option<Date> {
    date.checked_add(jiff::Span::new().days(days)).ok()
}

fn letter(dice: &mut Dice, rank: u64) -> Option<LetterInput> {
    let avis_date = date(dice)?;
    let procedure = dice.pick(&Procedure::ALL)?;
    Some(LetterInput {
        avis_number: format!("99{:08}", rank % 100_000_000),
        avis_date,
        case_number: case_number(dice)?,
        letter_date: later(avis_date, 70)?,
        recipient: recipient(dice, rank),
        offence: offence(dice, later(avis_date, -7)?)?,
        contestation: ContestationInput {
            procedure,
            channel: dice.pick(&Channel::ALL)?,
            sent_on: later(avis_date, 20)?,
        },
        omp: omp(dice)?,
    })
}

fn case_number(dice: &mut Dice) -> Option<String> {
    let (_, departement) = dice.pick(&COMMUNES)?;
    Some(format!("C-2026-{departement}-{:06}", dice.below(1_000_000)))
}

fn offence(dice: &mut Dice, date: Date) -> Option<ContestedOffenceInput> {
    let (natinf, _, qualification, _, _) = dice.pick(&OFFENCES)?;
    Some(ContestedOffenceInput {
        date,
        time: time(dice)?,
        commune: dice.pick(&COMMUNES)?.0.to_owned(),
        natinf,
        qualification: qualification.to_owned(),
    })
}

fn time(dice: &mut Dice) -> Option<Time> {
    Time::new(dice.small(24), dice.small(60), 0, 0).ok()
}

fn sha256(dice: &mut Dice) -> String {
    (0..4).map(|_| format!("{:016x}", dice.next())).collect()
}

fn piece(dice: &mut Dice) -> PieceInput {
    PieceInput {
        label: dice.word(&PIECES).to_owned(),
        sha256: sha256(dice),
    }
}

fn cents(dice: &mut Dice) -> Option<i64> {
    dice.pick(&[1_100, 3_500, 6_800, 13_500, 37_500, 67_550, 187_550])
}

fn tribunal(dice: &mut Dice) -> Option<TribunalInput> {
    let (town, departement) = dice.pick(&COMMUNES)?;
    Some(TribunalInput {
        name: format!("TRIBUNAL DE POLICE DE {town}"),
        address: vec![
            "GREFFE DU TRIBUNAL DE POLICE".to_owned(),
            format!("{} QUAI DE L'EXEMPLE", dice.below(90) + 1),
            format!("{departement}000 {town:.24}"),
        ],
    })
}

fn referral(dice: &mut Dice, from: Date) -> Option<Referral> {
    if dice.one_in(2) {
        return Some(Referral::OrdonnancePenale);
    }
    let hearing = HearingInput {
        date: later(from, 60)?,
        time: time(dice)?,
    };
    Some(Referral::Citation {
        hearing: dice.one_in(2).then_some(hearing),
    })
}

pub(super) fn acknowledgement(dice: &mut Dice, rank: u64) -> Option<AccuseEnregistrementInput> {
    let letter = letter(dice, rank)?;
    let claim = dice.pick(&Claim::ALL)?;
    let consigned = claim == Claim::OtherReason && dice.one_in(2);
    let consignation_cents = if consigned { cents(dice) } else { None };
    let at = letter.contestation.sent_on.at(dice.small(24), 12, 7, 0);
    Some(AccuseEnregistrementInput {
        registered_at: at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
        claim,
        contest_until: later(letter.avis_date, 45)?,
        consignation_cents,
        pieces: (0..dice.below(7)).map(|_| piece(dice)).collect(),
        deposit_sha256: sha256(dice),
        letter,
    })
}

pub(super) fn inadmissibility(dice: &mut Dice, rank: u64) -> Option<IrrecevabiliteInput> {
    let letter = letter(dice, rank)?;
    let grounds = dice.pick(&GROUNDS)?;
    let has = |ground| grounds.contains(&ground);
    let cents = cents(dice)?;
    let is_requete = letter.contestation.procedure == Procedure::Requete;
    let consequence = if has(Ground::IrrPaye) {
        let on = letter.contestation.sent_on;
        Consequence::Paid { cents, on }
    } else if dice.one_in(3) && !has(Ground::IrrConsignation) {
        Consequence::ConsignationKept { cents }
    } else if is_requete && !has(Ground::IrrDelai) {
        let until = later(letter.avis_date, 60)?;
        Consequence::Due { cents, until }
    } else {
        Consequence::Majoree { cents }
    };
    let number = format!(
        "2C {:03} {:03} 4567 8",
        dice.below(1_000),
        dice.below(1_000)
    );
    let refused = MotivationRefusedInput {
        registered_letter: number,
        contest_until: later(letter.letter_date, 31)?,
    };
    let in_time = !has(Ground::IrrDelai) && !has(Ground::IrrPaye) && dice.one_in(2);
    Some(IrrecevabiliteInput {
        grounds: grounds.to_vec(),
        motivation_refused: has(Ground::IrrMotif).then_some(refused),
        new_contestation_until: if in_time {
            later(letter.avis_date, 45)
        } else {
            None
        },
        consequence,
        letter,
    })
}

pub(super) fn closure(dice: &mut Dice, rank: u64) -> Option<ClassementInput> {
    let letter = letter(dice, rank)?;
    let refund = RefundInput {
        cents: cents(dice)?,
        paid_on: letter.contestation.sent_on,
        comptable: vec![
            "TRÉSORERIE DES AMENDES".to_owned(),
            format!("{:05} VILLE-D’ESSAI", dice.below(96_000)),
        ],
    };
    Some(ClassementInput {
        decided_on: later(letter.letter_date, -4)?,
        reason: dice.pick(&ClosureReason::ALL)?,
        prescribed_on: later(letter.letter_date, 360)?,
        refund: dice.one_in(3).then_some(refund),
        letter,
    })
}

pub(super) fn transmission(dice: &mut Dice, rank: u64) -> Option<TransmissionInput> {
    let letter = letter(dice, rank)?;
    let least = cents(dice)?;
    Some(TransmissionInput {
        transmitted_on: later(letter.letter_date, -3)?,
        tribunal: tribunal(dice)?,
        referral: referral(dice, letter.letter_date)?,
        fine_min_cents: least,
        fine_max_cents: least * 2,
        court_fee_cents: 6_200,
        consignation_cents: dice.one_in(3).then_some(least),
        letter,
    })
}

pub(super) fn maintained(dice: &mut Dice, rank: u64) -> Option<MaintienInput> {
    let letter = letter(dice, rank)?;
    Some(MaintienInput {
        decided_on: later(letter.letter_date, -4)?,
        paid_cents: cents(dice)?,
        letter,
    })
}

pub(super) fn piece_asked(dice: &mut Dice, rank: u64) -> Option<DemandePieceInput> {
    let letter = letter(dice, rank)?;
    let wanted = dice.word(&[
        "La copie de la carte mobilité inclusion.",
        "Le récépissé de la déclaration de cession, et la date à laquelle le véhicule a été remis à son acquéreur ; \
         à défaut, une attestation sur l’honneur de celui-ci, avec la copie de sa pièce d’identité.",
        "Æ ŒUVRE : 12 €, § 3 – « preuve »",
    ]);
    Some(DemandePieceInput {
        wanted: wanted.to_owned(),
        answer_until: later(letter.letter_date, 30)?,
        letter,
    })
}

pub(super) fn report_asked(dice: &mut Dice, rank: u64) -> Option<DemandeRapportInput> {
    let asked = piece_asked(dice, rank)?;
    Some(DemandeRapportInput {
        pv_number: format!("35PM001{:013}", dice.below(1_000_000)),
        agent_number: format!("{}", dice.below(1_000_000)),
        wanted: asked.wanted,
        answer_until: asked.answer_until,
        letter: asked.letter,
    })
}

pub(super) fn bordereau(dice: &mut Dice, rank: u64) -> Option<BordereauInput> {
    let sent_on = date(dice)?;
    let pieces: Vec<BordereauPieceInput> = (0..=dice.below(14))
        .map(|_| BordereauPieceInput {
            piece: piece(dice),
            pages: u32::from(dice.small(99).unsigned_abs()) + 1,
        })
        .collect();
    let person = recipient(dice, rank).into_iter().next()?;
    Some(BordereauInput {
        bordereau_number: format!("B-2026-{:06}", dice.below(1_000_000)),
        avis_number: format!("99{:08}", rank % 100_000_000),
        pv_number: format!("35PM001{:013}", dice.below(1_000_000)),
        case_number: case_number(dice)?,
        sent_on,
        omp: omp(dice)?,
        tribunal: tribunal(dice)?,
        referral: referral(dice, sent_on)?,
        person,
        offence: offence(dice, later(sent_on, -90)?)?,
        prescribed_on: later(sent_on, 365)?,
        pages_total: pieces.iter().map(|piece| piece.pages).sum(),
        pieces,
        file_sha256: sha256(dice),
    })
}
