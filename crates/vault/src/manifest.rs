//! The manifest: what the lot is, in clear JSON near its end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{Part, Problem, ReadError};
use crate::format::{
    FORMAT_NAME, HEADER, MAX_FORME_BYTES, MAX_FORMES, MAX_INDEX_BYTES, MAX_MEMBERS,
};
use crate::kind::LotKind;

/// What a lot is and where its sections lie. Field order is the order in the JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name and version of the format: [`FORMAT_NAME`].
    pub format: String,
    /// What the members are.
    pub kind: LotKind,
    /// When the lot was made, as told by the writer (RFC 3339, UTC).
    #[serde(with = "timestamp")]
    pub created_at: Timestamp,
    /// The one retention class of all members; always there in document lots.
    pub retention_class: Option<String>,
    /// The program that wrote the lot.
    pub producer: Producer,
    /// Templates used, name to version.
    pub templates: BTreeMap<String, String>,
    /// How the frames were made; not needed to read them.
    pub compression: Compression,
    /// Number of members.
    pub member_count: u64,
    /// Sum of the plain sizes of the members, in bytes.
    pub member_bytes: u64,
    /// Plain size of the index, in bytes.
    pub index_bytes: u64,
    /// The formes, in the order of their numbers.
    pub formes: Vec<FormeEntry>,
    /// Where everything lies.
    pub sections: Sections,
    /// Whatever the producer wants to say about the lot as a whole.
    pub about: serde_json::Value,
}

/// The program that wrote a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    /// Name, such as `cnt-edition`.
    pub name: String,
    /// Version of the program.
    pub version: String,
}

/// How frames were made. The same version and level are needed to make the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compression {
    /// Library and version, such as `zstd 1.5.7`.
    pub library: String,
    /// Level of the frames without forme and of the index.
    pub level: i32,
}

/// One forme in a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormeEntry {
    /// What it is, for people.
    pub name: String,
    /// Plain size, in bytes.
    pub size: u64,
    /// SHA-256 of the plain bytes.
    pub sha256: Digest,
    /// Offset of its frame from the start of the object, in bytes.
    pub offset: u64,
    /// Length of its frame, in bytes.
    pub length: u64,
    /// zstd level of the members compressed with it.
    pub level: i32,
    /// How many of its first bytes every member of the forme begins with. Frames of these members
    /// hold what follows, and the rest of the forme is their dictionary.
    #[serde(default)]
    pub prefix: u64,
    /// Number of the earlier forme, itself without base, that is the dictionary of this one's
    /// frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u32>,
}

/// A run of bytes of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Offset from the start of the object, in bytes.
    pub offset: u64,
    /// Length, in bytes.
    pub length: u64,
    /// SHA-256 of these bytes as they are stored.
    pub sha256: Digest,
}

impl Section {
    /// Offset of the byte after the last.
    pub(crate) fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }

    /// Whether `length` bytes from `offset` lie inside.
    pub(crate) fn contains(&self, offset: u64, length: u64) -> bool {
        let (Some(end), Some(section_end)) = (offset.checked_add(length), self.end()) else {
            return false;
        };
        offset >= self.offset && end <= section_end
    }
}

/// The sections before the manifest, in their order; each begins where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sections {
    /// The fixed 64 bytes.
    pub header: Section,
    /// Frames of the formes.
    pub formes: Section,
    /// Frames of the members.
    pub members: Section,
    /// The one frame of the index.
    pub index: Section,
}

impl Manifest {
    /// Reads a manifest which ends the sections at `manifest_offset`, and checks that all that a
    /// reader will allocate or address is within bounds.
    pub(crate) fn decode(json: &[u8], manifest_offset: u64) -> Result<Self, ReadError> {
        let corrupt = |problem| ReadError::corrupt(Part::Manifest, problem);
        let format: Format =
            serde_json::from_slice(json).map_err(|error| corrupt(json_problem(&error)))?;
        if format.format != FORMAT_NAME {
            return Err(corrupt(Problem::Format(format.format)));
        }
        let manifest: Self =
            serde_json::from_slice(json).map_err(|error| corrupt(json_problem(&error)))?;
        manifest.check_sections(manifest_offset)?;
        manifest.check_formes()?;
        limit(Part::Members, manifest.member_count, MAX_MEMBERS)?;
        limit(Part::Index, manifest.index_bytes, MAX_INDEX_BYTES)?;
        Ok(manifest)
    }

    fn check_sections(&self, manifest_offset: u64) -> Result<(), ReadError> {
        let Sections {
            header,
            formes,
            members,
            index,
        } = &self.sections;
        let in_place = header.offset == 0
            && header.length == HEADER.len() as u64
            && header.end() == Some(formes.offset)
            && formes.end() == Some(members.offset)
            && members.end() == Some(index.offset)
            && index.end() == Some(manifest_offset);
        if in_place {
            Ok(())
        } else {
            Err(ReadError::corrupt(Part::Manifest, Problem::OutOfPlace))
        }
    }

    /// The forme with this number.
    pub(crate) fn forme(&self, number: u32) -> Option<&FormeEntry> {
        self.formes.get(usize::try_from(number).ok()?)
    }

    /// Bytes of a member that do not lie in its frame, by the number of its forme.
    pub(crate) fn prefix_length(&self, forme: Option<u32>) -> u64 {
        let entry = forme.and_then(|number| self.forme(number));
        entry.map_or(0, |entry| entry.prefix)
    }

    fn check_formes(&self) -> Result<(), ReadError> {
        limit(Part::Formes, self.formes.len() as u64, MAX_FORMES as u64)?;
        let out_of_place = || ReadError::corrupt(Part::Formes, Problem::OutOfPlace);
        let mut next = self.sections.formes.offset;
        for (number, forme) in (0_u32..).zip(&self.formes) {
            limit(Part::Forme(number), forme.size, MAX_FORME_BYTES)?;
            if forme.offset != next {
                return Err(out_of_place());
            }
            next = next.checked_add(forme.length).ok_or_else(out_of_place)?;
            let base = forme.base.map(|base| (base, self.forme(base)));
            let has_base = base.is_none_or(|(base, entry)| {
                base < number && entry.is_some_and(|entry| entry.base.is_none())
            });
            if forme.prefix > forme.size || !has_base {
                return Err(out_of_place());
            }
        }
        if self.sections.formes.end() == Some(next) {
            Ok(())
        } else {
            Err(out_of_place())
        }
    }
}

/// The one field by which a format is told from its successors.
#[derive(Deserialize)]
struct Format {
    format: String,
}

pub(crate) fn json_problem(error: &serde_json::Error) -> Problem {
    Problem::Json(error.to_string())
}

/// Refuses what declares more than the format allows.
pub(crate) fn limit(part: Part, declared: u64, limit: u64) -> Result<(), ReadError> {
    if declared > limit {
        return Err(ReadError::TooLarge {
            part,
            declared,
            limit,
        });
    }
    Ok(())
}

/// Instants as RFC 3339 text.
mod timestamp {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        instant: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
