//! typst's view of the world: the embedded resources and one document's facts, nothing else.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use crate::{DocumentKind, RenditionError, resources};

/// What all documents share, parsed once.
pub(crate) struct Resources {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: Vec<Source>,
    mains: Vec<(DocumentKind, FileId)>,
    boxes: Vec<(DocumentKind, Bytes)>,
    boxes_id: FileId,
    facts_id: FileId,
    mark_ids: Vec<FileId>,
    setting_id: FileId,
}

impl Resources {
    pub(crate) fn new() -> Result<Self, RenditionError> {
        let fonts = resources::fonts()?;
        let mut sources = resources::common_sources()?;
        let mut mains = Vec::new();
        let mut boxes = Vec::new();
        let mut leaves_max = 0;
        for kind in DocumentKind::ALL {
            let templates = resources::kind_sources(kind)?;
            mains.extend(templates.first().map(|main| (kind, main.id())));
            sources.extend(templates);
            let json = kind.files().boxes;
            boxes.push((kind, Bytes::new(json.as_bytes())));
            leaves_max = leaves_max.max(kind.leaves());
        }
        let setting = resources::setting_source()?;
        let setting_id = setting.id();
        sources.push(setting);
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            sources,
            mains,
            boxes,
            boxes_id: resources::file_id(resources::BOXES_PATH)?,
            facts_id: resources::file_id(resources::FACTS_PATH)?,
            mark_ids: (1..=leaves_max)
                .map(|leaf| resources::file_id(&resources::mark_path(leaf)))
                .collect::<Result<_, _>>()?,
            setting_id,
        })
    }

    pub(crate) fn fonts(&self) -> &[Font] {
        &self.fonts
    }
}

/// The world of one document: no file system, no packages, no network, no clock.
pub(crate) struct World<'a> {
    resources: &'a Resources,
    kind: DocumentKind,
    main: FileId,
    facts: Bytes,
    marks: Vec<Bytes>,
    attachments: Vec<(FileId, Bytes)>,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        resources: &'a Resources,
        kind: DocumentKind,
        facts: Bytes,
        marks: Vec<Bytes>,
    ) -> Result<Self, RenditionError> {
        let main = resources
            .mains
            .iter()
            .find(|(of, _)| *of == kind)
            .map(|(_, main)| *main)
            .ok_or_else(|| RenditionError::Resource {
                name: kind.as_str(),
                reason: "no template".to_owned(),
            })?;
        Ok(Self {
            resources,
            kind,
            main,
            facts,
            marks,
            attachments: Vec::new(),
        })
    }

    /// The same world with files in it.
    pub(crate) fn with_attachments(self, attachments: Vec<(FileId, Bytes)>) -> Self {
        Self {
            attachments,
            ..self
        }
    }
}

impl<'a> World<'a> {
    /// The world in which single strings are set.
    pub(crate) fn setting(resources: &'a Resources, job: Bytes) -> Self {
        Self {
            resources,
            kind: DocumentKind::AvisContravention,
            main: resources.setting_id,
            facts: job,
            marks: Vec::new(),
            attachments: Vec::new(),
        }
    }
}

impl typst::World for World<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.resources.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.resources.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.resources
            .sources
            .iter()
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let resources = self.resources;
        if id == resources.facts_id {
            return Ok(self.facts.clone());
        }
        if id == resources.boxes_id {
            let mut boxes = resources.boxes.iter();
            let own = boxes.find(|(kind, _)| *kind == self.kind);
            return own
                .map(|(_, json)| json.clone())
                .ok_or(FileError::AccessDenied);
        }
        if let Some((_, bytes)) = self.attachments.iter().find(|(of, _)| *of == id) {
            return Ok(bytes.clone());
        }
        let mut marks = resources.mark_ids.iter().zip(&self.marks);
        let mark = marks.find(|(of, _)| **of == id);
        mark.map(|(_, pixels)| pixels.clone())
            .ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.resources.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
