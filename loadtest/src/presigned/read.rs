//! Reading a pre-signed stream.

use std::fs;
use std::path::{Path, PathBuf};

use super::frame::{MAGIC, take};
use super::{MANIFEST_FILE, Manifest, Part, PresignedError, VERSION, file};
use crate::GeneratedMif;

/// Largest content of a part that is read, in bytes.
const CONTENT_BYTES_MAX: u64 = 1 << 30;

/// A directory of pre-signed MIFs.
#[derive(Debug, Clone)]
pub struct Presigned {
    directory: PathBuf,
    manifest: Manifest,
}

impl Presigned {
    /// Opens a directory.
    ///
    /// # Errors
    /// When there is no manifest that can be read.
    pub fn open(directory: &Path) -> Result<Self, PresignedError> {
        let path = directory.join(MANIFEST_FILE);
        let json = fs::read(&path).map_err(file("read", &path))?;
        let manifest: Manifest = serde_json::from_slice(&json)
            .map_err(|source| PresignedError::Manifest { path, source })?;
        if manifest.version != VERSION {
            return Err(PresignedError::Version(manifest.version));
        }
        Ok(Self {
            directory: directory.to_owned(),
            manifest,
        })
    }

    /// What it holds.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The MIFs of a part, in order. Its digest is checked; memory is that of the part.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn part(&self, part: &Part) -> Result<Vec<GeneratedMif>, PresignedError> {
        let path = self.directory.join(&part.file);
        let damaged = |what| PresignedError::Damaged {
            path: path.clone(),
            what,
        };
        let bytes = fs::read(&path).map_err(file("read", &path))?;
        if hex::encode(cnt_trust::sha256(&bytes)) != part.sha256 {
            return Err(damaged("another digest than the manifest's"));
        }
        if part.content_bytes > CONTENT_BYTES_MAX {
            return Err(damaged("the manifest says that it is too large"));
        }
        let capacity = usize::try_from(part.content_bytes).unwrap_or(0);
        let content = zstd::bulk::decompress(&bytes, capacity).map_err(file("read", &path))?;
        let mut rest = content
            .strip_prefix(MAGIC.as_slice())
            .ok_or_else(|| damaged("no part of pre-signed MIFs"))?;
        let mut mifs = Vec::with_capacity(usize::try_from(part.count).unwrap_or(0));
        while !rest.is_empty() {
            mifs.push(take(&mut rest).ok_or_else(|| damaged("a frame is cut"))?);
        }
        let indices = mifs.iter().map(|mif| mif.index);
        if !indices.eq(part.first..part.first + part.count) {
            return Err(damaged("other MIFs than the manifest's"));
        }
        Ok(mifs)
    }

    /// The whole stream, in order, one part after the other.
    pub fn parts(&self) -> impl Iterator<Item = Result<Vec<GeneratedMif>, PresignedError>> + '_ {
        self.manifest.parts.iter().map(|part| self.part(part))
    }
}
