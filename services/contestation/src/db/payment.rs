//! Payments, once each.

use std::collections::HashSet;

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date as SqlDate, Text, Timestamptz};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::instants::{pg_date, pg_timestamp};

/// A payment as the Treasury tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaymentRow {
    /// The Treasury's own reference: the same twice is one payment.
    pub(crate) reference: String,
    /// Number of the avis, as told.
    pub(crate) avis: String,
    /// The day that counts.
    pub(crate) day: Date,
    /// How much, in cents.
    pub(crate) amount_cents: i64,
    /// `paper`, `remote` or `consignation`.
    pub(crate) means: &'static str,
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    reference: String,
}

fn set(rows: Vec<Reference>) -> HashSet<String> {
    rows.into_iter().map(|row| row.reference).collect()
}

/// Writes the payments that are new, as applied, and gives their references.
pub(crate) fn payments_insert(
    conn: &mut PgConnection,
    rows: &[PaymentRow],
    who: &str,
    at: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    let inserted = diesel::sql_query(
        "INSERT INTO payment (reference, avis, day, amount_cents, means, outcome, imported_at, imported_by) \
         SELECT p.reference, p.avis, p.day, p.amount_cents, p.means, 'applied', $6, $7 \
         FROM unnest($1, $2, $3, $4, $5) AS p(reference, avis, day, amount_cents, means) \
         ORDER BY p.reference ON CONFLICT (reference) DO NOTHING RETURNING reference",
    )
    .bind::<Array<Text>, _>(column(rows, |row| row.reference.as_str()))
    .bind::<Array<Text>, _>(column(rows, |row| row.avis.as_str()))
    .bind::<Array<SqlDate>, _>(rows.iter().map(|row| pg_date(row.day)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.amount_cents).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column(rows, |row| row.means))
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(who)
    .load(conn)?;
    Ok(set(inserted))
}

fn column<'a>(rows: &'a [PaymentRow], of: fn(&'a PaymentRow) -> &'a str) -> Vec<&'a str> {
    rows.iter().map(of).collect()
}

/// The references under which something else was imported before.
pub(crate) fn payments_differing(
    conn: &mut PgConnection,
    rows: &[PaymentRow],
) -> Result<HashSet<String>, StoreError> {
    let found = diesel::sql_query(
        "SELECT k.reference FROM payment k \
         JOIN unnest($1, $2, $3, $4, $5) AS p(reference, avis, day, amount_cents, means) USING (reference) \
         WHERE (k.avis, k.day, k.amount_cents, k.means) <> (p.avis, p.day, p.amount_cents, p.means)",
    )
    .bind::<Array<Text>, _>(column(rows, |row| row.reference.as_str()))
    .bind::<Array<Text>, _>(column(rows, |row| row.avis.as_str()))
    .bind::<Array<SqlDate>, _>(rows.iter().map(|row| pg_date(row.day)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.amount_cents).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column(rows, |row| row.means))
    .load(conn)?;
    Ok(set(found))
}

/// What became of payments that were not applied: reference, outcome, detail.
pub(crate) fn payments_not_applied(
    conn: &mut PgConnection,
    outcomes: &[(&str, &'static str, String)],
) -> Result<(), StoreError> {
    if outcomes.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE payment SET outcome = o.outcome, detail = o.detail \
         FROM unnest($1, $2, $3) AS o(reference, outcome, detail) \
         WHERE payment.reference = o.reference",
    )
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.1).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.2.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
