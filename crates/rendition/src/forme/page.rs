//! A page's content stream, cut into what every document draws and what slots draw.

use std::ops::Range;

use crate::RenditionError;
use crate::forme::content::{Operation, operations};
use crate::forme::file::broken;

/// A marked-content sequence.
#[derive(Debug)]
pub(crate) struct Sequence {
    /// From its begin operator to its end operator.
    range: Range<usize>,
    /// The begin operator with its operands.
    pub(crate) open: Vec<u8>,
    /// Numbers of the blocks in it.
    blocks: Vec<usize>,
}

/// What a block draws.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drawn {
    /// One run of text.
    Text {
        /// Operators that set its colour.
        color: Vec<u8>,
        /// Name of the font, with its slash.
        font: Vec<u8>,
        /// Size, as written.
        size: Vec<u8>,
    },
    /// An image, by its name with its slash.
    Image(Vec<u8>),
}

/// A run of text or an image with the operators around it, from `q` to `Q`.
#[derive(Debug)]
pub(crate) struct Block {
    range: Range<usize>,
    /// Number of its sequence.
    pub(crate) sequence: usize,
    /// What it draws.
    pub(crate) drawn: Drawn,
    /// Horizontal place, as written.
    pub(crate) x: Vec<u8>,
    /// Vertical place, as written.
    pub(crate) y: Vec<u8>,
    is_plain: bool,
}

/// A page's content.
#[derive(Debug)]
pub(crate) struct Page {
    stream: Vec<u8>,
    /// Marked-content sequences.
    pub(crate) sequences: Vec<Sequence>,
    /// Blocks in the order of drawing.
    pub(crate) blocks: Vec<Block>,
}

impl Page {
    /// Finds sequences and blocks.
    pub(crate) fn read(stream: Vec<u8>) -> Result<Self, RenditionError> {
        let mut reader = Reader::default();
        for operation in operations(&stream)? {
            reader.operation(&stream, &operation)?;
        }
        let (sequences, blocks) = (reader.sequences, reader.blocks);
        Ok(Self {
            stream,
            sequences,
            blocks,
        })
    }

    /// Numbers of the blocks that draw text, in order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = usize> + '_ {
        let is_text = |block: &Block| matches!(block.drawn, Drawn::Text { .. });
        let numbered = self.blocks.iter().enumerate();
        numbered
            .filter(move |(_, block)| is_text(block))
            .map(|(number, _)| number)
    }

    /// The bytes of a block.
    pub(crate) fn bytes(&self, block: &Block) -> &[u8] {
        self.stream.get(block.range.clone()).unwrap_or_default()
    }

    /// The stream without some blocks, and without the sequences that they leave empty.
    pub(crate) fn without(&self, cut: &[usize]) -> Result<Vec<u8>, RenditionError> {
        let mut ranges = Vec::new();
        for sequence in &self.sequences {
            let gone = |block: &usize| cut.contains(block);
            if !sequence.blocks.is_empty() && sequence.blocks.iter().all(gone) {
                ranges.push(sequence.range.clone());
                continue;
            }
            for number in sequence.blocks.iter().filter(|block| gone(block)) {
                ranges.extend(self.blocks.get(*number).map(|block| block.range.clone()));
            }
        }
        for number in cut {
            let plain = self.blocks.get(*number).is_some_and(|block| block.is_plain);
            if !plain {
                return Err(broken("a slot is drawn within a clip or a turn"));
            }
        }
        let mut rest = Vec::with_capacity(self.stream.len());
        let mut at = 0;
        for range in ranges {
            rest.extend_from_slice(self.stream.get(at..range.start).unwrap_or_default());
            rest.push(b'\n');
            at = range.end;
        }
        rest.extend_from_slice(self.stream.get(at..).unwrap_or_default());
        Ok(rest)
    }
}

#[derive(Default)]
struct Reader {
    sequences: Vec<Sequence>,
    blocks: Vec<Block>,
    in_sequence: bool,
    /// Starts of the open `q`.
    saved: Vec<usize>,
    matrix: Option<Vec<Vec<u8>>>,
    matrix_end: usize,
    color: Vec<u8>,
    font: Vec<Vec<u8>>,
    drawn: Option<Drawn>,
}

impl Reader {
    fn operation(
        &mut self,
        stream: &[u8],
        operation: &Operation<'_>,
    ) -> Result<(), RenditionError> {
        let operands = || {
            operation
                .operands
                .iter()
                .map(|operand| operand.to_vec())
                .collect()
        };
        match operation.operator {
            b"BDC" | b"BMC" => {
                if self.in_sequence {
                    return Err(broken("sequences of marked content are nested"));
                }
                self.in_sequence = true;
                self.sequences.push(Sequence {
                    range: operation.range.clone(),
                    open: bytes(stream, operation.range.clone()),
                    blocks: Vec::new(),
                });
            }
            b"EMC" => {
                self.in_sequence = false;
                if let Some(sequence) = self.sequences.last_mut() {
                    sequence.range.end = operation.range.end;
                }
            }
            b"q" => {
                self.saved.push(operation.range.start);
                self.matrix = None;
                self.drawn = None;
            }
            b"cm" => {
                self.matrix = Some(operands());
                self.matrix_end = operation.range.end;
            }
            b"BT" => self.color = bytes(stream, self.matrix_end..operation.range.start),
            b"Tf" => self.font = operands(),
            b"ET" => {
                let mut font = std::mem::take(&mut self.font).into_iter();
                self.drawn = Some(Drawn::Text {
                    color: std::mem::take(&mut self.color).trim_ascii().to_vec(),
                    font: font.next().unwrap_or_default(),
                    size: font.next().unwrap_or_default(),
                });
            }
            b"Do" => {
                let name = operation.operands.first().copied().unwrap_or_default();
                self.drawn = Some(Drawn::Image(name.to_vec()));
            }
            b"Q" => self.restored(operation)?,
            _ => {}
        }
        Ok(())
    }

    fn restored(&mut self, operation: &Operation<'_>) -> Result<(), RenditionError> {
        let start = self
            .saved
            .pop()
            .ok_or_else(|| broken("more is restored than was saved"))?;
        let Some(drawn) = self.drawn.take() else {
            return Ok(());
        };
        let sequence = self
            .sequences
            .len()
            .checked_sub(1)
            .filter(|_| self.in_sequence);
        let sequence = sequence.ok_or_else(|| broken("something is drawn without a mark"))?;
        let matrix = self.matrix.take().unwrap_or_default();
        let is_turned = |drawn: &Drawn| match drawn {
            Drawn::Text { .. } => {
                let upright: [&[u8]; 4] = [b"1", b"0", b"0", b"-1"];
                !matrix.iter().take(4).eq(upright.iter())
            }
            Drawn::Image(_) => false,
        };
        if let Some(sequence) = self.sequences.get_mut(sequence) {
            sequence.blocks.push(self.blocks.len());
        }
        self.blocks.push(Block {
            range: start..operation.range.end,
            sequence,
            is_plain: self.saved.is_empty() && !is_turned(&drawn),
            x: matrix.get(4).cloned().unwrap_or_default(),
            y: matrix.get(5).cloned().unwrap_or_default(),
            drawn,
        });
        Ok(())
    }
}

fn bytes(stream: &[u8], range: Range<usize>) -> Vec<u8> {
    stream.get(range).unwrap_or_default().to_vec()
}
