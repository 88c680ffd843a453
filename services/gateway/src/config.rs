//! What the operator decides.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cnt_domain::photo::PHOTO_BYTES_MAX;
use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    SimulationSection, TelemetrySection,
};
use serde::Deserialize;

/// The commented file that names every key.
const DEFAULTS: &str = include_str!("../config.default.toml");

/// Largest `mif_bytes_max` without the seal: a record with its headers must stay under the broker's limit of 1 MiB.
const MIF_BYTES_CEILING: usize = 1_000_000;
/// What the first record of a submission carries of the seal for each MIF: a hash in base64 of hexadecimal, and some.
const SEAL_BYTES_PER_MIF: usize = 90;

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
    /// The collectivities' door.
    pub http: HttpSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// Whether this is a simulation.
    pub simulation: SimulationSection,
    /// Mutual TLS.
    pub tls: TlsSection,
    /// What a request, and all together, may ask.
    pub limits: LimitsSection,
    /// What one station may ask.
    pub station: StationSection,
}

/// `[tls]`: the gateway's own certificate, and how long and how often somebody may knock.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The gateway's certificate and the authorities above it, PEM.
    pub certificate: PathBuf,
    /// Its private key, PKCS#8 PEM.
    pub key: PathBuf,
    /// How long a handshake may take, in milliseconds.
    pub handshake_timeout_ms: u64,
    /// How long the head of a request may take to arrive, in milliseconds.
    pub header_timeout_ms: u64,
    /// How long an idle connection is kept, in milliseconds.
    pub keep_alive_ms: u64,
    /// Connections at once.
    pub connections_max: usize,
    /// Connections of one station at once.
    pub connections_per_station_max: usize,
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
    /// Largest photograph, in bytes.
    pub photo_bytes_max: usize,
    /// Days after its reception within which the photographs of a MIF are handed in.
    pub photo_days: u16,
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

/// `[station]`: what one station may ask, so that no other has to wait for it. Counted by each process since its start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationSection {
    /// Submissions in hand at once.
    pub submissions_max: usize,
    /// Requests a second, of any kind, in the long run.
    pub requests_per_s: u32,
    /// Requests at once, after a rest.
    pub requests_burst: u32,
    /// MIFs a second in the long run.
    pub mifs_per_s: u32,
    /// MIFs at once, after a rest.
    pub mifs_burst: u32,
    /// MIFs in a day; what was used comes back evenly over a day.
    pub mifs_per_day: u32,
    /// Photographs in a day; what was used comes back evenly over a day.
    pub photos_per_day: u32,
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
        let tls = &self.tls;
        anyhow::ensure!(
            tls.connections_max > 0 && tls.connections_per_station_max > 0,
            "tls.connections_max and tls.connections_per_station_max must be at least 1"
        );
        anyhow::ensure!(
            tls.handshake_timeout_ms > 0 && tls.header_timeout_ms > 0 && tls.keep_alive_ms > 0,
            "the timeouts of [tls] must be at least 1 ms: none would be no limit"
        );
        let limits = &self.limits;
        anyhow::ensure!(
            limits.mif_bytes_max > 0
                && limits
                    .mifs_max
                    .checked_mul(SEAL_BYTES_PER_MIF)
                    .and_then(|seal| seal.checked_add(limits.mif_bytes_max))
                    .is_some_and(|bytes| bytes <= MIF_BYTES_CEILING),
            "limits.mif_bytes_max must be at least 1, and at most {MIF_BYTES_CEILING} less {SEAL_BYTES_PER_MIF} for \
             each of limits.mifs_max, for the seal of a submission travels with its first MIF"
        );
        anyhow::ensure!(
            limits.in_flight_bytes_max >= limits.body_bytes_max,
            "limits.in_flight_bytes_max is less than limits.body_bytes_max: a full submission would never pass"
        );
        anyhow::ensure!(
            limits.mifs_max > 0 && limits.submissions_max > 0,
            "limits.mifs_max and limits.submissions_max must be at least 1"
        );
        anyhow::ensure!(
            (1..=PHOTO_BYTES_MAX).contains(&limits.photo_bytes_max) && limits.photo_days > 0,
            "limits.photo_bytes_max must be at least 1 and at most {PHOTO_BYTES_MAX}, limits.photo_days at least 1"
        );
        let station = &self.station;
        anyhow::ensure!(
            station.submissions_max > 0
                && station.requests_per_s > 0
                && station.requests_burst > 0
                && station.photos_per_day > 0,
            "station.submissions_max, requests_per_s, requests_burst and photos_per_day must be at least 1"
        );
        anyhow::ensure!(
            station.mifs_per_s > 0
                && [station.mifs_burst, station.mifs_per_day]
                    .iter()
                    .all(|most| usize::try_from(*most).is_ok_and(|most| most >= limits.mifs_max)),
            "station.mifs_per_s must be at least 1, mifs_burst and mifs_per_day at least limits.mifs_max: \
             a full submission would never pass"
        );
        Ok(())
    }
}

impl TlsSection {
    pub(crate) fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }

    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    pub(crate) fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.keep_alive_ms)
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
            ("CNT_GATEWAY__TLS__CERTIFICATE", "/tmp/tls.crt.pem"),
            ("CNT_GATEWAY__TLS__KEY", "/tmp/tls.key.pem"),
        ];
        let variables = required
            .iter()
            .chain(overrides)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        config::load_with(DEFAULTS, None, "CNT_GATEWAY", variables).unwrap()
    }

    #[test]
    fn the_default_file_is_complete() {
        assert!(loaded(&[]).check().is_ok());
    }

    #[test]
    fn contradictions_are_refused() {
        for (name, value) in [
            ("CNT_GATEWAY__TLS__CONNECTIONS_MAX", "0"),
            ("CNT_GATEWAY__TLS__HEADER_TIMEOUT_MS", "0"),
            ("CNT_GATEWAY__LIMITS__IN_FLIGHT_BYTES_MAX", "1000"),
            ("CNT_GATEWAY__LIMITS__MIF_BYTES_MAX", "2000000"),
            ("CNT_GATEWAY__LIMITS__MIFS_MAX", "0"),
            ("CNT_GATEWAY__LIMITS__MIFS_MAX", "11000"),
            ("CNT_GATEWAY__LIMITS__PHOTO_BYTES_MAX", "10000001"),
            ("CNT_GATEWAY__STATION__SUBMISSIONS_MAX", "0"),
            ("CNT_GATEWAY__STATION__REQUESTS_PER_S", "0"),
            ("CNT_GATEWAY__STATION__MIFS_BURST", "999"),
            ("CNT_GATEWAY__STATION__MIFS_PER_DAY", "999"),
        ] {
            assert!(loaded(&[(name, value)]).check().is_err(), "{name}");
        }
    }
}
