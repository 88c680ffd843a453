//! The OMP of France, each with its share of the files, and the operators who work for them.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use cnt_registry::nation::Competence;
use cnt_registry::reference::{communes, courts};

use crate::bench::rendition::count;

/// An operator, who works for one OMP.
pub(super) struct Operator {
    /// Their name.
    pub(super) name: String,
    /// Their OMP.
    pub(super) omp: String,
}

/// All OMP. Of places from 0 to 1, each has those from where the one before it ends to its own end.
pub(super) struct Offices {
    codes: Vec<String>,
    ends: Vec<f64>,
}

impl Offices {
    /// Those of the courts of today; their shares are as the inhabitants of their territories.
    pub(super) fn of_france() -> anyhow::Result<Self> {
        let communes = communes()?;
        let competence = Competence::new(&courts()?, &communes);
        let mut inhabitants: BTreeMap<&str, u64> = BTreeMap::new();
        for commune in &communes {
            if let Some(omp) = competence.omp_of(commune) {
                *inhabitants.entry(omp).or_default() += u64::from(commune.population.unwrap_or(0));
            }
        }
        inhabitants.retain(|_, inhabitants| *inhabitants > 0);
        let total: u64 = inhabitants.values().sum();
        ensure!(total > 0, "no OMP has inhabitants");
        let mut before = 0;
        let ends = inhabitants.values().map(|inhabitants| {
            before += inhabitants;
            count(before) / count(total)
        });
        Ok(Self {
            ends: ends.collect(),
            codes: inhabitants.into_keys().map(str::to_owned).collect(),
        })
    }

    /// Their codes.
    pub(super) fn codes(&self) -> &[String] {
        &self.codes
    }

    /// Where one ends and the next begins.
    pub(super) fn bounds(&self) -> &[f64] {
        self.ends.split_last().map_or(&[], |(_, bounds)| bounds)
    }

    /// Operators, evenly over the places: the larger an OMP, the more it has; the smallest have none.
    pub(super) fn operators(&self, operators: u32) -> anyhow::Result<Vec<Operator>> {
        (0..operators)
            .map(|rank| {
                let place = (f64::from(rank) + 0.5) / f64::from(operators);
                let at = self.bounds().partition_point(|bound| *bound <= place);
                let omp = self.codes.get(at).context("a place without OMP")?;
                Ok(Operator {
                    name: format!("bench-{rank:03}"),
                    omp: omp.clone(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_where_the_files_are() {
        let offices = Offices::of_france().unwrap();
        assert!(offices.codes().len() > 150, "{}", offices.codes().len());
        assert_eq!(offices.bounds().len() + 1, offices.codes().len());
        assert!(offices.bounds().is_sorted());
        let operators = offices.operators(200).unwrap();
        let of = |omp: &str| operators.iter().filter(|one| one.omp == omp).count();
        assert!(of("OMP-75-01") >= 5, "{}", of("OMP-75-01"));
        assert!(of("OMP-23-01") <= 1);
    }
}
