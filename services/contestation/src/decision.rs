//! What the officer decides on a contestation: the step of the life, the files it closes and the letter it edits are one
//! transaction. An inadmissibility is by its grounds alone, never on the merits (CPP 530-1).

use cnt_contracts::courrier::PieceWord;
use cnt_contracts::letter::{
    ClassementLetterV1, ContestedV1, DesignatedLetterV1, DriverV1, LetterRequestV1, LetterV1,
    MaintainedLetterV1, RecommendedV1, RefusalLetterV1, TransmissionLetterV1,
};
use cnt_domain::admissibility::{
    Channel, Contestation, Contested, Finding, Irrecevabilite, Sending, findings,
};
use cnt_domain::amounts::OffenceClass;
use cnt_domain::avis::Ground;
use cnt_domain::law::Law;
use cnt_domain::life::{
    AvisLife, Court, Event, Means, Refusal, Ruling, Stage, State, Step, Unreceivable,
};
use cnt_store::{LotError, PgConnection};
use cnt_vault::ObjectStore;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::config::TribunalSection;
use crate::db::{self, Close, DecidedFile, LetterRow, NewDecision, NewDesignation, Scope};
use crate::letters::{self, Wanted};
use crate::life::{Happening, Outcome, What, happen, recall};

/// What an officer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It cannot be received, for one to three grounds.
    Inadmissible(Vec<Irrecevabilite>),
    /// Renunciation of the prosecution, for a reason that the letter knows.
    Classement(&'static str),
    /// The réclamation is received: the titre is annulled, and the file still waits for its decision (CPP 530, R49-8).
    Admission,
    /// The fine was paid: it stands.
    FineMaintained,
    /// To the tribunal de police.
    Prosecution(Court),
    /// Another driver is charged, and gets an avis (CPP 529-10).
    Redesignation(Box<Driver>),
}

/// A driver who is designated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Driver {
    /// Who, and where.
    pub(crate) to: DriverV1,
    /// Day of birth.
    pub(crate) birth: Option<Date>,
    /// Number of the licence.
    pub(crate) licence: Option<String>,
    /// Whether they live abroad.
    pub(crate) is_abroad: bool,
}

impl Decision {
    const fn word(&self) -> &'static str {
        match self {
            Decision::Inadmissible(_) => "inadmissible",
            Decision::Classement(_) => "classement",
            Decision::Admission => "admission",
            Decision::FineMaintained => "fine_maintained",
            Decision::Prosecution(_) => "prosecution",
            Decision::Redesignation(_) => "redesignation",
        }
    }

    /// What it is to the life of the avis.
    pub(crate) fn ruling(&self) -> Ruling {
        match self {
            Decision::Inadmissible(grounds) => {
                Ruling::Inadmissible(if grounds.contains(&Irrecevabilite::Motif) {
                    Unreceivable::Unmotivated
                } else {
                    Unreceivable::Other
                })
            }
            Decision::Classement(_) => Ruling::Classement,
            Decision::Admission => Ruling::Admitted,
            Decision::FineMaintained => Ruling::FineMaintained,
            Decision::Prosecution(court) => Ruling::Prosecution(*court),
            Decision::Redesignation(_) => Ruling::Redesignation,
        }
    }
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decided {
    /// It stands.
    Done {
        /// Where the avis stands now.
        state: State,
        /// The article.
        basis: &'static str,
        /// Files that it closed.
        files: usize,
        /// Kind of the letter asked for.
        letter: Option<&'static str>,
    },
    /// There is no such file for this OMP.
    Unknown,
    /// The file changed since it was read.
    Changed(i32),
    /// Another operator holds it.
    HeldByOther,
    /// It was decided before.
    Before,
    /// The law knows no such decision where the avis stands.
    Refused(Refusal),
    /// CPP 529-10 asks the number of the driver's licence (R49-16).
    LicenceMissing,
}

/// What deciding needs besides the database.
pub(crate) struct Deciding<'a> {
    /// The law.
    pub(crate) law: &'a Law,
    /// Where the request for the letter is written.
    pub(crate) objects: &'a dyn ObjectStore,
    /// What the notice of transmission says.
    pub(crate) config: &'a TribunalSection,
    /// The day in Paris.
    pub(crate) day: Date,
    /// The legal instant.
    pub(crate) at: Timestamp,
    /// The officer's signature over the decision.
    pub(crate) signature: &'a str,
}

/// Decides a file that the operator read in a version, in the caller's transaction.
pub(crate) fn decide(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    scope: &Scope,
    (id, version): (Uuid, i32),
    decision: &Decision,
) -> Result<Decided, LotError> {
    let Some(file) = db::file_to_decide(conn, &scope.omp, id, true)? else {
        return Ok(Decided::Unknown);
    };
    if file.state == crate::step::Step::DECIDE.to() {
        return Ok(Decided::Before);
    }
    if file.claimed_by.as_ref().is_some_and(|by| *by != scope.user) {
        return Ok(Decided::HeldByOther);
    }
    if file.version != version {
        return Ok(Decided::Changed(file.version));
    }
    let taken = match take_step(conn, deciding, scope, &file, decision)? {
        Ok(taken) => taken,
        Err(outcome) => return Ok(outcome),
    };
    let (files, letter) = match decision {
        Decision::Admission => {
            let on = (deciding.day, deciding.at);
            db::admit(conn, scope, (file.id, file.avis), on, deciding.signature)?;
            (0, None)
        }
        _ => close(conn, deciding, scope, &file, decision, &taken)?,
    };
    Ok(Decided::Done {
        state: taken.step.to,
        basis: taken.step.basis,
        files,
        letter,
    })
}

/// The step of a life, with what was before and after it.
struct Taken {
    before: AvisLife,
    after: AvisLife,
    step: Step,
}

/// Lets the life take the step of the decision, unless the law speaks against it.
fn take_step(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    scope: &Scope,
    file: &DecidedFile,
    decision: &Decision,
) -> Result<Result<Taken, Decided>, LotError> {
    let rows = db::lives_lock(conn, &[file.avis])?;
    let row = rows
        .first()
        .ok_or_else(|| LotError::refused("an avis without a life"))?;
    let before = recall(&row.state, &row.memory).map_err(LotError::refused)?;
    let (mut after, event) = (before.clone(), Event::Ruled(decision.ruling()));
    let step = match after.apply(deciding.law, event, deciding.day) {
        Ok(step) => step,
        Err(refusal) => return Ok(Err(Decided::Refused(refusal))),
    };
    let is_nameless =
        matches!(decision, Decision::Redesignation(driver) if driver.licence.is_none());
    if is_nameless && before.memory().opening.is_529_10 {
        return Ok(Err(Decided::LicenceMissing));
    }
    let happening = Happening {
        avis: file.avis,
        what: What::Event(event),
        day: deciding.day,
        cause: format!("decision on {} by {}", file.id, scope.user),
    };
    let outcomes = happen(conn, deciding.law, deciding.at, &[happening])?;
    if !matches!(outcomes.as_slice(), [Outcome::Lived(Some(_))]) {
        return Err(LotError::later("a day was due that changes the file"));
    }
    Ok(Ok(Taken {
        before,
        after,
        step,
    }))
}

/// Closes the file and whatever else waits about the avis, and asks for the letter. Returns how many files, and the letter.
fn close(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    scope: &Scope,
    file: &DecidedFile,
    decision: &Decision,
    taken: &Taken,
) -> Result<(usize, Option<&'static str>), LotError> {
    let letter = letter(deciding, file, decision, &taken.before, &taken.after)?;
    let kind = letter.as_ref().map(LetterV1::kind);
    let request_lot = match letter {
        Some(letter) => Some(ask_for(conn, deciding, file, decision, letter)?),
        None => None,
    };
    let mut ids = vec![file.id];
    ids.extend(db::others_waiting(conn, file)?);
    let (grounds, detail) = written(decision);
    let new = NewDecision {
        ids: &ids,
        avis: file.avis,
        kind: decision.word(),
        grounds: &grounds,
        detail,
        day: deciding.day,
        at: deciding.at,
        signature: deciding.signature,
        close: Close {
            is_answered: kind.is_some(),
            detail: &kind.map_or_else(String::new, |kind| format!("letter {kind}")),
            by: &scope.user,
            at: deciding.at,
        },
        request_lot,
    };
    db::decide(conn, scope, &new)?;
    if let (Decision::Redesignation(driver), Some(request_lot)) = (decision, request_lot) {
        let new = NewDesignation {
            contestation: file.id,
            avis: file.avis,
            request_lot,
            last_name: &driver.to.last_name,
            first_names: &driver.to.first_names,
            address: &driver.to.address,
            birth: driver.birth,
            licence: driver.licence.as_deref(),
            is_abroad: driver.is_abroad,
            day: deciding.day,
        };
        db::designation_insert(conn, &new)?;
    }
    Ok((ids.len(), kind))
}

fn written(decision: &Decision) -> (Vec<String>, Option<&'static str>) {
    match decision {
        Decision::Inadmissible(grounds) => {
            let words = grounds.iter().map(|ground| ground.as_str().to_owned());
            (words.collect(), None)
        }
        Decision::Classement(reason) => (Vec::new(), Some(reason)),
        Decision::Admission | Decision::FineMaintained | Decision::Redesignation(_) => {
            (Vec::new(), None)
        }
        Decision::Prosecution(Court::Hearing) => (Vec::new(), Some("hearing")),
        Decision::Prosecution(Court::OrdonnancePenale) => (Vec::new(), Some("ordonnance_penale")),
    }
}

/// What a letter of a decision needs to be asked for.
fn wanted(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    file: &DecidedFile,
    decision: &Decision,
    letter: LetterV1,
) -> Result<(LetterRow, Wanted), LotError> {
    let row = letters::row_of(conn, file.avis)?;
    let wanted = Wanted {
        before: db::decisions_with_letter(conn, file.avis)?,
        sent_on: deciding.law.calendar.prolonged(deciding.day),
        // A driver who was designated writes to the OMP of the place.
        omp: match decision {
            Decision::Redesignation(_) => None,
            _ => row.acting.clone(),
        },
        addressee: match decision {
            Decision::Redesignation(driver) => Some(driver.to.clone()),
            _ => row.driver(),
        },
        // A designated driver is written to where they are said to live.
        address: match decision {
            Decision::Redesignation(_) => None,
            _ => row.declared.clone(),
        },
        is_kept: false,
        letter,
    };
    Ok((row, wanted))
}

/// Asks edition for the letter of a decision; gives the request lot.
fn ask_for(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    file: &DecidedFile,
    decision: &Decision,
    letter: LetterV1,
) -> Result<[u8; 32], LotError> {
    let (row, wanted) = wanted(conn, deciding, file, decision, letter)?;
    // The signed decision lies with the request for its letter.
    let member = letters::member(&row, wanted, deciding.signature.as_bytes())?;
    let lot = letters::request_lot(deciding.at, vec![member])?;
    deciding.objects.put(&lot).map_err(LotError::later)?;
    letters::ask(conn, &lot)?;
    Ok(*lot.id().as_bytes())
}

/// The letter that a decision would edit, as it would be asked for; none where none leaves.
pub(crate) fn preview(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    file: &DecidedFile,
    decision: &Decision,
    (before, after): (&AvisLife, &AvisLife),
) -> Result<Option<LetterRequestV1>, LotError> {
    letter(deciding, file, decision, before, after)?
        .map(|letter| {
            let (row, wanted) = wanted(conn, deciding, file, decision, letter)?;
            letters::request(&row, wanted)
        })
        .transpose()
}

/// What was received, as letters about it say it.
pub(crate) fn contested(file: &DecidedFile, life: &AvisLife) -> ContestedV1 {
    ContestedV1 {
        case_number: case_number(file.avis),
        is_reclamation: life.stage() == Stage::Majoree,
        is_online: file.is_online,
        sent_on: file.counted_day().to_string(),
    }
}

/// Number of the file of an avis, as letters name it.
pub(crate) fn case_number(avis: i64) -> String {
    format!("C{avis}")
}

/// The letter that a decision edits.
fn letter(
    deciding: &Deciding<'_>,
    file: &DecidedFile,
    decision: &Decision,
    before: &AvisLife,
    after: &AvisLife,
) -> Result<Option<LetterV1>, LotError> {
    let is_reclamation = before.stage() == Stage::Majoree;
    let contested = contested(file, before);
    let amounts = before.memory().opening.amounts;
    let day = deciding.day;
    Ok(match decision {
        Decision::Admission => None,
        Decision::FineMaintained => Some(LetterV1::FineMaintained(Box::new(MaintainedLetterV1 {
            contested,
            decided_on: day.to_string(),
            paid_cents: before.received().0,
        }))),
        Decision::Redesignation(_) => Some(LetterV1::Designated(DesignatedLetterV1 {
            replaces: file.member_id.clone(),
        })),
        Decision::Inadmissible(grounds) => {
            let deadlines = before.deadlines();
            let is_due = !is_reclamation && day <= deadlines.forfaitaire_paper;
            let is_late = grounds.contains(&Irrecevabilite::Delai);
            let may_write_again = !is_reclamation && !is_late && day <= deadlines.requete;
            let recommended = after.memory().refusal_until.map(|until| RecommendedV1 {
                number: format!("SIM{}", file.avis),
                contest_until: until.to_string(),
            });
            Some(LetterV1::Irrecevabilite(Box::new(RefusalLetterV1 {
                contested,
                grounds: grounds
                    .iter()
                    .map(|ground| ground.as_str().to_owned())
                    .collect(),
                recommended,
                new_contestation_until: may_write_again.then(|| deadlines.requete.to_string()),
                cents: if is_due {
                    before.owed(day, Means::Paper).amount.0
                } else {
                    amounts.majoree.0
                },
                due_until: is_due.then(|| deadlines.forfaitaire_paper.to_string()),
            })))
        }
        Decision::Classement(reason) => Some(LetterV1::Classement(Box::new(ClassementLetterV1 {
            contested,
            decided_on: day.to_string(),
            reason: (*reason).to_owned(),
            prescribed_on: after.prescription().to_string(),
        }))),
        Decision::Prosecution(court) => {
            let class = u8::try_from(file.class)
                .ok()
                .and_then(OffenceClass::from_number);
            let max = class
                .and_then(|class| deciding.law.court_max(class, file.offence_day()))
                .ok_or_else(|| LotError::later("the law has no amounts for that day"))?;
            let min = match before.stage() {
                Stage::Forfaitaire => amounts.forfaitaire,
                Stage::Majoree => amounts.majoree,
            };
            Some(LetterV1::Transmission(Box::new(TransmissionLetterV1 {
                contested,
                transmitted_on: day.to_string(),
                has_hearing: *court == Court::Hearing,
                fine_min_cents: min.0,
                fine_max_cents: max.0,
                court_fee_cents: deciding.config.court_fee_cents,
            })))
        }
    })
}

/// The grounds of inadmissibility that the known facts support. What a file does not tell speaks for the applicant.
pub(crate) fn suggested(law: &Law, file: &DecidedFile, life: &AvisLife) -> Vec<Finding> {
    let memory = life.memory();
    let (opening, stage) = (memory.opening, memory.stage);
    let contested = Contested {
        stage,
        sending: Sending {
            // Of the letter of the increased fine nothing is proven.
            proven: (stage == Stage::Forfaitaire).then_some(opening.sent),
            abroad: opening.abroad,
            recommended_to_certificate: false,
        },
        is_529_10: opening.is_529_10,
        is_road_code: true,
        amount: match stage {
            Stage::Forfaitaire => opening.amounts.forfaitaire,
            Stage::Majoree => opening.amounts.majoree,
        },
        is_paid: memory.state == State::Paid,
    };
    let ground = Ground::of_word(&file.ground).unwrap_or(Ground::Other);
    // Of the portal's form everything is taken to be there; of paper, what the mail room found.
    let has = |piece: PieceWord| {
        let pieces = file.pieces.as_ref();
        pieces.is_none_or(|pieces| pieces.iter().any(|word| word == piece.as_str()))
    };
    let contestation = Contestation {
        ground,
        posted: file.counted_day(),
        channel: if file.is_online {
            Channel::Online
        } else if has(PieceWord::Recommande) {
            Channel::Recommended
        } else {
            Channel::Ordinary
        },
        has_avis: has(PieceWord::Avis),
        is_on_form: has(PieceWord::Formulaire),
        is_motivated: has(PieceWord::Motif),
        has_proof: has(PieceWord::Preuve),
        names_driver: has(PieceWord::Conducteur),
        consigned: memory.consigned,
        is_by_addressee: has(PieceWord::Destinataire),
    };
    let mut found = findings(law, &contested, &contestation);
    // Without a legible postmark the day of reception proves nothing against the applicant.
    found.retain(|finding| finding.ground != Irrecevabilite::Delai || file.is_day_sure());
    found
}
