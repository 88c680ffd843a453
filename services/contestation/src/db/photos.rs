//! Photographs of avis: where their hashes are found, who asked for them, what was given, who saw them.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::instants::{pg_timestamp, timestamp};

/// Where the MIF and the documents of an avis lie.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct CaseRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The competent OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// The collectivity: a MIF's identity is unique in it alone.
    #[diesel(sql_type = Integer)]
    pub(crate) siren: i32,
    /// The MIF.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id_mif: Uuid,
    #[diesel(sql_type = Nullable<Binary>)]
    verdict_lot: Option<Vec<u8>>,
    #[diesel(sql_type = Binary)]
    lot_id: Vec<u8>,
    /// The avis in its document lot.
    #[diesel(sql_type = Text)]
    pub(crate) member_id: String,
}

impl CaseRow {
    /// The verdict lot with the MIF, for avis taken in since it is kept.
    pub(crate) fn verdict_lot(&self) -> Option<[u8; 32]> {
        self.verdict_lot.as_deref()?.try_into().ok()
    }

    /// The document lot; the table holds 32 bytes or none.
    pub(crate) fn document_lot(&self) -> Option<[u8; 32]> {
        self.lot_id.as_slice().try_into().ok()
    }
}

/// Where things of an avis lie.
pub(crate) fn case(conn: &mut PgConnection, avis: i64) -> Result<Option<CaseRow>, StoreError> {
    Ok(cases(conn, &[avis])?.pop())
}

/// Where things of some avis lie.
pub(crate) fn cases(conn: &mut PgConnection, avis: &[i64]) -> Result<Vec<CaseRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT avis, omp, siren, id_mif, verdict_lot, lot_id, member_id FROM avis WHERE avis = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(avis)
    .load(conn)?)
}

/// A request of an addressee.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct PhotoRequestRow {
    /// The request.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    #[diesel(sql_type = Timestamptz)]
    asked_at: PgTimestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<PgTimestamp>,
    #[diesel(sql_type = Array<Binary>)]
    given: Vec<Vec<u8>>,
}

impl PhotoRequestRow {
    /// When it was asked (legal clock).
    pub(crate) fn asked_at(&self) -> Timestamp {
        timestamp(self.asked_at)
    }

    /// When it was answered (legal clock).
    pub(crate) fn answered_at(&self) -> Option<Timestamp> {
        self.answered_at.map(timestamp)
    }

    /// Hashes of the copies given.
    pub(crate) fn given(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        let given = self.given.iter();
        given.filter_map(|hash| hash.as_slice().try_into().ok())
    }
}

/// The columns of a request.
const REQUEST: &str = "SELECT r.id, r.avis, r.asked_at, r.answered_at, \
     ARRAY(SELECT g.given FROM photo_given g WHERE g.request = r.id ORDER BY g.original) AS given \
     FROM photo_request r";

/// A copy that an addressee is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhotoCopy {
    /// SHA-256 of the photograph.
    pub(crate) original: [u8; 32],
    /// SHA-256 of the copy.
    pub(crate) given: [u8; 32],
}

/// Notes a request; the same id again changes nothing. False if the id is another avis'.
pub(crate) fn photo_request_insert(
    conn: &mut PgConnection,
    id: Uuid,
    avis: i64,
    omp: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    diesel::sql_query(
        "INSERT INTO photo_request (id, avis, omp, asked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(avis)
    .bind::<Text, _>(omp)
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .execute(conn)?;
    Ok(photo_request(conn, avis, id)?.is_some())
}

/// A request about an avis.
pub(crate) fn photo_request(
    conn: &mut PgConnection,
    avis: i64,
    id: Uuid,
) -> Result<Option<PhotoRequestRow>, StoreError> {
    Ok(
        diesel::sql_query(format!("{REQUEST} WHERE r.avis = $1 AND r.id = $2"))
            .bind::<BigInt, _>(avis)
            .bind::<SqlUuid, _>(id)
            .get_result(conn)
            .optional()?,
    )
}

/// The requests about an avis, the newest first.
pub(crate) fn photo_requests_of(
    conn: &mut PgConnection,
    avis: i64,
) -> Result<Vec<PhotoRequestRow>, StoreError> {
    Ok(diesel::sql_query(format!(
        "{REQUEST} WHERE r.avis = $1 ORDER BY r.asked_at DESC, r.id LIMIT 20"
    ))
    .bind::<BigInt, _>(avis)
    .load(conn)?)
}

/// The requests that an OMP has not answered, the oldest first.
pub(crate) fn photo_requests_open(
    conn: &mut PgConnection,
    omp: &str,
    limit: i64,
) -> Result<Vec<PhotoRequestRow>, StoreError> {
    Ok(diesel::sql_query(format!(
        "{REQUEST} WHERE r.omp = $1 AND r.answered_at IS NULL ORDER BY r.asked_at, r.id LIMIT $2"
    ))
    .bind::<Text, _>(omp)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Answers an open request with copies; false if it was answered before.
pub(crate) fn photo_request_answer(
    conn: &mut PgConnection,
    id: Uuid,
    by: &str,
    at: Timestamp,
    copies: &[PhotoCopy],
) -> Result<bool, StoreError> {
    let answered = diesel::sql_query(
        "UPDATE photo_request SET answered_at = $2, answered_by = $3 WHERE id = $1 AND answered_at IS NULL",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(by)
    .execute(conn)?;
    if answered == 0 {
        return Ok(false);
    }
    diesel::sql_query(
        "INSERT INTO photo_given (request, original, given) SELECT $1, original, given FROM unnest($2, $3) AS u(original, given)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Binary>, _>(copies.iter().map(|copy| &copy.original[..]).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(copies.iter().map(|copy| &copy.given[..]).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(true)
}

/// Journals that somebody sees a photograph.
pub(crate) fn photo_seen(
    conn: &mut PgConnection,
    at: Timestamp,
    who: &str,
    avis: i64,
    seen: [u8; 32],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO photo_consultation (at, who, avis, seen) VALUES ($1, $2, $3, $4)",
    )
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(who)
    .bind::<BigInt, _>(avis)
    .bind::<Binary, _>(&seen[..])
    .execute(conn)?;
    Ok(())
}
