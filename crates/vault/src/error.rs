//! What can go wrong with a lot, by part.

use std::fmt;
use std::io;

use crate::digest::Digest;

/// A part of a lot object, as named in errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All bytes of the object, against its name.
    Object,
    /// The first 64 bytes.
    Header,
    /// The section of the formes, as a whole.
    Formes,
    /// One forme, by its number in the manifest.
    Forme(u32),
    /// The section of the members, as a whole.
    Members,
    /// One member.
    Member {
        /// Its key in the lot.
        id: String,
    },
    /// The index.
    Index,
    /// The manifest.
    Manifest,
    /// The last 64 bytes.
    Footer,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object => formatter.write_str("object"),
            Self::Header => formatter.write_str("header"),
            Self::Formes => formatter.write_str("formes section"),
            Self::Forme(number) => write!(formatter, "forme {number}"),
            Self::Members => formatter.write_str("members section"),
            Self::Member { id } => write!(formatter, "member {id:?}"),
            Self::Index => formatter.write_str("index"),
            Self::Manifest => formatter.write_str("manifest"),
            Self::Footer => formatter.write_str("footer"),
        }
    }
}

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There are fewer bytes than the part needs.
    #[error("truncated")]
    Truncated,
    /// The fixed bytes that mark the part are not there.
    #[error("does not carry its magic")]
    WrongMagic,
    /// The bytes do not have the SHA-256 written for them.
    #[error("SHA-256 is {found}, {expected} was written")]
    Sha256 {
        /// The SHA-256 that was written.
        expected: Digest,
        /// The SHA-256 of the bytes found.
        found: Digest,
    },
    /// The length differs from the one declared, in bytes.
    #[error("declares {declared} bytes, {found} found")]
    Length {
        /// The length that was written.
        declared: u64,
        /// The length found.
        found: u64,
    },
    /// An offset or length points outside, leaves a gap or overlaps a neighbour.
    #[error("lies out of place")]
    OutOfPlace,
    /// zstd cannot decode the frame.
    #[error("not one whole zstd frame: {0}")]
    Zstd(&'static str),
    /// The JSON is not what the format says.
    #[error("not readable: {0}")]
    Json(String),
    /// The manifest is of another format or version.
    #[error("format is {0:?}, not known here")]
    Format(String),
    /// A forme is named which the lot does not carry.
    #[error("names forme {0}, which the lot does not carry")]
    NoSuchForme(u32),
    /// Two members have the same id.
    #[error("holds the id {0:?} twice")]
    DuplicateId(String),
    /// The index has another number of members than the manifest says.
    #[error("declares {declared} members, {found} found")]
    Count {
        /// Members by the manifest.
        declared: u64,
        /// Members in the index.
        found: u64,
    },
}

/// A lot cannot be read, or is not what it was.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are damaged, or were never a lot.
    #[error("lot is corrupt: {part} {problem}")]
    Corrupt {
        /// Where.
        part: Part,
        /// What.
        problem: Problem,
    },
    /// A part declares more bytes than the format allows; nothing was allocated for it.
    #[error("{part} declares {declared} bytes, the limit is {limit}")]
    TooLarge {
        /// Where.
        part: Part,
        /// What it declares.
        declared: u64,
        /// What the format allows.
        limit: u64,
    },
    /// The `meta` of a member does not have the shape asked for.
    #[error("meta of member {id:?} does not have the shape asked for")]
    Meta {
        /// The member.
        id: String,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The source of the bytes failed: disk, network.
    #[error("lot could not be read")]
    Source(#[from] io::Error),
}

impl ReadError {
    pub(crate) fn corrupt(part: Part, problem: Problem) -> Self {
        Self::Corrupt { part, problem }
    }

    /// The damaged part, if damage is the reason.
    #[must_use]
    pub fn part(&self) -> Option<&Part> {
        match self {
            Self::Corrupt { part, .. } | Self::TooLarge { part, .. } => Some(part),
            Self::Meta { .. } | Self::Source(_) => None,
        }
    }
}

/// A lot cannot be written.
///
/// After an error the writer must be dropped: members of the failed call may be missing from it.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Two members with the same id.
    #[error("member {0:?} is in the lot already")]
    DuplicateMember(String),
    /// An id is empty, too long or holds control characters.
    #[error("{0:?} is no member id")]
    BadMemberId(String),
    /// Something is larger than the format allows.
    #[error("{what} has {size}, the limit is {limit}")]
    TooLarge {
        /// What is too large, with its name.
        what: String,
        /// Its size: bytes, or a count.
        size: u64,
        /// The limit of the format.
        limit: u64,
    },
    /// The forme cannot serve as raw-content dictionary: shorter than 8 bytes
    /// after its prefix, with a base that has a base itself, or starting like a
    /// trained dictionary (RFC 8878 §5), which zstd would take for one.
    #[error("forme {0:?} cannot serve as a raw dictionary")]
    UnsuitableForme(String),
    /// A [`crate::FormeRef`] of another lot.
    #[error("forme {0} is not in this lot")]
    UnknownForme(u32),
    /// The member does not begin with the prefix of its forme.
    #[error("member {0:?} begins otherwise than its forme")]
    OtherPrefix(String),
    /// A document lot without retention class.
    #[error("a document lot has one retention class, none was given")]
    NoRetentionClass,
    /// The compression level is outside 1 to [`crate::LEVEL_MAX`].
    #[error("zstd level {0} is outside the range allowed")]
    BadLevel(i32),
    /// Facts about a member or a lot cannot be written as JSON.
    #[error("facts about {what} cannot be written as JSON")]
    Json {
        /// Whose facts.
        what: String,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// zstd failed; it does only when memory is short.
    #[error("zstd could not compress: {0}")]
    Zstd(&'static str),
}

impl WriteError {
    /// Refuses `size` over `limit`.
    pub(crate) fn check_size(
        what: impl FnOnce() -> String,
        size: u64,
        limit: u64,
    ) -> Result<(), Self> {
        if size > limit {
            return Err(Self::TooLarge {
                what: what(),
                size,
                limit,
            });
        }
        Ok(())
    }
}
