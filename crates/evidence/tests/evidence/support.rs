//! Trees small enough to look at, and where their tiles lie.

use std::fs;
use std::path::{Path, PathBuf};

use cnt_evidence::{Commitment, Frontier, Hash, SigningKey, TileStore, TileTree, TreeHead, grow};

/// Tiles in a directory.
#[derive(Debug, Clone)]
pub(crate) struct Dir(pub(crate) PathBuf);

impl Dir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl TileStore for Dir {
    type Error = std::io::Error;

    fn read(&self, path: &str) -> Result<Vec<u8>, Self::Error> {
        fs::read(self.0.join(path))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Self::Error> {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, bytes)
    }
}

pub(crate) fn entry(index: u64) -> Commitment {
    Commitment::from_bytes(*Hash::of(&index.to_be_bytes()).as_bytes())
}

/// A log that grew in steps, with the head after each.
pub(crate) struct Log {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) heads: Vec<TreeHead>,
}

impl Log {
    pub(crate) fn grown(sizes: &[u64]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Dir(folder.path().to_owned());
        let mut frontier = Frontier::default();
        let mut heads = Vec::new();
        for &size in sizes {
            let entries: Vec<_> = (frontier.size()..size).map(entry).collect();
            grow(&store, frontier.size(), &entries).unwrap();
            frontier.append_all(entries.iter().map(Commitment::leaf));
            heads.push(frontier.head());
        }
        Self { folder, heads }
    }

    pub(crate) fn last(&self) -> TreeHead {
        *self.heads.last().unwrap()
    }

    pub(crate) fn tree(&self) -> TileTree<Dir> {
        TileTree::new(Dir(self.folder.path().to_owned()), self.last().size)
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("archive.example/cnt", &[7; 32]).unwrap()
}
