//! What validation is told.

use std::path::Path;

use cnt_bus::LotConsumerConfig;
use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

use crate::checks::TransmissionLimits;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// Configuration of validation; every key is explained in `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its schema.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// The object store.
    pub objects: ObjectsSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// What only a simulation may do.
    pub simulation: SimulationSection,
    /// Size of lots.
    pub lot: LotSection,
    /// Limits of the rules.
    pub rules: RulesSection,
}

/// `[lot]`: how many MIFs are worked on at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotSection {
    /// MIFs in a lot at most.
    pub records_max: usize,
    /// Bytes of a lot at most.
    pub bytes_max: usize,
    /// How long the first MIF waits for company, in milliseconds.
    pub linger_ms: u64,
    /// Static identity in the consumer group; empty for none.
    pub instance: String,
}

impl LotSection {
    /// Puts the sizes into a consumer's configuration.
    pub fn apply(&self, consumer: &mut LotConsumerConfig) {
        consumer.lot_records_max = self.records_max;
        consumer.lot_bytes_max = self.bytes_max;
        consumer.linger_ms = self.linger_ms;
        consumer.prefetch_bytes_max = consumer.prefetch_bytes_max.max(self.bytes_max);
        consumer.group_instance_id = (!self.instance.is_empty()).then(|| self.instance.clone());
    }
}

/// `[rules]`: limits that the law leaves to the conventions.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesSection {
    /// Age at reception beyond which a MIF is refused, in days of 24 hours.
    pub transmission_days_max: u16,
    /// Age at reception beyond which it is accepted with a warning, in days of 24 hours.
    pub transmission_days_warned: u16,
    /// Two tickets of a vehicle at a place for an offence within so many minutes are one too many.
    pub double_ticketing_minutes: u16,
}

impl RulesSection {
    /// The limits as the rules take them.
    #[must_use]
    pub fn limits(&self) -> TransmissionLimits {
        TransmissionLimits {
            days_max: self.transmission_days_max,
            days_warned: self.transmission_days_warned,
        }
    }

    /// The window of double ticketing in seconds.
    #[must_use]
    pub fn double_ticketing_s(&self) -> i64 {
        i64::from(self.double_ticketing_minutes) * 60
    }
}

impl Config {
    /// The defaults, then a file, then the environment (`CNT_VALIDATION__SECTION__KEY`).
    ///
    /// # Errors
    /// Names the key and the layer at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_VALIDATION")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::DOUBLE_TICKETING_S;

    #[test]
    fn the_defaults_are_complete() {
        let config: Config = config::load_with(DEFAULTS, None, "CNT_VALIDATION", []).unwrap();
        assert_eq!(config.lot.records_max, 2_000);
        assert_eq!(config.rules.limits(), TransmissionLimits::default());
        assert_eq!(config.rules.double_ticketing_s(), DOUBLE_TICKETING_S);
    }
}
