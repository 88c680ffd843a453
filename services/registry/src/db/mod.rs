//! The registry's tables: the only place that names diesel.

pub(crate) mod cards;

use cnt_store::{EmbeddedMigrations, PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_migrations::embed_migrations;
use jiff::Timestamp;

/// The registry's own migrations.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A version as its row has it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct VersionRow {
    /// Number.
    #[diesel(sql_type = BigInt)]
    pub(crate) version: i64,
    /// The lot object, thirty-two bytes.
    #[diesel(sql_type = Binary)]
    pub(crate) lot_id: Vec<u8>,
    /// What made it.
    #[diesel(sql_type = Text)]
    pub(crate) cause: String,
    /// Legal instant it was made at, microseconds since the epoch.
    #[diesel(sql_type = BigInt)]
    pub(crate) legal_at_us: i64,
}

#[derive(QueryableByName)]
struct Offset {
    #[diesel(sql_type = BigInt)]
    offset_seconds: i64,
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
}

/// Runs `work` in one transaction.
pub(crate) fn transaction<T, E: From<StoreError>>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    /// Carries the work's error past diesel, which wants its own convertible.
    struct Outcome<E>(E);
    impl<E: From<StoreError>> From<diesel::result::Error> for Outcome<E> {
        fn from(error: diesel::result::Error) -> Self {
            Self(StoreError::Query(error).into())
        }
    }
    conn.transaction(|conn| work(conn).map_err(Outcome))
        .map_err(|Outcome(error)| error)
}

/// The newest version.
pub(crate) fn newest(conn: &mut PgConnection) -> Result<Option<VersionRow>, StoreError> {
    let row = diesel::sql_query(
        "SELECT version, lot_id, cause, (extract(epoch FROM legal_at) * 1000000)::bigint AS legal_at_us \
         FROM version ORDER BY version DESC LIMIT 1",
    )
    .get_result(conn)
    .optional()
    .map_err(StoreError::Query)?;
    Ok(row)
}

/// The newest snapshot's JSON.
pub(crate) fn snapshot(conn: &mut PgConnection) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<Body> = diesel::sql_query("SELECT body FROM current_snapshot")
        .get_result(conn)
        .optional()
        .map_err(StoreError::Query)?;
    Ok(row.map(|row| row.body))
}

/// Makes other changes wait until this transaction ends; reading goes on.
pub(crate) fn lock_versions(conn: &mut PgConnection) -> Result<(), StoreError> {
    diesel::sql_query("LOCK TABLE current_snapshot IN SHARE ROW EXCLUSIVE MODE")
        .execute(conn)
        .map_err(StoreError::Query)?;
    Ok(())
}

/// Writes a version and makes its snapshot the current one.
pub(crate) fn put_version(
    conn: &mut PgConnection,
    version: i64,
    lot_id: &[u8],
    cause: &str,
    legal_at: Timestamp,
    body: &[u8],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO version (version, lot_id, cause, legal_at) \
         VALUES ($1, $2, $3, 'epoch'::timestamptz + $4 * interval '1 microsecond')",
    )
    .bind::<BigInt, _>(version)
    .bind::<Binary, _>(lot_id)
    .bind::<Text, _>(cause)
    .bind::<BigInt, _>(legal_at.as_microsecond())
    .execute(conn)
    .map_err(StoreError::Query)?;
    diesel::sql_query(
        "INSERT INTO current_snapshot (version, body) VALUES ($1, $2) \
         ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, body = excluded.body",
    )
    .bind::<BigInt, _>(version)
    .bind::<Binary, _>(body)
    .execute(conn)
    .map_err(StoreError::Query)?;
    Ok(())
}

/// Seconds by which the legal clock is ahead.
pub(crate) fn clock_offset(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let row: Offset = diesel::sql_query("SELECT offset_seconds FROM clock")
        .get_result(conn)
        .map_err(StoreError::Query)?;
    Ok(row.offset_seconds)
}

/// Moves the legal clock forward; returns the new offset.
pub(crate) fn clock_advance(conn: &mut PgConnection, seconds: i64) -> Result<i64, StoreError> {
    let row: Offset = diesel::sql_query(
        "UPDATE clock SET offset_seconds = offset_seconds + $1, moved_at = now() \
         RETURNING offset_seconds",
    )
    .bind::<BigInt, _>(seconds)
    .get_result(conn)
    .map_err(StoreError::Query)?;
    Ok(row.offset_seconds)
}
