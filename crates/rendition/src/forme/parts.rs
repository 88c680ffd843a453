//! What varies in a document beside its slots: the number in titles and alternative texts, the
//! date, identifiers, sorting marks.

use crate::engine::Job;
use crate::forme::compile::image_object;
use crate::forme::compiled::{Part, Varying};
use crate::forme::file::{PdfFile, between, broken, find, stream_data};
use crate::forme::page::Page;
use crate::{Engine, RenditionError, mark};

/// A number shorter than this could stand in a file by chance.
const NUMBER_LENGTH_MIN: usize = 6;

/// The strings of a probe that are other strings in other documents.
pub(crate) struct Probes {
    patterns: Vec<(Vec<u8>, Part)>,
    /// Image objects of sorting marks, with the number of the mark.
    marks: Vec<(u32, usize)>,
}

impl Probes {
    pub(crate) fn of(
        engine: &Engine,
        job: &Job,
        file: &PdfFile<'_>,
    ) -> Result<Self, RenditionError> {
        let identifiers = between(file.trailer(), b"/ID[(", b")]").unwrap_or_default();
        let at = find(identifiers, b")(").ok_or_else(|| broken("no identifiers"))?;
        let (document, instance) = identifiers.split_at(at);
        let instance = instance.get(2..).unwrap_or_default();
        let date = job.date;
        let dashed = format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
        let mut patterns = vec![
            (document.to_vec(), Part::Document),
            (instance.to_vec(), Part::Instance),
            (dashed.replace('-', "").into_bytes(), Part::DatePlain),
            (dashed.into_bytes(), Part::DateDashed),
        ];
        if job.number.len() >= NUMBER_LENGTH_MIN {
            patterns.push((utf16(&job.number), Part::NumberUtf16));
            patterns.push((job.number.clone().into_bytes(), Part::Number));
        }
        let mut marks = Vec::new();
        for (rank, pixels) in engine.mark_pixels(job)?.into_iter().enumerate() {
            for (number, object) in file.objects() {
                if is_image(object) && stream_data(object)? == pixels {
                    marks.push((*number, rank));
                }
            }
        }
        Ok(Self { patterns, marks })
    }

    /// The parts of some bytes; one literal if nothing in them varies.
    pub(crate) fn split(&self, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = bytes;
        loop {
            let next = self
                .patterns
                .iter()
                .filter_map(|(pattern, part)| Some((find(rest, pattern)?, pattern.len(), part)))
                .min_by_key(|(at, _, _)| *at);
            let Some((at, length, part)) = next else {
                break;
            };
            let (before, after) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_vec()));
            }
            parts.push(part.clone());
            rest = after.get(length..).unwrap_or_default();
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_vec()));
        }
        parts
    }

    /// An object in parts, if it varies.
    pub(crate) fn varying(
        &self,
        number: u32,
        object: &[u8],
    ) -> Result<Option<Varying>, RenditionError> {
        if let Some((_, rank)) = self.marks.iter().find(|(of, _)| *of == number) {
            let space = between(object, b"/ColorSpace ", b"/").ok_or_else(|| broken("a mark"))?;
            let side = mark::IMAGE_MODULES;
            let head = format!(
                "<</Length {}/Type/XObject/Subtype/Image/Width {side}/Height {side}\
                 /BitsPerComponent 1/ColorSpace ",
                mark::PACKED_BYTES
            );
            let mut head = head.into_bytes();
            head.extend_from_slice(space);
            head.extend_from_slice(b">>\nstream\n");
            let parts = vec![
                Part::Literal(head),
                Part::Mark(*rank),
                Part::Literal(b"\nendstream".to_vec()),
            ];
            return Ok(Some(Varying { number, parts }));
        }
        // Compressed streams hold no text.
        if find(object, b"/FlateDecode").is_some() {
            return Ok(None);
        }
        let parts = self.split(object);
        let is_fixed = parts.iter().all(|part| matches!(part, Part::Literal(_)));
        Ok((!is_fixed).then_some(Varying { number, parts }))
    }

    /// The parts that draw an image, if it is a sorting mark.
    pub(crate) fn image(
        &self,
        file: &PdfFile<'_>,
        page_number: u32,
        page: &Page,
        block: usize,
        name: &[u8],
    ) -> Result<Option<Vec<Part>>, RenditionError> {
        let object = image_object(file, page_number, name)?;
        if !self.marks.iter().any(|(number, _)| *number == object) {
            return Ok(None);
        }
        let block = page
            .blocks
            .get(block)
            .ok_or_else(|| broken("no such block"))?;
        let sequence = page.sequences.get(block.sequence);
        let open = sequence.map_or(&[][..], |sequence| &sequence.open);
        let drawn = [open, b"\n", page.bytes(block), b"\nEMC\n"].concat();
        Ok(Some(self.split(&drawn)))
    }
}

fn is_image(object: &[u8]) -> bool {
    find(object, b"/Subtype/Image").is_some()
}

/// Text as hexadecimal digits of its UTF-16 units.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .map(|unit| format!("{unit:04X}"))
        .collect::<String>()
        .into_bytes()
}
