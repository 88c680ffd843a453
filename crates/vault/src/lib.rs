#![doc = include_str!("../README.md")]

mod codec;
mod damages;
mod digest;
mod error;
mod files;
mod format;
mod forme;
mod frame;
mod kind;
mod local_store;
mod manifest;
mod member;
mod object_store;
mod reader;
mod source;
mod verify;
mod writer;

pub use crate::damages::{DamagedRange, Inspection, inspect};
pub use crate::digest::{Digest, LotId, ParseDigestError};
pub use crate::error::{Part, Problem, ReadError, WriteError};
pub use crate::format::{
    DEFAULT_LEVEL, FOOTER_BYTES, FORMAT_NAME, HEADER, LEVEL_MAX, MAX_ABOUT_BYTES, MAX_FORME_BYTES,
    MAX_FORMES, MAX_ID_BYTES, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, MAX_MEMBER_BYTES, MAX_MEMBERS,
    MAX_META_BYTES, MAX_OBJECT_BYTES, MIN_FORME_BYTES,
};
pub use crate::forme::{Forme, FormeRef};
pub use crate::frame::Layout;
pub use crate::kind::{LotKind, UnknownLotKind};
pub use crate::local_store::LocalStore;
pub use crate::manifest::{Compression, FormeEntry, Manifest, Producer, Section, Sections};
pub use crate::member::{MemberEntry, MemberInput, MemberLocation};
pub use crate::object_store::{ObjectDamage, ObjectIds, ObjectStore, PutOutcome, StoreError};
pub use crate::reader::{Contents, LotReader};
pub use crate::source::{InMemory, ObjectRead};
pub use crate::writer::{LotAbout, LotWriter, SealedLot};
