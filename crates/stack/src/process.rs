//! Child processes that are stopped by the id they were started with, and never outlive their owner
//! by accident. Used for the stack's own servers and for the services of `cnt up`.
//!
//! ```
//! use std::process::Command;
//! use std::time::Duration;
//! use cnt_stack::process::{Launch, Supervised};
//!
//! let dir = tempfile::tempdir()?;
//! let mut command = Command::new("/bin/sleep");
//! command.arg("600");
//! let sleeper = Supervised::spawn(Launch::new("sleeper", command, &dir.path().join("log")))?;
//! assert!(sleeper.is_alive());
//! sleeper.stop(Duration::from_secs(10))?;
//! assert!(!sleeper.is_alive());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod identity;
mod launch;
mod spawner;
mod supervised;

use std::io;
use std::path::PathBuf;

pub use identity::ProcessIdentity;
pub use launch::{Launch, Lifetime, StopSignal};
pub use supervised::{ProcessRecord, Supervised};

/// A failure to start, signal or end a child process.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started.
    #[error("cannot start {name} ({program})")]
    Spawn {
        /// Name the caller gave the process.
        name: String,
        /// Program to run.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The log file could not be opened.
    #[error("cannot open the log {} of {name}", path.display())]
    Log {
        /// Name the caller gave the process.
        name: String,
        /// The log file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A signal could not be sent.
    #[error("cannot signal {name} (pid {pid})")]
    Signal {
        /// Name the caller gave the process.
        name: String,
        /// Its process id.
        pid: i32,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The process is still there long after SIGKILL (it hangs in the kernel).
    #[error("{name} (pid {pid}) still runs after SIGKILL")]
    Survived {
        /// Name the caller gave the process.
        name: String,
        /// Its process id.
        pid: i32,
    },
}
