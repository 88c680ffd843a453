//! Checking the object store from the objects alone: no database, no broker.

use std::fmt;

use cnt_vault::{LotId, LotKind, LotReader, ObjectStore, ReadError, StoreError};

/// Where a verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Kind being read.
    pub kind: LotKind,
    /// Objects read so far, of all kinds.
    pub objects: u64,
    /// Members checked so far.
    pub members: u64,
    /// Damaged objects found so far.
    pub damaged: u64,
}

/// An object that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its kind.
    pub kind: LotKind,
    /// Its name.
    pub id: LotId,
    /// The smallest damaged part and what is wrong with it.
    pub problem: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.kind, self.id, self.problem)
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Objects read.
    pub objects: u64,
    /// Members of the sound objects.
    pub members: u64,
    /// Bytes of the objects as stored.
    pub bytes: u64,
    /// Every damaged object.
    pub damages: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

/// Reads every object of these kinds from end to end: each forme and member decodes to its SHA-256, each section has
/// its own, the object has the one it is named by. `progress` is called after each object. A damaged object is
/// reported and the next one read. It blocks and uses the calling thread.
///
/// # Errors
/// [`StoreError`] when the store itself cannot be listed or read: that says nothing about the objects.
pub fn verify(
    objects: &dyn ObjectStore,
    kinds: &[LotKind],
    progress: &mut dyn FnMut(&Progress),
) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    for kind in kinds {
        for id in objects.list(*kind)? {
            let id = id?;
            match check(objects, *kind, id) {
                Ok((members, bytes)) => {
                    report.members += members;
                    report.bytes += bytes;
                }
                Err(Failure::Damaged(problem)) => report.damages.push(Damage {
                    kind: *kind,
                    id,
                    problem,
                }),
                Err(Failure::Store(error)) => return Err(error),
            }
            report.objects += 1;
            progress(&Progress {
                kind: *kind,
                objects: report.objects,
                members: report.members,
                damaged: u64::try_from(report.damages.len()).unwrap_or(u64::MAX),
            });
        }
    }
    Ok(report)
}

enum Failure {
    Damaged(String),
    Store(StoreError),
}

/// The members and the stored bytes of a sound object.
fn check(objects: &dyn ObjectStore, kind: LotKind, id: LotId) -> Result<(u64, u64), Failure> {
    let source = objects.open(kind, id).map_err(|error| match error {
        StoreError::Corrupt { .. } => Failure::Damaged(error.to_string()),
        _ => Failure::Store(error),
    })?;
    let bytes = source.size();
    let failed = |error: ReadError| match error {
        ReadError::Source(source) => Failure::Store(StoreError::Io {
            action: "read",
            locator: objects.locator(kind, id),
            source,
        }),
        _ => Failure::Damaged(error.to_string()),
    };
    let reader = LotReader::open_at(source).map_err(failed)?;
    reader.verify(&id).map_err(failed)?;
    if reader.kind() != kind {
        return Err(Failure::Damaged(format!(
            "it is a lot of kind {}",
            reader.kind()
        )));
    }
    Ok((reader.manifest().member_count, bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use cnt_vault::{LocalStore, LotAbout, LotWriter, MemberInput};

    use super::*;

    fn put(store: &LocalStore, kind: LotKind, text: &str) -> LotId {
        let mut about = LotAbout::new("2026-03-02T08:15:30Z".parse().unwrap(), "test", "1");
        about.retention_class = Some("avis-5-years".to_owned());
        let mut writer = LotWriter::new(kind, about).unwrap();
        for number in 0..3 {
            let member = MemberInput::new(format!("{text}{number}"), text.repeat(50), &()).unwrap();
            writer.add_member(member).unwrap();
        }
        let lot = writer.finish().unwrap();
        store.put(&lot).unwrap();
        lot.id()
    }

    #[test]
    fn a_flipped_bit_is_found_and_named_and_the_rest_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalStore::new(directory.path());
        let first = put(&store, LotKind::Document, "one");
        put(&store, LotKind::Document, "two");
        put(&store, LotKind::Spool, "three");
        let kinds = [LotKind::Document, LotKind::Spool];
        let report = verify(&store, &kinds, &mut |_| ()).unwrap();
        assert_eq!(
            (report.objects, report.members, report.is_sound()),
            (3, 9, true)
        );

        let path = store.path(LotKind::Document, first);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle] ^= 0x10;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        fs::write(&path, bytes).unwrap();
        let mut seen = Vec::new();
        let report = verify(&store, &kinds, &mut |progress| seen.push(progress.objects)).unwrap();
        assert_eq!(report.damages.len(), 1);
        assert_eq!(report.damages[0].id, first);
        assert_eq!((report.members, seen), (6, vec![1, 2, 3]));
    }
}
