//! Formes kept on disk, so that a process that starts again does not compile them again.
//!
//! A file is named after all that it came from: templates, faces, charset and typst (the template's version), the
//! variant, and the code that compiles. It begins with the hash of the rest: torn or changed, it is not used.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The code that decides what a forme holds. What it reads of the templates is in their version.
const CODE: [&str; 13] = [
    include_str!("compile.rs"),
    include_str!("compiled.rs"),
    include_str!("content.rs"),
    include_str!("file.rs"),
    include_str!("fill.rs"),
    include_str!("layout.rs"),
    include_str!("letters.rs"),
    include_str!("number.rs"),
    include_str!("page.rs"),
    include_str!("parts.rs"),
    include_str!("setter.rs"),
    include_str!("shelf.rs"),
    include_str!("walk.rs"),
];

/// Ending of the names of files.
const ENDING: &str = "forme";

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// All that a kept thing came from.
pub(crate) struct Origin {
    version: String,
    hash: [u8; HASH_BYTES],
}

impl Origin {
    /// What comes from a template of `version` and from `parts`.
    pub(crate) fn new(version: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        let code = CODE.iter().map(|text| text.as_bytes());
        for part in code
            .chain([version.as_bytes()])
            .chain(parts.iter().copied())
        {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self {
            version: version.to_owned(),
            hash: hash.finalize().into(),
        }
    }

    fn file(&self) -> String {
        let hash = hex::encode(self.hash);
        format!("{}-{hash}.{ENDING}", self.version)
    }
}

/// A folder of formes. Any number of processes may share one.
pub struct Shelf {
    folder: PathBuf,
    report: Box<dyn Fn(&io::Error) + Send + Sync>,
}

impl Shelf {
    /// Opens a folder, which is made if it is not there.
    ///
    /// What cannot be read or written later is told to `report` and compiled again: documents are made all the same.
    ///
    /// # Errors
    /// The folder is not there and cannot be made.
    pub fn open(
        folder: &Path,
        report: impl Fn(&io::Error) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            report: Box::new(report),
        })
    }

    /// Throws away what came from other versions than these.
    pub(crate) fn keep_versions(&self, versions: &[&str]) {
        let is_old = |name: &str| {
            let version = name
                .strip_suffix(ENDING)
                .and_then(|name| name.split_once('-'));
            version.is_some_and(|(version, _)| !versions.contains(&version))
        };
        let thrown_away = fs::read_dir(&self.folder).and_then(|entries| {
            for entry in entries {
                let entry = entry?;
                if entry.file_name().to_str().is_some_and(is_old) {
                    fs::remove_file(entry.path()).or_else(not_there)?;
                }
            }
            Ok(())
        });
        if let Err(error) = thrown_away {
            (self.report)(&error);
        }
    }

    /// What was kept of `origin`, if it is there and whole.
    pub(crate) fn take<T: DeserializeOwned>(&self, origin: &Origin) -> Option<T> {
        match fs::read(self.folder.join(origin.file())) {
            Ok(bytes) => whole(&bytes, origin).or_else(|| {
                let broken = io::Error::new(ErrorKind::InvalidData, "a forme on disk is damaged");
                (self.report)(&broken);
                None
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                (self.report)(&error);
                None
            }
        }
    }

    /// Keeps what came from `origin`.
    pub(crate) fn put<T: Serialize>(&self, origin: &Origin, value: &T) {
        if let Err(error) = self.written(origin, value) {
            (self.report)(&error);
        }
    }

    fn written<T: Serialize>(&self, origin: &Origin, value: &T) -> io::Result<()> {
        let body = postcard::to_extend(value, origin.hash.to_vec()).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&Sha256::digest(&body))?;
        file.write_all(&body)?;
        file.persist(self.folder.join(origin.file()))?;
        Ok(())
    }
}

/// What a file holds, if it is whole and of that origin.
fn whole<T: DeserializeOwned>(bytes: &[u8], origin: &Origin) -> Option<T> {
    let (hash, body) = bytes.split_at_checked(HASH_BYTES)?;
    if Sha256::digest(body)[..] != *hash {
        return None;
    }
    postcard::from_bytes(body.strip_prefix(&origin.hash[..])?).ok()
}

/// Another process has thrown it away.
fn not_there(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_is_whole_comes_back_and_what_is_not_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let reports = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reports);
        let count = move |_: &io::Error| {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        let shelf = Shelf::open(&folder.path().join("a/b"), count).unwrap();
        let origin = Origin::new("v1", &[b"a", b"bc"]);
        let value = vec!["é".to_owned(), "x".to_owned()];
        assert_eq!(shelf.take::<Vec<String>>(&origin), None);
        shelf.put(&origin, &value);
        assert_eq!(shelf.take(&origin), Some(value));
        let other = Origin::new("v1", &[b"ab", b"c"]);
        assert_eq!(shelf.take::<Vec<String>>(&other), None);
        assert_eq!(reports.load(Ordering::Relaxed), 0);

        let file = shelf.folder.join(origin.file());
        let bytes = fs::read(&file).unwrap();
        for at in [0, HASH_BYTES, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&file, damaged).unwrap();
            assert_eq!(shelf.take::<Vec<String>>(&origin), None, "{at}");
        }
        fs::write(&file, &bytes[..20]).unwrap();
        assert_eq!(shelf.take::<Vec<String>>(&origin), None);
        assert_eq!(reports.load(Ordering::Relaxed), 4);

        shelf.keep_versions(&["v1"]);
        assert!(file.exists());
        shelf.keep_versions(&["v2"]);
        assert!(!file.exists());
    }

    #[test]
    fn a_file_of_another_origin_under_this_name_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path(), |_| ()).unwrap();
        let (origin, other) = (Origin::new("v", &[b"1"]), Origin::new("v", &[b"2"]));
        shelf.put(&other, &7_u8);
        fs::rename(
            folder.path().join(other.file()),
            folder.path().join(origin.file()),
        )
        .unwrap();
        assert_eq!(shelf.take::<u8>(&origin), None);
    }
}
