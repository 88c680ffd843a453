//! Where a reader of receipts stands.
//!
//! Never one number over all partitions: lots of several partitions commit in any order, and what commits late with a
//! lower number would be skipped. Blocks of *one* partition become visible in the order of their offsets, so a vector
//! of one offset per partition skips nothing.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};

/// Version of the encoding.
const VERSION: u8 = 1;
/// Bytes of an entry: stream, partition, offset, index.
const ENTRY_BYTES: usize = 1 + 4 + 8 + 4;
/// More entries than there will ever be partitions.
const ENTRIES_MAX: usize = 1_024;

/// What receipts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stream {
    /// Verdicts.
    Verdict,
    /// Avis, and MIFs that end without one.
    Document,
}

impl Stream {
    /// Every stream.
    pub(crate) const ALL: [Stream; 2] = [Stream::Verdict, Stream::Document];

    /// The topic it comes from, which is also its name in the tables.
    pub(crate) const fn topic(self) -> &'static str {
        match self {
            Stream::Verdict => MIF_VERDICT.name,
            Stream::Document => DOCUMENT_LOT.name,
        }
    }

    /// The stream of a topic.
    pub(crate) fn of(topic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.topic() == topic)
    }

    const fn code(self) -> u8 {
        match self {
            Stream::Verdict => 1,
            Stream::Document => 2,
        }
    }
}

/// What comes next in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Next {
    /// First block of which not everything was given.
    pub(crate) offset: i64,
    /// How many receipts of that block were given.
    pub(crate) index: u32,
}

/// A reader's place in every partition; a partition that is not named is at its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cursor(BTreeMap<(Stream, i32), Next>);

/// The text is not a cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor that this service gave")]
pub(crate) struct BadCursor;

impl Cursor {
    /// Every place that is not the beginning.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Stream, i32, Next)> + '_ {
        self.0
            .iter()
            .map(|((stream, partition), next)| (*stream, *partition, *next))
    }

    /// How many receipts of this block were given before.
    pub(crate) fn given(&self, stream: Stream, partition: i32, offset: i64) -> u32 {
        self.0
            .get(&(stream, partition))
            .filter(|next| next.offset == offset)
            .map_or(0, |next| next.index)
    }

    /// Moves the place in a partition.
    pub(crate) fn set(&mut self, stream: Stream, partition: i32, next: Next) {
        self.0.insert((stream, partition), next);
    }

    /// As text: base64url of version, then per entry stream, partition, offset, index, big-endian.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        for (stream, partition, next) in self.entries() {
            bytes.push(stream.code());
            bytes.extend(partition.to_be_bytes());
            bytes.extend(next.offset.to_be_bytes());
            bytes.extend(next.index.to_be_bytes());
        }
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the text back; one cursor has one text.
    pub(crate) fn decode(text: &str) -> Result<Self, BadCursor> {
        if text.len() > ENTRIES_MAX * ENTRY_BYTES * 2 {
            return Err(BadCursor);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (VERSION, entries) = bytes.split_first().map(|(v, e)| (*v, e)).ok_or(BadCursor)? else {
            return Err(BadCursor);
        };
        let (entries, rest) = entries.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(BadCursor);
        }
        let mut cursor = Self::default();
        let mut last = None;
        for entry in entries {
            let (key, next) = read_entry(entry).ok_or(BadCursor)?;
            if last.replace(key) >= Some(key) {
                return Err(BadCursor);
            }
            cursor.0.insert(key, next);
        }
        Ok(cursor)
    }
}

fn read_entry(entry: &[u8; ENTRY_BYTES]) -> Option<((Stream, i32), Next)> {
    let (code, rest) = entry.split_first()?;
    let (partition, rest) = rest.split_first_chunk::<4>()?;
    let (offset, index) = rest.split_first_chunk::<8>()?;
    let stream = Stream::ALL
        .into_iter()
        .find(|stream| stream.code() == *code)?;
    let next = Next {
        offset: i64::from_be_bytes(*offset),
        index: u32::from_be_bytes(index.try_into().ok()?),
    };
    let partition = i32::from_be_bytes(*partition);
    (next.offset >= 0 && partition >= -1).then_some(((stream, partition), next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn cursors()(entries in prop::collection::btree_map(
            (prop::sample::select(&Stream::ALL[..]), -1..500i32),
            (0..i64::MAX, any::<u32>()).prop_map(|(offset, index)| Next { offset, index }),
            0..20,
        )) -> Cursor {
            Cursor(entries)
        }
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back(cursor in cursors()) {
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _any = Cursor::decode(&text);
            for bytes in [bytes.clone(), [vec![VERSION], bytes].concat()] {
                let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
                if let Ok(cursor) = Cursor::decode(&text) {
                    prop_assert_eq!(cursor.encode(), text);
                }
            }
        }
    }

    #[test]
    fn the_beginning_has_a_text() {
        assert_eq!(Cursor::decode("AQ"), Ok(Cursor::default()));
        assert_eq!(Cursor::decode(""), Err(BadCursor));
        assert_eq!(Cursor::decode("Ag"), Err(BadCursor));
    }

    #[test]
    fn only_the_block_that_was_cut_has_given_something() {
        let mut cursor = Cursor::default();
        cursor.set(
            Stream::Verdict,
            3,
            Next {
                offset: 7,
                index: 2,
            },
        );
        assert_eq!(cursor.given(Stream::Verdict, 3, 7), 2);
        assert_eq!(cursor.given(Stream::Verdict, 3, 8), 0);
        assert_eq!(cursor.given(Stream::Document, 3, 7), 0);
    }
}
