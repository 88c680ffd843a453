//! Writing a pre-signed stream: all cores sign the next part while one thread compresses and writes the last.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use serde::Serialize;

use super::frame::{MAGIC, put};
use super::{
    CONTESTATIONS_FILE, MANIFEST_FILE, Manifest, Part, PresignedError, RETURNED_FILE, Recipe,
    VERSION, file,
};
use crate::{Expectation, GeneratedMif, Generator};

/// Level of compression. Measured on a part of 10,000 MIFs of 3.3 kB, where agents' certificates repeat: level 1 leaves
/// 18 % at 830 MB/s, level 3 leaves 11 % at 590 MB/s; both are read back at more than 2 GB/s, and signing takes twenty
/// times as long.
const COMPRESSION_LEVEL: i32 = 3;

/// What a run wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// The whole directory.
    pub manifest: Manifest,
    /// MIFs signed by this run.
    pub signed: u64,
    /// MIFs that an earlier run had signed.
    pub resumed: u64,
}

/// Writes a stream into a directory, or the parts of it that are missing; `done` is told how many MIFs there are.
///
/// # Errors
/// When the directory holds another stream, a file cannot be written, or a MIF cannot be signed. What was written
/// before stays, and is taken up by the next run.
pub fn write_presigned(
    directory: &Path,
    generator: &Generator,
    recipe: &Recipe,
    done: impl Fn(u64) + Sync,
) -> Result<Written, PresignedError> {
    fs::create_dir_all(directory).map_err(file("create", directory))?;
    let manifest = resume(directory, recipe)?;
    let resumed = manifest.written();
    done(resumed);
    let manifest = std::thread::scope(|scope| {
        let (parts, queue) = sync_channel::<Vec<GeneratedMif>>(1);
        let writer = scope.spawn(|| write_parts(directory, manifest, queue, &done));
        let mut first = resumed;
        while first < recipe.count {
            let chunk = generator.chunk(first..first + recipe.part_mifs)?;
            first += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if parts.send(chunk).is_err() {
                // The writer has failed; it says why.
                break;
            }
        }
        drop(parts);
        writer.join().map_err(|_| PresignedError::Writer)?
    })?;
    write_fates(directory, generator, recipe.count)?;
    Ok(Written {
        signed: manifest.written() - resumed,
        manifest,
        resumed,
    })
}

/// The manifest as an earlier run left it, or a new one.
fn resume(directory: &Path, recipe: &Recipe) -> Result<Manifest, PresignedError> {
    let path = directory.join(MANIFEST_FILE);
    if !path.exists() {
        return Ok(Manifest {
            version: VERSION,
            recipe: recipe.clone(),
            parts: Vec::new(),
            accepted: 0,
            replayed: 0,
            warned_by_code: std::collections::BTreeMap::new(),
            rejected_by_code: std::collections::BTreeMap::new(),
        });
    }
    let json = fs::read(&path).map_err(file("read", &path))?;
    let manifest: Manifest = serde_json::from_slice(&json)
        .map_err(|source| PresignedError::Manifest { path, source })?;
    if manifest.version != VERSION {
        return Err(PresignedError::Version(manifest.version));
    }
    if manifest.recipe != *recipe {
        return Err(PresignedError::OtherStream {
            path: directory.to_owned(),
        });
    }
    Ok(manifest)
}

fn write_parts(
    directory: &Path,
    mut manifest: Manifest,
    queue: Receiver<Vec<GeneratedMif>>,
    done: &(impl Fn(u64) + Sync),
) -> Result<Manifest, PresignedError> {
    for mifs in queue {
        let part = write_part(directory, manifest.parts.len(), &mifs)?;
        for mif in &mifs {
            match mif.expectation {
                Expectation::Accepted => manifest.accepted += 1,
                Expectation::Replayed => manifest.replayed += 1,
                Expectation::Warned(code) => {
                    manifest.accepted += 1;
                    let count = manifest.warned_by_code.entry(code.to_string());
                    *count.or_insert(0) += 1;
                }
                Expectation::Rejected(code) => {
                    let count = manifest.rejected_by_code.entry(code.to_string());
                    *count.or_insert(0) += 1;
                }
            }
        }
        manifest.parts.push(part);
        write_manifest(directory, &manifest)?;
        done(manifest.written());
    }
    Ok(manifest)
}

fn write_part(
    directory: &Path,
    number: usize,
    mifs: &[GeneratedMif],
) -> Result<Part, PresignedError> {
    let name = format!("part-{number:05}.mifs.zst");
    let path = directory.join(&name);
    let mut content = Vec::with_capacity(mifs.len() * 2_400);
    content.extend(MAGIC);
    for mif in mifs {
        put(&mut content, mif);
    }
    let bytes = zstd::bulk::compress(&content, COMPRESSION_LEVEL).map_err(file("write", &path))?;
    write_durably(&path, &bytes)?;
    Ok(Part {
        file: name,
        first: mifs.first().map_or(0, |mif| mif.index),
        count: u64::try_from(mifs.len()).unwrap_or(u64::MAX),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        content_bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
        sha256: hex::encode(cnt_trust::sha256(&bytes)),
    })
}

fn write_manifest(directory: &Path, manifest: &Manifest) -> Result<(), PresignedError> {
    let path = directory.join(MANIFEST_FILE);
    let json = serde_json::to_vec_pretty(manifest).map_err(|source| PresignedError::Manifest {
        path: path.clone(),
        source,
    })?;
    write_durably(&path, &json)
}

/// Writes under another name, syncs, renames: the file is whole or not there.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), PresignedError> {
    let partial = partial(path);
    let mut open = File::create(&partial).map_err(file("create", &partial))?;
    open.write_all(bytes)
        .and_then(|()| open.sync_all())
        .map_err(file("write", &partial))?;
    fs::rename(&partial, path).map_err(file("rename", &partial))
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// One line of `contestations.ndjson`.
#[derive(Serialize)]
struct ContestationLine<'a> {
    id_mif: uuid::Uuid,
    ground: &'static str,
    id: uuid::Uuid,
    case: cnt_contracts::courrier::GroundWord,
    motivation: &'a str,
}

/// What will become of the letters: by the MIF's id, since no avis has a number yet.
fn write_fates(directory: &Path, generator: &Generator, count: u64) -> Result<(), PresignedError> {
    let open = |name: &str| {
        let path = directory.join(name);
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map(BufWriter::new)
            .map_err(file("create", &path))
    };
    let (mut contested, mut returned) = (open(CONTESTATIONS_FILE)?, open(RETURNED_FILE)?);
    for index in 0..count {
        if let Some(contestation) = generator.contestation(index, "")? {
            let line = ContestationLine {
                id_mif: generator.id_mif(index),
                ground: contestation.ground.as_str(),
                id: contestation.request.id,
                case: contestation.request.ground,
                motivation: &contestation.request.motivation,
            };
            write_line(&mut contested, &line).map_err(file("write", directory))?;
        }
        if let Some(mail) = generator.returned_mail(index) {
            write_line(&mut returned, &mail).map_err(file("write", directory))?;
        }
    }
    contested
        .flush()
        .and_then(|()| returned.flush())
        .map_err(file("write", directory))
}

fn write_line(out: &mut impl std::io::Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
