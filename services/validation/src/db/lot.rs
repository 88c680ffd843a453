//! Verdict lots.

use cnt_store::{LotError, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer};

/// One verdict lot.
pub(crate) struct LotRow {
    pub(crate) seq: i64,
    pub(crate) lot_id: [u8; 32],
    pub(crate) lot_bytes: i64,
    pub(crate) accepted: i32,
    pub(crate) rejected: i32,
    pub(crate) replayed: i32,
}

#[derive(QueryableByName)]
struct Seq {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// The number of the lot in hand. Numbers have gaps: a lot that is done again gets another.
pub(crate) fn next_lot_seq(conn: &mut PgConnection) -> Result<i64, LotError> {
    let row: Seq = diesel::sql_query("SELECT nextval('lot_seq') AS seq").get_result(conn)?;
    Ok(row.seq)
}

pub(crate) fn lot_insert(conn: &mut PgConnection, row: &LotRow) -> Result<(), LotError> {
    diesel::sql_query(
        "INSERT INTO lot (seq, lot_id, lot_bytes, accepted, rejected, replayed) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<BigInt, _>(row.seq)
    .bind::<Binary, _>(row.lot_id.as_slice())
    .bind::<BigInt, _>(row.lot_bytes)
    .bind::<Integer, _>(row.accepted)
    .bind::<Integer, _>(row.rejected)
    .bind::<Integer, _>(row.replayed)
    .execute(conn)?;
    Ok(())
}
