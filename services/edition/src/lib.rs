#![doc = include_str!("../README.md")]

pub mod addressee;
mod after_contestation;
pub mod avis;
pub mod config;
pub mod db;
pub mod document_lot;
mod hand_over;
mod letter_document;
mod letter_facts;
pub mod letters;
pub mod metrics;
mod parallel;
mod parking_form;
mod portal_key;
pub mod press;
mod preview;
mod proces_verbal;
mod text;
pub mod verdict_lot;
pub mod work;

use std::time::Duration;

use anyhow::Context as _;
use cnt_bus::LotConsumerConfig;
use cnt_contracts::topics::{LETTER_REQUEST, MIF_VERDICT};
use cnt_flow::{FlowSetup, Plumbing};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;
use cnt_store::{DatabaseConfig, connect, migrate};

pub use config::Config;
pub use letters::Letters;
pub use portal_key::{portal_key, portal_key_sha256};
pub use work::Edition;

/// Name of the service, of its consumer group, its schema and its metrics.
pub const NAME: &str = "edition";

/// Readiness check of the database.
const DATABASE_CHECK: &str = "database";

/// Runs the service until the stop is requested: migrates its schema, then edits lot after lot on a worker.
///
/// # Errors
/// What ended it before that: a migration that cannot be applied, a template that cannot be used, a worker that
/// failed.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let database = cnt_flow::database(&config.database, NAME);
    context.readiness.set(
        DATABASE_CHECK,
        ReadyState::NotReady("not migrated yet".to_owned()),
    );
    let (migrated, waiting) = (database.clone(), context.clone());
    if !tokio::task::spawn_blocking(move || migrate_when_there(&migrated, &waiting)).await?? {
        return Ok(());
    }
    context.readiness.set(DATABASE_CHECK, ReadyState::Ready);

    let mut setup = plumbing.flow(&context, database, NAME, &[MIF_VERDICT])?;
    setup.consumer.lot_records_max = config.lots.lot_records_max;
    let work = Edition::new(&config, &context, &plumbing)?;
    let letters = Letters::new(&config, &context, &plumbing, work.workshop())?;
    let desk = letters.desk();
    let letters_setup = FlowSetup {
        consumer: LotConsumerConfig::new(
            plumbing.bus.clone(),
            letters::GROUP,
            [LETTER_REQUEST.name],
        ),
        ..setup.clone()
    };
    let worker = context.clone();
    context.spawn_worker("letters", move || {
        cnt_flow::run(&letters_setup, letters, &worker)
    })?;
    let worker = context.clone();
    context.spawn_worker("lots", move || cnt_flow::run(&setup, work, &worker))?;
    preview::serve(config.preview, desk, &context.shutdown).await
}

/// Brings the schema up to date, waiting for a database that is starting; false if the stop was requested meanwhile.
fn migrate_when_there(database: &DatabaseConfig, context: &ServiceContext) -> anyhow::Result<bool> {
    loop {
        let outcome =
            connect(database).and_then(|mut conn| migrate(&mut conn, &db::migrations()).map(drop));
        match outcome {
            Ok(()) => return Ok(true),
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "Database is not there yet");
                if context.shutdown.wait_timeout(Duration::from_millis(500)) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error).context("cannot migrate the schema of edition"),
        }
    }
}
