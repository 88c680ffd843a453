//! The open files of an OMP as the console lists them, and the search.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::instants::{civil_date, pg_date, timestamp};
use crate::db::prepared::Prepare as _;
use crate::step::Step;

/// Files counted at most; beyond, there are simply more.
const COUNTED_MAX: i64 = 10_000;
/// Files that a search finds at most.
const FOUND_MAX: i32 = 100;

/// A file in a list.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DeskRow {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Word of the ground.
    #[diesel(sql_type = Text)]
    pub(crate) ground: String,
    #[diesel(sql_type = SqlDate)]
    prescription: PgDate,
    #[diesel(sql_type = Timestamptz)]
    received_at: PgTimestamp,
    /// Whether it came in time, where that is known.
    #[diesel(sql_type = Nullable<Bool>)]
    pub(crate) in_time: Option<bool>,
    /// Word of the state.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Who holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) claimed_by: Option<String>,
    /// 0 when urgent.
    #[diesel(sql_type = SmallInt)]
    pub(crate) rank: i16,
    /// Whose desk it is for; empty for all.
    #[diesel(sql_type = Text)]
    pub(crate) desk: String,
    #[diesel(sql_type = Nullable<SqlDate>)]
    snoozed_until: Option<PgDate>,
    /// Plate.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) plate: Option<String>,
    /// Offence.
    #[diesel(sql_type = Integer)]
    pub(crate) natinf: i32,
}

impl DeskRow {
    /// Last day of prosecution.
    pub(crate) fn prescription(&self) -> Date {
        civil_date(self.prescription)
    }

    /// When it was received (legal clock).
    pub(crate) fn received_at(&self) -> Timestamp {
        timestamp(self.received_at)
    }

    /// The day on which it comes back.
    pub(crate) fn snoozed_until(&self) -> Option<Date> {
        self.snoozed_until.map(civil_date)
    }
}

const COLUMNS: &str = "c.id, a.avis, c.ground, c.prescription, c.received_at, c.admissible_deadline_ok AS in_time, \
     c.state, c.claimed_by, c.rank, c.desk, c.snoozed_until, a.plate, a.natinf";

/// Which files of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Word of the ground.
    pub(crate) ground: Option<String>,
    /// Only those that came late, or only those that did not.
    pub(crate) late: Option<bool>,
    /// Only those for a desk.
    pub(crate) desk: Option<String>,
    /// Only those that an operator holds.
    pub(crate) held_by: Option<String>,
    /// Only those that sleep, or only those that do not.
    pub(crate) asleep: Option<bool>,
    /// Only those prescribed until a day.
    pub(crate) prescribed_by: Option<Date>,
    /// How many are passed over.
    pub(crate) skip: i64,
    /// How many at most.
    pub(crate) most: i64,
}

/// The open files of an OMP in the order of work.
pub(crate) fn desk(
    conn: &mut PgConnection,
    omp: &str,
    filter: &Filter,
) -> Result<Vec<DeskRow>, StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    Ok(diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM contestation \
             WHERE omp = $1 AND state IN ('{queued}', '{claimed}') \
               AND ($2 IS NULL OR ground = $2) \
               AND ($3 IS NULL OR $3 = (admissible_deadline_ok IS FALSE)) \
               AND ($4 IS NULL OR desk = $4) AND ($5 IS NULL OR claimed_by = $5) \
               AND ($6 IS NULL OR $6 = (snoozed_until IS NOT NULL)) \
               AND ($7 IS NULL OR prescription <= $7) \
             ORDER BY rank::integer, prescription, received_at, id OFFSET $8 LIMIT $9) c \
         JOIN avis a ON a.avis = c.avis_number ORDER BY c.rank, c.prescription, c.received_at, c.id"
    ))
    .bind::<Text, _>(omp)
    .bind::<Nullable<Text>, _>(filter.ground.as_deref())
    .bind::<Nullable<Bool>, _>(filter.late)
    .bind::<Nullable<Text>, _>(filter.desk.as_deref())
    .bind::<Nullable<Text>, _>(filter.held_by.as_deref())
    .bind::<Nullable<Bool>, _>(filter.asleep)
    .bind::<Nullable<SqlDate>, _>(filter.prescribed_by.map(pg_date))
    .bind::<BigInt, _>(filter.skip)
    .bind::<BigInt, _>(filter.most)
    .prepared()
    .load(conn)?)
}

/// How many files lie where; what lies at desks is counted up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct DeskSizes {
    /// Open files.
    #[diesel(sql_type = BigInt)]
    pub(crate) open: i64,
    /// Held by the operator.
    #[diesel(sql_type = BigInt)]
    pub(crate) mine: i64,
    /// Assigned to the operator.
    #[diesel(sql_type = BigInt)]
    pub(crate) assigned: i64,
    /// Escalated.
    #[diesel(sql_type = BigInt)]
    pub(crate) escalated: i64,
    /// Prescribed until the day of alarm.
    #[diesel(sql_type = BigInt)]
    pub(crate) alarming: i64,
}

/// How many files an OMP has, for an operator; those prescribed until `alarm` are counted too.
pub(crate) fn desk_sizes(
    conn: &mut PgConnection,
    (omp, login): (&str, &str),
    alarm: Date,
) -> Result<DeskSizes, StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    let count = |condition: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT 1 FROM contestation WHERE {condition} LIMIT {COUNTED_MAX}) f)"
        )
    };
    let awake = format!("omp = $1 AND state = '{queued}' AND snoozed_until IS NULL");
    let sizes = diesel::sql_query(format!(
        "SELECT coalesce(o.files, 0) AS open, {} AS mine, {} AS assigned, {} AS escalated, coalesce(o.alarming, 0) AS alarming \
         FROM (SELECT sum(files)::bigint AS files, sum(files) FILTER (WHERE prescription <= $3)::bigint AS alarming \
               FROM open_count WHERE omp = $1) o",
        count(&format!(
            "state = '{claimed}' AND claimed_by = $2 AND omp = $1"
        )),
        count(&format!("{awake} AND desk = $2")),
        count(&format!("{awake} AND desk = '@officer'")),
    ))
    .bind::<Text, _>(omp)
    .bind::<Text, _>(login)
    .bind::<SqlDate, _>(pg_date(alarm));
    Ok(sizes.prepared().get_result(conn)?)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Files of the session's OMP, open or decided, whose words, avis number or plate are looked for; the latest first.
pub(crate) fn search(conn: &mut PgConnection, wanted: &str) -> Result<Vec<DeskRow>, StoreError> {
    let found: Vec<Found> = diesel::sql_query("SELECT id FROM console_search($1, $2)")
        .bind::<Text, _>(wanted)
        .bind::<Integer, _>(FOUND_MAX)
        .load(conn)?;
    Ok(diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM contestation c JOIN avis a ON a.avis = c.avis_number \
         WHERE c.id = ANY($1) ORDER BY c.received_at DESC, c.id"
    ))
    .bind::<Array<SqlUuid>, _>(found.iter().map(|row| row.id).collect::<Vec<_>>())
    .load(conn)?)
}
