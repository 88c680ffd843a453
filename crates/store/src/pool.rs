//! A small bounded pool for handlers of requests.
//!
//! Written here rather than taken from diesel's `r2d2` feature: no background threads, no query at each
//! check-out, and a restart of the server costs one failed request at most, for the first lost connection empties the pool.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::PgConnection;

use crate::config::DatabaseConfig;
use crate::connection::Link;
use crate::error::StoreError;

/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection idle for longer is asked for a sign of life before it is used.
const PROBE_AFTER: Duration = Duration::from_secs(10);

/// A bounded set of connections; a clone shares them.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: DatabaseConfig,
    acquire_timeout: Duration,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<(Link, Instant)>,
    /// Connections in use or idle, and those being opened.
    open: usize,
}

/// The right to hold one connection; dropped, it is free for another.
struct Slot<'a> {
    shared: &'a Shared,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.open = state.open.saturating_sub(1);
        drop(state);
        self.shared.freed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot, with an idle connection if there is one.
    fn acquire(&self) -> Result<(Slot<'_>, Option<(Link, Instant)>), StoreError> {
        let begun = Instant::now();
        let mut state = self.lock();
        loop {
            if let Some(idle) = state.idle.pop() {
                return Ok((Slot { shared: self }, Some(idle)));
            }
            if state.open < self.config.pool_size {
                state.open += 1;
                return Ok((Slot { shared: self }, None));
            }
            let waited = begun.elapsed();
            let Some(left) = self.acquire_timeout.checked_sub(waited) else {
                return Err(StoreError::PoolExhausted {
                    waited_ms: waited.as_millis(),
                });
            };
            state = self
                .freed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn give_back(&self, slot: Slot<'_>, link: Link) {
        if link.is_reusable() {
            // The connection keeps its slot while it is idle.
            std::mem::forget(slot);
            self.lock().idle.push((link, Instant::now()));
            self.freed.notify_one();
            return;
        }
        if link.is_lost() {
            // What ended this one has most likely ended those that lie idle.
            let mut state = self.lock();
            let idle = std::mem::take(&mut state.idle);
            state.open = state.open.saturating_sub(idle.len());
            drop(state);
            self.freed.notify_all();
        }
    }
}

impl Pool {
    /// A pool that opens its connections when they are needed.
    ///
    /// # Errors
    /// [`StoreError::Configuration`].
    pub fn new(config: DatabaseConfig) -> Result<Self, StoreError> {
        Self::with_acquire_timeout(config, ACQUIRE_TIMEOUT)
    }

    /// As [`Pool::new`], with another limit to the wait for a free connection than five seconds.
    ///
    /// # Errors
    /// [`StoreError::Configuration`].
    pub fn with_acquire_timeout(
        config: DatabaseConfig,
        acquire_timeout: Duration,
    ) -> Result<Self, StoreError> {
        config.check()?;
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                acquire_timeout,
                state: Mutex::default(),
                freed: Condvar::new(),
            }),
        })
    }

    /// Runs `work` with a connection. It blocks: an asynchronous handler calls it on a blocking thread.
    ///
    /// # Errors
    /// What `work` returns, [`StoreError::PoolExhausted`], or an error of [`connect`](crate::connect).
    pub fn run<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let (slot, idle) = self.shared.acquire()?;
        let fresh_enough = match idle {
            Some((link, since)) if since.elapsed() < PROBE_AFTER => Some(link),
            Some((mut link, _)) => link.answers().then_some(link),
            None => None,
        };
        let mut link = match fresh_enough {
            Some(link) => link,
            None => Link::open(&self.shared.config)?,
        };
        let outcome = work(&mut link.connection);
        self.shared.give_back(slot, link);
        outcome
    }

    /// How many connections are open, in use or idle.
    pub fn open_connections(&self) -> usize {
        self.shared.lock().open
    }
}
