#![doc = include_str!("../README.md")]

mod checks;
mod config;
mod db;
mod judge;
mod lot;
mod metrics;
mod settle;
mod ticket;
mod work;

use std::time::Duration;

use cnt_contracts::topics::MIF_INBOUND;
use cnt_flow::{Plumbing, database};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;
use cnt_store::DatabaseConfig;

pub use checks::{TransmissionLimits, code_of};
pub use config::{Config, LotSection, RulesSection};
pub use judge::{Judge, JudgeError, Judgement, check_bytes};
pub use metrics::Metrics;
pub use ticket::{DOUBLE_TICKETING_S, Ticket, Tickets};
pub use work::ValidationWork;

/// Name of the service.
pub const NAME: &str = "validation";

/// Name of the readiness check of the database.
const DATABASE_CHECK: &str = "database";

/// How long a database that is not there is waited for in one go; between two tries the stop is looked at.
const DATABASE_PATIENCE: Duration = Duration::from_secs(2);

/// Runs validation until the stop is requested: one thread takes lots, the CPU pool judges them.
///
/// # Errors
/// When the worker cannot be started or metrics are registered twice. What fails later ends the worker, and with it
/// the process.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let database = database(&config.database, NAME);
    let mut setup = plumbing.flow(&context, database.clone(), NAME, &[MIF_INBOUND])?;
    config.lot.apply(&mut setup.consumer);
    let metrics = Metrics::register(&context.registry)?;
    let work = ValidationWork::new(&plumbing, &context, config.rules, metrics);
    context.readiness.set(
        DATABASE_CHECK,
        ReadyState::NotReady("not migrated".to_owned()),
    );
    let worker = context.clone();
    context.spawn_worker("lots", move || {
        if !migrated(&database, &worker)? {
            return Ok(());
        }
        worker.readiness.set(DATABASE_CHECK, ReadyState::Ready);
        cnt_flow::run(&setup, work, &worker)
    })?;
    context.shutdown.requested().await;
    Ok(())
}

/// Brings the schema up to date, waiting for a database that is starting; false when the stop came first.
fn migrated(database: &DatabaseConfig, context: &ServiceContext) -> anyhow::Result<bool> {
    while !context.shutdown.is_requested() {
        let outcome = cnt_store::connect_within(database, DATABASE_PATIENCE)
            .and_then(|mut conn| db::migrate(&mut conn));
        match outcome {
            Ok(()) => return Ok(true),
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}
