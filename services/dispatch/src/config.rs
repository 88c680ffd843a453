//! What dispatch is told.

use std::num::NonZeroU32;
use std::path::Path;

use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

use crate::franking::Tariff;
use crate::plants::Plant;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// Configuration of dispatch; `config.default.toml` explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Dispatch's schema.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// The object store.
    pub objects: ObjectsSection,
    /// The API.
    pub http: HttpSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// Whether this is a simulation.
    pub simulation: SimulationSection,
    /// When spools are closed.
    pub spool: SpoolSection,
    /// The printing plants.
    pub plants: Vec<Plant>,
    /// Postal rates.
    pub tariffs: Vec<Tariff>,
}

/// `[spool]`: when a spool is closed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoolSection {
    /// Folds in a spool at most; so many waiting close it.
    pub folds_max: NonZeroU32,
    /// The oldest fold waits no longer than this before a spool is closed, in milliseconds.
    pub wait_ms: u32,
}

impl Config {
    /// Defaults, then `file`, then the variables `CNT_DISPATCH__*`.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the layer at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_DISPATCH")
    }
}
