//! Double ticketing: the same vehicle, place and offence within a window (practice of the conventions: a warning).
//!
//! Only accepted messages count, and each counts once: the second of two is warned of, whichever lot the first came in.

use std::collections::HashMap;

use cnt_domain::mif::Mif;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_trust::sha256;

/// The usual window in seconds, before and after: an hour.
pub const DOUBLE_TICKETING_S: i64 = 3_600;

/// What makes two tickets one, and when the offence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Hash of plate, place and NatInf: never the plate itself.
    pub key: i64,
    /// Unix seconds of the offence.
    pub at_s: i64,
}

impl Ticket {
    /// The ticket of a MIF about a vehicle.
    #[must_use]
    pub fn of(mif: &Mif) -> Option<Self> {
        let plate = &mif.vehicle.as_ref()?.plate;
        let place = &mif.offence.place;
        let parts = [
            plate.as_str(),
            &plate.country().to_string(),
            place.commune.as_str(),
            &place.street,
            place.number.as_deref().unwrap_or_default(),
            &mif.offence.natinf.to_string(),
        ];
        let hash = sha256(parts.join("\u{1f}").as_bytes());
        let (start, _) = hash.split_first_chunk::<8>()?;
        Some(Self {
            key: i64::from_be_bytes(*start),
            at_s: mif.offence.at.as_second(),
        })
    }

    /// The problem of a ticket that doubles an earlier one.
    #[must_use]
    pub fn doubled() -> Problem {
        Problem::at(
            ProblemCode::DuplicateTicketing,
            "/vehicule/immatriculation",
            "",
        )
    }
}

/// Tickets seen so far, in the order in which they were received.
#[derive(Debug, Default)]
pub struct Tickets {
    seen: HashMap<i64, Vec<i64>>,
}

impl Tickets {
    /// Takes a ticket in; true if it doubles one taken in before within so many seconds.
    pub fn take(&mut self, ticket: Ticket, window_s: i64) -> bool {
        let times = self.seen.entry(ticket.key).or_default();
        let is_double = times
            .iter()
            .any(|at_s| (ticket.at_s - at_s).abs() <= window_s);
        times.push(ticket.at_s);
        is_double
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_both_ends() {
        let mut tickets = Tickets::default();
        let mut take = |key, at_s| tickets.take(Ticket { key, at_s }, 60);
        assert!(!take(1, 1_000));
        assert!(!take(2, 1_000), "another vehicle");
        assert!(take(1, 1_060) && take(1, 940));
        assert!(!take(1, 1_121));
        assert!(!take(1, 879));
    }
}
