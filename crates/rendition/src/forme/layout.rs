//! Where the objects of a forme lie: everything that all its documents share comes first, as a
//! complete file; a document is an update of that file, as the format provides for.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use crate::charset::CHARSET;
use crate::forme::compiled::{Forme, PageSlots, Varying};
use crate::forme::file::{PdfFile, broken, contents, find, reference};
use crate::forme::letters::{Alphabet, Letter};
use crate::forme::parts::{Probes, utf16};
use crate::forme::setter::WEIGHTS;
use crate::{DocumentKind, RenditionError};

/// PostScript names of the faces, by number.
const FACES: [&str; 2] = ["SourceSans3-Regular", "SourceSans3-SemiBold"];

/// Header, with bytes that tell transfer programs that the file is binary.
const HEADER: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";

/// Name of a face among the fonts of slots.
pub(crate) fn slot_font(face: usize) -> String {
    format!("s{face}")
}

/// What a forme is laid out from.
pub(crate) struct Layout<'a> {
    pub(crate) kind: DocumentKind,
    pub(crate) name: String,
    pub(crate) file: &'a PdfFile<'a>,
    pub(crate) probes: &'a Probes,
    pub(crate) alphabet: &'a Alphabet,
    /// What each page shares, plain.
    pub(crate) contents: Vec<Vec<u8>>,
    pub(crate) pages: Vec<PageSlots>,
}

impl Layout<'_> {
    /// Lays out the prefix.
    pub(crate) fn forme(mut self) -> Result<Forme, RenditionError> {
        let mut next = self.file.objects().keys().next_back().copied().unwrap_or(0);
        let mut number = || {
            next += 1;
            next
        };
        for page in &mut self.pages {
            page.number = number();
        }
        let cmap = (number(), cmap(self.alphabet));
        let to_unicode = (number(), to_unicode(self.alphabet));
        let mut added = Vec::new();
        let mut fonts = Vec::new();
        for face in 0..WEIGHTS.len() {
            let Some(font) = self.font(face) else {
                continue;
            };
            let own = number();
            let font = replaced(
                font,
                b"/Encoding/Identity-H",
                &format!("/Encoding {} 0 R", cmap.0),
            )?;
            let old = format!("/ToUnicode {} 0 R", reference(&font, b"/ToUnicode ")?);
            let new = format!("/ToUnicode {} 0 R", to_unicode.0);
            added.push((own, replaced(&font, old.as_bytes(), &new)?));
            fonts.push(format!("/{} {own} 0 R", slot_font(face)));
        }
        added.push(cmap);
        added.push(to_unicode);
        let (fixed, varying) = self.objects(&fonts.concat())?;
        let root = self.file.trailer_reference(b"/Root ")?;
        let (prefix, table_at) = prefix(fixed, added, next, root);
        Ok(Forme {
            prefix: prefix.into(),
            name: self.name,
            kind: self.kind,
            table_at,
            size: next + 1,
            root,
            info: self.file.trailer_reference(b"/Info ")?,
            varying,
            pages: self.pages,
            specimen_tail: Vec::new(),
        })
    }

    /// The font of a face, as typst's export wrote it.
    fn font(&self, face: usize) -> Option<&[u8]> {
        let name = format!("+{}/Encoding", FACES.get(face)?);
        let mut objects = self.file.objects().values().copied();
        objects.find(|object| {
            find(object, b"/Subtype/Type0").is_some() && find(object, name.as_bytes()).is_some()
        })
    }

    /// Objects that all documents share, and those that vary.
    #[expect(clippy::type_complexity, reason = "two lists of what their names say")]
    fn objects(&self, fonts: &str) -> Result<(Vec<(u32, Vec<u8>)>, Vec<Varying>), RenditionError> {
        let pages = self.file.pages()?;
        let mut streams = Vec::new();
        let mut resources = Vec::new();
        for page in &pages {
            let object = self.file.object(*page)?;
            let [content] = contents(object)?[..] else {
                return Err(broken("a page with several streams"));
            };
            streams.push(content);
            resources.push(reference(object, b"/Resources ")?);
        }
        let rank = |list: &[u32], number| list.iter().position(|other| *other == number);
        let (mut fixed, mut varying) = (Vec::new(), Vec::new());
        for (number, object) in self.file.objects() {
            if let Some(rank) = rank(&streams, *number) {
                let content = self.contents.get(rank).map_or(&[][..], Vec::as_slice);
                fixed.push((*number, deflated(content)?));
            } else if let Some(rank) = rank(&pages, *number) {
                let content = reference(object, b"/Contents ")?;
                let old = format!("/Contents {content} 0 R");
                let slots = self.pages.get(rank).map_or(0, |page| page.number);
                let new = format!("/Contents[{content} 0 R {slots} 0 R]");
                fixed.push((*number, replaced(object, old.as_bytes(), &new)?));
            } else if resources.contains(number) {
                let new = format!("/Font<<{fonts}");
                fixed.push((*number, replaced(object, b"/Font<<", &new)?));
            } else if let Some(own) = self.probes.varying(*number, object)? {
                varying.push(own);
            } else {
                fixed.push((*number, object.to_vec()));
            }
        }
        Ok((fixed, varying))
    }
}

/// The file that all documents begin with, and the place of its table.
fn prefix(
    fixed: Vec<(u32, Vec<u8>)>,
    added: Vec<(u32, Vec<u8>)>,
    last: u32,
    root: u32,
) -> (Vec<u8>, usize) {
    let mut prefix = HEADER.to_vec();
    let mut offsets = Vec::new();
    let mut objects: Vec<(u32, Vec<u8>)> = fixed.into_iter().chain(added).collect();
    objects.sort_unstable_by_key(|(number, _)| *number);
    for (number, object) in objects {
        offsets.push((number, prefix.len()));
        write_object(number, &object, &mut prefix);
    }
    let table_at = prefix.len();
    write_table(&offsets, true, &mut prefix);
    let identifier = hex::encode(Sha256::digest(&prefix));
    let identifier = identifier.get(..32).unwrap_or_default();
    let trailer = format!(
        "trailer\n<</Size {}/Root {root} 0 R/ID[<{identifier}><{identifier}>]>>\nstartxref\n{table_at}\n%%EOF\n",
        last.saturating_add(1)
    );
    prefix.extend_from_slice(trailer.as_bytes());
    (prefix, table_at)
}

/// Writes an object with the words around it.
pub(crate) fn write_object(number: u32, object: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    out.extend_from_slice(object);
    out.extend_from_slice(b"\nendobj\n");
}

/// Writes a table of offsets, which are in the order of their objects.
pub(crate) fn write_table(offsets: &[(u32, usize)], is_first: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"xref\n");
    if is_first {
        out.extend_from_slice(b"0 1\n0000000000 65535 f \n");
    }
    for run in offsets.chunk_by(|(before, _), (after, _)| before.checked_add(1) == Some(*after)) {
        let Some((first, _)) = run.first() else {
            continue;
        };
        out.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
        for (_, offset) in run {
            write_entry(*offset, out);
        }
    }
}

fn write_entry(offset: usize, out: &mut Vec<u8>) {
    let mut entry = *b"0000000000 00000 n \n";
    let mut rest = offset;
    for digit in entry.iter_mut().take(10).rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.extend_from_slice(&entry);
}

fn deflated(content: &[u8]) -> Result<Vec<u8>, RenditionError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    let data = written.map_err(|_| broken("a stream cannot be deflated"))?;
    Ok(stream("/Filter/FlateDecode", &data))
}

fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<</Length {}{entries}>>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

fn replaced(object: &[u8], old: &[u8], new: &str) -> Result<Vec<u8>, RenditionError> {
    let at = find(object, old).ok_or_else(|| broken("an object lacks what is to be replaced"))?;
    let (before, after) = object.split_at(at);
    let after = after.get(old.len()..).unwrap_or_default();
    Ok([before, new.as_bytes(), after].concat())
}

/// Maps the bytes of slots to glyphs: those of the charset, which the export embeds in its order.
fn cmap(alphabet: &Alphabet) -> Vec<u8> {
    let mut ranges: Vec<(u8, u8, u32)> = Vec::new();
    for (letter, code) in alphabet.codes() {
        let glyph = glyph(letter);
        match ranges.last_mut() {
            Some((first, last, start))
                if last.checked_add(1) == Some(code)
                    && *start + u32::from(code - *first) == glyph =>
            {
                *last = code;
            }
            _ => ranges.push((code, code, glyph)),
        }
    }
    let mut text = format!(
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n\
         /CIDSystemInfo 3 dict dup begin/Registry(Adobe)def/Ordering(Identity)def/Supplement 0 def \
         end def\n/CMapName/CNT-Slots def/CMapType 1 def/WMode 0 def\n\
         1 begincodespacerange\n<00><FF>\nendcodespacerange\n{} begincidrange\n",
        ranges.len()
    );
    for (first, last, glyph) in ranges {
        text.push_str(&format!("<{first:02X}><{last:02X}>{glyph}\n"));
    }
    text.push_str("endcidrange\nendcmap CMapName currentdict/CMap defineresource pop end end");
    let entries = "/Type/CMap/CMapName/CNT-Slots/WMode 0\
                   /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>";
    stream(entries, text.as_bytes())
}

/// Number of a letter's glyph in the fonts of the file.
pub(crate) fn glyph(letter: Letter) -> u32 {
    u32::from(letter) + 1
}

fn to_unicode(alphabet: &Alphabet) -> Vec<u8> {
    let mut text = "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n\
         /CMapName/CNT-Slots-UCS def/CMapType 2 def\n\
         1 begincodespacerange\n<00><FF>\nendcodespacerange\n"
        .to_owned();
    let pairs: Vec<(char, u8)> = CHARSET
        .chars()
        .zip(alphabet.codes().map(|(_, code)| code))
        .collect();
    for pairs in pairs.chunks(100) {
        text.push_str(&format!("{} beginbfchar\n", pairs.len()));
        for (character, code) in pairs {
            let unicode = utf16(character.encode_utf8(&mut [0; 4]));
            let unicode = String::from_utf8_lossy(&unicode).into_owned();
            text.push_str(&format!("<{code:02X}><{unicode}>\n"));
        }
        text.push_str("endbfchar\n");
    }
    text.push_str("endcmap CMapName currentdict/CMap defineresource pop end end");
    stream("/Type/CMap/CMapName/CNT-Slots-UCS", text.as_bytes())
}
