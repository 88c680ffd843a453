use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::time::Duration;

use cnt_store::positions::{PositionMove, advance, load};
use cnt_store::{
    DatabaseConfig, FailureClass, LotError, PgConnection, Pool, Session, StoreError, StoreMetrics,
    connect, connect_within, lot_transaction,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use prometheus::Registry;
use uuid::Uuid;

use crate::support::{backend_pid, database, private_database, text};

fn ask(conn: &mut PgConnection) -> Result<usize, StoreError> {
    Ok(diesel::sql_query("SELECT 1").execute(conn)?)
}

fn step(expected: i64) -> PositionMove {
    PositionMove {
        topic_id: Uuid::from_u128(1),
        topic: "t".to_owned(),
        partition: 0,
        expected,
        next: expected + 1,
    }
}

#[test]
fn a_session_is_set_up() {
    let database = database();
    let conn = &mut database.connect();
    for (setting, value) in [
        ("application_name", database.role.as_str()),
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "2min"),
        ("client_connection_check_interval", "5s"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(
            text(
                conn,
                &format!("SELECT current_setting('{setting}') AS value")
            ),
            value,
            "{setting}"
        );
    }
}

#[test]
fn a_terminated_backend_is_transient_and_the_session_connects_anew() {
    let database = database();
    let registry = Registry::new();
    let metrics = StoreMetrics::register(&registry, "test").unwrap();
    let mut session = Session::new(database.config.clone()).with_metrics(metrics);
    session.lot(|conn| Ok(advance(conn, &[step(0)])?)).unwrap();
    let before = backend_pid(session.connection().unwrap());

    // Between two lots.
    database.terminate_pid(before);
    let error = session
        .lot(|conn| Ok(advance(conn, &[step(1)])?))
        .unwrap_err();
    assert_eq!(error.class(), FailureClass::Transient, "{error:?}");
    session.lot(|conn| Ok(advance(conn, &[step(1)])?)).unwrap();
    assert_ne!(backend_pid(session.connection().unwrap()), before);

    // Within a lot: its first half is gone.
    let error = session
        .lot(|conn| {
            advance(conn, &[step(2)])?;
            let pid = backend_pid(conn);
            database.terminate_pid(pid);
            ask(conn)?;
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.class(), FailureClass::Transient, "{error:?}");
    let conn = session.connection().unwrap();
    assert_eq!(load(conn, &[(Uuid::from_u128(1), 0)]).unwrap(), [Some(2)]);

    // Just before the commit.
    let error = session
        .lot(|conn| {
            advance(conn, &[step(2)])?;
            let pid = backend_pid(conn);
            database.terminate_pid(pid);
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.class(), FailureClass::Transient, "{error:?}");
    session.lot(|conn| Ok(advance(conn, &[step(2)])?)).unwrap();
    let counted = registry.gather().remove(2);
    let outcomes: Vec<(String, f64)> = counted
        .get_metric()
        .iter()
        .map(|m| {
            (
                m.get_label()[0].value().to_owned(),
                m.get_counter().get_value(),
            )
        })
        .collect();
    assert!(
        outcomes.contains(&("committed".to_owned(), 3.0)),
        "{outcomes:?}"
    );
    assert!(
        outcomes.contains(&("transient".to_owned(), 3.0)),
        "{outcomes:?}"
    );
}

#[test]
fn a_restart_of_the_server_is_transient_for_everybody() {
    let database = private_database();
    let pool = Pool::new(database.config.clone()).unwrap();
    let mut session = Session::new(database.config.clone());
    // Two idle connections in the pool.
    pool.run(|conn| {
        ask(conn)?;
        pool.run(ask)
    })
    .unwrap();
    assert_eq!(pool.open_connections(), 2);
    session.lot(|conn| Ok(advance(conn, &[step(0)])?)).unwrap();

    database.kill_server();
    let error = session
        .lot(|conn| Ok(advance(conn, &[step(1)])?))
        .unwrap_err();
    assert_eq!(error.class(), FailureClass::Transient, "{error:?}");
    // Not there at all.
    let error = session
        .lot(|conn| Ok(advance(conn, &[step(1)])?))
        .unwrap_err();
    assert!(
        matches!(error, LotError::Store(StoreError::Connect(_))),
        "{error:?}"
    );
    assert_eq!(error.class(), FailureClass::Transient, "{error:?}");
    let error = connect_within(&database.config, Duration::from_millis(50))
        .err()
        .unwrap();
    assert!(error.is_transient());

    let patient = std::thread::scope(|scope| {
        let patient = scope.spawn(|| connect_within(&database.config, Duration::from_secs(60)));
        database.restart_server();
        patient.join().unwrap()
    });
    assert!(patient.is_ok());
    session.lot(|conn| Ok(advance(conn, &[step(1)])?)).unwrap();
    // One request of the pool fails, and takes the other dead connection with it.
    assert!(pool.run(ask).unwrap_err().is_transient());
    assert_eq!(pool.open_connections(), 0);
    pool.run(|conn| {
        ask(conn)?;
        pool.run(ask)
    })
    .unwrap();
}

#[test]
fn the_pool_is_bounded_and_hands_connections_on() {
    let database = database();
    let config = DatabaseConfig {
        pool_size: 2,
        ..database.config.clone()
    };
    let pool = Pool::with_acquire_timeout(config.clone(), Duration::from_millis(20)).unwrap();
    let exhausted = pool.run(|_| pool.run(|_| pool.run(ask)));
    assert!(
        matches!(exhausted, Err(StoreError::PoolExhausted { .. })),
        "{exhausted:?}"
    );
    assert!(exhausted.unwrap_err().is_transient());

    let pool = Pool::new(config).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    pool.run(ask).unwrap();
                }
            });
        }
    });
    assert!((1..=2).contains(&pool.open_connections()));
    let pids = [(); 2].map(|()| {
        pool.run(|conn| Ok::<_, StoreError>(backend_pid(conn)))
            .unwrap()
    });
    assert_eq!(pids[0], pids[1], "the connection is used again");
}

#[test]
fn a_panic_in_a_transaction_closes_its_connection() {
    let database = database();
    let pool = Pool::new(database.config.clone()).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        pool.run(|conn| lot_transaction(conn, |_| -> Result<(), LotError> { panic!("bug") }))
    }));
    assert!(panicked.is_err());
    assert_eq!(pool.open_connections(), 0);

    // The same when the caller catches the panic and goes on.
    pool.run(|conn| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lot_transaction(conn, |_| -> Result<(), LotError> { panic!("bug") })
        }));
        assert!(caught.is_err());
        Ok::<_, StoreError>(())
    })
    .unwrap();
    assert_eq!(pool.open_connections(), 0);
    pool.run(ask).unwrap();

    // A data error is no reason to give a connection up.
    let error = pool.run(|conn| Ok::<_, StoreError>(conn.batch_execute("SELECT 1 / 0")?));
    assert_eq!(error.unwrap_err().class(), FailureClass::Permanent);
    assert_eq!(pool.open_connections(), 1);
}

#[test]
fn data_errors_are_permanent() {
    let database = database();
    let conn = &mut database.connect();
    conn.batch_execute("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL CHECK (n > 0)); INSERT INTO t VALUES (1, 1)")
        .unwrap();
    for bad in [
        "SELECT 1 / 0",
        "SELECT 'x'::int",
        "SELECT E'\\\\xzz'::bytea",
        "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO t VALUES (2, 0)",
        "INSERT INTO t VALUES (2, NULL)",
        "SELECT * FROM nowhere",
        "nonsense",
    ] {
        let error = StoreError::from(conn.batch_execute(bad).unwrap_err());
        assert_eq!(error.class(), FailureClass::Permanent, "{bad}: {error:?}");
    }
    ask(conn).unwrap();
}

#[test]
fn a_deadlock_is_transient_for_its_victim() {
    let database = database();
    database
        .connect()
        .batch_execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    let barrier = Barrier::new(2);
    let lock = |first: i32, second: i32| {
        lot_transaction(&mut database.connect(), |conn| {
            conn.batch_execute(&format!("UPDATE t SET id = id WHERE id = {first}"))?;
            barrier.wait();
            conn.batch_execute(&format!("UPDATE t SET id = id WHERE id = {second}"))?;
            Ok(())
        })
    };
    let outcomes = std::thread::scope(|scope| {
        let other = scope.spawn(|| lock(2, 1));
        [lock(1, 2), other.join().unwrap()]
    });
    let failures: Vec<_> = outcomes.iter().filter_map(|o| o.as_ref().err()).collect();
    assert_eq!(failures.len(), 1, "{outcomes:?}");
    assert_eq!(failures[0].class(), FailureClass::Transient, "{failures:?}");
}

#[test]
fn timeouts_and_serialization_failures_are_transient() {
    let database = database();
    let mut holder = database.connect();
    holder
        .batch_execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
        .unwrap();
    holder.batch_execute("BEGIN; UPDATE t SET id = 2").unwrap();
    let class = |statement_timeout_ms, lock_timeout_ms, statement: &str| {
        let config = DatabaseConfig {
            statement_timeout_ms,
            lock_timeout_ms,
            ..database.config.clone()
        };
        let error = connect(&config)
            .unwrap()
            .batch_execute(statement)
            .unwrap_err();
        StoreError::from(error).class()
    };
    assert_eq!(class(0, 20, "UPDATE t SET id = 3"), FailureClass::Transient);
    assert_eq!(class(20, 0, "UPDATE t SET id = 3"), FailureClass::Transient);
    let nowait = "SELECT * FROM t FOR UPDATE NOWAIT";
    assert_eq!(class(0, 0, nowait), FailureClass::Transient);

    let mut serial = database.connect();
    serial
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t")
        .unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let error = serial.batch_execute("UPDATE t SET id = 4").unwrap_err();
    assert!(StoreError::from(error).is_transient());
}

#[test]
fn a_running_statement_ended_by_the_administrator_is_transient() {
    let database = database();
    let (told, pid) = channel();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let mut conn = database.connect();
            told.send(backend_pid(&mut conn)).unwrap();
            StoreError::from(conn.batch_execute("SELECT pg_sleep(60)").unwrap_err())
        });
        database.terminate_pid(pid.recv().unwrap());
        let error = running.join().unwrap();
        assert!(error.is_transient(), "{error:?}");
    });
}

#[test]
fn a_role_that_does_not_exist_is_permanent() {
    let database = database();
    let conninfo = format!("{} user=nobody_at_all", database.config.conninfo);
    let error = connect_within(
        &DatabaseConfig::new(conninfo, "test"),
        Duration::from_secs(60),
    );
    assert_eq!(error.err().unwrap().class(), FailureClass::Permanent);
}
