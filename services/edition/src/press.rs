//! Rendering: the formes that documents are filled into and stored against, and what is done with a text that does not
//! fit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cnt_rendition::{
    AvisInput, DocumentInput, DocumentKind, Engine, Formes, Made, RenderRequest, RenditionError,
    Shelf,
};
use cnt_vault::{Forme, FormeRef, LotWriter, MAX_FORMES, WriteError};

use crate::addressee::LINES_MAX;
use crate::avis::POSITION_LENGTH_MAX;
use crate::text::{shortened, wrapped};

/// How many times the texts of one document are changed before it is given up.
const ADAPTATIONS_MAX: usize = 12;

/// zstd level of documents: their dictionary is a tail of some ten kilobytes, so it is quick.
const LEVEL: i32 = 6;

/// Formes of a lot, the base included; documents of further ones are kept as they are.
const LOT_FORMES_MAX: usize = MAX_FORMES - 1;

/// Formes kept ready to compress with; when there are more, all are prepared again on demand.
const PREPARED_MAX: usize = MAX_FORMES;

/// The formes of the avis. Cheap to share between threads, costly to make.
pub struct Press {
    formes: Formes,
    /// What all other formes are kept against: that of typst's specimen.
    base: Option<Forme>,
    prepared: Mutex<HashMap<String, Forme>>,
}

/// The formes of one lot.
#[derive(Debug, Default)]
pub struct LotFormes(HashMap<String, FormeRef>);

impl LotFormes {
    /// That of a document, if the lot has it.
    #[must_use]
    pub fn of(&self, forme: &cnt_rendition::Forme) -> Option<FormeRef> {
        self.0.get(forme.name()).copied()
    }
}

/// Why the press cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The templates or fonts cannot be used.
    #[error("cannot set up the rendering of documents")]
    Rendition(#[from] RenditionError),
    /// The specimen cannot be what others are kept against.
    #[error("cannot prepare the storage of documents")]
    Write(#[from] WriteError),
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
    /// Loads templates and fonts, and fills the specimen. Formes are taken from the shelf, or compiled when they are
    /// first needed.
    ///
    /// # Errors
    /// See [`PressError`].
    pub fn new(shelf: Option<Shelf>) -> Result<Self, PressError> {
        let engine = Arc::new(Engine::new()?);
        let formes = match shelf {
            Some(shelf) => Formes::with_shelf(engine, shelf)?,
            None => Formes::new(engine)?,
        };
        let document = DocumentInput::specimen(DocumentKind::AvisContravention)?;
        let base = match formes.make(&RenderRequest { document })? {
            Made::Filled(filled) => Some(prepare(&filled.forme, None)?),
            Made::Typeset(..) => None,
        };
        Ok(Self {
            formes,
            base,
            prepared: Mutex::default(),
        })
    }

    /// Puts the formes that the documents of a lot were filled into in that lot, in the order in which `used` names
    /// them first. The same documents give the same lot, whatever was printed before.
    ///
    /// # Errors
    /// [`WriteError`] of a forme that is too large.
    pub fn lot_formes<'a>(
        &self,
        used: impl Iterator<Item = &'a Arc<cnt_rendition::Forme>>,
        writer: &mut LotWriter,
    ) -> Result<LotFormes, WriteError> {
        let mut formes = LotFormes::default();
        for forme in used {
            if formes.0.len() < LOT_FORMES_MAX && !formes.0.contains_key(forme.name()) {
                let reference = writer.add_forme(&self.prepared(forme)?)?;
                formes.0.insert(forme.name().to_owned(), reference);
            }
        }
        Ok(formes)
    }

    fn prepared(&self, forme: &cnt_rendition::Forme) -> Result<Forme, WriteError> {
        if let Some(base) = self
            .base
            .as_ref()
            .filter(|base| base.name() == forme.name())
        {
            return Ok(base.clone());
        }
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = prepared.get(forme.name()) {
            return Ok(known.clone());
        }
        let new = prepare(forme, self.base.as_ref())?;
        if prepared.len() >= PREPARED_MAX {
            prepared.clear();
        }
        prepared.insert(forme.name().to_owned(), new.clone());
        Ok(new)
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
        Ok(self.fit(input)?.1)
    }

    /// The facts of an avis as it prints them, adapted where they had to be.
    ///
    /// # Errors
    /// As [`Press::print`].
    pub fn fitting(&self, input: AvisInput) -> Result<AvisInput, RenditionError> {
        match self.fit(input)?.0 {
            DocumentInput::AvisContravention(input) => Ok(input),
            _ => Err(RenditionError::Input {
                reason: "not an avis".to_owned(),
            }),
        }
    }

    fn fit(&self, input: AvisInput) -> Result<(DocumentInput, Printed), RenditionError> {
        let mut request = RenderRequest {
            document: DocumentInput::AvisContravention(input),
        };
        let mut adaptations = 0;
        loop {
            match self.formes.make(&request) {
                Ok(made) => {
                    let printed = Printed {
                        made,
                        is_adapted: adaptations > 0,
                    };
                    return Ok((request.document, printed));
                }
                Err(error) if adaptations < ADAPTATIONS_MAX && adapt(&mut request, &error) => {
                    adaptations += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn prepare(forme: &cnt_rendition::Forme, base: Option<&Forme>) -> Result<Forme, WriteError> {
    let prefix = forme.prefix().len();
    Forme::prepare_with_prefix(forme.name(), forme.specimen(), prefix, LEVEL, base)
}

/// Whether it is the window's address that cannot be printed: such a MIF has no usable address.
#[must_use]
pub fn is_of_address(error: &RenditionError) -> bool {
    field(error).is_some_and(|field| field.starts_with("recipient."))
}

/// The field that cannot be printed as it is.
pub(crate) fn field(error: &RenditionError) -> Option<&str> {
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
