//! Conventions: the signed agreements without which a collectivity has no cards (ANTS) and cannot send (ANTAI).
//!
//! The convention with the ANTAI names the communes whose offences it covers; amendments add communes, or remove
//! them, from a date. What counts is the day of the offence.

use jiff::civil::Date;

use crate::codes::InseeCode;
use crate::registry::Period;

/// With which agency, hence for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConventionKind {
    /// With the Agence nationale des titres sécurisés: agents' cards.
    Ants,
    /// With the Agence nationale de traitement automatisé des infractions: electronic tickets.
    Antai,
}

/// A convention with its amendments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convention {
    /// What it is for.
    pub kind: ConventionKind,
    /// Its number.
    pub number: String,
    /// When it holds.
    pub period: Period,
    /// Communes covered from its first day; none for a convention about cards.
    pub communes: Vec<InseeCode>,
    /// Amendments, in the order of their dates.
    pub amendments: Vec<Amendment>,
}

/// An amendment (*avenant*): what changes from a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// Its number within the convention, from 1.
    pub number: u16,
    /// First day on which it holds.
    pub from: Date,
    /// Communes covered from then on.
    pub adds: Vec<InseeCode>,
    /// Communes no longer covered from then on.
    pub removes: Vec<InseeCode>,
}

impl Convention {
    /// Whether it covers an offence committed in a commune on a day.
    #[must_use]
    pub fn covers(&self, commune: &InseeCode, day: Date) -> bool {
        if !self.period.contains(day) {
            return false;
        }
        let in_effect = self.amendments.iter().rev().filter(|it| it.from <= day);
        for amendment in in_effect {
            if amendment.removes.contains(commune) {
                return false;
            }
            if amendment.adds.contains(commune) {
                return true;
            }
        }
        self.communes.contains(commune)
    }

    /// Every commune that it covers or ever covered, each once.
    #[must_use]
    pub fn all_communes(&self) -> Vec<&InseeCode> {
        let added = self.amendments.iter().flat_map(|it| &it.adds);
        let mut communes: Vec<&InseeCode> = self.communes.iter().chain(added).collect();
        communes.sort_unstable();
        communes.dedup();
        communes
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn commune(code: &str) -> InseeCode {
        code.parse().unwrap()
    }

    /// Armentières, with La Chapelle-d'Armentières from 1 March to 31 August, then again from 1 December.
    fn convention() -> Convention {
        let amendment = |number, from, adds: &[&str], removes: &[&str]| Amendment {
            number,
            from,
            adds: adds.iter().map(|code| commune(code)).collect(),
            removes: removes.iter().map(|code| commune(code)).collect(),
        };
        Convention {
            kind: ConventionKind::Antai,
            number: "ANTAI-2020-0001".to_owned(),
            period: Period {
                from: date(2020, 1, 1),
                to: Some(date(2026, 12, 31)),
            },
            communes: vec![commune("59017")],
            amendments: vec![
                amendment(1, date(2026, 3, 1), &["59143"], &[]),
                amendment(2, date(2026, 9, 1), &[], &["59143"]),
                amendment(3, date(2026, 12, 1), &["59143"], &[]),
            ],
        }
    }

    #[test]
    fn amendments_add_and_remove_from_their_date() {
        let (convention, chapelle) = (convention(), commune("59143"));
        for (day, is_covered) in [
            (date(2026, 2, 28), false),
            (date(2026, 3, 1), true),
            (date(2026, 8, 31), true),
            (date(2026, 9, 1), false),
            (date(2026, 11, 30), false),
            (date(2026, 12, 1), true),
            (date(2027, 1, 1), false),
        ] {
            assert_eq!(convention.covers(&chapelle, day), is_covered, "{day}");
        }
    }

    #[test]
    fn what_was_covered_from_the_first_day_stays_until_the_last() {
        let (convention, seat) = (convention(), commune("59017"));
        for (day, is_covered) in [
            (date(2019, 12, 31), false),
            (date(2020, 1, 1), true),
            (date(2026, 12, 31), true),
            (date(2027, 1, 1), false),
        ] {
            assert_eq!(convention.covers(&seat, day), is_covered, "{day}");
        }
        assert!(!convention.covers(&commune("35238"), date(2026, 3, 1)));
        assert_eq!(convention.all_communes().len(), 2);
    }
}
