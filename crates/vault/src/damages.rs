//! Every damaged run of bytes of a lot, for repair: one damage does not hide another.

use std::fmt;
use std::io;
use std::ops::Range;

use crate::digest::LotId;
use crate::error::{Part, ReadError};
use crate::manifest::Section;
use crate::member::MemberEntry;
use crate::reader::LotReader;
use crate::source::ObjectRead;

/// A run of bytes that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRange {
    /// What lies there.
    pub part: Part,
    /// Its bytes, from the start of the object.
    pub range: Range<u64>,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for DamagedRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.range;
        write!(formatter, "bytes {start} to {end}: {}", self.problem)
    }
}

impl DamagedRange {
    fn new(part: Part, offset: u64, length: u64, error: &ReadError) -> Self {
        Self {
            part,
            range: offset..offset.saturating_add(length),
            problem: error.to_string(),
        }
    }
}

/// What is damaged, unless the source failed, which says nothing about the object.
fn damage<T>(result: Result<T, ReadError>) -> io::Result<Option<ReadError>> {
    match result {
        Ok(_) => Ok(None),
        Err(ReadError::Source(error)) => Err(error),
        Err(error) => Ok(Some(error)),
    }
}

/// What an opened object was found to be.
#[derive(Debug)]
pub enum Inspection<S> {
    /// It can be opened; how much of it is damaged is told by [`LotReader::damages`].
    Opened(Box<LotReader<S>>),
    /// Header, footer or manifest are damaged: nothing of the object can be vouched for.
    Unreadable(DamagedRange),
}

/// Opens an object that may be damaged.
///
/// # Errors
/// When the source fails.
pub fn inspect<S: ObjectRead>(source: S) -> io::Result<Inspection<S>> {
    let size = source.size();
    match LotReader::open_at(source) {
        Ok(reader) => Ok(Inspection::Opened(Box::new(reader))),
        Err(ReadError::Source(error)) => Err(error),
        Err(error) => {
            let part = error.part().cloned().unwrap_or(Part::Object);
            let damage = DamagedRange::new(part, 0, size, &error);
            Ok(Inspection::Unreadable(damage))
        }
    }
}

/// Frames that were tried.
#[derive(Default)]
struct Frames {
    damaged: Vec<DamagedRange>,
    /// They cannot be decoded, for their forme is damaged.
    untried: Vec<DamagedRange>,
}

impl<S: ObjectRead> LotReader<S> {
    /// Reads everything and names every damaged run of bytes by the smallest part that has a SHA-256: a forme, the frame of a
    /// member, or a whole section where no part of it is found damaged but its bytes changed. No damage hides another, but
    /// for the members of a damaged forme: they are named only if the section of the members changed too.
    ///
    /// # Errors
    /// When the source fails.
    pub fn damages(&self, id: &LotId) -> io::Result<Vec<DamagedRange>> {
        let sections = self.manifest().sections;
        let mut found = Vec::new();
        found.extend(self.section_damage(Part::Header, &sections.header)?);
        let formes = self.forme_damages()?;
        if formes.is_empty() {
            found.extend(self.section_damage(Part::Formes, &sections.formes)?);
        }
        found.extend(formes);
        let index = self.section_damage(Part::Index, &sections.index)?;
        let members = self.section_damage(Part::Members, &sections.members)?;
        match (index, damage(self.members())?) {
            (None, None) => {
                let frames = self.frame_damages()?;
                let named = if members.is_some() {
                    frames.untried
                } else {
                    Vec::new()
                };
                if frames.damaged.is_empty() && named.is_empty() {
                    found.extend(members);
                }
                found.extend(frames.damaged);
                found.extend(named);
            }
            // Without the index nobody knows where a member begins.
            (Some(index), _) => found.extend([Some(index), members].into_iter().flatten()),
            (None, Some(error)) => {
                let Section { offset, length, .. } = sections.index;
                found.push(DamagedRange::new(Part::Index, offset, length, &error));
                found.extend(members);
            }
        }
        if found.is_empty() {
            let whole = damage(self.verify_id(id))?;
            found.extend(whole.map(|error| DamagedRange::new(Part::Object, 0, self.size, &error)));
        }
        found.sort_by_key(|damage| damage.range.start);
        Ok(found)
    }

    fn section_damage(&self, part: Part, section: &Section) -> io::Result<Option<DamagedRange>> {
        let error = damage(self.verify_section(part.clone(), section))?;
        let Section { offset, length, .. } = *section;
        Ok(error.map(|error| DamagedRange::new(part, offset, length, &error)))
    }

    fn forme_damages(&self) -> io::Result<Vec<DamagedRange>> {
        let mut found = Vec::new();
        for (number, entry) in (0_u32..).zip(&self.manifest().formes) {
            let Some(error) = damage(self.forme(number))? else {
                continue;
            };
            // One that needs another as dictionary fails with it.
            if error.part() == Some(&Part::Forme(number)) {
                let part = Part::Forme(number);
                found.push(DamagedRange::new(part, entry.offset, entry.length, &error));
            }
        }
        Ok(found)
    }

    fn frame_damages(&self) -> io::Result<Frames> {
        let mut frames = Frames::default();
        let entries = self.members().unwrap_or_default();
        for members in entries.chunk_by(|left, right| left.frame_offset == right.frame_offset) {
            let Some(first) = members.first() else {
                continue;
            };
            if let Some(error) = damage(self.try_frame(first, members))? {
                let is_forme = matches!(error.part(), Some(Part::Forme(_)));
                let part = error.part().filter(|_| !is_forme).cloned();
                let part = part.unwrap_or_else(|| Part::Member {
                    id: first.id.clone(),
                });
                let (offset, length) = (first.frame_offset, first.frame_length);
                let damage = DamagedRange::new(part, offset, length, &error);
                let list = if is_forme {
                    &mut frames.untried
                } else {
                    &mut frames.damaged
                };
                list.push(damage);
            }
        }
        Ok(frames)
    }

    fn try_frame(&self, first: &MemberEntry, members: &[MemberEntry]) -> Result<(), ReadError> {
        let frame = self.decode_frame(&first.id, &first.location())?;
        for member in members {
            self.cut(&frame, &member.id, &member.location())?;
        }
        Ok(())
    }
}
