//! The log as the objects tell it: tiles, checkpoint, and which lot has which leaves. No database, no broker.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use cnt_evidence::{
    BUNDLE_ENTRY_BYTES, Checkpoint, Commitment, Frontier, Hash, Salt, TILE_WIDTH, TileId,
    TileStore, TreeHead, VerifierKey, empty_root, entries_path, grow,
};
use cnt_flow::WorkError;
use cnt_vault::{LotId, LotKind, LotReader, ObjectRead, ObjectStore, ReadError, StoreError};
use rayon::prelude::*;
use serde::Serialize;

use crate::db::DocumentRow;
use crate::tiles::TileFiles;
use crate::work::{commitments, documents_of};

/// Bundles of entries looked at together.
const BUNDLES_AT_ONCE: u64 = 64;

/// What the log says, compared with the objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceReport {
    /// Leaves under the latest checkpoint.
    pub leaves: u64,
    /// Lots whose documents are leaves of the log.
    pub lots: u64,
    /// Registered lots that no checkpoint covers yet.
    pub unlogged_lots: u64,
    /// Lots that were never registered.
    pub unregistered_lots: u64,
    /// Everything that is not as it should be.
    pub problems: Vec<String>,
}

/// The log cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The object store cannot be listed or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Tiles, salts or checkpoint cannot be read.
    #[error("the evidence cannot be read")]
    Io(#[from] io::Error),
}

/// A lot whose documents are leaves of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoggedLot {
    pub(crate) id: LotId,
    /// Index of its first leaf.
    pub(crate) first: u64,
}

/// The log, read back.
#[derive(Debug, Default)]
pub(crate) struct LogBook {
    pub(crate) frontier: Frontier,
    /// In the order of their leaves.
    pub(crate) lots: Vec<LoggedLot>,
    /// Registered, but under no checkpoint; by name.
    pub(crate) unlogged: Vec<LotId>,
    pub(crate) unregistered: u64,
    /// Registered, and nothing in them is a document.
    pub(crate) empty: Vec<LotId>,
    /// The latest checkpoint.
    pub(crate) checkpoint: Option<String>,
    /// Tiles, or a checkpoint, that are not what they should be: nothing can be built upon them.
    pub(crate) broken: Vec<String>,
    /// Lots and leaves that do not agree.
    pub(crate) disagreeing: Vec<String>,
}

/// What is to be known of a registered lot to find it in the log.
struct Summary {
    id: LotId,
    leaves: u64,
    first: [u8; 32],
    all: Hash,
}

/// What an object of kind document is to the log.
enum Found {
    Registered(Summary),
    /// Registered, and nothing in it is a document.
    Empty,
    Unregistered,
    Unreadable(String),
}

/// A document lot's rows with their commitments, read from its object and its salts.
pub(crate) struct ReadLot {
    pub(crate) rows: Vec<DocumentRow>,
    pub(crate) salts: Vec<Salt>,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) members: u64,
    pub(crate) bytes: u64,
}

/// Why a lot cannot be taken from its object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LotUnread {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("its salts: {0}")]
    Salts(io::Error),
    #[error("{0}")]
    Work(#[from] WorkError),
    #[error("it has {documents} documents and {salts} salts")]
    Number { documents: usize, salts: usize },
}

/// Reads a document lot; none if it was never registered.
pub(crate) fn read_lot(
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    id: LotId,
) -> Result<Option<ReadLot>, LotUnread> {
    let Some(salts) = tiles.salts(id.as_bytes()).map_err(LotUnread::Salts)? else {
        return Ok(None);
    };
    let source = objects.open(LotKind::Document, id)?;
    let bytes = source.size();
    let reader = LotReader::open_at(source)?;
    let rows = documents_of(reader.members()?, id.as_bytes())?;
    if rows.len() != salts.len() {
        return Err(LotUnread::Number {
            documents: rows.len(),
            salts: salts.len(),
        });
    }
    let commitments = commitments(&salts, &rows)?;
    Ok(Some(ReadLot {
        rows,
        salts,
        commitments,
        members: reader.manifest().member_count,
        bytes,
    }))
}

fn summary(objects: &dyn ObjectStore, tiles: &TileFiles, id: LotId) -> Found {
    match read_lot(objects, tiles, id) {
        Ok(None) => Found::Unregistered,
        Ok(Some(lot)) => match lot.commitments.first() {
            None => Found::Empty,
            Some(first) => Found::Registered(Summary {
                id,
                leaves: u64::try_from(lot.commitments.len()).unwrap_or(u64::MAX),
                first: *first.as_bytes(),
                all: hash_of(&lot.commitments),
            }),
        },
        Err(error) => {
            let error = anyhow::Error::from(error);
            Found::Unreadable(format!("document lot {id}: {error:#}"))
        }
    }
}

fn hash_of(commitments: &[Commitment]) -> Hash {
    let bytes: Vec<u8> = commitments.iter().flat_map(|one| *one.as_bytes()).collect();
    Hash::of(&bytes)
}

/// Reads tiles, checkpoint, salts and the indexes of all document lots, on the caller's rayon pool, and compares them.
/// `progress` is told how many lots were read.
pub(crate) fn read(
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    verifier: &VerifierKey,
    progress: &mut dyn FnMut(u64),
) -> Result<LogBook, LogError> {
    let mut book = LogBook::default();
    let by_first = summaries(objects, tiles, &mut book, progress)?;
    let head = match tiles.checkpoint()? {
        None if tiles.has_tiles()? => {
            book.broken
                .push("there are tiles, and no checkpoint".to_owned());
            return Ok(book);
        }
        None => TreeHead {
            size: 0,
            root: empty_root(),
        },
        Some(note) => match Checkpoint::open(&note, verifier) {
            Ok(checkpoint) => {
                book.checkpoint = Some(note);
                checkpoint.tree
            }
            Err(error) => {
                book.broken.push(format!("the checkpoint: {error}"));
                return Ok(book);
            }
        },
    };
    let mut matching = Matching::new(by_first);
    let checked = CheckedTiles {
        files: tiles,
        partial: RefCell::default(),
        changed: RefCell::default(),
    };
    while book.frontier.size() < head.size {
        let at = book.frontier.size();
        let entries = match entries(tiles, at, head.size) {
            Ok(entries) => entries,
            Err(problem) => {
                book.broken.push(problem);
                return Ok(book);
            }
        };
        if let Err(error) = grow(&checked, at, &entries) {
            let told = format!("tiles from leaf {at} on: {error}");
            book.broken.push(told);
        }
        for (index, entry) in (at..).zip(&entries) {
            matching.push(index, entry);
            book.frontier.append(entry.leaf());
        }
    }
    if book.frontier.root() != head.root {
        let told = "the checkpoint has another root than its leaves";
        book.broken.push(told.to_owned());
    }
    let changed = checked.changed(head.size)?.into_iter();
    book.broken
        .extend(changed.map(|path| format!("{path} is not what was written")));
    matching.finish(head.size, &mut book);
    Ok(book)
}

/// Every registered lot by the commitment of its first document; what is not in the log goes into the book.
fn summaries(
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    book: &mut LogBook,
    progress: &mut dyn FnMut(u64),
) -> Result<HashMap<[u8; 32], Summary>, LogError> {
    let mut by_first = HashMap::new();
    let ids = objects
        .list(LotKind::Document)?
        .collect::<Result<Vec<_>, _>>()?;
    let mut done = 0;
    for chunk in ids.chunks(64) {
        let found: Vec<_> = chunk
            .par_iter()
            .map(|id| (*id, summary(objects, tiles, *id)))
            .collect();
        for (id, found) in found {
            match found {
                Found::Registered(summary) => {
                    by_first.insert(summary.first, summary);
                }
                Found::Empty => book.empty.push(id),
                Found::Unregistered => book.unregistered += 1,
                Found::Unreadable(problem) => book.disagreeing.push(problem),
            }
        }
        done += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        progress(done);
    }
    Ok(by_first)
}

/// The entries from `at`, which begins a bundle, on.
fn entries(tiles: &TileFiles, at: u64, size: u64) -> Result<Vec<Commitment>, String> {
    let width = u64::try_from(TILE_WIDTH).unwrap_or(u64::MAX);
    let mut entries = Vec::new();
    for bundle in at / width..(at / width + BUNDLES_AT_ONCE).min(size.div_ceil(width)) {
        let held = usize::try_from((size - bundle * width).min(width)).unwrap_or(TILE_WIDTH);
        let path = entries_path(bundle, held);
        let bytes = tiles
            .read(&path)
            .map_err(|error| format!("{path}: {error}"))?;
        let (found, rest) = bytes.as_chunks::<BUNDLE_ENTRY_BYTES>();
        if found.len() != held || !rest.is_empty() {
            return Err(format!("{path} has {} bytes", bytes.len()));
        }
        for entry in found {
            let [0, 32, commitment @ ..] = entry else {
                return Err(format!("{path} holds an entry of another length"));
            };
            entries.push(Commitment::from_bytes(*commitment));
        }
    }
    Ok(entries)
}

/// Tiles that are to be written must be there already, to the byte. Those that are still to grow are not looked at: which
/// of them were ever written is chance.
struct CheckedTiles<'a> {
    files: &'a TileFiles,
    partial: RefCell<HashMap<String, Vec<u8>>>,
    changed: RefCell<Vec<String>>,
}

impl CheckedTiles<'_> {
    /// Every tile of a tree of `size` leaves that is not what it should be, all of them having been written.
    fn changed(self, size: u64) -> io::Result<Vec<String>> {
        let partial = self.partial.take();
        for level in 0..8_u32 {
            let nodes = size >> (8 * level);
            let tile = TileId {
                level,
                index: nodes >> 8,
                width: usize::try_from(nodes % 256).unwrap_or_default(),
            };
            if let Some(bytes) = partial.get(&tile.path()) {
                self.compare(&tile.path(), bytes)?;
            }
        }
        Ok(self.changed.into_inner())
    }

    fn compare(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        match self.files.read(path) {
            Ok(found) if found == bytes => {}
            Ok(_) => self.changed.borrow_mut().push(path.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.changed.borrow_mut().push(path.to_owned());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl TileStore for CheckedTiles<'_> {
    type Error = io::Error;

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.partial.borrow().get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.files.read(path),
        }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        if path.contains(".p/") {
            self.partial
                .borrow_mut()
                .insert(path.to_owned(), bytes.to_vec());
            return Ok(());
        }
        self.compare(path, bytes)
    }
}

/// Finds lots among the entries of the log, which are gone through once.
struct Matching {
    by_first: HashMap<[u8; 32], Summary>,
    lots: Vec<LoggedLot>,
    /// The lot whose entries are being gone through, and those seen of it.
    open: Option<(Summary, u64, Vec<Commitment>)>,
    /// Runs of leaves without a lot, the end excluded.
    without: Vec<(u64, u64)>,
    differing: Vec<String>,
}

impl Matching {
    fn new(by_first: HashMap<[u8; 32], Summary>) -> Self {
        Self {
            by_first,
            lots: Vec::new(),
            open: None,
            without: Vec::new(),
            differing: Vec::new(),
        }
    }

    fn push(&mut self, index: u64, entry: &Commitment) {
        if self.open.is_none() {
            match self.by_first.remove(entry.as_bytes()) {
                Some(summary) => self.open = Some((summary, index, Vec::new())),
                None => match self.without.last_mut().filter(|(_, to)| *to == index) {
                    Some((_, to)) => *to += 1,
                    None => self.without.push((index, index + 1)),
                },
            }
        }
        let Some((summary, first, mut seen)) = self.open.take() else {
            return;
        };
        seen.push(*entry);
        if u64::try_from(seen.len()).unwrap_or(u64::MAX) < summary.leaves {
            self.open = Some((summary, first, seen));
        } else if hash_of(&seen) == summary.all {
            self.lots.push(LoggedLot {
                id: summary.id,
                first,
            });
        } else {
            self.differing.push(format!(
                "document lot {}: its documents are not the leaves from {first} on",
                summary.id
            ));
        }
    }

    fn finish(self, size: u64, book: &mut LogBook) {
        book.lots = self.lots;
        book.disagreeing.extend(self.differing);
        if let Some((summary, first, _)) = self.open {
            book.disagreeing.push(format!(
                "document lot {}: its leaves from {first} on go beyond {size}",
                summary.id
            ));
        }
        let without = self.without.into_iter();
        book.disagreeing.extend(
            without.map(|(from, to)| {
                format!("leaves {from} to {to} belong to no lot that can be read")
            }),
        );
        book.unlogged
            .extend(self.by_first.into_values().map(|summary| summary.id));
        book.unlogged.sort_unstable();
    }
}

/// Compares the objects with the log, from the objects alone: the latest checkpoint has its signature and its root, every tile
/// is what the entries make, and the documents of every lot are leaves, in their order.
///
/// # Errors
/// [`LogError`]; what does not agree is none.
pub fn verify_evidence(
    objects: &dyn ObjectStore,
    objects_dir: &std::path::Path,
    verifier: &VerifierKey,
    progress: &mut dyn FnMut(u64),
) -> Result<EvidenceReport, LogError> {
    let tiles = TileFiles::new(objects_dir);
    let book = read(objects, &tiles, verifier, progress)?;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(EvidenceReport {
        leaves: book.frontier.size(),
        lots: count(book.lots.len()),
        unlogged_lots: count(book.unlogged.len()),
        unregistered_lots: book.unregistered,
        problems: [book.broken, book.disagreeing].concat(),
    })
}
