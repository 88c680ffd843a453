//! One request to stop, seen by tasks, by threads and by signal handlers.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::watch;

/// Exit status when a second signal ends the process at once (128 + SIGINT).
pub const FORCED_EXIT_STATUS: i32 = 130;

/// The request to stop a process. Cheap to clone; a request cannot be taken back.
#[derive(Clone, Debug)]
pub struct Shutdown {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    flag: Arc<AtomicBool>,
    tasks: watch::Sender<bool>,
    lock: Mutex<()>,
    threads: Condvar,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// A token that nobody has requested yet.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            flag: Arc::new(AtomicBool::new(false)),
            tasks: watch::Sender::new(false),
            lock: Mutex::new(()),
            threads: Condvar::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whether the process was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.inner.flag.load(Ordering::Acquire)
    }

    /// Asks the process to stop, and wakes whoever waits for it. Idempotent.
    pub fn request(&self) {
        let guard = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.inner.flag.store(true, Ordering::Release);
        drop(guard);
        self.inner.tasks.send_replace(true);
        self.inner.threads.notify_all();
    }

    /// Completes once the process is asked to stop. Needs no particular runtime; may be dropped.
    pub async fn requested(&self) {
        let mut receiver = self.inner.tasks.subscribe();
        // An error means that the sender is gone, which `self` excludes.
        drop(receiver.wait_for(|requested| *requested).await);
    }

    /// Blocks this thread until the process is asked to stop, at most for `timeout`; says whether
    /// it was. A plain worker sleeps with it between two rounds.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let guard = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .inner
            .threads
            .wait_timeout_while(guard, timeout, |()| !self.is_requested());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.is_requested()
    }

    /// The flag itself, for code that wants no dependency on this crate: true = stop.
    /// To be read only: setting it wakes nobody.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.inner.flag)
    }

    /// Requests the stop on SIGTERM or SIGINT. A second signal ends the process at once with
    /// [`FORCED_EXIT_STATUS`]. To be called once per process, before the services start.
    ///
    /// # Errors
    /// What the system said when the handlers or their thread could not be installed.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        let shutdown = self.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    if shutdown.is_requested() {
                        tracing::warn!(signal, "Second signal: the process ends at once");
                        signal_hook::low_level::exit(FORCED_EXIT_STATUS);
                    }
                    tracing::info!(signal, "Signal received: the process stops");
                    shutdown.request();
                }
            })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Shutdown;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    #[test]
    fn a_request_is_seen_by_flag_thread_and_task() {
        let shutdown = Shutdown::new();
        let flag = shutdown.flag();
        assert!(!shutdown.wait_timeout(Duration::ZERO));
        let waiting = shutdown.clone();
        let thread = std::thread::spawn(move || waiting.wait_timeout(Duration::from_secs(60)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let asked = shutdown.clone();
            let (_, ()) = tokio::join!(async { asked.request() }, shutdown.requested());
            shutdown.requested().await;
        });
        assert!(thread.join().unwrap());
        assert!(flag.load(Ordering::Acquire));
    }
}
