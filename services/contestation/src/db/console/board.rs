//! What supervisors and auditors look at.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date as SqlDate, Nullable, Text, Timestamptz};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::instants::{pg_date, pg_timestamp, timestamp};
use crate::db::prepared::Prepare as _;

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
    let board = diesel::sql_query(
        "WITH open AS MATERIALIZED (SELECT ground, prescription, files FROM open_count WHERE omp = $1), \
         done AS MATERIALIZED (SELECT day, decided_by FROM decision WHERE omp = $1 AND day >= $2) \
         SELECT 'ground' AS plot, ground AS label, sum(files)::bigint AS count FROM open GROUP BY ground HAVING sum(files) > 0 \
         UNION ALL \
         SELECT 'week', least(greatest((prescription - $3) / 7, 0), 13)::text, sum(files)::bigint FROM open GROUP BY 2 HAVING sum(files) > 0 \
         UNION ALL \
         SELECT 'day', day::text, count(*) FROM done GROUP BY 2 \
         UNION ALL \
         SELECT 'operator', decided_by, count(*) FROM done GROUP BY 2",
    )
    .bind::<Text, _>(omp)
    .bind::<SqlDate, _>(pg_date(since))
    .bind::<SqlDate, _>(pg_date(today));
    Ok(board.prepared().load(conn)?)
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

/// Who read, held and changed files in the name of an OMP between two instants (real clock), the latest first.
pub(crate) fn journal_of(
    conn: &mut PgConnection,
    omp: &str,
    who: Option<&str>,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<JournalRow>, StoreError> {
    // The latest of each are chosen before anything is joined.
    let latest = |columns: &str, table: &str| {
        format!(
            "SELECT * FROM (SELECT at, who, what, {columns} FROM {table} \
             WHERE omp = $5 AND at >= $2 AND at < $3 AND ($1 IS NULL OR who = $1) ORDER BY at DESC LIMIT $4) {table}_latest"
        )
    };
    let journal = diesel::sql_query(format!(
        "SELECT j.at, j.who, j.what, c.avis_number AS avis, j.reason FROM ({} UNION ALL {}) j \
         JOIN contestation c ON c.id = j.id ORDER BY j.at DESC LIMIT $4",
        latest("id, NULL::text AS reason", "consultation"),
        latest("contestation AS id, reason", "file_act"),
    ))
    .bind::<Nullable<Text>, _>(who)
    .bind::<Timestamptz, _>(pg_timestamp(from))
    .bind::<Timestamptz, _>(pg_timestamp(to))
    .bind::<BigInt, _>(LINES_MAX)
    .bind::<Text, _>(omp);
    Ok(journal.prepared().load(conn)?)
}
