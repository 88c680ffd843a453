//! The directory of a system, and what is written down about it.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cnt_bus::BusConfig;
use cnt_contracts::services;
use cnt_stack::process::Supervised;
use cnt_stack::{StackConfig, StackState};
use serde::{Deserialize, Serialize};

use super::{CONSOLE_CARD, ServiceRecord};
use crate::output;

/// Where a system lives: `stack/`, `objects/`, `formes/`, `nation/`, `logs/`, `system.json`.
#[derive(Debug, Clone)]
pub(crate) struct RunDir(PathBuf);

/// A directory held by [`RunDir::lock`].
#[must_use]
pub(crate) struct RunDirLock {
    _directory: File,
}

/// A started system, for the commands that come later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SystemRecord {
    /// Broker.
    pub(crate) bootstrap: String,
    /// File with the password of the principal that may read every topic; none on a broker without access lists.
    #[serde(default)]
    pub(crate) reconcile_password_file: Option<PathBuf>,
    /// Connection string of the role that may read everything.
    pub(crate) reconcile_conninfo: String,
    /// Connection string of each service's role, for the operator's commands.
    pub(crate) conninfo: Vec<(String, String)>,
    /// The services' processes.
    pub(crate) services: Vec<ServiceRecord>,
}

impl SystemRecord {
    /// Address of a service's HTTP interface.
    pub(crate) fn http(&self, service: &str) -> anyhow::Result<SocketAddr> {
        self.services
            .iter()
            .flat_map(|record| &record.http)
            .find(|(name, _)| name == service)
            .map(|(_, address)| *address)
            .with_context(|| format!("{service} has no HTTP interface"))
    }

    /// How whoever only reads reaches the broker.
    pub(crate) fn reading_bus(&self) -> BusConfig {
        let mut bus = BusConfig::plaintext(&self.bootstrap, services::RECONCILE_ROLE);
        if let Some(password_file) = &self.reconcile_password_file {
            bus.security = super::scram(services::RECONCILE_ROLE, password_file.clone());
        }
        bus
    }

    /// Base URL of a service's HTTP interface; the gateway and the door for
    /// cards speak TLS, by the name in their certificates.
    pub(crate) fn url(&self, service: &str) -> anyhow::Result<String> {
        let address = self.http(service)?;
        Ok(if ["gateway", CONSOLE_CARD].contains(&service) {
            format!("https://localhost:{}", address.port())
        } else {
            format!("http://{address}")
        })
    }

    /// Connection string of a service's role.
    pub(crate) fn conninfo_of(&self, service: &str) -> anyhow::Result<&str> {
        self.conninfo
            .iter()
            .find(|(name, _)| name == service)
            .map(|(_, conninfo)| conninfo.as_str())
            .with_context(|| format!("there is no service {service}"))
    }
}

impl RunDir {
    /// The directory asked for, else `.run` in the repository (or here).
    pub(crate) fn locate(asked: Option<PathBuf>) -> anyhow::Result<Self> {
        let base = std::env::var_os("CNT_ROOT").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let dir = asked.unwrap_or_else(|| base.join(".run").join("system"));
        Ok(Self(std::path::absolute(dir)?))
    }

    /// A directory of its own beside this one.
    pub(crate) fn sibling(&self, name: &str) -> Self {
        Self(self.0.with_file_name(name))
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Object store.
    pub(crate) fn objects(&self) -> PathBuf {
        self.0.join("objects")
    }

    /// Compiled formes.
    pub(crate) fn formes(&self) -> PathBuf {
        self.0.join("formes")
    }

    /// File of the key that verifies the archive's checkpoints.
    pub(crate) fn archive_verifier(&self) -> PathBuf {
        self.0.join("archive.vkey")
    }

    /// Signing keys of the OMP.
    pub(crate) fn omp_keys(&self) -> PathBuf {
        self.0.join("omp")
    }

    /// Test collectivities.
    pub(crate) fn nation(&self) -> PathBuf {
        self.0.join("nation")
    }

    /// Log file of a process.
    pub(crate) fn log(&self, process: &str) -> PathBuf {
        self.0.join("logs").join(format!("{process}.log"))
    }

    /// Broker and database.
    pub(crate) fn stack_dir(&self) -> PathBuf {
        self.0.join("stack")
    }

    /// How the stack is started here.
    pub(crate) fn stack_config(&self) -> anyhow::Result<StackConfig> {
        let mut config = StackConfig::discover(self.stack_dir())?;
        config.kafka_users = services::principals().map(str::to_owned).collect();
        Ok(config)
    }

    /// What was written down, if anything.
    pub(crate) fn read(&self) -> anyhow::Result<Option<SystemRecord>> {
        let path = self.record_path();
        match std::fs::read(&path) {
            Ok(bytes) => {
                Ok(Some(serde_json::from_slice(&bytes).with_context(|| {
                    format!("cannot read {}", path.display())
                })?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Makes the directory and takes it for this command alone, until the value is dropped: of two commands that start
    /// or stop the same system, the second waits for the first.
    pub(crate) fn lock(&self) -> anyhow::Result<RunDirLock> {
        let why = || format!("cannot take {} for this command", self.0.display());
        loop {
            std::fs::create_dir_all(&self.0).with_context(why)?;
            let directory = File::open(&self.0).with_context(why)?;
            match directory.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let dir = self.0.display();
                    output::say(&format!("Waiting for another cnt that works in {dir}"));
                    directory.lock().with_context(why)?;
                }
                Err(TryLockError::Error(error)) => return Err(error).with_context(why),
            }
            let held = directory.metadata().with_context(why)?.ino();
            // Whoever held it before may have removed the directory.
            if std::fs::metadata(&self.0).is_ok_and(|now| now.ino() == held) {
                return Ok(RunDirLock {
                    _directory: directory,
                });
            }
        }
    }

    /// The record of a system all of whose parts live: services, broker and database.
    pub(crate) fn running(&self) -> anyhow::Result<Option<SystemRecord>> {
        let Some(record) = self.read()? else {
            return Ok(None);
        };
        Ok(self.ended()?.is_empty().then_some(record))
    }

    /// Names of the processes that were started here and live no more.
    pub(crate) fn ended(&self) -> anyhow::Result<Vec<String>> {
        let Some(record) = self.read()? else {
            return Ok(Vec::new());
        };
        let stack = StackState::read(&self.stack_dir())?;
        let processes = record
            .services
            .into_iter()
            .map(|service| service.process)
            .chain(stack.kafka.map(|kafka| kafka.process))
            .chain(stack.postgres.map(|postgres| postgres.process));
        Ok(processes
            .filter(|process| Supervised::attach(process).is_none())
            .map(|process| process.name)
            .collect())
    }

    /// Writes down a started system.
    pub(crate) fn write(&self, record: &SystemRecord) -> anyhow::Result<()> {
        let path = self.record_path();
        std::fs::write(&path, serde_json::to_vec_pretty(record)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Forgets the system; its data stay.
    pub(crate) fn forget(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(self.record_path()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes everything in it.
    pub(crate) fn clear(&self) -> anyhow::Result<()> {
        let why = || format!("cannot clear {}", self.0.display());
        for entry in std::fs::read_dir(&self.0).with_context(why)? {
            let entry = entry.with_context(why)?;
            if entry.file_type().with_context(why)?.is_dir() {
                std::fs::remove_dir_all(entry.path()).with_context(why)?;
            } else {
                std::fs::remove_file(entry.path()).with_context(why)?;
            }
        }
        Ok(())
    }

    /// Removes everything, and itself.
    pub(crate) fn remove(&self) -> anyhow::Result<()> {
        match std::fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.0.display()))
            }
            _ => Ok(()),
        }
    }

    fn record_path(&self) -> PathBuf {
        self.0.join("system.json")
    }
}
