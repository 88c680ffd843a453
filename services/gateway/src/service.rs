//! Starts and stops the parts.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};
use cnt_flow::Plumbing;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;
use cnt_store::{Pool, Session};

use crate::config::Config;
use crate::db::migrate_patiently;
use crate::http::{Door, serve_http};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::photos::MissingPhotos;
use crate::work::ReceiptWork;

/// Name of the service, of its consumer group, its role and its schema.
pub const NAME: &str = "gateway";

/// Readiness: the schema is up to date.
const DATABASE: &str = "database";
/// Readiness: the door is open.
const HTTP: &str = "http";

/// Runs the gateway until the stop is requested.
///
/// # Errors
/// A configuration that is refused, an address that cannot be bound, a certificate that cannot be used, or the failure
/// of a part.
pub async fn run(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
) -> anyhow::Result<()> {
    config.check()?;
    let listener = TcpListener::bind(config.http.listen)
        .with_context(|| format!("cannot listen on {}", config.http.listen))?;
    serve(config, context, plumbing, listener).await
}

/// As [`run`], on a listener that the caller bound: so that it knows the port.
///
/// # Errors
/// Those of [`run`].
pub async fn serve(
    config: Config,
    context: ServiceContext,
    plumbing: Plumbing,
    listener: TcpListener,
) -> anyhow::Result<()> {
    config.check()?;
    let address = listener.local_addr()?;
    for check in [DATABASE, HTTP] {
        let waiting = ReadyState::NotReady("starting".to_owned());
        context.readiness.set(check, waiting);
    }
    let database = cnt_flow::database(&config.database, NAME);
    let (asked, stop) = (database.clone(), context.shutdown.clone());
    web::block(move || migrate_patiently(&asked, &stop)).await??;
    if context.shutdown.is_requested() {
        return Ok(());
    }
    context.readiness.set(DATABASE, ReadyState::Ready);

    let metrics = Metrics::register(&context.registry)?;
    let notices = Notices::default();
    let setup = plumbing.flow(
        &context,
        database.clone(),
        NAME,
        &[MIF_VERDICT, DOCUMENT_LOT],
    )?;
    let work = ReceiptWork {
        objects: Arc::clone(&plumbing.objects),
        notices: notices.clone(),
        metrics: metrics.clone(),
        photo_days: config.limits.photo_days,
    };
    let missing = MissingPhotos {
        session: Session::new(database.clone()),
        notices: notices.clone(),
        metrics: metrics.clone(),
    };
    let photos_context = context.clone();
    context.spawn_worker("photos", move || missing.run(&photos_context))?;
    let flow_context = context.clone();
    context.spawn_worker("receipts", move || {
        cnt_flow::run(&setup, work, &flow_context)
    })?;

    let pool = Pool::new(database)?;
    let door = Door::new(
        (config.limits, &config.station, config.tls),
        context.clone(),
        &plumbing,
        pool,
        notices,
        metrics,
    )?;
    tracing::info!(http.address = %address, "The door is open");
    context.readiness.set(HTTP, ReadyState::Ready);
    serve_http(listener, door, context.shutdown.clone()).await
}
