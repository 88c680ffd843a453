//! A stranger with `zstd` and SHA-256 alone reads what this crate wrote.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use cnt_vault::{Layout, LotKind, LotReader, MemberInput, SealedLot};
use serde_json::Value;

use crate::support::{
    document, noise, shared_prefix_document, shared_prefix_lot, small_lot, writer,
};

fn python(object: &Path, arguments: &[&str]) -> Output {
    let reader = Path::new("tests/reader.py");
    Command::new("python3")
        .arg(reader)
        .arg(object)
        .args(arguments)
        .output()
        .unwrap()
}

fn stored(lot: &SealedLot, offset: u64, length: u64) -> &[u8] {
    let start = usize::try_from(offset).unwrap();
    &lot.bytes()[start..start + usize::try_from(length).unwrap()]
}

#[test]
fn the_zstd_command_reads_a_member_with_its_forme_at_the_offsets_of_the_index() {
    let lot = small_lot();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let zstd = |arguments: &[&Path]| {
        let done = Command::new("zstd")
            .args(["-d", "-q", "-c"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        done.stdout
    };
    let forme = &lot.manifest().formes[0];
    let frame = file("forme.zst", stored(&lot, forme.offset, forme.length));
    let plain = zstd(&[&frame]);
    assert_eq!(plain, document(0, 500));
    let forme = file("forme.bin", &plain);

    let at = lot.locations()[1];
    let frame = file("frame.zst", stored(&lot, at.frame_offset, at.frame_length));
    let block = zstd(&[Path::new("-D"), &forme, &frame]);
    let start = usize::try_from(at.inner_offset).unwrap();
    assert_eq!(
        block[start..start + usize::try_from(at.size).unwrap()],
        document(2, 500)
    );
}

#[test]
fn a_reader_written_from_the_description_alone_reads_every_layout() {
    let directory = tempfile::tempdir().unwrap();
    for layout in [Layout::Solo, Layout::BLOCKS] {
        let mut writer = writer(LotKind::Verdict).with_layout(layout);
        for number in 0..5 {
            let bytes = noise(number, 700);
            writer
                .add_member(MemberInput::new(format!("m{number}"), bytes, &number).unwrap())
                .unwrap();
        }
        let lot = writer.finish().unwrap();
        let path = directory.path().join(lot.id().to_string());
        fs::write(&path, lot.bytes()).unwrap();
        let all = python(&path, &[]);
        assert!(
            all.status.success(),
            "{}",
            String::from_utf8_lossy(&all.stderr)
        );
        let lines: Vec<Value> = String::from_utf8(all.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let reader = LotReader::open(lot.bytes()).unwrap();
        let expected: Vec<Value> = reader
            .members()
            .unwrap()
            .iter()
            .map(|member| serde_json::to_value(member).unwrap())
            .collect();
        assert_eq!(lines, expected);
        assert_eq!(python(&path, &["m3"]).stdout, noise(3, 700));
    }
}

#[test]
fn that_reader_joins_the_prefix_of_a_forme_and_what_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    for layout in [Layout::Solo, Layout::BLOCKS] {
        let lot = shared_prefix_lot(layout);
        let path = directory.path().join(lot.id().to_string());
        fs::write(&path, lot.bytes()).unwrap();
        let all = python(&path, &[]);
        let said = String::from_utf8_lossy(&all.stderr);
        assert!(all.status.success(), "{said}");
        assert_eq!(String::from_utf8(all.stdout).unwrap().lines().count(), 12);
        for number in 1..=12 {
            let read = python(&path, &[&format!("AVIS-{number}")]);
            assert_eq!(read.stdout, shared_prefix_document(number), "{number}");
        }
    }
}

#[test]
fn that_reader_sees_formes_manifest_and_damage() {
    let lot = small_lot();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("small.lot");
    fs::write(&path, lot.bytes()).unwrap();
    assert_eq!(python(&path, &["AVIS-2"]).stdout, document(2, 500));
    let manifest: Value = serde_json::from_slice(&python(&path, &["--manifest"]).stdout).unwrap();
    assert_eq!(manifest, serde_json::to_value(lot.manifest()).unwrap());
    assert_eq!(manifest["created_at"], "2026-03-02T08:15:30Z");

    let mut damaged = lot.bytes().to_vec();
    damaged[usize::try_from(lot.locations()[0].frame_offset).unwrap() + 20] ^= 1;
    fs::write(&path, damaged).unwrap();
    let done = python(&path, &["AVIS-2"]);
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("section members"));
}
