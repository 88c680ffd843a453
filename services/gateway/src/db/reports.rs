//! Reports that officers asked of agents.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Uuid as SqlUuid};
use uuid::Uuid;

/// A report asked of a collectivity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReportAsked {
    /// The question.
    pub(crate) inquiry: Uuid,
    /// The collectivity.
    pub(crate) siren: i32,
}

/// Remembers who may answer, all in one statement.
pub(crate) fn reports_asked(
    conn: &mut PgConnection,
    asked: &[&ReportAsked],
) -> Result<(), StoreError> {
    if asked.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO report_asked (inquiry, siren) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(asked.iter().map(|one| one.inquiry).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(asked.iter().map(|one| one.siren).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Whether a question was put to a collectivity.
pub(crate) fn is_report_asked(
    conn: &mut PgConnection,
    inquiry: Uuid,
    siren: i32,
) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_asked: bool,
    }
    let row: Row = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM report_asked WHERE inquiry = $1 AND siren = $2) AS is_asked",
    )
    .bind::<SqlUuid, _>(inquiry)
    .bind::<Integer, _>(siren)
    .get_result(conn)?;
    Ok(row.is_asked)
}
