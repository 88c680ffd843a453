//! To whom the avis of a MIF goes: transformation, and the lines of the postal window.

use cnt_domain::mif::{Mif, Person};
use cnt_domain::plate::Country;
use cnt_domain::siv::{self, Holder};
use cnt_domain::verdict::NotTransformed;
use cnt_rendition::AddresseeRole;

use cnt_domain::latin::{postal, printable};

use crate::text::wrapped;

/// Most characters of a line (NF Z10-011).
pub(crate) const LINE_LENGTH_MAX: usize = 38;
/// Most lines, the country included (NF Z10-011).
pub(crate) const LINES_MAX: usize = 7;
/// Most characters of a name before first names are left out: two lines.
const NAME_LENGTH_MAX: usize = 2 * LINE_LENGTH_MAX;
/// First line of an avis to a company which holds a certificat d'immatriculation (CR L121-2, L121-3).
const LEGAL_REPRESENTATIVE: &str = "AU REPRESENTANT LEGAL DE";

/// The person an avis goes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressee {
    /// In which quality.
    pub role: AddresseeRole,
    /// Name as printed; a company's own name.
    pub name: String,
    /// Lines of the postal window (NF Z10-011), the country last.
    pub lines: Vec<String>,
    /// Postcode; empty abroad.
    pub postcode: String,
    /// Locality; the country abroad.
    pub locality: String,
    /// Whether they live abroad, which gives them a month more (CPP 530-2-1).
    pub is_abroad: bool,
}

impl std::fmt::Debug for Addressee {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Addressee({:?}, ***)", self.role)
    }
}

/// A MIF that lacks what every accepted one has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a MIF with neither interception nor vehicle cannot have been accepted")]
pub struct NobodyToAddress;

/// The addressee of a MIF: the person intercepted, else the holder whom the SIV gives for the plate; or why there is
/// none. An address that cannot be written by the rules of the post without losing a letter is no usable address.
///
/// # Errors
/// [`NobodyToAddress`] for a MIF that cannot have been accepted.
pub fn addressee(mif: &Mif) -> Result<Result<Addressee, NotTransformed>, NobodyToAddress> {
    if mif.offence.intercepted {
        let person = mif.person.as_ref().ok_or(NobodyToAddress)?;
        let role = match mif.vehicle {
            Some(_) => AddresseeRole::InterceptedDriver,
            None => AddresseeRole::PersonMet,
        };
        return Ok(of_person(person, role).ok_or(NotTransformed::NoAddress));
    }
    let vehicle = mif.vehicle.as_ref().ok_or(NobodyToAddress)?;
    Ok(siv::look_up(&vehicle.plate)
        .and_then(|holder| of_holder(&holder).ok_or(NotTransformed::NoAddress)))
}

fn of_holder(holder: &Holder) -> Option<Addressee> {
    let name = match holder.civility {
        Some(civility) => format!("{civility} {} {}", holder.first_name, holder.last_name),
        None => holder.last_name.clone(),
    };
    let name = printable(&name)?;
    let (role, identity) = if holder.is_company() {
        let mut lines = vec![LEGAL_REPRESENTATIVE.to_owned()];
        lines.extend(wrapped(&name, LINE_LENGTH_MAX));
        (AddresseeRole::LegalRepresentative, lines)
    } else {
        (AddresseeRole::Holder, wrapped(&name, LINE_LENGTH_MAX))
    };
    let town = format!("{} {}", holder.postcode, holder.locality);
    Window {
        role,
        name,
        identity,
        street: postal(&holder.street)?,
        town: postal(&town)?,
        country: holder.country.map(str::to_owned),
    }
    .addressee()
}

/// The address of a person is what the agent took down: second line if any, street, town, country if abroad.
fn of_person(person: &Person, role: AddresseeRole) -> Option<Addressee> {
    let name = person_name(person)?;
    let mut declared = person.address.as_slice();
    let mut country = None;
    if let [rest @ .., last] = declared
        && let Ok(code) = Country::parse(last)
    {
        (declared, country) = (rest, Some(code.postal_name().to_owned()));
    }
    let [before @ .., street, town] = declared else {
        return None;
    };
    let mut identity = wrapped(&name, LINE_LENGTH_MAX);
    for line in before {
        identity.extend(wrapped(&printable(line)?, LINE_LENGTH_MAX));
    }
    Window {
        role,
        name,
        identity,
        street: postal(street)?,
        town: postal(town)?,
        country,
    }
    .addressee()
}

/// Names are never shortened; first names after the first are left out where they do not fit two lines.
fn person_name(person: &Person) -> Option<String> {
    let last = printable(&person.last_name)?;
    let first = printable(&person.first_names)?;
    let full = format!("{first} {last}");
    if full.chars().count() <= NAME_LENGTH_MAX {
        return Some(full);
    }
    let first = first.split([' ', ',']).next().unwrap_or_default();
    Some(format!("{first} {last}"))
}

/// The parts of the window, from top to bottom.
struct Window {
    role: AddresseeRole,
    name: String,
    identity: Vec<String>,
    street: String,
    town: String,
    country: Option<String>,
}

impl Window {
    fn addressee(self) -> Option<Addressee> {
        let mut lines = self.identity;
        lines.extend(wrapped(&self.street, LINE_LENGTH_MAX));
        lines.extend(wrapped(&self.town, LINE_LENGTH_MAX));
        lines.extend(self.country.clone());
        if lines.len() > LINES_MAX {
            return None;
        }
        let is_abroad = self.country.is_some();
        let (postcode, locality) = match self.country {
            Some(country) => (String::new(), country),
            None => {
                let (postcode, locality) = self.town.split_once(' ')?;
                (postcode.to_owned(), locality.to_owned())
            }
        };
        Some(Addressee {
            role: self.role,
            name: self.name,
            lines,
            postcode,
            locality,
            is_abroad,
        })
    }
}

#[cfg(test)]
mod tests {
    use cnt_domain::mif::PersonRole;

    use super::*;

    fn holder() -> Holder {
        Holder {
            civility: Some("MME"),
            last_name: "D'HÉROUVILLE".to_owned(),
            first_name: "Zoé".to_owned(),
            street: "12 RUE DES ÉCOLES".to_owned(),
            postcode: "35000",
            locality: "RENNES",
            country: None,
        }
    }

    fn person(last: &str, first: &str, address: &[&str]) -> Person {
        Person {
            role: PersonRole::Offender,
            birth: None,
            licence: None,
            legal: None,
            last_name: last.to_owned(),
            first_names: first.to_owned(),
            address: address.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn a_holder_in_france() {
        let addressee = of_holder(&holder()).unwrap();
        assert_eq!(
            addressee.lines,
            ["MME Zoé D'HÉROUVILLE", "12 RUE DES ECOLES", "35000 RENNES"]
        );
        assert_eq!(
            (&*addressee.postcode, &*addressee.locality),
            ("35000", "RENNES")
        );
        assert!(!addressee.is_abroad && addressee.role == AddresseeRole::Holder);
    }

    #[test]
    fn a_company_is_addressed_through_its_legal_representative() {
        let company = Holder {
            civility: None,
            last_name: "SARL SERVICES INFORMATIQUES DU PONT ET DE LA RIVE GAUCHE".to_owned(),
            first_name: String::new(),
            ..holder()
        };
        let addressee = of_holder(&company).unwrap();
        assert_eq!(
            addressee.lines,
            [
                "AU REPRESENTANT LEGAL DE",
                "SARL SERVICES INFORMATIQUES DU PONT ET",
                "DE LA RIVE GAUCHE",
                "12 RUE DES ECOLES",
                "35000 RENNES"
            ]
        );
        assert_eq!(addressee.role, AddresseeRole::LegalRepresentative);
    }

    #[test]
    fn an_address_abroad_ends_with_the_country() {
        let belgian = Holder {
            postcode: "1000",
            locality: "BRUXELLES",
            country: Some("BELGIQUE"),
            ..holder()
        };
        let addressee = of_holder(&belgian).unwrap();
        assert_eq!(addressee.lines.last().unwrap(), "BELGIQUE");
        assert_eq!(
            (&*addressee.postcode, &*addressee.locality),
            ("", "BELGIQUE")
        );
        assert!(addressee.is_abroad);
    }

    #[test]
    fn a_person_met_with_a_second_line_and_a_country() {
        let met = person(
            "Müller",
            "Jean-Noël, Pierre",
            &["chez Mme Œuvrard", "3, Bahnhofstraße", "10115 Berlin", "DE"],
        );
        let addressee = of_person(&met, AddresseeRole::InterceptedDriver).unwrap();
        assert_eq!(
            addressee.lines,
            [
                "Jean-Noël, Pierre Müller",
                "chez Mme Œuvrard",
                "3 BAHNHOFSTRASSE",
                "10115 BERLIN",
                "ALLEMAGNE"
            ]
        );
        assert!(addressee.is_abroad);
    }

    #[test]
    fn names_are_never_shortened_and_never_lose_a_letter() {
        let long = "N".repeat(60);
        let met = person(
            &long,
            "Anne Marie Charlotte Victoire",
            &["1 RUE X", "35000 RENNES"],
        );
        let addressee = of_person(&met, AddresseeRole::PersonMet).unwrap();
        assert_eq!(addressee.name, format!("Anne {long}"));
        assert!(
            addressee
                .lines
                .iter()
                .all(|line| line.chars().count() <= LINE_LENGTH_MAX)
        );
        assert_eq!(
            addressee.lines[..3].concat().replace(' ', ""),
            format!("Anne{long}")
        );
        let chinese = person("李", "Wei", &["1 RUE X", "35000 RENNES"]);
        assert_eq!(of_person(&chinese, AddresseeRole::PersonMet), None);
    }
}
