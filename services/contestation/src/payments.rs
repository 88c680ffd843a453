//! Payments taken in: each reference once, each applied to the life of its avis by the day that counts.

use std::collections::HashSet;

use cnt_domain::ids::AvisNumber;
use cnt_domain::law::Law;
use cnt_domain::life::{Event, Means};
use cnt_domain::money::Cents;
use cnt_store::{LotError, PgConnection};
use jiff::Timestamp;

use crate::db::{self, PaymentRow};
use crate::life::{Happening, Outcome, What, happen};

/// Cheque or transfer.
pub(crate) const PAPER: &str = "paper";
/// Télépaiement or timbre dématérialisé.
pub(crate) const REMOTE: &str = "remote";

/// A payment that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotApplied {
    /// The Treasury's reference.
    pub(crate) reference: String,
    /// The avis, as told.
    pub(crate) avis: String,
    /// Why.
    pub(crate) why: String,
}

/// What became of a lot of payments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Imported {
    /// Payments applied now.
    pub(crate) applied: usize,
    /// Payments imported before.
    pub(crate) known: usize,
    /// No such avis: back to the comptable.
    pub(crate) unknown: Vec<NotApplied>,
    /// The avis takes no money any more: back to the comptable.
    pub(crate) refused: Vec<NotApplied>,
    /// The reference was imported before with other facts: nothing was done.
    pub(crate) conflicting: Vec<NotApplied>,
}

fn not_applied(row: &PaymentRow, why: impl Into<String>) -> NotApplied {
    NotApplied {
        reference: row.reference.clone(),
        avis: row.avis.clone(),
        why: why.into(),
    }
}

/// Takes payments in, in the caller's transaction. References within a lot must differ.
pub(crate) fn import(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    who: &str,
    rows: &[PaymentRow],
) -> Result<Imported, LotError> {
    let new = db::payments_insert(conn, rows, who, at)?;
    let differing = db::payments_differing(conn, rows)?;
    let mut imported = Imported::default();
    let fresh: Vec<&PaymentRow> = rows
        .iter()
        .filter(|row| new.contains(&row.reference))
        .collect();
    for row in rows.iter().filter(|row| !new.contains(&row.reference)) {
        if differing.contains(&row.reference) {
            let why = "the reference was imported before with other facts";
            imported.conflicting.push(not_applied(row, why));
        } else {
            imported.known += 1;
        }
    }
    let happenings: Vec<Happening> = fresh.iter().map(|row| happening(row)).collect();
    let outcomes = happen(conn, law, at, &happenings)?;
    let mut corrections = Vec::new();
    for (row, outcome) in fresh.into_iter().zip(outcomes) {
        match outcome {
            Outcome::Lived(_) => imported.applied += 1,
            Outcome::Refused(refusal) => {
                let why = refusal.to_string();
                corrections.push((row.reference.as_str(), "refused", why.clone()));
                imported.refused.push(not_applied(row, why));
            }
            Outcome::Unknown => {
                let why = "there is no such avis";
                corrections.push((row.reference.as_str(), "unknown", why.to_owned()));
                imported.unknown.push(not_applied(row, why));
            }
        }
    }
    db::payments_not_applied(conn, &corrections)?;
    Ok(imported)
}

fn happening(row: &PaymentRow) -> Happening {
    // What is no avis number is no avis: zero is none.
    let avis = row
        .avis
        .parse::<AvisNumber>()
        .ok()
        .and_then(|number| i64::try_from(number.get()).ok())
        .unwrap_or_default();
    let means = if row.means == REMOTE {
        Means::Remote
    } else {
        Means::Paper
    };
    let amount = Cents(row.amount_cents);
    Happening {
        avis,
        what: What::Event(Event::Payment { means, amount }),
        day: row.day,
        cause: format!("payment {}", row.reference),
    }
}

/// The first reference that stands twice in a lot.
pub(crate) fn repeated(rows: &[PaymentRow]) -> Option<usize> {
    let mut seen = HashSet::new();
    rows.iter()
        .position(|row| !seen.insert(row.reference.as_str()))
}
