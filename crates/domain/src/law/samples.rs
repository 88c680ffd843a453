//! A law for tests.

use jiff::civil::date;

use super::{Calendar, Delays, Law};
use crate::registry::Period;

/// The delays of CPP 529-1 to 530-2-1, without feasts and without any other table.
pub(crate) fn law_of_delays() -> Law {
    Law {
        delays: vec![Delays {
            period: Period {
                from: date(2002, 1, 1),
                to: None,
            },
            minoree_days: 15,
            forfaitaire_days: 45,
            requete_days: 45,
            remote_more_days: 15,
            abroad_more_months: 1,
            majoree_reduced_months: 1,
            majoree_reduction_percent: 20,
            majoree_days: 45,
            reclamation_days: 30,
            reclamation_months_max: 3,
            prescription_years: 1,
            sentence_years: 3,
            refusal_months: 1,
            opposition_days: 30,
            prosecutor_opposition_days: 10,
            court_surcharge_percent: 10,
        }],
        calendar: Calendar::default(),
        ..Law::default()
    }
}
