//! How a child is to be started.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::ProcessError;
use crate::user::OsUser;

/// Whether a child may outlive the process that started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// It ends when its owner is dropped or ends in whatever way, `kill -9` included.
    #[default]
    Tied,
    /// It goes on in a session of its own until somebody stops it by its recorded identity.
    Detached,
}

/// The signal that asks a child to end in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopSignal {
    /// SIGTERM, which most programs understand.
    #[default]
    Terminate,
    /// SIGINT: PostgreSQL's fast shutdown, which does not wait for its clients.
    Interrupt,
}

/// A child to be started: the command, where its output goes, and how it ends.
#[derive(Debug)]
pub struct Launch {
    pub(super) name: String,
    pub(super) command: Command,
    pub(super) log_file: PathBuf,
    pub(super) lifetime: Lifetime,
    pub(super) stop_signal: StopSignal,
    run_as: Option<OsUser>,
}

impl Launch {
    /// A child that is tied to its owner and stopped with SIGTERM. Its standard output and error are
    /// appended to `log_file`, its standard input is empty.
    ///
    /// Of `command`, the program, the arguments, the variables set or removed and the working
    /// directory are taken; `env_clear` and redirections are not.
    #[must_use]
    pub fn new(name: &str, command: Command, log_file: &Path) -> Self {
        Self {
            name: name.to_owned(),
            command,
            log_file: log_file.to_path_buf(),
            lifetime: Lifetime::Tied,
            stop_signal: StopSignal::Terminate,
            run_as: None,
        }
    }

    /// Sets whether it may outlive its owner.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the signal that asks it to end.
    #[must_use]
    pub fn stop_signal(mut self, stop_signal: StopSignal) -> Self {
        self.stop_signal = stop_signal;
        self
    }

    /// Runs it as another account (needs root); `None` leaves the account as it is.
    #[must_use]
    pub fn run_as(mut self, user: Option<OsUser>) -> Self {
        self.run_as = user;
        self
    }

    /// Command to hand to the system: the caller's, behind `setsid` or `setpriv` as needed. Both
    /// replace themselves by the program, so that the id is the program's own.
    pub(super) fn prepare(&self) -> Result<Command, ProcessError> {
        let mut command = match self.lifetime {
            Lifetime::Detached => Command::new("setsid"),
            Lifetime::Tied => Command::new("setpriv"),
        };
        if self.lifetime == Lifetime::Tied {
            command.arg(format!("--pdeathsig={}", self.death_signal()));
        } else if self.run_as.is_some() {
            command.arg("setpriv");
        }
        if let Some(user) = &self.run_as {
            command
                .arg(format!("--reuid={}", user.uid))
                .arg(format!("--regid={}", user.gid));
            command.arg("--clear-groups");
        }
        if self.lifetime == Lifetime::Tied || self.run_as.is_some() {
            command.arg("--");
        }
        command
            .arg(self.command.get_program())
            .args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(dir) = self.command.get_current_dir() {
            command.current_dir(dir);
        }
        if self.lifetime == Lifetime::Tied {
            // Ctrl-C on the terminal reaches the owner alone, which stops its children in order.
            command.process_group(0);
        }
        let log_error = |source| ProcessError::Log {
            name: self.name.clone(),
            path: self.log_file.clone(),
            source,
        };
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log_file)
            .map_err(log_error)?;
        let log_again = log.try_clone().map_err(log_error)?;
        command.stdin(Stdio::null()).stdout(log).stderr(log_again);
        Ok(command)
    }

    /// Signal the child gets when its owner vanishes. A program that is stopped with SIGINT is one
    /// that must tidy up (PostgreSQL: shared memory, socket) and does so at once.
    fn death_signal(&self) -> &'static str {
        match self.stop_signal {
            StopSignal::Terminate => "KILL",
            StopSignal::Interrupt => "INT",
        }
    }
}
