//! What can go wrong while the stack is started, stopped or provisioned.

use std::io;
use std::path::{Path, PathBuf};

use crate::process::ProcessError;

/// A failure of the stack. Messages carry what an operator needs to act: the program, the file, the
/// end of the log; never a password.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A program or a directory that the stack needs is not installed.
    #[error("{what} not found; {remedy}")]
    Missing {
        /// What was looked for.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A file or directory of the stack could not be read, written or removed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// The verb: `read`, `write`, `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A record of the stack in its directory is not what this version writes.
    #[error("{} is not a record of the stack", path.display())]
    Record {
        /// The record's file.
        path: PathBuf,
        /// Where it does not parse.
        #[source]
        source: serde_json::Error,
    },
    /// A child process could not be started, signalled or ended.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A program that runs to its end (`initdb`, `StorageTool`) failed.
    #[error("{tool} failed: {message}")]
    Tool {
        /// The program.
        tool: &'static str,
        /// The end of what it printed.
        message: String,
    },
    /// A server ended while it was expected to become ready.
    #[error("{name} ended during its start; end of its log:\n{log_tail}")]
    Exited {
        /// The server.
        name: String,
        /// The last lines of its log since this start.
        log_tail: String,
    },
    /// A server runs but did not become ready in time.
    #[error("{name} is not ready after {seconds} s; end of its log:\n{log_tail}")]
    NotReady {
        /// The server.
        name: String,
        /// How long was waited, in seconds.
        seconds: u64,
        /// The last lines of its log since this start.
        log_tail: String,
    },
    /// A statement was refused by PostgreSQL.
    #[error("psql failed: {message}")]
    Sql {
        /// What psql printed on its standard error.
        message: String,
    },
    /// The broker's storage in this directory was made for other users.
    #[error("the broker in {} was made without the user {user:?}; stop it and remove its data", dir.display())]
    KafkaUser {
        /// The stack's directory.
        dir: PathBuf,
        /// A user that the storage does not know.
        user: String,
    },
    /// The name of a role or database is not `[a-z][a-z0-9_]{0,39}`.
    #[error("{name:?} cannot name a database role: lower-case letters, digits and _ only")]
    RoleName {
        /// The name given.
        name: String,
    },
    /// No free loopback port was found.
    #[error("no free port on 127.0.0.1 between {first} and {last}")]
    NoFreePort {
        /// First port tried.
        first: u16,
        /// Last port tried.
        last: u16,
    },
    /// Another stack runs in this directory.
    #[error("a stack already runs in {} ({name}, pid {pid})", dir.display())]
    AlreadyRunning {
        /// The stack's directory.
        dir: PathBuf,
        /// The server found alive.
        name: String,
        /// Its process id.
        pid: i32,
    },
    /// No stack runs in this directory.
    #[error("no stack runs in {}", dir.display())]
    NotRunning {
        /// The directory looked at.
        dir: PathBuf,
    },
}

/// Turns an [`io::Error`] into [`StackError::File`], for `map_err`.
pub(crate) fn file_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> StackError {
    let path = path.to_path_buf();
    move |source| StackError::File {
        action,
        path,
        source,
    }
}
