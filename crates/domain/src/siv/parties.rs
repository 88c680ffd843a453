//! Who holds a vehicle: people and companies.

use super::draw::Draw;
use super::vocabulary as words;
use super::{Identity, Party, places};
use crate::address::{Address, LINE_LENGTH_MAX};
use crate::country::Country;
use crate::latin::postal;

/// Share of people with an e-mail address, in ten thousand.
const EMAIL_SHARE: u32 = 3_500;

/// A person.
pub(super) fn person(draw: &mut Draw) -> Identity {
    let (civility, first_names) = if draw.chance(5_000) {
        ("M.", &words::MEN)
    } else {
        ("MME", &words::WOMEN)
    };
    let mut first_name = draw.pick_low(first_names).to_owned();
    if draw.chance(700) {
        let second = draw.pick_low(first_names);
        if second != first_name {
            first_name = format!("{first_name}-{second}");
        }
    }
    let mut last_name = draw.pick_low(&words::LAST_NAMES).to_owned();
    if draw.chance(500) {
        let second = draw.pick(&words::LAST_NAMES);
        if second != last_name
            && !last_name.contains([' ', '-', '\''])
            && !second.contains([' ', '-', '\''])
        {
            last_name = format!("{last_name}-{second}");
        }
    }
    Identity::Person {
        civility,
        first_name,
        last_name,
    }
}

/// A company.
pub(super) fn company(draw: &mut Draw) -> Identity {
    let (form, trade) = (draw.pick(&words::FORMS), draw.pick(&words::TRADES));
    let name = match draw.below(3) {
        0 => draw.pick_low(&words::LAST_NAMES),
        _ => draw.pick(&words::PLACES),
    };
    Identity::Company {
        name: format!("{form} {trade} {name}"),
    }
}

/// A garage, which holds the plates `W123AB`.
pub(super) fn garage(draw: &mut Draw) -> Identity {
    let (form, name) = (draw.pick(&words::FORMS), draw.pick_low(&words::LAST_NAMES));
    Identity::Company {
        name: format!("{form} GARAGE {name}"),
    }
}

/// A company that lets vehicles for long terms.
pub(super) fn lessor(draw: &mut Draw) -> Identity {
    Identity::Company {
        name: draw.pick(&words::LESSORS).to_owned(),
    }
}

/// An administration.
pub(super) fn administration(draw: &mut Draw) -> Identity {
    Identity::Company {
        name: draw.pick(&words::ADMINISTRATIONS).to_owned(),
    }
}

/// Gives an identity its address, in a country, and perhaps an e-mail address.
pub(super) fn party(identity: Identity, country: Option<Country>, draw: &mut Draw) -> Party {
    let mut address = match country {
        Some(Country::FRANCE) => places::in_france(draw),
        country => places::abroad(country, draw),
    };
    // The window has three lines above the street: companies and long names need them.
    if identity.is_company() {
        address.complement = None;
    }
    if identity.is_company() || identity.name().chars().count() > LINE_LENGTH_MAX {
        address.building = None;
    }
    let has_email = draw.chance(EMAIL_SHARE);
    let number = draw.below(100);
    let email = has_email.then(|| email(&identity, number)).flatten();
    Party {
        identity,
        address,
        email,
    }
}

/// In the domain reserved for examples (RFC 2606), so that nobody is ever written to.
pub(super) fn email(identity: &Identity, number: u32) -> Option<String> {
    let Identity::Person {
        first_name,
        last_name,
        ..
    } = identity
    else {
        return None;
    };
    let plain = |text: &str| Some(postal(text)?.to_ascii_lowercase().replace(' ', "-"));
    Some(format!(
        "{}.{}{number}@courriel.example",
        plain(first_name)?,
        plain(last_name)?
    ))
}

/// The longest address that the window holds: three lines above the street, and every line full.
pub(super) fn fullest() -> (Identity, Address) {
    let identity = Identity::Person {
        civility: "MME",
        first_name: "Marie-Françoise".to_owned(),
        last_name: "DE KERGARIOU TOUR".to_owned(),
    };
    let address = Address {
        complement: Some("APPARTEMENT 48 ESCALIER C ETAGE QUATRE".to_owned()),
        building: Some("RESIDENCE DU VERGER DES HAUTS DE LA CO".to_owned()),
        street: Some("8 BIS AVENUE DU MARECHAL DE LATTRE DE TASSIGNY".to_owned()),
        hamlet: Some("LES GRANDS CHAMPS DE LA CROIX BLANCHE".to_owned()),
        town: "35000 RENNES".to_owned(),
        country: Country::FRANCE,
    };
    (identity, address)
}
