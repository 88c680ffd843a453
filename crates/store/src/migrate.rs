//! Migrations: the tables that every service has, then the service's own.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::StoreError;

/// The tables `position`, `outbox`, `done_lot` and `quarantine`.
pub fn migrations() -> EmbeddedMigrations {
    const SHARED: EmbeddedMigrations = embed_migrations!("migrations");
    SHARED
}

/// How long an instance waits before it asks for the lock again.
const LOCK_PAUSE: Duration = Duration::from_millis(25);

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct Before {
    #[diesel(sql_type = Nullable<Text>)]
    schema: Option<String>,
    #[diesel(sql_type = Text)]
    statement_timeout: String,
    #[diesel(sql_type = Text)]
    lock_timeout: String,
}

/// Brings the schema of the connection's role up to date: the shared tables first, then `service`'s own migrations.
/// Returns the versions applied now.
///
/// Instances may call it at the same time: an advisory lock per schema lets one work and the others wait, for as
/// long as it takes.
/// Each migration is its own transaction (unless its `metadata.toml` says `run_in_transaction = false`). Timeouts are
/// off meanwhile. Versions beginning with `0000` are this crate's.
///
/// # Errors
/// [`StoreError::Migration`]; [`StoreError::Refused`] when two migrations have the same version or the
/// role's `search_path` names no schema that exists.
pub fn migrate(
    conn: &mut PgConnection,
    service: &EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let before: Before = diesel::sql_query(
        "SELECT current_schema()::text AS schema, \
                current_setting('statement_timeout') AS statement_timeout, \
                current_setting('lock_timeout') AS lock_timeout",
    )
    .get_result(conn)?;
    let Some(schema) = before.schema else {
        return Err(StoreError::Refused {
            what: "the role's search_path names no schema that exists".to_owned(),
        });
    };
    lock(conn, &schema)?;
    let outcome = set_timeouts(conn, "0", "0").and_then(|()| apply(conn, service));
    // A lock that cannot be given back dies with its connection: the first error counts.
    let unlocked = unlock(conn, &schema)
        .and_then(|()| set_timeouts(conn, &before.statement_timeout, &before.lock_timeout));
    let applied = outcome?;
    unlocked?;
    if !applied.is_empty() {
        tracing::info!(
            database.schema = schema,
            migrations.applied = applied.len(),
            "Schema migrated"
        );
    }
    Ok(applied)
}

fn apply(conn: &mut PgConnection, service: &EmbeddedMigrations) -> Result<Vec<String>, StoreError> {
    let done: BTreeSet<String> = conn
        .applied_migrations()
        .map_err(StoreError::Migration)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut known = BTreeSet::new();
    let mut applied = Vec::new();
    for source in [&migrations(), service] {
        let steps: Vec<Box<dyn Migration<Pg>>> =
            source.migrations().map_err(StoreError::Migration)?;
        for step in steps {
            let version = step.name().version().to_string();
            if !known.insert(version.clone()) {
                return Err(StoreError::Refused {
                    what: format!("two migrations have the version {version}"),
                });
            }
            if !done.contains(&version) {
                conn.run_migration(step.as_ref())
                    .map_err(StoreError::Migration)?;
                applied.push(version);
            }
        }
    }
    let newer = done.difference(&known).count();
    if newer > 0 {
        tracing::warn!(
            migrations.unknown = newer,
            "The schema has migrations that this program does not know, a newer one ran here"
        );
    }
    Ok(applied)
}

fn set_timeouts(conn: &mut PgConnection, statement: &str, lock: &str) -> Result<(), StoreError> {
    diesel::sql_query(
        "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)",
    )
    .bind::<Text, _>(statement)
    .bind::<Text, _>(lock)
    .execute(conn)?;
    Ok(())
}

/// Asks for the lock again and again. A statement that waited for it would hold a snapshot, and a migration that
/// creates an index concurrently waits for the end of every snapshot: a deadlock.
fn lock(conn: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    let mut told = false;
    loop {
        let lock: Lock = diesel::sql_query(
            "SELECT pg_try_advisory_lock(hashtextextended('cnt_store migrate ' || $1, 0)) AS taken",
        )
        .bind::<Text, _>(schema)
        .get_result(conn)?;
        if lock.taken {
            return Ok(());
        }
        if !told {
            told = true;
            tracing::info!(
                database.schema = schema,
                "Another instance migrates the schema, waiting for it"
            );
        }
        std::thread::sleep(LOCK_PAUSE);
    }
}

fn unlock(conn: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_unlock(hashtextextended('cnt_store migrate ' || $1, 0))")
        .bind::<Text, _>(schema)
        .execute(conn)?;
    Ok(())
}
