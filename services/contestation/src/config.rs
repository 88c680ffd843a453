//! What the service is told when it starts.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};

use cnt_service_kit::config::{
    self, BrokerSection, ConfigError, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    Secret, SimulationSection, TelemetrySection,
};
use serde::Deserialize;

/// The defaults, commented.
const DEFAULTS: &str = include_str!("../config.default.toml");
/// Prefix of the environment variables that override them.
const PREFIX: &str = "CNT_CONTESTATION";

/// Configuration of the contestation service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its schema in PostgreSQL.
    pub database: DatabaseSection,
    /// Kafka.
    pub broker: BrokerSection,
    /// Where document lots lie.
    pub objects: ObjectsSection,
    /// Portal and queue.
    pub http: HttpSection,
    /// Health and metrics.
    pub ops: OpsSection,
    /// The log.
    pub telemetry: TelemetrySection,
    /// What only a simulation may do.
    pub simulation: SimulationSection,
    /// Lots of the mail room.
    pub mail: MailSection,
    /// The portal.
    pub portal: PortalSection,
    /// The queues of the OMP.
    pub queue: QueueSection,
    /// The console of the OMP.
    pub console: ConsoleSection,
    /// Titres exécutoires.
    pub titre: TitreSection,
    /// The tribunal de police.
    pub tribunal: TribunalSection,
}

/// `[console]`: the pages of officers and their clerks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSection {
    /// `address:port` of its listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// libpq connection string of the console's own role, which sees what the session's operator may see and no more.
    pub conninfo: Secret,
    /// Connections of that role at most.
    pub pool_size: NonZeroU16,
    /// Whether the session's cookie travels over TLS alone.
    pub secure_cookie: bool,
    /// Minutes without a request after which a session ends.
    pub session_idle_minutes: NonZeroU16,
    /// Hours after which it ends, used or not.
    pub session_hours: NonZeroU16,
    /// Where edition shows letters before they are asked for, `http://address:port`; without it they are not shown.
    #[serde(default)]
    pub preview_url: Option<String>,
    /// Seconds during which a decision on many files can be undone.
    pub undo_seconds: NonZeroU16,
    /// The door for those who have a card; without it they enter with password and code.
    #[serde(default)]
    pub card: Option<CardSection>,
    /// Directory of the officers' certificates and keys, `<OMP>.crt.pem` and `<OMP>.key.pem`: the remote signature of the
    /// simulation. Without it nobody decides at the console.
    #[serde(default)]
    pub signatures: Option<PathBuf>,
}

/// `[console.card]`: the same pages over TLS, for whoever shows the authentication certificate of their card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSection {
    /// `address:port` of its listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The server's certificate and what leads to its authority, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// `[tribunal]`: what the notice of transmission says.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TribunalSection {
    /// Fixed fee of the procedure in case of conviction, in cents (CGI 1018 A).
    pub court_fee_cents: i64,
}

/// `[titre]`: what the letters of the increased fine say of the comptable (CPP R49-6).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitreSection {
    /// Name of the office, at most 60 characters; no person is named.
    pub accountant_name: String,
    /// Its address: one to four lines of at most 38 characters.
    pub accountant_address: Vec<String>,
}

/// `[mail]`: lots of the mail room.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSection {
    /// Most bytes of one scan.
    pub scan_bytes_max: NonZeroU32,
    /// Most bytes of one request; scans are a third larger in it.
    pub lot_bytes_max: NonZeroU32,
}

/// `[portal]`: what addressees reach, and the reception of what they send.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSection {
    /// `address:port` of the public listener; port 0 takes a free one. It has nothing of the operators' doors.
    pub listen: SocketAddr,
    /// Whether the session's cookie travels over TLS alone. Off, whoever listens on the way can take a session over; on,
    /// nobody can open a file over plain HTTP.
    pub secure_cookie: bool,
    /// Whether the client's address is the last of `X-Forwarded-For`. On without a proxy that writes it, anybody chooses the
    /// address under which wrong keys are counted; off behind one, all clients are one.
    pub forwarded: bool,
    /// Minutes without a request after which a session ends, on the real clock.
    pub session_idle_minutes: NonZeroU16,
    /// Most sessions at a time; beyond, the one idle longest ends.
    pub sessions_max: NonZeroU32,
    /// Milliseconds to wait for the broker before answering 503.
    pub acknowledgement_timeout_ms: NonZeroU32,
    /// Seconds named in `Retry-After`.
    pub retry_after_seconds: u16,
}

/// `[queue]`: the work of the operators.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSection {
    /// Minutes for which a claimed file stays with its operator, on the real clock.
    pub lease_minutes: NonZeroU16,
    /// Most entries of one page.
    pub page_max: NonZeroU16,
}

impl Config {
    /// The defaults, overridden by `file` and by variables `CNT_CONTESTATION__SECTION__KEY`.
    ///
    /// # Errors
    /// Names the key at fault and the layer it comes from.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file, PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, value: &str) -> (String, String) {
        (format!("{PREFIX}__{name}"), value.to_owned())
    }

    #[test]
    fn the_defaults_lack_only_what_no_default_can_know() {
        let given = [
            variable("DATABASE__CONNINFO", "host=/run/pg"),
            variable("BROKER__BOOTSTRAP", "127.0.0.1:9092"),
            variable("OBJECTS__DIR", "/var/lib/cnt/objects"),
            variable("CONSOLE__CONNINFO", "host=/run/pg"),
        ];
        let config: Config =
            config::load_with(DEFAULTS, None, PREFIX, given.clone()).expect("complete");
        assert!(!config.simulation.enabled);
        for missing in 0..given.len() {
            let mut given = given.to_vec();
            given.remove(missing);
            let outcome: Result<Config, _> = config::load_with(DEFAULTS, None, PREFIX, given);
            assert!(matches!(outcome, Err(ConfigError::Missing { .. })));
        }
    }
}
