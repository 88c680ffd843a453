//! What the operator decides.

use std::path::Path;
use std::time::Duration;

use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

/// The commented file that names every key.
const DEFAULTS: &str = include_str!("../config.default.toml");

/// Largest `mif_bytes_max`: a record with its headers must stay under the broker's limit of 1 MiB.
const MIF_BYTES_CEILING: usize = 1_000_000;

/// Configuration of the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gateway's schema.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// The shared object store.
    pub objects: ObjectsSection,
    /// The collectivities' door; a loopback address as long as it is plain HTTP.
    pub http: HttpSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// Whether this is a simulation.
    pub simulation: SimulationSection,
    /// What one station, and all together, may ask.
    pub limits: LimitsSection,
}

/// `[limits]`: what is refused, and from where on the gateway says "slow down".
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// Largest body, in bytes, as sent and as decompressed.
    pub body_bytes_max: usize,
    /// Most MIFs in a submission.
    pub mifs_max: usize,
    /// Largest MIF, in bytes.
    pub mif_bytes_max: usize,
    /// Submissions worked on at once.
    pub submissions_max: usize,
    /// Bytes handed to the broker and not acknowledged.
    pub in_flight_bytes_max: usize,
    /// How long a body may take to arrive, in milliseconds.
    pub body_timeout_ms: u64,
    /// How long the acknowledgement of a submission may take, in milliseconds.
    pub acknowledgement_timeout_ms: u64,
    /// Readers that wait for receipts at once.
    pub waiting_max: usize,
}

impl Config {
    /// Loads the defaults, then `file`, then the environment (`CNT_GATEWAY__…`).
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the layer at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, "CNT_GATEWAY")
    }

    /// Checks what no single key shows.
    ///
    /// # Errors
    /// Says what contradicts what.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.simulation.enabled,
            "the gateway must authenticate stations by mutual TLS, which comes with a later version: \
             this one runs only in a simulation ([simulation] enabled = true)"
        );
        anyhow::ensure!(
            self.http.listen.ip().is_loopback(),
            "http.listen is {}: plain HTTP is served on a loopback address only",
            self.http.listen
        );
        let limits = &self.limits;
        anyhow::ensure!(
            (1..=MIF_BYTES_CEILING).contains(&limits.mif_bytes_max),
            "limits.mif_bytes_max must be 1 to {MIF_BYTES_CEILING}"
        );
        anyhow::ensure!(
            limits.in_flight_bytes_max >= limits.body_bytes_max,
            "limits.in_flight_bytes_max is less than limits.body_bytes_max: a full submission would never pass"
        );
        anyhow::ensure!(
            limits.mifs_max > 0 && limits.submissions_max > 0,
            "limits.mifs_max and limits.submissions_max must be at least 1"
        );
        Ok(())
    }
}

impl LimitsSection {
    pub(crate) fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    pub(crate) fn acknowledgement_timeout(&self) -> Duration {
        Duration::from_millis(self.acknowledgement_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(overrides: &[(&str, &str)]) -> Config {
        let required = [
            ("CNT_GATEWAY__DATABASE__CONNINFO", "dbname=cnt"),
            ("CNT_GATEWAY__OBJECTS__DIR", "/tmp/objects"),
        ];
        let variables = required
            .iter()
            .chain(overrides)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        config::load_with(DEFAULTS, None, "CNT_GATEWAY", variables).unwrap()
    }

    const SIMULATION: (&str, &str) = ("CNT_GATEWAY__SIMULATION__ENABLED", "true");

    #[test]
    fn the_default_file_is_complete_and_asks_for_mutual_tls() {
        assert!(loaded(&[SIMULATION]).check().is_ok());
        let refused = loaded(&[]).check().unwrap_err().to_string();
        assert!(refused.contains("mutual TLS"), "{refused}");
    }

    #[test]
    fn contradictions_are_refused() {
        for (name, value) in [
            ("CNT_GATEWAY__HTTP__LISTEN", "0.0.0.0:8081"),
            ("CNT_GATEWAY__LIMITS__IN_FLIGHT_BYTES_MAX", "1000"),
            ("CNT_GATEWAY__LIMITS__MIF_BYTES_MAX", "2000000"),
            ("CNT_GATEWAY__LIMITS__MIFS_MAX", "0"),
        ] {
            assert!(
                loaded(&[SIMULATION, (name, value)]).check().is_err(),
                "{name}"
            );
        }
    }
}
