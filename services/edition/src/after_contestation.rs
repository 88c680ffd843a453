//! The letters after a contestation: addressee, offence and OMP as on the avis, the rest as asked.

use cnt_contracts::courrier::GroundWord;
use cnt_contracts::letter::{
    ClassementLetterV1, ContestedV1, MaintainedLetterV1, PieceAskedLetterV1, ReceiptLetterV1,
    RefusalLetterV1, ReportAskedLetterV1, TransmissionLetterV1,
};
use cnt_domain::codes::OmpCode;
use cnt_domain::mif::Mif;
use cnt_domain::registry::Registry;
use cnt_rendition::{
    AccuseEnregistrementInput, Channel, Claim, ClassementInput, ClosureReason, Consequence,
    ContestationInput, ContestedOffenceInput, DemandePieceInput, DemandeRapportInput, Ground,
    IrrecevabiliteInput, LetterInput, MaintienInput, MotivationRefusedInput, PieceInput, Procedure,
    Referral, TransmissionInput, TribunalInput,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::addressee::LINE_LENGTH_MAX;
use crate::avis::Avis;
use crate::text::{printable_free, shortened, wrapped};

/// Why a letter cannot be made.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Longest name of a tribunal, in characters.
const TRIBUNAL_LENGTH_MAX: usize = 100;
/// Most lines of a window.
const RECIPIENT_LINES_MAX: usize = 7;
/// Most lines of a tribunal's address.
const TRIBUNAL_LINES_MAX: usize = 4;

/// What every letter says.
fn letter(avis: &Avis, sent_on: Date, said: &ContestedV1) -> Result<LetterInput, Source> {
    let input = &avis.input;
    Ok(LetterInput {
        avis_number: input.avis_number.clone(),
        avis_date: input.avis_date,
        case_number: said.case_number.clone(),
        letter_date: sent_on,
        recipient: input.recipient.clone(),
        offence: ContestedOffenceInput {
            date: input.offence.date,
            time: input.offence.time,
            commune: input.offence.place.commune.clone(),
            natinf: input.offence.natinf,
            qualification: input.offence.qualification.clone(),
        },
        contestation: ContestationInput {
            procedure: if said.is_reclamation {
                Procedure::Reclamation
            } else {
                Procedure::Requete
            },
            channel: if said.is_online {
                Channel::Online
            } else {
                Channel::Post
            },
            sent_on: said.sent_on.parse()?,
        },
        omp: input.contest.omp.clone(),
    })
}

/// The accusé d'enregistrement.
pub(crate) fn receipt(
    avis: &Avis,
    sent_on: Date,
    said: &ReceiptLetterV1,
) -> Result<AccuseEnregistrementInput, Source> {
    Ok(AccuseEnregistrementInput {
        letter: letter(avis, sent_on, &said.contested)?,
        registered_at: Timestamp::from_microsecond(said.registered_at_us)?,
        claim: match said.ground {
            GroundWord::Vehicule => Claim::VehicleGone,
            GroundWord::Designation => Claim::Designation,
            GroundWord::Autre => Claim::OtherReason,
        },
        contest_until: said.contest_until.parse()?,
        // The portal takes no money.
        consignation_cents: None,
        pieces: said
            .pieces
            .iter()
            .map(|piece| PieceInput {
                label: piece.label.clone(),
                sha256: piece.sha256.to_string(),
            })
            .collect(),
        deposit_sha256: said.deposit_sha256.to_string(),
    })
}

/// The avis d'irrecevabilité.
pub(crate) fn irrecevabilite(
    avis: &Avis,
    sent_on: Date,
    said: &RefusalLetterV1,
) -> Result<IrrecevabiliteInput, Source> {
    let grounds = said
        .grounds
        .iter()
        .map(|code| {
            Ground::ALL
                .into_iter()
                .find(|ground| ground.as_str() == code)
                .ok_or("a ground that no letter knows")
        })
        .collect::<Result<_, _>>()?;
    let motivation_refused = match &said.recommended {
        Some(recommended) => Some(MotivationRefusedInput {
            registered_letter: recommended.number.clone(),
            contest_until: recommended.contest_until.parse()?,
        }),
        None => None,
    };
    let again = said.new_contestation_until.as_ref();
    let cents = said.cents;
    Ok(IrrecevabiliteInput {
        letter: letter(avis, sent_on, &said.contested)?,
        grounds,
        motivation_refused,
        new_contestation_until: again.map(|day| day.parse()).transpose()?,
        consequence: match &said.due_until {
            Some(until) => Consequence::Due {
                cents,
                until: until.parse()?,
            },
            None => Consequence::Majoree { cents },
        },
    })
}

/// The classement sans suite.
pub(crate) fn classement(
    avis: &Avis,
    sent_on: Date,
    said: &ClassementLetterV1,
) -> Result<ClassementInput, Source> {
    let reason = ClosureReason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == said.reason)
        .ok_or("a reason that no letter knows")?;
    Ok(ClassementInput {
        letter: letter(avis, sent_on, &said.contested)?,
        decided_on: said.decided_on.parse()?,
        reason,
        prescribed_on: said.prescribed_on.parse()?,
        refund: None,
    })
}

/// The notice that a fine which was paid stands.
pub(crate) fn maintien(
    avis: &Avis,
    sent_on: Date,
    said: &MaintainedLetterV1,
) -> Result<MaintienInput, Source> {
    Ok(MaintienInput {
        letter: letter(avis, sent_on, &said.contested)?,
        decided_on: said.decided_on.parse()?,
        paid_cents: said.paid_cents,
    })
}

/// The demand of a piece.
pub(crate) fn demande_piece(
    avis: &Avis,
    sent_on: Date,
    said: &PieceAskedLetterV1,
) -> Result<DemandePieceInput, Source> {
    Ok(DemandePieceInput {
        letter: letter(avis, sent_on, &said.contested)?,
        // Each line of the officer's is a sentence of its own: the letter sets them one after another.
        wanted: printable_free(&said.wanted),
        answer_until: said.until.parse()?,
    })
}

/// The demand of a report: its recipient is the service of the agent.
pub(crate) fn demande_rapport(
    avis: &Avis,
    mif: &Mif,
    sent_on: Date,
    said: &ReportAskedLetterV1,
) -> Result<DemandeRapportInput, Source> {
    let service = &avis.input.police_service;
    let mut letter = letter(avis, sent_on, &said.contested)?;
    letter.recipient = wrapped(&service.label, LINE_LENGTH_MAX);
    letter.recipient.truncate(RECIPIENT_LINES_MAX - 1);
    letter.recipient.push(format!("SERVICE {}", service.code));
    Ok(DemandeRapportInput {
        letter,
        pv_number: mif.pv_number.as_str().to_owned(),
        agent_number: service.agent_number.clone(),
        wanted: printable_free(&said.wanted),
        answer_until: said.until.parse()?,
    })
}

/// The tribunal of an OMP.
pub(crate) fn tribunal(registry: &Registry, omp: &OmpCode) -> Option<TribunalInput> {
    let omp = registry.omps.get(omp)?;
    let lines = omp
        .address
        .iter()
        .flat_map(|line| wrapped(&printable_free(line), LINE_LENGTH_MAX));
    Some(TribunalInput {
        name: shortened(&printable_free(&omp.court), TRIBUNAL_LENGTH_MAX),
        address: lines.take(TRIBUNAL_LINES_MAX).collect(),
    })
}

/// The notice of transmission.
pub(crate) fn transmission(
    avis: &Avis,
    sent_on: Date,
    tribunal: TribunalInput,
    said: &TransmissionLetterV1,
) -> Result<TransmissionInput, Source> {
    Ok(TransmissionInput {
        letter: letter(avis, sent_on, &said.contested)?,
        transmitted_on: said.transmitted_on.parse()?,
        tribunal,
        referral: if said.has_hearing {
            Referral::Citation { hearing: None }
        } else {
            Referral::OrdonnancePenale
        },
        fine_min_cents: said.fine_min_cents,
        fine_max_cents: said.fine_max_cents,
        court_fee_cents: said.court_fee_cents,
        consignation_cents: None,
    })
}
