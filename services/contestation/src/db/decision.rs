//! Decisions: the file under its version, everything that waits about the same avis, what is written.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::envelope::{Close, envelopes_of_files_close};
use crate::db::instants::{civil_date, pg_date, pg_timestamp};
use crate::db::prepared::Prepare as _;
use crate::step::Step;

/// A file that is to be decided; its row is locked.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DecidedFile {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Word of the state.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Who holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) claimed_by: Option<String>,
    /// Counts the changes of the row.
    #[diesel(sql_type = Integer)]
    pub(crate) version: i32,
    /// Word of the ground.
    #[diesel(sql_type = Text)]
    pub(crate) ground: String,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
    #[diesel(sql_type = Nullable<SqlDate>)]
    posted_day: Option<PgDate>,
    /// What a contestation on paper has; none of those of the portal.
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub(crate) pieces: Option<Vec<String>>,
    #[diesel(sql_type = SqlDate)]
    offence_day: PgDate,
    /// Class of the contravention.
    #[diesel(sql_type = SmallInt)]
    pub(crate) class: i16,
    /// The document of the avis.
    #[diesel(sql_type = Text)]
    pub(crate) member_id: String,
    /// Whether it came through the portal.
    #[diesel(sql_type = Bool)]
    pub(crate) is_online: bool,
}

impl DecidedFile {
    /// Whether the day on which it was posted is known.
    pub(crate) fn is_day_sure(&self) -> bool {
        self.posted_day.is_some()
    }

    /// The day that counts for a delay: of the postmark, or else of reception.
    pub(crate) fn counted_day(&self) -> Date {
        civil_date(self.posted_day.unwrap_or(self.received_day))
    }

    /// Day of the offence.
    pub(crate) fn offence_day(&self) -> Date {
        civil_date(self.offence_day)
    }
}

/// A file of the OMP, locked if it is to be decided.
pub(crate) fn file_to_decide(
    conn: &mut PgConnection,
    omp: &str,
    id: Uuid,
    is_locked: bool,
) -> Result<Option<DecidedFile>, StoreError> {
    let lock = if is_locked { "FOR UPDATE OF c" } else { "" };
    Ok(diesel::sql_query(format!(
        "SELECT c.id, a.avis, c.state, c.claimed_by, c.version, c.ground, c.received_day, c.posted_day, c.pieces, \
                a.offence_day, a.class, a.member_id, \
                EXISTS (SELECT 1 FROM courrier e WHERE e.contestation = c.id AND e.channel = 'portal') AS is_online \
         FROM contestation c JOIN avis a ON a.avis = c.avis_number \
         WHERE c.id = $1 AND c.omp = $2 {lock}"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(omp)
    .prepared()
    .get_result(conn)
    .optional()?)
}

/// What else waits about the same avis and is in nobody's hands; locked.
pub(crate) fn others_waiting(
    conn: &mut PgConnection,
    file: &DecidedFile,
) -> Result<Vec<Uuid>, StoreError> {
    #[derive(QueryableByName)]
    struct Other {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let queued = Step::CLAIM.from();
    let rows: Vec<Other> = diesel::sql_query(format!(
        "SELECT id FROM contestation WHERE avis_number = $1 AND id <> $2 AND state = '{queued}' \
         ORDER BY id FOR UPDATE"
    ))
    .bind::<BigInt, _>(file.avis)
    .bind::<SqlUuid, _>(file.id)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A decision to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDecision<'a> {
    /// The file, and what else it answers.
    pub(crate) ids: &'a [Uuid],
    /// The avis.
    pub(crate) avis: i64,
    /// Word of the decision.
    pub(crate) kind: &'static str,
    /// Grounds of inadmissibility.
    pub(crate) grounds: &'a [String],
    /// Reason of a classement, or the procedure before the tribunal.
    pub(crate) detail: Option<&'a str>,
    /// The civil day in Paris.
    pub(crate) day: Date,
    /// The legal instant.
    pub(crate) at: Timestamp,
    /// The officer's signature.
    pub(crate) signature: &'a str,
    /// What is said of the envelopes that it answers: the letter, or why there is none.
    pub(crate) close: Close<'a>,
    /// The lot of the letter asked for, if there is one.
    pub(crate) request_lot: Option<[u8; 32]>,
}

/// Writes a decision and closes the files it answers: each is taken, if nobody holds it, and decided.
pub(crate) fn decide(
    conn: &mut PgConnection,
    scope: &Scope,
    decision: &NewDecision<'_>,
) -> Result<(), StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    let (from, to) = (Step::DECIDE.from(), Step::DECIDE.to());
    diesel::sql_query(format!(
        "UPDATE contestation SET state = '{claimed}', claimed_by = $2, lease_until = $3, snoozed_until = NULL, \
             version = version + 1 \
         WHERE id = ANY($1) AND state = '{queued}'"
    ))
    .bind::<Array<SqlUuid>, _>(decision.ids)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(decision.at))
    .execute(conn)?;
    diesel::sql_query(format!(
        "UPDATE contestation SET state = '{to}', claimed_by = NULL, lease_until = NULL, version = version + 1 \
         WHERE id = ANY($1) AND state = '{from}'"
    ))
    .bind::<Array<SqlUuid>, _>(decision.ids)
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO decision (contestation, avis, kind, grounds, detail, day, decided_by, decided_at, request_lot, \
                               signature, omp) \
         SELECT id, $2, $3, $4, $5, $6, $7, $8, CASE WHEN n = 1 THEN $9 END, $10, $11 \
         FROM unnest($1) WITH ORDINALITY AS f(id, n)",
    )
    .bind::<Array<SqlUuid>, _>(decision.ids)
    .bind::<BigInt, _>(decision.avis)
    .bind::<Text, _>(decision.kind)
    .bind::<Array<Text>, _>(decision.grounds)
    .bind::<Nullable<Text>, _>(decision.detail)
    .bind::<SqlDate, _>(pg_date(decision.day))
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(decision.at))
    .bind::<Nullable<diesel::sql_types::Binary>, _>(decision.request_lot.as_ref().map(<[u8; 32]>::as_slice))
    .bind::<Text, _>(decision.signature)
    .bind::<Text, _>(&scope.omp)
    .execute(conn)?;
    envelopes_of_files_close(conn, decision.ids, &decision.close)
}

/// How many letters were asked for by decisions about an avis.
pub(crate) fn decisions_with_letter(conn: &mut PgConnection, avis: i64) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Count = diesel::sql_query(
        "SELECT count(*) AS count FROM decision WHERE avis = $1 AND request_lot IS NOT NULL",
    )
    .bind::<BigInt, _>(avis)
    .get_result(conn)?;
    Ok(row.count)
}
