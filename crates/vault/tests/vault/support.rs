//! Lots to test with.

use bytes::Bytes;
use cnt_vault::{Forme, Layout, LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use serde_json::json;

pub(crate) fn about() -> LotAbout {
    let mut about = LotAbout::new("2026-03-02T08:15:30Z".parse().unwrap(), "cnt-test", "0.1.0");
    about.retention_class = Some("avis-5-years".to_owned());
    about.templates.insert("aco".to_owned(), "3".to_owned());
    about.about = json!({"batch": 7, "partition": "mif.inbound/3"});
    about
}

pub(crate) fn writer(kind: LotKind) -> LotWriter {
    LotWriter::new(kind, about()).unwrap()
}

/// Bytes that do not compress, always the same for a seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // splitmix64
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A document of `size` bytes that begins like all its siblings.
pub(crate) fn document(number: u64, size: usize) -> Vec<u8> {
    let mut bytes = noise(0, size.saturating_sub(300));
    bytes.splice(..0, *b"%PDF-1.7\n");
    for line in 0..4 {
        bytes.extend_from_slice(format!("[<{:016x}>] TJ\n", number * 31 + line).as_bytes());
    }
    bytes.extend_from_slice(&noise(number + 1, 100));
    bytes
}

/// A small lot that has everything: a forme, members with and without it, in blocks.
pub(crate) fn small_lot() -> SealedLot {
    let mut writer = writer(LotKind::Document).with_layout(Layout::BLOCKS);
    let forme = writer
        .add_forme(&Forme::prepare("aco/3", document(0, 500)).unwrap())
        .unwrap();
    let members = (1..=4).map(|number| {
        let id = format!("AVIS-{number}");
        let member =
            MemberInput::new(id, document(number, 500), &json!({"number": number})).unwrap();
        if number <= 2 {
            member.with_forme(forme)
        } else {
            member
        }
    });
    writer.add_members(members.collect()).unwrap();
    writer.finish().unwrap()
}

/// The variant of a template that a document of [`shared_prefix_lot`] has.
fn variant(number: u64) -> Vec<u8> {
    let mut bytes = noise(40, 3_000);
    bytes.extend_from_slice(format!("variant {}", number % 3).as_bytes());
    bytes
}

/// A document of [`shared_prefix_lot`]: the prefix of its forme, and its own tail.
pub(crate) fn shared_prefix_document(number: u64) -> Vec<u8> {
    [variant(number), document(number, 400)].concat()
}

/// Documents of three formes, which share their prefixes; two formes are kept against the first.
pub(crate) fn shared_prefix_lot(layout: Layout) -> SealedLot {
    let mut writer = writer(LotKind::Document).with_layout(layout);
    let prepare = |number: u64, base: Option<&Forme>| {
        let bytes = shared_prefix_document(number);
        let prefix = variant(number).len();
        Forme::prepare_with_prefix(&format!("aco/3/{number}"), bytes, prefix, 3, base).unwrap()
    };
    let base = prepare(0, None);
    let formes = [
        base.clone(),
        prepare(1, Some(&base)),
        prepare(2, Some(&base)),
    ];
    let mut members = Vec::new();
    for number in 1..=12 {
        let forme = &formes[usize::try_from(number % 3).unwrap()];
        let reference = writer.add_forme(forme).unwrap();
        let tail = document(number, 400);
        let member = MemberInput::new(format!("AVIS-{number}"), tail, &number).unwrap();
        let prefix = Bytes::from(variant(number));
        members.push(member.with_prefix(prefix).with_forme(reference));
    }
    members.sort_by_key(|member| member.size());
    writer.add_members(members).unwrap();
    writer.finish().unwrap()
}
