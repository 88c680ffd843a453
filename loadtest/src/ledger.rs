//! The load's own book: every acknowledgement, on disk before it counts.
//!
//! One line per acknowledgement: eight hexadecimal digits of the SHA-256 of the rest, a space, JSON. A run that is
//! killed may leave a torn last line; it was never counted.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// Place of the MIF in the stream.
    pub index: u64,
    /// Its `id_mif`.
    pub id_mif: Uuid,
    /// The reception that was acknowledged.
    pub reception: Uuid,
}

/// Why a ledger cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file system refuses.
    #[error("cannot {action} ledger {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An entry cannot be written as JSON.
    #[error("an entry cannot be written")]
    Entry(#[from] serde_json::Error),
    /// A line before the last is damaged: the ledger cannot be trusted.
    #[error("ledger {path} is damaged in line {line}")]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// A ledger open for writing.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    /// Opens a ledger to go on writing, or makes a new one. A torn last line is cut off.
    ///
    /// # Errors
    /// When the file cannot be opened, or is damaged before its last line.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(wrong("open", path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(wrong("read", path))?;
        let (_, whole) = parse(path, &bytes)?;
        let whole = u64::try_from(whole).unwrap_or(u64::MAX);
        file.set_len(whole).map_err(wrong("cut", path))?;
        file.seek(SeekFrom::Start(whole))
            .map_err(wrong("open", path))?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            // The name of a new file is on disk only when its directory is.
            File::open(parent)
                .and_then(|directory| directory.sync_all())
                .map_err(wrong("sync", parent))?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes entries; when this returns they are on disk.
    ///
    /// # Errors
    /// When they are not.
    pub fn append(&mut self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let mut text = String::with_capacity(entries.len() * 160);
        for entry in entries {
            let json = serde_json::to_string(entry)?;
            text.push_str(&check_digits(json.as_bytes()));
            text.push(' ');
            text.push_str(&json);
            text.push('\n');
        }
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(wrong("write", &self.path))
    }
}

/// Reads a ledger; a torn last line is left out.
///
/// # Errors
/// When the file cannot be read, or is damaged before its last line.
pub fn read_ledger(path: &Path) -> Result<Vec<LedgerEntry>, LedgerError> {
    let bytes = std::fs::read(path).map_err(wrong("read", path))?;
    parse(path, &bytes).map(|(entries, _)| entries)
}

/// The entries, and the length of the part that is whole.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<LedgerEntry>, usize), LedgerError> {
    let mut entries = Vec::new();
    let mut whole = 0;
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
    let mut number = 0;
    while let Some(line) = lines.next() {
        number += 1;
        match line.strip_suffix(b"\n").and_then(entry) {
            Some(entry) => entries.push(entry),
            None if lines.peek().is_none() => break,
            None => {
                return Err(LedgerError::Damaged {
                    path: path.to_owned(),
                    line: number,
                });
            }
        }
        whole += line.len();
    }
    Ok((entries, whole))
}

fn entry(line: &[u8]) -> Option<LedgerEntry> {
    let (digits, json) = line.split_at_checked(8)?;
    let json = json.strip_prefix(b" ")?;
    if digits != check_digits(json).as_bytes() {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn check_digits(bytes: &[u8]) -> String {
    let digest = cnt_trust::sha256(bytes);
    hex::encode(digest.first_chunk::<4>().copied().unwrap_or_default())
}

fn wrong<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> LedgerError + 'p {
    move |source| LedgerError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::id;

    fn entries(range: std::ops::Range<u64>) -> Vec<LedgerEntry> {
        range
            .map(|index| LedgerEntry {
                index,
                id_mif: id(1, "mif", index),
                reception: id(1, "reception", index),
            })
            .collect()
    }

    #[test]
    fn a_torn_last_line_is_not_counted_and_writing_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger");
        Ledger::open(&path).unwrap().append(&entries(0..3)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..80 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            assert_eq!(read_ledger(&path).unwrap(), entries(0..2), "cut by {cut}");
        }
        let mut again = Ledger::open(&path).unwrap();
        again.append(&entries(2..4)).unwrap();
        assert_eq!(read_ledger(&path).unwrap(), entries(0..4));
    }

    #[test]
    fn damage_before_the_last_line_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger");
        Ledger::open(&path).unwrap().append(&entries(0..3)).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = read_ledger(&path).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { line: 1, .. }));
        assert!(Ledger::open(&path).is_err());
    }
}
