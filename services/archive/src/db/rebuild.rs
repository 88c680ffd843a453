//! Making the index anew.

use cnt_evidence::{Commitment, Frontier, Salt};
use cnt_store::{LotError, PgConnection, StoreError};
use diesel::prelude::*;

use super::evidence::{NewEvidence, bytes_of};
use super::lots::register;
use super::rows::{DocumentRow, NewLot};
use super::{EvidenceError, evidence_lot, evidence_tree};
use crate::log_book::LogError;

/// The index cannot be made anew; it stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Objects or evidence cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log itself is damaged: tiles or checkpoint must be brought back first.
    #[error("the log is damaged: {}", .0.join("; "))]
    Damaged(Vec<String>),
    /// An object changed while it was read twice.
    #[error("document lot {0} changed meanwhile")]
    Changed(String),
    /// The database's word.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database's word on a lot.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// The database's word on the tree.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

impl From<diesel::result::Error> for RebuildError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl RebuildError {
    /// Whether the database has a row of that name already.
    fn is_known(&self) -> bool {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
        let (Self::Store(error) | Self::Lot(LotError::Store(error))) = self else {
            return false;
        };
        matches!(error, StoreError::Query(DatabaseError(UniqueViolation, _)))
    }
}

/// A lot and where its documents stand in the log.
pub(crate) struct PlacedLot {
    pub(crate) lot: NewLot,
    /// Index of its first leaf.
    pub(crate) first: u64,
    pub(crate) salts: Vec<Salt>,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) documents: Vec<DocumentRow>,
}

/// All or nothing.
pub(crate) fn transaction<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, RebuildError>,
) -> Result<T, RebuildError> {
    conn.transaction(work)
}

/// Within a transaction: what `work` did stays, or is undone because the database knows it already; false then.
pub(crate) fn unless_known(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<(), RebuildError>,
) -> Result<bool, RebuildError> {
    match conn.transaction(work) {
        Ok(()) => Ok(true),
        Err(error) if error.is_known() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Empties the index. Nobody registers a lot from now to the end of the transaction: who does, begins with `done_lot`.
pub(crate) fn clear(conn: &mut PgConnection) -> Result<(), RebuildError> {
    for statement in [
        "LOCK TABLE done_lot IN ACCESS EXCLUSIVE MODE",
        "TRUNCATE lot, document, evidence_lot, checkpoint",
    ] {
        diesel::sql_query(statement).execute(conn)?;
    }
    Ok(())
}

/// Registers lots with the leaves that the log gives their documents.
pub(crate) fn place(conn: &mut PgConnection, mut lots: Vec<PlacedLot>) -> Result<(), RebuildError> {
    let mut rows = Vec::with_capacity(lots.len());
    for lot in &mut lots {
        let first = i64::try_from(lot.first).map_err(LotError::refused)?;
        for (leaf, document) in (first..).zip(&mut lot.documents) {
            document.leaf = Some(leaf);
        }
    }
    for lot in &lots {
        rows.push(NewEvidence::new(
            lot.first,
            &lot.lot.lot_id,
            &lot.salts,
            &lot.commitments,
        )?);
    }
    diesel::insert_into(evidence_lot::table)
        .values(&rows)
        .execute(conn)?;
    let new: Vec<_> = lots.iter().map(|lot| lot.lot.clone()).collect();
    let documents: Vec<_> = lots.iter().flat_map(|lot| &lot.documents).collect();
    Ok(register(conn, &new, &documents)?)
}

/// Sets the tree to what the log says; all its leaves are published.
pub(crate) fn set_tree(conn: &mut PgConnection, tree: &Frontier) -> Result<(), RebuildError> {
    let size = i64::try_from(tree.size()).map_err(LotError::refused)?;
    diesel::update(evidence_tree::table.find(1))
        .set((
            evidence_tree::size.eq(size),
            evidence_tree::root.eq(tree.root().as_bytes().as_slice()),
            evidence_tree::peaks.eq(bytes_of(tree.peaks().iter().map(|peak| peak.as_bytes()))),
            evidence_tree::published.eq(size),
        ))
        .execute(conn)?;
    Ok(())
}
