//! Registration plates by country and era.
//!
//! A plate is accepted loosely and classified strictly: a French text must follow one of the formats that France has
//! issued, each with its own exclusions; a foreign one needs only letters and digits, and is compared with the formats of
//! its country to tell a likely misreading ([`Plate::is_unusual`]), never to refuse it.

use jiff::civil::{Date, date};

use crate::InvalidValue;
pub use crate::country::Country;

mod foreign;
mod french;

/// Series a plate belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateSeries {
    /// France since 2009: `AB123CD`.
    Siv,
    /// France, provisional: `WW123AB`.
    Provisional,
    /// France, garage: `W123AB`.
    Garage,
    /// France, mopeds until 30 June 2015: `AB123C`.
    Moped,
    /// France 1950 to 2009: `1234AB35`; temporary transit (`1234TT75`) and the old `WW` had the same form.
    Fni,
    /// France, diplomatic, consular and assimilated: `102CMD1`, `E201CD15`, `12K34575`. One that has the form of the
    /// years 1950 to 2009 as well (`5CD75`) is read as such.
    Diplomatic,
    /// France, armed forces and gendarmerie: seven digits until 1979, eight since.
    Military,
    /// France, administrations 1992 to 2009 ("domaines"): `75N4786G`.
    Administrative,
    /// Any other country: letters and digits.
    Foreign,
}

impl PlateSeries {
    /// Every series.
    pub const ALL: [PlateSeries; 9] = [
        PlateSeries::Siv,
        PlateSeries::Provisional,
        PlateSeries::Garage,
        PlateSeries::Moped,
        PlateSeries::Fni,
        PlateSeries::Diplomatic,
        PlateSeries::Military,
        PlateSeries::Administrative,
        PlateSeries::Foreign,
    ];

    /// First and last day on which vehicles got plates of the series; none where no source tells.
    #[must_use]
    pub const fn issued(self) -> (Option<Date>, Option<Date>) {
        match self {
            // New vehicles from 15/04/2009, used ones from 15/10/2009: between the two, both systems issued.
            PlateSeries::Siv | PlateSeries::Provisional | PlateSeries::Garage => {
                (Some(date(2009, 4, 15)), None)
            }
            PlateSeries::Moped => (Some(date(2004, 7, 1)), Some(date(2015, 6, 30))),
            PlateSeries::Fni => (Some(date(1950, 1, 1)), Some(date(2009, 10, 14))),
            PlateSeries::Administrative => (Some(date(1992, 1, 1)), Some(date(2009, 10, 14))),
            PlateSeries::Diplomatic | PlateSeries::Military | PlateSeries::Foreign => (None, None),
        }
    }
}

/// A normalised plate: capitals and digits, no separators, with its country.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plate {
    text: Box<str>,
    country: Country,
    series: PlateSeries,
}

impl Plate {
    /// Reads a normalised plate of a country.
    ///
    /// # Errors
    /// When it follows no format of that country.
    pub fn parse(text: &str, country: Country) -> Result<Self, InvalidValue> {
        let series = if country == Country::FRANCE {
            french::series(text.as_bytes())
        } else {
            foreign::is_plausible(text.as_bytes()).then_some(PlateSeries::Foreign)
        };
        series.map(|series| Self { text: text.into(), country, series }).ok_or(InvalidValue {
            what: "registration plate",
            expected: "a format of the declared country, capitals and digits without separators",
        })
    }

    /// The plate without separators.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The country of registration.
    #[must_use]
    pub fn country(&self) -> Country {
        self.country
    }

    /// The series it belongs to.
    #[must_use]
    pub fn series(&self) -> PlateSeries {
        self.series
    }

    /// Whether a foreign plate follows none of the formats known of its country: it may have been misread, or the country
    /// may be another. False where no format is known.
    #[must_use]
    pub fn is_unusual(&self) -> bool {
        self.series == PlateSeries::Foreign
            && foreign::is_usual(&self.text, self.country) == Some(false)
    }

    /// The plate as it stands on the vehicle: `AB-123-CD`, `1234 AB 35`, `102 CMD 1`; a foreign one as it was taken down.
    #[must_use]
    pub fn as_on_vehicle(&self) -> String {
        let (separator, groups_max) = match self.series {
            PlateSeries::Foreign | PlateSeries::Military => return self.text.to_string(),
            PlateSeries::Fni => (' ', 3),
            PlateSeries::Diplomatic => (' ', 4),
            PlateSeries::Administrative => return french::administrative_as_printed(&self.text),
            PlateSeries::Siv
            | PlateSeries::Provisional
            | PlateSeries::Garage
            | PlateSeries::Moped => ('-', 3),
        };
        let mut printed = String::with_capacity(self.text.len() + 3);
        let mut groups = 1;
        let mut before: Option<char> = None;
        for letter in self.text.chars() {
            let changes =
                before.is_some_and(|last| last.is_ascii_digit() != letter.is_ascii_digit());
            // The third group of an old plate is the département, which may be 2A.
            if changes && groups < groups_max {
                printed.push(separator);
                groups += 1;
            }
            printed.push(letter);
            before = Some(letter);
        }
        printed
    }
}

#[cfg(test)]
mod tests;
