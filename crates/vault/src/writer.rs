//! Writing a lot: frames are compressed in parallel, bytes depend on the members alone.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use crate::codec;
use crate::digest::{Digest, LotId};
use crate::error::WriteError;
use crate::format::{
    DEFAULT_LEVEL, FOOTER_BYTES, FORMAT_NAME, Footer, HEADER, MAX_ABOUT_BYTES, MAX_FORMES,
    MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, MAX_MEMBERS, MAX_OBJECT_BYTES,
};
use crate::forme::{Forme, FormeRef, check_level};
use crate::frame::{Frame, Layout, Written, group, write_frame};
use crate::kind::LotKind;
use crate::manifest::{Compression, FormeEntry, Manifest, Producer, Section, Sections};
use crate::member::{MemberInput, MemberLocation, compact_json, write_line};

/// What is said of a lot as a whole.
///
/// Everything here goes into the bytes, hence into the name of the object. For the same work to
/// give the same object when it is done again, take `created_at` from the input (the reception
/// instant of the last message of the batch, say), not from a clock.
#[derive(Debug, Clone, PartialEq)]
pub struct LotAbout {
    /// When the lot was made.
    pub created_at: Timestamp,
    /// The program that writes it.
    pub producer: Producer,
    /// The one retention class of its members; required for documents.
    pub retention_class: Option<String>,
    /// Templates used, name to version.
    pub templates: BTreeMap<String, String>,
    /// Anything else, as JSON of at most 64 KiB; [`Value::Null`] for nothing.
    pub about: Value,
}

impl LotAbout {
    /// A lot made at `created_at` by a program, nothing else said.
    #[must_use]
    pub fn new(created_at: Timestamp, producer: &str, producer_version: &str) -> Self {
        Self {
            created_at,
            producer: Producer {
                name: producer.to_owned(),
                version: producer_version.to_owned(),
            },
            retention_class: None,
            templates: BTreeMap::new(),
            about: Value::Null,
        }
    }
}

/// Builds one lot in memory. Members keep the order in which they are added.
#[derive(Debug)]
pub struct LotWriter {
    kind: LotKind,
    about: LotAbout,
    layout: Layout,
    level: i32,
    formes: Vec<Forme>,
    ids: HashSet<String>,
    pending: Vec<MemberInput>,
    pending_bytes: u64,
    written: Vec<Written>,
    frames: Vec<u8>,
}

impl LotWriter {
    /// An empty lot, with the usual layout of its kind and zstd level 3.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoRetentionClass`] for documents without one; [`WriteError::TooLarge`] if
    /// `about.about` is over 64 KiB.
    pub fn new(kind: LotKind, about: LotAbout) -> Result<Self, WriteError> {
        if kind == LotKind::Document && about.retention_class.is_none() {
            return Err(WriteError::NoRetentionClass);
        }
        let size = compact_json(|| "the lot".to_owned(), &about.about)?.len();
        WriteError::check_size(|| "about".to_owned(), size as u64, MAX_ABOUT_BYTES as u64)?;
        Ok(Self {
            kind,
            about,
            layout: Layout::of(kind),
            level: DEFAULT_LEVEL,
            formes: Vec::new(),
            ids: HashSet::new(),
            pending: Vec::new(),
            pending_bytes: 0,
            written: Vec::new(),
            frames: Vec::new(),
        })
    }

    /// Another layout; call before the first member.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Another zstd level for the index and the members without forme (a forme has its own);
    /// call before the first member.
    ///
    /// # Errors
    ///
    /// [`WriteError::BadLevel`] outside 1 to [`crate::LEVEL_MAX`].
    pub fn with_level(mut self, level: i32) -> Result<Self, WriteError> {
        check_level(level)?;
        self.level = level;
        Ok(self)
    }

    /// Number of members added so far.
    #[must_use]
    pub fn member_count(&self) -> usize {
        self.ids.len()
    }

    /// Puts a forme into the lot; the same one again gives the same reference. Its base
    /// comes before it.
    ///
    /// # Errors
    ///
    /// [`WriteError::TooLarge`] over [`MAX_FORMES`].
    pub fn add_forme(&mut self, forme: &Forme) -> Result<FormeRef, WriteError> {
        if let Some(base) = forme.base() {
            self.add_forme(base)?;
        }
        let number = match self.number_of(forme) {
            Some(number) => number,
            None => {
                let count = self.formes.len() + 1;
                WriteError::check_size(|| "lot formes".into(), count as u64, MAX_FORMES as u64)?;
                self.formes.push(forme.clone());
                count - 1
            }
        };
        u32::try_from(number)
            .map(FormeRef)
            .map_err(|_| WriteError::UnknownForme(u32::MAX))
    }

    fn number_of(&self, forme: &Forme) -> Option<usize> {
        let base = |forme: &Forme| forme.base().map(Forme::sha256);
        self.formes.iter().position(|known| {
            known.sha256() == forme.sha256()
                && known.level() == forme.level()
                && known.name() == forme.name()
                && known.prefix().len() == forme.prefix().len()
                && base(known) == base(forme)
        })
    }

    /// Adds one member. Prefer [`LotWriter::add_members`], which uses all threads.
    ///
    /// # Errors
    ///
    /// Those of [`LotWriter::add_members`].
    pub fn add_member(&mut self, member: MemberInput) -> Result<(), WriteError> {
        self.accept(member)?;
        self.write_frames(false)
    }

    /// Adds members in their order, and compresses all frames that are full in parallel on the
    /// rayon pool this is called from. How members are spread over calls does not change the
    /// bytes of the lot; a call's members are held plain until it returns.
    ///
    /// # Errors
    ///
    /// [`WriteError::DuplicateMember`], [`WriteError::UnknownForme`], [`WriteError::TooLarge`],
    /// [`WriteError::Zstd`]. Drop the writer after an error.
    pub fn add_members(&mut self, members: Vec<MemberInput>) -> Result<(), WriteError> {
        for member in members {
            self.accept(member)?;
        }
        self.write_frames(false)
    }

    fn accept(&mut self, member: MemberInput) -> Result<(), WriteError> {
        member.check(&self.formes)?;
        let count = self.ids.len() as u64 + 1;
        WriteError::check_size(|| "lot members".to_owned(), count, MAX_MEMBERS)?;
        if !self.ids.insert(member.id.clone()) {
            return Err(WriteError::DuplicateMember(member.id));
        }
        self.pending_bytes = self.pending_bytes.saturating_add(member.size());
        self.pending.push(member);
        Ok(())
    }

    /// Compresses the frames that no further member can join; all of them at the end.
    fn write_frames(&mut self, at_end: bool) -> Result<(), WriteError> {
        let (members_max, bytes_max) = self.layout.limits();
        if !at_end && self.pending.len() < members_max && self.pending_bytes < bytes_max {
            return Ok(()); // the common case of one by one: nothing can be full
        }
        let pending = std::mem::take(&mut self.pending);
        let mut groups = group(pending, members_max, bytes_max);
        if !at_end && let Some(last) = groups.pop_if(|last| last.len() < members_max) {
            self.pending = last;
        }
        self.pending_bytes = self.pending.iter().map(MemberInput::size).sum();
        let (formes, level) = (&self.formes, self.level);
        let frames: Vec<Frame> = groups
            .into_par_iter()
            .map(|members| write_frame(members, formes, level))
            .collect::<Result<_, _>>()?;
        for frame in frames {
            let offset = self.frames.len() as u64;
            self.frames.extend_from_slice(&frame.bytes);
            self.written
                .extend(frame.members.into_iter().map(|mut member| {
                    member.location.frame_offset = offset;
                    member
                }));
        }
        WriteError::check_size(|| "lot".into(), self.frames.len() as u64, MAX_OBJECT_BYTES)
    }

    /// Writes what is still open, the index, the manifest and the footer, and names the object.
    ///
    /// # Errors
    ///
    /// [`WriteError::TooLarge`] if the index, the manifest or the object is over its limit;
    /// [`WriteError::Json`], [`WriteError::Zstd`].
    pub fn finish(mut self) -> Result<SealedLot, WriteError> {
        self.write_frames(true)?;
        let mut object = Vec::with_capacity(self.frames.len() + self.frames.len() / 8 + 65_536);
        object.extend_from_slice(&HEADER);
        let header = section(&object, 0);

        let formes = self.write_formes(&mut object);
        let formes_section = section(&object, HEADER.len());

        let members_offset = object.len();
        object.append(&mut self.frames);
        let members = section(&object, members_offset);

        let mut index = Vec::with_capacity(self.written.len() * 320);
        for member in &mut self.written {
            member.location.frame_offset += members.offset;
            write_line(&mut index, &member.id, &member.location, &member.meta)?;
        }
        let index_bytes = index.len() as u64;
        WriteError::check_size(|| "index".to_owned(), index_bytes, MAX_INDEX_BYTES)?;
        let index_offset = object.len();
        object.extend_from_slice(&codec::compress(&index, self.level, None)?);
        let index = section(&object, index_offset);

        let about = self.about;
        let manifest = Manifest {
            format: FORMAT_NAME.to_owned(),
            kind: self.kind,
            created_at: about.created_at,
            retention_class: about.retention_class,
            producer: about.producer,
            templates: about.templates,
            compression: Compression {
                library: codec::library(),
                level: self.level,
            },
            member_count: self.written.len() as u64,
            member_bytes: self.written.iter().map(|member| member.location.size).sum(),
            index_bytes,
            formes,
            sections: Sections {
                header,
                formes: formes_section,
                members,
                index,
            },
            about: about.about,
        };
        write_end(&mut object, &manifest)?;
        let locations = self
            .written
            .into_iter()
            .map(|member| member.location)
            .collect();
        Ok(SealedLot {
            id: LotId::of(&object),
            bytes: object,
            manifest,
            locations,
        })
    }

    fn write_formes(&self, object: &mut Vec<u8>) -> Vec<FormeEntry> {
        let mut entries = Vec::with_capacity(self.formes.len());
        for forme in &self.formes {
            entries.push(FormeEntry {
                name: forme.name().to_owned(),
                size: forme.bytes().len() as u64,
                sha256: forme.sha256(),
                offset: object.len() as u64,
                length: forme.frame().len() as u64,
                level: forme.level(),
                prefix: forme.prefix().len() as u64,
                base: forme
                    .base()
                    .and_then(|base| u32::try_from(self.number_of(base)?).ok()),
            });
            object.extend_from_slice(forme.frame());
        }
        entries
    }
}

/// The section from `offset` to the end of what is written so far.
fn section(object: &[u8], offset: usize) -> Section {
    let bytes = object.get(offset..).unwrap_or_default();
    Section {
        offset: offset as u64,
        length: bytes.len() as u64,
        sha256: Digest::of(bytes),
    }
}

fn write_end(object: &mut Vec<u8>, manifest: &Manifest) -> Result<(), WriteError> {
    let mut json = serde_json::to_vec_pretty(manifest).map_err(|source| WriteError::Json {
        what: "the lot".to_owned(),
        source,
    })?;
    json.push(b'\n');
    let manifest_length = json.len() as u64;
    WriteError::check_size(
        || "manifest".to_owned(),
        manifest_length,
        MAX_MANIFEST_BYTES,
    )?;
    let footer = Footer {
        manifest_offset: object.len() as u64,
        manifest_length,
        manifest_sha256: Digest::of(&json),
        object_length: object.len() as u64 + manifest_length + FOOTER_BYTES as u64,
    };
    WriteError::check_size(|| "lot".to_owned(), footer.object_length, MAX_OBJECT_BYTES)?;
    object.extend_from_slice(&json);
    object.extend_from_slice(&footer.encode());
    Ok(())
}

/// A finished lot: its bytes, and their name.
#[derive(Debug, Clone)]
pub struct SealedLot {
    id: LotId,
    bytes: Vec<u8>,
    manifest: Manifest,
    locations: Vec<MemberLocation>,
}

impl SealedLot {
    /// SHA-256 of the bytes, which is the name of the object.
    #[must_use]
    pub fn id(&self) -> LotId {
        self.id
    }

    /// What the members are.
    #[must_use]
    pub fn kind(&self) -> LotKind {
        self.manifest.kind
    }

    /// All bytes of the object.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The manifest, as it stands in the bytes.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where each member lies, in the order they were added.
    #[must_use]
    pub fn locations(&self) -> &[MemberLocation] {
        &self.locations
    }

    /// The bytes alone.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
