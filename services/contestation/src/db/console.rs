//! What the console reads and writes under its own role: the session's token is told to the database first, and its
//! policies show what is the operator's OMP's.

mod act;
mod board;
mod bulk;
mod desk;
mod operator;

use cnt_store::{PgConnection, StoreError};
use diesel::connection::Connection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::prepared::Prepare as _;

pub(crate) use act::{
    DraftRow, FileAct, FileActRow, Told, claim_file, draft, draft_keep, file_act, file_acts, renew,
};
pub(crate) use board::{BoardRow, board, journal_of};
pub(crate) use bulk::{
    BulkFile, BulkRow, DueRow, bulk_cancel, bulk_due, bulk_files, bulk_take, bulk_told, bulk_write,
    bulks,
};
pub(crate) use desk::{DeskRow, Filter, desk, desk_sizes, search};
pub(crate) use operator::{
    Access, Colleague, NewOperator, access, colleagues, entry, holder, operator_put, session_end,
    session_open,
};

/// The operator of a session.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct OperatorRow {
    /// Their login.
    #[diesel(sql_type = Text)]
    pub(crate) login: String,
    /// Their name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// Their OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// `officer`, `clerk`, `supervisor` or `auditor`.
    #[diesel(sql_type = Text)]
    pub(crate) role: String,
}

/// Lets `work` see what the operator of a session may see, in one transaction; none when there is no such session.
pub(crate) fn as_operator<T>(
    conn: &mut PgConnection,
    token: &str,
    work: impl FnOnce(&mut PgConnection, &OperatorRow) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    conn.transaction(|conn| {
        let told = diesel::sql_query("SELECT set_config('cnt.session', $1, true)");
        told.bind::<Text, _>(token).prepared().execute(conn)?;
        let asked = diesel::sql_query("SELECT login, name, omp, role FROM console_session()");
        let operator: Option<OperatorRow> = asked.prepared().get_result(conn).optional()?;
        let Some(operator) = operator else {
            return Ok(None);
        };
        diesel::sql_query("SELECT console_seen()")
            .prepared()
            .execute(conn)?;
        work(conn, &operator).map(Some)
    })
}
