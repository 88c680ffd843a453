//! Finding a document and journalling that it was read, in one transaction.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;

use super::rows::DocumentRow;
use super::search::within;
use super::{consultation, document};
use crate::caller::Caller;

/// Who reads what, and why.
#[derive(Debug, Clone)]
pub(crate) struct Consultation {
    /// Who reads, in which role and why.
    pub(crate) caller: Caller,
    /// The avis whose file is read.
    pub(crate) avis: i64,
    /// Kind of document.
    pub(crate) kind: String,
    /// Issue; none for the latest.
    pub(crate) issue: Option<i16>,
    /// What is given out: `document`, `facts`, `proof`.
    pub(crate) what: &'static str,
}

/// The document asked for, if the caller's role may see it. That it was read is committed before it is returned; what is
/// not there is not a file of anybody and leaves no trace.
pub(crate) fn journalled(
    conn: &mut PgConnection,
    asked: &Consultation,
) -> Result<Option<DocumentRow>, StoreError> {
    conn.transaction(|conn| {
        let mut query = within(&asked.caller, document::table.into_boxed())
            .filter(document::avis.eq(asked.avis))
            .filter(document::kind.eq(&asked.kind));
        if let Some(issue) = asked.issue {
            query = query.filter(document::issue.eq(issue));
        }
        let found: Option<DocumentRow> = query
            .order(document::issue.desc())
            .select(DocumentRow::as_select())
            .first(conn)
            .optional()?;
        if let Some(row) = &found {
            diesel::insert_into(consultation::table)
                .values((
                    consultation::who.eq(&asked.caller.who),
                    consultation::role.eq(asked.caller.role.to_string()),
                    consultation::purpose.eq(&asked.caller.purpose),
                    consultation::avis.eq(asked.avis),
                    consultation::what.eq(format!("{} {}", asked.what, row.member_id)),
                ))
                .execute(conn)?;
        }
        Ok(found)
    })
}
