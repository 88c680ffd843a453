//! Which runs of text a laid-out document holds, in the order they are drawn, and to which slot
//! each belongs: read from the marks that the templates set around their slots.

use serde::{Deserialize, Serialize};
use typst::foundations::{Dict, Value};
use typst::introspection::{MetadataElem, Tag};
use typst::layout::{Abs, Frame, FrameItem, Transform};
use typst::text::TextItem;
use typst_layout::PagedDocument;

use crate::RenditionError;
use crate::forme::file::broken;

/// How a slot takes its string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// A text that wraps in its place.
    Block,
    /// Given lines.
    Lines,
    /// In the run of a sentence.
    Inline,
}

/// Alignment of a slot in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Align {
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right.
    Right,
}

/// What a template says of one place of a slot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// Name of the slot.
    pub(crate) name: String,
    /// How it takes its string.
    pub(crate) kind: SlotKind,
    /// Width of the place, in points.
    pub(crate) width: f64,
    /// Lines at most.
    pub(crate) lines: usize,
    /// Alignment in the place.
    pub(crate) align: Align,
}

/// One run of text on a page.
pub(crate) struct Run {
    /// Index of the page.
    pub(crate) page: usize,
    /// Horizontal place on the page, in points.
    pub(crate) x: f64,
    /// The text.
    pub(crate) item: TextItem,
    /// Number of the mark it stands in.
    pub(crate) mark: Option<usize>,
}

/// What a document draws.
#[derive(Default)]
pub(crate) struct Walk {
    /// Every mark, in order; a slot that is printed twice has two.
    pub(crate) marks: Vec<Mark>,
    /// Every run of text, in the order of drawing.
    pub(crate) runs: Vec<Run>,
    open: Option<usize>,
}

/// Walks through a document as its export does.
pub(crate) fn walk(document: &PagedDocument) -> Result<Walk, RenditionError> {
    let mut walk = Walk::default();
    for (page, content) in document.pages().iter().enumerate() {
        walk.frame(page, &content.frame, Transform::identity())?;
        if walk.open.is_some() {
            return Err(broken("a slot goes over the end of its page"));
        }
    }
    Ok(walk)
}

impl Walk {
    fn frame(
        &mut self,
        page: usize,
        frame: &Frame,
        transform: Transform,
    ) -> Result<(), RenditionError> {
        for (point, item) in frame.items() {
            let transform = transform.pre_concat(Transform::translate(point.x, point.y));
            match item {
                FrameItem::Group(group) => {
                    self.frame(page, &group.frame, transform.pre_concat(group.transform))?;
                }
                FrameItem::Text(item) if !item.glyphs.is_empty() => self.runs.push(Run {
                    page,
                    x: transform.tx.to_pt(),
                    item: item.clone(),
                    mark: self.open,
                }),
                FrameItem::Tag(Tag::Start(content, _)) => {
                    if let Some(metadata) = content.to_packed::<MetadataElem>() {
                        self.mark(&metadata.value)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn mark(&mut self, value: &Value) -> Result<(), RenditionError> {
        match value {
            Value::Dict(fields) => {
                if self.open.is_some() {
                    return Err(broken("a slot within a slot"));
                }
                let mark = Mark::read(fields).ok_or_else(|| broken("a mark of another kind"))?;
                self.open = Some(self.marks.len());
                self.marks.push(mark);
            }
            Value::Str(text) if text.as_str() == "slot-end" => self.open = None,
            _ => {}
        }
        Ok(())
    }

    /// The runs of a mark.
    pub(crate) fn runs_of(&self, mark: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.mark == Some(mark))
    }
}

impl Mark {
    fn read(fields: &Dict) -> Option<Self> {
        let text = |key: &str| match fields.get(key) {
            Ok(Value::Str(text)) => Some(text.as_str().to_owned()),
            _ => None,
        };
        let Ok(Value::Length(width)) = fields.get("width") else {
            return None;
        };
        let Ok(Value::Int(lines)) = fields.get("lines") else {
            return None;
        };
        Some(Self {
            name: text("slot")?,
            kind: match text("kind")?.as_str() {
                "block" => SlotKind::Block,
                "lines" => SlotKind::Lines,
                "inline" => SlotKind::Inline,
                _ => return None,
            },
            width: width.abs.to_pt(),
            lines: usize::try_from(*lines).ok().filter(|lines| *lines > 0)?,
            align: match text("align")?.as_str() {
                "center" => Align::Center,
                "right" => Align::Right,
                _ => Align::Left,
            },
        })
    }
}

/// A length in points.
pub(crate) fn points(length: Abs) -> f64 {
    length.to_pt()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::walk;
    use crate::{DocumentKind, Engine, corpus_request};

    /// What a document's facts hold is printed: a template that forgets a slot would lose it without a word.
    #[test]
    fn every_slot_is_drawn() {
        let engine = Engine::new().unwrap();
        for kind in DocumentKind::ALL {
            for rank in 0..24 {
                let request = corpus_request(kind, 5, rank).unwrap();
                let job = engine.job(&request).unwrap();
                let marks = walk(&engine.lay_out_job(&job).unwrap()).unwrap().marks;
                let drawn: BTreeSet<_> = marks.into_iter().map(|mark| mark.name).collect();
                let slots = job.facts.slots.iter();
                let written: Vec<_> = slots.map(|(name, _)| name.to_owned()).collect();
                let names: BTreeSet<_> = written.iter().cloned().collect();
                assert_eq!(
                    names.len(),
                    written.len(),
                    "{kind} {rank}: a name comes twice"
                );
                assert_eq!(names.difference(&drawn).next(), None, "{kind} {rank}");
            }
        }
    }
}
