//! What a service says of its lots.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cnt_bus::Record;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{FailureClass, LotError, PgConnection, Session, StoreError};

/// A record that cannot be digested, beside others that can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// Its index among the records given.
    pub index: usize,
    /// Why, as one of few fixed words.
    pub reason: &'static str,
    /// What exactly happened, without personal data.
    pub detail: String,
}

/// What the work before the transaction gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared<T> {
    /// What [`LotWork::apply`] needs.
    pub effect: T,
    /// Records to quarantine; `effect` holds nothing of them.
    pub poison: Vec<Poison>,
}

impl<T> Prepared<T> {
    /// An effect of all records.
    pub fn clean(effect: T) -> Self {
        Self {
            effect,
            poison: Vec::new(),
        }
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a lot was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// It may succeed later: a disk is full, an object has not arrived, the registry's version is not here yet.
    #[error("not now")]
    Later(#[source] Source),
    /// It will never succeed as it is.
    #[error("cannot be done")]
    Never(#[source] Source),
    /// The database's word.
    #[error(transparent)]
    Lot(#[from] LotError),
}

impl WorkError {
    /// A failure that may pass.
    pub fn later(source: impl Into<Source>) -> Self {
        Self::Later(source.into())
    }

    /// A failure that will not pass.
    pub fn never(source: impl Into<Source>) -> Self {
        Self::Never(source.into())
    }

    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            WorkError::Later(_) => FailureClass::Transient,
            WorkError::Never(_) => FailureClass::Permanent,
            WorkError::Lot(error) => error.class(),
        }
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        WorkError::Lot(LotError::Store(error))
    }
}

impl From<cnt_vault::StoreError> for WorkError {
    /// An object that is not there yet, a full disk, an I/O error pass; a corrupt object does not.
    fn from(error: cnt_vault::StoreError) -> Self {
        match error {
            cnt_vault::StoreError::Corrupt { .. } => WorkError::never(error),
            cnt_vault::StoreError::NotFound { .. }
            | cnt_vault::StoreError::Full { .. }
            | cnt_vault::StoreError::Io { .. } => WorkError::later(error),
        }
    }
}

impl From<cnt_vault::ReadError> for WorkError {
    fn from(error: cnt_vault::ReadError) -> Self {
        match error {
            cnt_vault::ReadError::Source(_) => WorkError::later(error),
            _ => WorkError::never(error),
        }
    }
}

impl From<cnt_vault::WriteError> for WorkError {
    fn from(error: cnt_vault::WriteError) -> Self {
        WorkError::never(error)
    }
}

/// Turns a panic of the work into a failure that will not pass, so that its record is quarantined and the consumer goes
/// on. The panic's own text may hold personal data and is not kept; the panic hook has it in the log.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, WorkError>) -> Result<T, WorkError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(WorkError::never("the work panicked")))
}

/// A service's work on lots. It must bear a panic in any of its methods: what it keeps between lots (caches) is whole or
/// harmless at each point where a panic could leave it.
pub trait LotWork {
    /// What is computed before the transaction.
    type Effect;

    /// Works on records outside the transaction. It may use the session for short transactions of its own, whose
    /// effects must be the same when the lot is done again.
    ///
    /// # Errors
    /// See [`WorkError`]; a lot that fails for good is done again record by record.
    fn prepare(
        &mut self,
        session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Self::Effect>, WorkError>;

    /// Writes the results in the transaction of the lot, and gives the events to publish after its commit. On an
    /// error everything is rolled back and the lot is prepared anew.
    ///
    /// # Errors
    /// See [`WorkError`].
    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Self::Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError>;

    /// The transaction was committed.
    fn committed(&mut self, effect: Self::Effect) {
        drop(effect);
    }

    /// An operator gives up a quarantined record: what that means, in the transaction which records it.
    ///
    /// # Errors
    /// See [`WorkError`].
    fn discard(
        &mut self,
        conn: &mut PgConnection,
        record: &Record,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let _ = (conn, record);
        Ok(Vec::new())
    }

    /// Called a few times a second between lots: the place for timed work, in transactions of its own.
    ///
    /// # Errors
    /// See [`WorkError`]; it is called again later.
    fn tick(&mut self, session: &mut Session) -> Result<(), WorkError> {
        let _ = session;
        Ok(())
    }
}
