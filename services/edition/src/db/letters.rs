//! Request lots that were done.

use std::collections::HashSet;

use cnt_contracts::hex32::Hex32;
use cnt_domain::ids::AVIS_NUMBER_MAX;
use cnt_store::{LotError, PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer};

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

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Reserves numbers for the avis of a request lot, in the caller's transaction, and gives the first; a lot keeps what was
/// reserved for it. `None` when the numbers of the simulation are used up: nothing was written.
///
/// # Errors
/// [`LotError::Store`].
pub fn reserve_letters(
    conn: &mut PgConnection,
    request_lot: Hex32,
    numbers: i32,
    first_number: i64,
) -> Result<Option<i64>, LotError> {
    // The row of the counter is held from here: reservations happen one after the other.
    let next: Number = diesel::sql_query(
        "INSERT INTO number_block (next) VALUES ($1) \
         ON CONFLICT (single) DO UPDATE SET next = greatest(number_block.next, excluded.next) RETURNING next AS number",
    )
    .bind::<BigInt, _>(first_number)
    .get_result(conn)?;
    let known: Option<Number> = diesel::sql_query(
        "SELECT first_number AS number FROM letter_numbers WHERE request_lot = $1",
    )
    .bind::<Binary, _>(request_lot.0.as_slice())
    .get_result(conn)
    .optional()?;
    if let Some(known) = known {
        return Ok(Some(known.number));
    }
    let after = next.number.saturating_add(i64::from(numbers));
    if u64::try_from(after).is_ok_and(|after| after > AVIS_NUMBER_MAX + 1) {
        return Ok(None);
    }
    diesel::sql_query(
        "INSERT INTO letter_numbers (request_lot, first_number, numbers) VALUES ($1, $2, $3)",
    )
    .bind::<Binary, _>(request_lot.0.as_slice())
    .bind::<BigInt, _>(next.number)
    .bind::<Integer, _>(numbers)
    .execute(conn)?;
    diesel::sql_query("UPDATE number_block SET next = $1")
        .bind::<BigInt, _>(after)
        .execute(conn)?;
    Ok(Some(next.number))
}
