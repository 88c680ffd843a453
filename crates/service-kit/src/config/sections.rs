//! The sections that services embed in their configuration.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::Deserialize;

use crate::telemetry::Format;

/// A value that is never printed: `Debug` shows `***`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret made by code, as a test or a launcher does.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself, for the library that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// `[database]`: the service's own schema and role in PostgreSQL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSection {
    /// libpq connection string, with the service's own role. With another service's role the
    /// service finds no table of its own and does not become ready.
    pub conninfo: Secret,
    /// Connections kept open. Too low and threads wait for each other; the sum over all services
    /// must stay below PostgreSQL's `max_connections`, or the last to start is refused.
    pub pool_size: NonZeroU32,
    /// Milliseconds after which PostgreSQL cancels a statement. Shorter than the slowest lot's
    /// COPY and that lot is retried for ever; 0 means no limit, and one bad query holds its
    /// connection and its locks until someone ends it.
    pub statement_timeout_ms: u32,
}

/// `[broker]`: Kafka.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSection {
    /// `host:port`, comma-separated. Wrong, and the service starts but does not become ready.
    pub bootstrap: String,
    /// Who the service is to the broker. Absent, it connects as nobody, which only a broker without access lists
    /// takes.
    pub sasl: Option<BrokerSaslSection>,
}

/// `[broker.sasl]`: SASL/SCRAM-SHA-512.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSaslSection {
    /// The service's principal. Another service's, and the broker refuses it its topics: the service ends.
    pub username: String,
    /// File whose first line is the password; readable by the service alone.
    pub password_file: PathBuf,
    /// Over TLS, as it is by default. Off anywhere but on a loopback address, and records travel in the clear.
    #[serde(default = "encrypted")]
    pub tls: bool,
    /// PEM bundle of the authorities that vouch for the broker; the system's when absent.
    pub ca_file: Option<PathBuf>,
}

const fn encrypted() -> bool {
    true
}

/// `[objects]`: the object store that all services share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectsSection {
    /// Directory of the store. If services name different ones, lots that one writes are not
    /// found by the next, and the chain stands still there.
    pub dir: PathBuf,
}

/// `[http]`: the service's API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// `address:port` to listen on; port 0 takes a free one. An address that is taken, or not of
    /// this machine, ends the start.
    pub listen: SocketAddr,
}

/// `[ops]`: health and metrics, without authentication.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsSection {
    /// `address:port` to listen on; port 0 takes a free one. On a public address it tells
    /// anybody the system's load and faults.
    pub listen: SocketAddr,
}

/// `[telemetry]`: the log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySection {
    /// `plain` for people, `json` for a log collector.
    pub format: Format,
    /// Directives as `info,cnt_validation=debug`. At `trace` the log costs more than the work.
    pub filter: String,
}

/// `[simulation]`: what must never be possible in production.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationSection {
    /// Allows the legal clock to be advanced and fail points to be armed. On in production, and
    /// one command makes every deadline pass.
    pub enabled: bool,
}
