//! What files hold besides what came: letters that were asked for, procès-verbaux on paper.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, SmallInt, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db::prepared::Prepare as _;

/// Writes a request lot for letters down.
pub(crate) fn letter_request_insert(
    conn: &mut PgConnection,
    request_lot: &[u8; 32],
    letters: u32,
) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO letter_request (request_lot, letters) VALUES ($1, $2)")
        .bind::<Binary, _>(request_lot.as_slice())
        .bind::<Integer, _>(i32::try_from(letters).unwrap_or(i32::MAX))
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct AvisRow {
    #[diesel(sql_type = BigInt)]
    avis: i64,
}

/// Those of these avis whose file has no procès-verbal yet: each is written down as asked for, its lot not known yet.
pub(crate) fn pv_claim(conn: &mut PgConnection, avis: &[i64]) -> Result<Vec<i64>, StoreError> {
    let new: Vec<AvisRow> = diesel::sql_query(
        "INSERT INTO proces_verbal (avis, issue) SELECT a.avis, 1 FROM avis a \
         WHERE a.avis = ANY($1) AND a.verdict_lot IS NOT NULL \
           AND NOT EXISTS (SELECT 1 FROM proces_verbal p WHERE p.avis = a.avis) \
         ORDER BY a.avis ON CONFLICT DO NOTHING RETURNING avis",
    )
    .bind::<Array<BigInt>, _>(avis)
    .load(conn)?;
    Ok(new.into_iter().map(|row| row.avis).collect())
}

/// An envelope that asks for a copy of the procès-verbal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct CopyAsked {
    /// The envelope.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) courrier: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Whether it came through the portal, where the copy is fetched.
    #[diesel(sql_type = Bool)]
    pub(crate) is_online: bool,
    /// Issues of the procès-verbal before it.
    #[diesel(sql_type = SmallInt)]
    pub(crate) before: i16,
}

/// Locks envelopes that ask for a copy, at most one an avis, and writes the copy down as asked for.
pub(crate) fn pv_copies_claim(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<CopyAsked>, StoreError> {
    let mut asked: Vec<CopyAsked> = diesel::sql_query(
        "SELECT k.id AS courrier, k.avis, k.channel = 'portal' AS is_online, \
                (SELECT coalesce(max(p.issue), 0) FROM proces_verbal p WHERE p.avis = k.avis)::smallint AS before \
         FROM courrier k JOIN avis a ON a.avis = k.avis AND a.verdict_lot IS NOT NULL \
         WHERE k.kind = 'pv_request' AND k.outcome = 'open' AND NOT k.is_duplicate \
         ORDER BY k.avis, k.id LIMIT $1 FOR UPDATE OF k SKIP LOCKED",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    asked.dedup_by_key(|copy| copy.avis);
    let avis: Vec<i64> = asked.iter().map(|copy| copy.avis).collect();
    let issues: Vec<i16> = asked
        .iter()
        .map(|copy| copy.before.saturating_add(1))
        .collect();
    let envelopes: Vec<Uuid> = asked.iter().map(|copy| copy.courrier).collect();
    let written: Vec<AvisRow> = diesel::sql_query(
        "INSERT INTO proces_verbal (avis, issue, courrier) SELECT * FROM unnest($1, $2, $3) \
         ON CONFLICT DO NOTHING RETURNING avis",
    )
    .bind::<Array<BigInt>, _>(&avis)
    .bind::<Array<SmallInt>, _>(&issues)
    .bind::<Array<SqlUuid>, _>(&envelopes)
    .load(conn)?;
    // An issue that another instance has just taken is asked for in the next round.
    asked.retain(|copy| written.iter().any(|row| row.avis == copy.avis));
    Ok(asked)
}

/// The lot in which procès-verbaux were asked for.
pub(crate) fn pv_asked(
    conn: &mut PgConnection,
    avis: &[i64],
    request_lot: &[u8; 32],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE proces_verbal SET request_lot = $2 WHERE avis = ANY($1) AND request_lot IS NULL",
    )
    .bind::<Array<BigInt>, _>(avis)
    .bind::<Binary, _>(request_lot.as_slice())
    .execute(conn)?;
    Ok(())
}

/// Whether the letter of a question is not asked for yet; the question is locked.
pub(crate) fn inquiry_without_letter(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_due: bool,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT request_lot IS NULL AS is_due FROM inquiry WHERE id = $1 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .optional()?;
    Ok(row.is_some_and(|row| row.is_due))
}

/// How many letters asked about an avis for pieces, or for reports.
pub(crate) fn inquiries_asked(
    conn: &mut PgConnection,
    avis: i64,
    kind: &str,
) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*) AS count FROM inquiry q JOIN contestation c ON c.id = q.contestation \
         WHERE c.avis_number = $1 AND q.kind = $2 AND q.request_lot IS NOT NULL",
    )
    .bind::<BigInt, _>(avis)
    .bind::<Text, _>(kind)
    .get_result(conn)?;
    Ok(row.count)
}

/// The lot in which the letter of a question was asked for.
pub(crate) fn inquiry_asked(
    conn: &mut PgConnection,
    id: Uuid,
    request_lot: &[u8; 32],
) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE inquiry SET request_lot = $2 WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .bind::<Binary, _>(request_lot.as_slice())
        .execute(conn)?;
    Ok(())
}

/// Most changes that are folded in at a time.
const FOLDED_MAX: i64 = 10_000;

/// Folds changes of the open files into their counts.
pub(crate) fn open_files_fold(conn: &mut PgConnection) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "WITH taken AS (DELETE FROM open_change WHERE n IN ( \
                 SELECT n FROM open_change ORDER BY n LIMIT $1 FOR UPDATE SKIP LOCKED) \
             RETURNING omp, ground, prescription, files) \
         INSERT INTO open_files SELECT omp, ground, prescription, sum(files) FROM taken GROUP BY 1, 2, 3 \
         ON CONFLICT (omp, ground, prescription) DO UPDATE SET files = open_files.files + excluded.files",
    )
    .bind::<BigInt, _>(FOLDED_MAX)
    .prepared()
    .execute(conn)?)
}
