//! Files and directories of the local store, each step with its error.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::digest::LotId;
use crate::object_store::StoreError;
use crate::source::ObjectRead;

/// Tells the unfinished files of this process apart.
static TEMPORARY_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Ending of unfinished files.
pub(crate) const TEMPORARY_EXTENSION: &str = "tmp";

/// Ending of object files.
pub(crate) const EXTENSION: &str = "lot";

/// Objects may be read by owner and group, and written by nobody.
const FILE_MODE: u32 = 0o440;

/// An object opened for reading by ranges.
pub(crate) struct StoredFile {
    pub(crate) file: File,
    pub(crate) size: u64,
}

impl StoredFile {
    pub(crate) fn read_all(&self) -> io::Result<Vec<u8>> {
        let length =
            usize::try_from(self.size).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        self.read(0, length)
    }

    /// Exactly these bytes; the range is checked before memory is taken for it.
    pub(crate) fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        if offset
            .checked_add(length as u64)
            .is_none_or(|end| end > self.size)
        {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

impl ObjectRead for StoredFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.read(offset, length).map(Cow::Owned)
    }
}

/// Writes and syncs a file that nobody looks for yet.
pub(crate) fn write_temporary(
    directory: &Path,
    id: LotId,
    bytes: &[u8],
) -> Result<PathBuf, StoreError> {
    let (path, file) = loop {
        let number = TEMPORARY_NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{id}.{}.{number}.{TEMPORARY_EXTENSION}", std::process::id());
        let path = directory.join(name);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)
        {
            Ok(file) => break (path, file),
            // Left by a process of the same number, or by one on another host.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed("create", &path, error)),
        }
    };
    match fill(&file, bytes) {
        Ok(()) => Ok(path),
        Err(error) => {
            if let Err(error) = remove_if_there(&path) {
                tracing::warn!(file.path = %path.display(), %error, "Unfinished lot file stays");
            }
            Err(failed("write", &path, error))
        }
    }
}

fn fill(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?; // whatever the umask took away
    file.sync_all()
}

/// Gives the file its name, unless something has it already.
pub(crate) fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // File systems without this flag, such as NFS: a link never replaces either.
        Err(error) if [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&error) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(|error| failed("sync directory", directory, error))
}

/// Sets the permission bits; a group inherited by set-group-ID stays inherited.
pub(crate) fn set_mode(directory: &Path, mode: u32) -> Result<(), StoreError> {
    let set = || {
        let found = fs::metadata(directory)?.permissions().mode() & 0o7777;
        let wanted = (found & 0o7000) | mode;
        if wanted == found {
            return Ok(());
        }
        fs::set_permissions(directory, Permissions::from_mode(wanted))
    };
    set().map_err(|error| failed("set the mode of", directory, error))
}

pub(crate) fn file_size(path: &Path) -> Result<Option<u64>, StoreError> {
    match fs::metadata(path) {
        Ok(facts) => Ok(Some(facts.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("inspect", path, error)),
    }
}

pub(crate) fn remove_if_there(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path, error)),
    }
}

/// What lies in a directory; nothing if it is not there.
pub(crate) fn entries_of(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = match fs::read_dir(directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", directory, error)),
    };
    listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .map_err(|error| failed("list", directory, error))
}

pub(crate) fn is_prefix_directory(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| {
            name.len() == 2
                && name
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// Names of the objects in one prefix directory; other files are passed over.
pub(crate) fn objects_in(directory: &Path) -> Result<Vec<LotId>, StoreError> {
    let mut ids: Vec<LotId> = entries_of(directory)?
        .iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == EXTENSION)
        })
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

pub(crate) fn failed(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    let locator = path.display().to_string();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { locator, source }
        }
        _ => StoreError::Io {
            action,
            locator,
            source,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_space_and_no_quota_are_told_from_other_failures() {
        let error = |errno: Errno| failed("write", Path::new("/x"), errno.into());
        assert!(matches!(error(Errno::NOSPC), StoreError::Full { .. }));
        assert!(matches!(error(Errno::DQUOT), StoreError::Full { .. }));
        assert!(matches!(error(Errno::ACCESS), StoreError::Io { .. }));
    }

    #[test]
    fn a_name_is_never_taken_from_another_file() {
        let directory = tempfile::tempdir().unwrap();
        let (new, old) = (directory.path().join("new"), directory.path().join("old"));
        fs::write(&new, "new").unwrap();
        fs::write(&old, "old").unwrap();
        let error = rename_without_replacing(&new, &old).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&old).unwrap(), b"old");
    }
}
