//! Which threads run, and how they ended.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::BootError;
use crate::shutdown::Shutdown;

#[derive(Clone, Debug)]
pub(super) struct Workers {
    shutdown: Shutdown,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: Vec<String>,
    failure: Option<(String, anyhow::Error)>,
}

impl Workers {
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self {
            shutdown,
            inner: Arc::default(),
        }
    }

    /// Counts a worker as running until the returned value is finished or dropped.
    pub(super) fn enter(&self, name: &str) -> Running {
        self.lock().running.push(name.to_owned());
        Running {
            workers: self.clone(),
            name: name.to_owned(),
        }
    }

    pub(super) fn join_all(&self, grace: Duration) -> Result<(), BootError> {
        // Before the stop is requested there is no deadline; looked at again this often.
        const ROUND: Duration = Duration::from_millis(50);
        let mut deadline = None;
        let mut state = self.lock();
        while !state.running.is_empty() {
            if deadline.is_none() && self.shutdown.is_requested() {
                deadline = Some(Instant::now() + grace);
            }
            let left = deadline.map(|end: Instant| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                break;
            }
            let round = left.map_or(ROUND, |left| left.min(ROUND));
            let woken = self.inner.changed.wait_timeout(state, round);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some((name, source)) = state.failure.take() {
            return Err(BootError::Worker { name, source });
        }
        if state.running.is_empty() {
            return Ok(());
        }
        Err(BootError::StillRunning {
            names: state.running.clone(),
            grace,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One worker that runs.
pub(super) struct Running {
    workers: Workers,
    name: String,
}

impl Running {
    pub(super) fn finish(self, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) => tracing::info!(worker.name = self.name, "Worker ended"),
            Err(error) => {
                tracing::error!(
                    worker.name = self.name,
                    error = format!("{error:#}"),
                    "Worker failed: the process stops"
                );
                let mut state = self.workers.lock();
                state.failure.get_or_insert((self.name.clone(), error));
                drop(state);
                self.workers.shutdown.request();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.workers.lock();
        if let Some(index) = state.running.iter().position(|name| *name == self.name) {
            state.running.swap_remove(index);
        }
        drop(state);
        self.workers.inner.changed.notify_all();
    }
}
