//! How the ministry's list changes the nomenclature from a day on, and what two nomenclatures differ in.

use std::collections::{BTreeMap, BTreeSet};

use cnt_contracts::registry::{DateText, NatInfV1, PeriodV1};
use jiff::civil::Date;

use super::official::{Nature, OfficialEntry, OfficialList};

/// How a list is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// The day from which it holds.
    pub from: Date,
    /// Whether it is the whole nomenclature, so that what it lacks has ended.
    pub is_complete: bool,
}

/// One change of the nomenclature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NatInfChange {
    /// A contravention that was not there. The CNT does not take it on until its points are vetted.
    Added(u32),
    /// Other words, texts or class.
    Changed(u32),
    /// No longer in the list.
    Ended(u32),
}

/// A nomenclature after an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Every version of every contravention.
    pub natinf: Vec<NatInfV1>,
    /// Numbers of délits and crimes.
    pub graver: Vec<u32>,
    /// What changed, in the order of the codes.
    pub changes: Vec<NatInfChange>,
}

/// The nomenclature that follows when a list is taken in: a changed entry ends on the day before, and goes on with its
/// new words from the day on. What the list does not say (points, fixed fine, family) stays as it was vetted, unless the
/// class changed: then it must be vetted anew.
#[must_use]
pub fn merge(natinf: &[NatInfV1], graver: &[u32], list: &OfficialList, import: Import) -> Merge {
    let mut merged: Vec<NatInfV1> = natinf.to_vec();
    let mut changes = Vec::new();
    let from = DateText(import.from.to_string());
    let before = DateText(import.from.yesterday().unwrap_or(import.from).to_string());
    let mut listed = BTreeSet::new();
    let mut numbers: BTreeSet<u32> = graver.iter().copied().collect();
    let open = current(natinf);
    for entry in &list.entries {
        let Nature::Contravention(class) = entry.nature else {
            numbers.insert(entry.code);
            continue;
        };
        numbers.remove(&entry.code);
        listed.insert(entry.code);
        match open.get(&entry.code) {
            None => {
                merged.push(fresh(entry, class, from.clone()));
                changes.push(NatInfChange::Added(entry.code));
            }
            Some(&at) => {
                let Some(old) = merged.get_mut(at) else {
                    continue;
                };
                if is_same(old, entry, class) {
                    continue;
                }
                changes.push(NatInfChange::Changed(entry.code));
                let new = changed(old, entry, class, from.clone());
                if old.period.from.0 < from.0 {
                    old.period.to = Some(before.clone());
                    merged.push(new);
                } else {
                    *old = new;
                }
            }
        }
    }
    for (code, at) in &open {
        let is_gone = import.is_complete && !listed.contains(code);
        if let Some(old) = merged
            .get_mut(*at)
            .filter(|old| is_gone && old.period.from.0 < from.0)
        {
            old.period.to = Some(before.clone());
            changes.push(NatInfChange::Ended(*code));
        }
    }
    merged.sort_by(|one, other| {
        (one.code, &one.period.from.0).cmp(&(other.code, &other.period.from.0))
    });
    changes.sort_by_key(code_of);
    Merge {
        natinf: merged,
        graver: numbers.into_iter().collect(),
        changes,
    }
}

fn code_of(change: &NatInfChange) -> u32 {
    match change {
        NatInfChange::Added(code) | NatInfChange::Changed(code) | NatInfChange::Ended(code) => {
            *code
        }
    }
}

/// The places of the versions that hold on, by code.
fn current(natinf: &[NatInfV1]) -> BTreeMap<u32, usize> {
    natinf
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.period.to.is_none())
        .map(|(at, entry)| (entry.code, at))
        .collect()
}

fn is_same(old: &NatInfV1, entry: &OfficialEntry, class: u8) -> bool {
    old.class == class
        && old.qualification == entry.qualification
        && old.defined_by == entry.defined_by
        && old.punished_by == entry.punished_by
}

fn fresh(entry: &OfficialEntry, class: u8, from: DateText) -> NatInfV1 {
    NatInfV1 {
        code: entry.code,
        qualification: entry.qualification.clone(),
        defined_by: entry.defined_by.clone(),
        punished_by: entry.punished_by.clone(),
        class,
        points: 0,
        // The tables of the law decide by the article; until the points are vetted nothing is taken on.
        fixed_fine: true,
        reduced_fine: true,
        family: None,
        supported: false,
        period: PeriodV1 { from, to: None },
    }
}

fn changed(old: &NatInfV1, entry: &OfficialEntry, class: u8, from: DateText) -> NatInfV1 {
    if old.class != class {
        return fresh(entry, class, from);
    }
    NatInfV1 {
        points: old.points,
        fixed_fine: old.fixed_fine,
        reduced_fine: old.reduced_fine,
        family: old.family.clone(),
        supported: old.supported,
        ..fresh(entry, class, from)
    }
}

/// What the second of two lists has otherwise than the first, in the order of the codes.
#[must_use]
pub fn diff(one: &[OfficialEntry], other: &[OfficialEntry]) -> Vec<NatInfChange> {
    let by_code = |entries: &[OfficialEntry]| -> BTreeMap<u32, OfficialEntry> {
        entries
            .iter()
            .map(|entry| (entry.code, entry.clone()))
            .collect()
    };
    let (one, other) = (by_code(one), by_code(other));
    let mut changes: Vec<NatInfChange> = other
        .iter()
        .filter_map(|(code, entry)| match one.get(code) {
            None => Some(NatInfChange::Added(*code)),
            Some(known) if known != entry => Some(NatInfChange::Changed(*code)),
            Some(_) => None,
        })
        .collect();
    changes.extend(
        one.keys()
            .filter(|code| !other.contains_key(code))
            .map(|code| NatInfChange::Ended(*code)),
    );
    changes.sort_by_key(code_of);
    changes
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{natinf, read_official};
    use super::*;

    const DAY: Date = date(2026, 12, 1);

    fn list(lines: &str) -> OfficialList {
        let header = "Numéro NATINF;Nature;Qualification;Définie par;Réprimée par";
        read_official(format!("{header}\n{lines}").as_bytes()).unwrap()
    }

    fn taken_in(natinf: &[NatInfV1], lines: &str, is_complete: bool) -> Merge {
        let import = Import {
            from: DAY,
            is_complete,
        };
        merge(natinf, &[], &list(lines), import)
    }

    #[test]
    fn the_extract_of_2026_is_what_was_vetted() {
        let vetted = natinf().unwrap();
        let extract = include_bytes!("../../../data/natinf_officiel_extrait.csv");
        let import = Import {
            from: DAY,
            is_complete: false,
        };
        let merged = merge(&vetted, &[], &read_official(extract).unwrap(), import);
        // The vetted table adds words of its own to the four offences of dangerous dogs.
        assert!(
            merged.changes.iter().all(|change| matches!(
                change,
                NatInfChange::Changed(22_154 | 22_159 | 22_160 | 22_161)
            )),
            "{:?}",
            merged.changes
        );
    }

    #[test]
    fn an_import_changes_the_nomenclature_from_a_day_on() {
        let vetted = natinf().unwrap();
        let lines = "31088;Contravention de classe 4;AUTRES MOTS;ART.R.417-11 C.ROUTE.;ART.R.417-11 C.ROUTE.\n\
                     7587;Contravention de classe 4;DOUBLE FILE;ART.R.417-10 C.ROUTE.;ART.R.417-10 C.ROUTE.\n\
                     40000;Contravention de classe 2;NEUVE;ART.R.412-1 C.ROUTE.;ART.R.412-1 C.ROUTE.\n\
                     40001;Délit;GRAVE;ART.L.235-1 C.ROUTE.;ART.L.235-1 C.ROUTE.\n";
        let merged = taken_in(&vetted, lines, false);
        assert_eq!(
            merged.changes,
            [
                NatInfChange::Changed(7_587),
                NatInfChange::Changed(31_088),
                NatInfChange::Added(40_000)
            ]
        );
        assert_eq!(merged.graver, [40_001]);
        let versions = |code: u32| -> Vec<&NatInfV1> {
            merged
                .natinf
                .iter()
                .filter(|entry| entry.code == code)
                .collect()
        };
        let [old, new] = versions(31_088)[..] else {
            panic!("two versions");
        };
        assert_eq!(old.period.to, Some(DateText("2026-11-30".to_owned())));
        assert_eq!(
            (new.period.from.0.as_str(), new.supported),
            ("2026-12-01", true)
        );
        assert_eq!(new.family, old.family);
        // Another class is another fine: vetted anew.
        assert!(!versions(7_587)[1].supported);
        assert!(!versions(40_000)[0].supported);
        // Again, nothing changes.
        let again = merge(
            &merged.natinf,
            &merged.graver,
            &list(lines),
            Import {
                from: DAY,
                is_complete: false,
            },
        );
        assert_eq!(again.changes, []);
        assert_eq!(again.natinf, merged.natinf);
    }

    #[test]
    fn what_a_complete_list_lacks_has_ended() {
        let vetted = natinf().unwrap();
        let open = vetted
            .iter()
            .filter(|entry| entry.period.to.is_none())
            .count();
        let lines = "40000;Contravention de classe 2;NEUVE;A;B\n";
        let merged = taken_in(&vetted, lines, true);
        let ended = merged
            .changes
            .iter()
            .filter(|change| matches!(change, NatInfChange::Ended(_)))
            .count();
        assert_eq!(ended, open);
        assert_eq!(
            merged
                .natinf
                .iter()
                .filter(|entry| entry.period.to.is_none())
                .count(),
            1
        );
    }

    #[test]
    fn two_lists_are_compared() {
        let one = list("1;Délit;A;B;C\n2;Délit;A;B;C\n3;Délit;A;B;C\n");
        let other = list("2;Délit;A;B;X\n3;Délit;A;B;C\n4;Délit;A;B;C\n");
        assert_eq!(
            diff(&one.entries, &other.entries),
            [
                NatInfChange::Ended(1),
                NatInfChange::Changed(2),
                NatInfChange::Added(4)
            ]
        );
    }
}
