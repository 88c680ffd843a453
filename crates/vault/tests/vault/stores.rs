//! The store in a directory: written once, durable, recoverable.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use cnt_vault::{
    LocalStore, LotId, LotKind, LotReader, MemberInput, ObjectDamage, ObjectStore, PutOutcome,
    SealedLot, StoreError,
};
use tempfile::TempDir;

use crate::support::{document, noise, small_lot, writer};

fn store() -> (TempDir, LocalStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::new(directory.path().join("objects"));
    (directory, store)
}

fn lot(seed: u64) -> SealedLot {
    let mut writer = writer(LotKind::Verdict);
    writer
        .add_member(MemberInput::new("m", noise(seed, 3_000), &()).unwrap())
        .unwrap();
    writer.finish().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn temporary_files(store: &LocalStore) -> usize {
    fs::read_dir(store.root().join("verdict/temporary")).map_or(0, Iterator::count)
}

#[test]
fn an_object_lies_under_its_hash_and_is_never_written_again() {
    let (_directory, store) = store();
    let lot = lot(1);
    let (kind, id) = (lot.kind(), lot.id());
    assert!(!store.exists(kind, id).unwrap());
    assert_eq!(store.put(&lot).unwrap(), PutOutcome::Written);
    assert_eq!(store.put(&lot).unwrap(), PutOutcome::AlreadyThere);
    assert_eq!(
        store.put_bytes(kind, id, lot.bytes()).unwrap(),
        PutOutcome::AlreadyThere
    );
    assert!(store.exists(kind, id).unwrap());
    assert_eq!(store.get(kind, id).unwrap(), lot.bytes());

    let name = id.to_string();
    let path = store
        .root()
        .join("verdict")
        .join(name.get(..2).unwrap())
        .join(format!("{name}.lot"));
    assert_eq!(store.path(kind, id), path);
    assert_eq!(store.locator(kind, id), path.display().to_string());
    assert_eq!(mode(&path), 0o440);
    assert_eq!(mode(path.parent().unwrap()) & 0o777, 0o750);
    assert_eq!(mode(&store.root().join("verdict")), 0o2750);
    assert_eq!(temporary_files(&store), 0);
}

#[test]
fn the_mode_an_operator_gave_a_directory_stays() {
    let (_directory, store) = store();
    let kind_directory = store.root().join("verdict");
    fs::create_dir_all(&kind_directory).unwrap();
    fs::set_permissions(&kind_directory, Permissions::from_mode(0o700)).unwrap();
    store.put(&lot(1)).unwrap();
    assert_eq!(mode(&kind_directory), 0o700);
}

#[test]
fn an_object_is_read_by_ranges() {
    let (_directory, store) = store();
    let lot = small_lot();
    store.put(&lot).unwrap();
    let (kind, id) = (lot.kind(), lot.id());
    let reader = LotReader::open_at(store.open(kind, id).unwrap()).unwrap();
    let member = reader.find("AVIS-3").unwrap().unwrap();
    assert_eq!(reader.read(member).unwrap(), document(3, 500));
    reader.verify(&id).unwrap();
    assert_eq!(
        store.get_range(kind, id, 10, 20).unwrap(),
        lot.bytes()[10..30]
    );
    let length = lot.bytes().len() as u64;
    for (offset, length) in [(length - 5, 6), (u64::MAX, 1), (0, usize::MAX)] {
        let error = store.get_range(kind, id, offset, length).unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
}

#[test]
fn what_is_not_there_is_said_so() {
    let (_directory, store) = store();
    let id = LotId::of(b"nothing");
    let not_found = |error| {
        matches!(
            error,
            StoreError::NotFound {
                kind: LotKind::Spool,
                ..
            }
        )
    };
    assert!(not_found(store.get(LotKind::Spool, id).unwrap_err()));
    assert!(not_found(store.open(LotKind::Spool, id).err().unwrap()));
    assert!(not_found(
        store.get_range(LotKind::Spool, id, 0, 1).unwrap_err()
    ));
    assert_eq!(store.list(LotKind::Spool).unwrap().count(), 0);
}

#[test]
fn a_kind_is_listed_in_order_and_strangers_are_passed_over() {
    let (_directory, store) = store();
    let mut expected: Vec<LotId> = (0..40)
        .map(lot)
        .map(|lot| {
            store.put(&lot).unwrap();
            lot.id()
        })
        .collect();
    expected.sort_unstable();
    store.put(&small_lot()).unwrap();
    fs::write(store.root().join("verdict/README"), "x").unwrap();
    let prefix = store.path(LotKind::Verdict, expected[0]);
    fs::write(prefix.with_file_name("notes.lot"), "x").unwrap();
    let listed: Vec<LotId> = store
        .list(LotKind::Verdict)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn bytes_that_do_not_fit_their_name_are_refused_both_ways() {
    let (_directory, store) = store();
    let lot = lot(1);
    let (kind, id) = (lot.kind(), lot.id());
    let error = store.put_bytes(kind, id, b"other").unwrap_err();
    assert!(matches!(
        error,
        StoreError::Corrupt {
            damage: ObjectDamage::Name { .. },
            ..
        }
    ));
    assert!(!store.exists(kind, id).unwrap());

    store.put(&lot).unwrap();
    let path = store.path(kind, id);
    let overwrite = |bytes: &[u8]| {
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        fs::write(&path, bytes).unwrap();
    };
    let mut damaged = lot.bytes().to_vec();
    damaged[100] ^= 1;
    overwrite(&damaged);
    let error = store.get(kind, id).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Corrupt {
            damage: ObjectDamage::Name { .. },
            ..
        }
    ));
    overwrite(&damaged[1..]);
    let error = store.put(&lot).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Corrupt {
            damage: ObjectDamage::Size { .. },
            ..
        }
    ));
}

#[test]
fn what_a_crash_left_is_ignored_and_swept() {
    let (_directory, store) = store();
    let lot = lot(1);
    // As after a crash while writing: part of the bytes under a temporary name.
    let directory = store.root().join("verdict/temporary");
    fs::create_dir_all(&directory).unwrap();
    let left = directory.join(format!("{}.1.0.tmp", lot.id()));
    fs::write(&left, &lot.bytes()[..1_000]).unwrap();
    fs::write(directory.join("notes.txt"), "x").unwrap();
    assert!(!store.exists(lot.kind(), lot.id()).unwrap());
    assert_eq!(store.list(lot.kind()).unwrap().count(), 0);
    assert_eq!(store.put(&lot).unwrap(), PutOutcome::Written);
    assert_eq!(store.get(lot.kind(), lot.id()).unwrap(), lot.bytes());

    let written = fs::metadata(&left).unwrap().modified().unwrap();
    assert_eq!(store.sweep_temporary(written).unwrap(), 0);
    assert_eq!(
        store
            .sweep_temporary(written + Duration::from_secs(1))
            .unwrap(),
        1
    );
    assert!(!left.exists());
    assert_eq!(temporary_files(&store), 1);
    assert!(store.exists(lot.kind(), lot.id()).unwrap());
}

#[test]
fn of_many_who_put_the_same_object_at_once_one_writes_it() {
    let (_directory, store) = store();
    let other = LocalStore::new(store.root());
    let lots: Vec<SealedLot> = (0..10).map(lot).collect();
    let barrier = Barrier::new(8);
    let outcomes: Vec<Vec<PutOutcome>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|number| {
                let (store, lots, barrier) = (
                    if number % 2 == 0 { &store } else { &other },
                    &lots,
                    &barrier,
                );
                scope.spawn(move || {
                    lots.iter()
                        .map(|lot| {
                            barrier.wait();
                            store.put(lot).unwrap()
                        })
                        .collect()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for (position, lot) in lots.iter().enumerate() {
        let written = outcomes
            .iter()
            .filter(|all| all[position] == PutOutcome::Written)
            .count();
        assert_eq!(written, 1);
        assert_eq!(store.get(lot.kind(), lot.id()).unwrap(), lot.bytes());
    }
    assert_eq!(temporary_files(&store), 0);
}
