//! CPU work on a named rayon pool, so that lots never starve the threads that serve.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use prometheus::{IntGauge, Opts, Registry};
use tokio::sync::oneshot;
use tracing::Span;

/// A pool of threads for work that keeps a core busy. Cheap to clone. A job that panics is an
/// error of that job alone.
#[derive(Clone, Debug)]
pub struct CpuPool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: rayon::ThreadPool,
    pending: IntGauge,
    ongoing: IntGauge,
}

impl CpuPool {
    /// A pool of `threads` threads (0: one per core) named `<name>-<number>`.
    ///
    /// # Errors
    /// [`CpuPoolError::Start`] when the system refuses threads.
    pub fn new(threads: usize, name: &str) -> Result<Self, CpuPoolError> {
        let prefix = name.to_owned();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |index| format!("{prefix}-{index}"))
            .build()
            .map_err(|source| CpuPoolError::Start { source })?;
        let gauge = |gauge_name: &str, help: &str| {
            IntGauge::with_opts(Opts::new(gauge_name, help).const_label("pool", name))
                .map_err(|source| CpuPoolError::Metrics { source })
        };
        let inner = Inner {
            pool,
            pending: gauge(
                "cnt_cpu_pool_pending",
                "Jobs that wait for a thread of the pool",
            )?,
            ongoing: gauge("cnt_cpu_pool_ongoing", "Jobs that run on the pool")?,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Publishes `cnt_cpu_pool_pending{pool}` and `cnt_cpu_pool_ongoing{pool}`.
    ///
    /// # Errors
    /// [`CpuPoolError::Metrics`] when a pool of that name is already in the registry.
    pub fn register_metrics(&self, registry: &Registry) -> Result<(), CpuPoolError> {
        for gauge in [&self.inner.pending, &self.inner.ongoing] {
            registry
                .register(Box::new(gauge.clone()))
                .map_err(|source| CpuPoolError::Metrics { source })?;
        }
        Ok(())
    }

    /// How many threads the pool has.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.inner.pool.current_num_threads()
    }

    /// Runs `job` on the pool and blocks this thread until it is done: for lot threads. Parallel
    /// iterators inside `job` use the pool's threads.
    ///
    /// # Errors
    /// [`CpuPoolError::Panicked`] when `job` panicked.
    pub fn run_blocking<T, F>(&self, job: F) -> Result<T, CpuPoolError>
    where
        T: Send,
        F: FnOnce() -> T + Send,
    {
        let waiting = Counted::one(&self.inner.pending);
        let span = Span::current();
        self.inner
            .pool
            .install(move || self.execute(waiting, &span, job))
    }

    /// Runs `job` on the pool without blocking the caller's runtime. When the future is dropped
    /// before the job has started, the job is not run.
    ///
    /// # Errors
    /// [`CpuPoolError::Panicked`] when `job` panicked.
    pub async fn run<T, F>(&self, job: F) -> Result<T, CpuPoolError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let waiting = Counted::one(&self.inner.pending);
        let span = Span::current();
        let pool = self.clone();
        self.inner.pool.spawn(move || {
            if sender.is_closed() {
                return;
            }
            let result = pool.execute(waiting, &span, job);
            // The caller may have gone meanwhile: then nobody wants the result.
            drop(sender.send(result));
        });
        receiver.await.unwrap_or(Err(CpuPoolError::Lost))
    }

    fn execute<T>(
        &self,
        waiting: Counted,
        span: &Span,
        job: impl FnOnce() -> T,
    ) -> Result<T, CpuPoolError> {
        drop(waiting);
        let _ongoing = Counted::one(&self.inner.ongoing);
        // A job owns its data: what it leaves half done goes with it.
        span.in_scope(|| catch_unwind(AssertUnwindSafe(job)))
            .map_err(|payload| CpuPoolError::Panicked(panic_message(payload.as_ref()).to_owned()))
    }
}

/// Counts one in a gauge for as long as it lives.
struct Counted(IntGauge);

impl Counted {
    fn one(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The message of a panic, as far as it is text.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "panic without a message"
    }
}

/// Why CPU work gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CpuPoolError {
    /// The threads could not be started.
    #[error("the CPU pool cannot start")]
    Start {
        /// What rayon said.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// The pool's gauges cannot be made or registered.
    #[error("the metrics of the CPU pool cannot be registered")]
    Metrics {
        /// What the registry said.
        #[source]
        source: prometheus::Error,
    },
    /// The job panicked, with this message. The pool goes on.
    #[error("a job of the CPU pool panicked: {0}")]
    Panicked(String),
    /// The pool dropped the job without running it.
    #[error("a job of the CPU pool was lost")]
    Lost,
}

#[cfg(test)]
mod tests {
    use super::{CpuPool, CpuPoolError};
    use rayon::prelude::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn runs_borrowed_work_on_named_threads() {
        let pool = CpuPool::new(2, "lots").unwrap();
        let numbers: Vec<u64> = (1..=1_000).collect();
        let (sum, thread) = pool
            .run_blocking(|| {
                let name = std::thread::current().name().map(str::to_owned);
                (numbers.par_iter().sum::<u64>(), name)
            })
            .unwrap();
        assert_eq!(sum, 500_500);
        assert!(thread.unwrap().starts_with("lots-"));
        assert_eq!(pool.threads(), 2);
    }

    #[test]
    fn a_panic_is_an_error_and_the_pool_goes_on() {
        let pool = CpuPool::new(1, "panics").unwrap();
        let bad = vec![1, 2, 0, 4];
        let error = pool
            .run_blocking(|| {
                bad.par_iter()
                    .map(|n| assert_ne!(*n, 0, "a zero"))
                    .collect::<Vec<_>>()
            })
            .unwrap_err();
        assert!(matches!(&error, CpuPoolError::Panicked(text) if text.contains("a zero")));
        let error = block_on(pool.run(|| panic!("boom {}", 7)))
            .map(|(): ()| ())
            .unwrap_err();
        assert_eq!(error.to_string(), "a job of the CPU pool panicked: boom 7");
        assert_eq!(block_on(pool.run(|| 42)).unwrap(), 42);
    }

    #[test]
    fn gauges_come_back_to_zero_and_register_once_per_name() {
        let registry = prometheus::Registry::new();
        let pool = CpuPool::new(1, "a").unwrap();
        pool.register_metrics(&registry).unwrap();
        CpuPool::new(1, "b")
            .unwrap()
            .register_metrics(&registry)
            .unwrap();
        assert!(pool.register_metrics(&registry).is_err());
        let ongoing = pool.run_blocking(|| pool.inner.ongoing.get()).unwrap();
        assert_eq!(ongoing, 1);
        drop(pool.run_blocking(|| panic!("x")).map(|(): ()| ()));
        assert_eq!((pool.inner.pending.get(), pool.inner.ongoing.get()), (0, 0));
    }
}
