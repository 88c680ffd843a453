//! What is written comes back, always in the same bytes.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use cnt_vault::{
    Digest, Forme, FormeRef, InMemory, Layout, LotId, LotKind, LotReader, LotWriter, MemberInput,
    ObjectRead, SealedLot, WriteError,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{
    about, document, noise, shared_prefix_document, shared_prefix_lot, small_lot, writer,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Facts {
    number: u32,
    text: String,
    sum: Option<u64>,
}

#[derive(Debug, Clone)]
struct Plain {
    prefix: Vec<u8>,
    bytes: Vec<u8>,
    forme: Option<u32>,
    facts: Facts,
}

fn any_plain() -> impl Strategy<Value = Plain> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        (any::<u64>(), 300..3_000_usize).prop_map(|(number, size)| document(number >> 8, size)),
    ];
    let facts = (any::<u32>(), ".{0,12}", any::<Option<u64>>())
        .prop_map(|(number, text, sum)| Facts { number, text, sum });
    let prefix = prop::collection::vec(any::<u8>(), 0..40);
    (prefix, bytes, prop::option::of(0..2_u32), facts).prop_map(|(prefix, bytes, forme, facts)| {
        Plain {
            prefix,
            bytes,
            forme,
            facts,
        }
    })
}

fn any_layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::Solo),
        Just(Layout::BLOCKS),
        (0..6_usize, 0..2_000_u64).prop_map(|(members_max, bytes_max)| Layout::Blocks {
            members_max,
            bytes_max
        }),
    ]
}

fn inputs(plains: &[Plain], formes: &[FormeRef]) -> Vec<MemberInput> {
    plains
        .iter()
        .enumerate()
        .map(|(position, plain)| {
            let id = format!("m{position}");
            let member = MemberInput::new(id, plain.bytes.clone(), &plain.facts)
                .unwrap()
                .with_prefix(plain.prefix.clone().into());
            match plain.forme {
                Some(number) => member.with_forme(formes[number as usize]),
                None => member,
            }
        })
        .collect()
}

fn seal(plains: &[Plain], layout: Layout, level: i32, calls: &[usize]) -> SealedLot {
    let mut writer = writer(LotKind::Document)
        .with_layout(layout)
        .with_level(level)
        .unwrap();
    let formes: Vec<FormeRef> = [document(0, 2_000), noise(5, 90)]
        .into_iter()
        .map(|bytes| {
            writer
                .add_forme(&Forme::prepare("forme", bytes).unwrap())
                .unwrap()
        })
        .collect();
    let mut rest = inputs(plains, &formes);
    for &call in calls {
        let after = rest.split_off(call.min(rest.len()));
        match <[MemberInput; 1]>::try_from(rest) {
            Ok([one]) => writer.add_member(one).unwrap(),
            Err(several) => writer.add_members(several).unwrap(),
        }
        rest = after;
    }
    writer.add_members(rest).unwrap();
    writer.finish().unwrap()
}

proptest! {
    #[test]
    fn any_members_come_back_bit_by_bit(
        plains in prop::collection::vec(any_plain(), 0..30),
        layout in any_layout(),
        level in 1..7,
    ) {
        let lot = seal(&plains, layout, level, &[]);
        prop_assert_eq!(lot.id(), LotId::of(lot.bytes()));
        let reader = LotReader::open(lot.bytes()).unwrap();
        prop_assert_eq!(reader.manifest(), lot.manifest());
        reader.verify(&lot.id()).unwrap();
        let members = reader.members().unwrap();
        prop_assert_eq!(members.len(), plains.len());
        let many = reader.read_many(0..usize::MAX).unwrap();
        let mut contents = reader.contents().unwrap();
        for (position, plain) in plains.iter().enumerate() {
            let expected = [&plain.prefix[..], &plain.bytes].concat();
            let member = reader.find(&format!("m{position}")).unwrap().unwrap();
            prop_assert_eq!(member, &members[position]);
            prop_assert_eq!(member.location(), lot.locations()[position]);
            prop_assert_eq!(member.meta::<Facts>().unwrap(), plain.facts.clone());
            prop_assert_eq!(member.forme, plain.forme);
            prop_assert_eq!(&reader.read(member).unwrap()[..], &expected[..]);
            prop_assert_eq!(&many[position][..], &expected[..]);
            let (entry, bytes) = contents.next().unwrap().unwrap();
            prop_assert_eq!(entry, member);
            prop_assert_eq!(&bytes[..], &expected[..]);
        }
        prop_assert!(contents.next().is_none());
        prop_assert!(reader.find("nobody").unwrap().is_none());
    }

    #[test]
    fn the_same_members_give_the_same_bytes_however_they_are_added(
        plains in prop::collection::vec(any_plain(), 0..30),
        layout in any_layout(),
        level in 1..7,
        calls in prop::collection::vec(0..9_usize, 0..8),
    ) {
        let at_once = seal(&plains, layout, level, &[]);
        let in_calls = seal(&plains, layout, level, &calls);
        prop_assert_eq!(at_once.bytes(), in_calls.bytes());
        prop_assert_eq!(at_once.id(), in_calls.id());
    }
}

#[test]
fn five_thousand_members_on_any_number_of_threads_give_one_object() {
    let seal = || {
        let mut writer = writer(LotKind::Verdict);
        let members = (0..5_000)
            .map(|number| {
                let meta = json!({"verdict": "ACCEPTED", "codes": [], "position": number});
                MemberInput::new(
                    format!("reception-{number}"),
                    document(number, 2_000),
                    &meta,
                )
                .unwrap()
            })
            .collect();
        writer.add_members(members).unwrap();
        assert_eq!(writer.member_count(), 5_000);
        writer.finish().unwrap()
    };
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(seal)
    };
    let lot = on(1);
    assert_eq!(lot.id(), on(7).id());
    let reader = LotReader::open(lot.bytes()).unwrap();
    reader.verify(&lot.id()).unwrap();
    let member = reader.find("reception-4321").unwrap().unwrap();
    assert_eq!(reader.read(member).unwrap(), document(4_321, 2_000));
    // 64 to a frame, so that they compress against each other.
    assert_eq!(member.inner_offset, (4_321 % 64) * member.size);
    assert!(
        lot.bytes().len() < 5_000 * 600,
        "{} bytes",
        lot.bytes().len()
    );
}

#[test]
fn a_document_costs_its_difference_from_the_forme() {
    let mut writer = writer(LotKind::Document);
    let forme = Forme::prepare("aco/3", document(0, 50_000)).unwrap();
    let reference = writer.add_forme(&forme).unwrap();
    assert_eq!(writer.add_forme(&forme).unwrap(), reference);
    let whole = document(1, 50_000);
    let prefix = Bytes::copy_from_slice(&whole[..40_000]);
    for number in 1..=200 {
        let document = document(number, 50_000);
        assert_eq!(document[..40_000], prefix);
        let member = MemberInput::new(format!("{number}"), document[40_000..].to_vec(), &())
            .unwrap()
            .with_prefix(prefix.clone())
            .with_sha256(Digest::of(&document))
            .with_forme(reference);
        writer.add_member(member).unwrap();
    }
    let lot = writer.finish().unwrap();
    let reader = LotReader::open(lot.bytes()).unwrap();
    reader.verify(&lot.id()).unwrap();
    assert_eq!(reader.manifest().formes.len(), 1);
    assert_eq!(&reader.forme(0).unwrap(), forme.bytes());
    let length = reader.find("7").unwrap().unwrap().frame_length;
    assert!(length < 400, "{length} bytes for a document of 50,000");
}

#[test]
fn documents_share_the_prefix_of_their_forme_and_formes_their_base() {
    for layout in [Layout::Solo, Layout::BLOCKS] {
        let lot = shared_prefix_lot(layout);
        let formes = &lot.manifest().formes;
        assert_eq!(formes.len(), 3);
        assert!(formes[0].base.is_none() && formes[1].base == Some(0));
        // Noise does not compress: three formes cost little more than one.
        assert!(formes[0].length > 3_000 && formes[1].length + formes[2].length < 600);
        let reader = LotReader::open(lot.bytes()).unwrap();
        reader.verify(&lot.id()).unwrap();
        let members = reader.members().unwrap();
        let many = reader.read_many(0..usize::MAX).unwrap();
        let contents = reader.contents().unwrap();
        for ((member, many), content) in members.iter().zip(many).zip(contents) {
            let number = member.meta().unwrap();
            let expected = shared_prefix_document(number);
            assert_eq!(member.size, expected.len() as u64);
            assert_eq!(reader.read(member).unwrap(), expected);
            assert_eq!(many, expected);
            assert_eq!(content.unwrap().1, expected);
        }
    }
}

#[test]
fn a_member_that_begins_otherwise_than_its_forme_is_refused() {
    let mut lot = writer(LotKind::Document);
    let forme = Forme::prepare_with_prefix("f", noise(1, 100), 50, 3, None).unwrap();
    let forme = lot.add_forme(&forme).unwrap();
    for prefix in [noise(1, 49), noise(2, 50), Vec::new()] {
        let member = MemberInput::new("a", vec![1, 2, 3], &()).unwrap();
        let member = member.with_prefix(prefix.into()).with_forme(forme);
        assert!(matches!(
            lot.add_member(member),
            Err(WriteError::OtherPrefix(id)) if id == "a"
        ));
    }
}

/// Counts what is read of an object.
struct Counting<'a> {
    object: InMemory<&'a [u8]>,
    read: AtomicU64,
}

impl ObjectRead for Counting<'_> {
    fn size(&self) -> u64 {
        self.object.size()
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        self.object.read_range(offset, length)
    }
}

#[test]
fn one_member_is_read_without_the_rest() {
    let mut writer = writer(LotKind::Courrier);
    for number in 0..300 {
        let scan = noise(number, 10_000);
        writer
            .add_member(MemberInput::new(format!("{number}"), scan, &()).unwrap())
            .unwrap();
    }
    let lot = writer.finish().unwrap();
    let source = Counting {
        object: InMemory(lot.bytes()),
        read: AtomicU64::new(0),
    };
    let reader = LotReader::open_at(&source as &dyn ObjectRead).unwrap();
    let location = lot.locations()[123];
    let bytes = reader.read_at("123", &location).unwrap();
    assert_eq!(bytes, noise(123, 10_000));
    let read = source.read.load(Ordering::Relaxed);
    let expected = location.frame_length + lot.manifest().sections.header.length + 64;
    assert!(
        (expected..expected + 4_000).contains(&read),
        "{read} bytes read"
    );
}

#[test]
fn a_location_of_another_lot_is_refused() {
    let lot = small_lot();
    let reader = LotReader::open(lot.bytes()).unwrap();
    let good = lot.locations()[0];
    let mut bad = vec![good; 6];
    bad[0].frame_offset = u64::MAX;
    bad[1].frame_length = u64::MAX;
    bad[2].frame_size = u64::MAX;
    bad[3].size += 1_000_000;
    bad[4].inner_offset = u64::MAX;
    bad[5].forme = Some(9);
    for location in bad {
        assert!(reader.read_at("x", &location).is_err(), "{location:?}");
    }
    assert!(reader.read_at("x", &good).is_ok());
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let mut lot = writer(LotKind::Document);
    let member = |id: &str| MemberInput::new(id, vec![1, 2, 3], &());
    lot.add_member(member("a").unwrap()).unwrap();
    assert!(matches!(
        lot.add_member(member("a").unwrap()),
        Err(WriteError::DuplicateMember(id)) if id == "a"
    ));
    for id in ["", "a\nb", &"x".repeat(201)] {
        assert!(
            matches!(member(id), Err(WriteError::BadMemberId(_))),
            "{id:?}"
        );
    }
    assert!(matches!(
        MemberInput::new("b", vec![], &"x".repeat(70_000)),
        Err(WriteError::TooLarge { .. })
    ));
    assert!(writer(LotKind::Document).with_level(20).is_err());
    let mut nothing_said = about();
    nothing_said.retention_class = None;
    assert!(matches!(
        LotWriter::new(LotKind::Document, nothing_said.clone()),
        Err(WriteError::NoRetentionClass)
    ));
    assert!(LotWriter::new(LotKind::Verdict, nothing_said).is_ok());

    let mut with_forme = writer(LotKind::Document);
    let forme = with_forme
        .add_forme(&Forme::prepare("f", noise(1, 100)).unwrap())
        .unwrap();
    let mut without = writer(LotKind::Document);
    assert!(matches!(
        without.add_member(member("c").unwrap().with_forme(forme)),
        Err(WriteError::UnknownForme(0))
    ));
}

#[test]
fn pre_rendered_json_with_line_breaks_keeps_to_its_line() {
    #[derive(Serialize)]
    struct Facts {
        text: &'static str,
    }
    let mut lot = writer(LotKind::Verdict);
    lot.add_member(
        MemberInput::new(
            "é \"x\"",
            vec![],
            &Facts {
                text: "a\nb\u{2028}",
            },
        )
        .unwrap(),
    )
    .unwrap();
    let lot = lot.finish().unwrap();
    let reader = LotReader::open(lot.bytes()).unwrap();
    let member = reader.find("é \"x\"").unwrap().unwrap();
    assert_eq!(member.meta, json!({"text": "a\nb\u{2028}"}));
    assert!(member.meta::<u32>().is_err());
}
