//! The Merkle tree: appended to in a lot's transaction, published and signed after the commit.

use cnt_evidence::{Commitment, Frontier, Hash, Salt, TreeHead};
use cnt_store::{LotError, PgConnection, StoreError};
use diesel::prelude::*;

use super::rows::DocumentRow;
use super::{checkpoint, evidence_lot, evidence_tree};

/// Lots whose leaves are published at once.
const LOTS_AT_ONCE: i64 = 64;

/// Salts and commitments of a lot's documents, in the order of its members.
#[derive(Debug, Default)]
pub(crate) struct LotEvidence {
    pub(crate) salts: Vec<Salt>,
    pub(crate) commitments: Vec<Commitment>,
}

/// A lot whose documents get leaves.
pub(crate) struct Appended<'lot> {
    pub(crate) lot: &'lot [u8; 32],
    pub(crate) evidence: &'lot LotEvidence,
    pub(crate) documents: &'lot mut [DocumentRow],
}

#[derive(Insertable)]
#[diesel(table_name = evidence_lot)]
pub(super) struct NewEvidence<'lot> {
    first: i64,
    leaves: i32,
    lot_id: &'lot [u8],
    salts: Vec<u8>,
    commitments: Vec<u8>,
    salts_kept: bool,
}

impl<'lot> NewEvidence<'lot> {
    /// A lot's evidence; its salts are in the objects already.
    pub(super) fn new(
        first: u64,
        lot_id: &'lot [u8],
        salts: &[Salt],
        commitments: &[Commitment],
    ) -> Result<Self, LotError> {
        Ok(Self {
            first: i64::try_from(first).map_err(LotError::refused)?,
            leaves: i32::try_from(commitments.len()).map_err(LotError::refused)?,
            lot_id,
            salts: bytes_of(salts.iter().map(Salt::as_bytes)),
            commitments: bytes_of(commitments.iter().map(Commitment::as_bytes)),
            salts_kept: true,
        })
    }
}

/// Many times 32 bytes, one after the other.
pub(super) fn bytes_of<'part>(parts: impl Iterator<Item = &'part [u8; 32]>) -> Vec<u8> {
    parts.flatten().copied().collect()
}

/// What is kept is not a tree.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept cannot be.
    #[error("the kept tree is damaged: {0}")]
    Damaged(&'static str),
}

impl From<diesel::result::Error> for EvidenceError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Another sequencer moved the tree.
#[derive(Debug, thiserror::Error)]
#[error("the tree was moved by another")]
struct Moved;

fn count(value: i64) -> Result<u64, EvidenceError> {
    u64::try_from(value).map_err(|_| EvidenceError::Damaged("a negative number of leaves"))
}

fn hash(bytes: &[u8]) -> Result<Hash, EvidenceError> {
    let bytes = bytes.try_into();
    bytes
        .map(Hash::from_bytes)
        .map_err(|_| EvidenceError::Damaged("a hash of the wrong length"))
}

/// Gives each document a leaf, lot by lot, in the caller's transaction: one row for each lot, one move of the tree.
/// The row of the tree is locked to the commit, so that there is one order.
pub(crate) fn append(conn: &mut PgConnection, lots: &mut [Appended<'_>]) -> Result<(), LotError> {
    lots.sort_by_key(|lot| lot.evidence.commitments.is_empty());
    let with_leaves = lots.partition_point(|lot| !lot.evidence.commitments.is_empty());
    let Some(lots) = lots.get_mut(..with_leaves).filter(|lots| !lots.is_empty()) else {
        return Ok(());
    };
    let (size, root, peaks): (i64, Vec<u8>, Vec<u8>) = evidence_tree::table
        .find(1)
        .select((
            evidence_tree::size,
            evidence_tree::root,
            evidence_tree::peaks,
        ))
        .for_update()
        .first(conn)?;
    let kept = peaks.as_chunks::<32>().0.iter();
    let kept = kept.map(|peak| Hash::from_bytes(*peak)).collect();
    let leaves = u64::try_from(size).map_err(LotError::refused)?;
    let mut frontier = Frontier::from_parts(leaves, kept).map_err(LotError::refused)?;
    if frontier.root().as_bytes().as_slice() != root {
        return Err(LotError::refused(EvidenceError::Damaged(
            "root and peaks differ",
        )));
    }
    let mut rows = Vec::with_capacity(lots.len());
    for lot in lots {
        let at = frontier.size();
        let first = i64::try_from(at).map_err(LotError::refused)?;
        for (leaf, document) in (first..).zip(lot.documents.iter_mut()) {
            document.leaf = Some(leaf);
        }
        let LotEvidence { salts, commitments } = lot.evidence;
        frontier.append_all(commitments.iter().map(Commitment::leaf));
        rows.push(NewEvidence::new(at, lot.lot, salts, commitments)?);
    }
    diesel::insert_into(evidence_lot::table)
        .values(&rows)
        .execute(conn)?;
    let peaks = bytes_of(frontier.peaks().iter().map(Hash::as_bytes));
    let new_size = i64::try_from(frontier.size()).map_err(LotError::refused)?;
    let same = evidence_tree::table
        .find(1)
        .filter(evidence_tree::size.eq(size))
        .filter(evidence_tree::root.eq(&root));
    let moved = diesel::update(same)
        .set((
            evidence_tree::size.eq(new_size),
            evidence_tree::root.eq(frontier.root().as_bytes().as_slice()),
            evidence_tree::peaks.eq(peaks),
        ))
        .execute(conn)?;
    if moved == 1 {
        Ok(())
    } else {
        Err(LotError::later(Moved))
    }
}

/// The committed tree, and how many of its leaves are published.
pub(crate) fn tree(conn: &mut PgConnection) -> Result<(TreeHead, u64), EvidenceError> {
    let (size, root, published): (i64, Vec<u8>, i64) = evidence_tree::table
        .find(1)
        .select((
            evidence_tree::size,
            evidence_tree::root,
            evidence_tree::published,
        ))
        .first(conn)?;
    let tree = TreeHead {
        size: count(size)?,
        root: hash(&root)?,
    };
    Ok((tree, count(published)?))
}

/// The next committed entries from `first` on, whole lots, none beyond `size`.
pub(crate) fn entries(
    conn: &mut PgConnection,
    first: u64,
    size: u64,
) -> Result<Vec<Commitment>, EvidenceError> {
    let place = |value| i64::try_from(value).map_err(|_| EvidenceError::Damaged("too large"));
    let lots: Vec<Vec<u8>> = evidence_lot::table
        .filter(evidence_lot::first.ge(place(first)?))
        .filter(evidence_lot::first.lt(place(size)?))
        .order(evidence_lot::first)
        .limit(LOTS_AT_ONCE)
        .select(evidence_lot::commitments)
        .load(conn)?;
    let entries = lots.iter().flat_map(|lot| lot.as_chunks::<32>().0);
    Ok(entries
        .map(|entry| Commitment::from_bytes(*entry))
        .collect())
}

/// Notes that the tiles of the leaves before `to` are written; false when another was first.
pub(crate) fn published(
    conn: &mut PgConnection,
    from: u64,
    to: u64,
) -> Result<bool, EvidenceError> {
    let place = |value| i64::try_from(value).map_err(|_| EvidenceError::Damaged("too large"));
    let same = evidence_tree::table
        .find(1)
        .filter(evidence_tree::published.eq(place(from)?));
    let moved = diesel::update(same)
        .set(evidence_tree::published.eq(place(to)?))
        .execute(conn)?;
    Ok(moved == 1)
}

/// The latest signed checkpoint: its size and its note.
pub(crate) fn latest_checkpoint(
    conn: &mut PgConnection,
) -> Result<Option<(u64, String)>, EvidenceError> {
    let found: Option<(i64, String)> = checkpoint::table
        .order(checkpoint::size.desc())
        .select((checkpoint::size, checkpoint::note))
        .first(conn)
        .optional()?;
    found
        .map(|(size, note)| Ok((count(size)?, note)))
        .transpose()
}

/// Keeps a signed checkpoint. The same size has the same note for ever.
pub(crate) fn keep_checkpoint(
    conn: &mut PgConnection,
    size: u64,
    note: &str,
) -> Result<(), EvidenceError> {
    let size = i64::try_from(size).map_err(|_| EvidenceError::Damaged("too large"))?;
    diesel::insert_into(checkpoint::table)
        .values((checkpoint::size.eq(size), checkpoint::note.eq(note)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

/// Index and salt of a document's leaf; none when it has no leaf, or no salt any more.
pub(crate) fn leaf_of(
    conn: &mut PgConnection,
    row: &DocumentRow,
) -> Result<Option<(u64, Salt)>, EvidenceError> {
    let Some(leaf) = row.leaf else {
        return Ok(None);
    };
    let found: Option<(i64, Vec<u8>)> = evidence_lot::table
        .filter(evidence_lot::lot_id.eq(&row.lot_id))
        .select((evidence_lot::first, evidence_lot::salts))
        .first(conn)
        .optional()?;
    let Some((first, salts)) = found else {
        return Ok(None);
    };
    let place = usize::try_from(leaf - first).ok();
    let salt = place.and_then(|place| salts.as_chunks::<32>().0.get(place));
    let salt = salt.filter(|salt| **salt != [0; 32]);
    let index = count(leaf)?;
    Ok(salt.map(|salt| (index, Salt::from_bytes(*salt))))
}

/// A lot whose salts are in the database alone.
#[derive(Debug, Queryable)]
pub(crate) struct UnkeptSalts {
    /// Its first leaf.
    pub(crate) first: i64,
    /// Its name.
    pub(crate) lot_id: Vec<u8>,
    /// 32 bytes for each document.
    pub(crate) salts: Vec<u8>,
}

/// Lots of an earlier version, some at a time.
pub(crate) fn unkept_salts(conn: &mut PgConnection) -> Result<Vec<UnkeptSalts>, StoreError> {
    Ok(evidence_lot::table
        .filter(evidence_lot::salts_kept.eq(false))
        .order(evidence_lot::first)
        .limit(LOTS_AT_ONCE)
        .select((
            evidence_lot::first,
            evidence_lot::lot_id,
            evidence_lot::salts,
        ))
        .load(conn)?)
}

/// Notes that salts are in the objects, by the first leaves of their lots.
pub(crate) fn salts_kept(conn: &mut PgConnection, firsts: &[i64]) -> Result<(), StoreError> {
    diesel::update(evidence_lot::table.filter(evidence_lot::first.eq_any(firsts)))
        .set(evidence_lot::salts_kept.eq(true))
        .execute(conn)?;
    Ok(())
}
