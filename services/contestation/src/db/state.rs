//! Timed work over all contestations, and their number by state.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date as SqlDate, Nullable, Text, Timestamptz};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::avis::{Substitutes, routing_sql};
use crate::db::instants::{pg_date, pg_timestamp, timestamp};
use crate::step::Step;

/// Routes whatever waits for an avis that is known: when envelope and avis come in transactions that overlap, neither
/// sees the other. Returns how many.
pub(crate) fn route_all(
    conn: &mut PgConnection,
    substitutes: &Substitutes,
) -> Result<usize, StoreError> {
    Ok(
        diesel::sql_query(routing_sql("", "FOR UPDATE OF c SKIP LOCKED"))
            .bind::<Array<Text>, _>(&substitutes.omps)
            .bind::<Array<Text>, _>(&substitutes.by)
            .execute(conn)?,
    )
}

/// Puts files whose lease ended before `now` (real clock) back into their queues. Returns how many.
pub(crate) fn expire_leases(conn: &mut PgConnection, now: Timestamp) -> Result<usize, StoreError> {
    let (from, to) = (Step::RELEASE.from(), Step::RELEASE.to());
    Ok(diesel::sql_query(format!(
        "WITH ended AS MATERIALIZED ( \
             SELECT id FROM contestation WHERE state = '{from}' AND lease_until < $1 \
             ORDER BY id FOR UPDATE SKIP LOCKED) \
         UPDATE contestation c SET state = '{to}', claimed_by = NULL, lease_until = NULL, \
             version = c.version + 1 \
         FROM ended WHERE c.id = ended.id"
    ))
    .bind::<Timestamptz, _>(pg_timestamp(now))
    .execute(conn)?)
}

/// Files whose day has come are in the queue again. Returns how many.
pub(crate) fn wake(conn: &mut PgConnection, today: Date) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "WITH due AS MATERIALIZED ( \
             SELECT id FROM contestation WHERE snoozed_until <= $1 ORDER BY id FOR UPDATE SKIP LOCKED) \
         UPDATE contestation c SET snoozed_until = NULL, version = c.version + 1 FROM due WHERE c.id = due.id",
    )
    .bind::<SqlDate, _>(pg_date(today))
    .execute(conn)?)
}

/// How many contestations there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Books {
    /// By word of the state; states without any are left out.
    pub(crate) by_state: Vec<(String, i64)>,
    /// When the oldest that awaits routing was received (legal clock).
    pub(crate) oldest_awaiting: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<PgTimestamp>,
}

/// Counts contestations by state.
pub(crate) fn books(conn: &mut PgConnection) -> Result<Books, StoreError> {
    let rows: Vec<StateRow> = diesel::sql_query(
        "SELECT state, count(*) AS count, min(received_at) AS oldest FROM contestation GROUP BY state",
    )
    .load(conn)?;
    let oldest_awaiting = rows
        .iter()
        .find(|row| row.state == Step::ROUTE.from())
        .and_then(|row| row.oldest)
        .map(timestamp);
    Ok(Books {
        by_state: rows.into_iter().map(|row| (row.state, row.count)).collect(),
        oldest_awaiting,
    })
}
