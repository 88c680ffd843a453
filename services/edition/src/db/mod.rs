//! The service's tables. The only place of this service that names diesel.

mod letters;
mod lots;

use cnt_store::EmbeddedMigrations;
use diesel_migrations::embed_migrations;

pub use letters::{FinishedLetters, finish_letters, letters_done, reserve_letters};
pub use lots::{Finished, LotRow, Reservation, Wanted, done, finish, finish_empty, reserve, row};

/// The service's own migrations.
#[must_use]
pub fn migrations() -> EmbeddedMigrations {
    const OWN: EmbeddedMigrations = embed_migrations!("migrations");
    OWN
}
