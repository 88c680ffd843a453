//! To whom the avis of a MIF goes: transformation, and the lines of the postal window.

use cnt_contracts::letter::DriverV1;
use cnt_domain::address::{Address, AddressProblem, PostalAddress, person_name, printed_name};
use cnt_domain::mif::{Mif, Person};
use cnt_domain::siv::{self, Quality, Registration};
use cnt_domain::verdict::NotTransformed;
use cnt_rendition::AddresseeRole;

pub(crate) use cnt_domain::address::{LINE_LENGTH_MAX, LINES_MAX};

/// First line of an avis to a company, whose legal representative answers for it (CR L121-2, L121-3).
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

/// The addressee of a MIF: the person intercepted, or the legal person that is the author through them (CPP 530-3); else, of the vehicle and on the day of the offence, whom the law
/// charges (CR L121-2, L121-3), and for any other offence the holder (CPP A37-15); or why there is none.
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
        return Ok(of_person(person, role).map_err(NotTransformed::Unwritable));
    }
    let vehicle = mif.vehicle.as_ref().ok_or(NobodyToAddress)?;
    Ok(
        siv::look_up(&vehicle.plate, mif.offence.day).and_then(|registration| {
            of_registration(&registration).map_err(NotTransformed::Unwritable)
        }),
    )
}

/// A hirer or buyer that is a company is addressed through its legal representative too.
fn of_registration(registration: &Registration) -> Result<Addressee, AddressProblem> {
    let party = &registration.liable;
    let is_company = party.identity.is_company();
    let role = match registration.quality {
        Quality::Hirer => AddresseeRole::Hirer,
        Quality::Buyer => AddresseeRole::Buyer,
        Quality::Holder if is_company => AddresseeRole::LegalRepresentative,
        Quality::Holder => AddresseeRole::Holder,
    };
    let name = printed_name(&party.identity.name())?;
    let above: &[&str] = if is_company {
        &[LEGAL_REPRESENTATIVE, &name]
    } else {
        &[&name]
    };
    let address = PostalAddress::normalise(above, &party.address)?;
    Ok(written(role, name, &address))
}

/// The address of a person is what the agent took down: complements if any, street, town, country if abroad. Of a legal
/// person, it is its own.
fn of_person(person: &Person, role: AddresseeRole) -> Result<Addressee, AddressProblem> {
    let (name, role) = match &person.legal {
        Some(legal) => (printed_name(&legal.name)?, AddresseeRole::LegalPersonAuthor),
        None => (person_name(&person.first_names, &person.last_name)?, role),
    };
    let address = Address::declared(&person.address)?;
    let address = PostalAddress::normalise(&[&name], &address)?;
    Ok(written(role, name, &address))
}

/// A driver who was designated, at the address that was declared for them.
///
/// # Errors
/// [`AddressProblem`]: it cannot be written without losing a word.
pub fn designated(driver: &DriverV1) -> Result<Addressee, AddressProblem> {
    let (name, address) =
        PostalAddress::of_person(&driver.first_names, &driver.last_name, &driver.address)?;
    Ok(written(AddresseeRole::DesignatedDriver, name, &address))
}

impl Addressee {
    /// Whether it is addressed through its legal representative.
    #[must_use]
    pub fn is_represented(&self) -> bool {
        self.lines
            .first()
            .is_some_and(|line| line == LEGAL_REPRESENTATIVE)
    }

    /// The same person at the address that they declared since. Whether they lived abroad when the avis was sent still rules
    /// its delays.
    ///
    /// # Errors
    /// [`AddressProblem`]: it cannot be written without losing a word.
    pub fn moved_to(&self, declared: &[String]) -> Result<Self, AddressProblem> {
        let above: &[&str] = if self.is_represented() {
            &[LEGAL_REPRESENTATIVE, &self.name]
        } else {
            &[&self.name]
        };
        let address = PostalAddress::normalise(above, &Address::declared(declared)?)?;
        Ok(Self {
            is_abroad: self.is_abroad,
            ..written(self.role, self.name.clone(), &address)
        })
    }
}

fn written(role: AddresseeRole, name: String, address: &PostalAddress) -> Addressee {
    Addressee {
        role,
        name,
        lines: address.lines().into_iter().map(str::to_owned).collect(),
        postcode: address.postcode().to_owned(),
        locality: address.locality().to_owned(),
        is_abroad: address.is_abroad(),
    }
}

#[cfg(test)]
mod tests {
    use cnt_domain::address::AddressLine;
    use cnt_domain::mif::PersonRole;
    use cnt_domain::plate::{Country, Plate};
    use jiff::civil::{Date, date};

    use super::*;

    const DAY: Date = date(2026, 11, 20);

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

    fn magic(plate: &str, day: Date) -> Result<Addressee, NotTransformed> {
        let plate = Plate::parse(plate, Country::FRANCE).unwrap();
        siv::look_up(&plate, day)
            .and_then(|found| of_registration(&found).map_err(NotTransformed::Unwritable))
    }

    #[test]
    fn a_legal_person_is_addressed_as_the_author_it_is() {
        let mut met = person("DURAND", "Zoé", &["3 rue du Four", "35000 Rennes"]);
        met.legal = Some(cnt_domain::mif::LegalPerson {
            name: "LES DEUX VALLÉES".to_owned(),
            siren: cnt_domain::codes::Siren::from_number(213_502_388).unwrap(),
        });
        let addressee = of_person(&met, AddresseeRole::PersonMet).unwrap();
        assert_eq!(addressee.role, AddresseeRole::LegalPersonAuthor);
        assert_eq!(addressee.name, "LES DEUX VALLÉES");
        assert_eq!(addressee.lines[0], addressee.name);
    }

    #[test]
    fn whom_the_law_charges_is_addressed() {
        use AddresseeRole::{Buyer, Hirer, Holder, LegalRepresentative};
        let before = date(2026, 8, 31);
        for (plate, day, role, is_company, is_abroad) in [
            ("ZZ001ZZ", DAY, Holder, false, false),
            ("ZZ002ZZ", DAY, LegalRepresentative, true, false),
            ("ZZ003ZZ", DAY, Hirer, false, false),
            ("ZZ004ZZ", DAY, Hirer, true, false),
            ("ZZ005ZZ", DAY, Buyer, false, false),
            ("ZZ006ZZ", DAY, Holder, false, false),
            ("ZZ007ZZ", DAY, Holder, false, true),
            ("ZZ009ZZ", DAY, Holder, false, false),
            ("ZZ010ZZ", before, Holder, false, false),
            ("ZZ010ZZ", date(2026, 9, 5), Buyer, false, false),
            ("ZZ010ZZ", DAY, Holder, false, false),
            ("ZZ106ZZ", before, Holder, false, false),
        ] {
            let addressee = magic(plate, day).unwrap();
            assert_eq!(addressee.role, role, "{plate}");
            assert_eq!(
                addressee.lines[0] == LEGAL_REPRESENTATIVE,
                is_company,
                "{plate}"
            );
            assert_eq!(
                addressee.lines[usize::from(is_company)],
                addressee.name,
                "{plate}"
            );
            assert_eq!(addressee.is_abroad, is_abroad, "{plate}");
        }
        assert_ne!(
            magic("ZZ010ZZ", before).unwrap().name,
            magic("ZZ010ZZ", DAY).unwrap().name
        );
        assert_eq!(
            magic("ZZ007ZZ", DAY).unwrap().lines.last().unwrap(),
            "BELGIQUE"
        );
    }

    #[test]
    fn whom_nobody_can_write_to_gets_no_avis() {
        for (plate, reason) in [
            ("ZZ101ZZ", NotTransformed::Unknown),
            ("ZZ102ZZ", NotTransformed::Stolen),
            ("ZZ103ZZ", NotTransformed::Destroyed),
            ("ZZ104ZZ", NotTransformed::NoAddress),
            (
                "ZZ105ZZ",
                NotTransformed::Unwritable(AddressProblem::Postcode),
            ),
            ("ZZ106ZZ", NotTransformed::Stolen),
            ("ZZ107ZZ", NotTransformed::Destroyed),
        ] {
            assert_eq!(magic(plate, DAY).unwrap_err(), reason, "{plate}");
        }
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
        assert_eq!(
            (
                &*addressee.postcode,
                &*addressee.locality,
                addressee.is_abroad
            ),
            ("", "ALLEMAGNE", true)
        );
    }

    #[test]
    fn whoever_moved_is_the_same_person_elsewhere() {
        let company = magic("ZZ002ZZ", DAY).unwrap();
        let lines = |lines: &[&str]| {
            lines
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>()
        };
        let moved = company
            .moved_to(&lines(&["12 rue de la Gare", "29200 Brest"]))
            .unwrap();
        assert_eq!(moved.lines[..2], company.lines[..2]);
        assert_eq!(
            moved.lines[moved.lines.len() - 2..],
            ["12 RUE DE LA GARE", "29200 BREST"]
        );
        assert_eq!((&*moved.postcode, &*moved.locality), ("29200", "BREST"));
        // The delays of the avis stay what they were.
        let gone = company
            .moved_to(&lines(&["3 Bahnhofstraße", "10115 Berlin", "DE"]))
            .unwrap();
        assert_eq!((gone.is_abroad, &*gone.postcode), (false, ""));
        assert_eq!(
            company.moved_to(&lines(&["12 rue de la Gare", "Brest"])),
            Err(AddressProblem::Postcode)
        );
    }

    #[test]
    fn names_are_never_shortened_and_first_names_make_room() {
        let met = person(
            "DE LA TOUR DU PIN CHAMBLY DE LA CHARCE",
            "Anne Marie Charlotte Victoire Philippine Apolline",
            &["1 RUE X", "35000 RENNES"],
        );
        let addressee = of_person(&met, AddresseeRole::PersonMet).unwrap();
        assert_eq!(
            addressee.name,
            "Anne DE LA TOUR DU PIN CHAMBLY DE LA CHARCE"
        );
        assert_eq!(
            addressee.lines[..2],
            ["Anne DE LA TOUR DU PIN CHAMBLY DE LA", "CHARCE"]
        );
        for (last, address, problem) in [
            (
                "李",
                ["1 RUE X", "35000 RENNES"],
                AddressProblem::Letter(AddressLine::Identity),
            ),
            (
                &"N".repeat(60),
                ["1 RUE X", "35000 RENNES"],
                AddressProblem::TooLong(AddressLine::Identity),
            ),
            ("X", ["1 RUE X", "RENNES"], AddressProblem::Postcode),
        ] {
            let met = person(last, "Wei", &address);
            assert_eq!(of_person(&met, AddresseeRole::PersonMet), Err(problem));
        }
    }

    #[test]
    fn the_readme_lists_the_plates_with_a_certain_outcome() {
        let readme = std::fs::read_to_string("README.md").unwrap();
        for magic in siv::MAGIC_PLATES {
            let row = format!("| `{}` | {} |", magic.plate, magic.outcome);
            assert!(readme.contains(&row), "{row}");
        }
        assert_eq!(readme.matches("| `ZZ").count(), siv::MAGIC_PLATES.len());
    }
}
