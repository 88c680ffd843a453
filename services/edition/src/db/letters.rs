//! Request lots that were done.

use std::collections::HashSet;

use cnt_contracts::hex32::Hex32;
use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Integer};

/// What became of a request lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedLetters {
    /// The request lot.
    pub request_lot: Hex32,
    /// The document lot.
    pub document_lot: Hex32,
    /// Letters in it.
    pub letters: i32,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Binary)]
    request_lot: Vec<u8>,
}

/// Which of these request lots are done.
///
/// # Errors
/// [`StoreError::Query`].
pub fn letters_done(conn: &mut PgConnection, lots: &[Hex32]) -> Result<HashSet<Hex32>, StoreError> {
    let keys: Vec<&[u8]> = lots.iter().map(|lot| lot.0.as_slice()).collect();
    let rows: Vec<Key> =
        diesel::sql_query("SELECT request_lot FROM letter_lot WHERE request_lot = ANY($1)")
            .bind::<Array<Binary>, _>(keys)
            .load(conn)?;
    Ok(rows
        .iter()
        .filter_map(|row| row.request_lot.as_slice().try_into().ok().map(Hex32))
        .collect())
}

/// Writes what became of request lots.
///
/// # Errors
/// [`StoreError::Query`].
pub fn finish_letters(conn: &mut PgConnection, lots: &[FinishedLetters]) -> Result<(), StoreError> {
    if lots.is_empty() {
        return Ok(());
    }
    let requests: Vec<&[u8]> = lots
        .iter()
        .map(|lot| lot.request_lot.0.as_slice())
        .collect();
    let documents: Vec<&[u8]> = lots
        .iter()
        .map(|lot| lot.document_lot.0.as_slice())
        .collect();
    let letters: Vec<i32> = lots.iter().map(|lot| lot.letters).collect();
    diesel::sql_query(
        "INSERT INTO letter_lot (request_lot, document_lot, letters) SELECT * FROM unnest($1, $2, $3)",
    )
    .bind::<Array<Binary>, _>(requests)
    .bind::<Array<Binary>, _>(documents)
    .bind::<Array<Integer>, _>(letters)
    .execute(conn)?;
    Ok(())
}
