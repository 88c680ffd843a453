//! What the comptable has to know, and acts of the procedure.

use std::collections::HashSet;

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date as SqlDate, Integer, Nullable, Text, Timestamptz};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::db::life::StepRow;

/// Writes a notice for each duty of the comptable in steps that were just journalled.
pub(super) fn notices_of(conn: &mut PgConnection, steps: &[StepRow]) -> Result<(), StoreError> {
    let told: Vec<&StepRow> = steps
        .iter()
        .filter(|step| step.duties.iter().any(|duty| is_comptables(duty)))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO comptable_notice (avis, step, rank, what, titre, cents, day, basis, at) \
         SELECT s.avis, s.n, d.rank, \
                CASE WHEN d.duty = 'tell_comptable' THEN 'titre_annulled' ELSE split_part(d.duty, ' ', 1) END, \
                CASE WHEN d.duty = 'tell_comptable' THEN \
                    (SELECT t.titre FROM titre_avis t JOIN titre u ON u.number = t.titre WHERE t.avis = s.avis \
                     ORDER BY u.signed_at DESC LIMIT 1) END, \
                nullif(split_part(d.duty, ' ', 2), '')::bigint, s.day, s.basis, s.at \
         FROM life_step s JOIN unnest($1, $2) AS e(avis, n) USING (avis, n) \
         CROSS JOIN LATERAL unnest(s.duties) WITH ORDINALITY AS d(duty, rank) \
         WHERE d.duty = 'tell_comptable' OR d.duty LIKE 'refund %' OR d.duty LIKE 'set_off %'",
    )
    .bind::<Array<BigInt>, _>(told.iter().map(|step| step.avis).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(told.iter().map(|step| step.n).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Whether a duty, as it is journalled, is the comptable's.
fn is_comptables(duty: &str) -> bool {
    duty == "tell_comptable" || duty.starts_with("refund ") || duty.starts_with("set_off ")
}

/// Something that the comptable has to know.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct NoticeRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The step of its life.
    #[diesel(sql_type = Integer)]
    pub(crate) step: i32,
    /// Its rank among the duties of the step.
    #[diesel(sql_type = BigInt)]
    pub(crate) rank: i64,
    /// `titre_annulled`, `refund` or `set_off`.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    /// The titre that is annulled.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) titre: Option<String>,
    /// How much, in cents.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) cents: Option<i64>,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
    /// The article of the step.
    #[diesel(sql_type = Text)]
    pub(crate) basis: String,
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
}

impl NoticeRow {
    /// The civil day of the step.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }

    /// When it was written (legal clock).
    pub(crate) fn at(&self) -> Timestamp {
        timestamp(self.at)
    }
}

/// Notices that the comptable has not had, the oldest first.
pub(crate) fn notices_pending(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<NoticeRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT avis, step, rank, what, titre, cents, day, basis, at FROM comptable_notice \
         WHERE taken_at IS NULL ORDER BY at, avis, step, rank LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// The comptable has had these. Returns how many had not been had.
pub(crate) fn notices_take(
    conn: &mut PgConnection,
    keys: &[(i64, i32, i64)],
    (by, at): (&str, Timestamp),
) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "UPDATE comptable_notice n SET taken_at = $4, taken_by = $5 \
         FROM unnest($1, $2, $3) AS k(avis, step, rank) \
         WHERE n.avis = k.avis AND n.step = k.step AND n.rank = k.rank AND n.taken_at IS NULL",
    )
    .bind::<Array<BigInt>, _>(keys.iter().map(|key| key.0).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(keys.iter().map(|key| key.1).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(keys.iter().map(|key| key.2).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(by)
    .execute(conn)?)
}

/// An act of the procedure, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActRow {
    /// The teller's own reference: the same twice is one act.
    pub(crate) reference: String,
    /// Number of the avis, as told.
    pub(crate) avis: String,
    /// The day of the act.
    pub(crate) day: Date,
    /// `relaxe`, `conviction`, `opposition` or `interruption`.
    pub(crate) kind: &'static str,
    /// Of a conviction, the fine in cents.
    pub(crate) fine_cents: Option<i64>,
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    reference: String,
}

fn set(rows: Vec<Reference>) -> HashSet<String> {
    rows.into_iter().map(|row| row.reference).collect()
}

fn column<'a>(rows: &'a [ActRow], of: fn(&'a ActRow) -> &'a str) -> Vec<&'a str> {
    rows.iter().map(of).collect()
}

/// Writes the acts that are new, as applied, and gives their references.
pub(crate) fn acts_insert(
    conn: &mut PgConnection,
    rows: &[ActRow],
    who: &str,
    at: Timestamp,
) -> Result<HashSet<String>, StoreError> {
    let inserted = diesel::sql_query(
        "INSERT INTO procedural_act (reference, avis, day, kind, fine_cents, outcome, imported_at, imported_by) \
         SELECT p.reference, p.avis, p.day, p.kind, p.fine_cents, 'applied', $6, $7 \
         FROM unnest($1, $2, $3, $4, $5) AS p(reference, avis, day, kind, fine_cents) \
         ORDER BY p.reference ON CONFLICT (reference) DO NOTHING RETURNING reference",
    )
    .bind::<Array<Text>, _>(column(rows, |row| row.reference.as_str()))
    .bind::<Array<Text>, _>(column(rows, |row| row.avis.as_str()))
    .bind::<Array<SqlDate>, _>(rows.iter().map(|row| pg_date(row.day)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column(rows, |row| row.kind))
    .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.fine_cents).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(who)
    .load(conn)?;
    Ok(set(inserted))
}

/// The references under which something else was imported before.
pub(crate) fn acts_differing(
    conn: &mut PgConnection,
    rows: &[ActRow],
) -> Result<HashSet<String>, StoreError> {
    let found = diesel::sql_query(
        "SELECT k.reference FROM procedural_act k \
         JOIN unnest($1, $2, $3, $4, $5) AS p(reference, avis, day, kind, fine_cents) USING (reference) \
         WHERE (k.avis, k.day, k.kind, k.fine_cents) IS DISTINCT FROM (p.avis, p.day, p.kind, p.fine_cents)",
    )
    .bind::<Array<Text>, _>(column(rows, |row| row.reference.as_str()))
    .bind::<Array<Text>, _>(column(rows, |row| row.avis.as_str()))
    .bind::<Array<SqlDate>, _>(rows.iter().map(|row| pg_date(row.day)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column(rows, |row| row.kind))
    .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.fine_cents).collect::<Vec<_>>())
    .load(conn)?;
    Ok(set(found))
}

/// What became of acts that were not applied: reference, outcome, detail.
pub(crate) fn acts_not_applied(
    conn: &mut PgConnection,
    outcomes: &[(&str, &'static str, String)],
) -> Result<(), StoreError> {
    if outcomes.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE procedural_act SET outcome = o.outcome, detail = o.detail \
         FROM unnest($1, $2, $3) AS o(reference, outcome, detail) \
         WHERE procedural_act.reference = o.reference",
    )
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.1).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(outcomes.iter().map(|o| o.2.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
