//! Folds: taking them in, finding those that are due, taking them for a spool, holding them back.

use cnt_store::{LotError, PgConnection, StoreError};
use diesel::data_types::PgDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};

use super::fold;
use super::rows::{FoldRow, NewFold};

/// Written out, so that the partial index is used whatever the plan.
const FREE: &str = "state = 'waiting' AND held IS NULL";

/// A plant and day whose spool is due.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Due {
    #[diesel(sql_type = Text)]
    pub(crate) plant: String,
    #[diesel(sql_type = Date)]
    pub(crate) day: PgDate,
}

#[derive(QueryableByName)]
struct Overdue {
    #[diesel(sql_type = Bool)]
    overdue: bool,
}

/// Takes folds in, by one COPY.
pub(crate) fn put(conn: &mut PgConnection, folds: &[&NewFold]) -> Result<(), LotError> {
    if !folds.is_empty() {
        diesel::copy_from(fold::table)
            .from_insertable(folds.to_vec())
            .execute(conn)?;
    }
    Ok(())
}

/// The plants and days of which `folds_max` folds wait, or one has waited for `wait_ms`; the longest wait first.
pub(crate) fn due(
    conn: &mut PgConnection,
    folds_max: i64,
    wait_ms: i64,
) -> Result<Vec<Due>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT plant, day FROM fold WHERE state = 'waiting' AND held IS NULL GROUP BY plant, day \
         HAVING count(*) >= $1 OR min(waiting_since) <= clock_timestamp() - $2 * interval '1 millisecond' \
         ORDER BY min(waiting_since) LIMIT 16",
    )
    .bind::<BigInt, _>(folds_max)
    .bind::<BigInt, _>(wait_ms)
    .load(conn)?)
}

/// Locks the longest waiting folds of a plant and day that nobody else holds, at most `folds_max`. None if those
/// alone make no spool due: another instance has the others.
pub(crate) fn take(
    conn: &mut PgConnection,
    due: &Due,
    folds_max: i64,
    wait_ms: i64,
) -> Result<Vec<FoldRow>, LotError> {
    let folds: Vec<FoldRow> = fold::table
        .filter(sql::<Bool>(FREE))
        .filter(fold::plant.eq(&due.plant))
        .filter(fold::day.eq(due.day))
        .order((fold::waiting_since.asc(), fold::avis.asc()))
        .limit(folds_max)
        .select(FoldRow::as_select())
        .for_update()
        .skip_locked()
        .load(conn)?;
    let full = i64::try_from(folds.len()).is_ok_and(|count| count >= folds_max);
    let Some(oldest) = folds.iter().map(|fold| fold.waiting_since.0).min() else {
        return Ok(folds);
    };
    if full {
        return Ok(folds);
    }
    let answer: Overdue = diesel::sql_query(
        "SELECT timestamptz '2000-01-01 00:00:00Z' + $1 * interval '1 microsecond' \
         <= clock_timestamp() - $2 * interval '1 millisecond' AS overdue",
    )
    .bind::<BigInt, _>(oldest)
    .bind::<BigInt, _>(wait_ms)
    .get_result(conn)?;
    Ok(if answer.overdue { folds } else { Vec::new() })
}

/// Holds back the waiting folds of a lot, or only one of its members: their bytes cannot be read.
pub(crate) fn hold(
    conn: &mut PgConnection,
    lot_id: &[u8],
    member_id: Option<&str>,
    reason: &str,
) -> Result<usize, LotError> {
    Ok(diesel::sql_query(
        "UPDATE fold SET held = $1 WHERE state = 'waiting' AND held IS NULL AND lot_id = $2 \
         AND ($3 IS NULL OR member_id = $3)",
    )
    .bind::<Text, _>(reason)
    .bind::<diesel::sql_types::Binary, _>(lot_id)
    .bind::<Nullable<Text>, _>(member_id)
    .execute(conn)?)
}

/// Lets all held folds be taken again; returns how many.
pub(crate) fn release(conn: &mut PgConnection) -> Result<usize, StoreError> {
    Ok(diesel::sql_query("UPDATE fold SET held = NULL WHERE held IS NOT NULL").execute(conn)?)
}

/// Marks folds as being in a spool, at their places in it; returns how many were waiting.
pub(super) fn spooled(
    conn: &mut PgConnection,
    spool_id: &[u8],
    folds: &[FoldRow],
) -> Result<usize, LotError> {
    use diesel::sql_types::{Array, Binary, SmallInt};
    let positions: Vec<i32> = (1..).take(folds.len()).collect();
    Ok(diesel::sql_query(
        "UPDATE fold SET state = 'spooled', spool_id = $1, position = p.position \
         FROM unnest($2, $3, $4, $5) AS p(avis, kind, issue, position) \
         WHERE fold.avis = p.avis AND fold.kind = p.kind AND fold.issue = p.issue AND state = 'waiting'",
    )
    .bind::<Binary, _>(spool_id)
    .bind::<Array<BigInt>, _>(folds.iter().map(|fold| fold.avis).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(folds.iter().map(|fold| fold.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(folds.iter().map(|fold| fold.issue).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(positions)
    .execute(conn)?)
}
