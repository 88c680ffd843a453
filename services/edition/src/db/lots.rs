//! Verdict lots: reserved, then done.

use std::collections::{HashMap, HashSet};

use cnt_contracts::hex32::Hex32;
use cnt_domain::ids::AVIS_NUMBER_MAX;
use cnt_store::{LotError, PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Text};
use jiff::civil::Date;

/// What a verdict lot needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The verdict lot.
    pub verdict_lot: Hex32,
    /// Accepted MIFs in it.
    pub accepted: i32,
    /// Of these, how many get an avis number.
    pub numbers: i32,
}

/// What is printed on the avis of a verdict lot, also when they are made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Number of the first avis; the others follow without a gap.
    pub first_number: i64,
    /// Date of the avis: the planned deposit day.
    pub avis_date: Date,
}

/// What became of a verdict lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The verdict lot.
    pub verdict_lot: Hex32,
    /// The numbers that were printed begin here.
    pub first_number: i64,
    /// The document lot.
    pub document_lot: Hex32,
    /// Its size in bytes.
    pub lot_bytes: i64,
    /// Avis in it.
    pub avis: i32,
    /// Accepted MIFs without an avis.
    pub not_transformed: i32,
}

/// A row, for whoever looks at the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRow {
    /// The document lot, once it is done and if there is one.
    pub document_lot: Option<Hex32>,
    /// First number reserved.
    pub first_number: Option<i64>,
    /// Accepted MIFs.
    pub accepted: i32,
    /// Avis.
    pub avis: i32,
    /// Accepted MIFs without an avis.
    pub not_transformed: i32,
    /// Whether it is done.
    pub is_done: bool,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Binary)]
    verdict_lot: Vec<u8>,
}

#[derive(QueryableByName)]
struct Reserved {
    #[diesel(sql_type = Binary)]
    verdict_lot: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    first_number: i64,
    #[diesel(sql_type = Integer)]
    numbers: i32,
    #[diesel(sql_type = Text)]
    avis_date: String,
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    next: i64,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Nullable<Binary>)]
    document_lot: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first_number: Option<i64>,
    #[diesel(sql_type = Integer)]
    accepted: i32,
    #[diesel(sql_type = Integer)]
    avis: i32,
    #[diesel(sql_type = Integer)]
    not_transformed: i32,
    #[diesel(sql_type = Bool)]
    is_done: bool,
}

fn hex32(bytes: &[u8]) -> Option<Hex32> {
    bytes.try_into().ok().map(Hex32)
}

/// Which of these verdict lots are done.
///
/// # Errors
/// [`StoreError::Query`].
pub fn done(conn: &mut PgConnection, lots: &[Hex32]) -> Result<HashSet<Hex32>, StoreError> {
    let rows: Vec<Key> = diesel::sql_query(
        "SELECT verdict_lot FROM lot WHERE verdict_lot = ANY($1) AND done_at IS NOT NULL",
    )
    .bind::<Array<Binary>, _>(keys(lots))
    .load(conn)?;
    Ok(rows
        .iter()
        .filter_map(|row| hex32(&row.verdict_lot))
        .collect())
}

fn keys(lots: &[Hex32]) -> Vec<&[u8]> {
    lots.iter().map(|lot| lot.0.as_slice()).collect()
}

/// Reserves numbers and the printed date of each lot that has none yet, in the caller's transaction, and gives those
/// of all, in their order. `None` when the numbers of the simulation are used up: nothing was written.
///
/// A lot keeps what was reserved for it, unless it turns out to need more numbers (the rules of transformation were
/// changed between two runs): then it gets a new block, and the old one is a gap.
///
/// # Errors
/// [`LotError::Store`]; [`LotError::Refused`] when a stored date cannot be read.
pub fn reserve(
    conn: &mut PgConnection,
    wanted: &[Wanted],
    avis_date: Date,
    first_number: i64,
) -> Result<Option<Vec<Reservation>>, LotError> {
    // The row of the counter is held from here: reservations happen one after the other.
    let counter: Next = diesel::sql_query(
        "INSERT INTO number_block (next) VALUES ($1) \
         ON CONFLICT (single) DO UPDATE SET next = greatest(number_block.next, excluded.next) RETURNING next",
    )
    .bind::<BigInt, _>(first_number)
    .get_result(conn)?;
    let mut known = reserved(conn, wanted)?;
    let mut next = counter.next;
    let mut fresh = Vec::new();
    for lot in wanted {
        let fits = known
            .get(&lot.verdict_lot)
            .is_some_and(|(_, numbers)| *numbers >= lot.numbers);
        if !fits {
            let reservation = Reservation {
                first_number: next,
                avis_date,
            };
            known.insert(lot.verdict_lot, (reservation, lot.numbers));
            fresh.push((*lot, reservation));
            next = next.saturating_add(i64::from(lot.numbers));
        }
    }
    if u64::try_from(next).is_ok_and(|next| next > AVIS_NUMBER_MAX + 1) {
        return Ok(None);
    }
    if !fresh.is_empty() {
        write(conn, &fresh, next)?;
    }
    Ok(Some(
        wanted
            .iter()
            .filter_map(|lot| known.get(&lot.verdict_lot))
            .map(|(reservation, _)| *reservation)
            .collect(),
    ))
}

fn reserved(
    conn: &mut PgConnection,
    wanted: &[Wanted],
) -> Result<HashMap<Hex32, (Reservation, i32)>, LotError> {
    let asked: Vec<Hex32> = wanted.iter().map(|lot| lot.verdict_lot).collect();
    let rows: Vec<Reserved> = diesel::sql_query(
        "SELECT verdict_lot, first_number, numbers, avis_date::text AS avis_date FROM lot \
         WHERE verdict_lot = ANY($1) AND first_number IS NOT NULL AND avis_date IS NOT NULL",
    )
    .bind::<Array<Binary>, _>(keys(&asked))
    .load(conn)?;
    rows.iter()
        .map(|row| {
            let avis_date = row.avis_date.parse().map_err(LotError::refused)?;
            let reservation = Reservation {
                first_number: row.first_number,
                avis_date,
            };
            let key = hex32(&row.verdict_lot)
                .ok_or_else(|| LotError::refused("a lot's name has not 32 bytes"))?;
            Ok((key, (reservation, row.numbers)))
        })
        .collect()
}

fn write(
    conn: &mut PgConnection,
    fresh: &[(Wanted, Reservation)],
    next: i64,
) -> Result<(), LotError> {
    let lots: Vec<&[u8]> = fresh
        .iter()
        .map(|(lot, _)| lot.verdict_lot.0.as_slice())
        .collect();
    let column = |value: fn(&(Wanted, Reservation)) -> i32| fresh.iter().map(value).collect();
    let accepted: Vec<i32> = column(|(lot, _)| lot.accepted);
    let numbers: Vec<i32> = column(|(lot, _)| lot.numbers);
    let first: Vec<i64> = fresh.iter().map(|(_, given)| given.first_number).collect();
    let dates: Vec<String> = fresh
        .iter()
        .map(|(_, given)| given.avis_date.to_string())
        .collect();
    diesel::sql_query(
        "INSERT INTO lot (verdict_lot, accepted, numbers, first_number, avis_date) \
         SELECT verdict_lot, accepted, numbers, first_number, avis_date::date \
         FROM unnest($1, $2, $3, $4, $5) AS r(verdict_lot, accepted, numbers, first_number, avis_date) \
         ORDER BY verdict_lot \
         ON CONFLICT (verdict_lot) DO UPDATE SET numbers = excluded.numbers, \
             first_number = excluded.first_number, avis_date = excluded.avis_date \
         WHERE lot.done_at IS NULL",
    )
    .bind::<Array<Binary>, _>(lots)
    .bind::<Array<Integer>, _>(accepted)
    .bind::<Array<Integer>, _>(numbers)
    .bind::<Array<BigInt>, _>(first)
    .bind::<Array<Text>, _>(dates)
    .execute(conn)?;
    diesel::sql_query("UPDATE number_block SET next = $1")
        .bind::<BigInt, _>(next)
        .execute(conn)?;
    Ok(())
}

/// Marks lots as done, in the caller's transaction; gives how many were. Fewer than given means that a lot is done
/// already, or that its numbers are not those that were printed: the caller rolls back.
///
/// # Errors
/// [`StoreError::Query`].
pub fn finish(conn: &mut PgConnection, lots: &[Finished]) -> Result<usize, StoreError> {
    if lots.is_empty() {
        return Ok(0);
    }
    let verdict: Vec<&[u8]> = lots
        .iter()
        .map(|lot| lot.verdict_lot.0.as_slice())
        .collect();
    let document: Vec<&[u8]> = lots
        .iter()
        .map(|lot| lot.document_lot.0.as_slice())
        .collect();
    Ok(diesel::sql_query(
        "UPDATE lot SET document_lot = f.document_lot, lot_bytes = f.lot_bytes, avis = f.avis, \
             not_transformed = f.not_transformed, done_at = clock_timestamp() \
         FROM unnest($1, $2, $3, $4, $5, $6) \
             AS f(verdict_lot, first_number, document_lot, lot_bytes, avis, not_transformed) \
         WHERE lot.verdict_lot = f.verdict_lot AND lot.first_number = f.first_number AND lot.done_at IS NULL",
    )
    .bind::<Array<Binary>, _>(verdict)
    .bind::<Array<BigInt>, _>(lots.iter().map(|lot| lot.first_number).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(document)
    .bind::<Array<BigInt>, _>(lots.iter().map(|lot| lot.lot_bytes).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(lots.iter().map(|lot| lot.avis).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(lots.iter().map(|lot| lot.not_transformed).collect::<Vec<_>>())
    .execute(conn)?)
}

/// Marks lots without any accepted MIF as done, in the caller's transaction.
///
/// # Errors
/// [`StoreError::Query`].
pub fn finish_empty(conn: &mut PgConnection, lots: &[Hex32]) -> Result<usize, StoreError> {
    if lots.is_empty() {
        return Ok(0);
    }
    Ok(diesel::sql_query(
        "INSERT INTO lot (verdict_lot, accepted, done_at) \
         SELECT verdict_lot, 0, clock_timestamp() FROM unnest($1) AS r(verdict_lot) \
         ORDER BY verdict_lot ON CONFLICT (verdict_lot) DO NOTHING",
    )
    .bind::<Array<Binary>, _>(keys(lots))
    .execute(conn)?)
}

/// The row of a verdict lot.
///
/// # Errors
/// [`StoreError::Query`].
pub fn row(conn: &mut PgConnection, verdict_lot: Hex32) -> Result<Option<LotRow>, StoreError> {
    let stored: Option<Stored> = diesel::sql_query(
        "SELECT document_lot, first_number, accepted, avis, not_transformed, done_at IS NOT NULL AS is_done \
         FROM lot WHERE verdict_lot = $1",
    )
    .bind::<Binary, _>(verdict_lot.0.as_slice())
    .get_result(conn)
    .optional()?;
    Ok(stored.map(|row| LotRow {
        document_lot: row.document_lot.as_deref().and_then(hex32),
        first_number: row.first_number,
        accepted: row.accepted,
        avis: row.avis,
        not_transformed: row.not_transformed,
        is_done: row.is_done,
    }))
}
