//! Configuration.

use std::path::{Path, PathBuf};

use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// Configuration of the registry; `config.default.toml` says what each key means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The registry's schema.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// The shared object store.
    pub objects: ObjectsSection,
    /// The operator's API.
    pub http: HttpSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// What only a simulation may do.
    pub simulation: SimulationSection,
    /// Where the first version comes from.
    pub seed: SeedSection,
    /// Whose keys it issues certificates with.
    pub authorities: AuthoritiesSection,
}

/// `[seed]`: the first version, in a simulation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSection {
    /// A `snapshot.json`; an empty path for none.
    pub snapshot: PathBuf,
}

/// `[authorities]`: what certificates are issued and revocation lists signed with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthoritiesSection {
    /// Directory of the authorities; an empty path for none.
    pub directory: PathBuf,
    /// Age in hours at which revocation lists are signed anew, 1 to 24.
    pub lists_every_h: u8,
}

impl Config {
    /// The defaults, then the file if there is one, then the environment (`CNT_REGISTRY__…`).
    ///
    /// # Errors
    /// Names the key that is unknown or has the wrong type.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_REGISTRY")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete() {
        let config = Config::load(None).unwrap();
        assert!(!config.simulation.enabled);
        assert!(config.seed.snapshot.as_os_str().is_empty());
        assert!(config.authorities.directory.as_os_str().is_empty());
        assert!((1..=24).contains(&config.authorities.lists_every_h));
    }
}
