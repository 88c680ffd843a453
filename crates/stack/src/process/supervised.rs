//! A running child and its end.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::{Launch, Lifetime, ProcessError, ProcessIdentity, StopSignal, spawner};
use crate::files;

/// How often a process that should end is looked at.
const POLL: Duration = Duration::from_millis(10);
/// How long the kernel may take to remove a process after SIGKILL.
const KILL_DEADLINE: Duration = Duration::from_secs(30);

/// What is written down about a detached process, so that another program can find and stop it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Name the process was given.
    pub name: String,
    /// Which process it is.
    #[serde(flatten)]
    pub identity: ProcessIdentity,
    /// Where its output goes.
    pub log_file: PathBuf,
    /// The signal that asks it to end.
    pub stop_signal: StopSignal,
    /// Whether it may outlive the program that started it.
    pub lifetime: Lifetime,
}

/// A child process, or one that an earlier program started detached. Dropping one that is tied to its
/// owner kills it; dropping a detached one leaves it alone. All methods may be called from any thread.
#[derive(Debug)]
pub struct Supervised {
    record: ProcessRecord,
    log_start_bytes: u64,
    child: Option<Mutex<Child>>,
}

impl Supervised {
    /// Starts a child. That the program could be loaded shows only later, in its log: a `setpriv` or
    /// `setsid` stands before it.
    pub fn spawn(launch: Launch) -> Result<Self, ProcessError> {
        let program = launch.command.get_program().to_string_lossy().into_owned();
        let failed = |source| ProcessError::Spawn {
            name: launch.name.clone(),
            program: program.clone(),
            source,
        };
        if program.contains('/') && !Path::new(&program).exists() {
            return Err(failed(io::ErrorKind::NotFound.into()));
        }
        let log_start_bytes = files::length(&launch.log_file);
        let child = spawner::spawn(launch.prepare()?).map_err(failed)?;
        let pid =
            i32::try_from(child.id()).map_err(|_| failed(io::ErrorKind::InvalidData.into()))?;
        let identity = ProcessIdentity::of(pid).map_err(failed)?;
        tracing::debug!(
            process.name = launch.name,
            process.pid = pid,
            "Started process"
        );
        let record = ProcessRecord {
            name: launch.name,
            identity,
            log_file: launch.log_file,
            stop_signal: launch.stop_signal,
            lifetime: launch.lifetime,
        };
        Ok(Self {
            record,
            log_start_bytes,
            child: Some(Mutex::new(child)),
        })
    }

    /// Takes hold of a process by its record; `None` when it no longer runs. Dropping the result leaves
    /// the process alone.
    #[must_use]
    pub fn attach(record: &ProcessRecord) -> Option<Self> {
        record.identity.is_running().then(|| Self {
            log_start_bytes: files::length(&record.log_file),
            record: record.clone(),
            child: None,
        })
    }

    /// Name the process was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.record.identity.pid
    }

    /// What to write down for [`Supervised::attach`].
    #[must_use]
    pub fn record(&self) -> &ProcessRecord {
        &self.record
    }

    /// The last `lines` lines that it logged since it was started (or attached to).
    #[must_use]
    pub fn log_tail(&self, lines: usize) -> String {
        files::tail(&self.record.log_file, self.log_start_bytes, lines)
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        match &self.child {
            Some(_) => self.exit_status().is_none(),
            None => self.record.identity.is_running(),
        }
    }

    /// How it ended; `None` while it runs, or when it is not our own child.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        let child = self.child.as_ref()?;
        child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_wait()
            .ok()
            .flatten()
    }

    /// Sends SIGKILL and returns when the process is gone. Nothing happens when it is gone already.
    pub fn kill_hard(&self) -> Result<(), ProcessError> {
        self.signal(Signal::KILL)?;
        self.await_removal()
    }

    /// Sends SIGKILL to the process and its children, none of which survives: the process is halted
    /// first, so that it starts no child meanwhile. Returns when all are gone.
    pub fn kill_hard_with_children(&self) -> Result<(), ProcessError> {
        if !self.is_alive() {
            return Ok(());
        }
        self.signal(Signal::STOP)?;
        let children = self
            .record
            .identity
            .children()
            .map_err(|source| self.signal_error(source))?;
        self.signal(Signal::KILL)?;
        for child in &children {
            send(*child, Signal::KILL).map_err(|source| self.signal_error(source))?;
        }
        self.await_removal()?;
        let deadline = Instant::now() + KILL_DEADLINE;
        while let Some(child) = children.iter().find(|child| child.is_running()) {
            if Instant::now() > deadline {
                return Err(ProcessError::Survived {
                    name: self.record.name.clone(),
                    pid: child.pid,
                });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Asks the process to end, waits for up to `deadline`, then sends SIGKILL. Returns whether it
    /// ended by itself.
    pub fn stop(&self, deadline: Duration) -> Result<bool, ProcessError> {
        self.request_stop()?;
        if self.wait(deadline) {
            return Ok(true);
        }
        tracing::warn!(
            process.name = self.record.name,
            process.pid = self.pid(),
            "Process did not end in time and is killed"
        );
        self.kill_hard()?;
        Ok(false)
    }

    /// Asks the process to end without waiting for it.
    pub fn request_stop(&self) -> Result<(), ProcessError> {
        self.signal(match self.record.stop_signal {
            StopSignal::Terminate => Signal::TERM,
            StopSignal::Interrupt => Signal::INT,
        })
    }

    /// Waits until the process is gone, for up to `deadline`; returns whether it is.
    #[must_use]
    pub fn wait(&self, deadline: Duration) -> bool {
        let end = Instant::now() + deadline;
        while self.is_alive() {
            if Instant::now() > end {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }

    fn await_removal(&self) -> Result<(), ProcessError> {
        if self.wait(KILL_DEADLINE) {
            return Ok(());
        }
        Err(ProcessError::Survived {
            name: self.record.name.clone(),
            pid: self.pid(),
        })
    }

    fn signal(&self, signal: Signal) -> Result<(), ProcessError> {
        if let Some(child) = &self.child {
            // While the lock is held nobody can reap the child, so its id is still its own.
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            if child.try_wait().ok().flatten().is_some() {
                return Ok(());
            }
            return send(self.record.identity, signal).map_err(|source| self.signal_error(source));
        }
        send(self.record.identity, signal).map_err(|source| self.signal_error(source))
    }

    fn signal_error(&self, source: io::Error) -> ProcessError {
        ProcessError::Signal {
            name: self.record.name.clone(),
            pid: self.pid(),
            source,
        }
    }
}

/// Signals exactly this process; one that is gone needs no signal.
fn send(identity: ProcessIdentity, signal: Signal) -> io::Result<()> {
    if !identity.is_running() {
        return Ok(());
    }
    let Some(pid) = Pid::from_raw(identity.pid) else {
        return Ok(());
    };
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if self.child.is_some()
            && self.record.lifetime == Lifetime::Tied
            && let Err(error) = self.kill_hard()
        {
            tracing::error!(process.name = self.record.name, %error, "Process could not be killed");
        }
    }
}
