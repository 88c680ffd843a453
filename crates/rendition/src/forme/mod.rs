//! The forme: a template is laid out by typst once per variant; a document is then made by filling
//! its slots.
//!
//! 1. A *variant* is a kind of document with its choices, the names of its slots, and the shapes
//!    of the strings that stand in sentences (digits taken for equal, so that nothing moves).
//!    Lines of wrapped texts and addresses are no part of it.
//! 2. A document is the *prefix* of its forme, which is a complete file with everything that the
//!    documents of the variant share, and a *tail*, which is an update of that file: sorting marks,
//!    title and dates, and for each page one plain stream that draws the slots.
//! 3. Whether a document is filled or laid out by typst follows from its facts alone, never from
//!    what this process did before: the same facts give the same bytes.
//! 4. Filling takes no lock. Formes and wrapped texts are made on demand, under a lock, and kept
//!    within bounds.

mod compare;
mod compile;
mod compiled;
mod content;
mod file;
mod fill;
mod layout;
mod letters;
mod number;
mod page;
mod parts;
mod setter;
mod shelf;
mod walk;
mod wrap;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub use compare::{DrawingDifference, compare_drawings};
pub use compiled::Forme;
pub use shelf::Shelf;

use crate::engine::Job;
use crate::forme::fill::Filler;
use crate::forme::setter::Type;
use crate::forme::shelf::Origin;
use crate::{DocumentKind, Engine, RenderRequest, Rendered, RenditionError};

/// Source of the small document in which typst sets single strings.
pub(crate) const SETTING: &str = include_str!("setting.typ");

/// Formes kept; when there are more, all are forgotten and compiled again on demand.
const FORMES_MAX: usize = 256;

/// Longest string in a sentence that has a forme.
const INLINE_LENGTH_MAX: usize = 24;

/// Why a document was laid out by typst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fallback {
    /// A text holds a letter outside the charset of the formes.
    Letter,
    /// A text may not fit its place.
    Width,
    /// A string in a sentence is a text, whose width is anyone's guess.
    Sentence,
    /// The template cannot be made into a forme.
    Forme,
}

impl Fallback {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Width, Self::Sentence, Self::Forme];

    /// Name of the reason in metrics and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Width => "width",
            Self::Sentence => "sentence",
            Self::Forme => "forme",
        }
    }
}

/// A document that was not filled.
pub(crate) enum Unfilled {
    Fallback(Fallback),
    Error(RenditionError),
}

impl From<Fallback> for Unfilled {
    fn from(reason: Fallback) -> Self {
        Self::Fallback(reason)
    }
}

impl From<RenditionError> for Unfilled {
    fn from(error: RenditionError) -> Self {
        Self::Error(error)
    }
}

/// A document that was filled: its bytes are the prefix of the forme and the tail.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Its forme.
    pub forme: Arc<Forme>,
    /// The bytes after the forme's prefix.
    pub tail: Vec<u8>,
    /// SHA-256 of the whole document.
    pub sha256: [u8; 32],
}

impl PartialEq for Filled {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for Filled {}

impl Filled {
    /// The whole document.
    #[must_use]
    pub fn to_pdf(&self) -> Vec<u8> {
        [self.forme.prefix(), self.tail.as_slice()].concat()
    }
}

/// A document, by how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// From a forme.
    Filled(Filled),
    /// By typst, and why.
    Typeset(Rendered, Fallback),
}

impl Made {
    /// The whole document.
    #[must_use]
    pub fn into_pdf(self) -> Vec<u8> {
        match self {
            Self::Filled(filled) => filled.to_pdf(),
            Self::Typeset(rendered, _) => rendered.pdf,
        }
    }

    /// Printed sides.
    #[must_use]
    pub fn pages(&self) -> u32 {
        match self {
            Self::Filled(filled) => filled.forme.pages(),
            Self::Typeset(rendered, _) => rendered.pages,
        }
    }

    /// First bytes that other documents share, and the rest.
    #[must_use]
    pub fn into_parts(self) -> (Bytes, Vec<u8>) {
        match self {
            Self::Filled(filled) => (filled.forme.prefix().clone(), filled.tail),
            Self::Typeset(rendered, _) => (Bytes::new(), rendered.pdf),
        }
    }
}

/// Where the time goes that a filled document takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages {
    /// Checking the facts and writing out what is printed.
    pub facts: Duration,
    /// Finding the forme of the variant.
    pub forme: Duration,
    /// Setting what is printed and writing the tail.
    pub setting: Duration,
    /// SHA-256 of the tail.
    pub hashing: Duration,
}

/// Makes documents by filling formes, and by typst where that cannot be.
///
/// One serves any number of threads.
pub struct Formes {
    engine: Arc<Engine>,
    letters: Type,
    shelf: Option<Shelf>,
    families: ArcSwap<HashMap<Vec<u8>, Arc<Family>>>,
    compiling: Mutex<()>,
}

/// The formes of one set of choices and names.
struct Family {
    /// Ranks of the slots that stand in sentences.
    inline: Vec<usize>,
    names: Vec<String>,
    formes: ArcSwap<HashMap<Vec<u8>, Option<Arc<Forme>>>>,
}

impl Formes {
    /// Tabulates the faces. Formes are compiled when they are first needed.
    ///
    /// # Errors
    /// [`RenditionError::Forme`] when a face cannot be tabulated, which the tests of this crate
    /// exclude.
    pub fn new(engine: Arc<Engine>) -> Result<Self, RenditionError> {
        Self::on(None, engine)
    }

    /// As [`Formes::new`], with a shelf from which compiled formes are taken and on which new ones are put. What was
    /// compiled from other templates than those of this program is thrown away.
    ///
    /// # Errors
    /// As [`Formes::new`].
    pub fn with_shelf(engine: Arc<Engine>, shelf: Shelf) -> Result<Self, RenditionError> {
        let versions = DocumentKind::ALL.map(|kind| engine.template_version(kind));
        shelf.keep_versions(&versions);
        Self::on(Some(shelf), engine)
    }

    fn on(shelf: Option<Shelf>, engine: Arc<Engine>) -> Result<Self, RenditionError> {
        Ok(Self {
            letters: Type::new(&engine)?,
            engine,
            shelf,
            families: ArcSwap::default(),
            compiling: Mutex::new(()),
        })
    }

    /// The engine that lays out what is not filled.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Makes one document. The same request makes the same bytes, in any process.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub fn make(&self, request: &RenderRequest) -> Result<Made, RenditionError> {
        let job = self.engine.job(request)?;
        match self.fill(&job) {
            Ok(filled) => Ok(Made::Filled(filled)),
            Err(Unfilled::Fallback(reason)) => {
                let rendered = self.engine.rendered(&job)?;
                Ok(Made::Typeset(rendered, reason))
            }
            Err(Unfilled::Error(error)) => Err(error),
        }
    }

    /// Where the time goes that a filled document takes; none for a document that typst lays out.
    ///
    /// # Errors
    /// As [`Formes::make`].
    pub fn stages(&self, request: &RenderRequest) -> Result<Option<Stages>, RenditionError> {
        let begun = Instant::now();
        let job = self.engine.job(request)?;
        let facts = begun.elapsed();
        let filled = match self.fill(&job) {
            Ok(filled) => filled,
            Err(Unfilled::Fallback(_)) => return Ok(None),
            Err(Unfilled::Error(error)) => return Err(error),
        };
        let all = begun.elapsed();
        let begun = Instant::now();
        let family = self.family(&job)?;
        let is_found = self.forme(&family, &job).is_ok();
        let forme = begun.elapsed();
        let begun = Instant::now();
        let again = black_box(filled.forme.sha256(&filled.tail));
        let hashing = begun.elapsed();
        debug_assert!(is_found && again == filled.sha256, "the same again");
        Ok(Some(Stages {
            facts,
            forme,
            setting: all.saturating_sub(facts + forme + hashing),
            hashing,
        }))
    }

    /// Why the template of a request has no forme, for those who write templates.
    ///
    /// # Errors
    /// What is wrong with the request or the template.
    pub fn check(&self, request: &RenderRequest) -> Result<(), RenditionError> {
        let job = self.engine.job(request)?;
        let family = self.family(&job)?;
        self.compiled(&family, &job, "check").map(|_| ())
    }

    fn fill(&self, job: &Job) -> Result<Filled, Unfilled> {
        let family = self.family(job)?;
        let forme = self.forme(&family, job)?;
        let filler = Filler::new(&self.engine, &self.letters, &forme, job)?;
        let (tail, sha256) = filler.fill()?;
        Ok(Filled {
            forme,
            tail,
            sha256,
        })
    }

    fn family(&self, job: &Job) -> Result<Arc<Family>, RenditionError> {
        let key = family_key(job);
        if let Some(family) = self.families.load().get(&key) {
            return Ok(Arc::clone(family));
        }
        let _compiling = self
            .compiling
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(family) = self.families.load().get(&key) {
            return Ok(Arc::clone(family));
        }
        let origin = self.origin(job, &[b"slots in sentences", &key]);
        let names = self.kept(&origin, || compile::inline_slots(&self.engine, job))?;
        let is_inline = |name: &str| names.iter().any(|inline| inline == name);
        let slots = job.facts.slots.iter().map(|(name, _)| name).enumerate();
        let inline = slots
            .filter(|(_, name)| is_inline(name))
            .map(|(rank, _)| rank)
            .collect();
        let family = Arc::new(Family {
            inline,
            names,
            formes: ArcSwap::default(),
        });
        insert(&self.families, key, &family);
        Ok(family)
    }

    fn forme(&self, family: &Family, job: &Job) -> Result<Arc<Forme>, Unfilled> {
        let key = self.shape_key(family, job).ok_or(Fallback::Sentence)?;
        let known = |family: &Family| family.formes.load().get(&key).cloned();
        if let Some(forme) = known(family) {
            return forme.ok_or_else(|| Fallback::Forme.into());
        }
        let compiling = self
            .compiling
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(forme) = known(family) {
            return forme.ok_or_else(|| Fallback::Forme.into());
        }
        let family_key = family_key(job);
        let origin = self.origin(job, &[b"forme", &family_key, &key]);
        let variant = Sha256::new_with_prefix(&family_key).chain_update(&key);
        let variant = hex::encode(variant.finalize());
        let name = format!(
            "{}/{}/{}",
            job.kind.code(),
            self.engine.template_version(job.kind),
            variant.get(..12).unwrap_or_default()
        );
        let forme = self.kept(&origin, || self.compiled(family, job, &name));
        // A template that has no forme has none for good: nothing of it depends on this document.
        let forme = forme.ok().map(Arc::new);
        insert(&family.formes, key.clone(), &forme);
        drop(compiling);
        forme.ok_or_else(|| Fallback::Forme.into())
    }

    fn origin(&self, job: &Job, parts: &[&[u8]]) -> Origin {
        Origin::new(self.engine.template_version(job.kind), parts)
    }

    /// What the shelf keeps of `origin`; made and put there if it does not.
    fn kept<T: Serialize + DeserializeOwned>(
        &self,
        origin: &Origin,
        make: impl FnOnce() -> Result<T, RenditionError>,
    ) -> Result<T, RenditionError> {
        let Some(shelf) = &self.shelf else {
            return make();
        };
        if let Some(kept) = shelf.take(origin) {
            return Ok(kept);
        }
        let made = make()?;
        shelf.put(origin, &made);
        Ok(made)
    }

    /// Compiles a forme, and holds what it makes of its probes and of invented facts against what typst makes of them.
    fn compiled(&self, family: &Family, job: &Job, name: &str) -> Result<Forme, RenditionError> {
        let (engine, letters) = (&self.engine, &self.letters);
        let (mut forme, probes) = compile::compile(engine, letters, job, &family.names, name)?;
        for probe in &probes {
            self.verified(&forme, &probe.job, &probe.pdf)?;
        }
        let specimen = compile::specimen_job(engine, job, &family.names)?;
        let typst = engine.rendered(&specimen)?.pdf;
        forme.specimen_tail = self.verified(&forme, &specimen, &typst)?;
        Ok(forme)
    }

    /// The tail of a job, if the filled document draws what typst's own does.
    fn verified(&self, forme: &Forme, job: &Job, typst: &[u8]) -> Result<Vec<u8>, RenditionError> {
        let filled = Filler::new(&self.engine, &self.letters, forme, job)?.fill();
        let tail = match filled {
            Ok((tail, _)) => tail,
            Err(Unfilled::Error(error)) => return Err(error),
            Err(Unfilled::Fallback(_)) => {
                return Err(file::broken("a probe does not fit the forme"));
            }
        };
        match compare_drawings(&[&forme.prefix.bytes[..], &tail].concat(), typst)? {
            None => Ok(tail),
            Some(_) => Err(file::broken(
                "a filled probe is drawn otherwise than typst draws it",
            )),
        }
    }

    /// The shapes of the strings in sentences and of the number; none if one has no shape.
    fn shape_key(&self, family: &Family, job: &Job) -> Option<Vec<u8>> {
        let digits_alike = self.letters.faces.iter().all(letters::Face::digits_alike);
        let mut key = Vec::with_capacity(64);
        let mut inline = family.inline.iter().peekable();
        for (rank, (_, value)) in job.facts.slots.iter().enumerate() {
            if inline.next_if(|next| **next == rank).is_some() {
                shape(value, digits_alike, &mut key)?;
            }
        }
        shape(&job.number, digits_alike, &mut key)?;
        Some(key)
    }
}

/// Appends a string with its digits made equal; `None` if it is a text.
fn shape(value: &str, digits_alike: bool, key: &mut Vec<u8>) -> Option<()> {
    let letters = value.chars().filter(|character| character.is_alphabetic());
    if value.len() > INLINE_LENGTH_MAX || letters.count() > 1 {
        return None;
    }
    let digit = |byte: u8| {
        if digits_alike && byte.is_ascii_digit() {
            b'0'
        } else {
            byte
        }
    };
    key.extend(value.bytes().map(digit));
    key.push(0);
    Some(())
}

/// What tells a family from others: kind, choices, and names of slots.
fn family_key(job: &Job) -> Vec<u8> {
    let mut key = Vec::with_capacity(1_024);
    key.extend_from_slice(job.kind.as_str().as_bytes());
    for (name, value) in &job.facts.choices {
        key.push(0);
        key.extend_from_slice(name.as_bytes());
        key.push(1);
        key.extend_from_slice(value.as_bytes());
    }
    for (name, _) in job.facts.slots.iter() {
        key.push(2);
        key.extend_from_slice(name.as_bytes());
    }
    key
}

/// Replaces the map by one with a further entry; by one with this entry alone if it grew too large.
fn insert<V: Clone>(map: &ArcSwap<HashMap<Vec<u8>, V>>, key: Vec<u8>, value: &V) {
    let mut new = HashMap::clone(&map.load());
    if new.len() >= FORMES_MAX {
        new.clear();
    }
    new.insert(key, value.clone());
    map.store(Arc::new(new));
}
