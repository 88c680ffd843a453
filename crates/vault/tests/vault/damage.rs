//! No damage passes unseen, and no object makes its reader take more memory than allowed.

use cnt_vault::{
    DamagedRange, Digest, InMemory, Inspection, LotId, LotReader, Manifest, Part, Problem,
    ReadError, inspect,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::small_lot;

fn check(object: &[u8], id: &LotId) -> Result<(), ReadError> {
    LotReader::open(object)?.verify(id)
}

/// Whether `part` is a right answer to "where is the byte at `offset` damaged?".
fn lies_in(part: &Part, offset: u64, manifest: &Manifest, length: u64) -> bool {
    let sections = &manifest.sections;
    if offset < sections.formes.offset {
        matches!(part, Part::Header)
    } else if offset < sections.members.offset {
        matches!(part, Part::Forme(_) | Part::Formes)
    } else if offset < sections.index.offset {
        matches!(part, Part::Member { .. } | Part::Members)
    } else if offset < sections.index.offset + sections.index.length {
        matches!(part, Part::Index)
    } else if offset < length - 64 {
        matches!(part, Part::Manifest)
    } else {
        // The SHA-256 of the manifest stands in the footer.
        matches!(part, Part::Footer | Part::Manifest)
    }
}

#[test]
fn every_single_bit_flip_is_seen_and_located() {
    let lot = small_lot();
    let length = lot.bytes().len() as u64;
    check(lot.bytes(), &lot.id()).unwrap();
    let mut object = lot.bytes().to_vec();
    let mut members_named = 0;
    for offset in 0..object.len() {
        for bit in 0..8 {
            object[offset] ^= 1 << bit;
            let error = check(&object, &lot.id()).unwrap_err();
            let part = error.part().unwrap_or_else(|| panic!("no part: {error}"));
            let right = lies_in(part, offset as u64, lot.manifest(), length);
            assert!(right, "bit {bit} of byte {offset}: {error}");
            members_named += u32::from(matches!(part, Part::Member { .. }));
            object[offset] ^= 1 << bit;
        }
    }
    assert!(members_named > 0);
}

fn damages(object: &[u8], id: &LotId) -> Vec<DamagedRange> {
    match inspect(InMemory(object)).unwrap() {
        Inspection::Opened(reader) => reader.damages(id).unwrap(),
        Inspection::Unreadable(damage) => vec![damage],
    }
}

fn names(found: &[DamagedRange], offset: usize) -> bool {
    found
        .iter()
        .any(|damage| damage.range.contains(&(offset as u64)))
}

#[test]
fn every_flipped_byte_lies_in_a_named_range() {
    let lot = small_lot();
    assert_eq!(damages(lot.bytes(), &lot.id()), []);
    let mut object = lot.bytes().to_vec();
    let mut smallest = u64::MAX;
    for offset in 0..object.len() {
        object[offset] ^= 1 << (offset % 8);
        let found = damages(&object, &lot.id());
        assert!(names(&found, offset), "byte {offset}: {found:?}");
        smallest = smallest.min(
            found
                .iter()
                .map(|one| one.range.end - one.range.start)
                .sum(),
        );
        object[offset] ^= 1 << (offset % 8);
    }
    let whole = object.len() as u64;
    assert!(
        smallest < whole / 4,
        "a frame of {whole} bytes is named: {smallest}"
    );
    for length in [0, 1, 63, 64, 128, object.len() - 1] {
        let found = damages(&object[..length], &lot.id());
        assert_eq!(found.len(), 1, "{length} bytes left");
    }
    let other = damages(lot.bytes(), &LotId::of(b"another"));
    assert_eq!(
        other[0].range,
        0..whole,
        "sound, but not the lot of this name"
    );
}

#[test]
fn one_damaged_member_does_not_hide_another() {
    let lot = small_lot();
    let mut frames: Vec<_> = lot
        .locations()
        .iter()
        .map(|one| (one.frame_offset, one.frame_length))
        .collect();
    frames.dedup();
    assert!(frames.len() >= 2, "{frames:?}");
    let mut object = lot.bytes().to_vec();
    let hit = [frames[0], frames[frames.len() - 1]];
    for (offset, length) in hit {
        object[usize::try_from(offset + length / 2).unwrap()] ^= 0xff;
    }
    let found = damages(&object, &lot.id());
    let ranges: Vec<_> = found.into_iter().map(|damage| damage.range).collect();
    assert_eq!(ranges, hit.map(|(offset, length)| offset..offset + length));
}

#[test]
fn every_truncation_is_an_error() {
    let lot = small_lot();
    for length in 0..lot.bytes().len() {
        assert!(
            check(&lot.bytes()[..length], &lot.id()).is_err(),
            "{length} bytes"
        );
        assert!(check(&lot.bytes()[lot.bytes().len() - length..], &lot.id()).is_err());
    }
    let longer = [lot.bytes(), b"x"].concat();
    assert!(check(&longer, &lot.id()).is_err());
}

#[test]
fn the_name_is_checked() {
    let lot = small_lot();
    let reader = LotReader::open(lot.bytes()).unwrap();
    reader.verify_id(&lot.id()).unwrap();
    let error = reader.verify(&LotId::of(b"another")).unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Corrupt {
                part: Part::Object,
                ..
            }
        ),
        "{error}"
    );
}

/// The lot with another index and another manifest, all hashes made right again: what a forger
/// can do who has no bytes to answer for but the name.
fn forged(
    edit_index: impl FnOnce(String) -> String,
    edit_manifest: impl FnOnce(&mut Value),
) -> Vec<u8> {
    let lot = small_lot();
    let index = lot.manifest().sections.index;
    let start = usize::try_from(index.offset).unwrap();
    let stored = &lot.bytes()[start..start + usize::try_from(index.length).unwrap()];
    let plain = zstd::bulk::decompress(stored, 1 << 20).unwrap();
    let plain = edit_index(String::from_utf8(plain).unwrap());
    let stored = zstd::bulk::compress(plain.as_bytes(), 3).unwrap();

    let mut manifest = serde_json::to_value(lot.manifest()).unwrap();
    manifest["index_bytes"] = json!(plain.len());
    manifest["sections"]["index"]["length"] = json!(stored.len());
    manifest["sections"]["index"]["sha256"] = json!(Digest::of(&stored));
    edit_manifest(&mut manifest);
    let manifest = serde_json::to_vec(&manifest).unwrap();

    let mut object = lot.bytes()[..start].to_vec();
    object.extend_from_slice(&stored);
    let manifest_offset = object.len() as u64;
    object.extend_from_slice(&manifest);
    object.extend_from_slice(&manifest_offset.to_le_bytes());
    object.extend_from_slice(&(manifest.len() as u64).to_le_bytes());
    object.extend_from_slice(Digest::of(&manifest).as_bytes());
    object.extend_from_slice(&(object.len() as u64 + 16).to_le_bytes());
    object.extend_from_slice(b"CNTEND1\n");
    object
}

fn verdict(object: &[u8]) -> Result<(), ReadError> {
    check(object, &LotId::of(object))
}

#[test]
fn a_forgery_that_changes_nothing_reads() {
    verdict(&forged(|index| index, |_| {})).unwrap();
}

#[test]
fn sizes_over_the_limits_are_refused_before_anything_is_allocated() {
    let too_large = |object: Vec<u8>| {
        let error = verdict(&object).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
    };
    for huge in [1_u64 << 40, u64::MAX] {
        too_large(forged(
            |index| index,
            |manifest| manifest["index_bytes"] = json!(huge),
        ));
        too_large(forged(
            |index| index,
            |manifest| manifest["member_count"] = json!(huge),
        ));
        too_large(forged(
            |index| index,
            |manifest| manifest["formes"][0]["size"] = json!(huge),
        ));
        too_large(forged(
            |index| {
                index.replace(
                    "\"frame_size\":",
                    &format!("\"frame_size\":{huge},\"old\":"),
                )
            },
            |_| {},
        ));
    }
}

#[test]
fn an_index_that_does_not_account_for_every_byte_is_refused() {
    let corrupt = |object: Vec<u8>, what: &str| {
        let error = verdict(&object).unwrap_err();
        assert!(
            matches!(error, ReadError::Corrupt { .. }),
            "{what}: {error}"
        );
    };
    let lines = |index: &str| {
        index
            .lines()
            .map(|line| format!("{line}\n"))
            .collect::<Vec<_>>()
    };
    let same = |_: &mut Value| {};
    corrupt(
        forged(|index| lines(&index)[1..].concat(), same),
        "first member left out",
    );
    corrupt(
        forged(|index| lines(&index)[..3].concat(), same),
        "last member left out",
    );
    corrupt(
        forged(
            |index| lines(&index)[..2].concat(),
            |manifest| manifest["member_count"] = json!(2),
        ),
        "last frame left out",
    );
    corrupt(
        forged(|index| index.replace("AVIS-2", "AVIS-1"), same),
        "id twice",
    );
    corrupt(
        forged(|index| index.replace("\"forme\":0", "\"forme\":7"), same),
        "no such forme",
    );
    corrupt(
        forged(|index| index.replace("\"size\":", "\"size\":1"), same),
        "sizes",
    );
    corrupt(
        forged(|index| index.trim_end().to_owned(), same),
        "no line end",
    );
    corrupt(forged(|_| "[]\n".to_owned(), same), "no members");
    corrupt(
        forged(
            |index| index,
            |manifest| manifest["member_count"] = json!(5),
        ),
        "count",
    );
    let gap = |manifest: &mut Value| manifest["sections"]["members"]["offset"] = json!(65);
    corrupt(forged(|index| index, gap), "sections overlap");
    corrupt(
        forged(
            |index| index,
            |manifest| manifest["kind"] = json!("unknown"),
        ),
        "kind",
    );
}

#[test]
fn a_forme_without_earlier_base_or_with_too_long_a_prefix_is_refused() {
    let part = |field: &str, value: u64| {
        let object = forged(
            |index| index,
            |manifest| manifest["formes"][0][field] = json!(value),
        );
        let error = verdict(&object).unwrap_err();
        error.part().cloned().unwrap_or_else(|| panic!("{error}"))
    };
    // A forme that is its own base would be read for ever.
    for (field, value) in [
        ("base", 0),
        ("base", 1),
        ("prefix", 501),
        ("prefix", u64::MAX),
    ] {
        let found = part(field, value);
        assert!(matches!(found, Part::Formes), "{field} {value}: {found:?}");
    }
    // The lengths in the index do not agree with such a prefix.
    assert!(!matches!(part("prefix", 20), Part::Formes));
}

#[test]
fn a_later_format_is_named() {
    let object = forged(
        |index| index,
        |manifest| *manifest = json!({"format": "cnt-lot/2"}),
    );
    let error = verdict(&object).unwrap_err();
    let ReadError::Corrupt {
        part: Part::Manifest,
        problem: Problem::Format(name),
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(name, "cnt-lot/2");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        mut object in prop::collection::vec(any::<u8>(), 0..400),
        framed: bool,
    ) {
        if framed {
            object.splice(..0, cnt_vault::HEADER);
            object.extend_from_slice(b"CNTEND1\n");
        }
        prop_assert!(verdict(&object).is_err());
    }

    #[test]
    fn no_forged_numbers_make_the_reader_panic(
        field in 0..6_usize,
        line in 0..4_usize,
        value in prop_oneof![any::<u64>(), 0..2_000_u64, 0..8_u64],
    ) {
        let name = ["size", "frame_offset", "frame_length", "frame_size", "inner_offset", "forme"]
            [field];
        let edit = |index: String| -> String {
            index.lines().enumerate().map(|(position, text)| {
                let mut entry: Value = serde_json::from_str(text).unwrap();
                if position == line {
                    entry[name] = json!(value);
                }
                format!("{entry}\n")
            }).collect()
        };
        // Right by chance, or an error; the members must be what they were.
        if let Ok(reader) = LotReader::open(forged(edit, |_| {}))
            && let Ok(contents) = reader.contents()
        {
            contents.for_each(drop);
        }
    }
}
