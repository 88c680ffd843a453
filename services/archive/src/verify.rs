//! Checking the object store from the objects alone: no database, no broker.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use cnt_vault::{
    Inspection, LotId, LotKind, ObjectDamage, ObjectRead as _, ObjectStore, StoreError, inspect,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Objects read between two notes of the position: what a stop costs at most.
const OBJECTS_AT_ONCE: usize = 64;
/// Version of the file that keeps the position.
const STATE_VERSION: u32 = 1;

/// Where a verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Objects read so far, those of an earlier run included.
    pub objects: u64,
    /// Objects there are.
    pub total: u64,
    /// Damaged runs of bytes found so far.
    pub damaged: u64,
}

/// A run of bytes of an object that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The object's kind.
    pub kind: LotKind,
    /// The object's name.
    pub id: LotId,
    /// First damaged byte, from the start of the object.
    pub from: u64,
    /// The byte after the last damaged one.
    pub to: u64,
    /// What lies there and what is wrong with it.
    pub problem: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            id,
            from,
            to,
            problem,
        } = self;
        write!(formatter, "{kind} {id}: bytes {from} to {to}: {problem}")
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Objects read.
    pub objects: u64,
    /// Members of the sound objects.
    pub members: u64,
    /// Bytes of the objects as stored.
    pub bytes: u64,
    /// Every damaged run of bytes, by kind and name of the object.
    pub damages: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

/// A verification cannot go on; that says nothing about the objects.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store cannot be listed or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file that keeps the position cannot be read or written.
    #[error("the file {file} that keeps the position")]
    State {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// That file is of a verification of something else.
    #[error("{0} keeps the position of another verification; remove it to begin anew")]
    OtherState(String),
}

/// Where a stopped verification goes on.
#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    kinds: Vec<LotKind>,
    /// Everything up to this object, in the order of the kinds and then of the names, is read.
    after: Option<(LotKind, LotId)>,
    report: VerifyReport,
}

/// Reads every object of these kinds from end to end, on the caller's rayon pool: each forme and member decodes to its
/// SHA-256, each section has its own, the object has the one it is named by. Every damaged run of bytes is reported,
/// and one does not hide another. With a file `state`, a stopped verification goes on where it was; when it ends, the
/// file is removed. Objects that are written meanwhile may or may not be read. `progress` is called as it goes.
///
/// # Errors
/// [`VerifyError`]; damage is none.
pub fn verify(
    objects: &dyn ObjectStore,
    kinds: &[LotKind],
    state: Option<&Path>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<VerifyReport, VerifyError> {
    let mut names = Vec::new();
    for kind in kinds {
        for id in objects.list(*kind)? {
            names.push((*kind, id?));
        }
    }
    let mut position = match state {
        Some(file) => read_state(file, kinds)?,
        None => None,
    }
    .unwrap_or_else(|| State {
        version: STATE_VERSION,
        kinds: kinds.to_vec(),
        after: None,
        report: VerifyReport::default(),
    });
    let done = position.after.map_or(0, |after| {
        let rank = |kind: LotKind| kinds.iter().position(|known| *known == kind);
        let key = |(kind, id): (LotKind, LotId)| (rank(kind), id);
        names.partition_point(|name| key(*name) <= key(after))
    });
    let total = count(names.len());
    for chunk in names.split_off(done).chunks(OBJECTS_AT_ONCE) {
        let checked: Vec<_> = chunk
            .par_iter()
            .map(|(kind, id)| check(objects, *kind, *id))
            .collect();
        let report = &mut position.report;
        for found in checked {
            let Checked {
                members,
                bytes,
                damages,
            } = found?;
            report.objects += 1;
            report.members += members;
            report.bytes += bytes;
            report.damages.extend(damages);
        }
        progress(&Progress {
            objects: report.objects,
            total,
            damaged: count(report.damages.len()),
        });
        position.after = chunk.last().copied();
        if let Some(file) = state {
            write_state(file, &position).map_err(|source| state_failed(file, source))?;
        }
    }
    if let Some(file) = state
        && let Err(error) = fs::remove_file(file)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(state_failed(file, error));
    }
    Ok(position.report)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn state_failed(file: &Path, source: io::Error) -> VerifyError {
    VerifyError::State {
        file: file.display().to_string(),
        source,
    }
}

fn read_state(file: &Path, kinds: &[LotKind]) -> Result<Option<State>, VerifyError> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(state_failed(file, error)),
    };
    let state: Option<State> = serde_json::from_slice(&bytes).ok();
    state
        .filter(|state| state.version == STATE_VERSION && state.kinds == kinds)
        .map(Some)
        .ok_or_else(|| VerifyError::OtherState(file.display().to_string()))
}

/// Whole or not at all.
fn write_state(file: &Path, state: &State) -> io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(&serde_json::to_vec(state)?)?;
    new.persist(file)?;
    Ok(())
}

struct Checked {
    members: u64,
    bytes: u64,
    damages: Vec<Damage>,
}

/// A photograph is no lot: it is what its name says, or damaged somewhere.
fn check_photo(objects: &dyn ObjectStore, id: LotId) -> Result<Checked, StoreError> {
    match objects.get(LotKind::Photo, id) {
        Ok(photo) => Ok(Checked {
            members: 1,
            bytes: count(photo.len()),
            damages: Vec::new(),
        }),
        Err(StoreError::Corrupt { damage, .. }) => {
            let bytes = objects.open(LotKind::Photo, id)?.size();
            Ok(Checked {
                members: 0,
                bytes,
                damages: vec![Damage {
                    kind: LotKind::Photo,
                    id,
                    from: 0,
                    to: bytes,
                    problem: damage.to_string(),
                }],
            })
        }
        Err(error) => Err(error),
    }
}

fn check(objects: &dyn ObjectStore, kind: LotKind, id: LotId) -> Result<Checked, StoreError> {
    if kind == LotKind::Photo {
        return check_photo(objects, id);
    }
    let damage = |from, to, problem| Damage {
        kind,
        id,
        from,
        to,
        problem,
    };
    let failed = |source| StoreError::Io {
        action: "read",
        locator: objects.locator(kind, id),
        source,
    };
    let source = match objects.open(kind, id) {
        Ok(source) => source,
        Err(StoreError::Corrupt {
            damage: what @ ObjectDamage::TooLarge { found },
            ..
        }) => {
            return Ok(Checked {
                members: 0,
                bytes: found,
                damages: vec![damage(0, found, what.to_string())],
            });
        }
        Err(error) => return Err(error),
    };
    let bytes = source.size();
    let (members, found) = match inspect(source).map_err(failed)? {
        Inspection::Unreadable(range) => (0, vec![range]),
        Inspection::Opened(reader) => {
            let found = reader.damages(&id).map_err(failed)?;
            if found.is_empty() && reader.kind() != kind {
                let problem = format!("it is a lot of kind {}", reader.kind());
                return Ok(Checked {
                    members: 0,
                    bytes,
                    damages: vec![damage(0, bytes, problem)],
                });
            }
            let members = if found.is_empty() {
                reader.manifest().member_count
            } else {
                0
            };
            (members, found)
        }
    };
    let damages = found.into_iter();
    let damages = damages.map(|found| damage(found.range.start, found.range.end, found.problem));
    Ok(Checked {
        members,
        bytes,
        damages: damages.collect(),
    })
}
