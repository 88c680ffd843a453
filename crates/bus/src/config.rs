//! How to reach the broker.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use rdkafka::ClientConfig;

use crate::error::BusError;

/// Where the broker is and how to speak to it.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// Comma-separated `host:port` list. One live broker of the list is enough to find the others.
    pub bootstrap: String,
    /// Name of this program in the broker's logs and quotas, e.g. `validation-0`.
    pub client_id: String,
    /// Transport and authentication.
    pub security: Security,
}

impl BusConfig {
    /// A configuration without encryption or authentication, as on a desk.
    pub fn plaintext(bootstrap: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            bootstrap: bootstrap.into(),
            client_id: client_id.into(),
            security: Security::Plaintext,
        }
    }

    /// The settings that every client of ours shares.
    pub(crate) fn client(&self) -> Result<ClientConfig, BusError> {
        if self.bootstrap.trim().is_empty() {
            return Err(BusError::config("bootstrap must name at least one broker"));
        }
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.bootstrap)
            .set("client.id", &self.client_id)
            // `localhost` resolves to ::1 first on many machines while the broker listens on IPv4.
            .set("broker.address.family", "v4")
            .set("socket.keepalive.enable", "true")
            .set("log.connection.close", "false")
            // A broker that comes back must be noticed within a second.
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            // A topic created, or grown, after this program started.
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("allow.auto.create.topics", "false");
        self.security.apply(&mut client)?;
        Ok(client)
    }
}

/// Transport security of the broker's connections.
#[derive(Clone, PartialEq, Eq)]
pub enum Security {
    /// No encryption, no authentication: loopback or a trusted network only.
    Plaintext,
    /// SASL/SCRAM-SHA-512 (RFC 5802, RFC 7677), over TLS unless `tls` is false.
    Scram {
        /// Principal as the broker's access lists name it.
        username: String,
        /// File whose first line is the password. It is read when a client is created.
        password_file: PathBuf,
        /// Encrypt with TLS. Turn off only on loopback.
        tls: bool,
        /// PEM bundle of the authorities to trust; the system's when absent.
        ca_file: Option<PathBuf>,
    },
}

impl fmt::Debug for Security {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plaintext => formatter.write_str("Plaintext"),
            Self::Scram { username, tls, .. } => formatter
                .debug_struct("Scram")
                .field("username", username)
                .field("tls", tls)
                .finish_non_exhaustive(),
        }
    }
}

impl Security {
    fn apply(&self, client: &mut ClientConfig) -> Result<(), BusError> {
        match self {
            Self::Plaintext => {
                client.set("security.protocol", "plaintext");
            }
            Self::Scram {
                username,
                password_file,
                tls,
                ca_file,
            } => {
                let text =
                    fs::read_to_string(password_file).map_err(|source| BusError::PasswordFile {
                        path: password_file.clone(),
                        source,
                    })?;
                let protocol = if *tls { "sasl_ssl" } else { "sasl_plaintext" };
                client
                    .set("security.protocol", protocol)
                    .set("sasl.mechanism", "SCRAM-SHA-512")
                    .set("sasl.username", username)
                    .set("sasl.password", text.lines().next().unwrap_or_default());
                if let Some(path) = ca_file {
                    client.set("ssl.ca.location", path.to_string_lossy());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scram_reads_the_first_line_of_its_file_and_hides_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "s3cret\n").unwrap();
        let config = BusConfig {
            bootstrap: "127.0.0.1:9092".into(),
            client_id: "test".into(),
            security: Security::Scram {
                username: "gateway".into(),
                password_file: path,
                tls: true,
                ca_file: None,
            },
        };
        let client = config.client().unwrap();
        assert_eq!(client.get("sasl.password"), Some("s3cret"));
        assert_eq!(client.get("security.protocol"), Some("sasl_ssl"));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn a_missing_password_file_is_named() {
        let mut config = BusConfig::plaintext("127.0.0.1:9092", "test");
        config.security = Security::Scram {
            username: "gateway".into(),
            password_file: "/nonexistent/password".into(),
            tls: false,
            ca_file: None,
        };
        let error = config.client().unwrap_err();
        assert!(error.to_string().contains("/nonexistent/password"));
    }

    #[test]
    fn no_broker_is_an_error() {
        assert!(BusConfig::plaintext(" ", "test").client().is_err());
    }
}
