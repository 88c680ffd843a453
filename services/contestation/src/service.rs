//! The service's parts, started and stopped together.

use std::sync::Arc;
use std::time::Duration;

use cnt_bus::LotConsumerConfig;
use cnt_contracts::topics::{COURRIER_INBOUND, DOCUMENT_LOT, REPORT_INBOUND, SPOOL_DEPOSIT};
use cnt_flow::{FlowSetup, LotWork, Plumbing};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;
use cnt_store::{DatabaseConfig, Pool, Session, StoreError, connect, migrate};
use tokio::sync::Semaphore;

use crate::bulk::BulkWork;
use crate::cards::Cards;
use crate::config::Config;
use crate::courrier::{self, CourrierWork};
use crate::deposits::{self, DepositsWork};
use crate::documents::{self, DocumentsWork};
use crate::dossier::DossierWork;
use crate::http::{self, AppState, Guesses};
use crate::life::ClockWork;
use crate::metrics::Metrics;
use crate::reports::{self, ReportsWork};
use crate::{NAME, db};

/// Pause between two attempts to reach a database that is starting.
const DATABASE_PAUSE: Duration = Duration::from_millis(250);

/// Runs the service until the stop is requested: both flows on threads of their own, portal and queue on the caller's
/// actix runtime. The portal works without the database.
///
/// # Errors
/// What keeps it from starting, or ends the HTTP server.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let closed = ReadyState::NotReady("not listening yet".to_owned());
    context.readiness.set(http::CHECK, closed);
    let database = cnt_flow::database(&config.database, NAME);
    let metrics = Metrics::register(&context.registry)?;
    let pool = Pool::new(database.clone())?;
    spawn_workers(&context, &database, &plumbing, &metrics)?;
    let bulk_work = BulkWork {
        session: Session::new(database.clone()),
        registry: plumbing.registry.clone(),
        objects: Arc::clone(&plumbing.objects),
        clock: context.clock.clone(),
        tribunal: config.tribunal,
    };
    spawn_rounds(&context, "bulks", &database, |worker| bulk_work.run(worker))?;
    let cards = Cards::new(plumbing.registry.clone());
    let state = AppState {
        pool,
        producer: plumbing.producer,
        clock: context.clock.clone(),
        registry: plumbing.registry,
        bus: plumbing.bus,
        objects: plumbing.objects,
        titre: config.titre,
        tribunal: config.tribunal,
        mail: config.mail,
        portal: config.portal,
        queue: config.queue,
        console: config.console,
        guesses: Arc::new(Guesses::of_avis()),
        metrics,
        officers: Arc::default(),
        cards,
        masking: Arc::new(Semaphore::new(1)),
    };
    http::serve(config.http.listen, state, &context).await
}

/// Starts the flows and the workers beside them.
fn spawn_workers(
    context: &ServiceContext,
    database: &DatabaseConfig,
    plumbing: &Plumbing,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let documents = plumbing.flow(context, database.clone(), documents::GROUP, &[DOCUMENT_LOT])?;
    // The store's metrics are the service's: all flows share them.
    let of = |group, topic| FlowSetup {
        consumer: LotConsumerConfig::new(plumbing.bus.clone(), group, [topic]),
        ..documents.clone()
    };
    let courrier = of(courrier::GROUP, COURRIER_INBOUND.name);
    let reports = of(reports::GROUP, REPORT_INBOUND.name);
    let deposits = of(deposits::GROUP, SPOOL_DEPOSIT.name);
    let (objects, clock) = (&plumbing.objects, &context.clock);
    let documents_work = DocumentsWork::new(
        Arc::clone(objects),
        plumbing.registry.clone(),
        clock.clone(),
    );
    let deposits_work = DepositsWork::new(
        Arc::clone(objects),
        plumbing.registry.clone(),
        clock.clone(),
    );
    let courrier_work = CourrierWork::new(
        clock.clone(),
        plumbing.registry.clone(),
        Arc::clone(objects),
        metrics.clone(),
    );
    let clock_work = ClockWork {
        session: Session::new(database.clone()),
        registry: plumbing.registry.clone(),
        bus: plumbing.bus.clone(),
        objects: Arc::clone(objects),
        metrics: metrics.clone(),
    };
    let dossier_work = DossierWork {
        session: Session::new(database.clone()),
        objects: Arc::clone(objects),
        clock: clock.clone(),
    };
    spawn_flow(context, "documents", documents, database, documents_work)?;
    spawn_flow(context, "courrier", courrier, database, courrier_work)?;
    spawn_flow(context, "reports", reports, database, ReportsWork)?;
    spawn_flow(context, "deposits", deposits, database, deposits_work)?;
    spawn_rounds(context, "days", database, |worker| clock_work.run(worker))?;
    spawn_rounds(context, "dossiers", database, |worker| {
        dossier_work.run(worker)
    })
}

/// Starts a flow on a worker; it begins once the schema is up to date.
fn spawn_flow<W: LotWork + Send + 'static>(
    context: &ServiceContext,
    name: &'static str,
    setup: FlowSetup,
    database: &DatabaseConfig,
    work: W,
) -> anyhow::Result<()> {
    context
        .readiness
        .set(name, ReadyState::NotReady("schema is not migrated".into()));
    let (database, worker) = (database.clone(), context.clone());
    context.spawn_worker(name, move || {
        if !migrated(&database, &worker)? {
            return Ok(());
        }
        worker.readiness.set(name, ReadyState::Ready);
        cnt_flow::run(&setup, work, &worker)
    })?;
    Ok(())
}

/// Starts a worker beside the flows; it begins once the schema is up to date.
fn spawn_rounds(
    context: &ServiceContext,
    name: &'static str,
    database: &DatabaseConfig,
    work: impl FnOnce(&ServiceContext) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let (database, worker) = (database.clone(), context.clone());
    context.spawn_worker(name, move || {
        if !migrated(&database, &worker)? {
            return Ok(());
        }
        work(&worker)
    })?;
    Ok(())
}

/// Brings the schema up to date, waiting for a database that is starting; false when the stop came first.
fn migrated(database: &DatabaseConfig, context: &ServiceContext) -> Result<bool, StoreError> {
    loop {
        let outcome = connect(database).and_then(|mut conn| migrate(&mut conn, &db::migrations()));
        match outcome {
            Ok(_) => return Ok(true),
            Err(error) if error.is_transient() => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
            }
            Err(error) => return Err(error),
        }
        if context.shutdown.wait_timeout(DATABASE_PAUSE) {
            return Ok(false);
        }
    }
}
