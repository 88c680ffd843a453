//! The tables of validation: the only place that names diesel.

mod lot;
mod mif;

use cnt_store::{PgConnection, StoreError};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

pub(crate) use lot::{LotRow, lot_insert, next_lot_seq};
#[cfg(test)]
pub(crate) use mif::Holder;
pub(crate) use mif::{Occupant, Occupied, mif_find, mif_insert, tickets_doubled};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings the schema up to date.
pub(crate) fn migrate(conn: &mut PgConnection) -> Result<(), StoreError> {
    cnt_store::migrate(conn, &MIGRATIONS).map(drop)
}
