//! Reading the PDF files that typst writes: every object in the clear, one table of offsets.

use std::collections::BTreeMap;
use std::io::Read;

use crate::RenditionError;

/// The objects of a file.
pub(crate) struct PdfFile<'a> {
    objects: BTreeMap<u32, &'a [u8]>,
    trailer: &'a [u8],
}

impl<'a> PdfFile<'a> {
    /// Finds all objects by the table at the end and those that it updates.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, RenditionError> {
        let last = number_after(bytes, rfind(bytes, b"startxref"), b"startxref")?;
        let (mut all, mut ends) = (BTreeMap::new(), Vec::new());
        let mut trailers = Vec::new();
        let mut next = Some(last);
        while let Some(table_at) = next.filter(|table_at| !ends.contains(table_at)) {
            let table = bytes.get(table_at..).ok_or_else(|| broken("no table"))?;
            let trailer_at = find(table, b"trailer\n").ok_or_else(|| broken("no trailer"))?;
            let (table, trailer) = table.split_at(trailer_at);
            let trailer = between(trailer, b"trailer\n", b"startxref").unwrap_or_default();
            ends.push(table_at);
            for (number, offset) in offsets(table)? {
                ends.push(offset);
                all.entry(number).or_insert(offset);
            }
            trailers.push(trailer);
            next = number_after(trailer, find(trailer, b"/Prev "), b"/Prev ").ok();
        }
        ends.sort_unstable();
        let mut objects = BTreeMap::new();
        for (number, start) in all {
            let end = ends.get(ends.partition_point(|end| *end <= start));
            let object = end
                .and_then(|end| bytes.get(start..*end))
                .and_then(|object| object.strip_prefix(format!("{number} 0 obj\n").as_bytes()))
                .map(<[u8]>::trim_ascii_end)
                .and_then(|object| object.strip_suffix(b"endobj"))
                .ok_or_else(|| broken("an object is not where the table says"))?;
            objects.insert(number, object.strip_suffix(b"\n").unwrap_or(object));
        }
        let trailer = trailers.first().copied().unwrap_or_default();
        Ok(Self { objects, trailer })
    }

    /// All objects by number, without the words around them.
    pub(crate) fn objects(&self) -> &BTreeMap<u32, &'a [u8]> {
        &self.objects
    }

    /// One object.
    pub(crate) fn object(&self, number: u32) -> Result<&'a [u8], RenditionError> {
        self.objects
            .get(&number)
            .copied()
            .ok_or_else(|| broken("a reference leads nowhere"))
    }

    /// The dictionary at the end.
    pub(crate) const fn trailer(&self) -> &'a [u8] {
        self.trailer
    }

    /// The object a key of the trailer refers to.
    pub(crate) fn trailer_reference(&self, key: &[u8]) -> Result<u32, RenditionError> {
        reference(self.trailer, key)
    }

    /// Numbers of the pages, in their order.
    pub(crate) fn pages(&self) -> Result<Vec<u32>, RenditionError> {
        let catalog = self.object(self.trailer_reference(b"/Root ")?)?;
        let tree = self.object(reference(catalog, b"/Pages ")?)?;
        let kids = between(tree, b"/Kids[", b"]").ok_or_else(|| broken("no pages"))?;
        references(kids)
    }

    /// Plain content of a page, its streams joined.
    pub(crate) fn content(&self, page: u32) -> Result<Vec<u8>, RenditionError> {
        let mut content = Vec::new();
        for stream in contents(self.object(page)?)? {
            content.extend_from_slice(&stream_data(self.object(stream)?)?);
            content.push(b'\n');
        }
        Ok(content)
    }
}

/// Numbers of the content streams of a page.
pub(crate) fn contents(page: &[u8]) -> Result<Vec<u32>, RenditionError> {
    match between(page, b"/Contents[", b"]") {
        Some(list) => references(list),
        None => Ok(vec![reference(page, b"/Contents ")?]),
    }
}

/// Plain bytes of a stream.
pub(crate) fn stream_data(object: &[u8]) -> Result<Vec<u8>, RenditionError> {
    let at = find(object, b"stream\n").ok_or_else(|| broken("no stream"))?;
    let (dictionary, rest) = object.split_at(at);
    let length = number_after(dictionary, find(dictionary, b"/Length "), b"/Length ")?;
    let data = rest
        .get(b"stream\n".len()..)
        .and_then(|data| data.get(..length))
        .ok_or_else(|| broken("a stream is cut off"))?;
    if find(dictionary, b"/FlateDecode").is_none() {
        return Ok(data.to_vec());
    }
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(data)
        .read_to_end(&mut plain)
        .map_err(|_| broken("a stream cannot be inflated"))?;
    Ok(plain)
}

fn offsets(table: &[u8]) -> Result<BTreeMap<u32, usize>, RenditionError> {
    let text = std::str::from_utf8(table).map_err(|_| broken("the table is not text"))?;
    let mut lines = text.lines().skip(1);
    let mut offsets = BTreeMap::new();
    while let Some((first, count)) = lines.next().and_then(|line| line.split_once(' ')) {
        let parsed = first.parse::<u32>().ok().zip(count.trim().parse().ok());
        let (first, count): (u32, u32) = parsed.ok_or_else(|| broken("table of offsets"))?;
        for number in (first..).take(usize::try_from(count).unwrap_or(0)) {
            let entry = lines.next().ok_or_else(|| broken("table of offsets"))?;
            if entry.trim_end().ends_with('n') {
                let offset = entry.get(..10).and_then(|digits| digits.parse().ok());
                offsets.insert(number, offset.ok_or_else(|| broken("table of offsets"))?);
            }
        }
    }
    Ok(offsets)
}

/// The number of the object that stands as `N 0 R` after `key`.
pub(crate) fn reference(dictionary: &[u8], key: &[u8]) -> Result<u32, RenditionError> {
    let number = number_after(dictionary, find(dictionary, key), key)?;
    u32::try_from(number).map_err(|_| broken("an object number is too large"))
}

/// The numbers of a list `1 0 R 2 0 R`.
pub(crate) fn references(list: &[u8]) -> Result<Vec<u32>, RenditionError> {
    let text = std::str::from_utf8(list).map_err(|_| broken("a list of objects"))?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words
        .chunks(3)
        .map(|words| {
            let number = words.first().and_then(|word| word.parse().ok());
            number.ok_or_else(|| broken("a list of objects"))
        })
        .collect()
}

fn number_after(bytes: &[u8], at: Option<usize>, key: &[u8]) -> Result<usize, RenditionError> {
    let missing = || broken("a key is missing");
    let rest = bytes.get(at.ok_or_else(missing)?.saturating_add(key.len())..);
    let rest = rest.ok_or_else(missing)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(..digits)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(missing)
}

/// First place of `needle` in `bytes`.
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|part| part == needle)
}

fn rfind(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).rposition(|part| part == needle)
}

/// What stands between `open` and the next `close`.
pub(crate) fn between<'a>(bytes: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let rest = bytes.get(find(bytes, open)?.saturating_add(open.len())..)?;
    rest.get(..find(rest, close)?)
}

/// The error of a file that is not as typst writes it.
pub(crate) fn broken(reason: &str) -> RenditionError {
    RenditionError::Forme {
        reason: reason.to_owned(),
    }
}
