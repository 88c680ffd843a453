//! Amounts by class and author, by the day of the offence.

use jiff::civil::Date;

use crate::amounts::{FineAmounts, OffenceClass};
use crate::money::Cents;
use crate::natinf::NatInfEntry;
use crate::registry::Period;

use super::{Dated, Law, in_force};

/// What a scale is of: the first class has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScaleClass {
    /// Pedestrians, first class (CPP R49, 1°).
    Pedestrian,
    /// A class.
    Class(OffenceClass),
}

/// The amounts of a class for a natural person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Of what.
    pub of: ScaleClass,
    /// For offences committed in this period.
    pub period: Period,
    /// Reduced fine (CPP R49-9).
    pub minoree: Option<Cents>,
    /// Fixed fine (CPP R49).
    pub forfaitaire: Cents,
    /// Increased fine (CPP R49-7).
    pub majoree: Cents,
    /// The most a court may impose (CP 131-13).
    pub court_max: Cents,
}

impl Dated for Scale {
    fn period(&self) -> Period {
        self.period
    }
}

/// To whom an avis is addressed, as far as amounts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// A natural person: author, or holder of the certificate.
    Natural,
    /// A legal person as the author of the offence (CPP 530-3).
    Legal,
    /// The representative of a legal person which holds the certificate (code de la route L121-2, L121-3).
    Representative,
}

/// How many times the amounts of natural persons an author owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorRule {
    /// The author.
    pub author: Author,
    /// For offences committed in this period.
    pub period: Period,
    /// So many times.
    pub factor: i64,
}

impl Law {
    /// The amounts of an offence committed on a day; none if it is not open to the fixed fine, or the tables have no
    /// amounts for that day.
    #[must_use]
    pub fn amounts(&self, entry: &NatInfEntry, author: Author, on: Date) -> Option<FineAmounts> {
        if !self.is_fixed_fine(entry, on) {
            return None;
        }
        let of = if entry.class == OffenceClass::First && self.is_pedestrian(entry, on) {
            ScaleClass::Pedestrian
        } else {
            ScaleClass::Class(entry.class)
        };
        let scale = self
            .scales
            .iter()
            .rev()
            .find(|scale| scale.of == of && scale.period.contains(on))?;
        let factor = self.factor(author, on);
        let minoree = scale.minoree.filter(|_| self.is_reduced_fine(entry, on));
        Some(FineAmounts {
            minoree: match minoree {
                Some(amount) => Some(amount.times(factor)?),
                None => None,
            },
            forfaitaire: scale.forfaitaire.times(factor)?,
            majoree: scale.majoree.times(factor)?,
        })
    }

    /// The most a court may impose on a natural person for a class (CP 131-13).
    #[must_use]
    pub fn court_max(&self, class: OffenceClass, on: Date) -> Option<Cents> {
        self.scales
            .iter()
            .rev()
            .find(|scale| scale.of == ScaleClass::Class(class) && scale.period.contains(on))
            .map(|scale| scale.court_max)
    }

    /// The amount of an increased fine paid within the delay of its reduction (CPP R49-6), on a day that decides which
    /// rate holds: that of the avis.
    #[must_use]
    pub fn majoree_reduced(&self, majoree: Cents, sent: Date) -> Option<Cents> {
        let percent = in_force(&self.delays, sent)?.majoree_reduction_percent;
        Some(majoree.less_percent(percent))
    }

    fn factor(&self, author: Author, on: Date) -> i64 {
        self.authors
            .iter()
            .rev()
            .find(|rule| rule.author == author && rule.period.contains(on))
            .map_or(1, |rule| rule.factor)
    }
}
