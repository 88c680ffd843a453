//! Files of the stack's directory: written whole or not at all, with the modes they need.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{StackError, file_error};
use crate::user::OsUser;

/// Creates `path` (and what is missing above it) and gives it `mode`.
pub(crate) fn create_dir(path: &Path, mode: u32) -> Result<(), StackError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
        .map_err(file_error("create", path))
}

/// Gives `path` to `owner`, if there is one to give it to.
pub(crate) fn give(path: &Path, owner: Option<&OsUser>) -> Result<(), StackError> {
    match owner {
        Some(user) => chown(path, Some(user.uid), Some(user.gid))
            .map_err(file_error("change the owner of", path)),
        None => Ok(()),
    }
}

/// Writes `path` through a neighbour and a rename, so that no reader sees half a file.
pub(crate) fn write(path: &Path, content: &str, mode: u32) -> Result<(), StackError> {
    let temporary = path.with_extension("tmp");
    remove_file(&temporary)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(file_error("write", path))
}

/// Reads a text file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, StackError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error("read", path)(error)),
    }
}

/// Writes a record as JSON.
pub(crate) fn write_json<T: Serialize>(path: &Path, record: &T) -> Result<(), StackError> {
    let text = serde_json::to_string_pretty(record).map_err(|source| StackError::Record {
        path: path.to_path_buf(),
        source,
    })?;
    write(path, &text, 0o600)
}

/// Reads a record; `None` when there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StackError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|source| StackError::Record {
            path: path.to_path_buf(),
            source,
        })
}

/// Removes a file that may be gone already.
pub(crate) fn remove_file(path: &Path) -> Result<(), StackError> {
    absent_is_fine(fs::remove_file(path)).map_err(file_error("remove", path))
}

/// Removes a directory with all it holds; it may be gone already.
pub(crate) fn remove_tree(path: &Path) -> Result<(), StackError> {
    absent_is_fine(fs::remove_dir_all(path)).map_err(file_error("remove", path))
}

/// Removes a directory that holds nothing; one that does, or is not there, is left as it is.
pub(crate) fn remove_dir_if_empty(path: &Path) -> Result<(), StackError> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => absent_is_fine(other).map_err(file_error("remove", path)),
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Length of a file in bytes; 0 when there is none.
pub(crate) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The last `lines` lines of what was written to `path` after byte `from`. Empty when unreadable: the
/// tail only decorates another error.
pub(crate) fn tail(path: &Path, from: u64, lines: usize) -> String {
    const BYTES_MAX: u64 = 16 * 1024;
    let start = from.max(length(path).saturating_sub(BYTES_MAX));
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.take(BYTES_MAX).read_to_end(&mut bytes)
    });
    if read.is_err() {
        return String::new();
    }
    last_lines(&String::from_utf8_lossy(&bytes), lines)
}

/// The last `count` lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(count);
    lines
        .into_iter()
        .skip(skipped)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_begins_after_the_given_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "old\nnew 1\nnew 2\nnew 3\n").unwrap();
        assert_eq!(tail(&path, 4, 2), "new 2\nnew 3");
        assert_eq!(tail(&path, 4, 9), "new 1\nnew 2\nnew 3");
        assert_eq!(tail(&dir.path().join("none"), 0, 9), "");
    }

    #[test]
    fn a_written_file_has_its_mode_and_leaves_no_neighbour() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write(&path, "one", 0o600).unwrap();
        write(&path, "two", 0o600).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
