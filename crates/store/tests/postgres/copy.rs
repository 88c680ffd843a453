//! Thousands of rows of a lot: binary COPY, and arrays where a conflict must be borne.

use cnt_store::{EmbeddedMigrations, FailureClass, LotError, lot_transaction, migrate};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Uuid as SqlUuid};
use diesel_migrations::embed_migrations;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Database, count, empty_database};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/postgres/service_migrations");

diesel::table! {
    verdict (id_mif) {
        id_mif -> Uuid,
        ordinal -> Int8,
        body -> Bytea,
        remark -> Nullable<Text>,
        problems -> Jsonb,
    }
}

#[derive(Insertable)]
#[diesel(table_name = verdict, treat_none_as_default_value = false)]
struct NewVerdict<'a> {
    id_mif: Uuid,
    ordinal: i64,
    body: &'a [u8],
    remark: Option<&'a str>,
    problems: serde_json::Value,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = verdict)]
struct StoredVerdict {
    id_mif: Uuid,
    ordinal: i64,
    body: Vec<u8>,
    remark: Option<String>,
    problems: serde_json::Value,
}

fn verdicts(numbers: std::ops::Range<i64>) -> Vec<NewVerdict<'static>> {
    numbers
        .map(|ordinal| NewVerdict {
            id_mif: Uuid::from_u128(u128::from(ordinal.unsigned_abs())),
            ordinal,
            body: &[0, b'\\', b'\t', b'\n', 255],
            remark: (ordinal % 2 == 0).then_some("l'\\N\tété"),
            problems: json!([{ "code": "FORMAT_001", "ordinal": ordinal }]),
        })
        .collect()
}

fn with_table() -> Database {
    let database = empty_database();
    migrate(&mut database.connect(), &MIGRATIONS).unwrap();
    database
}

#[test]
fn a_lot_of_thousands_is_copied_exactly() {
    let database = with_table();
    let conn = &mut database.connect();
    let rows = verdicts(0..5_000);
    let copied = lot_transaction(conn, |conn| {
        Ok(diesel::copy_from(verdict::table)
            .from_insertable(&rows)
            .execute(conn)?)
    });
    assert_eq!(copied.unwrap(), 5_000);
    let read: Vec<StoredVerdict> = verdict::table
        .order(verdict::ordinal)
        .select(StoredVerdict::as_select())
        .load(conn)
        .unwrap();
    assert_eq!(read.len(), rows.len());
    for (row, read) in rows.iter().zip(&read) {
        assert_eq!((row.id_mif, row.ordinal), (read.id_mif, read.ordinal));
        assert_eq!(row.body, read.body);
        assert_eq!(row.remark, read.remark.as_deref());
        assert_eq!(row.problems, read.problems);
    }
}

#[test]
fn a_duplicate_in_a_copy_is_permanent_and_leaves_nothing() {
    let database = with_table();
    let conn = &mut database.connect();
    let mut rows = verdicts(0..10);
    rows.extend(verdicts(3..4));
    let failed = lot_transaction(conn, |conn| {
        Ok(diesel::copy_from(verdict::table)
            .from_insertable(&rows)
            .execute(conn)?)
    })
    .unwrap_err();
    assert_eq!(failed.class(), FailureClass::Permanent, "{failed:?}");
    // The connection serves on.
    assert_eq!(count(conn, "SELECT count(*) AS count FROM verdict"), 0);
}

#[test]
fn a_connection_lost_before_a_copy_is_transient() {
    let database = with_table();
    let mut conn = database.connect();
    let pid = crate::support::backend_pid(&mut conn);
    let rows = verdicts(0..2_000);
    let failed: LotError = lot_transaction(&mut conn, |conn| {
        database.terminate_pid(pid);
        Ok(diesel::copy_from(verdict::table)
            .from_insertable(&rows)
            .execute(conn)?)
    })
    .unwrap_err();
    assert_eq!(failed.class(), FailureClass::Transient, "{failed:?}");
}

#[test]
fn arrays_bear_conflicts() {
    let database = with_table();
    let conn = &mut database.connect();
    let insert = |conn: &mut PgConnection, numbers: std::ops::Range<i64>| {
        let rows = verdicts(numbers);
        diesel::sql_query(
            "INSERT INTO verdict (id_mif, ordinal, body, problems) \
             SELECT id_mif, ordinal, body, '[]' FROM unnest($1, $2, $3) AS v(id_mif, ordinal, body) \
             ORDER BY id_mif ON CONFLICT (id_mif) DO NOTHING",
        )
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|v| v.id_mif).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows.iter().map(|v| v.ordinal).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(rows.iter().map(|v| v.body).collect::<Vec<_>>())
        .execute(conn)
        .unwrap()
    };
    assert_eq!(insert(conn, 0..1_000), 1_000);
    assert_eq!(insert(conn, 500..1_500), 500);
}
