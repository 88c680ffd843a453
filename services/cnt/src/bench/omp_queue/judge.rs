//! What the sessions were told, held against what the database says.

use std::collections::HashMap;

use cnt_store::PgConnection;
use uuid::Uuid;

use super::load::Ledger;
use super::offices::Operator;
use crate::db::queue_rows;

/// Everything that does not agree; nothing when all is well.
pub(super) fn breaks(
    conn: &mut PgConnection,
    operators: &[Operator],
    service: &Ledger,
    bare: &Ledger,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut equal = |what: &str, told: u64, kept: u64| {
        if told != kept {
            found.push(format!(
                "{what}: {told} by the sessions, {kept} by the database"
            ));
        }
    };
    for (name, ledger) in [("files", service), ("bare rows", bare)] {
        equal(&format!("{name} with two at once"), ledger.doubled(), 0);
    }
    let claims = service.claims();
    equal("claims", claims, queue_rows::journalled_claims(conn)?);
    let changes = claims + service.releases();
    equal("changes of files", changes, queue_rows::changes(conn)?);
    let rows = queue_rows::claimed(conn)?;
    equal("files claimed", counted(&service.held()), rows_of(&rows)?);
    let rows_bare = queue_rows::bare_claimed(conn)?;
    equal(
        "bare rows claimed",
        counted(&bare.held()),
        rows_of(&rows_bare)?,
    );
    let held = service.held();
    let others = rows.iter().filter(|row| {
        let operator = held.get(&row.id).and_then(|rank| operators.get(*rank));
        operator.is_none_or(|operator| operator.name != row.claimed_by)
    });
    equal(
        "files with another operator",
        0,
        u64::try_from(others.count())?,
    );
    let held = bare.held();
    let others = rows_bare.iter().filter(|row| !held.contains_key(&row.id));
    equal(
        "bare rows that nobody took",
        0,
        u64::try_from(others.count())?,
    );
    Ok(found)
}

fn counted(held: &HashMap<Uuid, usize>) -> u64 {
    u64::try_from(held.len()).unwrap_or(u64::MAX)
}

fn rows_of<T>(rows: &[T]) -> anyhow::Result<u64> {
    Ok(u64::try_from(rows.len())?)
}
