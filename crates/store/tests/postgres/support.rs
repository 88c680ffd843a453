//! A database of its own for each test: a role with its schema, in a server that the tests share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use cnt_stack::{DatabaseRole, Durability, Postgres, StackConfig};
use cnt_store::{DatabaseConfig, PgConnection, connect, migrate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use tempfile::TempDir;

/// Tests that overlap share a server; the last of them stops it.
static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
static NEXT_ROLE: AtomicU32 = AtomicU32::new(1);

struct Cluster {
    postgres: Postgres,
    // After the server: fields are dropped in this order.
    _dir: TempDir,
}

impl Cluster {
    fn start(durability: Durability) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = StackConfig {
            durability,
            ..StackConfig::discover_for_test(dir.path()).unwrap()
        };
        Self {
            postgres: Postgres::start(&config).unwrap(),
            _dir: dir,
        }
    }
}

pub(crate) struct Database {
    cluster: Arc<Cluster>,
    pub(crate) role: String,
    pub(crate) schema: String,
    pub(crate) config: DatabaseConfig,
}

/// A database with the shared tables.
pub(crate) fn database() -> Database {
    let database = empty_database();
    migrate(&mut database.connect(), &migrations_of_nothing()).unwrap();
    database
}

/// A database without any table.
pub(crate) fn empty_database() -> Database {
    let mut shared = SHARED.lock().unwrap();
    let cluster = shared.upgrade().unwrap_or_else(|| {
        let cluster = Arc::new(Cluster::start(Durability::Relaxed));
        *shared = Arc::downgrade(&cluster);
        cluster
    });
    drop(shared);
    Database::provision(cluster)
}

/// A database in a server that no other test uses and that loses no commit when it is killed.
pub(crate) fn private_database() -> Database {
    let database = Database::provision(Arc::new(Cluster::start(Durability::Durable)));
    migrate(&mut database.connect(), &migrations_of_nothing()).unwrap();
    database
}

/// A service without migrations of its own.
pub(crate) fn migrations_of_nothing() -> cnt_store::EmbeddedMigrations {
    cnt_store::EmbeddedMigrations::new(&[])
}

impl Database {
    fn provision(cluster: Arc<Cluster>) -> Self {
        let schema = format!("test_{}", NEXT_ROLE.fetch_add(1, Ordering::Relaxed));
        let role = DatabaseRole::service(&schema);
        cluster
            .postgres
            .provision(std::slice::from_ref(&role))
            .unwrap();
        let role = role.database_role();
        Self {
            config: DatabaseConfig::new(cluster.postgres.conninfo(&schema), role.clone()),
            cluster,
            role,
            schema,
        }
    }

    pub(crate) fn connect(&self) -> PgConnection {
        connect(&self.config).unwrap()
    }

    pub(crate) fn administrator(&self) -> PgConnection {
        let conninfo = self.cluster.postgres.admin_conninfo();
        connect(&DatabaseConfig::new(conninfo, "administrator")).unwrap()
    }

    /// `kill -9` of the server and all its processes.
    pub(crate) fn kill_server(&self) {
        self.cluster.postgres.kill_hard().unwrap();
    }

    pub(crate) fn restart_server(&self) {
        self.cluster.postgres.restart().unwrap();
    }

    /// Ends the server process behind a connection, as an administrator or a crash would.
    pub(crate) fn terminate_pid(&self, pid: i32) {
        #[derive(QueryableByName)]
        struct Done {
            #[diesel(sql_type = Bool)]
            done: bool,
        }
        let done: Done = diesel::sql_query("SELECT pg_terminate_backend($1, 10000) AS done")
            .bind::<Integer, _>(pid)
            .get_result(&mut self.administrator())
            .unwrap();
        assert!(done.done);
    }

    /// Waits until some session of this database waits for a lock.
    pub(crate) fn wait_for_blocked_session(&self) {
        let mut administrator = self.administrator();
        wait_for("a session that waits for a lock", || {
            count(
                &mut administrator,
                &format!(
                    "SELECT count(*) AS count FROM pg_stat_activity \
                     WHERE usename = '{}' AND wait_event_type = 'Lock'",
                    self.role
                ),
            ) > 0
        });
    }
}

pub(crate) fn backend_pid(conn: &mut PgConnection) -> i32 {
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    diesel::sql_query("SELECT pg_backend_pid() AS pid")
        .get_result::<Backend>(conn)
        .unwrap()
        .pid
}

/// The column `count` of a query's only row.
pub(crate) fn count(conn: &mut PgConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    diesel::sql_query(query)
        .get_result::<Count>(conn)
        .unwrap()
        .count
}

/// The column `value` of a query's only row.
pub(crate) fn text(conn: &mut PgConnection, query: &str) -> String {
    #[derive(QueryableByName)]
    struct Value {
        #[diesel(sql_type = Text)]
        value: String,
    }
    diesel::sql_query(query)
        .get_result::<Value>(conn)
        .unwrap()
        .value
}

pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "still waiting for {what}");
        std::thread::yield_now();
    }
}
