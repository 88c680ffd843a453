//! How members are cut into frames, and one frame made.

use crate::codec;
use crate::digest::Digest;
use crate::error::WriteError;
use crate::format::MAX_MEMBER_BYTES;
use crate::forme::{Forme, FormeRef};
use crate::kind::LotKind;
use crate::member::{MemberInput, MemberLocation};

/// How members are put into zstd frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One frame per member: each is read alone. For documents, which have a forme.
    Solo,
    /// Consecutive members with the same forme share a frame, so that they compress against each
    /// other; reading one decodes its whole frame.
    Blocks {
        /// Most members in a frame; at least 1.
        members_max: usize,
        /// Most plain bytes in a frame, but a single larger member is still taken.
        bytes_max: u64,
    },
}

impl Layout {
    /// 64 members or 256 KiB: decoding a frame for one member stays well under a millisecond.
    pub const BLOCKS: Self = Self::Blocks {
        members_max: 64,
        bytes_max: 256 << 10,
    };

    /// The usual layout of a kind: blocks for verdicts, one frame per member for the others.
    #[must_use]
    pub const fn of(kind: LotKind) -> Self {
        match kind {
            LotKind::Verdict => Self::BLOCKS,
            LotKind::Document
            | LotKind::Courrier
            | LotKind::Registry
            | LotKind::Spool
            | LotKind::Request
            | LotKind::Photo => Self::Solo,
        }
    }

    pub(crate) fn limits(self) -> (usize, u64) {
        match self {
            Self::Solo => (1, 0),
            Self::Blocks {
                members_max,
                bytes_max,
            } => (members_max.max(1), bytes_max.min(MAX_MEMBER_BYTES)),
        }
    }
}

/// A member whose frame is done; the frame's offset counts from the start of the section.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) meta: String,
    pub(crate) location: MemberLocation,
}

/// A frame before its place is known.
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) members: Vec<Written>,
}

/// Cuts members into frames, greedily from the first: where a frame ends depends only on the
/// members before and the one after it.
pub(crate) fn group(
    members: Vec<MemberInput>,
    members_max: usize,
    bytes_max: u64,
) -> Vec<Vec<MemberInput>> {
    let mut groups: Vec<Vec<MemberInput>> = Vec::new();
    let mut bytes = 0_u64;
    for member in members {
        let size = member.size();
        let joins = groups
            .last()
            .and_then(|group| Some((group.len(), group.last()?)))
            .is_some_and(|(count, last)| {
                count < members_max
                    && last.forme == member.forme
                    && bytes.saturating_add(size) <= bytes_max
            });
        match groups.last_mut() {
            Some(open) if joins => {
                open.push(member);
                bytes = bytes.saturating_add(size);
            }
            _ => {
                groups.push(vec![member]);
                bytes = size;
            }
        }
    }
    groups
}

/// The part of a member's prefix that goes into its frame: all of it, unless its forme holds it for every member.
fn own_prefix<'m>(member: &'m MemberInput, shared: &[u8]) -> &'m [u8] {
    if shared.is_empty() {
        &member.prefix
    } else {
        &[]
    }
}

/// Compresses members that share one frame.
pub(crate) fn write_frame(
    members: Vec<MemberInput>,
    formes: &[Forme],
    level: i32,
) -> Result<Frame, WriteError> {
    let forme = members.first().and_then(|member| member.forme);
    let prepared = match forme {
        Some(FormeRef(number)) => Some(
            formes
                .get(number as usize)
                .ok_or(WriteError::UnknownForme(number))?,
        ),
        None => None,
    };
    let shared = prepared.map_or(&[][..], Forme::prefix);
    let mut joined = Vec::new();
    let plain: &[u8] = match members.as_slice() {
        [only] if own_prefix(only, shared).is_empty() => &only.bytes,
        several => {
            let size = several
                .iter()
                .map(|member| own_prefix(member, shared).len() + member.bytes.len())
                .sum();
            joined.reserve_exact(size);
            for member in several {
                joined.extend_from_slice(own_prefix(member, shared));
                joined.extend_from_slice(&member.bytes);
            }
            &joined
        }
    };
    let bytes = codec::compress(plain, level, prepared.map(Forme::dictionary))?;
    let mut rest = plain;
    let mut written = Vec::with_capacity(members.len());
    for member in &members {
        let inner_offset = (plain.len() - rest.len()) as u64;
        let length = own_prefix(member, shared).len() + member.bytes.len();
        let (own, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        written.push(Written {
            id: member.id.clone(),
            meta: member.meta.clone(),
            location: MemberLocation {
                frame_offset: 0,
                frame_length: bytes.len() as u64,
                frame_size: plain.len() as u64,
                inner_offset,
                size: (shared.len() + length) as u64,
                forme: forme.map(FormeRef::number),
                sha256: member
                    .sha256
                    .unwrap_or_else(|| Digest::of_parts(&[shared, own])),
            },
        });
    }
    Ok(Frame {
        bytes,
        members: written,
    })
}
