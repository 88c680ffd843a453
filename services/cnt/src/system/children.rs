//! The services as child processes of this program.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::Context;
use cnt_stack::process::{Launch, Lifetime, ProcessRecord, Supervised};
use serde::{Deserialize, Serialize};

use super::RunDir;

/// What is written down of a service's process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceRecord {
    /// `cnt run <name>`.
    pub(crate) name: String,
    /// HTTP interfaces by service.
    pub(crate) http: Vec<(String, SocketAddr)>,
    /// Health and metrics.
    pub(crate) ops: SocketAddr,
    /// The process.
    pub(crate) process: ProcessRecord,
}

impl ServiceRecord {
    /// The process, if it lives.
    pub(crate) fn attach(&self) -> Option<Supervised> {
        Supervised::attach(&self.process)
    }
}

/// A service's process and how to start it again.
pub(crate) struct ServiceChild {
    name: String,
    http: Vec<(String, SocketAddr)>,
    ops: SocketAddr,
    environment: Vec<(String, String)>,
    lifetime: Lifetime,
    run_dir: RunDir,
    process: Mutex<Supervised>,
}

impl ServiceChild {
    /// Starts `cnt run <name>` with an environment.
    pub(crate) fn spawn(
        run_dir: &RunDir,
        name: &str,
        http: Vec<(String, SocketAddr)>,
        ops: SocketAddr,
        environment: Vec<(String, String)>,
        lifetime: Lifetime,
    ) -> anyhow::Result<Self> {
        let process = Mutex::new(launch(run_dir, name, &environment, lifetime)?);
        let run_dir = run_dir.clone();
        Ok(Self {
            name: name.to_owned(),
            http,
            ops,
            environment,
            lifetime,
            run_dir,
            process,
        })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its record.
    pub(crate) fn record(&self) -> ServiceRecord {
        ServiceRecord {
            name: self.name.clone(),
            http: self.http.clone(),
            ops: self.ops,
            process: self.process().record().clone(),
        }
    }

    /// Kills it at once (SIGKILL) and starts it again.
    pub(crate) fn kill_and_restart(&self) -> anyhow::Result<()> {
        self.process().kill_hard()?;
        self.start_again()
    }

    /// Starts it again if it has ended; says whether it had.
    pub(crate) fn restart_if_dead(&self) -> anyhow::Result<bool> {
        if self.process().is_alive() {
            return Ok(false);
        }
        self.start_again()?;
        Ok(true)
    }

    /// The last lines of its log.
    pub(crate) fn log_tail(&self) -> String {
        self.process().log_tail(12)
    }

    /// Whether it lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.process().is_alive()
    }

    /// Asks it to end.
    pub(crate) fn request_stop(&self) -> anyhow::Result<()> {
        Ok(self.process().request_stop()?)
    }

    /// Waits for its end; kills it if it takes too long.
    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        self.process().stop(super::STOP_DEADLINE)?;
        Ok(())
    }

    fn start_again(&self) -> anyhow::Result<()> {
        let process = launch(&self.run_dir, &self.name, &self.environment, self.lifetime)?;
        *self.process() = process;
        Ok(())
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Supervised> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn launch(
    run_dir: &RunDir,
    name: &str,
    environment: &[(String, String)],
    lifetime: Lifetime,
) -> anyhow::Result<Supervised> {
    let program = std::env::current_exe().context("cannot find this program")?;
    // A second instance is named after its service: `edition-2` runs `edition`.
    let service = name.split('-').next().unwrap_or(name);
    let mut command = Command::new(program);
    command
        .arg("run")
        .arg(service)
        .envs(environment.iter().cloned());
    let log = run_dir.log(name);
    let launch = Launch::new(name, command, &log).lifetime(lifetime);
    Supervised::spawn(launch).with_context(|| format!("cannot start {name}"))
}
