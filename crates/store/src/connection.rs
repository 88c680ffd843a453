//! Connections: how a session is set up, and how a broken one is noticed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::config::DatabaseConfig;
use crate::error::{StoreError, is_connection_loss};
use crate::lot::{LotError, lot_transaction};
use crate::metrics::StoreMetrics;

/// A transaction that waits longer than this for its own process is dead; a relay waits for the broker inside one.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "120s";
/// How often the server looks whether the client of a running statement still lives.
const CLIENT_CHECK_INTERVAL: &str = "5s";

#[derive(QueryableByName)]
struct Language {
    #[diesel(sql_type = Text)]
    lc_messages: String,
}

/// Opens a connection and sets up its session: application name, timeouts, time zone UTC.
///
/// # Errors
/// [`StoreError::Configuration`] or [`StoreError::Connect`].
pub fn connect(config: &DatabaseConfig) -> Result<PgConnection, StoreError> {
    config.check()?;
    let mut conn =
        PgConnection::establish(&config.conninfo_with_defaults()).map_err(StoreError::Connect)?;
    let language: Language = diesel::sql_query(
        "SELECT set_config('application_name', $1, false), \
                set_config('statement_timeout', $2, false), \
                set_config('lock_timeout', $3, false), \
                set_config('idle_in_transaction_session_timeout', $4, false), \
                set_config('client_connection_check_interval', $5, false), \
                set_config('TimeZone', 'UTC', false), \
                current_setting('lc_messages') AS lc_messages",
    )
    .bind::<Text, _>(&config.application_name)
    .bind::<Text, _>(config.statement_timeout_ms.to_string())
    .bind::<Text, _>(config.lock_timeout_ms.to_string())
    .bind::<Text, _>(IDLE_IN_TRANSACTION_TIMEOUT)
    .bind::<Text, _>(CLIENT_CHECK_INTERVAL)
    .get_result(&mut conn)?;
    let english = ["", "C", "POSIX", "C.UTF-8", "C.utf8"];
    if !english.contains(&language.lc_messages.as_str()) && !language.lc_messages.starts_with("en")
    {
        tracing::warn!(
            database.lc_messages = language.lc_messages,
            "The database speaks another language than English, passing errors may be taken for lasting ones"
        );
    }
    Ok(conn)
}

/// Opens a connection, trying again while the server starts or restarts, for at most `patience`.
///
/// # Errors
/// The last error, once patience is over; a hopeless one at once.
pub fn connect_within(
    config: &DatabaseConfig,
    patience: Duration,
) -> Result<PgConnection, StoreError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        match connect(config) {
            Err(error) if error.is_transient() && begun.elapsed() + pause < patience => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "Database is not there yet"
                );
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(500));
            }
            outcome => return outcome,
        }
    }
}

/// What the connection's events tell: shared between the connection and its [`Link`].
#[derive(Default)]
struct Health {
    lost: AtomicBool,
    open_transactions: AtomicU32,
}

/// Notes lost connections and open transactions.
struct Watch(Arc<Health>);

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::FinishQuery {
                error: Some(error), ..
            } if is_connection_loss(error) => self.0.lost.store(true, Ordering::Relaxed),
            InstrumentationEvent::BeginTransaction { depth, .. } => self
                .0
                .open_transactions
                .store(depth.get(), Ordering::Relaxed),
            InstrumentationEvent::CommitTransaction { depth, .. }
            | InstrumentationEvent::RollbackTransaction { depth, .. } => self
                .0
                .open_transactions
                .store(depth.get().saturating_sub(1), Ordering::Relaxed),
            _ => {}
        }
    }
}

/// A connection that knows whether it may be used again.
pub(crate) struct Link {
    pub(crate) connection: PgConnection,
    health: Arc<Health>,
}

impl Link {
    pub(crate) fn open(config: &DatabaseConfig) -> Result<Self, StoreError> {
        let mut connection = connect(config)?;
        let health = Arc::new(Health::default());
        connection.set_instrumentation(Watch(Arc::clone(&health)));
        Ok(Self { connection, health })
    }

    /// True when the server or the network ended this connection.
    pub(crate) fn is_lost(&self) -> bool {
        self.health.lost.load(Ordering::Relaxed)
    }

    /// False for a lost connection, and for one in whose transaction a caller panicked.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.is_lost() && self.health.open_transactions.load(Ordering::Relaxed) == 0
    }

    /// Asks the server for a sign of life.
    pub(crate) fn answers(&mut self) -> bool {
        diesel::sql_query("SELECT 1")
            .execute(&mut self.connection)
            .is_ok()
    }
}

/// The one connection of a thread that works on lots: opened when first needed, replaced when it broke.
pub struct Session {
    config: DatabaseConfig,
    link: Option<Link>,
    metrics: Option<StoreMetrics>,
}

impl Session {
    /// A session that connects at its first use.
    pub fn new(config: DatabaseConfig) -> Self {
        Self {
            config,
            link: None,
            metrics: None,
        }
    }

    /// Counts the outcome of every [`Session::lot`].
    #[must_use]
    pub fn with_metrics(mut self, metrics: StoreMetrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// The connection; a new one if there was none or the last one broke.
    ///
    /// # Errors
    /// As [`connect`].
    pub fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        let link = match self.link.take() {
            Some(link) if link.is_reusable() => link,
            lost => {
                drop(lost);
                Link::open(&self.config)?
            }
        };
        Ok(&mut self.link.insert(link).connection)
    }

    /// [`lot_transaction`] on this session's connection.
    ///
    /// # Errors
    /// As [`lot_transaction`]; a transient error of [`connect`] is one of [`LotError::Store`].
    pub fn lot<T>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, LotError>,
    ) -> Result<T, LotError> {
        let outcome = match self.connection() {
            Ok(conn) => lot_transaction(conn, work),
            Err(error) => Err(LotError::Store(error)),
        };
        if let Some(metrics) = &self.metrics {
            metrics.observe_transaction(outcome.as_ref().err().map(LotError::class));
        }
        outcome
    }
}
