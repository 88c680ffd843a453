//! Where lot objects are kept: written once under their own hash.

use std::io;

use crate::digest::LotId;
use crate::kind::LotKind;
use crate::source::ObjectRead;
use crate::writer::SealedLot;

/// What a `put` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// The object was written, and is durable.
    Written,
    /// The very object was there already, and is durable.
    AlreadyThere,
}

/// What is wrong with a stored object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectDamage {
    /// Its bytes do not have the SHA-256 it is named by.
    #[error("its bytes have the SHA-256 {found}")]
    Name {
        /// The SHA-256 of the bytes.
        found: LotId,
    },
    /// Its size is not that of the object with this name, in bytes.
    #[error("it has {found} bytes, not {expected}")]
    Size {
        /// The right size.
        expected: u64,
        /// The size found.
        found: u64,
    },
    /// It is larger than any lot, in bytes.
    #[error("it has {found} bytes, more than any lot")]
    TooLarge {
        /// The size found.
        found: u64,
    },
}

/// An object store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such object.
    #[error("there is no {kind} lot {id}")]
    NotFound {
        /// Kind asked for.
        kind: LotKind,
        /// Name asked for.
        id: LotId,
    },
    /// The object is not what its name says.
    #[error("{kind} lot {id} is corrupt: {damage}")]
    Corrupt {
        /// Its kind.
        kind: LotKind,
        /// Its name.
        id: LotId,
        /// What is wrong.
        damage: ObjectDamage,
    },
    /// No space, or no quota, is left. Nothing was written; try again when there is.
    #[error("no space is left for {locator}")]
    Full {
        /// Where the object should have gone.
        locator: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Anything else the system reports.
    #[error("cannot {action} {locator}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        locator: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A store of lot objects. Objects are written once and never change; the same bytes have the
/// same name, so putting an object twice is harmless. Calls block.
pub trait ObjectStore: Send + Sync {
    /// Writes an object under its name; when this returns `Ok`, it survives a power cut.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if `bytes` do not have the name `id`, or something else has that
    /// name; [`StoreError::Full`]; [`StoreError::Io`].
    fn put_bytes(&self, kind: LotKind, id: LotId, bytes: &[u8]) -> Result<PutOutcome, StoreError>;

    /// Writes a sealed lot.
    ///
    /// # Errors
    ///
    /// Those of [`ObjectStore::put_bytes`].
    fn put(&self, lot: &SealedLot) -> Result<PutOutcome, StoreError>;

    /// All bytes of an object, checked against its name.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Corrupt`], [`StoreError::Io`].
    fn get(&self, kind: LotKind, id: LotId) -> Result<Vec<u8>, StoreError>;

    /// Opens an object to read it by ranges; pass the result to
    /// [`LotReader::open_at`](crate::LotReader::open_at).
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Corrupt`], [`StoreError::Io`].
    fn open(&self, kind: LotKind, id: LotId) -> Result<Box<dyn ObjectRead>, StoreError>;

    /// Exactly `length` bytes from `offset`; they cannot be checked against the name.
    ///
    /// # Errors
    ///
    /// Those of [`ObjectStore::open`]; [`StoreError::Io`] past the end.
    fn get_range(
        &self,
        kind: LotKind,
        id: LotId,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError>;

    /// Whether the object is there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    fn exists(&self, kind: LotKind, id: LotId) -> Result<bool, StoreError>;

    /// The names of all objects of a kind in ascending order; one that is being put meanwhile
    /// may or may not be seen.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`], at once or from the iterator.
    fn list(&self, kind: LotKind) -> Result<ObjectIds<'_>, StoreError>;

    /// Where the object lies, for people and logs: a path or a URL.
    fn locator(&self, kind: LotKind, id: LotId) -> String;
}

/// Names of objects, as listed.
pub type ObjectIds<'a> = Box<dyn Iterator<Item = Result<LotId, StoreError>> + Send + 'a>;
