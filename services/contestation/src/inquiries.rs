//! What the officer asks before deciding: of the applicant by a letter, of the agent by the receipts of the collectivity.

use cnt_contracts::letter::{LetterV1, PieceAskedLetterV1, ReportAskedLetterV1};
use cnt_domain::law::Law;
use cnt_store::{LotError, PgConnection};
use cnt_vault::ObjectStore;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use crate::db::{self, NewInquiry, Scope};
use crate::decision::contested;
use crate::letters::{self, Wanted};
use crate::life::recall;

/// Days that applicant or agent have to answer. No text sets them: the officer may decide without the answer afterwards.
const ANSWER_DAYS: i32 = 30;

/// Word of a question to the agent.
pub(crate) const REPORT: &str = "report";
/// Word of a question to the applicant.
pub(crate) const PIECE: &str = "piece";

/// What asking needs besides the database.
pub(crate) struct Asking<'a> {
    /// The law.
    pub(crate) law: &'a Law,
    /// Where the request for the letter is written.
    pub(crate) objects: &'a dyn ObjectStore,
    /// The legal instant.
    pub(crate) at: Timestamp,
}

/// Asks about a file of the OMP, in the caller's transaction; the same id again changes nothing. False when no such file
/// waits for a decision, or the id is another question's.
pub(crate) fn ask(
    conn: &mut PgConnection,
    asking: &Asking<'_>,
    scope: &Scope,
    file: Uuid,
    new: &NewInquiry,
) -> Result<bool, LotError> {
    if !db::inquiry_insert(conn, scope, file, new)? {
        return Ok(false);
    }
    if db::inquiry_without_letter(conn, new.id)? {
        write(conn, asking, scope, file, new)?;
    }
    Ok(true)
}

/// Asks for the letter to the applicant, or for the demand that the collectivity of the agent is told of.
fn write(
    conn: &mut PgConnection,
    asking: &Asking<'_>,
    scope: &Scope,
    file: Uuid,
    new: &NewInquiry,
) -> Result<(), LotError> {
    let file = db::file_to_decide(conn, &scope.omp, file, false)?
        .ok_or_else(|| LotError::refused("a question about a file that is not there"))?;
    let lives = db::lives_lock(conn, &[file.avis])?;
    let life = lives
        .first()
        .ok_or_else(|| LotError::refused("an avis without a life"))?;
    let life = recall(&life.state, &life.memory).map_err(LotError::refused)?;
    let calendar = &asking.law.calendar;
    let sent_on: Date = calendar.prolonged(new.day);
    let until = sent_on
        .checked_add(ANSWER_DAYS.days())
        .map_err(LotError::refused)?;
    let row = letters::row_of(conn, file.avis)?;
    let (contested, until) = (
        contested(&file, &life),
        calendar.prolonged(until).to_string(),
    );
    let is_report = new.kind == REPORT;
    let letter = if is_report {
        LetterV1::ReportAsked(Box::new(ReportAskedLetterV1 {
            contested,
            inquiry: new.id,
            wanted: new.what.clone(),
            until,
        }))
    } else {
        LetterV1::PieceAsked(Box::new(PieceAskedLetterV1 {
            contested,
            wanted: new.what.clone(),
            until,
        }))
    };
    let wanted = Wanted {
        before: db::inquiries_asked(conn, file.avis, new.kind)?,
        sent_on,
        omp: row.acting.clone(),
        addressee: row.driver(),
        address: row.declared.clone(),
        is_kept: is_report,
        letter,
    };
    let lot = letters::request_lot(asking.at, vec![letters::member(&row, wanted, &[])?])?;
    asking.objects.put(&lot).map_err(LotError::later)?;
    letters::ask(conn, &lot)?;
    db::inquiry_asked(conn, new.id, lot.id().as_bytes())?;
    Ok(())
}
