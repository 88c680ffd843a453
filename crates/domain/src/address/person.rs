//! The address of a person as somebody took it down, and the name as it is printed.

use crate::country::Country;
use crate::latin::printable;

use super::{Address, AddressLine, AddressProblem, LINE_LENGTH_MAX, PostalAddress};

/// Most characters of a name before first names are left out: two lines.
const NAME_LENGTH_MAX: usize = 2 * LINE_LENGTH_MAX;

/// A name in the letters that can be printed.
///
/// # Errors
/// [`AddressProblem::Letter`].
pub fn printed_name(name: &str) -> Result<String, AddressProblem> {
    printable(name).ok_or(AddressProblem::Letter(AddressLine::Identity))
}

/// Names are never shortened; first names after the first are left out where they do not fit two lines.
///
/// # Errors
/// [`AddressProblem::Letter`].
pub fn person_name(first_names: &str, last_name: &str) -> Result<String, AddressProblem> {
    let last = printed_name(last_name)?;
    let first = printed_name(first_names)?;
    let full = format!("{first} {last}");
    if full.chars().count() <= NAME_LENGTH_MAX {
        return Ok(full);
    }
    let first = first.split([' ', ',']).next().unwrap_or_default();
    Ok(format!("{first} {last}"))
}

impl Address {
    /// An address as it was declared: complements if any, street, town, country if abroad.
    ///
    /// # Errors
    /// [`AddressProblem`]: lines are missing, or too many.
    pub fn declared(lines: &[String]) -> Result<Self, AddressProblem> {
        let mut declared = lines;
        let mut country = Country::FRANCE;
        if let [rest @ .., last] = declared
            && let Ok(code) = Country::parse(last)
        {
            (declared, country) = (rest, code);
        }
        let [before @ .., street, town] = declared else {
            return Err(AddressProblem::Missing(AddressLine::Town));
        };
        let (complement, building) = match before {
            [] => (None, None),
            [complement] => (Some(complement), None),
            [complement, building] => (Some(complement), Some(building)),
            _ => return Err(AddressProblem::TooManyLines),
        };
        Ok(Self {
            complement: complement.cloned(),
            building: building.cloned(),
            street: Some(street.clone()),
            hamlet: None,
            town: town.clone(),
            country,
        })
    }
}

impl PostalAddress {
    /// The name and address of a person as they were declared, by NF Z10-011.
    ///
    /// # Errors
    /// [`AddressProblem`]: it cannot be written without losing a word.
    pub fn of_person(
        first_names: &str,
        last_name: &str,
        declared: &[String],
    ) -> Result<(String, Self), AddressProblem> {
        let name = person_name(first_names, last_name)?;
        let address = Self::normalise(&[&name], &Address::declared(declared)?)?;
        Ok((name, address))
    }
}
