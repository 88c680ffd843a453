//! Laying out and exporting documents.

use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::charset::{CHARSET, Coverage};
use crate::facts::{Facts, invalid};
use crate::world::{Resources, World};
use crate::{
    DocumentInput, DocumentKind, RenderRequest, RenditionError, avis, mark, resources, specimen,
};

/// How a template tells that a slot's string does not fit its place.
const DOES_NOT_FIT: &str = "does-not-fit:";

/// Number of renders for which typst keeps an intermediate result that none of them used.
///
/// What depends on the templates alone (their evaluation, the shaping of static text) is used by
/// every render and so never ages; what depends on one document goes after this many. Zero would
/// throw away both.
const UNUSED_RENDERS_MAX: usize = 8;

/// A finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The PDF: 1.7, PDF/A-2a and PDF/UA-1.
    pub pdf: Vec<u8>,
    /// Its pages (printed sides).
    pub pages: u32,
}

/// Renders documents: holds the parsed fonts and templates and typst's library.
///
/// One engine serves any number of threads; its cost is paid at [`Engine::new`].
pub struct Engine {
    resources: Resources,
    coverage: Coverage,
    standards: PdfStandards,
    versions: Vec<(DocumentKind, String)>,
}

impl Engine {
    /// Parses the embedded fonts and templates.
    ///
    /// # Errors
    /// [`RenditionError::Resource`] when one of them is broken, which the tests of this crate
    /// exclude.
    pub fn new() -> Result<Self, RenditionError> {
        let resources = Resources::new()?;
        let coverage = Coverage::new(resources.fonts());
        let standards =
            PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).map_err(|error| {
                RenditionError::Export {
                    reason: error.message().to_string(),
                }
            })?;
        let versions = DocumentKind::ALL
            .into_iter()
            .map(|kind| (kind, resources::template_version(kind)))
            .collect();
        Ok(Self {
            resources,
            coverage,
            standards,
            versions,
        })
    }

    /// Version of the template of `kind`: twelve hexadecimal digits that change with anything
    /// that could change a byte of its documents. It stands in each document's metadata and foot.
    #[must_use]
    pub fn template_version(&self, kind: DocumentKind) -> &str {
        self.versions
            .iter()
            .find(|(of, _)| *of == kind)
            .map_or("", |(_, version)| version.as_str())
    }

    /// Renders one document. The same request gives the same bytes, in any process.
    ///
    /// # Errors
    /// [`RenditionError`]; [`RenditionError::is_of_data`] tells whether this document alone is
    /// concerned. Nothing is ever cut off to make it fit.
    pub fn render(&self, request: &RenderRequest) -> Result<Rendered, RenditionError> {
        let kind = request.document.kind();
        let (facts, mark_content, date) = match &request.document {
            DocumentInput::AvisContravention(input) => (
                avis::facts(input, &self.coverage)?,
                mark::content(kind, &input.avis_number, 1),
                input.avis_date,
            ),
        };
        let facts = self.facts_json(kind, facts);
        let mark = Bytes::new(mark::image(&mark_content)?);
        let ident = format!("cnt/{mark_content}/{}", self.template_version(kind));
        let timestamp = timestamp(date)?;
        let _eviction = EvictOnDrop;
        let document = self.lay_out(kind, facts, mark)?;
        let pages = document.pages().len();
        if u32::try_from(pages) != Ok(kind.pages()) {
            let pages_expected = usize::try_from(kind.pages()).unwrap_or(usize::MAX);
            return Err(RenditionError::PageCount {
                pages,
                pages_expected,
            });
        }
        let options = PdfOptions {
            ident: Smart::Custom(ident),
            creator: Smart::Custom(Some("cnt-rendition".to_owned())),
            timestamp: Some(timestamp),
            page_ranges: None,
            standards: self.standards.clone(),
            tagged: true,
            pretty: false,
        };
        let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| RenditionError::Export {
            reason: messages(&errors),
        })?;
        Ok(Rendered {
            pdf,
            pages: kind.pages(),
        })
    }

    /// A document of `kind` with fixed invented facts: what every document of this template
    /// version has most in common with, hence the zstd dictionary under which they are stored.
    ///
    /// # Errors
    /// As [`Engine::render`]; the tests of this crate exclude them.
    pub fn specimen(&self, kind: DocumentKind) -> Result<Rendered, RenditionError> {
        self.render(&RenderRequest {
            document: specimen::document(kind)?,
        })
    }

    fn facts_json(&self, kind: DocumentKind, mut facts: Facts) -> Bytes {
        facts
            .choices
            .insert("template", self.template_version(kind).to_owned());
        facts.choices.insert("charset", CHARSET.to_owned());
        let json = serde_json::json!({
            "slots": facts.slots,
            "choices": facts.choices,
            "mark_modules": mark::IMAGE_MODULES,
        });
        Bytes::from_string(json.to_string())
    }

    fn lay_out(
        &self,
        kind: DocumentKind,
        facts: Bytes,
        mark: Bytes,
    ) -> Result<PagedDocument, RenditionError> {
        let world = World::new(&self.resources, kind, facts, mark)?;
        let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
        let document = output.map_err(|errors| layout_error(&errors))?;
        if warnings.is_empty() {
            Ok(document)
        } else {
            Err(RenditionError::Layout {
                reason: messages(&warnings),
            })
        }
    }
}

/// Lets typst's global cache age once a render is over, however it ends.
struct EvictOnDrop;

impl Drop for EvictOnDrop {
    fn drop(&mut self) {
        typst::comemo::evict(UNUSED_RENDERS_MAX);
    }
}

/// Midnight UTC of the document's date: no clock is read.
fn timestamp(date: jiff::civil::Date) -> Result<Timestamp, RenditionError> {
    let part = |value: i8| u8::try_from(value).ok();
    part(date.month())
        .zip(part(date.day()))
        .and_then(|(month, day)| {
            Datetime::from_ymd_hms(i32::from(date.year()), month, day, 0, 0, 0)
        })
        .map(Timestamp::new_utc)
        .ok_or_else(|| invalid("avis_date", "is not a date of the calendar"))
}

fn layout_error(errors: &[SourceDiagnostic]) -> RenditionError {
    errors
        .iter()
        .find_map(|error| error.message.split_once(DOES_NOT_FIT))
        .map_or_else(
            || RenditionError::Layout {
                reason: messages(errors),
            },
            |(_, field)| RenditionError::DoesNotFit {
                field: field.to_owned(),
            },
        )
}

fn messages(diagnostics: &[SourceDiagnostic]) -> String {
    let all: Vec<&str> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    all.join("; ")
}
