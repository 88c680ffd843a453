//! A compiled forme: what its documents share, and where their slots are.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::DocumentKind;
use crate::forme::wrap::WrapCache;

/// What stands in an object beside the slots: strings of fixed length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// The same in every document.
    Literal(Vec<u8>),
    /// The number of the document, as it is.
    Number,
    /// The number as hexadecimal UTF-16.
    NumberUtf16,
    /// The date, `2026-03-16`.
    DateDashed,
    /// The date, `20260316`.
    DatePlain,
    /// What identifies these very bytes.
    Instance,
    /// What identifies the document.
    Document,
    /// The pixels of a sorting mark, by its number.
    Mark(usize),
}

/// An object that is written into each document, always of one length.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Varying {
    pub(crate) number: u32,
    pub(crate) parts: Vec<Part>,
}

/// Where a line of a slot stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LineX {
    /// Always here, as written.
    Fixed(Vec<u8>),
    /// Aligned in a place that begins at so many points.
    From(f64),
}

/// How a slot takes its string.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Set {
    /// A text in its place, with the cache of how texts wrap there.
    Block(#[serde(with = "style_alone")] Arc<WrapCache>),
    /// Given lines in a place so wide.
    Lines {
        /// Width in points.
        width: f64,
    },
    /// A string whose shape is that of the forme.
    Inline,
}

/// Text of a slot on a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TextRegion {
    /// Rank of the slot among the names of the variant.
    pub(crate) slot: usize,
    /// How it is set.
    pub(crate) set: Set,
    /// Number of the face.
    pub(crate) face: usize,
    /// Size in points.
    pub(crate) size: f64,
    /// Horizontal place of each line.
    pub(crate) x: LineX,
    /// Vertical place of each line, as written.
    pub(crate) y: Vec<Vec<u8>>,
}

/// What a region of a page draws.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Region {
    /// Text of a slot.
    Text(TextRegion),
    /// Anything else that varies.
    Given(Vec<Part>),
}

/// A region between the operators that begin and end it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Framed {
    pub(crate) open: Vec<u8>,
    pub(crate) region: Region,
}

/// The slots of a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PageSlots {
    /// Number of the stream that draws them.
    pub(crate) number: u32,
    pub(crate) regions: Vec<Framed>,
}

/// The bytes that the documents of a forme begin with.
#[derive(Clone)]
pub(crate) struct Prefix {
    pub(crate) bytes: Bytes,
    /// State of the hash when it has taken them in.
    pub(crate) hash: Sha256,
}

impl From<Vec<u8>> for Prefix {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            hash: Sha256::new_with_prefix(&bytes),
            bytes: Bytes::from(bytes),
        }
    }
}

impl Serialize for Prefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

/// A cache is kept as the style of its texts: the texts themselves come again.
mod style_alone {
    use super::{Arc, Deserialize, Deserializer, Serialize, Serializer, WrapCache};
    use crate::forme::setter::Style;

    pub(super) fn serialize<S: Serializer>(
        cache: &Arc<WrapCache>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        cache.style.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<WrapCache>, D::Error> {
        Style::deserialize(deserializer).map(|style| Arc::new(WrapCache::new(style)))
    }
}

/// A forme: the finished pages of one variant of a template, without what its slots hold.
///
/// A document is the forme's [prefix](Forme::prefix), which is the same for all, and a tail.
#[derive(Serialize, Deserialize)]
pub struct Forme {
    pub(crate) name: String,
    pub(crate) kind: DocumentKind,
    pub(crate) prefix: Prefix,
    /// Place of the prefix's own table.
    pub(crate) table_at: usize,
    /// One more than the largest object number.
    pub(crate) size: u32,
    pub(crate) root: u32,
    pub(crate) info: u32,
    pub(crate) varying: Vec<Varying>,
    pub(crate) pages: Vec<PageSlots>,
    /// The tail of a document with invented facts.
    pub(crate) specimen_tail: Vec<u8>,
}

impl Forme {
    /// Kind of its documents.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// What it is, for people: kind, template version, and twelve digits of the variant.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First bytes of each of its documents.
    #[must_use]
    pub fn prefix(&self) -> &Bytes {
        &self.prefix.bytes
    }

    /// A document of the forme with invented facts: what the others are stored against.
    #[must_use]
    pub fn specimen(&self) -> Vec<u8> {
        [&self.prefix.bytes[..], &self.specimen_tail].concat()
    }

    /// SHA-256 of the document with a tail.
    pub(crate) fn sha256(&self, tail: &[u8]) -> [u8; 32] {
        let mut hash = self.prefix.hash.clone();
        hash.update(tail);
        hash.finalize().into()
    }

    /// Printed sides.
    #[must_use]
    pub fn pages(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }
}

impl std::fmt::Debug for Forme {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Forme")
            .field("name", &self.name)
            .field("prefix_bytes", &self.prefix.bytes.len())
            .finish_non_exhaustive()
    }
}
