//! Bringing the schema up to date, also while the database is still starting.

use std::time::Duration;

use anyhow::Context;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, EmbeddedMigrations, StoreError};
use diesel_migrations::embed_migrations;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(300);

/// Migrates the schema, waiting for the database as long as nobody asks to stop.
pub(crate) fn migrate_patiently(
    config: &DatabaseConfig,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    loop {
        let outcome = cnt_store::connect(config)
            .and_then(|mut conn| cnt_store::migrate(&mut conn, &MIGRATIONS));
        match outcome {
            Ok(_) => return Ok(()),
            Err(error) if is_passing(&error) => {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
                if shutdown.wait_timeout(PAUSE) {
                    return Ok(());
                }
            }
            Err(error) => return Err(error).context("the schema cannot be brought up to date"),
        }
    }
}

fn is_passing(error: &StoreError) -> bool {
    error.is_transient()
}
