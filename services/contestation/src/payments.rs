//! Payments taken in: each reference once, each applied to the life of its avis by the day that counts.

use cnt_domain::law::Law;
use cnt_domain::life::{Event, Means};
use cnt_domain::money::Cents;
use cnt_store::{LotError, PgConnection};
use jiff::Timestamp;

use crate::db::{self, PaymentRow};
use crate::life::{Happening, What, happen};
use crate::told::{Imported, Told, settle};

/// Cheque or transfer.
pub(crate) const PAPER: &str = "paper";
/// Télépaiement or timbre dématérialisé.
pub(crate) const REMOTE: &str = "remote";
/// Télépaiement of a consignation, for what was written (CPP 529-10).
pub(crate) const CONSIGNATION: &str = "consignation";

impl Told for PaymentRow {
    fn reference(&self) -> &str {
        &self.reference
    }

    fn avis(&self) -> &str {
        &self.avis
    }
}

/// Takes payments in, in the caller's transaction. What is unknown or refused goes back to the comptable. References within
/// a lot must differ.
pub(crate) fn import(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    who: &str,
    rows: &[PaymentRow],
) -> Result<Imported, LotError> {
    let new = db::payments_insert(conn, rows, who, at)?;
    let differing = db::payments_differing(conn, rows)?;
    let (imported, corrections) = settle(rows, &new, &differing, |fresh| {
        let happenings: Vec<Happening> = fresh.iter().map(|row| happening(row)).collect();
        happen(conn, law, at, &happenings)
    })?;
    db::payments_not_applied(conn, &corrections)?;
    Ok(imported)
}

fn happening(row: &PaymentRow) -> Happening {
    let amount = Cents(row.amount_cents);
    let paid = |means| Event::Payment { means, amount };
    let event = match row.means {
        CONSIGNATION => Event::Consigned { amount },
        REMOTE => paid(Means::Remote),
        _ => paid(Means::Paper),
    };
    Happening {
        avis: row.number(),
        what: What::Event(event),
        day: row.day,
        cause: format!("payment {}", row.reference),
    }
}
