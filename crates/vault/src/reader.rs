//! Reading a lot: footer and manifest first, the index when asked for, one frame per member.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rayon::prelude::*;
use zstd::zstd_safe::DDict;

use crate::codec;
use crate::digest::Digest;
use crate::error::{Part, Problem, ReadError};
use crate::format::{FOOTER_BYTES, Footer, HEADER, MAX_OBJECT_BYTES};
use crate::kind::LotKind;
use crate::manifest::{Manifest, Section, limit};
use crate::member::{MemberEntry, MemberLocation, check_location, read_lines};
use crate::source::{InMemory, ObjectRead};

/// Reads one lot. Opening reads header, footer and manifest; the index and the formes are read
/// when first needed and kept. Nothing is allocated on the word of the object beyond the limits
/// of the format, and every member given out has its SHA-256. Can be shared between threads.
pub struct LotReader<S> {
    pub(crate) source: S,
    pub(crate) size: u64,
    pub(crate) manifest: Manifest,
    index: OnceLock<Index>,
    formes: Vec<OnceLock<LoadedForme>>,
}

struct Index {
    entries: Vec<MemberEntry>,
    by_id: HashMap<Arc<str>, usize>,
}

struct LoadedForme {
    plain: Bytes,
    dictionary: DDict<'static>,
}

impl<B: AsRef<[u8]> + Send + Sync> LotReader<InMemory<B>> {
    /// Opens a lot held in memory.
    ///
    /// # Errors
    ///
    /// Those of [`LotReader::open_at`].
    pub fn open(bytes: B) -> Result<Self, ReadError> {
        Self::open_at(InMemory(bytes))
    }
}

impl<S: ObjectRead> LotReader<S> {
    /// Opens a lot that is read by ranges.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`] if header, footer or manifest are damaged; [`ReadError::TooLarge`];
    /// [`ReadError::Source`].
    pub fn open_at(source: S) -> Result<Self, ReadError> {
        let size = source.size();
        limit(Part::Object, size, MAX_OBJECT_BYTES)?;
        let footer_offset = size
            .checked_sub(FOOTER_BYTES as u64)
            .filter(|offset| *offset >= HEADER.len() as u64)
            .ok_or_else(|| ReadError::corrupt(Part::Object, Problem::Truncated))?;
        if *source.read_range(0, HEADER.len())? != HEADER {
            return Err(ReadError::corrupt(Part::Header, Problem::WrongMagic));
        }
        let footer = Footer::decode(&source.read_range(footer_offset, FOOTER_BYTES)?, size)?;
        let json = read_u64(&source, footer.manifest_offset, footer.manifest_length)?;
        check_sha256(|| Part::Manifest, &json, footer.manifest_sha256)?;
        let manifest = Manifest::decode(&json, footer.manifest_offset)?;
        drop(json);
        let formes = manifest.formes.iter().map(|_| OnceLock::new()).collect();
        Ok(Self {
            source,
            size,
            manifest,
            index: OnceLock::new(),
            formes,
        })
    }

    /// What the lot is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the members are.
    #[must_use]
    pub fn kind(&self) -> LotKind {
        self.manifest.kind
    }

    /// The members in their order; the first call reads the index.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`] or [`ReadError::TooLarge`] if the index is damaged,
    /// [`ReadError::Source`].
    pub fn members(&self) -> Result<&[MemberEntry], ReadError> {
        Ok(&self.index()?.entries)
    }

    /// The member with this id.
    ///
    /// # Errors
    ///
    /// Those of [`LotReader::members`].
    pub fn find(&self, id: &str) -> Result<Option<&MemberEntry>, ReadError> {
        let index = self.index()?;
        Ok(index
            .by_id
            .get(id)
            .and_then(|position| index.entries.get(*position)))
    }

    /// The plain bytes of a member, checked against its SHA-256.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`] naming the member or its forme, [`ReadError::TooLarge`],
    /// [`ReadError::Source`].
    pub fn read(&self, member: &MemberEntry) -> Result<Bytes, ReadError> {
        self.read_at(&member.id, &member.location())
    }

    /// As [`LotReader::read`], by a location kept elsewhere: the index is not needed. `id` only
    /// names the member in errors.
    ///
    /// # Errors
    ///
    /// Those of [`LotReader::read`]; also if the location does not fit this lot.
    pub fn read_at(&self, id: &str, location: &MemberLocation) -> Result<Bytes, ReadError> {
        check_location(location, id, &self.manifest)?;
        let frame = self.decode_frame(id, location)?;
        let member = self.cut(&frame, id, location)?;
        if member.len() == frame.len() || self.manifest.prefix_length(location.forme) > 0 {
            Ok(member)
        } else {
            Ok(Bytes::copy_from_slice(&member))
        }
    }

    /// All members in order, each frame decoded once. The bytes of members that share a frame
    /// share its memory.
    ///
    /// # Errors
    ///
    /// Those of [`LotReader::members`]; the iterator yields those of [`LotReader::read`].
    pub fn contents(&self) -> Result<Contents<'_, S>, ReadError> {
        Ok(Contents {
            reader: self,
            entries: self.members()?.iter(),
            frame: None,
        })
    }

    /// The bytes of the members at `positions`, in order, decoded on the rayon pool this is
    /// called from, each frame once. Positions past the end are left out.
    ///
    /// # Errors
    ///
    /// Those of [`LotReader::members`] and [`LotReader::read`].
    pub fn read_many(&self, positions: Range<usize>) -> Result<Vec<Bytes>, ReadError> {
        let entries = self.members()?;
        let end = positions.end.min(entries.len());
        let wanted = entries.get(positions.start..end).unwrap_or_default();
        let frames: Vec<&[MemberEntry]> = wanted
            .chunk_by(|left, right| left.frame_offset == right.frame_offset)
            .collect();
        let decoded: Vec<Vec<Bytes>> = frames
            .into_par_iter()
            .map(|members| {
                let Some(first) = members.first() else {
                    return Ok(Vec::new());
                };
                let frame = self.decode_frame(&first.id, &first.location())?;
                members
                    .iter()
                    .map(|member| self.cut(&frame, &member.id, &member.location()))
                    .collect()
            })
            .collect::<Result<_, ReadError>>()?;
        Ok(decoded.into_iter().flatten().collect())
    }

    /// The plain bytes of a forme, by its number.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`] if it is damaged or there is none with this number,
    /// [`ReadError::Source`].
    pub fn forme(&self, number: u32) -> Result<Bytes, ReadError> {
        Ok(self.loaded_forme(number)?.plain.clone())
    }

    fn index(&self) -> Result<&Index, ReadError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let stored = self.read_section(&self.manifest.sections.index, || Part::Index)?;
        let plain = codec::decompress(&stored, self.to_usize(self.manifest.index_bytes)?, None)
            .map_err(|problem| ReadError::corrupt(Part::Index, problem))?;
        let entries = read_lines(&plain, &self.manifest)?;
        let mut by_id = HashMap::with_capacity(entries.len());
        for (position, entry) in entries.iter().enumerate() {
            if by_id
                .insert(Arc::from(entry.id.as_str()), position)
                .is_some()
            {
                let problem = Problem::DuplicateId(entry.id.clone());
                return Err(ReadError::corrupt(Part::Index, problem));
            }
        }
        Ok(self.index.get_or_init(|| Index { entries, by_id }))
    }

    fn loaded_forme(&self, number: u32) -> Result<&LoadedForme, ReadError> {
        let corrupt = |problem| ReadError::corrupt(Part::Forme(number), problem);
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let (Some(slot), Some(entry)) = (self.formes.get(place), self.manifest.formes.get(place))
        else {
            return Err(corrupt(Problem::NoSuchForme(number)));
        };
        if let Some(forme) = slot.get() {
            return Ok(forme);
        }
        let stored = read_u64(&self.source, entry.offset, entry.length)?;
        let prepare = |content: &[u8]| {
            DDict::try_create(content)
                .ok_or_else(|| corrupt(Problem::Zstd("the dictionary could not be prepared")))
        };
        let base = match entry.base {
            // The manifest was checked: the base has none itself.
            Some(base) => Some(prepare(&self.loaded_forme(base)?.plain)?),
            None => None,
        };
        let plain = codec::decompress(&stored, self.to_usize(entry.size)?, base.as_ref())
            .map_err(corrupt)?;
        check_sha256(|| Part::Forme(number), &plain, entry.sha256)?;
        let rest = plain.get(self.to_usize(entry.prefix)?..);
        let dictionary = prepare(rest.unwrap_or_default())?;
        Ok(slot.get_or_init(|| LoadedForme {
            plain: plain.into(),
            dictionary,
        }))
    }

    /// Decodes the frame of a member whose location was checked.
    pub(crate) fn decode_frame(
        &self,
        id: &str,
        location: &MemberLocation,
    ) -> Result<Bytes, ReadError> {
        let dictionary = match location.forme {
            Some(number) => Some(&self.loaded_forme(number)?.dictionary),
            None => None,
        };
        let stored = read_u64(&self.source, location.frame_offset, location.frame_length)?;
        codec::decompress(&stored, self.to_usize(location.frame_size)?, dictionary)
            .map(Bytes::from)
            .map_err(|problem| ReadError::corrupt(Part::Member { id: id.to_owned() }, problem))
    }

    /// Takes a member out of its decoded frame, puts the prefix of its forme before it, and checks
    /// it.
    pub(crate) fn cut(
        &self,
        frame: &Bytes,
        id: &str,
        location: &MemberLocation,
    ) -> Result<Bytes, ReadError> {
        let part = || Part::Member { id: id.to_owned() };
        let out_of_place = || ReadError::corrupt(part(), Problem::OutOfPlace);
        let prefix = match location.forme {
            Some(number) => {
                let length = self.to_usize(self.manifest.prefix_length(location.forme))?;
                let plain = &self.loaded_forme(number)?.plain;
                plain.get(..length).ok_or_else(out_of_place)?
            }
            None => &[],
        };
        let start = self.to_usize(location.inner_offset)?;
        let own = self
            .to_usize(location.size)?
            .checked_sub(prefix.len())
            .and_then(|size| Some(start..start.checked_add(size)?))
            .filter(|range| range.end <= frame.len())
            .map(|range| frame.slice(range))
            .ok_or_else(out_of_place)?;
        let member = match prefix.is_empty() {
            true => own,
            false => Bytes::from([prefix, &own[..]].concat()),
        };
        check_sha256(part, &member, location.sha256)?;
        Ok(member)
    }

    /// The stored bytes of a section, checked against their SHA-256.
    fn read_section(
        &self,
        section: &Section,
        part: impl FnOnce() -> Part,
    ) -> Result<Cow<'_, [u8]>, ReadError> {
        let stored = read_u64(&self.source, section.offset, section.length)?;
        check_sha256(part, &stored, section.sha256)?;
        Ok(stored)
    }

    fn to_usize(&self, size: u64) -> Result<usize, ReadError> {
        usize::try_from(size).map_err(|_| ReadError::TooLarge {
            part: Part::Object,
            declared: size,
            limit: usize::MAX as u64,
        })
    }
}

impl<S> fmt::Debug for LotReader<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LotReader")
            .field("kind", &self.manifest.kind)
            .field("member_count", &self.manifest.member_count)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Iterator over the members of a lot with their bytes; see [`LotReader::contents`].
#[derive(Debug)]
pub struct Contents<'a, S> {
    reader: &'a LotReader<S>,
    entries: std::slice::Iter<'a, MemberEntry>,
    frame: Option<(u64, Bytes)>,
}

impl<'a, S: ObjectRead> Iterator for Contents<'a, S> {
    type Item = Result<(&'a MemberEntry, Bytes), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        let location = entry.location();
        let frame = match &self.frame {
            Some((offset, frame)) if *offset == location.frame_offset => frame.clone(),
            _ => match self.reader.decode_frame(&entry.id, &location) {
                Ok(frame) => frame,
                Err(error) => return Some(Err(error)),
            },
        };
        self.frame = Some((location.frame_offset, frame.clone()));
        let member = self.reader.cut(&frame, &entry.id, &location);
        Some(member.map(|bytes| (entry, bytes)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

/// Reads a range that was checked to lie within the object.
fn read_u64<S: ObjectRead>(
    source: &S,
    offset: u64,
    length: u64,
) -> Result<Cow<'_, [u8]>, ReadError> {
    let length = usize::try_from(length)
        .map_err(|_| std::io::ErrorKind::UnexpectedEof)
        .map_err(std::io::Error::from)?;
    Ok(source.read_range(offset, length)?)
}

fn check_sha256(
    part: impl FnOnce() -> Part,
    bytes: &[u8],
    expected: Digest,
) -> Result<(), ReadError> {
    let found = Digest::of(bytes);
    if found == expected {
        Ok(())
    } else {
        Err(ReadError::corrupt(
            part(),
            Problem::Sha256 { expected, found },
        ))
    }
}
