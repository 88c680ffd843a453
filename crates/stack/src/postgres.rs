//! A private PostgreSQL cluster, listening on the loopback interface and on a socket of its own.

mod cluster;
mod home;
mod passwords;
mod roles;
mod settings;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub use roles::DatabaseRole;

use crate::config::{AfterStop, StackConfig};
use crate::error::StackError;
use crate::files;
use crate::kafka::refuse_running;
use crate::ports::{free_ports, is_free};
use crate::process::{Lifetime, ProcessRecord, Supervised};
use home::Home;
use passwords::PasswordFile;

const NAME: &str = "postgresql";
/// The database of the CNT.
pub const DATABASE: &str = "cnt";
/// The cluster's superuser.
const ADMIN: &str = "cnt_admin";
/// Starts with fresh ports before a port conflict is given up on.
const ATTEMPTS: usize = 3;

/// What is written down about a cluster, in `postgres.json` of the stack's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresRecord {
    /// Port on 127.0.0.1, which also names the socket.
    pub port: u16,
    /// Directory of the socket.
    pub socket_dir: PathBuf,
    /// Where the cluster lies; outside the stack's directory when the server's account cannot get there.
    pub home: PathBuf,
    /// Passwords of all roles, in libpq's format.
    pub passfile: PathBuf,
    /// The postmaster, when it was last started.
    pub process: ProcessRecord,
}

impl PostgresRecord {
    fn of(config: &StackConfig, home: &Home, port: u16, process: &Supervised) -> Self {
        Self {
            port,
            socket_dir: home.socket_dir.clone(),
            home: home.root.clone(),
            passfile: PasswordFile::path_in(&config.dir),
            process: process.record().clone(),
        }
    }
}

/// A running cluster. Its port and passwords stay the same over [`Postgres::kill_hard`] and
/// [`Postgres::restart`].
#[derive(Debug)]
pub struct Postgres {
    config: StackConfig,
    home: Home,
    port: u16,
    passwords: Mutex<PasswordFile>,
    process: Mutex<Supervised>,
}

impl Postgres {
    /// Starts a cluster for `config.dir`, creating it the first time, and waits until it answers.
    /// Data of an earlier run are kept; so is its port when it is free.
    pub fn start(config: &StackConfig) -> Result<Self, StackError> {
        files::create_dir(&config.dir, 0o711)?;
        files::create_dir(&config.dir.join("logs"), 0o700)?;
        let mut port = match files::read_json::<PostgresRecord>(&record_file(config))? {
            Some(record) => {
                refuse_running(config, &record.process)?;
                record.port
            }
            None => fresh_port()?,
        };
        let home = Home::prepare(config)?;
        let mut passwords = PasswordFile::open(&config.dir)?;
        cluster::create(config, &home, &passwords.of(ADMIN)?)?;
        let mut attempt = 1;
        let process = loop {
            if !is_free(port) {
                port = fresh_port()?;
            }
            match cluster::launch_patiently(config, &home, port, &cluster::LEFTOVERS) {
                Err(StackError::Exited { log_tail, .. })
                    if attempt < ATTEMPTS && log_tail.contains(cluster::PORT_TAKEN) =>
                {
                    attempt += 1;
                }
                other => break other?,
            }
        };
        let (passwords, process) = (Mutex::new(passwords), Mutex::new(process));
        let postgres = Self {
            config: config.clone(),
            home,
            port,
            passwords,
            process,
        };
        tracing::info!(
            postgres.port = port,
            postgres.pid = postgres.pid(),
            "PostgreSQL is ready"
        );
        Ok(postgres)
    }

    /// Takes hold of the detached cluster of `config.dir`; `None` when none runs there.
    pub fn attach(config: &StackConfig) -> Result<Option<Self>, StackError> {
        let Some(record) = files::read_json::<PostgresRecord>(&record_file(config))? else {
            return Ok(None);
        };
        let Some(process) = Supervised::attach(&record.process) else {
            return Ok(None);
        };
        Ok(Some(Self {
            config: StackConfig {
                lifetime: Lifetime::Detached,
                ..config.clone()
            },
            home: Home::prepare(config)?,
            port: record.port,
            passwords: Mutex::new(PasswordFile::open(&config.dir)?),
            process: Mutex::new(process),
        }))
    }

    /// libpq's connection string (keywords and values) for the service `role` on the database
    /// [`DATABASE`]: the socket's directory, the port, the role `cnt_ROLE`, the file with its password.
    #[must_use]
    pub fn conninfo(&self, role: &str) -> String {
        self.conninfo_to(DATABASE, role)
    }

    /// Like [`Postgres::conninfo`], for another database of the cluster.
    #[must_use]
    pub fn conninfo_to(&self, database: &str, role: &str) -> String {
        self.connection(database, &roles::database_role(role))
    }

    /// Connection string of the superuser, on [`DATABASE`] once that is provisioned.
    #[must_use]
    pub fn admin_conninfo(&self) -> String {
        self.connection(DATABASE, ADMIN)
    }

    /// Creates the database [`DATABASE`], the schemas and the roles that are missing, and sets the
    /// rights of all those given. May be repeated at any time; roles not given are left as they are.
    pub fn provision(&self, wanted: &[DatabaseRole]) -> Result<(), StackError> {
        self.provision_database(DATABASE, wanted)
    }

    /// Like [`Postgres::provision`], for another database of the cluster. Roles belong to the whole
    /// cluster; schemas and rights to each database.
    pub fn provision_database(
        &self,
        database: &str,
        wanted: &[DatabaseRole],
    ) -> Result<(), StackError> {
        roles::check_name(database)?;
        // Held throughout: two threads that create the same role would disturb each other.
        let mut passwords = self.passwords();
        let mut with_passwords = Vec::new();
        for role in wanted {
            roles::check_name(role.name())?;
            if let DatabaseRole::Guest { of, .. } = role {
                roles::check_name(of)?;
            }
            with_passwords.push((role, passwords.of(&role.database_role())?));
        }
        let cluster_sql = roles::cluster_sql(database, &with_passwords);
        cluster::psql(
            &self.config,
            &self.connection("postgres", ADMIN),
            &cluster_sql,
        )?;
        let database_sql = roles::database_sql(database, wanted);
        cluster::psql(
            &self.config,
            &self.connection(database, ADMIN),
            &database_sql,
        )?;
        Ok(())
    }

    /// Runs SQL through `psql` with the given connection string and returns its rows: a line each,
    /// columns parted by `|`. Stops at the first error.
    pub fn psql(&self, conninfo: &str, sql: &str) -> Result<String, StackError> {
        cluster::psql(&self.config, conninfo, sql)
    }

    /// Process id of the postmaster as last started.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process().pid()
    }

    /// Whether the postmaster runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.process().is_alive()
    }

    /// What is written down about the cluster.
    #[must_use]
    pub fn record(&self) -> PostgresRecord {
        PostgresRecord::of(&self.config, &self.home, self.port, &self.process())
    }

    /// Sends SIGKILL to the postmaster and to every backend, and waits until all are gone. What was
    /// committed is there again after [`Postgres::restart`].
    pub fn kill_hard(&self) -> Result<(), StackError> {
        Ok(self.process().kill_hard_with_children()?)
    }

    /// Starts the cluster again on the same port, after stopping it if it still runs, and waits until
    /// it has recovered and answers.
    pub fn restart(&self) -> Result<(), StackError> {
        let mut process = self.process();
        self.end(&process)?;
        let [lock, memory] = cluster::LEFTOVERS;
        let reasons = [lock, memory, cluster::PORT_TAKEN];
        *process = cluster::launch_patiently(&self.config, &self.home, self.port, &reasons)?;
        Ok(())
    }

    /// Stops the cluster without waiting for its clients, or kills it after `config.stop_deadline`.
    pub fn stop(&self) -> Result<(), StackError> {
        self.end(&self.process())?;
        cluster::sweep(&self.home, self.port)
    }

    fn end(&self, process: &Supervised) -> Result<(), StackError> {
        process.request_stop()?;
        if !process.wait(self.config.stop_deadline) {
            process.kill_hard_with_children()?;
        }
        Ok(())
    }

    /// Removes what the cluster left, inside the stack's directory and outside. It must have been
    /// stopped.
    pub(crate) fn remove_data(config: &StackConfig) -> Result<(), StackError> {
        Home::remove(config)?;
        PasswordFile::remove(&config.dir)?;
        files::remove_file(&config.log_file(NAME))?;
        files::remove_file(&record_file(config))
    }

    fn connection(&self, database: &str, user: &str) -> String {
        let passwords = self.passwords_path();
        format!(
            "host={} port={} dbname={} user={} passfile={}",
            quoted(&self.home.socket_dir.to_string_lossy()),
            self.port,
            quoted(database),
            quoted(user),
            quoted(&passwords.to_string_lossy()),
        )
    }

    fn passwords_path(&self) -> PathBuf {
        PasswordFile::path_in(&self.config.dir)
    }

    fn passwords(&self) -> MutexGuard<'_, PasswordFile> {
        self.passwords
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn process(&self) -> MutexGuard<'_, Supervised> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.config.lifetime == Lifetime::Detached {
            return;
        }
        let remove = || match self.config.after_stop {
            AfterStop::Keep => Ok(()),
            AfterStop::Remove => Self::remove_data(&self.config),
        };
        if let Err(error) = self.stop().and_then(|()| remove()) {
            tracing::error!(%error, "PostgreSQL could not be stopped and tidied up");
        }
    }
}

/// Where the record of a stack's directory lies.
pub(crate) fn record_path(dir: &Path) -> PathBuf {
    dir.join("postgres.json")
}

fn record_file(config: &StackConfig) -> PathBuf {
    record_path(&config.dir)
}

fn fresh_port() -> Result<u16, StackError> {
    let [port] = free_ports()?;
    Ok(port)
}

/// Quotes a value for a connection string.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_connection_string_are_quoted() {
        assert_eq!(quoted(r"/tmp/l'été \ x"), r"'/tmp/l\'été \\ x'");
    }
}
