//! Rendering: the formes that documents are filled into and stored against, and what is done with a text that does not
//! fit.

use std::sync::Arc;

use cnt_rendition::{
    AvisInput, DocumentInput, DocumentKind, Engine, Formes, Made, RenderRequest, RenditionError,
};
use cnt_vault::{Forme, WriteError};

use crate::addressee::LINES_MAX;
use crate::avis::POSITION_LENGTH_MAX;
use crate::text::{shortened, wrapped};

/// How many times the texts of one document are changed before it is given up.
const ADAPTATIONS_MAX: usize = 12;

/// Documents of a lot that make it worth to store the specimen of their forme with it.
const DOCUMENTS_MIN: usize = 2;

/// The formes of the avis. Cheap to share between threads, costly to make.
pub struct Press {
    formes: Formes,
    specimen: Vec<u8>,
}

/// Why the press cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The templates or fonts cannot be used.
    #[error("cannot set up the rendering of documents")]
    Rendition(#[from] RenditionError),
}

/// A rendered avis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The document.
    pub made: Made,
    /// Whether a free text or the break of a line had to be changed to fit.
    pub is_adapted: bool,
}

impl Press {
    /// Loads templates and fonts, and renders the specimen. Formes are compiled when they are first needed.
    ///
    /// # Errors
    /// See [`PressError`].
    pub fn new() -> Result<Self, PressError> {
        let engine = Engine::new()?;
        let specimen = engine.specimen(DocumentKind::AvisContravention)?.pdf;
        Ok(Self {
            formes: Formes::new(Arc::new(engine))?,
            specimen,
        })
    }

    /// What the documents of a lot are compressed against: the specimens of their formes, one after another, in the
    /// order in which `used` names them first. A forme that fewer than `DOCUMENTS_MIN` documents use is left out,
    /// unless there is no other; without any, typst's specimen stands in.
    ///
    /// # Errors
    /// [`WriteError`] when there are more specimens than a lot's forme may hold.
    pub fn lot_forme<'a>(
        &self,
        used: impl Iterator<Item = &'a Arc<cnt_rendition::Forme>>,
    ) -> Result<Forme, WriteError> {
        let mut counts: Vec<(&Arc<cnt_rendition::Forme>, usize)> = Vec::new();
        for forme in used {
            match counts
                .iter_mut()
                .find(|(known, _)| known.name() == forme.name())
            {
                Some((_, count)) => *count += 1,
                None => counts.push((forme, 1)),
            }
        }
        if counts.iter().any(|(_, count)| *count >= DOCUMENTS_MIN) {
            counts.retain(|(_, count)| *count >= DOCUMENTS_MIN);
        } else {
            counts.truncate(1);
        }
        let bytes = match counts.is_empty() {
            true => self.specimen.clone(),
            false => counts
                .iter()
                .flat_map(|(forme, _)| forme.specimen())
                .collect(),
        };
        let kind = DocumentKind::AvisContravention.code();
        let name = format!("{kind}/{}/{}", self.template_version(), counts.len());
        Forme::prepare(&name, bytes)
    }

    /// The formes of the avis.
    #[must_use]
    pub fn formes(&self) -> &Formes {
        &self.formes
    }

    /// Version of the template of the avis.
    #[must_use]
    pub fn template_version(&self) -> &str {
        self.formes
            .engine()
            .template_version(DocumentKind::AvisContravention)
    }

    /// Makes an avis: fills its forme, or has typst lay it out. A text that does not fit is adapted: the agent's words on the position, the direction, the device and the make are
    /// shortened or left out, the street goes on in the line of the position, a line of the window is broken. Names,
    /// law, amounts and dates are never changed.
    ///
    /// # Errors
    /// What still does not fit, or a fault of the template; messages name fields, never their values.
    pub fn print(&self, input: AvisInput) -> Result<Printed, RenditionError> {
        let mut request = RenderRequest {
            document: DocumentInput::AvisContravention(input),
        };
        let mut adaptations = 0;
        loop {
            match self.formes.make(&request) {
                Ok(made) => {
                    return Ok(Printed {
                        made,
                        is_adapted: adaptations > 0,
                    });
                }
                Err(error) if adaptations < ADAPTATIONS_MAX && adapt(&mut request, &error) => {
                    adaptations += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether it is the window's address that cannot be printed: such a MIF has no usable address.
#[must_use]
pub fn is_of_address(error: &RenditionError) -> bool {
    field(error).is_some_and(|field| field.starts_with("recipient."))
}

/// The field that cannot be printed as it is.
fn field(error: &RenditionError) -> Option<&str> {
    match error {
        RenditionError::MissingGlyph { field, .. }
        | RenditionError::TooLong { field, .. }
        | RenditionError::DoesNotFit { field } => Some(field),
        _ => None,
    }
}

/// Changes a text that may be changed; false if there is nothing left to change.
fn adapt(request: &mut RenderRequest, error: &RenditionError) -> bool {
    let (DocumentInput::AvisContravention(input), Some(field)) =
        (&mut request.document, field(error))
    else {
        return false;
    };
    match field {
        "offence.place.position" => halve(&mut input.offence.place.position),
        "offence.place.direction" => halve(&mut input.offence.place.direction),
        "offence.place.street" => carry_over(input),
        "offence.speed.device" => input.offence.speed.as_mut().is_some_and(|speed| {
            let length = speed.device.chars().count();
            speed.device = shortened(&speed.device, length.div_ceil(2));
            length > 1
        }),
        "vehicle.make" => input
            .vehicle
            .as_mut()
            .is_some_and(|vehicle| halve(&mut vehicle.make)),
        _ => field
            .strip_prefix("recipient.")
            .and_then(|number| number.parse::<usize>().ok())
            .is_some_and(|number| break_line(&mut input.recipient, number)),
    }
}

fn halve(text: &mut Option<String>) -> bool {
    let Some(value) = text.take() else {
        return false;
    };
    let length = value.chars().count();
    *text = (length > 4).then(|| shortened(&value, length.div_ceil(2)));
    true
}

/// Moves the last words of the street to the line of the position.
fn carry_over(input: &mut AvisInput) -> bool {
    let place = &mut input.offence.place;
    let Some(street) = place.street.clone() else {
        return false;
    };
    let Some((kept, moved)) = street.rsplit_once(' ') else {
        return false;
    };
    let position = match &place.position {
        Some(position) => format!("{moved} {position}"),
        None => moved.to_owned(),
    };
    place.position = Some(shortened(&position, POSITION_LENGTH_MAX));
    place.street = Some(kept.to_owned());
    true
}

/// Breaks a line of the window in two, if there is room for one more.
fn break_line(lines: &mut Vec<String>, number: usize) -> bool {
    if lines.len() >= LINES_MAX {
        return false;
    }
    let Some(line) = number.checked_sub(1).and_then(|index| lines.get(index)) else {
        return false;
    };
    let length = line.chars().count();
    let halves: Vec<String> = (length.div_ceil(2)..length)
        .map(|length_max| wrapped(line, length_max))
        .find(|halves| halves.len() == 2)
        .unwrap_or_default();
    if halves.is_empty() {
        return false;
    }
    lines.splice(number - 1..number, halves);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_in_two_halves_if_there_is_room() {
        let mut lines = vec![
            "MME WANDA WOLFRAM WYSS".to_owned(),
            "35000 RENNES".to_owned(),
        ];
        assert!(break_line(&mut lines, 1));
        assert_eq!(lines, ["MME WANDA", "WOLFRAM WYSS", "35000 RENNES"]);
        let mut full: Vec<String> = (0..7).map(|n| format!("L {n}")).collect();
        assert!(!break_line(&mut full, 1));
        assert!(!break_line(&mut lines, 9) && !break_line(&mut lines, 0));
    }

    #[test]
    fn a_text_shrinks_until_it_is_gone() {
        let mut text = Some("FACE AU NUMERO 12".to_owned());
        let mut rounds = 0;
        while halve(&mut text) {
            rounds += 1;
        }
        assert!(text.is_none() && rounds < 6);
    }
}
