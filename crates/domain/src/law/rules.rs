//! Tables of articles: which offences a rule is about.

use jiff::civil::Date;

use crate::amounts::OffenceClass;
use crate::natinf::{NatInf, NatInfEntry};
use crate::registry::{AgentQuality, Period};

use super::article::{ArticleRange, LegalCode};

/// Which offences a rule is about, from when to when: by the article that punishes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleRule {
    /// The text the rule stands in.
    pub basis: String,
    /// When it holds.
    pub period: Period,
    /// Of this code.
    pub code: LegalCode,
    /// Only of these classes; of all if empty.
    pub classes: Vec<OffenceClass>,
    /// Only of these families of the vetted nomenclature; of all if empty.
    pub families: Vec<String>,
    /// Only these articles; all of the code if empty.
    pub only: Vec<ArticleRange>,
    /// But not these.
    pub except: Vec<ArticleRange>,
    /// And of none of these families.
    pub except_families: Vec<String>,
}

impl ArticleRule {
    /// Whether it is about an offence on a day.
    #[must_use]
    pub fn applies(&self, entry: &NatInfEntry, on: Date) -> bool {
        self.period.contains(on)
            && (self.classes.is_empty() || self.classes.contains(&entry.class))
            && self.is_of_code(entry)
            && self.is_of_family(entry)
    }

    fn is_of_code(&self, entry: &NatInfEntry) -> bool {
        let Some(article) = entry.article else {
            // Decrees and orders have no code.
            return self.code == LegalCode::Other && self.only.is_empty();
        };
        let names =
            |ranges: &[ArticleRange]| ranges.iter().any(|range| range.contains(article.number));
        article.code == self.code
            && (self.only.is_empty() || names(&self.only))
            && !names(&self.except)
    }

    fn is_of_family(&self, entry: &NatInfEntry) -> bool {
        let names = |families: &[String]| {
            entry
                .family
                .as_ref()
                .is_some_and(|own| families.iter().any(|family| family == own))
        };
        (self.families.is_empty() || names(&self.families)) && !names(&self.except_families)
    }
}

pub(super) fn any_applies(rules: &[ArticleRule], entry: &NatInfEntry, on: Date) -> bool {
    rules.iter().any(|rule| rule.applies(entry, on))
}

/// Whether an agent may record an offence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Competence {
    /// A text says so.
    Yes,
    /// No text of the tables says so or denies it.
    Unverified,
    /// The texts do not open it.
    No,
}

/// What agents of a quality may record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetenceRule {
    /// The quality.
    pub quality: AgentQuality,
    /// On motorways only, off motorways only, or anywhere.
    pub on_motorway: Option<bool>,
    /// Whether the text gives the competence, or is known to exist but not to us word for word.
    pub is_established: bool,
    /// The offences.
    pub articles: ArticleRule,
}

impl CompetenceRule {
    pub(super) fn applies(
        &self,
        quality: AgentQuality,
        entry: &NatInfEntry,
        on_motorway: bool,
        on: Date,
    ) -> bool {
        self.quality == quality
            && self.on_motorway.is_none_or(|only| only == on_motorway)
            && self.articles.applies(entry, on)
    }
}

/// What the holder of the registration certificate answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HolderLiability {
    /// Responsable pécuniairement (code de la route L121-2): parking, tolls, waste.
    Responsible,
    /// Redevable pécuniairement (code de la route L121-3, R121-6): pays, loses no points.
    Liable,
    /// Not at all: only the driver is (code de la route L121-1).
    None,
}

/// Offences for which the holder answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderRule {
    /// How.
    pub liability: HolderLiability,
    /// For which.
    pub articles: ArticleRule,
}

/// Something an offence cannot be recorded without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// A person who was met.
    Person,
    /// A vehicle.
    Vehicle,
}

/// Offences which need something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedRule {
    /// What.
    pub need: Need,
    /// Which offences.
    pub articles: ArticleRule,
}

/// The excess of speed that a NatInf means, in km/h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeedBand {
    /// The offence.
    pub natinf: NatInf,
    /// Least excess, included.
    pub over_min: u16,
    /// Greatest excess, excluded.
    pub over_below: u16,
    /// Lowest limit, included.
    pub limit_min: u16,
    /// Highest limit, included.
    pub limit_max: u16,
}

impl SpeedBand {
    /// Whether a retained speed under a limit is this offence.
    #[must_use]
    pub fn contains(&self, limit: u16, retained: u16) -> bool {
        retained > limit
            && (self.over_min..self.over_below).contains(&(retained - limit))
            && (self.limit_min..=self.limit_max).contains(&limit)
    }
}
