//! What the database shows to the console, whatever it asks.

use uuid::Uuid;

use crate::support::World;

/// The OMP of the session's operator has one file, another one too.
const OTHER: &str = "OMP-51-01";

/// Whatever the console's role asks, rows of another OMP do not exist for it, and without a session none do.
pub(crate) fn the_database_itself_refuses(world: &World, token: &str, (own, others): (Uuid, Uuid)) {
    let conninfo = world.stack.conninfo("console");
    let psql = |sql: &str| world.stack.stack().postgres().psql(&conninfo, sql);
    let of = |token: &str, sql: &str| {
        let answer = psql(&format!("SET cnt.session = '{token}'; {sql}")).unwrap();
        answer.trim().lines().last().unwrap_or_default().to_owned()
    };
    let count = "SELECT count(*) FROM contestation";
    assert_eq!(of(token, count), "1");
    assert_eq!(of(token, &format!("{count} WHERE id = '{others}'")), "0");
    for stranger in ["", "x", "' OR true --"] {
        assert_eq!(of(&stranger.replace('\'', "''"), count), "0");
    }
    for table in ["avis", "life", "document", "consultation", "courrier"] {
        let every = format!("SELECT count(*) FROM {table}");
        assert_eq!(of("", &every), "0", "{table}");
        assert_ne!(of(token, &every), "0", "{table}");
        assert_ne!(
            world.sql(&every),
            of(token, &every),
            "{table} of another OMP"
        );
    }
    let taken = format!(
        "WITH t AS (UPDATE contestation SET version = version + 1 WHERE id IN ('{own}', '{others}') RETURNING id) SELECT count(*) FROM t"
    );
    assert_eq!(of(token, &taken), "1");
    // Whoever reads all tables reads no secret.
    let postgres = world.stack.stack().postgres();
    postgres.provision(&cnt_testkit::roles()).unwrap();
    let every = |table: &str| {
        let sql = format!("SELECT count(*) FROM contestation.{table}");
        let count = postgres.psql(&world.stack.conninfo("reconcile"), &sql);
        count.unwrap().trim().to_owned()
    };
    assert_eq!(
        ["operator", "operator_session", "contestation"].map(every),
        ["0", "0", "2"]
    );
    let moved = format!("UPDATE contestation SET omp = '{OTHER}' WHERE id = '{own}'");
    for refused in [
        "SELECT * FROM operator",
        "SELECT * FROM operator_session",
        "DELETE FROM contestation",
        "SET ROLE cnt_contestation",
        "ALTER TABLE contestation DISABLE ROW LEVEL SECURITY",
        &moved,
    ] {
        assert!(
            psql(&format!("SET cnt.session = '{token}'; {refused}")).is_err(),
            "{refused}"
        );
    }
}
