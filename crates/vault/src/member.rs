//! Members: what is given to a writer, and what the index says of each.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::digest::Digest;
use crate::error::{Part, Problem, ReadError, WriteError};
use crate::format::{MAX_ID_BYTES, MAX_MEMBER_BYTES, MAX_META_BYTES};
use crate::forme::{Forme, FormeRef};
use crate::manifest::{Manifest, json_problem, limit};

/// A member to be written: its key, its bytes, and facts about it.
#[derive(Debug, Clone)]
pub struct MemberInput {
    pub(crate) id: String,
    pub(crate) prefix: Bytes,
    pub(crate) bytes: Bytes,
    pub(crate) forme: Option<FormeRef>,
    pub(crate) sha256: Option<Digest>,
    pub(crate) meta: String,
}

impl MemberInput {
    /// A member with key `id` (unique in its lot, 1 to 200 bytes, no control characters), and
    /// `meta`: the facts that consumers need without touching the bytes, as JSON of at most
    /// 64 KiB. Give `&()` where there are none.
    ///
    /// # Errors
    ///
    /// [`WriteError::BadMemberId`], [`WriteError::TooLarge`], [`WriteError::Json`].
    pub fn new<M: Serialize + ?Sized>(
        id: impl Into<String>,
        bytes: impl Into<Bytes>,
        meta: &M,
    ) -> Result<Self, WriteError> {
        let id = id.into();
        if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
            return Err(WriteError::BadMemberId(id));
        }
        let meta = compact_json(|| format!("member {id:?}"), meta)?;
        WriteError::check_size(
            || format!("meta of member {id:?}"),
            meta.len() as u64,
            MAX_META_BYTES as u64,
        )?;
        let bytes = bytes.into();
        Ok(Self {
            id,
            prefix: Bytes::new(),
            bytes,
            forme: None,
            sha256: None,
            meta,
        })
    }

    /// The plain bytes are `prefix` followed by the bytes given to [`MemberInput::new`]. They are
    /// joined only while the member is compressed, so that a lot of documents which share their
    /// static part does not hold it thousands of times in memory.
    #[must_use]
    pub fn with_prefix(mut self, prefix: Bytes) -> Self {
        self.prefix = prefix;
        self
    }

    /// Compresses the member with a forme of the lot.
    #[must_use]
    pub fn with_forme(mut self, forme: FormeRef) -> Self {
        self.forme = Some(forme);
        self
    }

    /// Takes the SHA-256 of the plain bytes (prefix included) from the caller instead of hashing
    /// again. It is trusted: a wrong one makes a lot that does not verify.
    #[must_use]
    pub fn with_sha256(mut self, sha256: Digest) -> Self {
        self.sha256 = Some(sha256);
        self
    }

    /// Plain size, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.prefix.len() as u64 + self.bytes.len() as u64
    }

    pub(crate) fn check(&self, formes: &[Forme]) -> Result<(), WriteError> {
        WriteError::check_size(
            || format!("member {:?}", self.id),
            self.size(),
            MAX_MEMBER_BYTES,
        )?;
        let Some(FormeRef(number)) = self.forme else {
            return Ok(());
        };
        let forme = formes
            .get(number as usize)
            .ok_or(WriteError::UnknownForme(number))?;
        let prefix = forme.prefix();
        // The usual case is that they are one and the same memory.
        let is_same = std::ptr::eq(prefix, &self.prefix[..]) || prefix == self.prefix;
        if prefix.is_empty() || is_same {
            Ok(())
        } else {
            Err(WriteError::OtherPrefix(self.id.clone()))
        }
    }
}

/// JSON on one line.
pub(crate) fn compact_json<M: Serialize + ?Sized>(
    what: impl Fn() -> String,
    value: &M,
) -> Result<String, WriteError> {
    let wrap = |source| WriteError::Json {
        what: what(),
        source,
    };
    let text = serde_json::to_string(value).map_err(wrap)?;
    if !text.contains(['\n', '\r']) {
        return Ok(text);
    }
    // Only pre-rendered JSON can hold line breaks here; a line of the index may not.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(wrap)?;
    serde_json::to_string(&value).map_err(wrap)
}

/// Where a member lies and what it must be: enough, with the object's name, to read it without
/// its index. Small and `Copy`, meant to be kept in a row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLocation {
    /// Offset of the zstd frame from the start of the object, in bytes.
    pub frame_offset: u64,
    /// Length of the frame as stored, in bytes.
    pub frame_length: u64,
    /// Plain size of the whole frame, in bytes.
    pub frame_size: u64,
    /// Offset of the member in the plain frame, in bytes.
    pub inner_offset: u64,
    /// Plain size of the member, prefix of its forme included, in bytes.
    pub size: u64,
    /// Number of the forme the frame was compressed with.
    pub forme: Option<u32>,
    /// SHA-256 of the plain bytes of the member.
    pub sha256: Digest,
}

/// What the index says of one member: one line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberEntry {
    /// Key of the member, unique in the lot: avis number, reception id.
    pub id: String,
    /// Plain size, in bytes.
    pub size: u64,
    /// SHA-256 of the plain bytes.
    pub sha256: Digest,
    /// Offset of the zstd frame from the start of the object, in bytes.
    pub frame_offset: u64,
    /// Length of the frame as stored, in bytes.
    pub frame_length: u64,
    /// Plain size of the whole frame, in bytes.
    pub frame_size: u64,
    /// Offset of the member in the plain frame, in bytes.
    pub inner_offset: u64,
    /// Number of the forme the frame was compressed with.
    pub forme: Option<u32>,
    /// Facts about the member.
    pub meta: serde_json::Value,
}

impl MemberEntry {
    /// Where the member lies.
    #[must_use]
    pub fn location(&self) -> MemberLocation {
        MemberLocation {
            frame_offset: self.frame_offset,
            frame_length: self.frame_length,
            frame_size: self.frame_size,
            inner_offset: self.inner_offset,
            size: self.size,
            forme: self.forme,
            sha256: self.sha256,
        }
    }

    /// The facts about the member, as the type its kind of lot has.
    ///
    /// # Errors
    ///
    /// [`ReadError::Meta`] if they have another shape.
    pub fn meta<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        T::deserialize(&self.meta).map_err(|source| ReadError::Meta {
            id: self.id.clone(),
            source,
        })
    }
}

/// A line of the index but for its meta, which is there as text already.
#[derive(Serialize)]
struct LineHead<'a> {
    id: &'a str,
    size: u64,
    sha256: Digest,
    frame_offset: u64,
    frame_length: u64,
    frame_size: u64,
    inner_offset: u64,
    forme: Option<u32>,
}

/// Appends one line to the index.
pub(crate) fn write_line(
    index: &mut Vec<u8>,
    id: &str,
    location: &MemberLocation,
    meta: &str,
) -> Result<(), WriteError> {
    let head = LineHead {
        id,
        size: location.size,
        sha256: location.sha256,
        frame_offset: location.frame_offset,
        frame_length: location.frame_length,
        frame_size: location.frame_size,
        inner_offset: location.inner_offset,
        forme: location.forme,
    };
    serde_json::to_writer(&mut *index, &head).map_err(|source| WriteError::Json {
        what: format!("member {id:?}"),
        source,
    })?;
    index.pop(); // the closing brace: meta is the last field
    index.extend_from_slice(b",\"meta\":");
    index.extend_from_slice(meta.as_bytes());
    index.extend_from_slice(b"}\n");
    Ok(())
}

/// Reads the lines of an index, and checks that the frames fill their section from end to end
/// and the members their frames: every byte of the section is accounted for.
pub(crate) fn read_lines(plain: &[u8], manifest: &Manifest) -> Result<Vec<MemberEntry>, ReadError> {
    let corrupt = |problem| ReadError::corrupt(Part::Index, problem);
    let capacity = plain.len() / SHORTEST_LINE_BYTES + 1;
    let declared = usize::try_from(manifest.member_count).unwrap_or(usize::MAX);
    let mut entries: Vec<MemberEntry> = Vec::with_capacity(declared.min(capacity));
    for line in plain.split_inclusive(|byte| *byte == b'\n') {
        let line = line
            .strip_suffix(b"\n")
            .ok_or_else(|| corrupt(Problem::Truncated))?;
        let entry: MemberEntry =
            serde_json::from_slice(line).map_err(|error| corrupt(json_problem(&error)))?;
        check_location(&entry.location(), &entry.id, manifest)?;
        if !follows(entries.last(), &entry, manifest) {
            return Err(corrupt(Problem::OutOfPlace));
        }
        entries.push(entry);
    }
    let end = entries
        .last()
        .map_or(Some(manifest.sections.members.offset), |last| {
            frame_end_if_full(last, manifest)
        });
    if end.is_none() || end != manifest.sections.members.end() {
        return Err(corrupt(Problem::OutOfPlace));
    }
    if entries.len() as u64 != manifest.member_count {
        return Err(corrupt(Problem::Count {
            declared: manifest.member_count,
            found: entries.len() as u64,
        }));
    }
    Ok(entries)
}

/// No line is shorter, by its field names and its SHA-256 alone.
const SHORTEST_LINE_BYTES: usize = 150;

/// End of the frame in the object, if the member is the last in it.
fn frame_end_if_full(entry: &MemberEntry, manifest: &Manifest) -> Option<u64> {
    let full = inner_end(&entry.location(), manifest) == Some(entry.frame_size);
    if full {
        entry.frame_offset.checked_add(entry.frame_length)
    } else {
        None
    }
}

/// End of the member's own bytes in the plain frame; none if it is shorter than its prefix.
fn inner_end(location: &MemberLocation, manifest: &Manifest) -> Option<u64> {
    let own = location
        .size
        .checked_sub(manifest.prefix_length(location.forme))?;
    location.inner_offset.checked_add(own)
}

fn follows(previous: Option<&MemberEntry>, entry: &MemberEntry, manifest: &Manifest) -> bool {
    let Some(previous) = previous else {
        return entry.frame_offset == manifest.sections.members.offset && entry.inner_offset == 0;
    };
    if previous.frame_offset == entry.frame_offset {
        return previous.frame_length == entry.frame_length
            && previous.frame_size == entry.frame_size
            && previous.forme == entry.forme
            && inner_end(&previous.location(), manifest) == Some(entry.inner_offset);
    }
    frame_end_if_full(previous, manifest) == Some(entry.frame_offset) && entry.inner_offset == 0
}

/// Checks a location against the bounds of the format and of its lot; it may come from anywhere.
pub(crate) fn check_location(
    location: &MemberLocation,
    id: &str,
    manifest: &Manifest,
) -> Result<(), ReadError> {
    let part = || Part::Member { id: id.to_owned() };
    limit(part(), location.frame_size, MAX_MEMBER_BYTES)?;
    limit(part(), location.size, MAX_MEMBER_BYTES)?;
    let inside = inner_end(location, manifest).is_some_and(|end| end <= location.frame_size)
        && location.frame_length > 0
        && manifest
            .sections
            .members
            .contains(location.frame_offset, location.frame_length);
    if !inside {
        return Err(ReadError::corrupt(part(), Problem::OutOfPlace));
    }
    match location.forme {
        Some(number) if number as usize >= manifest.formes.len() => {
            Err(ReadError::corrupt(part(), Problem::NoSuchForme(number)))
        }
        _ => Ok(()),
    }
}
