//! Acts of the procedure taken in: judgments of the tribunal de police, oppositions, and acts that interrupt prescription.

use cnt_domain::law::Law;
use cnt_domain::life::Event;
use cnt_domain::money::Cents;
use cnt_store::{LotError, PgConnection};
use jiff::Timestamp;

use crate::db::{self, ActRow};
use crate::life::{Happening, What, happen};
use crate::told::{Imported, Told, settle};

impl Told for ActRow {
    fn reference(&self) -> &str {
        &self.reference
    }

    fn avis(&self) -> &str {
        &self.avis
    }
}

/// What an act is, as its row keeps it.
pub(crate) const RELAXE: &str = "relaxe";
/// A conviction, with its fine.
pub(crate) const CONVICTION: &str = "conviction";
/// An opposition to an ordonnance pénale (CPP 527).
pub(crate) const OPPOSITION: &str = "opposition";
/// An act of prosecution (CPP 9-2).
pub(crate) const INTERRUPTION: &str = "interruption";

/// Takes acts in, in the caller's transaction. References within a lot must differ.
pub(crate) fn import(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    who: &str,
    rows: &[ActRow],
) -> Result<Imported, LotError> {
    let new = db::acts_insert(conn, rows, who, at)?;
    let differing = db::acts_differing(conn, rows)?;
    let (imported, corrections) = settle(rows, &new, &differing, |fresh| {
        let happenings: Vec<Happening> = fresh
            .iter()
            .map(|row| Happening {
                avis: row.number(),
                what: What::Event(event(row)),
                day: row.day,
                cause: format!("act {}", row.reference),
            })
            .collect();
        happen(conn, law, at, &happenings)
    })?;
    db::acts_not_applied(conn, &corrections)?;
    Ok(imported)
}

fn event(row: &ActRow) -> Event {
    match row.kind {
        RELAXE => Event::Relaxe,
        CONVICTION => Event::Conviction {
            fine: Cents(row.fine_cents.unwrap_or_default()),
        },
        OPPOSITION => Event::Opposition,
        _ => Event::Interruption,
    }
}
