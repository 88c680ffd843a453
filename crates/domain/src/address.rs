//! Postal addresses by NF Z10-011: at most six lines of 38 characters and the country, in a fixed order.
//!
//! | line | holds |
//! |---|---|
//! | 1 | identity of the addressee |
//! | 2 | where inside: `chez …`, floor, flat |
//! | 3 | building, residence, entrance |
//! | 4 | number and street |
//! | 5 | hamlet, `BP` |
//! | 6 | postcode and locality, `CEDEX` |
//! | 7 | country |
//!
//! Nothing is ever cut off. From line 4 on, letters are capitals without accents and nothing else but digits and single
//! spaces. What does not fit is abbreviated as the norm allows, then moved up, and refused if that is not enough.

use crate::country::Country;
use crate::latin::{postal, printable};

mod abbreviations;
mod person;

pub use person::{person_name, printed_name};

/// Most characters of a line.
pub const LINE_LENGTH_MAX: usize = 38;
/// Most lines, the country included.
pub const LINES_MAX: usize = 7;
/// Most characters of a street's name with its type, before it is abbreviated.
pub const STREET_NAME_LENGTH_MAX: usize = 32;
/// Lines above the street.
const UPPER_LINES: usize = 3;

/// An address as it was declared or registered, the addressee's name aside. Nothing in it need follow the norm.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Where inside: `chez …`, floor, flat.
    pub complement: Option<String>,
    /// Building, residence, entrance.
    pub building: Option<String>,
    /// Number and street.
    pub street: Option<String>,
    /// Hamlet, `BP`.
    pub hamlet: Option<String>,
    /// Postcode and locality.
    pub town: String,
    /// Country.
    pub country: Country,
}

/// A line of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressLine {
    /// Line 1.
    Identity,
    /// Line 2.
    Complement,
    /// Line 3.
    Building,
    /// Line 4.
    Street,
    /// Line 5.
    Hamlet,
    /// Line 6.
    Town,
}

impl AddressLine {
    /// What the line holds, in French and in English.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            AddressLine::Identity => ("identité du destinataire", "addressee's identity"),
            AddressLine::Complement => ("complément d'identité", "complement"),
            AddressLine::Building => ("bâtiment", "building"),
            AddressLine::Street => ("voie", "street"),
            AddressLine::Hamlet => ("lieu-dit", "hamlet"),
            AddressLine::Town => ("code postal et localité", "postcode and locality"),
        }
    }
}

/// Why an address cannot be written by the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AddressProblem {
    /// A letter that no Latin letter stands for.
    #[error("a letter of the {} is not Latin", .0.names().1)]
    Letter(AddressLine),
    /// Nothing stands where something must.
    #[error("the {} is missing", .0.names().1)]
    Missing(AddressLine),
    /// Longer than a line, abbreviated and broken between words where that is allowed.
    #[error("the {} exceeds 38 characters", .0.names().1)]
    TooLong(AddressLine),
    /// More than three lines above the street.
    #[error("more than three lines stand above the street")]
    TooManyLines,
    /// A French address without a postcode of five figures before the locality.
    #[error("no postcode of five figures stands before the locality")]
    Postcode,
    /// Letters too wide for the window, however the lines are broken.
    #[error("the letters are too wide for the window")]
    TooWide,
    /// `CEDEX` not at the end, or followed by anything but one or two figures.
    #[error("CEDEX does not end the line")]
    Cedex,
}

impl AddressProblem {
    /// The stable code of every problem of an address.
    pub const CODE: &'static str = "ADRESSE_NON_NORMALISABLE";

    /// The problem in French.
    #[must_use]
    pub fn french(self) -> String {
        match self {
            AddressProblem::Letter(line) => {
                format!("{} : lettre hors de l'alphabet latin", line.names().0)
            }
            AddressProblem::Missing(line) => format!("{} : ligne absente", line.names().0),
            AddressProblem::TooLong(line) => format!("{} : plus de 38 caractères", line.names().0),
            AddressProblem::TooManyLines => "plus de trois lignes au-dessus de la voie".to_owned(),
            AddressProblem::Postcode => {
                "code postal de cinq chiffres attendu avant la localité".to_owned()
            }
            AddressProblem::TooWide => {
                "caractères trop larges pour la fenêtre de l'enveloppe".to_owned()
            }
            AddressProblem::Cedex => {
                "CEDEX doit terminer la ligne, suivi au plus de deux chiffres".to_owned()
            }
        }
    }
}

/// An address as it is printed in the window: written by the norm, or it does not exist.
#[derive(Clone, PartialEq, Eq)]
pub struct PostalAddress {
    /// Lines 1 to 6; blank ones are not printed.
    lines: [Option<String>; 6],
    country: Country,
}

macro_rules! hide_personal_data {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Personal data never reach logs.
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
hide_personal_data!(Address, PostalAddress);

impl PostalAddress {
    /// Writes an address by the norm. The identity may have several parts, one below the other: `AU REPRESENTANT LEGAL
    /// DE` and the company's name.
    ///
    /// # Errors
    /// Why it cannot be written without losing a word.
    pub fn normalise(identity: &[&str], address: &Address) -> Result<Self, AddressProblem> {
        let mut top = Vec::with_capacity(UPPER_LINES);
        for part in identity {
            top.extend(upper_lines(part, AddressLine::Identity)?);
        }
        if top.is_empty() {
            return Err(AddressProblem::Missing(AddressLine::Identity));
        }
        if let Some(complement) = said(address.complement.as_deref()) {
            top.extend(upper_lines(complement, AddressLine::Complement)?);
        }
        let mut bottom = Vec::new();
        if let Some(building) = said(address.building.as_deref()) {
            bottom.extend(upper_lines(building, AddressLine::Building)?);
        }
        let street = match said(address.street.as_deref()) {
            Some(street) => {
                let (above, line) = street_lines(street, address.country)?;
                bottom.extend(above);
                Some(line)
            }
            None => None,
        };
        let hamlet = match said(address.hamlet.as_deref()) {
            Some(hamlet) => Some(one_line(hamlet, AddressLine::Hamlet)?),
            None => None,
        };
        if street.is_none() && hamlet.is_none() {
            return Err(AddressProblem::Missing(AddressLine::Street));
        }
        let town = town_line(&address.town, address.country)?;
        let [first, second, third] = upper_block(top, bottom)?;
        Ok(Self {
            lines: [first, second, third, street, hamlet, Some(town)],
            country: address.country,
        })
    }

    /// The lines to print, from top to bottom, the country last where it is not France.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        let country = self.is_abroad().then(|| self.country.postal_name());
        self.lines
            .iter()
            .filter_map(Option::as_deref)
            .chain(country)
            .collect()
    }

    /// Whether it lies abroad.
    #[must_use]
    pub fn is_abroad(&self) -> bool {
        self.country != Country::FRANCE
    }

    /// The postcode; empty abroad, where no one place holds it.
    #[must_use]
    pub fn postcode(&self) -> &str {
        self.french_town().map_or("", |(postcode, _)| postcode)
    }

    /// The locality; the country abroad.
    #[must_use]
    pub fn locality(&self) -> &str {
        self.french_town()
            .map_or(self.country.postal_name(), |(_, locality)| locality)
    }

    fn french_town(&self) -> Option<(&str, &str)> {
        let [.., town] = &self.lines;
        town.as_deref()
            .filter(|_| !self.is_abroad())?
            .split_once(' ')
    }

    /// The same address, as if it had been declared so: what is normalised stays as it is.
    #[must_use]
    pub fn as_declared(&self) -> (&str, Address) {
        let [identity, complement, building, street, hamlet, town] = &self.lines;
        let address = Address {
            complement: complement.clone(),
            building: building.clone(),
            street: street.clone(),
            hamlet: hamlet.clone(),
            town: town.clone().unwrap_or_default(),
            country: self.country,
        };
        (identity.as_deref().unwrap_or_default(), address)
    }
}

fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// A part that says something.
fn said(part: Option<&str>) -> Option<&str> {
    part.filter(|text| says_something(text))
}

/// Lines 1 to 3: as they are written, broken between words.
fn upper_lines(text: &str, line: AddressLine) -> Result<Vec<String>, AddressProblem> {
    if !says_something(text) {
        return Ok(Vec::new());
    }
    let text = printable(text).ok_or(AddressProblem::Letter(line))?;
    let mut lines =
        broken(text.split(' '), LINE_LENGTH_MAX).ok_or(AddressProblem::TooLong(line))?;
    // A comma that went into the next line alone.
    lines.retain(|line| says_something(line));
    Ok(lines)
}

/// Puts the lines above the street in their places: identity from the top, building against the street.
fn upper_block(
    top: Vec<String>,
    bottom: Vec<String>,
) -> Result<[Option<String>; UPPER_LINES], AddressProblem> {
    let blank = UPPER_LINES
        .checked_sub(top.len() + bottom.len())
        .ok_or(AddressProblem::TooManyLines)?;
    let mut lines = top
        .into_iter()
        .map(Some)
        .chain(std::iter::repeat_n(None, blank))
        .chain(bottom.into_iter().map(Some));
    Ok(std::array::from_fn(|_| lines.next().flatten()))
}

/// Line 4, and what had to move above it.
fn street_lines(text: &str, country: Country) -> Result<(Vec<String>, String), AddressProblem> {
    let text = postal(text).ok_or(AddressProblem::Letter(AddressLine::Street))?;
    let words: Vec<&str> = text.split(' ').collect();
    let words = if country == Country::FRANCE {
        abbreviations::street(words)
    } else {
        words
    };
    let whole = words.join(" ");
    if whole.len() <= LINE_LENGTH_MAX {
        return Ok((Vec::new(), whole));
    }
    // The last words stay in line 4, as many as never need an abbreviation.
    let mut kept = 1;
    while kept < words.len() && length(words.iter().rev().take(kept + 1)) <= STREET_NAME_LENGTH_MAX
    {
        kept += 1;
    }
    let (above, line) = words.split_at(words.len().saturating_sub(kept));
    let too_long = AddressProblem::TooLong(AddressLine::Street);
    let above = broken(above.iter().copied(), LINE_LENGTH_MAX).ok_or(too_long)?;
    let line = line.join(" ");
    if line.len() > LINE_LENGTH_MAX {
        return Err(too_long);
    }
    Ok((above, line))
}

fn length<'w>(words: impl Iterator<Item = &'w &'w str>) -> usize {
    words
        .map(|word| word.len() + 1)
        .sum::<usize>()
        .saturating_sub(1)
}

fn one_line(text: &str, line: AddressLine) -> Result<String, AddressProblem> {
    let text = postal(text).ok_or(AddressProblem::Letter(line))?;
    if text.len() > LINE_LENGTH_MAX {
        return Err(AddressProblem::TooLong(line));
    }
    Ok(text)
}

/// Line 6: in France a postcode of five figures, a locality, and `CEDEX` only at the end.
fn town_line(text: &str, country: Country) -> Result<String, AddressProblem> {
    if !says_something(text) {
        return Err(AddressProblem::Missing(AddressLine::Town));
    }
    let line = one_line(text, AddressLine::Town)?;
    if country != Country::FRANCE {
        return Ok(line);
    }
    let (postcode, locality) = line.split_once(' ').ok_or(AddressProblem::Postcode)?;
    let is_postcode = postcode.len() == 5 && postcode.bytes().all(|byte| byte.is_ascii_digit());
    if !is_postcode || !locality.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(AddressProblem::Postcode);
    }
    let after = locality
        .split(' ')
        .skip_while(|word| *word != "CEDEX")
        .skip(1)
        .collect::<Vec<_>>();
    let ends = match after.as_slice() {
        [] => true,
        [number] => number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if !ends || locality.starts_with("CEDEX") {
        return Err(AddressProblem::Cedex);
    }
    Ok(line)
}

/// Breaks between words; none if a word is longer than a line.
fn broken<'w>(words: impl Iterator<Item = &'w str>, length_max: usize) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut length = 0;
    for word in words {
        let letters = word.chars().count();
        if letters > length_max {
            return None;
        }
        match lines.last_mut() {
            Some(line) if length + 1 + letters <= length_max => {
                line.push(' ');
                line.push_str(word);
                length += 1 + letters;
            }
            _ => {
                lines.push(word.to_owned());
                length = letters;
            }
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests;
