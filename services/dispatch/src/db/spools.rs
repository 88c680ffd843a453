//! Spools: closing, listing, the plant's acknowledgement.

use cnt_flow::WorkError;
use cnt_store::outbox::{self, OutboxEvent};
use cnt_store::{LotError, PgConnection, StoreError};
use diesel::data_types::PgDate;
use diesel::prelude::*;

use super::rows::{FoldRow, NewSpool, SpoolRow};
use super::{fold, folds, spool};

/// Spools listed at most.
const LISTED_MAX: i64 = 200;

/// Closes a spool over folds in their print order, all or none.
pub(crate) fn spool_close(
    conn: &mut PgConnection,
    closed: &NewSpool,
    taken: &[FoldRow],
) -> Result<(), LotError> {
    diesel::insert_into(spool::table)
        .values(closed)
        .execute(conn)?;
    let marked = folds::spooled(conn, &closed.spool_id, taken)?;
    if marked == taken.len() {
        Ok(())
    } else {
        let detail = format!(
            "{marked} of the {} folds of a spool were waiting",
            taken.len()
        );
        Err(LotError::refused(detail))
    }
}

/// A spool.
pub(crate) fn spool_find(
    conn: &mut PgConnection,
    spool_id: &[u8],
) -> Result<Option<SpoolRow>, StoreError> {
    Ok(spool::table
        .find(spool_id)
        .select(SpoolRow::as_select())
        .first(conn)
        .optional()?)
}

/// The latest spools, of a plant and of a day if given.
pub(crate) fn spool_list(
    conn: &mut PgConnection,
    plant: Option<&str>,
    day: Option<PgDate>,
) -> Result<Vec<SpoolRow>, StoreError> {
    let mut query = spool::table.select(SpoolRow::as_select()).into_boxed();
    if let Some(plant) = plant {
        query = query.filter(spool::plant.eq(plant.to_owned()));
    }
    if let Some(day) = day {
        query = query.filter(spool::day.eq(day));
    }
    let latest = (spool::closed_at.desc(), spool::spool_id.asc());
    Ok(query.order(latest).limit(LISTED_MAX).load(conn)?)
}

/// What became of an acknowledgement.
#[derive(Debug, Clone)]
pub(crate) enum Deposit {
    /// There is no such spool.
    Unknown,
    /// Another day was acknowledged before.
    Other(PgDate),
    /// It is recorded, now or before.
    Recorded(SpoolRow),
}

/// Records that a spool was handed to the post; the event leaves after the commit.
pub(crate) fn deposit(
    conn: &mut PgConnection,
    spool_id: &[u8],
    day: PgDate,
    event: impl FnOnce(&SpoolRow) -> Result<OutboxEvent, WorkError>,
) -> Result<Deposit, LotError> {
    conn.transaction(|conn| {
        let found: Option<SpoolRow> = spool::table
            .find(spool_id)
            .select(SpoolRow::as_select())
            .for_update()
            .first(conn)
            .optional()?;
        let Some(mut found) = found else {
            return Ok(Deposit::Unknown);
        };
        match found.deposited_on {
            Some(before) if before != day => return Ok(Deposit::Other(before)),
            Some(_) => return Ok(Deposit::Recorded(found)),
            None => {}
        }
        diesel::update(spool::table.find(spool_id))
            .set((
                spool::deposited_on.eq(Some(day)),
                spool::deposited_at.eq(diesel::dsl::now
                    .into_sql::<diesel::sql_types::Timestamptz>()
                    .nullable()),
            ))
            .execute(conn)?;
        diesel::update(fold::table.filter(fold::spool_id.eq(spool_id)))
            .set(fold::state.eq("deposited"))
            .execute(conn)?;
        found.deposited_on = Some(day);
        let event = event(&found).map_err(LotError::refused)?;
        outbox::put(conn, &[event])?;
        Ok(Deposit::Recorded(found))
    })
}
