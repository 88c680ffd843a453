//! A stack for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cnt_bus::{Admin, BusConfig};
use cnt_contracts::services;
use cnt_flow::{Plumbing, PlumbingConfig, topic_specs};
use cnt_service_kit::ServiceContext;
use cnt_stack::{DatabaseRole, Stack, StackConfig};
use cnt_store::DatabaseConfig;
use tempfile::TempDir;

/// The database roles of the whole system: one per service, the console's, and one that may read everything.
#[must_use]
pub fn roles() -> Vec<DatabaseRole> {
    let mut roles: Vec<_> = services::ALL
        .iter()
        .map(|service| DatabaseRole::service(service))
        .collect();
    roles.push(DatabaseRole::guest(services::CONSOLE_ROLE, "contestation"));
    roles.push(DatabaseRole::read_all(services::RECONCILE_ROLE));
    roles
}

/// A running Kafka and PostgreSQL with everything the services expect; stopped and removed when dropped.
pub struct TestStack {
    stack: Stack,
    directory: Arc<TempDir>,
}

impl TestStack {
    /// Starts it.
    ///
    /// # Errors
    /// When a part does not start.
    pub fn start() -> anyhow::Result<Self> {
        let directory = Arc::new(tempfile::tempdir()?);
        let stack = Stack::start(&StackConfig::discover_for_test(
            directory.path().join("stack"),
        )?)?;
        stack.postgres().provision(&roles())?;
        let this = Self { stack, directory };
        Admin::new(&this.bus("testkit"))?.ensure_topics(&topic_specs())?;
        Ok(this)
    }

    /// The stack, to kill and restart its parts.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// How a client reaches the broker.
    #[must_use]
    pub fn bus(&self, client_id: &str) -> BusConfig {
        BusConfig::plaintext(self.stack.kafka().bootstrap(), client_id)
    }

    /// Connection string of a service's role, or of `reconcile`.
    #[must_use]
    pub fn conninfo(&self, role: &str) -> String {
        self.stack.postgres().conninfo(role)
    }

    /// Database of a service's role.
    #[must_use]
    pub fn database(&self, role: &str) -> DatabaseConfig {
        DatabaseConfig::new(self.conninfo(role), format!("test-{role}"))
    }

    /// Directory of the object store.
    #[must_use]
    pub fn objects_dir(&self) -> PathBuf {
        self.directory.path().join("objects")
    }

    /// A directory for whatever else a test writes.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The shared parts of a process under test.
    ///
    /// # Errors
    /// When they cannot be set up.
    pub fn plumbing(&self, context: &ServiceContext) -> anyhow::Result<Plumbing> {
        let config = PlumbingConfig {
            bus: self.bus(context.service_name),
            objects_dir: self.objects_dir(),
        };
        Ok(Plumbing::start(&config, context)?)
    }
}
