//! Compiling a forme: typst lays out the variant with probes in its slots; what draws them is cut
//! out of the pages, and everything else becomes the prefix.
//!
//! Two documents are laid out. In the first each slot holds one letter, so that each has exactly
//! one sequence of marked content whatever its number of lines in a filled document. The second
//! fills every line of every slot: it tells where the lines stand, and proves that nothing else
//! moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::engine::Job;
use crate::forme::compiled::{Forme, Framed, LineX, PageSlots, Region, Set, TextRegion};
use crate::forme::file::{PdfFile, between, broken, reference};
use crate::forme::layout::{Layout, slot_font};
use crate::forme::page::{Block, Drawn, Page};
use crate::forme::parts::Probes;
use crate::forme::setter::{Style, Type};
use crate::forme::walk::{Align, Mark, SlotKind, Walk, points, walk};
use crate::forme::wrap::WrapCache;
use crate::{Engine, RenditionError};

/// What stands in a slot of the first probe.
const LETTER: &str = "X";

/// What the second probe's lines are made of: as wide as letters get.
const WIDE: char = 'M';

/// Digits of probes, by turns: no date or amount has them all.
const DIGITS: [u8; 10] = *b"9918273645";

/// A document laid out with probes.
pub(crate) struct Probe {
    pub(crate) job: Job,
    pub(crate) pdf: Vec<u8>,
    walk: Walk,
}

impl Probe {
    fn set(engine: &Engine, job: Job) -> Result<Self, RenditionError> {
        let (document, pdf) = engine.typeset(&job)?;
        Ok(Self {
            walk: walk(&document)?,
            job,
            pdf,
        })
    }

    /// The pages as they are drawn, each run of text checked to be where the walk saw it.
    fn pages(&self, file: &PdfFile<'_>) -> Result<Vec<(u32, Page)>, RenditionError> {
        let mut pages = Vec::new();
        for (index, number) in file.pages()?.into_iter().enumerate() {
            let page = Page::read(file.content(number)?)?;
            let runs = self.walk.runs.iter().filter(|run| run.page == index);
            if page.texts().count() != runs.count() {
                return Err(broken("more or fewer texts are drawn than were laid out"));
            }
            pages.push((number, page));
        }
        Ok(pages)
    }

    /// Page and block of each run of a mark.
    fn blocks<'a>(&self, pages: &'a [(u32, Page)], mark: usize) -> Vec<(usize, usize, &'a Block)> {
        let mut blocks = Vec::new();
        for (index, (_, page)) in pages.iter().enumerate() {
            let runs = self.walk.runs.iter().filter(|run| run.page == index);
            for (run, number) in runs.zip(page.texts()) {
                if run.mark == Some(mark) {
                    blocks.extend(page.blocks.get(number).map(|block| (index, number, block)));
                }
            }
        }
        blocks
    }
}

/// Which slots of a variant stand in sentences; each must keep its shape.
pub(crate) fn inline_slots(engine: &Engine, job: &Job) -> Result<Vec<String>, RenditionError> {
    let probe = with_slots(job, |_, _| LETTER.to_owned(), DIGITS.first().copied());
    let document = engine.lay_out_job(&probe)?;
    let mut inline: Vec<String> = walk(&document)?
        .marks
        .into_iter()
        .filter(|mark| mark.kind == SlotKind::Inline)
        .map(|mark| mark.name)
        .collect();
    inline.sort_unstable();
    inline.dedup();
    Ok(inline)
}

/// A job with other strings in its slots; its number keeps its shape.
fn with_slots(job: &Job, mut value: impl FnMut(&str, &str) -> String, digit: Option<u8>) -> Job {
    let mut probe = job.clone();
    for (name, slot) in probe.facts.slots.iter_mut() {
        let new = value(name, slot);
        *slot = new;
    }
    probe.number = with_digits(&job.number, digit);
    probe
}

/// A job of the same variant with invented facts: those of the specimen of the kind where it has
/// the slot.
pub(crate) fn specimen_job(
    engine: &Engine,
    job: &Job,
    inline: &[String],
) -> Result<Job, RenditionError> {
    let request = crate::RenderRequest {
        document: crate::DocumentInput::specimen(job.kind)?,
    };
    let invented = engine.job(&request)?;
    let value = |name: &str, value: &str| {
        if inline.iter().any(|inline| inline == name) {
            return with_digits(value, None);
        }
        let slot = invented.facts.slots.get(name);
        slot.unwrap_or(LETTER).to_owned()
    };
    let mut specimen = with_slots(job, value, None);
    specimen.date = invented.date;
    Ok(specimen)
}

/// `text` with other digits: all the same, or by turns.
fn with_digits(text: &str, digit: Option<u8>) -> String {
    let mut digits = DIGITS.iter().cycle();
    text.chars()
        .map(|character| match digits.next() {
            Some(turn) if character.is_ascii_digit() => char::from(digit.unwrap_or(*turn)),
            _ => character,
        })
        .collect()
}

/// Compiles the forme of a variant; `inline` are the slots that keep the shape they have in `job`. Gives it with the
/// probes that it was made from, and what typst made of them.
pub(crate) fn compile(
    engine: &Engine,
    letters: &Type,
    job: &Job,
    inline: &[String],
    name: &str,
) -> Result<(Forme, [Probe; 2]), RenditionError> {
    let is_inline = |name: &str| inline.iter().any(|inline| inline == name);
    let probe = |digit: Option<u8>, date: (i16, i8, i8)| {
        let shaped = |name: &str, value: &str| {
            if is_inline(name) {
                with_digits(value, digit)
            } else {
                LETTER.to_owned()
            }
        };
        let mut probe = with_slots(job, shaped, digit);
        probe.date = Date::new(date.0, date.1, date.2).unwrap_or(job.date);
        probe
    };
    let first = Probe::set(engine, probe(None, (2187, 6, 5)))?;
    let mut full = probe(Some(b'8'), (2076, 10, 29));
    // A slot that is printed in several places is filled for the smallest of them.
    let mut texts: BTreeMap<&str, (usize, usize, String)> = BTreeMap::new();
    for mark in first
        .walk
        .marks
        .iter()
        .filter(|mark| !is_inline(&mark.name))
    {
        let text = filled(letters, &first.walk, mark)?;
        let own = (mark.lines, text.len(), text);
        match texts.get_mut(mark.name.as_str()) {
            Some(smallest) if *smallest <= own => {}
            Some(smallest) => *smallest = own,
            None => {
                texts.insert(&mark.name, own);
            }
        }
    }
    for (name, slot) in full.facts.slots.iter_mut() {
        if let Some((_, _, text)) = texts.remove(name) {
            *slot = text;
        }
    }
    let full = Probe::set(engine, full)?;
    let forme = Compiler::new(engine, letters, &first, &full)?.forme(name)?;
    Ok((forme, [first, full]))
}

/// A text that fills every line of a place.
fn filled(letters: &Type, walk: &Walk, mark: &Mark) -> Result<String, RenditionError> {
    let number = walk.marks.iter().position(|other| other == mark);
    let run = number.and_then(|number| walk.runs_of(number).next());
    let item = &run.ok_or_else(|| broken("a slot draws nothing"))?.item;
    let face = letters.face(face_of(item)?)?;
    let wide = letters.alphabet.letter(WIDE).unwrap_or_default();
    let mut word = vec![wide];
    while face.width(&[word.as_slice(), &[wide]].concat(), points(item.size)) < mark.width {
        word.push(wide);
    }
    let word = WIDE.to_string().repeat(word.len());
    let separator = if mark.kind == SlotKind::Lines {
        "\n"
    } else {
        " "
    };
    Ok(vec![word; mark.lines].join(separator))
}

/// Number of the face of a run.
fn face_of(item: &typst::text::TextItem) -> Result<usize, RenditionError> {
    match item.font.info().variant.weight.to_number() {
        400 => Ok(0),
        600 => Ok(1),
        _ => Err(broken("a slot has another weight than there are faces for")),
    }
}

struct Compiler<'a> {
    engine: &'a Engine,
    letters: &'a Type,
    first: &'a Probe,
    full: &'a Probe,
    file: PdfFile<'a>,
    pages: Vec<(u32, Page)>,
    full_pages: Vec<(u32, Page)>,
    /// Rank of each slot among the names of the variant.
    ranks: BTreeMap<&'a str, usize>,
    /// Page, block and region of everything that varies.
    regions: Vec<(usize, usize, Region)>,
}

impl<'a> Compiler<'a> {
    fn new(
        engine: &'a Engine,
        letters: &'a Type,
        first: &'a Probe,
        full: &'a Probe,
    ) -> Result<Self, RenditionError> {
        let file = PdfFile::read(&first.pdf)?;
        let full_file = PdfFile::read(&full.pdf)?;
        let names = first.job.facts.slots.iter().map(|(name, _)| name);
        Ok(Self {
            engine,
            letters,
            first,
            full,
            pages: first.pages(&file)?,
            full_pages: full.pages(&full_file)?,
            file,
            ranks: names.zip(0..).collect(),
            regions: Vec::new(),
        })
    }

    fn forme(mut self, name: &str) -> Result<Forme, RenditionError> {
        if self.first.walk.marks != self.full.walk.marks {
            return Err(broken("other slots when they are full"));
        }
        let mut cut = vec![(Vec::new(), Vec::new()); self.pages.len()];
        for (number, mark) in self.first.walk.marks.iter().enumerate() {
            self.text(number, mark, &mut cut)?;
        }
        let probes = Probes::of(self.engine, &self.first.job, &self.file)?;
        for (index, (number, page)) in self.pages.iter().enumerate() {
            for (block, image) in images(page) {
                if let Some(parts) = probes.image(&self.file, *number, page, block, image)? {
                    self.regions.push((index, block, Region::Given(parts)));
                    let (cut, full) = cut.get_mut(index).ok_or_else(|| broken("no such page"))?;
                    cut.push(block);
                    full.push(self.same_image(index, page, block)?);
                }
            }
        }
        self.regions.sort_by_key(|(page, block, _)| (*page, *block));
        let mut contents = Vec::new();
        for ((index, (_, page)), (cut, full)) in self.pages.iter().enumerate().zip(&cut) {
            let rest = page.without(cut)?;
            let full_page = self
                .full_pages
                .get(index)
                .map(|(_, page)| page.without(full));
            if full_page.transpose()?.map(without_ids) != Some(without_ids(rest.clone())) {
                return Err(broken("something moves with the length of a text"));
            }
            contents.push(rest);
        }
        let slots = self.framed()?;
        let layout = Layout {
            kind: self.first.job.kind,
            name: name.to_owned(),
            file: &self.file,
            probes: &probes,
            alphabet: &self.letters.alphabet,
            contents,
            pages: slots,
        };
        layout.forme()
    }

    /// The regions of a mark.
    fn text(
        &mut self,
        number: usize,
        mark: &Mark,
        cut: &mut [(Vec<usize>, Vec<usize>)],
    ) -> Result<(), RenditionError> {
        let blocks = self.first.blocks(&self.pages, number);
        let full = self.full.blocks(&self.full_pages, number);
        let runs: Vec<_> = self.first.walk.runs_of(number).collect();
        let text: String = runs.iter().map(|run| run.item.text.as_str()).collect();
        let slot = *self
            .ranks
            .get(mark.name.as_str())
            .ok_or_else(|| broken("a slot without a string"))?;
        if self.first.job.facts.slots.get(&mark.name) != Some(text.as_str()) {
            return Err(broken(&format!(
                "slot {} does not print its string",
                mark.name
            )));
        }
        let is_inline = mark.kind == SlotKind::Inline;
        if full.is_empty() || full.len() > mark.lines {
            return Err(broken(&format!(
                "slot {} has other lines than it says",
                mark.name
            )));
        }
        for (page, block, _) in &blocks {
            let place = cut.get_mut(*page).ok_or_else(|| broken("no such page"))?;
            place.0.push(*block);
        }
        for (page, block, _) in &full {
            let place = cut.get_mut(*page).ok_or_else(|| broken("no such page"))?;
            place.1.push(*block);
        }
        let Some((run, (page, block, drawn))) = runs.first().zip(blocks.first()) else {
            return Err(broken("a slot draws nothing"));
        };
        let (face, size) = (face_of(&run.item)?, points(run.item.size));
        let style = Style {
            name: mark.name.clone(),
            width: mark.width,
            lines: mark.lines,
            size,
            face,
            align: mark.align,
        };
        let from = run.x - self.offset(&style, &text)?;
        let set = match mark.kind {
            SlotKind::Block => Set::Block(Arc::new(WrapCache::new(style))),
            SlotKind::Lines => Set::Lines { width: mark.width },
            SlotKind::Inline => Set::Inline,
        };
        let fixed = LineX::Fixed(drawn.x.clone());
        let region = TextRegion {
            slot,
            face,
            size,
            x: if mark.align == Align::Left {
                fixed
            } else {
                LineX::From(from)
            },
            y: full.iter().map(|(_, _, block)| block.y.clone()).collect(),
            set,
        };
        if is_inline && blocks.len() > 1 {
            return Err(broken(&format!("slot {} goes over a line", mark.name)));
        }
        self.regions.push((*page, *block, Region::Text(region)));
        Ok(())
    }

    /// How far a text stands from the left of its place.
    fn offset(&self, style: &Style, text: &str) -> Result<f64, RenditionError> {
        let mut letters = Vec::new();
        let known = self.letters.alphabet.letters(text, &mut letters);
        known.ok_or_else(|| broken("a probe is not in the charset"))?;
        let width = self.letters.face(style.face)?.width(&letters, style.size);
        Ok(offset(style.align, style.width, width))
    }

    /// The image of the full probe that stands where one of the first stands.
    fn same_image(&self, index: usize, page: &Page, block: usize) -> Result<usize, RenditionError> {
        let rank = images(page).position(|(other, _)| other == block);
        let full = self.full_pages.get(index).map(|(_, page)| page);
        full.zip(rank)
            .and_then(|(page, rank)| images(page).nth(rank))
            .map(|(block, _)| block)
            .ok_or_else(|| broken("an image is missing when slots are full"))
    }

    /// The regions of each page with the operators around them. Colour and font are set where
    /// they change.
    fn framed(&mut self) -> Result<Vec<PageSlots>, RenditionError> {
        let mut slots: Vec<PageSlots> = self
            .pages
            .iter()
            .map(|_| PageSlots {
                number: 0,
                regions: Vec::new(),
            })
            .collect();
        let mut set = (usize::MAX, Vec::new(), Vec::new());
        for (index, block, region) in std::mem::take(&mut self.regions) {
            let page = self.pages.get(index).map(|(_, page)| page);
            let page = page.ok_or_else(|| broken("no such page"))?;
            let drawn = page
                .blocks
                .get(block)
                .ok_or_else(|| broken("no such block"))?;
            if set.0 != index {
                set = (index, Vec::new(), Vec::new());
            }
            let mut open = Vec::new();
            if let (Region::Text(text), Drawn::Text { color, size, .. }) = (&region, &drawn.drawn) {
                let sequence = page.sequences.get(drawn.sequence);
                open.extend_from_slice(sequence.map_or(&[][..], |sequence| &sequence.open));
                if set.1 != *color {
                    open.push(b'\n');
                    open.extend_from_slice(color);
                    set.1.clone_from(color);
                }
                let font = [slot_font(text.face).as_bytes(), b" ", size].concat();
                if set.2 != font {
                    open.extend_from_slice(b"\n/");
                    open.extend_from_slice(&font);
                    open.extend_from_slice(b" Tf");
                    set.2 = font;
                }
                open.push(b'\n');
            }
            let page = slots.get_mut(index).ok_or_else(|| broken("no such page"))?;
            page.regions.push(Framed { open, region });
        }
        Ok(slots)
    }
}

/// Where a line of some width begins in its place.
pub(crate) fn offset(align: Align, place: f64, width: f64) -> f64 {
    match align {
        Align::Left => 0.0,
        Align::Center => (place - width) / 2.0,
        Align::Right => place - width,
    }
}

fn images(page: &Page) -> impl Iterator<Item = (usize, &[u8])> {
    let numbered = page.blocks.iter().enumerate();
    numbered.filter_map(|(number, block)| match &block.drawn {
        Drawn::Image(name) => Some((number, name.as_slice())),
        Drawn::Text { .. } => None,
    })
}

/// A stream without the numbers of its sequences, which change with the number of lines, and
/// without blank lines.
fn without_ids(stream: Vec<u8>) -> Vec<u8> {
    const ID: &[u8] = b"/MCID ";
    let mut out = Vec::with_capacity(stream.len());
    let mut rest = stream.as_slice();
    while let Some(at) = crate::forme::file::find(rest, ID) {
        let (before, after) = rest.split_at(at + ID.len());
        out.extend_from_slice(before);
        let digits = after
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        rest = after.get(digits..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.dedup_by(|next, before| *next == b'\n' && *before == b'\n');
    out
}

/// The object of an image that a page names.
pub(crate) fn image_object(
    file: &PdfFile<'_>,
    page: u32,
    name: &[u8],
) -> Result<u32, RenditionError> {
    let resources = file.object(reference(file.object(page)?, b"/Resources ")?)?;
    let images = between(resources, b"/XObject<<", b">>").unwrap_or_default();
    reference(images, &[name, b" "].concat())
}
