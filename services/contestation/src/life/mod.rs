//! The lives of the avis: one row each, moved through the machine of `cnt-domain` by what happens and by the days that
//! pass. Every step is journalled with its article; so is every event that the law refuses.

mod clock;
mod envelopes;
mod kept;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use cnt_domain::law::Law;
use cnt_domain::life::{AvisLife, Duty, Event, Opening, Refusal, Stage, State, Step};
use cnt_domain::money::Cents;
use cnt_flow::{RegistryVersion, RegistryView, WorkError};
use cnt_store::{LotError, PgConnection};
use cnt_vault::ObjectStore;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::{self, LifeChange, LifeRow, NewLife, StepRow};
use crate::dossier;
use crate::receipts;

pub(crate) use clock::ClockWork;
pub(crate) use envelopes::Tail;
pub(crate) use kept::{keep, recall};

/// Contestations told to their lives in one transaction.
const WRITTEN_MAX: i64 = 5_000;

/// What happens to one avis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// Which avis.
    pub(crate) avis: i64,
    /// What.
    pub(crate) what: What,
    /// The civil day in Paris on which it happened.
    pub(crate) day: Date,
    /// What it comes from, for the journal.
    pub(crate) cause: String,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// An event of the machine.
    Event(Event),
    /// The addressee wrote: a requête, a réclamation or the contestation of a refusal, by where the avis stands.
    Written {
        /// What was consigned with it.
        consigned: Cents,
    },
    /// The clock: only the days until then pass.
    Days,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The avis took the step; none for [`What::Days`].
    Lived(Option<Step>),
    /// The law refuses it; that is journalled.
    Refused(Refusal),
    /// There is no such avis.
    Unknown,
}

/// The law of the newest version of the registry; not now before the first one came.
pub(crate) fn law_now(registry: &RegistryView) -> Result<Arc<RegistryVersion>, WorkError> {
    registry
        .current()
        .ok_or_else(|| WorkError::later("no version of the registry is here yet"))
}

/// The life of an avis that was sent, as its row.
pub(crate) fn opened(
    law: &Law,
    avis: i64,
    omp: &str,
    opening: Opening,
) -> Result<NewLife, WorkError> {
    let life = AvisLife::open(law, opening).map_err(WorkError::never)?;
    Ok(NewLife {
        avis,
        omp: omp.to_owned(),
        state: life.state().as_str(),
        next_day: life.next_day(),
        memory: keep(&life).map_err(WorkError::never)?,
    })
}

/// A life in hand: its row is locked.
struct InHand {
    life: AvisLife,
    before: i32,
    prescription: Date,
    requete: Date,
    steps: Vec<StepRow>,
}

impl InHand {
    fn of(row: &LifeRow) -> Result<Self, LotError> {
        let life = recall(&row.state, &row.memory).map_err(LotError::refused)?;
        Ok(Self {
            prescription: life.prescription(),
            requete: life.deadlines().requete,
            life,
            before: row.steps,
            steps: Vec::new(),
        })
    }

    /// Days that come before something else have passed before it.
    fn days(&mut self, law: &Law, avis: i64, until: Date, at: Timestamp) -> Result<(), Refusal> {
        while let Some(day) = self.life.next_day().filter(|day| *day <= until) {
            let step = self.life.apply(law, Event::Day, day)?;
            self.journal(avis, day, at, "clock", Ok(&step));
        }
        Ok(())
    }

    fn happens(&mut self, law: &Law, it: &Happening, at: Timestamp) -> Outcome {
        if let Err(refusal) = self.days(law, it.avis, it.day, at) {
            return Outcome::Refused(refusal);
        }
        let event = match it.what {
            What::Event(event) => event,
            What::Written { consigned } => written(&self.life, consigned),
            What::Days => return Outcome::Lived(None),
        };
        match self.life.apply(law, event, it.day) {
            Ok(step) => {
                self.journal(it.avis, it.day, at, &it.cause, Ok(&step));
                Outcome::Lived(Some(step))
            }
            Err(refusal) => {
                self.journal(it.avis, it.day, at, &it.cause, Err((event, refusal)));
                Outcome::Refused(refusal)
            }
        }
    }

    fn journal(
        &mut self,
        avis: i64,
        day: Date,
        at: Timestamp,
        cause: &str,
        outcome: Result<&Step, (Event, Refusal)>,
    ) {
        let written = i32::try_from(self.steps.len()).unwrap_or(i32::MAX);
        let state = self.life.state();
        let (event, before, after, basis, refusal, duties) = match outcome {
            Ok(step) => {
                let duties = step.duties.iter().map(duty_text).collect();
                (
                    step.event,
                    step.from,
                    step.to,
                    Some(step.basis),
                    None,
                    duties,
                )
            }
            Err((event, refusal)) => {
                let refusal = Some(refusal.to_string());
                (event.kind(), state, state, None, refusal, Vec::new())
            }
        };
        self.steps.push(StepRow {
            avis,
            n: self.before.saturating_add(written).saturating_add(1),
            at,
            day,
            event: event.as_str(),
            cause: cause.to_owned(),
            before: before.as_str(),
            after: after.as_str(),
            basis,
            refusal,
            duties,
        });
    }
}

/// What a letter of the addressee is: a réclamation once the titre was signed (CPP 530), the contestation of a refusal
/// while that can be contested (CPP R49-18), else a requête (CPP 529-2).
fn written(life: &AvisLife, consigned: Cents) -> Event {
    match (life.state(), life.stage()) {
        (State::Refused, _) => Event::RefusalContested,
        (_, Stage::Majoree) => Event::Reclamation { consigned },
        (_, Stage::Forfaitaire) => Event::Requete { consigned },
    }
}

/// What somebody must do, in few words.
fn duty_text(duty: &Duty) -> String {
    match duty {
        Duty::Decide => "decide".to_owned(),
        Duty::SignTitre => "sign_titre".to_owned(),
        Duty::SendMajoree => "send_majoree".to_owned(),
        Duty::TellComptable => "tell_comptable".to_owned(),
        Duty::SendRefusal { recommended: true } => "send_refusal_recommended".to_owned(),
        Duty::SendRefusal { recommended: false } => "send_refusal".to_owned(),
        Duty::SendClassement => "send_classement".to_owned(),
        Duty::SendAvisToDriver => "send_avis_to_driver".to_owned(),
        Duty::HandOver => "hand_over".to_owned(),
        Duty::Refund(cents) => format!("refund {}", cents.0),
        Duty::SeekAddress => "seek_address".to_owned(),
        Duty::SetOff(cents) => format!("set_off {}", cents.0),
    }
}

/// Lets things happen to avis, in the order given, in the caller's transaction. `at` is the legal instant of writing.
pub(crate) fn happen(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    happenings: &[Happening],
) -> Result<Vec<Outcome>, LotError> {
    let mut avis: Vec<i64> = happenings.iter().map(|it| it.avis).collect();
    avis.sort_unstable();
    avis.dedup();
    let rows = db::lives_lock(conn, &avis)?;
    let outcomes = happen_to(conn, law, at, &rows, happenings)?;
    Ok(outcomes)
}

/// The same, to rows that the caller has locked.
fn happen_to(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    rows: &[LifeRow],
    happenings: &[Happening],
) -> Result<Vec<Outcome>, LotError> {
    let mut lives = BTreeMap::new();
    for row in rows {
        lives.insert(row.avis, InHand::of(row)?);
    }
    let outcomes = happenings
        .iter()
        .map(|it| match lives.get_mut(&it.avis) {
            Some(life) => life.happens(law, it, at),
            None => Outcome::Unknown,
        })
        .collect();
    let (mut changes, mut steps) = (Vec::new(), Vec::new());
    for (avis, in_hand) in lives {
        if in_hand.steps.is_empty() {
            continue;
        }
        let written = i32::try_from(in_hand.steps.len()).unwrap_or(i32::MAX);
        changes.push(LifeChange {
            avis,
            state: in_hand.life.state().as_str(),
            next_day: in_hand.life.next_day(),
            memory: keep(&in_hand.life).map_err(LotError::refused)?,
            steps: in_hand.before.saturating_add(written),
            prescription: Some(in_hand.life.prescription())
                .filter(|day| *day != in_hand.prescription),
            requete: Some(in_hand.life.deadlines().requete).filter(|day| *day != in_hand.requete),
        });
        steps.extend(in_hand.steps);
    }
    db::lives_write(conn, &changes, &steps)?;
    Ok(outcomes)
}

/// Tells lives of the envelopes that they do not know of yet: contestations that were routed, letters that came back. Asks
/// for the receipts of those of the portal. Returns how many.
pub(crate) fn tell_received(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    law: &Law,
    at: Timestamp,
) -> Result<usize, LotError> {
    Ok(tell_written(conn, objects, law, at)?.saturating_add(tell_returned(conn, law, at)?))
}

fn tell_returned(conn: &mut PgConnection, law: &Law, at: Timestamp) -> Result<usize, LotError> {
    let returned = db::returned_to_live(conn, WRITTEN_MAX)?;
    let mut happenings = Vec::with_capacity(returned.len());
    for row in &returned {
        let motive = row
            .motive()
            .ok_or_else(|| LotError::refused("a motive that the post does not know"))?;
        happenings.push(Happening {
            avis: row.avis,
            what: What::Event(Event::Returned(motive)),
            day: row.received_day(),
            cause: format!("courrier {}", row.id),
        });
    }
    happen(conn, law, at, &happenings)?;
    let ids: Vec<_> = returned.iter().map(|row| row.id).collect();
    db::returned_lived(conn, &ids)?;
    Ok(ids.len())
}

fn tell_written(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    law: &Law,
    at: Timestamp,
) -> Result<usize, LotError> {
    let written = db::contestations_to_live(conn, WRITTEN_MAX)?;
    let happenings: Vec<Happening> = written
        .iter()
        .map(|row| Happening {
            avis: row.avis_number,
            what: What::Written {
                consigned: Cents(row.consigned_cents),
            },
            day: row.counted_day(),
            cause: format!("contestation {}", row.id),
        })
        .collect();
    happen(conn, law, at, &happenings)?;
    let ids: Vec<_> = written.iter().map(|row| row.id).collect();
    db::contestations_lived(conn, &ids)?;
    receipts::ask(conn, objects, &ids)?;
    let avis: Vec<i64> = written.iter().map(|row| row.avis_number).collect();
    dossier::ask_files(conn, objects, &avis, at)?;
    Ok(ids.len())
}

/// Lets the days until today pass for a lot of lives that are due. Returns how many lives were due.
pub(crate) fn live_days(
    conn: &mut PgConnection,
    law: &Law,
    today: Date,
    at: Timestamp,
    lot_max: i64,
) -> Result<usize, LotError> {
    let rows = db::lives_due(conn, today, lot_max)?;
    let happenings: Vec<Happening> = rows
        .iter()
        .map(|row| Happening {
            avis: row.avis,
            what: What::Days,
            day: today,
            cause: String::new(),
        })
        .collect();
    for outcome in happen_to(conn, law, at, &rows, &happenings)? {
        if let Outcome::Refused(refusal) = outcome {
            return Err(LotError::later(refusal));
        }
    }
    Ok(rows.len())
}
