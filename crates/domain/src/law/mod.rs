//! The law as dated tables: amounts, delays, holidays, competence, who answers for a vehicle.
//!
//! The tables are data, carried by each version of the registry: a new version changes the law from a day on, without a
//! release. The code here knows how to read them and holds no figure of its own. What the law says nothing about in the
//! tables does not exist: an empty [`Law`] opens no offence to the fixed fine and gives nobody competence.

mod amounts;
mod article;
mod calendar;
mod delays;
mod routing;
mod rules;
#[cfg(test)]
pub(crate) mod samples;

pub use amounts::{Author, AuthorRule, Scale, ScaleClass};
pub use article::{Article, ArticleNumber, ArticleRange, LegalCode};
pub use calendar::{Calendar, Feast, FeastDay};
pub use delays::{Delays, MajoreeDeadlines};
pub use routing::{SpecialCompetence, Substitution};
pub use rules::{
    ArticleRule, Competence, CompetenceRule, HolderLiability, HolderRule, Need, NeedRule, SpeedBand,
};

use jiff::civil::Date;

use crate::natinf::NatInfEntry;
use crate::registry::{AgentQuality, Period};

/// Every table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Law {
    /// Name of this edition of the tables.
    pub edition: String,
    /// Amounts by class (CPP R49, R49-7, R49-9; CP 131-13).
    pub scales: Vec<Scale>,
    /// Amounts by author (CPP 530-3; code de la route L121-2, L121-3).
    pub authors: Vec<AuthorRule>,
    /// Contraventions open to the fixed fine (CPP R48-1).
    pub fixed_fine: Vec<ArticleRule>,
    /// Contraventions open to the reduced fine (CPP 529-7, R49-8-5).
    pub reduced_fine: Vec<ArticleRule>,
    /// Contraventions of pedestrians, whose first class has amounts of its own (CPP R49, 1°).
    pub pedestrians: Vec<ArticleRule>,
    /// Who may record what (code de la route R130-2 to R130-4, CPP R15-33-29-3).
    pub competence: Vec<CompetenceRule>,
    /// What the holder of the registration certificate answers for (code de la route L121-2, L121-3, R121-6).
    pub holders: Vec<HolderRule>,
    /// What an offence cannot be recorded without.
    pub needs: Vec<NeedRule>,
    /// Excess of speed by NatInf (code de la route R413-14).
    pub speeds: Vec<SpeedBand>,
    /// Delays (CPP 529-1 to 530-2-1, R49-3-1, R49-6).
    pub delays: Vec<Delays>,
    /// Days of rest (CPP 801, code du travail L3133-1).
    pub calendar: Calendar,
    /// Offences whose OMP is not that of their place (code de la route L130-9, transports).
    pub special_competence: Vec<SpecialCompetence>,
    /// Who acts in the place of which OMP, and until when (CPP 46 to 48).
    pub substitutions: Vec<Substitution>,
}

/// A row of a table, for a period.
trait Dated {
    fn period(&self) -> Period;
}

/// The row in force on a day; of several, the last written.
fn in_force<T: Dated>(rows: &[T], on: Date) -> Option<&T> {
    rows.iter().rev().find(|row| row.period().contains(on))
}

impl Law {
    /// Whether an offence is open to the fixed fine on a day: vetted as such, and listed by CPP R48-1.
    #[must_use]
    pub fn is_fixed_fine(&self, entry: &NatInfEntry, on: Date) -> bool {
        entry.fixed_fine && rules::any_applies(&self.fixed_fine, entry, on)
    }

    /// Whether an offence has a reduced fine on a day: vetted as such, and listed by CPP R49-8-5.
    #[must_use]
    pub fn is_reduced_fine(&self, entry: &NatInfEntry, on: Date) -> bool {
        entry.reduced_fine && rules::any_applies(&self.reduced_fine, entry, on)
    }

    /// Whether an offence is a pedestrian's (CPP R49, 1°).
    #[must_use]
    pub fn is_pedestrian(&self, entry: &NatInfEntry, on: Date) -> bool {
        rules::any_applies(&self.pedestrians, entry, on)
    }

    /// Whether an agent may record an offence.
    #[must_use]
    pub fn competence(
        &self,
        quality: AgentQuality,
        entry: &NatInfEntry,
        on_motorway: bool,
        on: Date,
    ) -> Competence {
        let mut found = Competence::No;
        for rule in &self.competence {
            if !rule.applies(quality, entry, on_motorway, on) {
                continue;
            }
            if rule.is_established {
                return Competence::Yes;
            }
            found = Competence::Unverified;
        }
        found
    }

    /// What the holder of the registration certificate answers for, if nobody was met.
    #[must_use]
    pub fn holder(&self, entry: &NatInfEntry, on: Date) -> HolderLiability {
        self.holders
            .iter()
            .find(|rule| rule.articles.applies(entry, on))
            .map_or(HolderLiability::None, |rule| rule.liability)
    }

    /// Whether an offence cannot be recorded without something.
    #[must_use]
    pub fn needs(&self, need: Need, entry: &NatInfEntry, on: Date) -> bool {
        self.needs
            .iter()
            .any(|rule| rule.need == need && rule.articles.applies(entry, on))
    }

    /// The excess of speed that an offence means, if it is one of speed.
    #[must_use]
    pub fn speed(&self, entry: &NatInfEntry) -> Option<&SpeedBand> {
        self.speeds.iter().find(|band| band.natinf == entry.code)
    }
}
