//! What the archive is told.

use std::path::{Path, PathBuf};

use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// Configuration of the archive; `config.default.toml` explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The archive's schema.
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
    /// The evidence.
    pub evidence: EvidenceSection,
    /// Whether this is a simulation.
    pub simulation: SimulationSection,
}

/// `[evidence]`: the Merkle tree over the documents.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSection {
    /// File of the key that signs checkpoints, mode 0600. Empty: leaves are appended, but nothing is published or signed.
    pub key_file: PathBuf,
}

impl Config {
    /// Defaults, then `file`, then the variables `CNT_ARCHIVE__*`.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the layer at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_ARCHIVE")
    }
}
