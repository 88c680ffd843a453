//! HTTP, on four listeners. The internal one has the operators' doors and the bulk door of a portal of one's own; it is on
//! the loopback only, for who stands in front knows its callers. The public one has what addressees may do, and nothing else;
//! the console's has the pages of the OMP, and so has the one for those who have a card, over mutual TLS.

mod act;
mod addressee;
mod api;
mod caller;
mod console;
mod courrier;
mod decision;
mod guesses;
mod inquiry;
mod key;
mod letters;
mod life;
mod mail;
mod openapi;
mod pages;
mod photos;
mod portal;
mod public;
mod queue;
mod titre;
mod transfer;
mod wishes;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use cnt_bus::{BusConfig, Producer};
use cnt_contracts::officer::OfficerStatement;
use cnt_flow::{RegistryVersion, RegistryView};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::http::{Problem, extractors, json_config};
use cnt_service_kit::{ServiceContext, ops::ReadyState};
use cnt_store::{FailureClass, LotError, Pool, StoreError, lot_transaction};
use cnt_vault::ObjectStore;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

pub(crate) use decision::{DecisionWord, decision_of};
pub(crate) use guesses::Guesses;
pub use openapi::openapi;

use self::console::Console;
use self::public::Public;
use crate::cards::Cards;
use crate::config::{
    ConsoleSection, MailSection, PortalSection, QueueSection, TitreSection, TribunalSection,
};
use crate::life::law_now;
use crate::metrics::Metrics;
use crate::officers::{Officers, Unsigned};

/// Name of the readiness check.
pub(crate) const CHECK: &str = "http";
/// Largest body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct AppState {
    /// Connections for the queue; the portal uses none.
    pub(crate) pool: Pool,
    /// Writes envelopes.
    pub(crate) producer: Arc<Producer>,
    /// Both clocks.
    pub(crate) clock: Clock,
    /// The law.
    pub(crate) registry: RegistryView,
    /// How the broker is reached: a signature waits for envelopes on their way.
    pub(crate) bus: BusConfig,
    /// Where requests for letters are written.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// What the letters of the increased fine say.
    pub(crate) titre: TitreSection,
    /// What the notice of transmission says.
    pub(crate) tribunal: TribunalSection,
    /// The mail room's limits.
    pub(crate) mail: MailSection,
    /// The portal's limits.
    pub(crate) portal: PortalSection,
    /// The queue's limits.
    pub(crate) queue: QueueSection,
    /// Wrong keys of addressees.
    pub(crate) guesses: Arc<Guesses<i64>>,
    /// The console.
    pub(crate) console: ConsoleSection,
    /// What the service tells of itself.
    pub(crate) metrics: Metrics,
    /// Judges officers' signatures.
    pub(crate) officers: Arc<Officers>,
    /// Judges operators' cards.
    pub(crate) cards: Cards,
    /// One photograph is masked at a time: decoded it takes memory.
    pub(crate) masking: Arc<Semaphore>,
}

impl AppState {
    /// The law of the newest version of the registry; 503 before the first one came.
    fn law(&self) -> Result<Arc<RegistryVersion>, Problem> {
        law_now(&self.registry)
            .map_err(|error| Problem::unavailable("The law is not here yet, try again soon", error))
    }

    /// Proves that the officer of an OMP has signed a statement; 422 otherwise.
    fn vouched<D: DeserializeOwned + PartialEq>(
        &self,
        version: &RegistryVersion,
        omp: &str,
        statement: &OfficerStatement<D>,
        signature: &str,
    ) -> Result<(), Problem> {
        let now = self.clock.real_now();
        let checked = self
            .officers
            .check(&version.anchors, omp, (statement, signature), now);
        checked.map_err(|why| match why {
            Unsigned::NoAuthority => {
                Problem::unavailable("No authority certifies officers yet, try again soon", why)
            }
            _ => Problem::unprocessable("unsigned", why.to_string()).with_pointer("/signature"),
        })
    }
}

fn routes(service: &mut web::ServiceConfig, lot_bytes_max: usize) {
    let courriers = web::resource("/v1/courriers")
        .app_data(json_config(lot_bytes_max))
        .route(web::post().to(mail::courriers_import))
        .route(web::get().to(courrier::courriers_list));
    service
        .configure(extractors(BODY_BYTES_MAX))
        .service(courriers)
        .configure(|service| public::api(service, lot_bytes_max))
        .service(addressee::attachment_read)
        .service(courrier::courrier_read)
        .service(courrier::courrier_scan)
        .service(courrier::courrier_answer)
        .service(courrier::courrier_identify)
        .service(portal::contestation_submit)
        .service(console::operators_put)
        .service(queue::omps_list)
        .service(queue::queue_list)
        .service(queue::claim)
        .service(queue::contestation_read)
        .service(queue::release)
        .service(transfer::transfer)
        .service(life::avis_read)
        .service(life::payments_import)
        .service(titre::titres_list)
        .service(titre::titre_next)
        .service(titre::signer_put)
        .service(titre::titre_sign)
        .service(act::acts_import)
        .service(act::notices_list)
        .service(act::notices_take)
        .service(inquiry::inquiry_ask)
        .service(inquiry::inquiry_answer)
        .service(decision::admissibility)
        .service(decision::decide)
        .service(photos::photos_list)
        .service(photos::photo_read)
        .service(letters::letters_list)
        .service(letters::letter_read)
        .service(photos::photo_requests_list)
        .service(photos::photo_request_answer);
}

fn listener(listen: SocketAddr, what: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).with_context(|| format!("{what} cannot listen on {listen}"))
}

/// Serves all listeners until the stop is requested; requests in hand are finished.
pub(crate) async fn serve(
    listen: SocketAddr,
    state: AppState,
    context: &ServiceContext,
) -> anyhow::Result<()> {
    let internal = listener(listen, "the queue")?;
    let public = listener(state.portal.listen, "the portal")?;
    let desk = listener(state.console.listen, "the console")?;
    let card = state.console.card.clone();
    let card_desk = card
        .as_ref()
        .map(|card| listener(card.listen, "the console's door for cards"))
        .transpose()?;
    let doors = [
        ("queue", Some(&internal)),
        ("portal", Some(&public)),
        ("console", Some(&desk)),
        ("console-card", card_desk.as_ref()),
    ];
    for (what, listener) in doors {
        let Some(listener) = listener else { continue };
        tracing::info!(http.address = %listener.local_addr()?, http.door = what, "A door is open");
    }
    let lot_bytes_max = usize::try_from(state.mail.lot_bytes_max.get()).unwrap_or(usize::MAX);
    let visitors = web::Data::new(Public::new(&state.portal));
    let console = Console::new(state.console.clone())?;
    let state = web::Data::new(state);
    let queue = queue_server(internal, state.clone(), lot_bytes_max)?;
    let portal = portal_server(public, (state.clone(), visitors), lot_bytes_max)?;
    let with_card = card_desk.zip(card).map(|(listener, card)| {
        let keeper = state.cards.clone();
        let tls = cnt_trust::tls::mutual(&card.certificate, &card.key, keeper)?;
        let console = web::Data::new(console.clone().over_tls());
        anyhow::Ok(card_server(listener, (state.clone(), console), tls)?)
    });
    let with_card = with_card.transpose()?;
    let console = console_server(desk, (state, web::Data::new(console)))?;
    context.readiness.set(CHECK, ReadyState::Ready);
    let mut handles = vec![queue.handle(), portal.handle(), console.handle()];
    handles.extend(with_card.as_ref().map(Server::handle));
    let with_card = async {
        match with_card {
            Some(server) => server.await,
            None => std::future::pending().await,
        }
    };
    let stop = async {
        context.shutdown.requested().await;
        for handle in handles {
            handle.stop(true).await;
        }
    };
    tokio::select! {
        served = queue => served?,
        served = portal => served?,
        served = console => served?,
        served = with_card => served?,
        () = stop => {}
    }
    Ok(())
}

fn queue_server(
    listener: TcpListener,
    state: web::Data<AppState>,
    lot_bytes_max: usize,
) -> std::io::Result<Server> {
    let app = move || {
        let routes = |service: &mut web::ServiceConfig| routes(service, lot_bytes_max);
        App::new().app_data(state.clone()).configure(routes)
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(10);
    Ok(server.listen(listener)?.run())
}

fn portal_server(
    listener: TcpListener,
    (state, visitors): (web::Data<AppState>, web::Data<Public>),
    lot_bytes_max: usize,
) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(state.clone())
            .app_data(visitors.clone())
            .service(public::service(lot_bytes_max))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(10);
    Ok(server.listen(listener)?.run())
}

fn console_server(
    listener: TcpListener,
    (state, console): (web::Data<AppState>, web::Data<Console>),
) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(state.clone())
            .app_data(console.clone())
            .service(console::service())
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(10);
    Ok(server.listen(listener)?.run())
}

fn card_server(
    listener: TcpListener,
    (state, console): (web::Data<AppState>, web::Data<Console>),
    tls: rustls::ServerConfig,
) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(state.clone())
            .app_data(console.clone())
            .service(console::service())
    };
    let server = HttpServer::new(app)
        .workers(1)
        .on_connect(console::note_card)
        .disable_signals()
        .shutdown_timeout(10);
    Ok(server.listen_rustls_0_23(listener, tls)?.run())
}

/// Runs `work` with a connection on a blocking thread.
async fn with_connection<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&mut cnt_store::PgConnection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let pool = state.pool.clone();
    web::block(move || pool.run(work))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| {
            if error.is_transient() {
                Problem::unavailable("The files cannot be reached now, try again soon", error)
            } else {
                Problem::internal(error)
            }
        })
}

/// Runs `work` in one transaction on a blocking thread.
async fn with_lot<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&mut cnt_store::PgConnection) -> Result<T, LotError> + Send + 'static,
) -> Result<T, Problem> {
    let pool = state.pool.clone();
    web::block(move || pool.run(|conn| lot_transaction(conn, work)))
        .await
        .map_err(Problem::internal)?
        .map_err(|error| match error.class() {
            FailureClass::Transient => Problem::unavailable("Not now, try again soon", error),
            FailureClass::Lost | FailureClass::Permanent => Problem::internal(error),
        })
}
