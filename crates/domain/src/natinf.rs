//! NatInf: the ministry of Justice's nomenclature of offences, judged by date.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::amounts::OffenceClass;
use crate::law::Article;

/// Number of an offence in the nomenclature, at most five digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NatInf(pub u32);

impl std::fmt::Display for NatInf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One version of an entry of the nomenclature: what held between two dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatInfEntry {
    /// Its number.
    pub code: NatInf,
    /// Qualification, in capitals, as the ministry writes it.
    pub qualification: String,
    /// Texts which define the offence (« Prévue par »).
    pub defined_by: String,
    /// Texts which punish it (« Réprimée par »).
    pub punished_by: String,
    /// The first article which punishes it: what the tables of the law list.
    pub article: Option<Article>,
    /// Family in the vetted nomenclature: `stationnement`, `vitesse`…
    pub family: Option<String>,
    /// Whether the CNT takes the offence on: its points and its openness to the fixed fine were vetted.
    pub supported: bool,
    /// Class of the contravention.
    pub class: OffenceClass,
    /// Points withdrawn from the driving licence.
    pub points: u8,
    /// Open to the fixed-fine procedure (CPP R48-1).
    pub fixed_fine: bool,
    /// A reduced fine exists (CPP R49-8-5 excludes parking and all that is not road code).
    pub reduced_fine: bool,
    /// First day in force.
    pub from: Date,
    /// Last day in force; none while it holds.
    pub to: Option<Date>,
}

/// The nomenclature: every version of every entry.
#[derive(Debug, Clone, Default)]
pub struct NatInfList {
    entries: HashMap<NatInf, Vec<NatInfEntry>>,
    graver: HashSet<NatInf>,
}

/// Why a code cannot be used at a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NatInfRefusal {
    /// No entry has this number.
    Unknown,
    /// An entry has it, but not at that date.
    NotInForce,
    /// It is a délit or a crime.
    NotContravention,
}

impl NatInfList {
    /// A list of entries, in any order.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = NatInfEntry>) -> Self {
        let mut list = Self::default();
        for entry in entries {
            list.entries.entry(entry.code).or_default().push(entry);
        }
        list
    }

    /// The same list, with the numbers of délits and crimes.
    #[must_use]
    pub fn with_graver(mut self, codes: impl IntoIterator<Item = NatInf>) -> Self {
        self.graver.extend(codes);
        self
    }

    /// The version of an entry in force on the day of the offence.
    ///
    /// # Errors
    /// When there is none, and why.
    pub fn in_force(&self, code: NatInf, on: Date) -> Result<&NatInfEntry, NatInfRefusal> {
        let Some(versions) = self.entries.get(&code) else {
            return Err(if self.graver.contains(&code) {
                NatInfRefusal::NotContravention
            } else {
                NatInfRefusal::Unknown
            });
        };
        versions
            .iter()
            .find(|entry| entry.from <= on && entry.to.is_none_or(|last| on <= last))
            .ok_or(NatInfRefusal::NotInForce)
    }

    /// Every version of every entry, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &NatInfEntry> {
        self.entries.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(from: Date, to: Option<Date>) -> NatInfEntry {
        NatInfEntry {
            code: NatInf(31_088),
            qualification: "STATIONNEMENT TRES GENANT".to_owned(),
            defined_by: String::new(),
            punished_by: String::new(),
            article: None,
            family: None,
            supported: true,
            class: OffenceClass::Fourth,
            points: 0,
            fixed_fine: true,
            reduced_fine: false,
            from,
            to,
        }
    }

    #[test]
    fn an_entry_is_judged_at_the_date_of_the_offence() {
        let list = NatInfList::new([entry(date(2015, 7, 1), Some(date(2025, 12, 28)))]);
        assert!(list.in_force(NatInf(31_088), date(2025, 12, 28)).is_ok());
        assert_eq!(
            list.in_force(NatInf(31_088), date(2025, 12, 29))
                .unwrap_err(),
            NatInfRefusal::NotInForce
        );
        assert_eq!(
            list.in_force(NatInf(1), date(2025, 12, 28)).unwrap_err(),
            NatInfRefusal::Unknown
        );
        let list = list.with_graver([NatInf(1)]);
        assert_eq!(
            list.in_force(NatInf(1), date(2025, 12, 28)).unwrap_err(),
            NatInfRefusal::NotContravention
        );
    }
}
