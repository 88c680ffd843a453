//! The closed world: every font and template, built into the program.

use sha2::{Digest, Sha256};
use typst::foundations::Bytes;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::Font;

use crate::charset::CHARSET;
use crate::{DocumentKind, RenditionError};

/// Revision of the Rust side of rendition: how facts are written out, how marks are drawn. To be
/// raised with any change that alters bytes of a document whose templates and fonts stay the same.
const WRITER_REVISION: &str = "3";

/// Embedded faces; Source Sans 3 under the SIL Open Font License, see `fonts/OFL.txt`.
const FONTS: [(&str, &[u8]); 2] = [
    (
        "SourceSans3-Regular.ttf",
        include_bytes!("../fonts/SourceSans3-Regular.ttf"),
    ),
    (
        "SourceSans3-SemiBold.ttf",
        include_bytes!("../fonts/SourceSans3-SemiBold.ttf"),
    ),
];

/// Templates that those of every kind import.
const COMMON: [(&str, &str); 2] = [
    (
        "/common/style.typ",
        include_str!("../templates/common/style.typ"),
    ),
    (
        "/common/facts.typ",
        include_str!("../templates/common/facts.typ"),
    ),
];

/// Path of the boxes of the kind at hand, as the templates read them.
pub(crate) const BOXES_PATH: &str = "/boxes.json";

/// Path of the facts of the document at hand, as the templates read them.
pub(crate) const FACTS_PATH: &str = "/facts.json";

/// Path of the pixels of the sorting mark of a leaf, from 1.
pub(crate) fn mark_path(leaf: u8) -> String {
    format!("/mark-{leaf}.luma8")
}

/// Path of a file that a document holds, from 1.
pub(crate) fn attachment_path(rank: usize) -> String {
    format!("/attachment-{rank}")
}

/// A template: its path and its text.
pub(crate) type Template = (&'static str, &'static str);

/// The files that one kind of document is made of.
pub(crate) struct KindFiles {
    /// The template to compile, with its path.
    pub(crate) main: Template,
    /// Templates that it imports, besides the common ones.
    pub(crate) parts: &'static [Template],
    /// The boxes of the slots, as JSON.
    pub(crate) boxes: &'static str,
    /// Fixed invented facts, as JSON: for dictionaries, demonstrations and tests.
    pub(crate) specimen: &'static [u8],
}

impl KindFiles {
    /// Every template, the one to compile first.
    fn templates(&self) -> impl Iterator<Item = &Template> {
        std::iter::once(&self.main).chain(self.parts)
    }
}

/// Parses the embedded faces.
pub(crate) fn fonts() -> Result<Vec<Font>, RenditionError> {
    FONTS
        .iter()
        .map(|(name, data)| {
            Font::new(Bytes::new(*data), 0).ok_or_else(|| RenditionError::Resource {
                name,
                reason: "not a font".to_owned(),
            })
        })
        .collect()
}

/// Parses the document in which single strings are set. It is no part of a template's version:
/// what it tells is what any template would tell of the same style.
pub(crate) fn setting_source() -> Result<Source, RenditionError> {
    source("/forme/setting.typ", crate::forme::SETTING)
}

/// Parses the templates that others import.
pub(crate) fn common_sources() -> Result<Vec<Source>, RenditionError> {
    COMMON
        .iter()
        .map(|(path, text)| source(path, text))
        .collect()
}

/// Parses the templates of `kind`, the one to compile first.
pub(crate) fn kind_sources(kind: DocumentKind) -> Result<Vec<Source>, RenditionError> {
    kind.files()
        .templates()
        .map(|(path, text)| source(path, text))
        .collect()
}

fn source(path: &'static str, text: &str) -> Result<Source, RenditionError> {
    Ok(Source::new(file_id(path)?, text.to_owned()))
}

/// Id of a file of the closed world.
pub(crate) fn file_id(path: &str) -> Result<FileId, RenditionError> {
    let virtual_path = VirtualPath::new(path).map_err(|error| RenditionError::Resource {
        name: "path",
        reason: format!("{path}: {error:?}"),
    })?;
    Ok(RootedPath::new(VirtualRoot::Project, virtual_path).intern())
}

/// First twelve hexadecimal digits of the SHA-256 of all that decides how a document of `kind`
/// looks: its templates, the faces, typst's version and the revision of this crate's writing.
pub(crate) fn template_version(kind: DocumentKind) -> String {
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    };
    let files = kind.files();
    let boxes = (BOXES_PATH, files.boxes);
    for (path, text) in files.templates().chain([&boxes]).chain(&COMMON) {
        add(path, text.as_bytes());
    }
    for (name, data) in FONTS {
        add(name, data);
    }
    add("charset", CHARSET.as_bytes());
    add("writer", WRITER_REVISION.as_bytes());
    add("typst", typst::utils::version().raw().as_bytes());
    let mut version = hex::encode(hash.finalize());
    version.truncate(12);
    version
}
