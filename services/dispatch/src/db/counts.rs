//! Counting folds without reading them all: those that went are summed from their spools.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double};

/// How many folds stand where.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Counts {
    /// Waiting, held ones included.
    #[diesel(sql_type = BigInt)]
    pub(crate) waiting: i64,
    /// Waiting and held back.
    #[diesel(sql_type = BigInt)]
    pub(crate) held: i64,
    /// In a spool.
    #[diesel(sql_type = BigInt)]
    pub(crate) spooled: i64,
    /// Handed to the post.
    #[diesel(sql_type = BigInt)]
    pub(crate) deposited: i64,
    /// Sent by e-mail.
    #[diesel(sql_type = BigInt)]
    pub(crate) emailed: i64,
    /// Not sent.
    #[diesel(sql_type = BigInt)]
    pub(crate) withdrawn: i64,
    /// Kept in the file.
    #[diesel(sql_type = BigInt)]
    pub(crate) kept: i64,
    /// How long the oldest has waited, in seconds.
    #[diesel(sql_type = Double)]
    pub(crate) oldest_seconds: f64,
}

/// The counts of now.
pub(crate) fn counts(conn: &mut PgConnection) -> Result<Counts, StoreError> {
    Ok(diesel::sql_query(
        "SELECT free.count + held.count AS waiting, held.count AS held, spooled, deposited, emailed, withdrawn, kept, \
                coalesce(extract(epoch FROM clock_timestamp() - least(free.oldest, held.oldest)), 0)::float8 \
                AS oldest_seconds \
         FROM (SELECT count(*), min(waiting_since) AS oldest FROM fold WHERE state = 'waiting' AND held IS NULL) AS free, \
              (SELECT count(*), min(waiting_since) AS oldest FROM fold WHERE held IS NOT NULL) AS held, \
              (SELECT coalesce(sum(folds) FILTER (WHERE deposited_on IS NULL), 0)::bigint AS spooled, \
                      coalesce(sum(folds) FILTER (WHERE deposited_on IS NOT NULL), 0)::bigint AS deposited FROM spool) AS gone, \
              (SELECT count(*) FILTER (WHERE state = 'emailed') AS emailed, \
                      count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn, \
                      count(*) FILTER (WHERE state = 'kept') AS kept \
               FROM fold WHERE state IN ('emailed', 'withdrawn', 'kept')) AS elsewhere",
    )
    .get_result(conn)?)
}
