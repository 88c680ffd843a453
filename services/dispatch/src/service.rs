//! The service: one flow and the API.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use cnt_contracts::topics::DOCUMENT_LOT;
use cnt_flow::Plumbing;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::http::extractors;
use cnt_service_kit::ops::ReadyState;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, Pool, connect, migrate};

use crate::config::Config;
use crate::db;
use crate::franking::Tariffs;
use crate::http::{Api, routes};
use crate::metrics::Metrics;
use crate::plants::Plants;
use crate::spool::Spooler;
use crate::work::DispatchWork;

/// Consumer group of the document lots.
const GROUP: &str = "dispatch";
/// Lots taken in in one transaction at most; each may name some thousand documents.
const LOTS_AT_ONCE: usize = 8;
/// Pause while the database starts.
const DATABASE_PAUSE: Duration = Duration::from_millis(250);
/// Bodies are small.
const BODY_BYTES_MAX: usize = 4_096;

/// Runs dispatch until the stop is requested.
///
/// # Errors
/// When plants or tariffs contradict themselves, the schema cannot be brought up to date, the address of the API
/// cannot be bound, or the broker's client refuses its configuration. A failure of the flow stops the process by
/// its context.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    let plants = Arc::new(Plants::new(&config.plants)?);
    let tariffs = Tariffs::new(config.tariffs)?;
    let database = cnt_flow::database(&config.database, crate::NAME);
    let metrics = Metrics::register(&context.registry)?;
    context
        .readiness
        .set("database", ReadyState::NotReady("starting".to_owned()));
    let (wanted, stop) = (database.clone(), context.shutdown.clone());
    if !web::block(move || prepare_schema(&wanted, &stop)).await?? {
        return Ok(());
    }
    context.readiness.set("database", ReadyState::Ready);

    let mut setup = plumbing.flow(&context, database.clone(), GROUP, &[DOCUMENT_LOT])?;
    setup.consumer.lot_records_max = LOTS_AT_ONCE;
    let objects = plumbing.objects.clone();
    let cpu = context.cpu.clone();
    let spooler = Spooler::new(
        objects.clone(),
        cpu,
        plants.clone(),
        metrics.clone(),
        config.spool,
    );
    let work = DispatchWork::new(objects, plants, tariffs, metrics, spooler);
    let worker = context.clone();
    context.spawn_worker("lots", move || cnt_flow::run(&setup, work, &worker))?;

    let api = Api {
        pool: Pool::new(database)?,
        objects: plumbing.objects.clone(),
        clock: context.clock.clone(),
    };
    serve(
        TcpListener::bind(config.http.listen)?,
        api,
        &context.shutdown,
    )
    .await
}

/// Brings the schema up to date as soon as the database answers; false when the stop came first.
fn prepare_schema(database: &DatabaseConfig, stop: &Shutdown) -> anyhow::Result<bool> {
    loop {
        match connect(database).and_then(|mut conn| migrate(&mut conn, &db::MIGRATIONS)) {
            Ok(_) => return Ok(true),
            Err(error) if error.is_transient() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
            }
            Err(error) => return Err(error.into()),
        }
        if stop.wait_timeout(DATABASE_PAUSE) {
            return Ok(false);
        }
    }
}

async fn serve(listener: TcpListener, api: Api, shutdown: &Shutdown) -> anyhow::Result<()> {
    tracing::info!(http.address = %listener.local_addr()?, "Dispatch's API is served");
    let application = move || {
        App::new()
            .configure(extractors(BODY_BYTES_MAX))
            .configure(routes(api.clone()))
    };
    let server = HttpServer::new(application)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let (handle, stop) = (server.handle(), shutdown.clone());
    actix_web::rt::spawn(async move {
        stop.requested().await;
        handle.stop(true).await;
    });
    Ok(server.await?)
}
