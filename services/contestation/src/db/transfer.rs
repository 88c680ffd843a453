//! Files that go from one OMP to another.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::instants::{pg_timestamp, timestamp};
use crate::db::prepared::Prepare as _;
use crate::step::Step;

/// A transfer to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTransfer<'a> {
    /// The file.
    pub(crate) id: Uuid,
    /// The version that was read.
    pub(crate) version: i32,
    /// Whom it goes to.
    pub(crate) to: &'a str,
    /// Why.
    pub(crate) reason: &'a str,
    /// When (legal clock).
    pub(crate) at: Timestamp,
}

/// A transfer that was made.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct TransferRow {
    /// Whose queue it left.
    #[diesel(sql_type = Text)]
    pub(crate) from_omp: String,
    /// Whom it went to.
    #[diesel(sql_type = Text)]
    pub(crate) to_omp: String,
    /// Why.
    #[diesel(sql_type = Text)]
    pub(crate) reason: String,
    /// By whom.
    #[diesel(sql_type = Text)]
    pub(crate) transferred_by: String,
    #[diesel(sql_type = Timestamptz)]
    transferred_at: PgTimestamp,
}

impl TransferRow {
    /// When (legal clock).
    pub(crate) fn transferred_at(&self) -> Timestamp {
        timestamp(self.transferred_at)
    }
}

/// The transfers of a file, the oldest first.
pub(crate) fn transfers(
    conn: &mut PgConnection,
    contestation: Uuid,
) -> Result<Vec<TransferRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT from_omp, to_omp, reason, transferred_by, transferred_at FROM transfer \
         WHERE contestation = $1 ORDER BY n",
    )
    .bind::<SqlUuid, _>(contestation)
    .prepared()
    .load(conn)?)
}

/// What came of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transferred {
    /// It is in the other queue.
    Done,
    /// There is no such file for this OMP.
    Unknown,
    /// It was decided.
    Decided,
    /// Another operator holds it.
    HeldByOther,
    /// It changed since it was read.
    Changed,
}

#[derive(QueryableByName)]
struct FileRow {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    claimed_by: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Puts a file of the OMP into the queue of another and writes why, in the caller's transaction.
pub(crate) fn transfer(
    conn: &mut PgConnection,
    scope: &Scope,
    new: &NewTransfer<'_>,
) -> Result<Transferred, StoreError> {
    let file: Option<FileRow> = diesel::sql_query(
        "SELECT state, claimed_by, version FROM contestation WHERE id = $1 AND omp = $2 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(new.id)
    .bind::<Text, _>(&scope.omp)
    .get_result(conn)
    .optional()?;
    let Some(file) = file else {
        return Ok(Transferred::Unknown);
    };
    if file.state == Step::DECIDE.to() {
        return Ok(Transferred::Decided);
    }
    if file.claimed_by.as_ref().is_some_and(|by| *by != scope.user) {
        return Ok(Transferred::HeldByOther);
    }
    if file.version != new.version {
        return Ok(Transferred::Changed);
    }
    let queued = Step::RELEASE.to();
    diesel::sql_query(format!(
        "UPDATE contestation SET omp = $2, state = '{queued}', claimed_by = NULL, lease_until = NULL, \
                version = version + 1 WHERE id = $1"
    ))
    .bind::<SqlUuid, _>(new.id)
    .bind::<Text, _>(new.to)
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO transfer (contestation, from_omp, to_omp, reason, transferred_by, transferred_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(new.id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(new.to)
    .bind::<Text, _>(new.reason)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(new.at))
    .execute(conn)?;
    Ok(Transferred::Done)
}
