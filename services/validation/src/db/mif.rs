//! Ids and numbers that are occupied.

use std::collections::HashSet;

use cnt_domain::verdict::Verdict;
use cnt_store::{LotError, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid,
};
use uuid::Uuid;

use crate::ticket::Ticket;

/// A MIF that wants to occupy its ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occupant {
    pub(crate) siren: i32,
    pub(crate) id_mif: Uuid,
    pub(crate) payload_sha256: [u8; 32],
    pub(crate) service: String,
    pub(crate) pv_year: i16,
    pub(crate) pv_number: String,
    pub(crate) verdict: Verdict,
    pub(crate) reception: Uuid,
    /// Of accepted MIFs about a vehicle.
    pub(crate) ticket: Option<Ticket>,
}

/// What stands in the way of an occupant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Occupied {
    /// Who has its id.
    pub(crate) by_id: Option<Holder>,
    /// Whether its PV number is taken, be it by the same id.
    pub(crate) is_pv_taken: bool,
}

/// A MIF that occupies an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) payload_sha256: Vec<u8>,
    pub(crate) verdict: Verdict,
    pub(crate) reception: Uuid,
}

/// `mif.verdict`; replays occupy nothing.
fn verdict_number(verdict: Verdict) -> i16 {
    match verdict {
        Verdict::Accepted => 1,
        Verdict::Rejected | Verdict::Replayed => 2,
    }
}

fn verdict_of(number: i16) -> Verdict {
    if number == 1 {
        Verdict::Accepted
    } else {
        Verdict::Rejected
    }
}

fn column<'a, T>(rows: &[&'a Occupant], value: impl Fn(&'a Occupant) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    reception: Uuid,
}

/// Inserts those whose id and PV number are free, in the order of the key so that two writers never wait for each
/// other in a circle, and returns the receptions of those inserted. One statement.
pub(crate) fn mif_insert(
    conn: &mut PgConnection,
    lot_seq: i64,
    rows: &[&Occupant],
) -> Result<HashSet<Uuid>, LotError> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let inserted: Vec<Inserted> = diesel::sql_query(
        "INSERT INTO mif (siren, id_mif, payload_sha256, service, pv_year, pv_number, verdict, reception, ticket, \
                          offence_at_s, lot_seq) \
         SELECT r.*, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         AS r(siren, id_mif, payload_sha256, service, pv_year, pv_number, verdict, reception, ticket, offence_at_s) \
         ORDER BY siren, id_mif ON CONFLICT DO NOTHING RETURNING reception",
    )
    .bind::<Array<Integer>, _>(column(rows, |row| row.siren))
    .bind::<Array<SqlUuid>, _>(column(rows, |row| row.id_mif))
    .bind::<Array<Binary>, _>(column(rows, |row| row.payload_sha256.as_slice()))
    .bind::<Array<Text>, _>(column(rows, |row| row.service.as_str()))
    .bind::<Array<SmallInt>, _>(column(rows, |row| row.pv_year))
    .bind::<Array<Text>, _>(column(rows, |row| row.pv_number.as_str()))
    .bind::<Array<SmallInt>, _>(column(rows, |row| verdict_number(row.verdict)))
    .bind::<Array<SqlUuid>, _>(column(rows, |row| row.reception))
    .bind::<Array<Nullable<BigInt>>, _>(column(rows, |row| row.ticket.map(|one| one.key)))
    .bind::<Array<Nullable<BigInt>>, _>(column(rows, |row| row.ticket.map(|one| one.at_s)))
    .bind::<BigInt, _>(lot_seq)
    .load(conn)?;
    Ok(inserted.into_iter().map(|row| row.reception).collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Binary>)]
    payload_sha256: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    verdict: Option<i16>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    reception: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    is_pv_taken: bool,
}

/// What stands in the way of each, in their order. One statement.
pub(crate) fn mif_find(
    conn: &mut PgConnection,
    rows: &[&Occupant],
) -> Result<Vec<Occupied>, LotError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Found> = diesel::sql_query(
        "SELECT held.payload_sha256, held.verdict, held.reception, numbered.reception IS NOT NULL AS is_pv_taken \
         FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS r(siren, id_mif, service, pv_year, pv_number, place) \
         LEFT JOIN mif held ON held.siren = r.siren AND held.id_mif = r.id_mif \
         LEFT JOIN mif numbered ON numbered.service = r.service AND numbered.pv_year = r.pv_year \
                                AND numbered.pv_number = r.pv_number \
         ORDER BY r.place",
    )
    .bind::<Array<Integer>, _>(column(rows, |row| row.siren))
    .bind::<Array<SqlUuid>, _>(column(rows, |row| row.id_mif))
    .bind::<Array<Text>, _>(column(rows, |row| row.service.as_str()))
    .bind::<Array<SmallInt>, _>(column(rows, |row| row.pv_year))
    .bind::<Array<Text>, _>(column(rows, |row| row.pv_number.as_str()))
    .load(conn)?;
    Ok(found.into_iter().map(Occupied::from).collect())
}

impl From<Found> for Occupied {
    fn from(row: Found) -> Self {
        let by_id = match (row.payload_sha256, row.verdict, row.reception) {
            (Some(payload_sha256), Some(verdict), Some(reception)) => Some(Holder {
                payload_sha256,
                verdict: verdict_of(verdict),
                reception,
            }),
            _ => None,
        };
        Self {
            by_id,
            is_pv_taken: row.is_pv_taken,
        }
    }
}

#[derive(QueryableByName)]
struct Doubled {
    #[diesel(sql_type = Bool)]
    is_doubled: bool,
}

/// Whether each ticket doubles that of an earlier lot within so many seconds, in their order. One statement.
pub(crate) fn tickets_doubled(
    conn: &mut PgConnection,
    lot_seq: i64,
    tickets: &[Option<Ticket>],
    window_s: i64,
) -> Result<Vec<bool>, LotError> {
    if tickets.iter().all(Option::is_none) {
        return Ok(vec![false; tickets.len()]);
    }
    let keys: Vec<Option<i64>> = tickets.iter().map(|one| one.map(|one| one.key)).collect();
    let times: Vec<Option<i64>> = tickets.iter().map(|one| one.map(|one| one.at_s)).collect();
    let rows: Vec<Doubled> = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM mif WHERE mif.ticket = r.ticket AND mif.lot_seq <> $3 \
                        AND mif.offence_at_s BETWEEN r.at_s - $4 AND r.at_s + $4) AS is_doubled \
         FROM unnest($1, $2) WITH ORDINALITY AS r(ticket, at_s, place) ORDER BY r.place",
    )
    .bind::<Array<Nullable<BigInt>>, _>(keys)
    .bind::<Array<Nullable<BigInt>>, _>(times)
    .bind::<BigInt, _>(lot_seq)
    .bind::<BigInt, _>(window_s)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.is_doubled).collect())
}
