//! Health and metrics over HTTP, on a thread of their own: they answer while all else is busy.
//!
//! - `/health/live`: 200 as long as the process can answer at all.
//! - `/health/ready`: 200 when every check is ready; else 503 with the checks that are not.
//! - `/metrics`: the registry in the text format of Prometheus.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use serde_json::json;

use crate::shutdown::Shutdown;

/// Whether one part of a service can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadyState {
    /// It can.
    Ready,
    /// It cannot, for this reason; shown to whoever asks, so no personal data.
    NotReady(String),
}

/// The check that stands for a process or service that has not set any check of its own.
const BOOT: &str = "boot";

/// The named checks that make a process ready. Cheap to clone; clones share the checks. A process,
/// and each service in it, is not ready until it has set its first check.
#[derive(Clone, Debug)]
pub struct Readiness {
    checks: Arc<Mutex<BTreeMap<String, ReadyState>>>,
    prefix: String,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Readiness {
    /// No check yet: not ready.
    #[must_use]
    pub fn new() -> Self {
        let checks = BTreeMap::from([(BOOT.to_owned(), not_booted())]);
        Self {
            checks: Arc::new(Mutex::new(checks)),
            prefix: String::new(),
        }
    }

    /// The same checks, with `<service>.` before the names set through this handle: for several
    /// services in one process, each of which must set its own before the process is ready.
    #[must_use]
    pub fn for_service(&self, service: &str) -> Self {
        let prefix = format!("{service}.");
        let mut checks = self.lock();
        checks.remove(&format!("{}{BOOT}", self.prefix));
        if !checks.keys().any(|name| name.starts_with(&prefix)) {
            checks.insert(format!("{prefix}{BOOT}"), not_booted());
        }
        drop(checks);
        Self {
            checks: Arc::clone(&self.checks),
            prefix,
        }
    }

    /// Sets the check `name`, as `database` or `registry_snapshot`. A service sets each of its
    /// checks to not ready before it starts the work that will make it ready.
    pub fn set(&self, name: &str, state: ReadyState) {
        let mut checks = self.lock();
        checks.remove(&format!("{}{BOOT}", self.prefix));
        let key = format!("{}{name}", self.prefix);
        if checks.get(&key) != Some(&state) {
            tracing::info!(check.name = key, check.state = ?state, "Readiness changed");
            checks.insert(key, state);
        }
    }

    /// The checks that are not ready, with their reasons. Empty: ready.
    #[must_use]
    pub fn not_ready(&self) -> BTreeMap<String, String> {
        let checks = self.lock();
        let failing = checks.iter().filter_map(|(name, state)| match state {
            ReadyState::Ready => None,
            ReadyState::NotReady(reason) => Some((name.clone(), reason.clone())),
        });
        failing.collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, ReadyState>> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every check is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.not_ready().is_empty()
    }
}

fn not_booted() -> ReadyState {
    ReadyState::NotReady("no check is set yet".to_owned())
}

/// The running server; stops when dropped.
#[derive(Debug)]
pub struct OpsServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl OpsServer {
    /// Listens on `listen` (port 0: a free one) on a thread of its own. While `shutdown` is
    /// requested the process is alive but not ready.
    ///
    /// # Errors
    /// [`OpsError`] when the address cannot be bound or the thread cannot start.
    pub fn start(
        listen: SocketAddr,
        registry: Registry,
        readiness: Readiness,
        shutdown: Shutdown,
    ) -> Result<Self, OpsError> {
        let refuse = |source| OpsError { listen, source };
        let state = web::Data::new(State {
            registry,
            readiness,
            shutdown,
        });
        let (sender, receiver) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("ops".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    match serve(listen, state) {
                        Ok((address, server)) => {
                            // `start` waits for this: it cannot be gone.
                            drop(sender.send(Ok((address, server.handle()))));
                            if let Err(error) = server.await {
                                tracing::error!(error = %error, "The ops server failed");
                            }
                        }
                        Err(error) => drop(sender.send(Err(error))),
                    }
                });
            })
            .map_err(refuse)?;
        let (address, handle) = receiver
            .recv()
            .map_err(|_| refuse(std::io::Error::other("the server's thread ended at once")))?
            .map_err(refuse)?;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }

    /// The address bound, with the port taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for OpsServer {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for its effect.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The thread of the ops server panicked");
        }
    }
}

/// The ops server could not start.
#[derive(Debug, thiserror::Error)]
#[error("the ops server cannot listen on {listen}")]
pub struct OpsError {
    listen: SocketAddr,
    #[source]
    source: std::io::Error,
}

struct State {
    registry: Registry,
    readiness: Readiness,
    shutdown: Shutdown,
}

/// Binds and starts the server; to be called inside the thread's actix system.
fn serve(listen: SocketAddr, state: web::Data<State>) -> std::io::Result<(SocketAddr, Server)> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((address, server.run()))
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

async fn ready(state: web::Data<State>) -> HttpResponse {
    let mut not_ready = state.readiness.not_ready();
    if state.shutdown.is_requested() {
        not_ready.insert("shutdown".to_owned(), "the process is stopping".to_owned());
    }
    if not_ready.is_empty() {
        HttpResponse::Ok().json(json!({ "status": "ready" }))
    } else {
        let body = json!({ "status": "not_ready", "not_ready": not_ready });
        HttpResponse::ServiceUnavailable().json(body)
    }
}

async fn metrics(state: web::Data<State>) -> HttpResponse {
    match TextEncoder::new().encode_to_string(&state.registry.gather()) {
        Ok(text) => HttpResponse::Ok().content_type(TEXT_FORMAT).body(text),
        Err(error) => {
            tracing::error!(error = %error, "The metrics cannot be encoded");
            HttpResponse::InternalServerError()
                .content_type(ContentType::plaintext())
                .body("the metrics cannot be encoded")
        }
    }
}
