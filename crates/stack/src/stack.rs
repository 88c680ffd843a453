//! Broker and database together.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::config::{AfterStop, StackConfig};
use crate::error::StackError;
use crate::files;
use crate::kafka::{self, Kafka, KafkaRecord};
use crate::postgres::{self, Postgres, PostgresRecord};
use crate::process::{Lifetime, ProcessRecord, Supervised};

/// A running Kafka and a running PostgreSQL. Dropping a stack stops it, unless it is detached.
#[derive(Debug)]
pub struct Stack {
    kafka: Kafka,
    postgres: Postgres,
    // After the servers: fields are dropped in this order.
    dir: StackDir,
}

impl Stack {
    /// Starts both servers at once in `config.dir` and waits until both answer. If one fails, the
    /// other is stopped again.
    pub fn start(config: &StackConfig) -> Result<Self, StackError> {
        files::create_dir(&config.dir, 0o711)?;
        files::create_dir(&config.dir.join("logs"), 0o700)?;
        let dir = StackDir {
            config: config.clone(),
        };
        let (kafka, postgres) = both(|| Kafka::start(config), || Postgres::start(config));
        match (kafka, postgres) {
            (Ok(kafka), Ok(postgres)) => Ok(Self {
                kafka,
                postgres,
                dir,
            }),
            (Ok(kafka), Err(error)) => {
                kafka.stop()?;
                Err(error)
            }
            (Err(error), Ok(postgres)) => {
                postgres.stop()?;
                Err(error)
            }
            (Err(error), Err(also)) => {
                tracing::error!(error = %also, "PostgreSQL did not start either");
                Err(error)
            }
        }
    }

    /// Starts both servers so that they outlive this process; see [`Stack::attach`].
    pub fn start_detached(config: &StackConfig) -> Result<Self, StackError> {
        Self::start(&StackConfig {
            lifetime: Lifetime::Detached,
            ..config.clone()
        })
    }

    /// Takes hold of the stack that was started detached in `config.dir`. Both servers must run and be
    /// those that were started: their start times are compared, not only their ids.
    pub fn attach(config: &StackConfig) -> Result<Self, StackError> {
        let config = StackConfig {
            lifetime: Lifetime::Detached,
            ..config.clone()
        };
        match (Kafka::attach(&config)?, Postgres::attach(&config)?) {
            (Some(kafka), Some(postgres)) => Ok(Self {
                kafka,
                postgres,
                dir: StackDir { config },
            }),
            _ => Err(StackError::NotRunning { dir: config.dir }),
        }
    }

    /// The broker.
    #[must_use]
    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// The database.
    #[must_use]
    pub fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    /// The stack's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir.config.dir
    }

    /// What is written down about the stack.
    #[must_use]
    pub fn state(&self) -> StackState {
        StackState {
            dir: self.dir.config.dir.clone(),
            kafka: Some(self.kafka.record()),
            postgres: Some(self.postgres.record()),
        }
    }

    /// Stops both servers in good order, each killed after `stop_deadline`; detached ones as well.
    /// Their data stay or go as `after_stop` says (a detached stack's stay).
    pub fn stop(self) -> Result<(), StackError> {
        let (kafka, postgres) = both(|| self.kafka.stop(), || self.postgres.stop());
        kafka.and(postgres)?;
        self.dir.clean()
    }

    /// Removes all that a stopped stack left in `config.dir`, and what it had to put elsewhere.
    pub fn remove(config: &StackConfig) -> Result<(), StackError> {
        StackState::read(&config.dir)?.refuse_running()?;
        remove_all(config)
    }
}

/// What is written down about the stack of a directory, running or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackState {
    /// The stack's directory.
    pub dir: PathBuf,
    /// The broker, if one was ever started here.
    pub kafka: Option<KafkaRecord>,
    /// The database, if one was ever started here.
    pub postgres: Option<PostgresRecord>,
}

impl StackState {
    /// Reads the records of a stack's directory.
    pub fn read(dir: &Path) -> Result<Self, StackError> {
        Ok(Self {
            dir: dir.to_path_buf(),
            kafka: files::read_json(&kafka::record_path(dir))?,
            postgres: files::read_json(&postgres::record_path(dir))?,
        })
    }

    /// The recorded servers that run now.
    #[must_use]
    pub fn running(&self) -> Vec<Supervised> {
        self.processes()
            .into_iter()
            .filter_map(Supervised::attach)
            .collect()
    }

    /// Stops whatever still runs, also when one server died before; returns how many were stopped.
    pub fn stop(&self, deadline: Duration) -> Result<usize, StackError> {
        let running = self.running();
        for process in &running {
            process.request_stop()?;
        }
        for process in &running {
            if !process.wait(deadline) {
                process.kill_hard_with_children()?;
            }
        }
        Ok(running.len())
    }

    fn processes(&self) -> Vec<&ProcessRecord> {
        let kafka = self.kafka.as_ref().map(|record| &record.process);
        let postgres = self.postgres.as_ref().map(|record| &record.process);
        kafka.into_iter().chain(postgres).collect()
    }

    fn refuse_running(&self) -> Result<(), StackError> {
        match self.running().first() {
            None => Ok(()),
            Some(process) => Err(StackError::AlreadyRunning {
                dir: self.dir.clone(),
                name: process.name().to_owned(),
                pid: process.pid(),
            }),
        }
    }
}

/// Tidies the directory up once the servers in it are gone.
#[derive(Debug)]
struct StackDir {
    config: StackConfig,
}

impl StackDir {
    fn clean(&self) -> Result<(), StackError> {
        if self.config.after_stop == AfterStop::Keep || self.config.lifetime == Lifetime::Detached {
            return Ok(());
        }
        remove_all(&self.config)
    }
}

impl Drop for StackDir {
    fn drop(&mut self) {
        if let Err(error) = self.clean() {
            tracing::error!(%error, "The stack's directory could not be tidied up");
        }
    }
}

fn remove_all(config: &StackConfig) -> Result<(), StackError> {
    Kafka::remove_data(config)?;
    Postgres::remove_data(config)?;
    files::remove_dir_if_empty(&config.dir.join("logs"))?;
    files::remove_dir_if_empty(&config.dir)
}

/// Runs two things at the same time.
fn both<A: Send, B: Send>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
