//! The one transaction of a lot.

use std::error::Error;

use diesel::prelude::*;
use thiserror::Error;

use crate::error::{FailureClass, StoreError};
use crate::positions::{AdvanceError, PositionLost};

/// Why the transaction of a lot was rolled back.
#[derive(Debug, Error)]
pub enum LotError {
    /// Another consumer moved a position of the lot.
    #[error(transparent)]
    Lost(#[from] PositionLost),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the service needs besides the database is not there now; the same lot may succeed later.
    #[error("lot put off")]
    Later(#[source] Box<dyn Error + Send + Sync>),
    /// The service refuses the data; the same lot is refused again.
    #[error("lot refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

impl LotError {
    /// A refusal by the service itself.
    pub fn refused(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Refused(error.into())
    }

    /// A failure outside the database that may pass.
    pub fn later(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Later(error.into())
    }

    /// What to do: wait and retry, reload the position, or go through the lot record by record.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Lost(_) => FailureClass::Lost,
            Self::Store(error) => error.class(),
            Self::Later(_) => FailureClass::Transient,
            Self::Refused(_) => FailureClass::Permanent,
        }
    }
}

impl From<diesel::result::Error> for LotError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::Query(error))
    }
}

impl From<AdvanceError> for LotError {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::Lost(lost) => Self::Lost(lost),
            AdvanceError::Store(error) => Self::Store(error),
        }
    }
}

/// Runs `work` in one transaction (READ COMMITTED): commits what it did, or rolls all of it back on any error.
///
/// It never retries. After a [`FailureClass::Transient`] error the commit may have happened none the less (the
/// connection broke before the server's answer came): load the positions again before running the lot once more.
///
/// # Errors
/// What `work` returned, or the failure of BEGIN or COMMIT.
pub fn lot_transaction<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, LotError>,
) -> Result<T, LotError> {
    conn.transaction(work)
}
