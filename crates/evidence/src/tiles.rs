//! C2SP `tlog-tiles`: a tree of hashes in files of 256, which grow on the right and are then never written again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::commitment::Commitment;
use crate::hash::{Hash, node_hash};
use crate::proof::Nodes;

/// Hashes in a full tile; entries in a full bundle.
pub const TILE_WIDTH: usize = 256;
/// Levels of the tree that a tile spans.
const TILE_HEIGHT: u32 = 8;
/// Bytes of an entry in its bundle: a length of two bytes, big-endian, and a commitment.
pub const BUNDLE_ENTRY_BYTES: usize = 2 + 32;

/// Where tiles are kept, by the paths of the format.
pub trait TileStore {
    /// What can go wrong.
    type Error: std::error::Error;

    /// The bytes at a path.
    ///
    /// # Errors
    /// When there are none, or the store fails.
    fn read(&self, path: &str) -> Result<Vec<u8>, Self::Error>;

    /// Writes, durably and whole or not at all. The same path always gets the same bytes.
    ///
    /// # Errors
    /// When the store fails.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Self::Error>;
}

impl<S: TileStore + ?Sized> TileStore for &S {
    type Error = S::Error;

    fn read(&self, path: &str) -> Result<Vec<u8>, Self::Error> {
        (**self).read(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Self::Error> {
        (**self).write(path, bytes)
    }
}

/// Tiles are not as they should be.
#[derive(Debug, thiserror::Error)]
pub enum TileError<E: std::error::Error> {
    /// The store failed.
    #[error("the store of tiles failed")]
    Store(#[source] E),
    /// A tile has another size than its path says.
    #[error("{path} has {bytes} bytes")]
    Size {
        /// Path of the tile.
        path: String,
        /// Its size.
        bytes: usize,
    },
    /// A hash was asked for that is not in the tree.
    #[error("node {index} of level {level} is not in the tree")]
    OutOfTree {
        /// Level, 0 for leaves.
        level: u32,
        /// Index on its level.
        index: u64,
    },
}

/// A tile: hashes of one level in eight, from `index` × 256 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileId {
    /// 0 for hashes of leaves, 1 for those of subtrees of 256 leaves, and so on.
    pub level: u32,
    /// Number of the tile on its level.
    pub index: u64,
    /// Hashes in it, 1 to 256; a tile with fewer than 256 is partial.
    pub width: usize,
}

impl TileId {
    /// Its path, as `tile/0/x001/x234/067` or `tile/1/000.p/12`.
    #[must_use]
    pub fn path(&self) -> String {
        numbered(&format!("tile/{}", self.level), self.index, self.width)
    }
}

/// The path of the bundle of entries beside a tile of level 0, as `tile/entries/x001/x234/067.p/8`.
#[must_use]
pub fn entries_path(index: u64, width: usize) -> String {
    numbered("tile/entries", index, width)
}

fn numbered(prefix: &str, index: u64, width: usize) -> String {
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let mut path = format!("{prefix}/{}", groups.join("/"));
    if width < TILE_WIDTH {
        // Writing to a string cannot fail.
        write!(path, ".p/{width}").unwrap_or_default();
    }
    path
}

fn read_tile<S: TileStore>(store: &S, tile: TileId) -> Result<Vec<Hash>, TileError<S::Error>> {
    let path = tile.path();
    let bytes = store.read(&path).map_err(TileError::Store)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != tile.width || !rest.is_empty() {
        return Err(TileError::Size {
            path,
            bytes: bytes.len(),
        });
    }
    Ok(hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect())
}

/// The part of a number of things below a full tile.
fn partial(size: u64) -> usize {
    usize::try_from(size % (1 << TILE_HEIGHT)).unwrap_or(0)
}

/// Appends entries to the tiles of a tree of `size` leaves: writes every tile and bundle that is new or has grown.
/// Needs only the partial tiles at the right edge. Doing it again writes the same bytes.
///
/// # Errors
/// [`TileError`]; what was written stays and does no harm.
pub fn grow<S: TileStore>(
    store: &S,
    size: u64,
    entries: &[Commitment],
) -> Result<(), TileError<S::Error>> {
    if entries.is_empty() {
        return Ok(());
    }
    grow_entries(store, size, entries)?;
    let mut new: Vec<Hash> = entries.iter().map(Commitment::leaf).collect();
    let (mut level, mut size) = (0, size);
    while !new.is_empty() {
        let (first, width) = (size >> TILE_HEIGHT, partial(size));
        let mut hashes = if width > 0 {
            let edge = TileId {
                level,
                index: first,
                width,
            };
            read_tile(store, edge)?
        } else {
            Vec::new()
        };
        hashes.append(&mut new);
        for (index, chunk) in (first..).zip(hashes.chunks(TILE_WIDTH)) {
            let tile = TileId {
                level,
                index,
                width: chunk.len(),
            };
            let bytes: Vec<u8> = chunk.iter().flat_map(|hash| *hash.as_bytes()).collect();
            store
                .write(&tile.path(), &bytes)
                .map_err(TileError::Store)?;
            if chunk.len() == TILE_WIDTH {
                new.extend(complete_root(chunk));
            }
        }
        size >>= TILE_HEIGHT;
        level += 1;
    }
    Ok(())
}

fn grow_entries<S: TileStore>(
    store: &S,
    size: u64,
    entries: &[Commitment],
) -> Result<(), TileError<S::Error>> {
    let (first, width) = (size >> TILE_HEIGHT, partial(size));
    let mut bytes = if width > 0 {
        let path = entries_path(first, width);
        let bytes = store.read(&path).map_err(TileError::Store)?;
        if bytes.len() != width * BUNDLE_ENTRY_BYTES {
            let bytes = bytes.len();
            return Err(TileError::Size { path, bytes });
        }
        bytes
    } else {
        Vec::new()
    };
    for entry in entries {
        bytes.extend([0, 32]);
        bytes.extend(entry.as_bytes());
    }
    for (index, chunk) in (first..).zip(bytes.chunks(TILE_WIDTH * BUNDLE_ENTRY_BYTES)) {
        let path = entries_path(index, chunk.len() / BUNDLE_ENTRY_BYTES);
        store.write(&path, chunk).map_err(TileError::Store)?;
    }
    Ok(())
}

/// The hash over a power of two of hashes; none for no hash.
fn complete_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    row.first().copied()
}

/// A tree read from its tiles; each tile is read once.
#[derive(Debug)]
pub struct TileTree<S> {
    store: S,
    size: u64,
    read: RefCell<HashMap<TileId, Vec<Hash>>>,
}

impl<S: TileStore> TileTree<S> {
    /// The tree of `size` leaves whose tiles are in `store`.
    #[must_use]
    pub fn new(store: S, size: u64) -> Self {
        Self {
            store,
            size,
            read: RefCell::default(),
        }
    }
}

impl<S: TileStore> Nodes for TileTree<S> {
    type Error = TileError<S::Error>;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        let out = TileError::OutOfTree { level, index };
        let end = index
            .checked_add(1)
            .and_then(|end| end.checked_shl(level))
            .filter(|end| end >> level == index + 1);
        if end.is_none_or(|end| end > self.size) {
            return Err(out);
        }
        let (tile_level, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let first = index << height;
        let on_level = self.size >> (tile_level * TILE_HEIGHT);
        let number = first >> TILE_HEIGHT;
        let width = if number < on_level >> TILE_HEIGHT {
            TILE_WIDTH
        } else {
            partial(on_level)
        };
        let tile = TileId {
            level: tile_level,
            index: number,
            width,
        };
        let mut read = self.read.borrow_mut();
        let hashes = match read.entry(tile) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(read_tile(&self.store, tile)?)
            }
        };
        let from = partial(first);
        hashes
            .get(from..from + (1 << height))
            .and_then(complete_root)
            .ok_or(out)
    }
}
