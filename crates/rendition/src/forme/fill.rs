//! Filling a forme: the one path that every document takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::engine::Job;
use crate::forme::compile::offset;
use crate::forme::compiled::{Forme, LineX, Part, Region, Set, TextRegion};
use crate::forme::layout::write_table;
use crate::forme::letters::{Letter, write_position};
use crate::forme::number::write_int;
use crate::forme::parts::utf16;
use crate::forme::setter::Type;
use crate::forme::{Fallback, Unfilled};
use crate::{Engine, RenditionError, mark};

/// Letters that hang over the right edge of their place: how far is left to typst.
const HANGING: &str = "–—-.,:;";

/// Bytes that tails usually fit in.
const TAIL_BYTES: usize = 16 << 10;

/// Digits of the length of a stream.
const LENGTH_DIGITS: usize = 5;

/// Characters of an identifier: sixteen bytes in base 64.
const IDENTIFIER_LENGTH: usize = 24;

/// Ends what [`Filler::begin_line`] began. A line has its place from the page's matrix, as in typst's export: renderers
/// add up advances from there, and to the last bit alike.
const END_OF_LINE: &[u8] = b" ET Q\n";

/// What fills the slots of one document.
pub(crate) struct Filler<'a> {
    engine: &'a Engine,
    letters: &'a Type,
    forme: &'a Forme,
    job: &'a Job,
    values: Vec<&'a str>,
    out: Vec<u8>,
    offsets: Vec<(u32, usize)>,
    instances: Vec<usize>,
    document: String,
    marks: Vec<[u8; mark::PACKED_BYTES]>,
    line: Vec<Letter>,
}

impl<'a> Filler<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        letters: &'a Type,
        forme: &'a Forme,
        job: &'a Job,
    ) -> Result<Self, RenditionError> {
        let ident = engine.ident(job);
        Ok(Self {
            engine,
            letters,
            forme,
            job,
            values: job.facts.slots.iter().map(|(_, value)| value).collect(),
            out: Vec::with_capacity(TAIL_BYTES),
            offsets: Vec::new(),
            instances: Vec::new(),
            document: identifier(&Sha256::digest(ident)),
            marks: (1..=job.kind.leaves())
                .map(|leaf| letters.marks.packed(job.kind, &job.number, leaf))
                .collect::<Result<_, _>>()?,
            line: Vec::new(),
        })
    }

    /// Writes the tail; gives it with the SHA-256 of the whole document.
    pub(crate) fn fill(mut self) -> Result<(Vec<u8>, [u8; 32]), Unfilled> {
        for object in &self.forme.varying {
            self.begin(object.number);
            self.parts(&object.parts);
            self.out.extend_from_slice(b"\nendobj\n");
        }
        for page in &self.forme.pages {
            self.begin(page.number);
            self.out.extend_from_slice(b"<</Length ");
            let length_at = self.out.len();
            self.out.extend_from_slice(b"00000>>\nstream\n");
            let start = self.out.len();
            for region in &page.regions {
                self.out.extend_from_slice(&region.open);
                match &region.region {
                    Region::Text(text) => {
                        self.text(text)?;
                        self.out.extend_from_slice(b"EMC\n");
                    }
                    Region::Given(parts) => self.parts(parts),
                }
            }
            let length = self.out.len() - start;
            self.write_length(length_at, length)?;
            self.out.extend_from_slice(b"\nendstream\nendobj\n");
        }
        Ok(self.finish())
    }

    fn begin(&mut self, number: u32) {
        self.offsets
            .push((number, self.forme.prefix.bytes.len() + self.out.len()));
        write_int(i64::from(number), &mut self.out);
        self.out.extend_from_slice(b" 0 obj\n");
    }

    fn write_length(&mut self, at: usize, length: usize) -> Result<(), Unfilled> {
        let digits = format!("{length:0LENGTH_DIGITS$}");
        let place = self.out.get_mut(at..at + digits.len());
        match place.filter(|_| digits.len() == LENGTH_DIGITS) {
            Some(place) => place.copy_from_slice(digits.as_bytes()),
            None => return Err(Fallback::Width.into()),
        }
        Ok(())
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Literal(bytes) => self.out.extend_from_slice(bytes),
                Part::Number => self.out.extend_from_slice(self.job.number.as_bytes()),
                Part::NumberUtf16 => self.out.extend_from_slice(&utf16(&self.job.number)),
                Part::DateDashed => self.date(b"-"),
                Part::DatePlain => self.date(b""),
                Part::Document => self.out.extend_from_slice(self.document.as_bytes()),
                Part::Instance => {
                    self.instances.push(self.out.len());
                    self.out.extend_from_slice(&[b'='; IDENTIFIER_LENGTH]);
                }
                Part::Mark(rank) => {
                    let mark = self.marks.get(*rank);
                    self.out
                        .extend_from_slice(mark.map_or(&[][..], |mark| mark));
                }
            }
        }
    }

    fn date(&mut self, separator: &[u8]) {
        let date = self.job.date;
        let two = |value: i8, out: &mut Vec<u8>| {
            let value = value.unsigned_abs();
            out.extend_from_slice(&[b'0' + value / 10 % 10, b'0' + value % 10]);
        };
        let century = i8::try_from(date.year() / 100).unwrap_or(0);
        let year = i8::try_from(date.year() % 100).unwrap_or(0);
        two(century, &mut self.out);
        two(year, &mut self.out);
        self.out.extend_from_slice(separator);
        two(date.month(), &mut self.out);
        self.out.extend_from_slice(separator);
        two(date.day(), &mut self.out);
    }

    fn text(&mut self, region: &TextRegion) -> Result<(), Unfilled> {
        let value = self.values.get(region.slot).copied().unwrap_or_default();
        match &region.set {
            Set::Block(wrapped) => {
                let hangs = !matches!(region.x, LineX::Fixed(_))
                    && value.ends_with(|last| HANGING.contains(last));
                self.read(value)?;
                let width = self
                    .letters
                    .face(region.face)?
                    .width(&self.line, region.size);
                if width <= wrapped.style.width && !hangs {
                    let from = offset(wrapped.style.align, wrapped.style.width, width);
                    return self.line(region, 0, from);
                }
                let lines = wrapped.lines(self.engine, self.letters, value)?;
                for (index, line) in lines.ok_or(Fallback::Width)?.iter().enumerate() {
                    self.begin_line(region, index, line.x)?;
                    self.out.extend_from_slice(&line.show);
                    self.out.extend_from_slice(END_OF_LINE);
                }
                Ok(())
            }
            Set::Lines { width } => {
                let mut lines = value.split('\n').enumerate().peekable();
                while let Some((index, line)) = lines.next() {
                    self.read(line)?;
                    if self
                        .letters
                        .face(region.face)?
                        .width(&self.line, region.size)
                        > *width
                    {
                        return Err(Fallback::Width.into());
                    }
                    if lines.peek().is_some() {
                        self.line.extend(self.letters.alphabet.letter(' '));
                    }
                    self.line(region, index, 0.0)?;
                }
                Ok(())
            }
            Set::Inline => {
                self.read(value)?;
                self.line(region, 0, 0.0)
            }
        }
    }

    /// Turns a text into letters.
    fn read(&mut self, text: &str) -> Result<(), Unfilled> {
        self.line.clear();
        let known = self.letters.alphabet.letters(text, &mut self.line);
        known.ok_or_else(|| Fallback::Letter.into())
    }

    fn line(&mut self, region: &TextRegion, index: usize, from: f64) -> Result<(), Unfilled> {
        self.begin_line(region, index, from)?;
        let face = self.letters.face(region.face)?;
        face.show(&self.letters.alphabet, &self.line, &mut self.out);
        self.out.extend_from_slice(END_OF_LINE);
        Ok(())
    }

    fn begin_line(&mut self, region: &TextRegion, index: usize, from: f64) -> Result<(), Unfilled> {
        let y = region.y.get(index).ok_or(Fallback::Width)?;
        self.out.extend_from_slice(b"q 1 0 0 1 ");
        match &region.x {
            LineX::Fixed(x) => self.out.extend_from_slice(x),
            LineX::From(start) => write_position(start + from, &mut self.out),
        }
        self.out.push(b' ');
        self.out.extend_from_slice(y);
        self.out.extend_from_slice(b" cm BT");
        Ok(())
    }

    /// All that the bytes follow from: the template, the variant, and what is printed.
    fn printed(&self) -> Sha256 {
        let mut hash = Sha256::new_with_prefix(&self.document);
        hash.update(&self.forme.name);
        let date = self.job.date;
        hash.update(date.year().to_be_bytes());
        hash.update([date.month().unsigned_abs(), date.day().unsigned_abs()]);
        for value in &self.values {
            hash.update(value.len().to_be_bytes());
            hash.update(value);
        }
        hash
    }

    fn finish(mut self) -> (Vec<u8>, [u8; 32]) {
        let hash = self.printed();
        let instance = identifier(&hash.finalize());
        for at in &self.instances {
            if let Some(place) = self.out.get_mut(*at..at + IDENTIFIER_LENGTH) {
                place.copy_from_slice(instance.as_bytes());
            }
        }
        let table_at = self.forme.prefix.bytes.len() + self.out.len();
        self.offsets.sort_unstable();
        write_table(&self.offsets, false, &mut self.out);
        self.out.extend_from_slice(b"trailer\n<</Size ");
        write_int(i64::from(self.forme.size), &mut self.out);
        self.out.extend_from_slice(b"/Root ");
        write_int(i64::from(self.forme.root), &mut self.out);
        self.out.extend_from_slice(b" 0 R/Info ");
        write_int(i64::from(self.forme.info), &mut self.out);
        self.out.extend_from_slice(b" 0 R/ID[(");
        self.out.extend_from_slice(self.document.as_bytes());
        self.out.extend_from_slice(b")(");
        self.out.extend_from_slice(instance.as_bytes());
        self.out.extend_from_slice(b")]/Prev ");
        let count = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        write_int(count(self.forme.table_at), &mut self.out);
        self.out.extend_from_slice(b">>\nstartxref\n");
        write_int(count(table_at), &mut self.out);
        self.out.extend_from_slice(b"\n%%EOF\n");
        let sha256 = self.forme.sha256(&self.out);
        (self.out, sha256)
    }
}

/// The first sixteen bytes of a hash in base 64.
fn identifier(hash: &[u8]) -> String {
    STANDARD.encode(hash.get(..16).unwrap_or_default())
}
