//! Laying out and exporting documents.

use std::sync::atomic::{AtomicUsize, Ordering};

use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::boxes::{Boxes, Widths};
use crate::charset::{CHARSET, Coverage};
use crate::facts::{Facts, invalid};
use crate::world::{Resources, World};
use crate::{
    Attachment, BordereauInput, DocumentInput, DocumentKind, RenderRequest, RenditionError, mark,
    resources,
};

/// How a template tells that a slot's string does not fit its place.
const DOES_NOT_FIT: &str = "does-not-fit:";

/// Number of renders after which what typst keeps is looked through.
const RENDERS_PER_EVICTION: usize = 16;

/// Number of such times for which typst keeps an intermediate result that no render used in between.
///
/// What depends on the templates alone (their evaluation, the shaping of static text) is used by
/// every render and so never ages; what depends on one document goes after at most twice
/// [`RENDERS_PER_EVICTION`] renders. Zero would throw away both.
const UNUSED_EVICTIONS_MAX: usize = 1;

/// A finished document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The PDF: 1.7, PDF/A-2a and PDF/UA-1.
    pub pdf: Vec<u8>,
    /// Its pages (printed sides).
    pub pages: u32,
}

/// What one document is made from, by whatever way it is made.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) kind: DocumentKind,
    /// Strings of the slots and choices of the template.
    pub(crate) facts: Facts,
    /// Number that titles and sorting marks name.
    pub(crate) number: String,
    /// Date of the document.
    pub(crate) date: jiff::civil::Date,
}

/// Renders documents: holds the parsed fonts and templates and typst's library.
///
/// One engine serves any number of threads; its cost is paid at [`Engine::new`].
pub struct Engine {
    resources: Resources,
    coverage: Coverage,
    widths: Widths,
    standards: PdfStandards,
    /// Those of a document that holds files.
    holding_standards: PdfStandards,
    kinds: Vec<Kind>,
}

/// What is known of a kind.
struct Kind {
    kind: DocumentKind,
    version: String,
    boxes: Boxes,
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
        let standards = standards(PdfStandard::A_2a)?;
        let holding_standards = self::standards(PdfStandard::A_3a)?;
        let kinds = DocumentKind::ALL
            .into_iter()
            .map(|kind| {
                Ok(Kind {
                    kind,
                    version: resources::template_version(kind),
                    boxes: Boxes::parse(kind.as_str(), kind.files().boxes)?,
                })
            })
            .collect::<Result<_, RenditionError>>()?;
        let widths = Widths::new(resources.fonts());
        Ok(Self {
            resources,
            coverage,
            widths,
            standards,
            holding_standards,
            kinds,
        })
    }

    fn of(&self, kind: DocumentKind) -> Option<&Kind> {
        self.kinds.iter().find(|known| known.kind == kind)
    }

    /// Version of the template of `kind`: twelve hexadecimal digits that change with anything
    /// that could change a byte of its documents. It stands in each document's metadata and foot.
    #[must_use]
    pub fn template_version(&self, kind: DocumentKind) -> &str {
        self.of(kind).map_or("", |known| known.version.as_str())
    }

    /// Renders one document. The same request gives the same bytes, in any process.
    ///
    /// # Errors
    /// [`RenditionError`]; [`RenditionError::is_of_data`] tells whether this document alone is
    /// concerned. Nothing is ever cut off to make it fit.
    pub fn render(&self, request: &RenderRequest) -> Result<Rendered, RenditionError> {
        self.rendered(&self.job(request)?)
    }

    /// Checks a request and writes out what is printed.
    pub(crate) fn job(&self, request: &RenderRequest) -> Result<Job, RenditionError> {
        let kind = request.document.kind();
        let printed = request.document.printed();
        let mut facts = printed.facts(&self.coverage)?;
        let version = self.template_version(kind).to_owned();
        facts.choices.insert("template", version.into());
        Ok(Job {
            kind,
            facts,
            number: printed.number().to_owned(),
            date: printed.date(),
        })
    }

    /// A job laid out and exported by typst.
    pub(crate) fn rendered(&self, job: &Job) -> Result<Rendered, RenditionError> {
        let (_, pdf) = self.typeset(job)?;
        Ok(Rendered {
            pdf,
            pages: job.kind.pages(),
        })
    }

    /// What `job` looks like, and its file.
    pub(crate) fn typeset(&self, job: &Job) -> Result<(PagedDocument, Vec<u8>), RenditionError> {
        let _eviction = EvictOnDrop;
        let document = self.lay_out_job(job)?;
        let pdf = self.exported(job, &document, &self.standards)?;
        Ok((document, pdf))
    }

    /// A bordereau that holds the pieces it lists: PDF 1.7, PDF/A-3a and PDF/UA-1.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub fn hand_over(
        &self,
        input: &BordereauInput,
        attachments: Vec<Attachment>,
    ) -> Result<Rendered, RenditionError> {
        let _eviction = EvictOnDrop;
        let document = DocumentInput::Bordereau(Box::new(input.clone()));
        let job = self.job(&RenderRequest { document })?;
        let names: Vec<_> = (1..)
            .zip(&attachments)
            .map(|(rank, file)| {
                serde_json::json!({
                    "path": resources::attachment_path(rank),
                    "name": file.name,
                    "media": file.media,
                    "description": file.description,
                    "relationship": if file.is_data { "data" } else { "source" },
                })
            })
            .collect();
        let files = (1..)
            .zip(attachments)
            .map(|(rank, file)| {
                let id = resources::file_id(&resources::attachment_path(rank))?;
                Ok((id, Bytes::new(file.bytes)))
            })
            .collect::<Result<_, RenditionError>>()?;
        let marks = self
            .mark_pixels(&job)?
            .into_iter()
            .map(Bytes::new)
            .collect();
        let facts = self.facts_json(&job, names);
        let world = World::new(&self.resources, job.kind, facts, marks)?.with_attachments(files);
        let document = lay_out(&world)?;
        Ok(Rendered {
            pdf: self.exported(&job, &document, &self.holding_standards)?,
            pages: job.kind.pages(),
        })
    }

    /// The file of a document, whose pages are counted.
    fn exported(
        &self,
        job: &Job,
        document: &PagedDocument,
        standards: &PdfStandards,
    ) -> Result<Vec<u8>, RenditionError> {
        let pages = document.pages().len();
        if u32::try_from(pages) != Ok(job.kind.pages()) {
            let pages_expected = usize::try_from(job.kind.pages()).unwrap_or(usize::MAX);
            return Err(RenditionError::PageCount {
                pages,
                pages_expected,
            });
        }
        let options = PdfOptions {
            ident: Smart::Custom(self.ident(job)),
            creator: Smart::Custom(Some("cnt-rendition".to_owned())),
            timestamp: Some(timestamp(job.date)?),
            page_ranges: None,
            standards: standards.clone(),
            tagged: true,
            pretty: false,
        };
        typst_pdf::pdf(document, &options).map_err(|errors| RenditionError::Export {
            reason: messages(&errors),
        })
    }

    /// What names a document whatever its bytes are.
    pub(crate) fn ident(&self, job: &Job) -> String {
        let content = mark::content(job.kind, &job.number, 1);
        format!("cnt/{content}/{}", self.template_version(job.kind))
    }

    /// Pixels of the sorting marks of a job, one a leaf.
    pub(crate) fn mark_pixels(&self, job: &Job) -> Result<Vec<Vec<u8>>, RenditionError> {
        (1..=job.kind.leaves())
            .map(|leaf| mark::image(&mark::content(job.kind, &job.number, leaf)))
            .collect()
    }

    /// Lays out a job; the pages are not counted.
    pub(crate) fn lay_out_job(&self, job: &Job) -> Result<PagedDocument, RenditionError> {
        let marks = self.mark_pixels(job)?.into_iter().map(Bytes::new).collect();
        let facts = self.facts_json(job, Vec::new());
        let world = World::new(&self.resources, job.kind, facts, marks)?;
        lay_out(&world)
    }

    /// Lays out single strings for the compiler of formes.
    pub(crate) fn lay_out_setting(&self, job: Bytes) -> Result<PagedDocument, RenditionError> {
        let _eviction = EvictOnDrop;
        lay_out(&World::setting(&self.resources, job))
    }

    fn facts_json(&self, job: &Job, attachments: Vec<serde_json::Value>) -> Bytes {
        let mut choices = job.facts.choices.clone();
        choices.insert("charset", CHARSET.into());
        let measure = self
            .of(job.kind)
            .map(|known| known.boxes.to_measure(&job.facts, &self.widths))
            .unwrap_or_default();
        let mut json = serde_json::json!({
            "slots": job.facts.slots,
            "choices": choices,
            "measure": measure,
            "mark_modules": mark::IMAGE_MODULES,
        });
        if !attachments.is_empty()
            && let Some(members) = json.as_object_mut()
        {
            members.insert("attachments".to_owned(), attachments.into());
        }
        Bytes::from_string(json.to_string())
    }

    /// A document of `kind` with fixed invented facts: what every document of this template
    /// version has most in common with, hence the zstd dictionary under which they are stored.
    ///
    /// # Errors
    /// As [`Engine::render`]; the tests of this crate exclude them.
    pub fn specimen(&self, kind: DocumentKind) -> Result<Rendered, RenditionError> {
        self.render(&RenderRequest {
            document: DocumentInput::specimen(kind)?,
        })
    }
}

fn standards(archival: PdfStandard) -> Result<PdfStandards, RenditionError> {
    PdfStandards::new(&[archival, PdfStandard::Ua_1]).map_err(|error| RenditionError::Export {
        reason: error.message().to_string(),
    })
}

fn lay_out(world: &World<'_>) -> Result<PagedDocument, RenditionError> {
    let Warned { output, warnings } = typst::compile::<PagedDocument>(world);
    let document = output.map_err(|errors| layout_error(&errors))?;
    if warnings.is_empty() {
        Ok(document)
    } else {
        Err(RenditionError::Layout {
            reason: messages(&warnings),
        })
    }
}

/// Renders of this process, whatever the engine: typst's cache is the process's.
static RENDERS: AtomicUsize = AtomicUsize::new(0);

/// Lets typst's global cache age once a render is over, however it ends.
struct EvictOnDrop;

impl Drop for EvictOnDrop {
    fn drop(&mut self) {
        let renders = RENDERS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if renders.is_multiple_of(RENDERS_PER_EVICTION) {
            typst::comemo::evict(UNUSED_EVICTIONS_MAX);
        }
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
