//! Which lots were consumed already: makes the consumers of lot events idempotent.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};

use crate::error::StoreError;

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = Binary)]
    lot_id: Vec<u8>,
}

/// Marks lots as done in the caller's transaction and tells, for each in the order given, whether it is new. A lot
/// named twice is new the first time. Whoever claims a lot that another transaction is claiming waits for its end.
///
/// `stream` names what is consumed, for instance the topic; the same lot may be claimed once in each stream.
///
/// # Errors
/// [`StoreError::Query`].
pub fn claim(
    conn: &mut PgConnection,
    stream: &str,
    lots: &[[u8; 32]],
) -> Result<Vec<bool>, StoreError> {
    if lots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Claimed> = diesel::sql_query(
        "INSERT INTO done_lot (stream, lot_id) \
         SELECT DISTINCT $1, lot_id FROM unnest($2) AS asked(lot_id) ORDER BY lot_id \
         ON CONFLICT DO NOTHING RETURNING lot_id",
    )
    .bind::<Text, _>(stream)
    .bind::<Array<Binary>, _>(lots.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .load(conn)?;
    let mut new: BTreeSet<Vec<u8>> = rows.into_iter().map(|row| row.lot_id).collect();
    Ok(lots.iter().map(|lot| new.remove(lot.as_slice())).collect())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many lots of a stream are done.
///
/// # Errors
/// [`StoreError::Query`].
pub fn count(conn: &mut PgConnection, stream: &str) -> Result<i64, StoreError> {
    let row: Count = diesel::sql_query("SELECT count(*) AS count FROM done_lot WHERE stream = $1")
        .bind::<Text, _>(stream)
        .get_result(conn)?;
    Ok(row.count)
}

/// Forgets lots done more than `keep_days` days ago and returns how many. Keep them for longer than the topic keeps
/// its records: an event that comes again after that would be taken for a new one. As long as records of a stream are
/// open in the quarantine nothing of that stream is forgotten, for they may name a lot whose event came twice.
///
/// # Errors
/// [`StoreError::Query`].
pub fn forget(conn: &mut PgConnection, keep_days: i32) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "DELETE FROM done_lot WHERE at < clock_timestamp() - make_interval(days => $1) \
         AND NOT EXISTS (SELECT FROM quarantine WHERE topic = stream \
                         AND state IN ('waiting', 'replay', 'discard'))",
    )
    .bind::<Integer, _>(keep_days)
    .execute(conn)?)
}
