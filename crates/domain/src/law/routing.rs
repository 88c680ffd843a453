//! Which OMP acts where it is not that of the place.

use jiff::civil::Date;

use crate::codes::{OmpCode, Siren};
use crate::natinf::NatInfEntry;
use crate::registry::Period;

use super::{ArticleRule, Law};

/// Offences whose OMP is not that of the place: those found by automated devices, which are deemed found where they are
/// processed (code de la route L130-9), and those of transports, before the seat of the firm (CPP 522).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialCompetence {
    /// Senders whose offences are meant; all if empty.
    pub sirens: Vec<Siren>,
    /// The OMP competent.
    pub omp: OmpCode,
    /// The offences.
    pub articles: ArticleRule,
}

/// An officer who acts in the place of another, by order and for a time (CPP 46 to 48).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitution {
    /// The OMP that is replaced.
    pub omp: OmpCode,
    /// The one that acts.
    pub by: OmpCode,
    /// When.
    pub period: Period,
    /// The order, or why.
    pub reason: String,
}

impl Law {
    /// The special rule for an offence of a sender on a day; the first that applies.
    #[must_use]
    pub fn special_competence(
        &self,
        siren: &Siren,
        entry: &NatInfEntry,
        on: Date,
    ) -> Option<&SpecialCompetence> {
        self.special_competence.iter().find(|rule| {
            (rule.sirens.is_empty() || rule.sirens.contains(siren))
                && rule.articles.applies(entry, on)
        })
    }

    /// Who acts in the place of an OMP on a day; a substitute is not substituted in turn.
    #[must_use]
    pub fn substitution(&self, omp: &OmpCode, on: Date) -> Option<&Substitution> {
        self.substitutions
            .iter()
            .rev()
            .find(|row| row.omp == *omp && row.period.contains(on))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(omp: &str, by: &str, from: Date, to: Option<Date>) -> Substitution {
        Substitution {
            omp: omp.parse().unwrap(),
            by: by.parse().unwrap(),
            period: Period { from, to },
            reason: "ordonnance".to_owned(),
        }
    }

    #[test]
    fn a_substitute_acts_for_its_time_and_the_last_order_counts() {
        let law = Law {
            substitutions: vec![
                row(
                    "OMP-35-01",
                    "OMP-35-02",
                    date(2026, 1, 1),
                    Some(date(2026, 12, 31)),
                ),
                row(
                    "OMP-35-01",
                    "OMP-22-01",
                    date(2026, 7, 1),
                    Some(date(2026, 7, 31)),
                ),
                row("OMP-35-02", "OMP-35-01", date(2026, 1, 1), None),
            ],
            ..Law::default()
        };
        let by = |omp: &str, day| {
            let found = law.substitution(&omp.parse().unwrap(), day);
            found.map(|row| row.by.to_string())
        };
        assert_eq!(by("OMP-35-01", date(2025, 12, 31)), None);
        assert_eq!(
            by("OMP-35-01", date(2026, 1, 1)).as_deref(),
            Some("OMP-35-02")
        );
        assert_eq!(
            by("OMP-35-01", date(2026, 7, 14)).as_deref(),
            Some("OMP-22-01")
        );
        assert_eq!(
            by("OMP-35-01", date(2026, 12, 31)).as_deref(),
            Some("OMP-35-02")
        );
        assert_eq!(by("OMP-35-01", date(2027, 1, 1)), None);
        assert_eq!(by("OMP-75-01", date(2026, 7, 14)), None);
    }
}
