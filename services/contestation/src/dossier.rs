//! What completes files: the procès-verbal of each contested avis (CPP A37-19-1), asked for in the transaction in which its
//! life learns of the contestation; and a worker for the copies that addressees ask for and the files handed over to the
//! tribunal, which also keeps the counts of open files. A lot of letters is asked for in one transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cnt_contracts::letter::{LetterV1, ProcesVerbalLetterV1};
use cnt_domain::civil::paris_date;
use cnt_flow::WorkError;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint;
use cnt_store::{LotError, PgConnection, Session};
use cnt_vault::{MemberInput, ObjectStore};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::NAME;
use crate::db::{self, LetterRow};
use crate::hand_over::hand_over;
use crate::letters::{self, Wanted};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Letters of one lot.
const LOT_MAX: i64 = 500;

/// Completes files.
pub(crate) struct DossierWork {
    /// Its connection.
    pub(crate) session: Session,
    /// Where requests for letters are written.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// The legal clock.
    pub(crate) clock: Clock,
}

impl DossierWork {
    /// Works until the stop is requested.
    ///
    /// # Errors
    /// A failure that waiting does not mend.
    pub(crate) fn run(mut self, context: &ServiceContext) -> anyhow::Result<()> {
        cnt_flow::rounds(context, PAUSE, "Files wait to be completed", || {
            self.round(context)
        })
    }

    fn round(&mut self, context: &ServiceContext) -> Result<(), WorkError> {
        let objects = Arc::clone(&self.objects);
        while !context.shutdown.is_requested() {
            let (day, at) = (self.clock.legal_today_paris(), self.clock.legal_now());
            let asked = self.session.lot(|conn| {
                let copies = copies(conn, objects.as_ref(), day, at)?;
                let handed = hand_over(conn, objects.as_ref(), day, at)?;
                db::open_files_fold(conn)?;
                failpoint::hit("contestation.before_dossier_commit").map_err(LotError::later)?;
                Ok(copies + handed)
            })?;
            if asked == 0 {
                break;
            }
            tracing::info!(letters = asked, "Files were completed");
        }
        Ok(())
    }
}

/// Asks for the procès-verbaux of avis that are contested, where their files have none.
pub(crate) fn ask_files(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    avis: &[i64],
    at: Timestamp,
) -> Result<usize, LotError> {
    let avis = db::pv_claim(conn, avis)?;
    let day = paris_date(at);
    let wanted: Vec<(i64, Wanted)> = avis.iter().map(|avis| (*avis, pv(0, day, true))).collect();
    ask(conn, objects, wanted, at)
}

/// Asks for copies; each envelope is answered by its letter. Returns how many.
fn copies(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    day: Date,
    at: Timestamp,
) -> Result<usize, LotError> {
    let copies = db::pv_copies_claim(conn, LOT_MAX)?;
    let wanted = copies
        .iter()
        .map(|copy| (copy.avis, pv(i64::from(copy.before), day, copy.is_online)))
        .collect();
    let asked = ask(conn, objects, wanted, at)?;
    let answers: Vec<(Uuid, String)> = copies
        .iter()
        .map(|copy| {
            let issue = copy.before.saturating_add(1);
            (copy.courrier, format!("letter PVE/{issue}"))
        })
        .collect();
    db::envelopes_answer(conn, &answers, NAME, at)?;
    Ok(asked)
}

fn pv(before: i64, day: Date, is_kept: bool) -> Wanted {
    Wanted {
        before,
        sent_on: day,
        omp: None,
        addressee: None,
        address: None,
        is_kept,
        letter: LetterV1::ProcesVerbal(ProcesVerbalLetterV1 {}),
    }
}

/// Asks edition for procès-verbaux in one lot, those of one verdict lot together.
fn ask(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    wanted: Vec<(i64, Wanted)>,
    at: Timestamp,
) -> Result<usize, LotError> {
    if wanted.is_empty() {
        return Ok(0);
    }
    let avis: Vec<i64> = wanted.iter().map(|(avis, _)| *avis).collect();
    let mut wanted: HashMap<i64, Wanted> = wanted.into_iter().collect();
    let rows = db::letter_rows(conn, &avis)?;
    let member = |row: &LetterRow| -> Result<MemberInput, LotError> {
        let mut own = wanted
            .remove(&row.avis)
            .ok_or_else(|| LotError::refused("a procès-verbal that nobody asked for"))?;
        own.addressee = row.driver();
        own.address = row.declared.clone();
        letters::member(row, own, &[])
    };
    let members: Vec<MemberInput> = rows.iter().map(member).collect::<Result<_, _>>()?;
    if members.len() != avis.len() {
        return Err(LotError::refused(
            "a procès-verbal of an avis that is not there",
        ));
    }
    let lot = letters::request_lot(at, members)?;
    objects.put(&lot).map_err(LotError::later)?;
    letters::ask(conn, &lot)?;
    db::pv_asked(conn, &avis, lot.id().as_bytes())?;
    Ok(avis.len())
}
