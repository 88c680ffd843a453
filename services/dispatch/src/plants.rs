//! Which plant prints a fold.

use std::collections::HashMap;

use serde::Deserialize;

/// A printing plant, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    /// Short code, as in the API and in manifests.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it takes what no plant lists: overseas, abroad. Exactly one does.
    pub others: bool,
    /// First two digits of the postcodes that it serves.
    pub postcodes: Vec<String>,
}

/// Why plants were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlantsError {
    /// A prefix is not two digits.
    #[error("plant {plant}: {prefix:?} is not two digits")]
    Prefix {
        /// The plant.
        plant: String,
        /// The prefix.
        prefix: String,
    },
    /// Two plants serve one prefix, or have one code.
    #[error("{what} is given twice")]
    Twice {
        /// The prefix or the code.
        what: String,
    },
    /// Not exactly one plant takes the others.
    #[error("exactly one plant takes what no plant lists, not {0}")]
    Others(usize),
}

/// The plants, by postcode.
#[derive(Debug, Clone)]
pub struct Plants {
    names: HashMap<String, String>,
    by_prefix: HashMap<String, String>,
    others: String,
}

impl Plants {
    /// Checks a configuration.
    ///
    /// # Errors
    /// See [`PlantsError`].
    pub fn new(plants: &[Plant]) -> Result<Self, PlantsError> {
        let takers: Vec<_> = plants.iter().filter(|plant| plant.others).collect();
        let [others] = takers.as_slice() else {
            return Err(PlantsError::Others(takers.len()));
        };
        let mut names = HashMap::new();
        let mut by_prefix = HashMap::new();
        for plant in plants {
            if names
                .insert(plant.code.clone(), plant.name.clone())
                .is_some()
            {
                return Err(PlantsError::Twice {
                    what: plant.code.clone(),
                });
            }
            for prefix in &plant.postcodes {
                if prefix.len() != 2 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
                    let (plant, prefix) = (plant.code.clone(), prefix.clone());
                    return Err(PlantsError::Prefix { plant, prefix });
                }
                if by_prefix
                    .insert(prefix.clone(), plant.code.clone())
                    .is_some()
                {
                    return Err(PlantsError::Twice {
                        what: prefix.clone(),
                    });
                }
            }
        }
        Ok(Self {
            names,
            by_prefix,
            others: others.code.clone(),
        })
    }

    /// Code of the plant for a postcode; an empty one means abroad.
    #[must_use]
    pub fn of(&self, postcode: &str) -> &str {
        postcode
            .get(..2)
            .and_then(|prefix| self.by_prefix.get(prefix))
            .unwrap_or(&self.others)
    }

    /// Name of a plant; its code when it is not configured any more.
    #[must_use]
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).map_or(code, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn every_department_of_the_mainland_has_its_plant() {
        let config = Config::load(None).unwrap();
        let plants = Plants::new(&config.plants).unwrap();
        for prefix in 1..=95 {
            let prefix = format!("{prefix:02}");
            assert!(plants.by_prefix.contains_key(&prefix), "{prefix}");
        }
        assert_eq!(plants.by_prefix.len(), 95);
        for (postcode, plant) in [
            ("75011", "IDF"),
            ("35000", "OUEST"),
            ("20200", "SUDEST"),
            ("06000", "SUDEST"),
            ("97400", "IDF"),
            ("", "IDF"),
            ("7", "IDF"),
            ("é5000", "IDF"),
        ] {
            assert_eq!(plants.of(postcode), plant, "{postcode}");
        }
        assert!(plants.name("OUEST").contains("simulation"));
    }

    #[test]
    fn ambiguous_plants_are_refused() {
        let plant = |code: &str, others, postcodes: &[&str]| Plant {
            code: code.to_owned(),
            name: code.to_owned(),
            others,
            postcodes: postcodes.iter().map(|&text| text.to_owned()).collect(),
        };
        let refused = |plants: &[Plant]| Plants::new(plants).unwrap_err();
        assert_eq!(
            refused(&[plant("A", false, &["01"])]),
            PlantsError::Others(0)
        );
        assert_eq!(
            refused(&[plant("A", true, &[]), plant("B", true, &[])]),
            PlantsError::Others(2)
        );
        let twice = refused(&[plant("A", true, &["01"]), plant("B", false, &["01"])]);
        assert_eq!(
            twice,
            PlantsError::Twice {
                what: "01".to_owned()
            }
        );
        assert!(matches!(
            refused(&[plant("A", true, &["2A"])]),
            PlantsError::Prefix { .. }
        ));
    }
}
