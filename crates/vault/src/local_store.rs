//! Lot objects in a directory of the local file system.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use crate::digest::LotId;
use crate::files::{
    EXTENSION, StoredFile, TEMPORARY_EXTENSION, entries_of, failed, file_size, is_prefix_directory,
    objects_in, remove_if_there, rename_without_replacing, set_mode, sync_directory,
    write_temporary,
};
use crate::format::MAX_OBJECT_BYTES;
use crate::kind::LotKind;
use crate::object_store::{ObjectDamage, ObjectIds, ObjectStore, PutOutcome, StoreError};
use crate::source::ObjectRead;
use crate::writer::SealedLot;

/// Directories, under the directory of a kind and above it.
const DIRECTORY_MODE: u32 = 0o750;

/// The directory of a kind hands its group on to what is made in it (set-group-ID), so that the
/// right to read a kind is membership in one group.
const KIND_DIRECTORY_MODE: u32 = 0o2750;

/// Directory of unfinished files in the directory of each kind; its name is not two hexadecimal
/// digits.
const TEMPORARY_DIRECTORY: &str = "temporary";

/// A store in a directory: `<root>/<kind>/<first two digits>/<64 digits>.lot`.
///
/// A file is written under a temporary name in `<root>/<kind>/temporary/`, synced, renamed
/// without ever replacing another, and its directory synced. Several processes may use one root.
#[derive(Debug)]
pub struct LocalStore {
    root: PathBuf,
    /// Directories known to be on disk together with their name in their parent.
    durable: Mutex<HashSet<PathBuf>>,
}

impl LocalStore {
    /// The store in `root`, which is made with the first object if it is not there.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            durable: Mutex::default(),
        }
    }

    /// The directory of the store.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of an object, whether it is there or not.
    #[must_use]
    pub fn path(&self, kind: LotKind, id: LotId) -> PathBuf {
        let name = id.to_string();
        let prefix = name.get(..2).unwrap_or_default();
        self.kind_directory(kind)
            .join(prefix)
            .join(format!("{name}.{EXTENSION}"))
    }

    /// Removes what crashes left unfinished: temporary files last written before `older_than`.
    /// Give an instant at least an hour back: a file that is being written now must not vanish.
    /// Returns how many were removed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn sweep_temporary(&self, older_than: SystemTime) -> Result<usize, StoreError> {
        let mut removed = 0;
        for kind in LotKind::ALL {
            let directory = self.kind_directory(kind).join(TEMPORARY_DIRECTORY);
            for path in entries_of(&directory)? {
                if path
                    .extension()
                    .is_none_or(|extension| extension != TEMPORARY_EXTENSION)
                {
                    continue;
                }
                let modified = match fs::metadata(&path).and_then(|facts| facts.modified()) {
                    Ok(modified) => modified,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(failed("inspect", &path, error)),
                };
                if modified < older_than && remove_if_there(&path)? {
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn kind_directory(&self, kind: LotKind) -> PathBuf {
        self.root.join(kind.as_str())
    }

    fn put_checked(
        &self,
        kind: LotKind,
        id: LotId,
        bytes: &[u8],
    ) -> Result<PutOutcome, StoreError> {
        let path = self.path(kind, id);
        let directory = path.parent().unwrap_or(&self.root);
        if let Some(found) = file_size(&path)? {
            return self.already_there(kind, id, bytes, directory, found);
        }
        let temporary_directory = self.kind_directory(kind).join(TEMPORARY_DIRECTORY);
        self.ensure_directory(&self.kind_directory(kind), KIND_DIRECTORY_MODE)?;
        self.ensure_directory(directory, DIRECTORY_MODE)?;
        self.ensure_directory(&temporary_directory, DIRECTORY_MODE)?;
        let temporary = write_temporary(&temporary_directory, id, bytes)?;
        match rename_without_replacing(&temporary, &path) {
            Ok(()) => {
                sync_directory(directory)?;
                Ok(PutOutcome::Written)
            }
            Err(error) => {
                remove_if_there(&temporary)?;
                if error.kind() != io::ErrorKind::AlreadyExists {
                    return Err(failed("rename a file to", &path, error));
                }
                let found = file_size(&path)?.unwrap_or_default();
                self.already_there(kind, id, bytes, directory, found)
            }
        }
    }

    /// Somebody wrote the object before. Their file was synced before it got its name, but its
    /// name may not be on disk yet: they may be between rename and sync, or have died there.
    fn already_there(
        &self,
        kind: LotKind,
        id: LotId,
        bytes: &[u8],
        directory: &Path,
        found: u64,
    ) -> Result<PutOutcome, StoreError> {
        let expected = bytes.len() as u64;
        if found != expected {
            let damage = ObjectDamage::Size { expected, found };
            return Err(StoreError::Corrupt { kind, id, damage });
        }
        self.ensure_directory(&self.kind_directory(kind), KIND_DIRECTORY_MODE)?;
        self.ensure_directory(directory, DIRECTORY_MODE)?;
        sync_directory(directory)?;
        Ok(PutOutcome::AlreadyThere)
    }

    /// Makes a directory with all that lie above it where they are missing, and sees to it that
    /// its name is on disk, whoever made it. An existing directory keeps its mode: it is policy.
    fn ensure_directory(&self, directory: &Path, mode: u32) -> Result<(), StoreError> {
        let inside = directory.starts_with(&self.root);
        let known = self
            .durable
            .lock()
            .is_ok_and(|durable| durable.contains(directory));
        if known || (!inside && directory.is_dir()) {
            return Ok(());
        }
        let parent = match directory.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => {
                self.ensure_directory(parent, DIRECTORY_MODE)?;
                parent
            }
            _ => Path::new("."),
        };
        let made = match DirBuilder::new().mode(mode & 0o777).create(directory) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(failed("create directory", directory, error)),
        };
        if made {
            set_mode(directory, mode)?;
        }
        match sync_directory(parent) {
            // The root was made by the operator in a directory that is not ours to read.
            Err(StoreError::Io { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied
                    && !made
                    && directory == self.root => {}
            synced => synced?,
        }
        if let Ok(mut durable) = self.durable.lock() {
            durable.insert(directory.to_owned());
        }
        Ok(())
    }

    fn open_file(&self, kind: LotKind, id: LotId) -> Result<StoredFile, StoreError> {
        let path = self.path(kind, id);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound { kind, id });
            }
            Err(error) => return Err(failed("open", &path, error)),
        };
        let size = file
            .metadata()
            .map_err(|error| failed("inspect", &path, error))?
            .len();
        if size > MAX_OBJECT_BYTES {
            let damage = ObjectDamage::TooLarge { found: size };
            return Err(StoreError::Corrupt { kind, id, damage });
        }
        Ok(StoredFile { file, size })
    }
}

impl ObjectStore for LocalStore {
    fn put_bytes(&self, kind: LotKind, id: LotId, bytes: &[u8]) -> Result<PutOutcome, StoreError> {
        let found = LotId::of(bytes);
        if found != id {
            return Err(StoreError::Corrupt {
                kind,
                id,
                damage: ObjectDamage::Name { found },
            });
        }
        self.put_checked(kind, id, bytes)
    }

    fn put(&self, lot: &SealedLot) -> Result<PutOutcome, StoreError> {
        self.put_checked(lot.kind(), lot.id(), lot.bytes())
    }

    fn get(&self, kind: LotKind, id: LotId) -> Result<Vec<u8>, StoreError> {
        let stored = self.open_file(kind, id)?;
        let bytes = stored
            .read_all()
            .map_err(|e| failed("read", &self.path(kind, id), e))?;
        let found = LotId::of(&bytes);
        if found != id {
            return Err(StoreError::Corrupt {
                kind,
                id,
                damage: ObjectDamage::Name { found },
            });
        }
        Ok(bytes)
    }

    fn open(&self, kind: LotKind, id: LotId) -> Result<Box<dyn ObjectRead>, StoreError> {
        Ok(Box::new(self.open_file(kind, id)?))
    }

    fn get_range(
        &self,
        kind: LotKind,
        id: LotId,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let stored = self.open_file(kind, id)?;
        stored
            .read(offset, length)
            .map_err(|e| failed("read", &self.path(kind, id), e))
    }

    fn exists(&self, kind: LotKind, id: LotId) -> Result<bool, StoreError> {
        Ok(file_size(&self.path(kind, id))?.is_some())
    }

    fn list(&self, kind: LotKind) -> Result<ObjectIds<'_>, StoreError> {
        let mut directories = entries_of(&self.kind_directory(kind))?;
        directories.retain(|path| is_prefix_directory(path));
        directories.sort_unstable();
        Ok(Box::new(directories.into_iter().flat_map(
            |directory| match objects_in(&directory) {
                Ok(ids) => ids.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            },
        )))
    }

    fn locator(&self, kind: LotKind, id: LotId) -> String {
        self.path(kind, id).display().to_string()
    }
}
