//! Tiles of the tree, and what is kept beside them, in the directory `evidence` of the object store.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cnt_evidence::{Hash, Salt, TileStore};

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

/// Bytes of the hash at the end of a file of salts.
const SEAL_BYTES: usize = 32;
/// Path of the latest checkpoint.
const CHECKPOINT: &str = "checkpoint";

/// What is kept beside the tiles, so that the objects suffice: the salts of each lot, and the latest checkpoint.
impl TileFiles {
    fn salts_path(lot: &[u8; 32]) -> String {
        let name = hex::encode(lot);
        let folder = name.get(..2).unwrap_or_default();
        format!("salts/{folder}/{name}")
    }

    /// Keeps the salts of a lot, unless there are some: then gives these back, so that a lot taken up again, or by two at
    /// once, has one set of salts. A file holds 32 bytes for each document of the lot in its order, and the SHA-256 of
    /// the lot's name and these bytes.
    ///
    /// # Errors
    /// When the file cannot be written or read, or is not what was written.
    pub(crate) fn keep_salts(&self, lot: &[u8; 32], salts: &[Salt]) -> io::Result<Vec<Salt>> {
        if let Some(kept) = self.salts(lot)? {
            return Ok(kept);
        }
        let mut bytes: Vec<u8> = salts.iter().flat_map(|salt| *salt.as_bytes()).collect();
        bytes.extend(seal(lot, &bytes));
        let path = self.0.join(Self::salts_path(lot));
        let (file, folder) = unnamed(&path, &bytes)?;
        match file.persist_noclobber(&path) {
            Ok(_) => {
                File::open(folder)?.sync_all()?;
                Ok(salts.to_vec())
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                File::open(folder)?.sync_all()?;
                let kept = self.salts(lot)?;
                kept.ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Err(error) => Err(error.error),
        }
    }

    /// The salts of a lot; none if it was never registered.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what was written.
    pub(crate) fn salts(&self, lot: &[u8; 32]) -> io::Result<Option<Vec<Salt>>> {
        let path = Self::salts_path(lot);
        let bytes = match fs::read(self.0.join(&path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let body = bytes.len().checked_sub(SEAL_BYTES);
        let (body, found) = bytes.split_at(body.unwrap_or_default());
        let (salts, rest) = body.as_chunks::<32>();
        if !rest.is_empty() || found != seal(lot, body) {
            let told = format!("{path} is not what was written");
            return Err(io::Error::new(io::ErrorKind::InvalidData, told));
        }
        Ok(Some(
            salts.iter().map(|salt| Salt::from_bytes(*salt)).collect(),
        ))
    }

    /// Keeps the latest signed checkpoint, where C2SP `tlog-tiles` has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn keep_checkpoint(&self, note: &str) -> io::Result<()> {
        self.write(CHECKPOINT, note.as_bytes())
    }

    /// Whether tiles were ever written.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub(crate) fn has_tiles(&self) -> io::Result<bool> {
        self.0.join("tile").try_exists()
    }

    /// The latest signed checkpoint; none if none was ever signed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn checkpoint(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.0.join(CHECKPOINT)) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Ties salts to their lot.
fn seal(lot: &[u8; 32], salts: &[u8]) -> [u8; SEAL_BYTES] {
    *Hash::of(&[lot, salts].concat()).as_bytes()
}

/// A synced file that has no name yet, in the folder of its later path, which is made if need be.
fn unnamed<'a>(path: &'a Path, bytes: &[u8]) -> io::Result<(tempfile::NamedTempFile, &'a Path)> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    ensure_folder(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok((file, folder))
}

impl TileStore for TileFiles {
    type Error = io::Error;

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(path);
        let (file, folder) = unnamed(&path, bytes)?;
        file.persist(&path)?;
        File::open(folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_has_one_set_of_salts_for_ever_and_a_changed_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let files = TileFiles::new(folder.path());
        let salts = |byte| vec![Salt::from_bytes([byte; 32]); 3];
        let bytes = |salts: Vec<Salt>| {
            salts
                .iter()
                .map(|salt| *salt.as_bytes())
                .collect::<Vec<_>>()
        };
        let lot = [7; 32];
        assert!(files.salts(&lot).unwrap().is_none());
        assert_eq!(
            bytes(files.keep_salts(&lot, &salts(1)).unwrap()),
            [[1; 32]; 3]
        );
        assert_eq!(
            bytes(files.keep_salts(&lot, &salts(2)).unwrap()),
            [[1; 32]; 3]
        );
        let path = folder
            .path()
            .join("evidence")
            .join(TileFiles::salts_path(&lot));
        let mut changed = fs::read(&path).unwrap();
        changed[40] ^= 4;
        fs::write(&path, &changed).unwrap();
        let error = files.salts(&lot).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        fs::write(&path, b"torn").unwrap();
        assert_eq!(
            files.salts(&lot).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
