//! Where the stack lives and what it is started from.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{StackError, file_error};
use crate::process::Lifetime;

/// Oldest PostgreSQL that the schemas are written for.
const POSTGRES_MAJOR_MIN: u32 = 15;

/// The only principal that the broker's access lists do not bind: its own, and that of whoever creates topics and
/// access lists.
pub const KAFKA_ADMIN: &str = "admin";

/// How much of a power cut the database survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// `fsync`, `full_page_writes` and `synchronous_commit` on: the product's setting, and the one that
    /// every published figure is taken with.
    #[default]
    Durable,
    /// `fsync` off: for tests whose subject is not durability. What was committed was handed to the
    /// kernel, so a `kill -9` still loses nothing; a power cut may lose everything.
    Relaxed,
}

/// What becomes of the data when the stack is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterStop {
    /// They stay, and the next start in the same directory goes on with them.
    #[default]
    Keep,
    /// All that the stack created is removed, wherever it lies.
    Remove,
}

/// Everything needed to start a stack.
#[derive(Debug, Clone)]
pub struct StackConfig {
    /// The stack's own directory; created when missing, and made traversable (mode 0711).
    pub dir: PathBuf,
    /// Directory with all jars of Kafka (`deploy/kafka/pom.xml`).
    pub kafka_jars: PathBuf,
    /// The `java` program, version 17 or later.
    pub java: PathBuf,
    /// Largest heap of the broker, in mebibytes.
    pub kafka_heap_mib: u32,
    /// Who may connect to the broker: SCRAM users, each with a random password in a file of its own
    /// ([`Kafka::password_file`](crate::Kafka::password_file)), and the administrator [`KAFKA_ADMIN`] besides. What a
    /// user may do is for access lists to say; without any, nothing. Empty: a broker without authentication or access
    /// lists, for tests of other things.
    ///
    /// The users are made with the broker's storage: a directory that was started with others is refused.
    pub kafka_users: Vec<String>,
    /// Directory with `postgres`, `initdb`, `psql` and `pg_isready`.
    pub postgres_bin: PathBuf,
    /// How much of a power cut the database survives.
    pub durability: Durability,
    /// What becomes of the data when the stack is stopped. Ignored for a detached stack, which is
    /// removed by [`Stack::remove`](crate::Stack::remove) only.
    pub after_stop: AfterStop,
    /// Whether the servers may outlive this process.
    pub lifetime: Lifetime,
    /// How long each server may take to become ready.
    pub start_deadline: Duration,
    /// How long each server may take to end before it is killed.
    pub stop_deadline: Duration,
}

impl StackConfig {
    /// The usual configuration for `dir`. Jars come from the directory in `CNT_KAFKA_JARS`, else from
    /// the newest complete one that `./dev setup` left in the cache; PostgreSQL from the newest
    /// `/usr/lib/postgresql/*/bin` (15 or later), else from `PATH`; Java from `JAVA_HOME`, else `PATH`.
    pub fn discover(dir: impl AsRef<Path>) -> Result<Self, StackError> {
        let dir = dir.as_ref();
        Ok(Self {
            dir: std::path::absolute(dir).map_err(file_error("resolve", dir))?,
            kafka_jars: find_kafka_jars()?,
            java: find_java()?,
            kafka_heap_mib: 512,
            kafka_users: Vec::new(),
            postgres_bin: find_postgres()?,
            durability: Durability::Durable,
            after_stop: AfterStop::Keep,
            lifetime: Lifetime::Tied,
            start_deadline: Duration::from_secs(120),
            stop_deadline: Duration::from_secs(30),
        })
    }

    /// The usual configuration for a test: [`Durability::Relaxed`] and [`AfterStop::Remove`].
    pub fn discover_for_test(dir: impl AsRef<Path>) -> Result<Self, StackError> {
        Ok(Self {
            durability: Durability::Relaxed,
            after_stop: AfterStop::Remove,
            ..Self::discover(dir)?
        })
    }

    pub(crate) fn log_file(&self, server: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{server}.log"))
    }
}

fn find_kafka_jars() -> Result<PathBuf, StackError> {
    if let Some(jars) = non_empty("CNT_KAFKA_JARS") {
        return holds_kafka(&jars)
            .then_some(jars)
            .ok_or_else(|| missing_kafka("CNT_KAFKA_JARS names none"));
    }
    let cache = non_empty("CNT_CACHE")
        .or_else(|| non_empty("XDG_CACHE_HOME").map(|path| path.join("cnt")))
        .or_else(|| non_empty("HOME").map(|path| path.join(".cache/cnt")))
        .ok_or_else(|| missing_kafka("HOME is not set"))?;
    let mut found: Vec<_> = fs::read_dir(cache.join("kafka"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| holds_kafka(&entry.path()))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    found
        .pop()
        .map(|(_, path)| path)
        .ok_or_else(|| missing_kafka("the cache holds none"))
}

fn missing_kafka(why: &str) -> StackError {
    StackError::Missing {
        what: format!("Apache Kafka's jars ({why})"),
        remedy: "run ./dev setup".to_owned(),
    }
}

/// A directory still being filled has another name, so one jar stands for all.
fn holds_kafka(dir: &Path) -> bool {
    let hidden = dir
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !hidden
        && fs::read_dir(dir)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("kafka_2.13-") && name.ends_with(".jar")
            })
}

fn find_java() -> Result<PathBuf, StackError> {
    non_empty("JAVA_HOME")
        .map(|home| home.join("bin/java"))
        .filter(|java| java.is_file())
        .or_else(|| on_path("java"))
        .ok_or_else(|| StackError::Missing {
            what: "java".to_owned(),
            remedy: "run ./dev setup, or install openjdk-17-jre-headless".to_owned(),
        })
}

fn find_postgres() -> Result<PathBuf, StackError> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let major: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .filter(|(major, bin)| *major >= POSTGRES_MAJOR_MIN && bin.join("initdb").is_file())
        .max();
    debian
        .map(|(_, bin)| bin)
        .or_else(|| on_path("initdb").and_then(|initdb| Some(initdb.parent()?.to_path_buf())))
        .ok_or_else(|| StackError::Missing {
            what: format!("PostgreSQL {POSTGRES_MAJOR_MIN} or later"),
            remedy: "run ./dev setup, or install the Debian package postgresql".to_owned(),
        })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|candidate| candidate.is_file())
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_under_way_is_not_taken_for_kafka() {
        let cache = tempfile::tempdir().unwrap();
        for name in [".partial", "whole"] {
            fs::create_dir(cache.path().join(name)).unwrap();
            fs::write(cache.path().join(name).join("kafka_2.13-4.0.0.jar"), "").unwrap();
        }
        assert!(!holds_kafka(&cache.path().join(".partial")));
        assert!(holds_kafka(&cache.path().join("whole")));
        assert!(!holds_kafka(cache.path()));
    }
}
