//! The whole stack on a real Kafka and a real PostgreSQL.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use cnt_stack::process::ProcessIdentity;
use cnt_stack::{
    AfterStop, DatabaseRole, Kafka, Postgres, Stack, StackConfig, StackError, StackState,
};

fn roles() -> Vec<DatabaseRole> {
    vec![
        DatabaseRole::service("validation"),
        DatabaseRole::service("edition"),
        DatabaseRole::read_all("reconcile"),
    ]
}

fn as_role(postgres: &Postgres, role: &str, sql: &str) -> Result<String, StackError> {
    postgres.psql(&postgres.conninfo(role), sql)
}

fn identity(pid: i32) -> ProcessIdentity {
    ProcessIdentity::of(pid).unwrap()
}

fn refused(result: Result<String, StackError>, reason: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn both_servers_start_serve_survive_kills_and_leave_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("stack");
    let config = StackConfig {
        start_deadline: Duration::from_secs(240),
        ..StackConfig::discover_for_test(&dir).unwrap()
    };
    let stack = Stack::start(&config).unwrap();
    let postgres = stack.postgres();

    postgres.provision(&roles()).unwrap();
    each_role_sees_what_is_its_own(postgres);
    secrets_are_for_the_owner_alone(postgres, &dir);
    a_killed_database_comes_back_with_its_rows(postgres);
    a_killed_broker_comes_back_on_its_port(stack.kafka());

    let state = stack.state();
    let servers = [
        identity(stack.kafka().pid()),
        identity(stack.postgres().pid()),
    ];
    let home = state.postgres.unwrap().home;
    assert_eq!(StackState::read(&dir).unwrap().running().len(), 2);
    stack.stop().unwrap();
    assert!(servers.iter().all(|server| !server.is_running()));
    assert!(!home.exists(), "{}", home.display());
    assert!(
        !dir.exists(),
        "{:?}",
        fs::read_dir(&dir).map(Iterator::collect::<Vec<_>>)
    );
}

fn each_role_sees_what_is_its_own(postgres: &Postgres) {
    as_role(
        postgres,
        "validation",
        "CREATE TABLE verdict (id int); INSERT INTO verdict VALUES (1)",
    )
    .unwrap();
    as_role(
        postgres,
        "edition",
        "CREATE TABLE avis (id int); INSERT INTO avis VALUES (7)",
    )
    .unwrap();
    assert_eq!(
        as_role(postgres, "edition", "SHOW search_path")
            .unwrap()
            .trim(),
        "edition"
    );
    refused(
        as_role(postgres, "edition", "SELECT * FROM validation.verdict"),
        "permission denied",
    );
    refused(
        as_role(postgres, "edition", "CREATE TABLE public.intruder (id int)"),
        "permission denied",
    );
    refused(
        as_role(postgres, "edition", "CREATE SCHEMA more"),
        "permission denied",
    );

    let both = "SELECT (SELECT id FROM validation.verdict), (SELECT id FROM edition.avis)";
    assert_eq!(as_role(postgres, "reconcile", both).unwrap(), "1|7\n");
    let write = "SET default_transaction_read_only = off; DELETE FROM edition.avis";
    refused(as_role(postgres, "reconcile", write), "permission denied");

    // Again, with a service more, which the reader then reads as well.
    let more = [roles(), vec![DatabaseRole::service("archive")]].concat();
    postgres.provision(&more).unwrap();
    as_role(postgres, "archive", "CREATE TABLE leaf AS SELECT 3 AS id").unwrap();
    assert_eq!(
        as_role(postgres, "reconcile", "SELECT id FROM archive.leaf").unwrap(),
        "3\n"
    );
    refused(
        as_role(postgres, "reconcile", "SELECT * FROM absent"),
        "does not exist",
    );
    assert!(matches!(
        postgres.provision(&[DatabaseRole::service("a;b")]),
        Err(StackError::RoleName { .. })
    ));
}

fn secrets_are_for_the_owner_alone(postgres: &Postgres, dir: &Path) {
    let passfile = postgres.record().passfile;
    assert_eq!(
        fs::metadata(&passfile).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let parent = fs::metadata(passfile.parent().unwrap()).unwrap();
    assert_eq!(parent.permissions().mode() & 0o777, 0o700);
    let log = fs::read_to_string(dir.join("logs/postgresql.log")).unwrap();
    for line in fs::read_to_string(&passfile).unwrap().lines() {
        let password = line.rsplit(':').next().unwrap();
        assert!(!log.contains(password));
        assert!(!postgres.conninfo("validation").contains(password));
    }
    let anonymous = postgres.conninfo("validation").replace("pgpass", "none");
    refused(
        postgres.psql(&anonymous, "SELECT 1"),
        "no password supplied",
    );
}

fn a_killed_database_comes_back_with_its_rows(postgres: &Postgres) {
    for round in 2..4 {
        as_role(
            postgres,
            "validation",
            &format!("INSERT INTO verdict VALUES ({round})"),
        )
        .unwrap();
        let killed = identity(postgres.pid());
        std::thread::scope(|scope| {
            // A backend that is at work when the blow falls.
            let busy = scope.spawn(|| as_role(postgres, "validation", "SELECT pg_sleep(600)"));
            let deadline = Instant::now() + Duration::from_secs(60);
            let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' \
                            AND pid <> pg_backend_pid()";
            while postgres.psql(&postgres.admin_conninfo(), sleeping).unwrap() != "1\n" {
                assert!(Instant::now() < deadline, "the busy backend never came");
            }
            postgres.kill_hard().unwrap();
            assert!(busy.join().unwrap().is_err());
        });
        assert!(!killed.is_running());
        assert!(!postgres.is_alive());
        postgres.restart().unwrap();
        let count = as_role(postgres, "validation", "SELECT count(*) FROM verdict").unwrap();
        assert_eq!(count, format!("{round}\n"));
    }
}

fn a_killed_broker_comes_back_on_its_port(kafka: &Kafka) {
    let (bootstrap, port) = (kafka.bootstrap().to_owned(), kafka.record().client_port);
    let killed = identity(kafka.pid());
    kafka.kill_hard().unwrap();
    assert!(!killed.is_running());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    kafka.restart().unwrap();
    assert_ne!(identity(kafka.pid()), killed);
    assert_eq!(
        (kafka.bootstrap(), kafka.record().client_port),
        (bootstrap.as_str(), port)
    );
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
}

#[test]
fn a_detached_stack_is_found_again_and_stopped() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("stack");
    let config = StackConfig {
        after_stop: AfterStop::Keep,
        start_deadline: Duration::from_secs(240),
        ..StackConfig::discover_for_test(&dir).unwrap()
    };
    assert!(matches!(
        Stack::attach(&config),
        Err(StackError::NotRunning { .. })
    ));
    let started = Stack::start_detached(&config).unwrap();
    let servers = [
        identity(started.kafka().pid()),
        identity(started.postgres().pid()),
    ];
    drop(started);
    assert!(servers.iter().all(ProcessIdentity::is_running));
    assert!(matches!(
        Postgres::start(&config),
        Err(StackError::AlreadyRunning { .. })
    ));

    let found = Stack::attach(&config).unwrap();
    assert_eq!(identity(found.kafka().pid()), servers[0]);
    found.postgres().provision(&roles()).unwrap();
    found.postgres().kill_hard().unwrap();
    found.postgres().restart().unwrap();
    let restarted = identity(found.postgres().pid());
    drop(found);
    assert!(restarted.is_running());

    assert!(matches!(
        Stack::remove(&config),
        Err(StackError::AlreadyRunning { .. })
    ));
    Stack::attach(&config).unwrap().stop().unwrap();
    assert!(!restarted.is_running() && !servers[0].is_running());
    assert_eq!(
        StackState::read(&dir)
            .unwrap()
            .stop(Duration::ZERO)
            .unwrap(),
        0
    );
    Stack::remove(&config).unwrap();
    assert!(!dir.exists());
}

#[test]
fn a_cluster_finds_a_place_when_its_directory_is_closed_and_far() {
    let parent = tempfile::tempdir().unwrap();
    let closed = parent.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let dir = closed.join(format!("it's a {} way", "long ".repeat(20)));
    let config = StackConfig::discover_for_test(&dir).unwrap();

    let postgres = Postgres::start(&config).unwrap();
    let record = postgres.record();
    let socket = record.socket_dir.join(format!(".s.PGSQL.{}", record.port));
    assert!(
        socket.exists() && socket.as_os_str().len() < 100,
        "{}",
        socket.display()
    );
    postgres.provision(&roles()).unwrap();
    assert_eq!(as_role(&postgres, "edition", "SELECT 1").unwrap(), "1\n");
    postgres.restart().unwrap();
    assert_eq!(postgres.record().socket_dir, record.socket_dir);

    drop(postgres);
    assert!(!record.home.exists() && !record.socket_dir.exists());
    assert_eq!(
        fs::read_dir(&dir).unwrap().count(),
        1,
        "only the directory of logs is left"
    );
}
