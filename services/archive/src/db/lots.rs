//! Registering and finding lots and documents.

use cnt_store::{LotError, PgConnection, StoreError};
use diesel::prelude::*;

use super::rows::{DocumentRow, LotRow, NewLot};
use super::{document, lot};

/// Registers lots and their documents, a COPY each, in the caller's transaction.
pub(crate) fn register(
    conn: &mut PgConnection,
    lots: &[NewLot],
    documents: &[&DocumentRow],
) -> Result<(), LotError> {
    if !lots.is_empty() {
        diesel::copy_from(lot::table)
            .from_insertable(lots)
            .execute(conn)?;
    }
    if !documents.is_empty() {
        diesel::copy_from(document::table)
            .from_insertable(documents.to_vec())
            .execute(conn)?;
    }
    Ok(())
}

/// A registered lot.
pub(crate) fn lot_find(
    conn: &mut PgConnection,
    lot_id: &[u8],
) -> Result<Option<LotRow>, StoreError> {
    Ok(lot::table
        .find(lot_id)
        .select(LotRow::as_select())
        .first(conn)
        .optional()?)
}
