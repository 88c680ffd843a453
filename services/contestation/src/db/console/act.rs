//! What is done with a file besides deciding it: holding it, handing it to somebody, letting it sleep, drafts. Each act is by
//! the version that was read, so that nobody overwrites another.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Bool, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::instants::{pg_date, pg_timestamp, timestamp};
use crate::db::prepared::Prepare as _;
use crate::step::Step;

/// Something done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileAct {
    /// It is for one operator.
    Assign(String),
    /// It is for the officer.
    Escalate,
    /// It sleeps until a day.
    Snooze(Date),
    /// It comes first, or not.
    Urgent(bool),
    /// It goes back to the queue of all.
    Release,
}

impl FileAct {
    const fn word(&self) -> &'static str {
        match self {
            FileAct::Assign(_) => "assigned",
            FileAct::Escalate => "escalated",
            FileAct::Snooze(_) => "snoozed",
            FileAct::Urgent(true) => "urgent",
            FileAct::Urgent(false) => "not_urgent",
            FileAct::Release => "released",
        }
    }

    fn desk(&self) -> Option<&str> {
        match self {
            FileAct::Assign(login) => Some(login),
            FileAct::Escalate => Some("@officer"),
            FileAct::Release => Some(""),
            FileAct::Snooze(_) | FileAct::Urgent(_) => None,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            FileAct::Assign(login) => Some(login.clone()),
            FileAct::Snooze(until) => Some(until.to_string()),
            FileAct::Escalate | FileAct::Urgent(_) | FileAct::Release => None,
        }
    }
}

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is done.
    Done,
    /// There is no such file for this OMP.
    Unknown,
    /// It was decided.
    Decided,
    /// Another operator holds it.
    Held,
    /// It changed since it was read.
    Changed,
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Bool)]
    is_decided: bool,
    #[diesel(sql_type = Bool)]
    is_others: bool,
}

/// Why a file could not be changed.
fn why(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Told, StoreError> {
    let decided = Step::DECIDE.to();
    let standing: Option<Standing> = diesel::sql_query(format!(
        "SELECT state = '{decided}' AS is_decided, coalesce(claimed_by <> $3, false) AS is_others \
         FROM contestation WHERE id = $1 AND omp = $2"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .get_result(conn)
    .optional()?;
    Ok(match standing {
        None => Told::Unknown,
        Some(found) if found.is_decided => Told::Decided,
        Some(found) if found.is_others => Told::Held,
        Some(_) => Told::Changed,
    })
}

/// Does something with a file that nobody else holds, in the version that was read; it is given back, and journalled with
/// the reason. A supervisor may take a file from whoever holds it.
pub(crate) fn file_act(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, version): (Uuid, i32),
    (act, reason): (&FileAct, &str),
    may_take: bool,
) -> Result<Told, StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    // A change of rank leaves the file where it is.
    let stays = matches!(act, FileAct::Urgent(_));
    let changed = diesel::sql_query(format!(
        "UPDATE contestation SET version = version + 1, rank = coalesce($5, rank), desk = coalesce($6, desk), \
             state = CASE WHEN $8 THEN state ELSE '{queued}' END, \
             claimed_by = CASE WHEN $8 THEN claimed_by END, lease_until = CASE WHEN $8 THEN lease_until END, \
             snoozed_until = CASE WHEN $8 THEN snoozed_until ELSE $7 END \
         WHERE id = $1 AND omp = $2 AND version = $3 AND state IN ('{queued}', '{claimed}') \
           AND (claimed_by IS NULL OR claimed_by = $4 OR $9)"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Integer, _>(version)
    .bind::<Text, _>(&scope.user)
    .bind::<Nullable<SmallInt>, _>(match act {
        FileAct::Urgent(is_urgent) => Some(i16::from(!is_urgent)),
        _ => None,
    })
    .bind::<Nullable<Text>, _>(act.desk())
    .bind::<Nullable<SqlDate>, _>(match act {
        FileAct::Snooze(until) => Some(pg_date(*until)),
        _ => None,
    })
    .bind::<Bool, _>(stays)
    .bind::<Bool, _>(may_take)
    .execute(conn)?;
    if changed == 0 {
        return why(conn, scope, id);
    }
    diesel::sql_query(
        "INSERT INTO file_act (contestation, who, what, reason, detail, omp) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(act.word())
    .bind::<Text, _>(reason)
    .bind::<Nullable<Text>, _>(act.detail())
    .bind::<Text, _>(&scope.omp)
    .execute(conn)?;
    Ok(Told::Done)
}

/// Takes one file, if nobody else holds it.
pub(crate) fn claim_file(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
    lease_until: Timestamp,
) -> Result<Told, StoreError> {
    let (from, to) = (Step::CLAIM.from(), Step::CLAIM.to());
    let claimed = diesel::sql_query(format!(
        "UPDATE contestation SET state = '{to}', claimed_by = $3, lease_until = $4, snoozed_until = NULL, \
             version = version + 1 WHERE id = $1 AND omp = $2 AND state = '{from}'"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(lease_until))
    .execute(conn)?;
    if claimed > 0 {
        return Ok(Told::Done);
    }
    match why(conn, scope, id)? {
        // It is the operator's already.
        Told::Changed => Ok(Told::Done),
        told => Ok(told),
    }
}

/// The operator is still at work: the lease of the file that they hold is prolonged. False when they do not hold it.
pub(crate) fn renew(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
    lease_until: Timestamp,
) -> Result<bool, StoreError> {
    let claimed = Step::CLAIM.to();
    let renewed = diesel::sql_query(format!(
        "UPDATE contestation SET lease_until = $4 WHERE id = $1 AND omp = $2 AND state = '{claimed}' AND claimed_by = $3"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(lease_until))
    .execute(conn)?;
    Ok(renewed > 0)
}

/// Something that was done with a file.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct FileActRow {
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
    /// By whom.
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    /// What.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    /// Why.
    #[diesel(sql_type = Text)]
    pub(crate) reason: String,
    /// To whom, or until when.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) detail: Option<String>,
}

impl FileActRow {
    /// When.
    pub(crate) fn at(&self) -> Timestamp {
        timestamp(self.at)
    }
}

/// What was done with a file, the oldest first.
pub(crate) fn file_acts(conn: &mut PgConnection, id: Uuid) -> Result<Vec<FileActRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT at, who, what, reason, detail FROM file_act WHERE contestation = $1 ORDER BY n",
    )
    .bind::<SqlUuid, _>(id)
    .prepared()
    .load(conn)?)
}

/// What an operator is writing.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DraftRow {
    /// Who.
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    /// What.
    #[diesel(sql_type = Text)]
    pub(crate) note: String,
    #[diesel(sql_type = Timestamptz)]
    saved_at: PgTimestamp,
}

impl DraftRow {
    /// When it was kept last.
    pub(crate) fn saved_at(&self) -> Timestamp {
        timestamp(self.saved_at)
    }
}

/// What is being written about a file.
pub(crate) fn draft(conn: &mut PgConnection, id: Uuid) -> Result<Option<DraftRow>, StoreError> {
    Ok(
        diesel::sql_query("SELECT who, note, saved_at FROM draft WHERE contestation = $1")
            .bind::<SqlUuid, _>(id)
            .prepared()
            .get_result(conn)
            .optional()?,
    )
}

/// Keeps what whoever holds the file is writing. False when they do not hold it.
pub(crate) fn draft_keep(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
    note: &str,
) -> Result<bool, StoreError> {
    let claimed = Step::CLAIM.to();
    let kept = diesel::sql_query(format!(
        "INSERT INTO draft (contestation, who, note) \
         SELECT c.id, $3, $4 FROM contestation c \
         WHERE c.id = $1 AND c.omp = $2 AND c.state = '{claimed}' AND c.claimed_by = $3 \
         ON CONFLICT (contestation) DO UPDATE SET who = excluded.who, note = excluded.note, saved_at = clock_timestamp()"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(note)
    .execute(conn)?;
    Ok(kept > 0)
}
