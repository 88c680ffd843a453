use std::sync::Barrier;

use cnt_store::{EmbeddedMigrations, StoreError, migrate, migrations};
use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel_migrations::{MigrationHarness, embed_migrations};

use crate::support::{count, database, empty_database, migrations_of_nothing, text, wait_for};

const OF_A_SERVICE: EmbeddedMigrations = embed_migrations!("tests/postgres/service_migrations");

#[test]
fn shared_tables_come_first_in_the_schema_of_the_role() {
    let database = empty_database();
    let conn = &mut database.connect();
    let applied = migrate(conn, &OF_A_SERVICE).unwrap();
    assert_eq!(
        applied,
        ["00000000000001", "20260101000001", "20260101000002"]
    );
    assert_eq!(migrate(conn, &OF_A_SERVICE).unwrap(), Vec::<String>::new());
    let tables = text(
        conn,
        "SELECT string_agg(table_name, ' ' ORDER BY table_name) AS value \
         FROM information_schema.tables WHERE table_schema = current_schema()",
    );
    assert_eq!(
        tables,
        "__diesel_schema_migrations done_lot outbox position quarantine verdict"
    );
    // The session's limits are what they were.
    assert_eq!(
        text(conn, "SELECT current_setting('statement_timeout') AS value"),
        "30s"
    );
    assert_eq!(
        text(conn, "SELECT current_setting('lock_timeout') AS value"),
        "10s"
    );
}

#[test]
fn instances_that_start_at_once_migrate_once() {
    const INSTANCES: usize = 4;
    let database = empty_database();
    let barrier = Barrier::new(INSTANCES);
    let applied: usize = std::thread::scope(|scope| {
        let instances: Vec<_> = (0..INSTANCES)
            .map(|_| {
                scope.spawn(|| {
                    let mut conn = database.connect();
                    barrier.wait();
                    migrate(&mut conn, &OF_A_SERVICE).unwrap().len()
                })
            })
            .collect();
        instances.into_iter().map(|i| i.join().unwrap()).sum()
    });
    assert_eq!(applied, 3);
    let locks = "SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' \
                 AND pid IN (SELECT pid FROM pg_stat_activity WHERE usename = current_user)";
    assert_eq!(count(&mut database.connect(), locks), 0);
}

#[test]
fn an_instance_waits_for_the_one_that_migrates() {
    let database = empty_database();
    let mut holder = database.connect();
    holder
        .batch_execute(&format!(
            "SELECT pg_advisory_lock(hashtextextended('cnt_store migrate {}', 0))",
            database.schema
        ))
        .unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| migrate(&mut database.connect(), &OF_A_SERVICE));
        let mut administrator = database.administrator();
        let asking = format!(
            "SELECT count(*) AS count FROM pg_stat_activity \
             WHERE usename = '{}' AND query LIKE '%pg_try_advisory_lock%'",
            database.role
        );
        wait_for("the second instance to ask", || {
            count(&mut administrator, &asking) > 0
        });
        assert!(!waiter.is_finished());
        drop(holder);
        assert_eq!(waiter.join().unwrap().unwrap().len(), 3);
    });
}

#[test]
fn down_and_up_again() {
    let database = database();
    let conn = &mut database.connect();
    let reverted = MigrationHarness::<Pg>::revert_all_migrations(conn, migrations())
        .unwrap()
        .len();
    assert_eq!(reverted, 1);
    assert_eq!(migrate(conn, &migrations_of_nothing()).unwrap().len(), 1);
}

#[test]
fn two_migrations_of_one_version_are_refused() {
    let database = empty_database();
    let twice = migrate(&mut database.connect(), &migrations());
    assert!(
        matches!(twice, Err(StoreError::Refused { .. })),
        "{twice:?}"
    );
}

#[test]
fn a_role_without_a_schema_is_told_so() {
    let database = empty_database();
    let conn = &mut database.connect();
    conn.batch_execute("SET search_path = nowhere").unwrap();
    let refused = migrate(conn, &OF_A_SERVICE);
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );
}

#[test]
fn every_foreign_key_and_every_state_column_is_guarded() {
    let database = database();
    let conn = &mut database.connect();
    let unchecked = count(
        conn,
        "SELECT count(*) AS count FROM information_schema.columns c \
         WHERE table_schema = current_schema() AND column_name = 'state' AND NOT EXISTS \
         (SELECT FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid = c.table_name::regclass \
          AND pg_get_constraintdef(k.oid) LIKE '%state%ARRAY%')",
    );
    assert_eq!(unchecked, 0);
    assert_eq!(
        count(
            conn,
            "SELECT count(*) AS count FROM pg_constraint WHERE contype = 'f' \
                     AND connamespace = current_schema()::regnamespace"
        ),
        0
    );
}
