//! Whether two files draw the same: an interpreter of content streams, so that a filled document
//! can be compared with typst's own without drawing pixels.
//!
//! It takes what is drawn as a set: a filled document draws the same things in another order.
//! Fonts count by their PostScript names, glyphs by their numbers, images by their pixels, and
//! every number as it is written. What is marked as an artifact differs from what is not.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::RenditionError;
use crate::forme::content::{Operation, array_items, operations, string_bytes};
use crate::forme::file::{PdfFile, between, broken, find, reference, stream_data};

/// The first thing that only one of two files draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawingDifference {
    /// Page, from 1; 0 if the number of pages differs.
    pub page: usize,
    /// What only the first file draws, in the words of a content stream.
    pub only_first: Option<String>,
    /// What only the second draws.
    pub only_second: Option<String>,
}

/// Compares what two files draw.
///
/// Both must be files of this crate: typst's export, or a filled forme.
///
/// # Errors
/// [`RenditionError::Forme`] when one of them is not.
pub fn compare_drawings(
    first: &[u8],
    second: &[u8],
) -> Result<Option<DrawingDifference>, RenditionError> {
    let (first, second) = (drawing(first)?, drawing(second)?);
    if first.len() != second.len() {
        return Ok(Some(DrawingDifference {
            page: 0,
            only_first: None,
            only_second: None,
        }));
    }
    for (page, (first, second)) in (1..).zip(first.iter().zip(&second)) {
        if first == second {
            continue;
        }
        let only = |these: &[String], those: &[String]| {
            let missing = |drawn: &&String| {
                let count = |list: &[String]| list.iter().filter(|other| other == drawn).count();
                count(these) > count(those)
            };
            these.iter().find(missing).cloned()
        };
        return Ok(Some(DrawingDifference {
            page,
            only_first: only(first, second),
            only_second: only(second, first),
        }));
    }
    Ok(None)
}

/// What each page draws, sorted.
fn drawing(pdf: &[u8]) -> Result<Vec<Vec<String>>, RenditionError> {
    let file = PdfFile::read(pdf)?;
    file.pages()?
        .into_iter()
        .map(|page| {
            let stream = file.content(page)?;
            let mut interpreter = Interpreter::new(&file, page)?;
            for operation in operations(&stream)? {
                interpreter.operation(&operation)?;
            }
            interpreter.drawn.sort_unstable();
            Ok(interpreter.drawn)
        })
        .collect()
}

/// A font as a page names it.
struct Font {
    name: String,
    /// Glyph by byte; none if strings hold the numbers of glyphs themselves.
    glyphs: Option<BTreeMap<u8, u32>>,
}

type Matrix = [f64; 6];

#[derive(Clone)]
struct State {
    matrix: Matrix,
    color: String,
    /// Other parameters, as they were set.
    parameters: String,
    font: (Vec<u8>, String),
    mode: String,
}

struct Interpreter {
    fonts: BTreeMap<Vec<u8>, Font>,
    images: BTreeMap<Vec<u8>, String>,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    path: String,
    mark: String,
    drawn: Vec<String>,
}

impl Interpreter {
    fn new(file: &PdfFile<'_>, page: u32) -> Result<Self, RenditionError> {
        let resources = file.object(reference(file.object(page)?, b"/Resources ")?)?;
        let mut fonts = BTreeMap::new();
        for (name, number) in named(resources, b"/Font<<")? {
            fonts.insert(name, font(file, number)?);
        }
        let mut images = BTreeMap::new();
        for (name, number) in named(resources, b"/XObject<<")? {
            images.insert(name, pixels(file.object(number)?)?);
        }
        Ok(Self {
            fonts,
            images,
            state: State {
                matrix: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
                color: String::new(),
                parameters: String::new(),
                font: (Vec::new(), String::new()),
                mode: "0".to_owned(),
            },
            saved: Vec::new(),
            text: [0.0; 6],
            path: String::new(),
            mark: String::new(),
            drawn: Vec::new(),
        })
    }

    fn operation(&mut self, operation: &Operation<'_>) -> Result<(), RenditionError> {
        let words = || {
            let all: Vec<_> = operation
                .operands
                .iter()
                .map(|word| String::from_utf8_lossy(word))
                .collect();
            all.join(" ")
        };
        let last = || operation.operands.last().copied().unwrap_or_default();
        let name = String::from_utf8_lossy(operation.operator);
        match operation.operator {
            b"q" => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop().ok_or_else(|| broken("unbalanced"))?,
            b"cm" => self.state.matrix = product(matrix(operation)?, self.state.matrix),
            b"cs" => self.state.color = words(),
            b"scn" => {
                let space = self.state.color.split(' ').next().unwrap_or_default();
                self.state.color = format!("{space} {}", words());
            }
            b"BT" | b"Tf" | b"Tr" | b"Tm" | b"Td" | b"Tj" | b"TJ" => {
                self.text_operation(operation)?;
            }
            b"ET" | b"EMC" => {}
            b"Do" => {
                let image = self
                    .images
                    .get(last())
                    .ok_or_else(|| broken("no such image"))?;
                let drawn = format!("{} image {:?} {image}", self.mark, self.state.matrix);
                self.drawn.push(drawn);
            }
            b"BDC" | b"BMC" => {
                let tag = operation.operands.first().copied().unwrap_or_default();
                self.mark = String::from_utf8_lossy(tag).into_owned();
            }
            b"m" | b"l" | b"c" | b"v" | b"y" | b"h" | b"re" | b"W" | b"W*" => {
                let written = write!(self.path, "{} {name} ", words());
                debug_assert!(written.is_ok(), "a string takes all");
            }
            b"n" => {
                let clip = std::mem::take(&mut self.path);
                self.state.parameters.push_str(&clip);
            }
            b"f" | b"f*" | b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*" => {
                let path = std::mem::take(&mut self.path);
                let State {
                    matrix,
                    color,
                    parameters,
                    ..
                } = &self.state;
                self.drawn.push(format!(
                    "{} {name} {matrix:?} {color} {parameters} {path}",
                    self.mark
                ));
            }
            b"w" | b"J" | b"j" | b"M" | b"d" | b"gs" | b"CS" | b"SCN" | b"Tc" | b"Tw" | b"Tz"
            | b"Ts" => {
                let written = write!(self.state.parameters, "{} {name} ", words());
                debug_assert!(written.is_ok(), "a string takes all");
            }
            _ => return Err(broken("an operator that typst does not write")),
        }
        Ok(())
    }

    fn text_operation(&mut self, operation: &Operation<'_>) -> Result<(), RenditionError> {
        let last = operation.operands.last().copied().unwrap_or_default();
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        match operation.operator {
            b"BT" => self.text = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            b"Tf" => {
                let name = operation.operands.first().copied().unwrap_or_default();
                self.state.font = (name.to_vec(), text(last));
            }
            b"Tr" => self.state.mode = text(last),
            b"Tm" => self.text = matrix(operation)?,
            b"Td" => {
                let [x, y] = numbers(operation)?;
                self.text = product([1.0, 0.0, 0.0, 1.0, x, y], self.text);
            }
            b"Tj" => self.show(&[last])?,
            _ => self.show(&array_items(last)?)?,
        }
        Ok(())
    }

    fn show(&mut self, items: &[&[u8]]) -> Result<(), RenditionError> {
        let (name, size) = &self.state.font;
        let font = self.fonts.get(name).ok_or_else(|| broken("no such font"))?;
        let place = product(self.text, self.state.matrix);
        let State {
            color,
            parameters,
            mode,
            ..
        } = &self.state;
        let mut drawn = format!(
            "{} text {} {size} {mode} {color} {parameters} {place:?}",
            self.mark, font.name
        );
        for item in items {
            if item.first().is_some_and(|byte| matches!(byte, b'(' | b'<')) {
                drawn.push_str(&font.glyphs(&string_bytes(item))?);
            } else {
                drawn.push(' ');
                drawn.push_str(&String::from_utf8_lossy(item));
            }
        }
        self.drawn.push(drawn);
        Ok(())
    }
}

impl Font {
    fn glyphs(&self, string: &[u8]) -> Result<String, RenditionError> {
        let mut text = String::new();
        let mut push = |glyph: u32| {
            let written = write!(text, " g{glyph}");
            debug_assert!(written.is_ok(), "a string takes all");
        };
        match &self.glyphs {
            Some(glyphs) => {
                for byte in string {
                    push(
                        *glyphs
                            .get(byte)
                            .ok_or_else(|| broken("a byte without a glyph"))?,
                    );
                }
            }
            None => string.chunks(2).for_each(|pair| {
                push(
                    pair.iter()
                        .fold(0, |glyph, byte| glyph << 8 | u32::from(*byte)),
                );
            }),
        }
        Ok(text)
    }
}

/// Names and numbers of the resources of one sort.
fn named(resources: &[u8], key: &[u8]) -> Result<Vec<(Vec<u8>, u32)>, RenditionError> {
    let list = between(resources, key, b">>").unwrap_or_default();
    let text = std::str::from_utf8(list).map_err(|_| broken("names of resources"))?;
    text.split('/')
        .skip(1)
        .map(|entry| {
            let mut words = entry.split_ascii_whitespace();
            let name = words.next().map(|name| format!("/{name}").into_bytes());
            let number = words.next().and_then(|number| number.parse().ok());
            name.zip(number).ok_or_else(|| broken("names of resources"))
        })
        .collect()
}

fn font(file: &PdfFile<'_>, number: u32) -> Result<Font, RenditionError> {
    let object = file.object(number)?;
    let name = between(object, b"/BaseFont/", b"/").unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    if find(object, b"/Encoding/Identity-H").is_some() {
        return Ok(Font { name, glyphs: None });
    }
    let map = stream_data(file.object(reference(object, b"/Encoding ")?)?)?;
    let ranges = between(&map, b"begincidrange\n", b"endcidrange").unwrap_or_default();
    let text = std::str::from_utf8(ranges).map_err(|_| broken("a map of characters"))?;
    let mut glyphs = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line
            .split(['<', '>'])
            .filter(|word| !word.is_empty())
            .collect();
        let [first, last, start] = words[..] else {
            return Err(broken("a map of characters"));
        };
        let byte = |word| u8::from_str_radix(word, 16).map_err(|_| broken("a map of characters"));
        let start: u32 = start.parse().map_err(|_| broken("a map of characters"))?;
        glyphs.extend((byte(first)?..=byte(last)?).zip(start..));
    }
    Ok(Font {
        name,
        glyphs: Some(glyphs),
    })
}

/// An image as text: its size and its pixels, black or not.
fn pixels(object: &[u8]) -> Result<String, RenditionError> {
    let number = |key: &[u8]| {
        let rest = object.get(find(object, key)? + key.len()..)?;
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        std::str::from_utf8(rest.get(..end)?)
            .ok()?
            .parse::<usize>()
            .ok()
    };
    let field = |key: &[u8]| number(key).ok_or_else(|| broken("an image without a size"));
    let (width, bits) = (field(b"/Width ")?, field(b"/BitsPerComponent ")?);
    let data = stream_data(object)?;
    let mut text = format!("{width} ");
    match bits {
        1 => {
            for row in data.chunks(width.div_ceil(8)) {
                let bits = row
                    .iter()
                    .flat_map(|byte| (0..8).map(move |bit| byte << bit & 0x80));
                text.extend(bits.take(width).map(|bit| if bit == 0 { '#' } else { '.' }));
            }
        }
        8 => text.extend(data.iter().map(|byte| match byte {
            0 => '#',
            255 => '.',
            _ => '?',
        })),
        _ => return Err(broken("an image of another depth")),
    }
    Ok(text)
}

fn numbers<const N: usize>(operation: &Operation<'_>) -> Result<[f64; N], RenditionError> {
    let mut numbers = [0.0; N];
    for (number, word) in numbers.iter_mut().zip(&operation.operands) {
        let text = std::str::from_utf8(word)
            .ok()
            .and_then(|word| word.parse().ok());
        *number = text.ok_or_else(|| broken("not a number"))?;
    }
    Ok(numbers)
}

fn matrix(operation: &Operation<'_>) -> Result<Matrix, RenditionError> {
    numbers(operation)
}

/// `first`, then `second`.
fn product(first: Matrix, second: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = second;
    [
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + l,
    ]
}
