//! What the service is told at its start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cnt_domain::ids::AvisNumber;
use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, ObjectsSection, OpsSection, Secret,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;
use serde::de::Error as _;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// The configuration of edition; `config.default.toml` says what each key does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The service's schema.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// The object store.
    pub objects: ObjectsSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// Whether this is a simulation.
    pub simulation: SimulationSection,
    /// How verdict lots are taken.
    pub lots: LotsSection,
    /// Which avis numbers are given out.
    pub numbers: NumbersSection,
    /// Keys of the portal.
    pub portal: PortalSection,
    /// Where compiled formes are kept.
    #[serde(default)]
    pub formes: FormesSection,
    /// Letters shown before they are asked for.
    pub preview: PreviewSection,
    /// How long documents are kept.
    pub retention: RetentionSection,
}

/// `[lots]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotsSection {
    /// Verdict lots taken in one poll.
    pub lot_records_max: usize,
    /// Milliseconds to wait for a version of the registry.
    pub registry_wait_ms: u64,
}

/// `[numbers]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumbersSection {
    /// First avis number ever given out.
    #[serde(deserialize_with = "avis_number")]
    pub first_number: i64,
}

/// `[portal]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSection {
    /// Secret from which the keys of avis are derived.
    #[serde(deserialize_with = "long_secret")]
    pub secret: Secret,
}

/// `[formes]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormesSection {
    /// Directory of compiled formes; without it, they are compiled again after each start.
    pub dir: Option<PathBuf>,
}

/// `[preview]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewSection {
    /// `address:port` of the listener that shows letters; port 0 takes a free one.
    pub listen: SocketAddr,
}

/// `[retention]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSection {
    /// The class of every document lot.
    pub class: String,
}

fn avis_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let is_avis = u64::try_from(number).is_ok_and(|number| AvisNumber::new(number).is_ok());
    if is_avis {
        Ok(number)
    } else {
        Err(D::Error::custom("ten digits beginning with 99 expected"))
    }
}

fn long_secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let secret = Secret::deserialize(deserializer)?;
    if secret.expose().len() < 16 {
        return Err(D::Error::custom("at least 16 characters expected"));
    }
    Ok(secret)
}

impl Config {
    /// Reads defaults, then `file`, then `CNT_EDITION__…`.
    ///
    /// # Errors
    /// Names the key and the layer at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_EDITION")
    }

    /// As [`Config::load`], with the environment given: for a launcher of several services, and for tests.
    ///
    /// # Errors
    /// Names the key and the layer at fault.
    pub fn load_with(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        config::load_with(DEFAULTS, file, "CNT_EDITION", environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let needed = [
            ("CNT_EDITION__DATABASE__CONNINFO", "host=/x"),
            ("CNT_EDITION__BROKER__BOOTSTRAP", "127.0.0.1:1"),
            ("CNT_EDITION__OBJECTS__DIR", "/x"),
            ("CNT_EDITION__PORTAL__SECRET", "sixteen letters!"),
        ];
        let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
        let kept = needed.iter().filter(|(name, _)| !is_replaced(name));
        let all = kept.chain(more);
        Config::load_with(
            None,
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn the_defaults_are_whole_but_for_what_only_the_operator_knows() {
        let config = load(&[]).unwrap();
        assert_eq!(config.numbers.first_number, 9_900_000_001);
        assert_eq!(config.lots.lot_records_max, 8);
        assert!(matches!(
            Config::load_with(None, []),
            Err(ConfigError::Missing { .. })
        ));
    }

    #[test]
    fn numbers_outside_the_simulation_and_short_secrets_are_refused() {
        assert!(load(&[("CNT_EDITION__NUMBERS__FIRST_NUMBER", "6012345678")]).is_err());
        assert!(load(&[("CNT_EDITION__PORTAL__SECRET", "short")]).is_err());
    }
}
