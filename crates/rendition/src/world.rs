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
    facts_id: FileId,
    mark_id: FileId,
}

impl Resources {
    pub(crate) fn new() -> Result<Self, RenditionError> {
        let fonts = resources::fonts()?;
        let mut sources = resources::common_sources()?;
        let mut mains = Vec::new();
        for kind in DocumentKind::ALL {
            let main = resources::main_source(kind)?;
            mains.push((kind, main.id()));
            sources.push(main);
        }
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            sources,
            mains,
            facts_id: resources::file_id(resources::FACTS_PATH)?,
            mark_id: resources::file_id(resources::MARK_PATH)?,
        })
    }

    pub(crate) fn fonts(&self) -> &[Font] {
        &self.fonts
    }
}

/// The world of one document: no file system, no packages, no network, no clock.
pub(crate) struct World<'a> {
    resources: &'a Resources,
    main: FileId,
    facts: Bytes,
    mark: Bytes,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        resources: &'a Resources,
        kind: DocumentKind,
        facts: Bytes,
        mark: Bytes,
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
            main,
            facts,
            mark,
        })
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
        if id == self.resources.facts_id {
            Ok(self.facts.clone())
        } else if id == self.resources.mark_id {
            Ok(self.mark.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.resources.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
