//! Damage of every kind is found in the objects alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use cnt_archive::{VerifyError, verify};
use cnt_vault::{LocalStore, LotAbout, LotId, LotKind, LotWriter, MemberInput, ObjectStore as _};

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

const KINDS: [LotKind; 2] = [LotKind::Document, LotKind::Spool];

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

fn change(path: &PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Numbers that look random and come again (splitmix64).
fn scattered(seed: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 31)
}

#[test]
fn a_flipped_bit_at_any_place_of_a_thousand_objects_is_found_where_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::new(directory.path());
    let mut flipped = Vec::new();
    for number in 0..1_000_u64 {
        let kind = KINDS[usize::try_from(number % 2).unwrap()];
        let id = put(&store, kind, &format!("object {number} "));
        change(&store.path(kind, id), |bytes| {
            let bit = scattered(number) % (count(bytes.len()) * 8);
            bytes[usize::try_from(bit / 8).unwrap()] ^= 1 << (bit % 8);
            flipped.push((kind, id, bit / 8));
        });
    }
    let sound = put(&store, LotKind::Document, "sound");
    let report = verify(&store, &KINDS, None, &mut |_| ()).unwrap();
    assert_eq!((report.objects, report.members), (1_001, 3));
    for (kind, id, byte) in flipped {
        let mut found = report
            .damages
            .iter()
            .filter(|damage| (damage.kind, damage.id) == (kind, id));
        let is_named = found.any(|damage| (damage.from..damage.to).contains(&byte));
        assert!(is_named, "byte {byte} of {id}");
    }
    assert!(report.damages.iter().all(|damage| damage.id != sound));
}

#[test]
fn torn_writes_are_found_whatever_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::new(directory.path());
    let mut torn = 0;
    for number in 0..50_u64 {
        let id = put(&store, LotKind::Document, &format!("torn {number} "));
        change(&store.path(LotKind::Document, id), |bytes| {
            let kept = scattered(number) % count(bytes.len());
            bytes.truncate(usize::try_from(kept).unwrap());
        });
        torn += 1;
    }
    let report = verify(&store, &KINDS, None, &mut |_| ()).unwrap();
    assert_eq!((report.objects, report.damages.len()), (50, torn));
}

#[test]
fn a_stopped_verification_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::new(directory.path().join("objects"));
    for number in 0..150 {
        put(&store, KINDS[number % 2], &format!("object {number} "));
    }
    let expected = verify(&store, &KINDS, None, &mut |_| ()).unwrap();
    let file = directory.path().join("position");
    let mut kept = Vec::new();
    verify(&store, &KINDS, Some(&file), &mut |progress| {
        // What was noted before this chunk, as a process killed now would leave it.
        if progress.objects == 128 {
            kept = fs::read(&file).unwrap();
        }
    })
    .unwrap();
    assert!(!file.exists(), "an ended verification leaves nothing");
    fs::write(&file, kept).unwrap();
    let mut seen = Vec::new();
    let report = verify(&store, &KINDS, Some(&file), &mut |progress| {
        seen.push(progress.objects)
    })
    .unwrap();
    assert_eq!((report, seen), (expected, vec![128, 150]));
    fs::write(&file, "{}").unwrap();
    let refused = verify(&store, &KINDS, Some(&file), &mut |_| ());
    assert!(matches!(refused, Err(VerifyError::OtherState(_))));
}
