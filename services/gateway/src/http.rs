//! The door: who knocks, what they may do.

mod crls;
mod natinf;
mod photos;
mod receipts;
mod refusal;
mod reports;
mod station;
mod status;
mod submissions;

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use anyhow::Context;
use cnt_bus::Producer;
use cnt_flow::{Plumbing, RegistryView};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::http::{Problem, extractors};
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::Pool;
use cnt_vault::ObjectStore;
use tokio::sync::Semaphore;

use crate::allowance::Allowances;
use crate::config::{LimitsSection, StationSection, TlsSection};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::places::Places;
use crate::tls::{Judges, Stations, note};

pub(crate) use crls::{__path_crl, __path_crls};
pub(crate) use natinf::__path_natinf;
pub(crate) use photos::__path_photo;
pub(crate) use receipts::__path_receipts;
pub(crate) use reports::__path_report;
pub(crate) use status::__path_status;
pub(crate) use submissions::__path_submit;

/// Threads that serve requests; none of them ever computes for long.
const WORKERS: usize = 2;
/// Seconds that requests in hand have to end once the stop is requested.
const DRAIN_S: u64 = 15;

/// What the handlers share.
pub(crate) struct Door {
    limits: LimitsSection,
    tls: TlsSection,
    judges: Arc<Judges>,
    context: ServiceContext,
    producer: Arc<Producer>,
    objects: Arc<dyn ObjectStore>,
    registry: RegistryView,
    natinf: natinf::NatinfList,
    pool: Pool,
    notices: Notices,
    metrics: Metrics,
    allowances: Allowances,
    submissions_of: Places,
    submissions: Semaphore,
    in_flight: Semaphore,
    waiting: Semaphore,
}

impl Door {
    pub(crate) fn new(
        (limits, station, tls): (LimitsSection, &StationSection, TlsSection),
        context: ServiceContext,
        plumbing: &Plumbing,
        pool: Pool,
        notices: Notices,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let most = |asked: usize| Semaphore::new(asked.min(Semaphore::MAX_PERMITS));
        Ok(Self {
            allowances: Allowances::new(station)
                .context("the limits of [station] must be at least 1")?,
            submissions_of: Places::new(station.submissions_max),
            submissions: most(limits.submissions_max),
            in_flight: most(limits.in_flight_bytes_max),
            waiting: most(limits.waiting_max),
            limits,
            tls,
            judges: Arc::default(),
            context,
            producer: Arc::clone(&plumbing.producer),
            objects: Arc::clone(&plumbing.objects),
            registry: plumbing.registry.clone(),
            natinf: natinf::NatinfList::default(),
            pool,
            notices,
            metrics,
        })
    }
}

/// Serves until the stop is requested, then lets requests in hand end.
pub(crate) async fn serve_http(
    listener: TcpListener,
    door: Door,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let tls = door.tls.clone();
    let stations = Stations {
        registry: door.registry.clone(),
        judges: Arc::clone(&door.judges),
    };
    let config = cnt_trust::tls::mutual(&tls.certificate, &tls.key, stations)?;
    let connections = Places::new(tls.connections_per_station_max);
    let door = web::Data::new(door);
    let body_limit = door.limits.body_bytes_max;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(door.clone())
            .configure(extractors(body_limit))
            .configure(routes)
    })
    .workers(WORKERS)
    .on_connect(move |connection, data| note(&connections, connection, data))
    .tls_handshake_timeout(tls.handshake_timeout())
    .client_request_timeout(tls.header_timeout())
    .keep_alive(tls.keep_alive())
    .max_connections(tls.connections_max.div_ceil(WORKERS))
    .disable_signals()
    .shutdown_timeout(DRAIN_S)
    .listen_rustls_0_23(listener, config)?
    .run();
    let handle = server.handle();
    let stopper = rt::spawn(async move {
        shutdown.requested().await;
        handle.stop(true).await;
    });
    let outcome = server.await;
    stopper.abort();
    Ok(outcome?)
}

fn routes(service: &mut web::ServiceConfig) {
    service
        .service(
            web::resource("/v1/mifs")
                .route(web::post().to(submissions::submit))
                .default_service(web::to(|| wrong_method("POST"))),
        )
        .service(
            web::resource("/v1/photos/{sha256}")
                .route(web::put().to(photos::photo))
                .default_service(web::to(|| wrong_method("PUT"))),
        )
        .service(
            web::resource("/v1/reports/{inquiry}")
                .route(web::put().to(reports::report))
                .default_service(web::to(|| wrong_method("PUT"))),
        )
        .service(
            web::resource("/v1/receipts")
                .route(web::get().to(receipts::receipts))
                .default_service(web::to(|| wrong_method("GET"))),
        )
        .service(
            web::resource("/v1/natinf")
                .route(web::get().to(natinf::natinf))
                .default_service(web::to(|| wrong_method("GET"))),
        )
        .service(
            web::resource("/v1/crls")
                .route(web::get().to(crls::crls))
                .default_service(web::to(|| wrong_method("GET"))),
        )
        .service(
            web::resource("/v1/crls/{authority}.crl")
                .route(web::get().to(crls::crl))
                .default_service(web::to(|| wrong_method("GET"))),
        )
        .service(
            web::resource("/v1/status")
                .route(web::get().to(status::status))
                .default_service(web::to(|| wrong_method("GET"))),
        );
}

async fn wrong_method(allowed: &'static str) -> HttpResponse {
    use actix_web::ResponseError;
    use actix_web::http::StatusCode;
    use actix_web::http::header::{ALLOW, HeaderValue};
    let detail = format!("This resource answers {allowed} only");
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    let mut response = problem.error_response();
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
