//! What a process builds once and hands to each service's `run(config, context)`.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use prometheus::Registry;

use crate::clock::{Clock, LegalClockHandle};
use crate::cpu::{CpuPool, CpuPoolError, panic_message};
use crate::failpoint::{self, FailpointSpecError};
use crate::ops::{OpsError, OpsServer, Readiness};
use crate::process_metrics;
use crate::shutdown::Shutdown;

mod workers;

use workers::Workers;

/// What a service needs from its process. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceContext {
    /// Name of the service, as in `cnt run <name>`.
    pub service_name: &'static str,
    /// Both clocks, to be read.
    pub clock: Clock,
    /// Moves the legal clock: there only in a simulation, for the listener of the clock topic.
    pub legal_clock: Option<LegalClockHandle>,
    /// The request to stop.
    pub shutdown: Shutdown,
    /// Where the service registers its metrics.
    pub registry: Registry,
    /// Where the service says whether it can work.
    pub readiness: Readiness,
    /// Threads for work that keeps a core busy.
    pub cpu: CpuPool,
    /// Whether the configuration says that this is a simulation.
    pub simulation: bool,
    workers: Workers,
}

impl ServiceContext {
    /// Builds the context of a process: system clock, metrics of the process and of its CPU pool
    /// of `cpu_threads` threads (0: one per core), fail points armed if `simulation`. Signals and
    /// the log are the caller's: [`Shutdown::on_signals`], [`crate::telemetry::init`].
    ///
    /// # Errors
    /// [`BootError`] when threads are refused or `CNT_FAILPOINTS` cannot be understood.
    pub fn new(
        service_name: &'static str,
        simulation: bool,
        cpu_threads: usize,
    ) -> Result<Self, BootError> {
        let (clock, handle) = Clock::system();
        let context = Self::with_clock(service_name, clock, handle, simulation, cpu_threads)?;
        failpoint::arm_from_env(simulation)?;
        process_metrics::register(&context.registry)
            .map_err(|source| BootError::Metrics { source })?;
        Ok(context)
    }

    /// A context for tests: a simulation that stands still at `instant`, one CPU thread, nothing
    /// read from the environment.
    ///
    /// # Errors
    /// [`BootError`] when threads are refused.
    pub fn for_test(
        service_name: &'static str,
        instant: jiff::Timestamp,
    ) -> Result<Self, BootError> {
        let (clock, handle) = Clock::fixed_with_handle(instant);
        Self::with_clock(service_name, clock, handle, true, 1)
    }

    fn with_clock(
        service_name: &'static str,
        clock: Clock,
        handle: LegalClockHandle,
        simulation: bool,
        cpu_threads: usize,
    ) -> Result<Self, BootError> {
        let registry = Registry::new();
        let cpu = CpuPool::new(cpu_threads, "cpu")?;
        cpu.register_metrics(&registry)?;
        let shutdown = Shutdown::new();
        Ok(Self {
            service_name,
            clock,
            legal_clock: simulation.then_some(handle),
            workers: Workers::new(shutdown.clone()),
            shutdown,
            registry,
            readiness: Readiness::new(),
            cpu,
            simulation,
        })
    }

    /// The same process seen by another of its services (`cnt up`): clock, stop, metrics, CPU pool
    /// and workers are shared, readiness checks get the prefix `<service>.`.
    #[must_use]
    pub fn for_service(&self, service_name: &'static str) -> Self {
        let readiness = self.readiness.for_service(service_name);
        Self {
            service_name,
            readiness,
            ..self.clone()
        }
    }

    /// Starts health and metrics on `listen`. Once per process, by its main and not by `run`; the
    /// server stops when the returned value is dropped.
    ///
    /// # Errors
    /// [`OpsError`] when the address cannot be bound.
    pub fn start_ops(&self, listen: SocketAddr) -> Result<OpsServer, OpsError> {
        let server = OpsServer::start(
            listen,
            self.registry.clone(),
            self.readiness.clone(),
            self.shutdown.clone(),
        )?;
        tracing::info!(ops.address = %server.address(), "Health and metrics are served");
        Ok(server)
    }

    /// Runs `work` on a named thread. When it fails or panics the whole process is asked to stop
    /// and [`join_all`](Self::join_all) returns the failure: no process lives on with a part dead.
    /// A worker that returns `Ok` is done; the others go on.
    ///
    /// # Errors
    /// [`BootError::Spawn`] when the system refuses the thread.
    pub fn spawn_worker<F>(&self, name: &str, work: F) -> Result<(), BootError>
    where
        F: FnOnce() -> anyhow::Result<()> + Send + 'static,
    {
        let name = format!("{}-{name}", self.service_name);
        let running = self.workers.enter(&name);
        let spawned = std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
                    Err(anyhow::anyhow!(
                        "panic: {}",
                        panic_message(payload.as_ref())
                    ))
                });
                running.finish(outcome);
            });
        spawned
            .map(drop)
            .map_err(|source| BootError::Spawn { name, source })
    }

    /// Blocks until every worker has ended, and returns the first failure. Once the stop is
    /// requested, workers have `grace` to end.
    ///
    /// # Errors
    /// [`BootError::Worker`] for the first worker that failed or panicked,
    /// [`BootError::StillRunning`] for those that did not end in time.
    pub fn join_all(&self, grace: Duration) -> Result<(), BootError> {
        self.workers.join_all(grace)
    }

    /// Runs a service to its end on this thread, with an actix runtime: the body of
    /// `cnt run <service>`. When `service` returns, for whatever reason, the process is asked to
    /// stop and its workers are joined; the first failure is returned, for a non-zero exit.
    ///
    /// # Errors
    /// The failure of the service, else that of a worker.
    pub fn run_service<F, S>(&self, grace: Duration, service: F) -> anyhow::Result<()>
    where
        F: FnOnce(Self) -> S,
        S: Future<Output = anyhow::Result<()>>,
    {
        let outcome = actix_web::rt::System::new().block_on(service(self.clone()));
        if let Err(error) = &outcome {
            tracing::error!(error = format!("{error:#}"), "The service failed");
        }
        self.shutdown.request();
        let joined = self.join_all(grace);
        outcome?;
        joined?;
        Ok(())
    }
}

/// Why a process could not start or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The CPU pool cannot start.
    #[error("the CPU pool is not available")]
    Cpu(#[from] CpuPoolError),
    /// `CNT_FAILPOINTS` cannot be understood.
    #[error("CNT_FAILPOINTS cannot be understood")]
    Failpoint(#[from] FailpointSpecError),
    /// The metrics of the process cannot be registered.
    #[error("the metrics of the process cannot be registered")]
    Metrics {
        /// What the registry said.
        #[source]
        source: prometheus::Error,
    },
    /// The system refused a thread.
    #[error("worker {name} cannot start")]
    Spawn {
        /// The worker.
        name: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A worker failed or panicked.
    #[error("worker {name} failed")]
    Worker {
        /// The worker.
        name: String,
        /// Why.
        #[source]
        source: anyhow::Error,
    },
    /// Workers did not end in time after the stop was requested.
    #[error("workers still running after the grace of {} ms: {}", grace.as_millis(), names.join(", "))]
    StillRunning {
        /// The workers.
        names: Vec<String>,
        /// The time they had.
        grace: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::{BootError, ServiceContext};
    use std::time::Duration;

    const GRACE: Duration = Duration::from_secs(30);

    fn context() -> ServiceContext {
        ServiceContext::for_test("edition", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_failed_worker_stops_the_others_and_is_named() {
        let context = context();
        let shutdown = context.shutdown.clone();
        context.spawn_worker("done", || Ok(())).unwrap();
        let waits = move || {
            anyhow::ensure!(shutdown.wait_timeout(GRACE), "nobody asked to stop");
            Ok(())
        };
        context.spawn_worker("waits", waits).unwrap();
        context
            .spawn_worker("broken", || anyhow::bail!("disk full"))
            .unwrap();
        let error = context.join_all(GRACE).unwrap_err();
        assert!(matches!(&error, BootError::Worker { name, source }
            if name == "edition-broken" && source.to_string() == "disk full"));
        assert!(context.shutdown.is_requested());
    }

    #[test]
    fn a_panicked_worker_is_a_failure() {
        let context = context();
        context.spawn_worker("panics", || panic!("boom")).unwrap();
        let error = anyhow::Error::from(context.join_all(GRACE).unwrap_err());
        assert_eq!(
            format!("{error:#}"),
            "worker edition-panics failed: panic: boom"
        );
    }

    #[test]
    fn a_worker_that_does_not_stop_is_named() {
        let context = context();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let stuck = move || {
            assert!(held.recv().is_err(), "nothing is ever sent");
            Ok(())
        };
        context
            .for_service("archive")
            .spawn_worker("stuck", stuck)
            .unwrap();
        context.shutdown.request();
        let error = context.join_all(Duration::from_millis(1)).unwrap_err();
        assert!(
            matches!(&error, BootError::StillRunning { names, .. } if names == &["archive-stuck"])
        );
        drop(release);
        context.join_all(GRACE).unwrap();
    }

    #[test]
    fn a_service_runs_to_its_end_and_its_failure_comes_first() {
        let run = |context: ServiceContext| async move {
            context.cpu.run(|| 6 * 7).await?;
            let worker = context.clone();
            context.spawn_worker("w", move || {
                anyhow::ensure!(worker.shutdown.wait_timeout(GRACE));
                Ok(())
            })?;
            anyhow::bail!("no broker")
        };
        assert_eq!(
            context().run_service(GRACE, run).unwrap_err().to_string(),
            "no broker"
        );
        let dies = |context: ServiceContext| async move {
            context.spawn_worker("w", || anyhow::bail!("gone"))?;
            context.shutdown.requested().await;
            Ok(())
        };
        let error = context().run_service(GRACE, dies).unwrap_err();
        assert_eq!(format!("{error:#}"), "worker edition-w failed: gone");
    }
}
