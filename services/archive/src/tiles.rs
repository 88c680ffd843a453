//! Tiles of the tree, in the directory `evidence` of the object store.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cnt_evidence::TileStore;

/// Tiles as files; each is written whole, synced and renamed, and so is its name in its folder.
#[derive(Debug, Clone)]
pub(crate) struct TileFiles(PathBuf);

impl TileFiles {
    /// The tiles in an object store's directory.
    pub(crate) fn new(objects: &Path) -> Self {
        Self(objects.join("evidence"))
    }
}

/// Makes a folder with all above it, each name synced.
fn ensure_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        ensure_folder(parent)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => File::open(parent)?.sync_all()?,
        }
    }
    Ok(())
}

impl TileStore for TileFiles {
    type Error = io::Error;

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(path);
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        ensure_folder(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        File::open(folder)?.sync_all()
    }
}
