//! Photographs: which were handed in, which are waited for.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Uuid as SqlUuid};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A photograph that an accepted MIF names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// The collectivity.
    pub(crate) siren: i32,
    /// The photograph.
    pub(crate) sha256: [u8; 32],
    /// Reception of the MIF.
    pub(crate) reception: Uuid,
    /// The MIF.
    pub(crate) id_mif: Uuid,
    /// When it came, on the legal clock.
    pub(crate) received_at: Timestamp,
}

/// A photograph that did not come in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missed {
    /// The collectivity.
    pub(crate) siren: i32,
    /// The photograph.
    pub(crate) sha256: [u8; 32],
    /// Reception of the MIF.
    pub(crate) reception: Uuid,
    /// The MIF.
    pub(crate) id_mif: Uuid,
}

/// What became of a photograph handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is kept since now.
    Now,
    /// It was kept before, since that instant.
    Since(Timestamp),
    /// Every MIF that names it has waited long enough.
    TooLate,
}

/// Remembers photographs to come, all in one statement.
pub(crate) fn await_photos(
    conn: &mut PgConnection,
    photos: &[&Awaited],
    days: u16,
) -> Result<(), StoreError> {
    if photos.is_empty() {
        return Ok(());
    }
    let wait = SignedDuration::from_hours(24 * i64::from(days));
    let until = |photo: &Awaited| {
        let until = photo.received_at.checked_add(wait);
        until.unwrap_or(Timestamp::MAX).as_microsecond()
    };
    let photos = photos.iter();
    diesel::sql_query(
        "INSERT INTO photo_awaited (siren, sha256, reception, id_mif, until_us) \
         SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Integer>, _>(photos.clone().map(|photo| photo.siren).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(
        photos
            .clone()
            .map(|photo| photo.sha256.to_vec())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SqlUuid>, _>(
        photos
            .clone()
            .map(|photo| photo.reception)
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SqlUuid>, _>(photos.clone().map(|photo| photo.id_mif).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(photos.map(|photo| until(photo)).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    since_us: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_late: bool,
}

/// Whether a photograph was kept before or is late; none when it may be kept. What it says of lateness holds until the
/// caller's transaction ends: whoever takes missed ones passes over rows that are locked here.
pub(crate) fn photo_standing(
    conn: &mut PgConnection,
    siren: i32,
    sha256: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Kept>, StoreError> {
    let row: KeptRow = diesel::sql_query(
        "WITH named AS ( \
           SELECT until_us, is_missed FROM photo_awaited WHERE siren = $1 AND sha256 = $2 FOR SHARE \
         ) \
         SELECT (SELECT received_at_us FROM photo WHERE siren = $1 AND sha256 = $2) AS since_us, \
                coalesce((SELECT bool_and(is_missed OR until_us < $3) FROM named), false) AS is_late",
    )
    .bind::<Integer, _>(siren)
    .bind::<Binary, _>(&sha256[..])
    .bind::<BigInt, _>(now.as_microsecond())
    .get_result(conn)?;
    if let Some(since) = row.since_us {
        return Ok(Some(Kept::Since(
            Timestamp::from_microsecond(since).unwrap_or(Timestamp::MIN),
        )));
    }
    Ok(row.is_late.then_some(Kept::TooLate))
}

/// Keeps a photograph whose bytes are stored, in the caller's transaction: none is both kept and told to be missing.
pub(crate) fn keep_photo(
    conn: &mut PgConnection,
    siren: i32,
    sha256: &[u8; 32],
    now: Timestamp,
) -> Result<Kept, StoreError> {
    if let Some(standing) = photo_standing(conn, siren, sha256, now)? {
        return Ok(standing);
    }
    // Two at once: the first stands.
    diesel::sql_query(
        "INSERT INTO photo (siren, sha256, received_at_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind::<Integer, _>(siren)
    .bind::<Binary, _>(&sha256[..])
    .bind::<BigInt, _>(now.as_microsecond())
    .execute(conn)?;
    Ok(Kept::Now)
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = Integer)]
    siren: i32,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    reception: Uuid,
}

#[derive(QueryableByName)]
struct MissedRow {
    #[diesel(sql_type = Integer)]
    siren: i32,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    reception: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id_mif: Uuid,
}

/// Settles up to `limit` photographs whose time is over, in the caller's transaction: those that came are forgotten,
/// those that did not are marked and given back. The second number is how many were settled.
pub(crate) fn take_missed(
    conn: &mut PgConnection,
    now: Timestamp,
    limit: i64,
) -> Result<(Vec<Missed>, usize), StoreError> {
    let due: Vec<DueRow> = diesel::sql_query(
        "SELECT siren, sha256, reception FROM photo_awaited \
         WHERE NOT is_missed AND until_us < $1 ORDER BY until_us LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(now.as_microsecond())
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    if due.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let sirens: Vec<_> = due.iter().map(|row| row.siren).collect();
    let hashes: Vec<_> = due.iter().map(|row| &row.sha256[..]).collect();
    let receptions: Vec<_> = due.iter().map(|row| row.reception).collect();
    // A new statement sees what was committed before the rows were locked; nothing about them is committed after.
    diesel::sql_query(
        "DELETE FROM photo_awaited AS awaited USING unnest($1, $2, $3) AS due(siren, sha256, reception), photo \
         WHERE (awaited.siren, awaited.sha256, awaited.reception) = (due.siren, due.sha256, due.reception) \
           AND photo.siren = due.siren AND photo.sha256 = due.sha256",
    )
    .bind::<Array<Integer>, _>(&sirens)
    .bind::<Array<Binary>, _>(&hashes)
    .bind::<Array<SqlUuid>, _>(&receptions)
    .execute(conn)?;
    let missed: Vec<MissedRow> = diesel::sql_query(
        "UPDATE photo_awaited AS awaited SET is_missed = true \
         FROM unnest($1, $2, $3) AS due(siren, sha256, reception) \
         WHERE (awaited.siren, awaited.sha256, awaited.reception) = (due.siren, due.sha256, due.reception) \
         RETURNING awaited.siren, awaited.sha256, awaited.reception, awaited.id_mif",
    )
    .bind::<Array<Integer>, _>(&sirens)
    .bind::<Array<Binary>, _>(&hashes)
    .bind::<Array<SqlUuid>, _>(&receptions)
    .load(conn)?;
    let missed = missed.into_iter().filter_map(|row| {
        Some(Missed {
            siren: row.siren,
            // The table holds 32 bytes or none.
            sha256: row.sha256.try_into().ok()?,
            reception: row.reception,
            id_mif: row.id_mif,
        })
    });
    Ok((missed.collect(), due.len()))
}
