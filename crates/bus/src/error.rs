//! What can go wrong with the broker, as far as a caller can tell the cases apart.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use uuid::Uuid;

/// An error of the bus. All but [`BusError::Client`] and [`BusError::TimedOut`] ask for a human being.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// A configuration value makes no sense.
    #[error("invalid bus configuration: {message}")]
    Config {
        /// Which value, and what it must be.
        message: String,
    },
    /// The password file cannot be read.
    #[error("cannot read password file {}", path.display())]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The broker or the client library refused an operation.
    #[error("broker operation failed: {action}")]
    Client {
        /// What was asked, e.g. `create topics`.
        action: &'static str,
        /// What the client library says.
        #[source]
        source: KafkaError,
    },
    /// The broker's access lists do not allow this principal what it asked. Waiting does not cure it.
    #[error("this principal is not authorised on the broker: {action}")]
    Refused {
        /// What was asked, and of which topic where there is one.
        action: String,
        /// What the client library says.
        #[source]
        source: KafkaError,
    },
    /// The broker did not answer in time.
    #[error("broker did not answer in time: {action}")]
    TimedOut {
        /// What was asked.
        action: &'static str,
    },
    /// A topic that must exist does not.
    #[error("topic {topic} does not exist")]
    TopicMissing {
        /// Its name.
        topic: String,
    },
    /// A topic has another number of partitions than its reader or its specification requires.
    #[error("topic {topic} has {found} partition(s), {wanted} required")]
    Partitions {
        /// The topic.
        topic: String,
        /// Partitions required.
        wanted: i32,
        /// Partitions found.
        found: i32,
    },
    /// The position is outside what the broker holds: retention has passed over it or the log was cut.
    /// Reading on from elsewhere would lose records unseen, so nobody does.
    #[error(
        "position {position} of {topic}/{partition} is outside the broker's records [{low}, {high})"
    )]
    OutOfRange {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Offset that should be read next.
        position: i64,
        /// First offset the broker holds.
        low: i64,
        /// Offset after the last one the broker holds.
        high: i64,
    },
    /// The topic was deleted and created again while it was being read.
    #[error("topic {topic} was created again: its id was {was}, now it is {is}")]
    TopicRecreated {
        /// The topic.
        topic: String,
        /// Id at the first assignment.
        was: Uuid,
        /// Id now.
        is: Uuid,
    },
    /// The handler declared its error fatal.
    #[error("record handler failed")]
    Handler {
        /// The handler's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The handler broke its contract, e.g. returned two positions for three partitions.
    #[error("record handler broke its contract: {message}")]
    Contract {
        /// How.
        message: String,
    },
    /// A metric could not be registered.
    #[error("cannot register the metrics of the bus")]
    Metrics {
        /// What the registry says.
        #[source]
        source: prometheus::Error,
    },
}

impl BusError {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::Config {
            message: message.into(),
        }
    }

    /// Wraps a client error under the action that met it.
    pub(crate) fn client(action: &'static str) -> impl FnOnce(KafkaError) -> Self {
        move |source| match code_of(&source) {
            Some(RDKafkaErrorCode::OperationTimedOut) => Self::TimedOut { action },
            Some(code) if is_refusal(code) => Self::Refused {
                action: action.to_owned(),
                source,
            },
            _ => Self::Client { action, source },
        }
    }

    /// What the broker's metadata say of a topic that cannot be used.
    pub(crate) fn topic(topic: &str, code: Option<RDKafkaErrorCode>) -> Self {
        match code {
            Some(code) if is_refusal(code) => Self::Refused {
                action: format!("use of topic {topic}"),
                source: KafkaError::MetadataFetch(code),
            },
            _ => Self::TopicMissing {
                topic: topic.to_owned(),
            },
        }
    }

    pub(crate) fn handler(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Handler {
            source: source.into(),
        }
    }

    /// True when the same operation may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::Client { source, .. } => !is_permanent(source),
            _ => false,
        }
    }
}

/// The code of an error, also of an administrator's, whose code the client library keeps apart.
fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// True when an access list of the broker stands in the way.
///
/// Refused *credentials* are not meant: the library reports them under the same code as a connection that broke while
/// it was being made, as it does when a broker is restarted. They are waited for like a broker that is away, and logged.
pub(crate) fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
    )
}

/// True for errors that waiting does not cure: a missing right, a fenced member, a broken client.
pub(crate) fn is_permanent(error: &KafkaError) -> bool {
    match error {
        KafkaError::MessageConsumptionFatal(_)
        | KafkaError::ClientConfig(..)
        | KafkaError::ClientCreation(_)
        | KafkaError::Nul(_) => true,
        other => code_of(other).is_some_and(|code| {
            is_refusal(code)
                || matches!(
                    code,
                    RDKafkaErrorCode::Fatal
                        | RDKafkaErrorCode::Fenced
                        | RDKafkaErrorCode::FencedInstanceId
                )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_permanent_and_named() {
        for code in [
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::GroupAuthorizationFailed,
            RDKafkaErrorCode::ClusterAuthorizationFailed,
        ] {
            let error = BusError::client("poll")(KafkaError::MessageConsumption(code));
            assert!(!error.is_transient());
            assert!(error.to_string().contains("not authorised"), "{error}");
        }
    }

    #[test]
    fn a_connection_that_was_not_made_is_waited_for() {
        for code in [
            RDKafkaErrorCode::Authentication,
            RDKafkaErrorCode::BrokerTransportFailure,
        ] {
            let error = BusError::client("poll")(KafkaError::MessageConsumption(code));
            assert!(error.is_transient(), "{error}");
        }
    }
}
