//! Errors, and whether trying again can help.

use std::error::Error;

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// What a caller should do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// The same work may succeed later: the connection broke, the server restarts, a deadlock, a timeout, a full disk.
    Transient,
    /// Another consumer moved the position: reload it, and drop the lot if the partition is no longer ours.
    Lost,
    /// The same work fails again: bad data, a broken constraint, a programming error.
    Permanent,
}

/// A failure of the database or of the way to it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The configuration cannot be used.
    #[error("database configuration refused: {reason}")]
    Configuration {
        /// What is wrong with it.
        reason: String,
    },
    /// No connection could be made.
    #[error("cannot connect to the database")]
    Connect(#[source] ConnectionError),
    /// A statement failed.
    #[error("database statement failed")]
    Query(#[from] DieselError),
    /// Every connection of the pool was busy for too long.
    #[error("no database connection became free within {waited_ms} ms")]
    PoolExhausted {
        /// How long the caller waited, in milliseconds.
        waited_ms: u128,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database schema")]
    Migration(#[source] Box<dyn Error + Send + Sync>),
    /// What was asked contradicts what is stored or itself.
    #[error("refused: {what}")]
    Refused {
        /// What cannot be done and why.
        what: String,
    },
}

impl StoreError {
    /// [`FailureClass::Transient`] or [`FailureClass::Permanent`].
    pub fn class(&self) -> FailureClass {
        if self.is_transient() {
            FailureClass::Transient
        } else {
            FailureClass::Permanent
        }
    }

    /// True when the same work may succeed later, on a new connection if need be.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Configuration { .. } | Self::Refused { .. } => false,
            Self::PoolExhausted { .. } => true,
            Self::Connect(error) => connect_is_transient(error),
            Self::Query(error) => is_transient(error),
            Self::Migration(error) => find_diesel(error.as_ref()).is_some_and(is_transient),
        }
    }
}

fn connect_is_transient(error: &ConnectionError) -> bool {
    match error {
        ConnectionError::BadConnection(message) => !contains_any(message, &HOPELESS_CONNECTS),
        ConnectionError::CouldntSetupConfiguration(error) => is_transient(error),
        _ => false,
    }
}

fn is_transient(error: &DieselError) -> bool {
    if is_connection_loss(error) {
        return true;
    }
    match error {
        DieselError::DatabaseError(kind, information) => match kind {
            // A read-only answer comes from a standby that is about to be promoted.
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ReadOnlyTransaction => {
                true
            }
            DatabaseErrorKind::Unknown => contains_any(information.message(), &PASSING_TROUBLES),
            _ => false,
        },
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_transient(commit_error),
        DieselError::SerializationError(inner) | DieselError::DeserializationError(inner) => {
            find_diesel(inner.as_ref()).is_some_and(is_transient)
        }
        _ => false,
    }
}

/// True when the connection is gone and must be replaced.
pub(crate) fn is_connection_loss(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => true,
            DatabaseErrorKind::Unknown => contains_any(information.message(), &LOST_CONNECTIONS),
            _ => false,
        },
        DieselError::BrokenTransactionManager => true,
        DieselError::RollbackErrorOnCommit {
            rollback_error,
            commit_error,
        } => is_connection_loss(rollback_error) || is_connection_loss(commit_error),
        DieselError::SerializationError(inner) | DieselError::DeserializationError(inner) => {
            find_diesel(inner.as_ref()).is_some_and(is_connection_loss)
        }
        _ => false,
    }
}

/// The first diesel error in a chain; COPY wraps one in an `io::Error`, migrations in a box.
fn find_diesel<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a DieselError> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<DieselError>() {
            return Some(found);
        }
        next = match current.downcast_ref::<std::io::Error>() {
            // `source` of an io::Error skips the very error it wraps.
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => current.source(),
        };
    }
    None
}

fn contains_any(message: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| message.contains(phrase))
}

// Diesel does not hand out the SQLSTATE of an error it has no kind for, hence the messages. They are English as
// long as lc_messages is; `connect` warns when it is not.

/// Connection attempts that a later attempt does not mend (SQLSTATE classes 28, 3D, and libpq's own).
const HOPELESS_CONNECTS: [&str; 8] = [
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "no password supplied",
    "permission denied for database",
    "is not permitted to log in",
    "invalid connection option",
    "missing \"=\" after",
];

/// Messages of libpq and of the server which mean that this connection is over (57P01 to 57P05, 08xxx).
const LOST_CONNECTIONS: [&str; 10] = [
    "server closed the connection",
    "terminating connection",
    "connection to server",
    "no connection to the server",
    "connection to client lost",
    "could not receive data from server",
    "could not send data to server",
    "SSL connection has been closed",
    "SSL SYSCALL error",
    "server conn crashed",
];

/// Messages of errors that pass: 40P01, 55P03, 57014, 57P03, 53xxx, 58030.
const PASSING_TROUBLES: [&str; 13] = [
    "deadlock detected",
    "due to lock timeout",
    "due to statement timeout",
    "due to user request",
    "could not obtain lock",
    "could not serialize access",
    "the database system is",
    "too many clients already",
    "remaining connection slots",
    "No space left on device",
    "out of memory",
    "out of shared memory",
    "Input/output error",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn data_errors_are_permanent() {
        for (kind, message) in [
            (DatabaseErrorKind::UniqueViolation, "duplicate key"),
            (DatabaseErrorKind::CheckViolation, "violates check"),
            (DatabaseErrorKind::NotNullViolation, "null value"),
            (DatabaseErrorKind::Unknown, "division by zero"),
            (DatabaseErrorKind::Unknown, "invalid byte sequence"),
        ] {
            let error = StoreError::from(database(kind, message));
            assert_eq!(error.class(), FailureClass::Permanent, "{message}");
        }
        assert!(!StoreError::from(DieselError::NotFound).is_transient());
    }

    #[test]
    fn a_lost_connection_inside_a_copy_is_found() {
        let inner = database(
            DatabaseErrorKind::Unknown,
            "server closed the connection unexpectedly",
        );
        let wrapped = DieselError::DeserializationError(Box::new(std::io::Error::other(inner)));
        assert!(is_connection_loss(&wrapped));
        assert!(StoreError::from(wrapped).is_transient());
    }

    #[test]
    fn connecting_is_hopeless_only_when_it_is() {
        let class = |message: &str| {
            StoreError::Connect(ConnectionError::BadConnection(message.to_owned())).class()
        };
        assert_eq!(
            class("FATAL:  the database system is starting up"),
            FailureClass::Transient
        );
        assert_eq!(class("Connection refused"), FailureClass::Transient);
        assert_eq!(
            class("FATAL:  password authentication failed for user \"x\""),
            FailureClass::Permanent
        );
        assert_eq!(
            class("FATAL:  role \"x\" does not exist"),
            FailureClass::Permanent
        );
    }
}
