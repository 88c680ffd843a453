//! The service: migrations, the first version, the relay of the outbox, the API.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use cnt_bus::{OutRecord, Producer};
use cnt_flow::{Plumbing, database};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::http::extractors;
use cnt_service_kit::ops::ReadyState;
use cnt_store::outbox::{self, OutboxEvent, PublishError, Relay};
use cnt_store::{
    DatabaseConfig, PgConnection, Pool, Session, StoreMetrics, connect_within, migrate,
};

use crate::authorities::Authorities;
use crate::change::{ChangeError, Registrar};
use crate::config::Config;
use crate::http::{self, State};
use crate::metrics::Metrics;
use crate::{db, lists, nation};

/// Name of the readiness check.
const CHECK: &str = "database";
/// How often the outbox is swept.
const SWEEP_EVERY: Duration = Duration::from_millis(200);
/// How long the sweeper rests after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(2);
/// Largest body of a request: all are small.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Runs the registry until the stop is requested.
///
/// # Errors
/// When it cannot start, or a part of it failed for good.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let database = database(&config.database, crate::NAME);
    let metrics = Metrics::register(&context.registry)?;
    let store_metrics = StoreMetrics::register(&context.registry, crate::NAME)?;
    context
        .readiness
        .set(CHECK, ReadyState::NotReady("not prepared yet".to_owned()));
    let registrar = Registrar {
        objects: Arc::clone(&plumbing.objects),
        clock: context.clock.clone(),
        authorities: Authorities::load(
            &config.authorities.directory,
            config.authorities.lists_every_h,
        )?,
    };
    let boot = (
        config.clone(),
        database.clone(),
        registrar.clone(),
        context.clone(),
    );
    let is_prepared = web::block(move || {
        let (config, database, registrar, context) = boot;
        prepare(&config, &database, &registrar, &context)
    })
    .await
    .context("the preparation was interrupted")??;
    if !is_prepared {
        return Ok(());
    }
    context.readiness.set(CHECK, ReadyState::Ready);
    spawn_relay(
        &context,
        &database,
        &plumbing,
        store_metrics,
        metrics.clone(),
    )?;
    if registrar.authorities.is_some() {
        lists::spawn(
            &context,
            &database,
            registrar.clone(),
            Arc::clone(&plumbing.producer),
            metrics.clone(),
        )?;
    }
    let state = web::Data::new(State {
        pool: Pool::new(database)?,
        registrar,
        producer: Arc::clone(&plumbing.producer),
        simulation: context.simulation && config.simulation.enabled,
        metrics,
    });
    serve(&config, &context, state).await
}

async fn serve(
    config: &Config,
    context: &ServiceContext,
    state: web::Data<State>,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {}", config.http.listen))?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(extractors(BODY_BYTES_MAX))
            .configure(http::routes)
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    tracing::info!(http.address = %address, "API is served");
    let handle = server.handle();
    let shutdown = context.shutdown.clone();
    actix_web::rt::spawn(async move {
        shutdown.requested().await;
        handle.stop(true).await;
    });
    server.await?;
    Ok(())
}

/// Migrations, the first version, the announcement of where the registry stands. Waits for the database; `false` when
/// the stop was requested meanwhile.
fn prepare(
    config: &Config,
    database: &DatabaseConfig,
    registrar: &Registrar,
    context: &ServiceContext,
) -> anyhow::Result<bool> {
    loop {
        match prepare_once(config, database, registrar) {
            Ok(()) => return Ok(true),
            Err(PrepareError::Change(ChangeError::Store(error))) if error.is_transient() => {
                tracing::warn!(%error, "Database is not ready yet");
                if context.shutdown.wait_timeout(Duration::from_millis(500)) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum PrepareError {
    #[error("the registry cannot be prepared")]
    Change(#[from] ChangeError),
    #[error("the first snapshot cannot be read")]
    Snapshot(#[from] nation::NationError),
    #[error("a first snapshot is configured, but this is no simulation")]
    NoSimulation,
}

fn prepare_once(
    config: &Config,
    database: &DatabaseConfig,
    registrar: &Registrar,
) -> Result<(), PrepareError> {
    let mut conn = connect_within(database, Duration::from_secs(5)).map_err(ChangeError::from)?;
    migrate(&mut conn, &db::MIGRATIONS).map_err(ChangeError::from)?;
    let seed = &config.seed.snapshot;
    if !seed.as_os_str().is_empty() {
        if !config.simulation.enabled {
            return Err(PrepareError::NoSimulation);
        }
        if db::newest(&mut conn).map_err(ChangeError::from)?.is_none() {
            let snapshot = nation::load_snapshot(seed)?;
            if registrar.import(&mut conn, snapshot)?.is_some() {
                tracing::info!("First version was taken in");
            }
        }
    }
    // Whatever a crash or a new broker lost: readers ignore what they know.
    registrar.announce(&mut conn)?;
    Ok(())
}

fn spawn_relay(
    context: &ServiceContext,
    database: &DatabaseConfig,
    plumbing: &Plumbing,
    store_metrics: StoreMetrics,
    metrics: Metrics,
) -> anyhow::Result<()> {
    let mut session = Session::new(database.clone());
    let producer = Arc::clone(&plumbing.producer);
    let shutdown = context.shutdown.clone();
    // The only relay besides the handlers: what is found here waits for nobody.
    let relay = Relay {
        grace_ms: 0,
        ..Relay::default()
    };
    context.spawn_worker("outbox", move || {
        let mut rest = Duration::ZERO;
        while !shutdown.wait_timeout(rest) {
            rest = match round(&mut session, relay, &producer, &store_metrics, &metrics) {
                Ok(()) => SWEEP_EVERY,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "Outbox cannot be relayed now");
                    REST_AFTER_FAILURE
                }
            };
        }
        Ok(())
    })?;
    Ok(())
}

fn round(
    session: &mut Session,
    relay: Relay,
    producer: &Producer,
    store_metrics: &StoreMetrics,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let conn = session.connection()?;
    relay.sweep(conn, |events| send(producer, events))?;
    store_metrics.observe_outbox(&outbox::pending(conn)?);
    let version = db::newest(conn)?.map_or(0, |newest| newest.version);
    metrics.current_version.set(version);
    metrics
        .legal_clock_offset_seconds
        .set(db::clock_offset(conn)?);
    Ok(())
}

/// Publishes fresh events; what fails stays in the outbox for the sweep.
pub(crate) fn publish(conn: &mut PgConnection, producer: &Producer, fresh: &[i64]) {
    let sent = Relay::default().publish_fresh(conn, fresh, |events| send(producer, events));
    if let Err(error) = sent {
        let error = anyhow::Error::from(error);
        tracing::warn!(
            error = format!("{error:#}"),
            "Events stay in the outbox for now"
        );
    }
}

fn send(producer: &Producer, events: &[OutboxEvent]) -> Result<(), PublishError> {
    let record = |event: &OutboxEvent| {
        OutRecord::new(
            event.topic.as_str(),
            event.key.clone(),
            event.payload.clone(),
        )
    };
    producer
        .send_all(events.iter().map(record).collect())
        .map(drop)
        .map_err(|error| PublishError(Box::new(error)))
}
