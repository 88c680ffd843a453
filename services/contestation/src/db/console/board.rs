//! What supervisors and auditors look at.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date as SqlDate, Nullable, Text, Timestamptz};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::instants::{pg_date, pg_timestamp, timestamp};
use crate::step::Step;

/// Lines of the journal that are shown.
const LINES_MAX: i64 = 500;

/// A figure of the board.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct BoardRow {
    /// Which plot: `ground`, `week`, `day` or `operator`.
    #[diesel(sql_type = Text)]
    pub(crate) plot: String,
    /// What it counts: the word of a ground or decision, a day, a login.
    #[diesel(sql_type = Text)]
    pub(crate) label: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub(crate) count: i64,
}

/// The work of an OMP: open files by ground and by the week of their prescription, decisions of the last days by day and by
/// operator.
pub(crate) fn board(
    conn: &mut PgConnection,
    omp: &str,
    (since, today): (Date, Date),
) -> Result<Vec<BoardRow>, StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    Ok(diesel::sql_query(format!(
        "WITH open AS MATERIALIZED ( \
             SELECT ground, prescription FROM contestation WHERE omp = $1 AND state IN ('{queued}', '{claimed}')), \
         done AS MATERIALIZED (SELECT day, decided_by FROM decision WHERE omp = $1 AND day >= $2) \
         SELECT 'ground' AS plot, ground AS label, count(*) AS count FROM open GROUP BY ground \
         UNION ALL \
         SELECT 'week', least(greatest((prescription - $3) / 7, 0), 13)::text, count(*) FROM open GROUP BY 2 \
         UNION ALL \
         SELECT 'day', day::text, count(*) FROM done GROUP BY 2 \
         UNION ALL \
         SELECT 'operator', decided_by, count(*) FROM done GROUP BY 2"
    ))
    .bind::<Text, _>(omp)
    .bind::<SqlDate, _>(pg_date(since))
    .bind::<SqlDate, _>(pg_date(today))
    .load(conn)?)
}

/// A line of the journal.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct JournalRow {
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
    /// Who.
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    /// What: `read`, `claim`, the word of an act or of a decision.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The reason that was given.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) reason: Option<String>,
}

impl JournalRow {
    /// When.
    pub(crate) fn at(&self) -> Timestamp {
        timestamp(self.at)
    }
}

/// Who read, held and changed files of the session's OMP between two instants (real clock), the latest first.
pub(crate) fn journal_of(
    conn: &mut PgConnection,
    who: Option<&str>,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<JournalRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT j.at, j.who, j.what, c.avis_number AS avis, j.reason FROM ( \
             SELECT at, who, what, id, NULL AS reason FROM consultation WHERE at >= $2 AND at < $3 \
             UNION ALL \
             SELECT at, who, what, contestation, reason FROM file_act WHERE at >= $2 AND at < $3) j \
         JOIN contestation c ON c.id = j.id WHERE $1 IS NULL OR j.who = $1 ORDER BY j.at DESC LIMIT $4",
    )
    .bind::<Nullable<Text>, _>(who)
    .bind::<Timestamptz, _>(pg_timestamp(from))
    .bind::<Timestamptz, _>(pg_timestamp(to))
    .bind::<BigInt, _>(LINES_MAX)
    .load(conn)?)
}
