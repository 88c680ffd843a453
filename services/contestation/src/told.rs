//! Things that others tell under references of their own: each reference counts once, and what the law does not take is
//! named.

use std::collections::HashSet;

use cnt_domain::ids::AvisNumber;
use cnt_store::LotError;

use crate::life::Outcome;

/// Something told under a reference.
pub(crate) trait Told {
    /// The teller's own reference.
    fn reference(&self) -> &str;
    /// Number of the avis, as told.
    fn avis(&self) -> &str;

    /// The avis; what is no number is no avis: zero is none.
    fn number(&self) -> i64 {
        self.avis()
            .parse::<AvisNumber>()
            .ok()
            .and_then(|number| i64::try_from(number.get()).ok())
            .unwrap_or_default()
    }
}

/// Something that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotApplied {
    /// The teller's reference.
    pub(crate) reference: String,
    /// The avis, as told.
    pub(crate) avis: String,
    /// Why.
    pub(crate) why: String,
}

/// What became of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Imported {
    /// Applied now.
    pub(crate) applied: usize,
    /// Imported before.
    pub(crate) known: usize,
    /// No such avis.
    pub(crate) unknown: Vec<NotApplied>,
    /// The avis does not take it.
    pub(crate) refused: Vec<NotApplied>,
    /// The reference was imported before with other facts: nothing was done.
    pub(crate) conflicting: Vec<NotApplied>,
}

/// Reference, outcome and detail of what was not applied.
pub(crate) type Correction<'a> = (&'a str, &'static str, String);

fn not_applied(row: &impl Told, why: impl Into<String>) -> NotApplied {
    NotApplied {
        reference: row.reference().to_owned(),
        avis: row.avis().to_owned(),
        why: why.into(),
    }
}

/// Lets the new ones happen and sorts out what became of all. References within a lot must differ.
pub(crate) fn settle<'a, R: Told>(
    rows: &'a [R],
    new: &HashSet<String>,
    differing: &HashSet<String>,
    live: impl FnOnce(&[&'a R]) -> Result<Vec<Outcome>, LotError>,
) -> Result<(Imported, Vec<Correction<'a>>), LotError> {
    let (fresh, seen): (Vec<&R>, Vec<&R>) =
        rows.iter().partition(|row| new.contains(row.reference()));
    let mut imported = Imported::default();
    for row in seen {
        if differing.contains(row.reference()) {
            let why = "the reference was imported before with other facts";
            imported.conflicting.push(not_applied(row, why));
        } else {
            imported.known += 1;
        }
    }
    let outcomes = live(&fresh)?;
    let mut corrections = Vec::new();
    for (row, outcome) in fresh.into_iter().zip(outcomes) {
        match outcome {
            Outcome::Lived(_) => imported.applied += 1,
            Outcome::Refused(refusal) => {
                let why = refusal.to_string();
                corrections.push((row.reference(), "refused", why.clone()));
                imported.refused.push(not_applied(row, why));
            }
            Outcome::Unknown => {
                let why = "there is no such avis";
                corrections.push((row.reference(), "unknown", why.to_owned()));
                imported.unknown.push(not_applied(row, why));
            }
        }
    }
    Ok((imported, corrections))
}

/// The first reference that stands twice in a lot.
pub(crate) fn repeated(rows: &[impl Told]) -> Option<usize> {
    let mut seen = HashSet::new();
    rows.iter().position(|row| !seen.insert(row.reference()))
}
