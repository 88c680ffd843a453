//! Registration plates by country and era.

use std::fmt;

use crate::InvalidValue;

/// Two-letter country code (ISO 3166-1 alpha-2), in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// France.
    pub const FRANCE: Country = Country(*b"FR");

    /// Reads a code of two capitals.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        match text.as_bytes() {
            [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => Ok(Self([*first, *second])),
            _ => Err(InvalidValue {
                what: "country",
                expected: "two capitals (ISO 3166-1 alpha-2)",
            }),
        }
    }

    /// Whether a vehicle registered there can be traced without interception: France, Belgium, Switzerland.
    #[must_use]
    pub fn is_traceable(self) -> bool {
        matches!(&self.0, b"FR" | b"BE" | b"CH")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

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
    /// France 1950 to 2009: `1234AB35`.
    Fni,
    /// Any other country: letters and digits.
    Foreign,
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
            french_series(text)
        } else {
            foreign_series(text)
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
}

/// Letters of the SIV: never I, O, U.
fn is_siv_letter(byte: u8) -> bool {
    byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O' | b'U')
}

fn french_series(text: &str) -> Option<PlateSeries> {
    let bytes = text.as_bytes();
    siv_series(bytes)
        .or_else(|| moped_series(bytes))
        .or_else(|| fni_series(bytes))
}

fn siv_series(bytes: &[u8]) -> Option<PlateSeries> {
    let is_number = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    match bytes {
        [b'W', b'W', n @ .., x, y] if n.len() == 3 && is_number(n) => {
            (is_siv_letter(*x) && is_siv_letter(*y)).then_some(PlateSeries::Provisional)
        }
        [b'W', n @ .., x, y] if n.len() == 3 && is_number(n) => {
            (is_siv_letter(*x) && is_siv_letter(*y)).then_some(PlateSeries::Garage)
        }
        [a, b, n @ .., x, y] if n.len() == 3 && is_number(n) => {
            let letters = [*a, *b, *x, *y].into_iter().all(is_siv_letter);
            let excluded = [*a, *b] == *b"SS" || [*x, *y] == *b"SS" || n == b"000";
            (letters && !excluded).then_some(PlateSeries::Siv)
        }
        _ => None,
    }
}

fn moped_series(bytes: &[u8]) -> Option<PlateSeries> {
    let (last, rest) = bytes.split_last()?;
    let letters = rest.iter().take_while(|byte| is_siv_letter(**byte)).count();
    let digits = rest.get(letters..)?;
    let fits = (1..=2).contains(&letters)
        && (2..=3).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && is_siv_letter(*last);
    fits.then_some(PlateSeries::Moped)
}

fn fni_series(bytes: &[u8]) -> Option<PlateSeries> {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = bytes.get(digits..)?;
    // The département is digits (01 to 95, 971 to 976) or 2A / 2B; the letters stand before it.
    let letters = rest
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let departement = rest.get(letters..)?;
    let known = match departement {
        [b'2', b'A' | b'B'] => true,
        [b'9', b'7', last] => (b'1'..=b'6').contains(last),
        [tens @ b'0'..=b'9', units @ b'0'..=b'9'] => {
            (1..=95).contains(&((tens - b'0') * 10 + (units - b'0')))
        }
        _ => false,
    };
    ((1..=4).contains(&digits) && (1..=3).contains(&letters) && known).then_some(PlateSeries::Fni)
}

fn foreign_series(text: &str) -> Option<PlateSeries> {
    let fits = (2..=15).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    fits.then_some(PlateSeries::Foreign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn french(text: &str) -> Option<PlateSeries> {
        Plate::parse(text, Country::FRANCE)
            .ok()
            .map(|plate| plate.series())
    }

    #[test]
    fn french_plates_by_era() {
        assert_eq!(french("AB123CD"), Some(PlateSeries::Siv));
        assert_eq!(french("WW123AB"), Some(PlateSeries::Provisional));
        assert_eq!(french("W123AB"), Some(PlateSeries::Garage));
        assert_eq!(french("AB123C"), Some(PlateSeries::Moped));
        assert_eq!(french("1234AB35"), Some(PlateSeries::Fni));
        assert_eq!(french("12ABC2A"), Some(PlateSeries::Fni));
        assert_eq!(french("12ABC971"), Some(PlateSeries::Fni));
    }

    #[test]
    fn what_the_siv_never_issues_is_refused() {
        for text in [
            "IB123CD",
            "AO123CD",
            "AB123CU",
            "SS123AB",
            "AB123SS",
            "AB000CD",
            "AB-123-CD",
            "ab123cd",
            "1234AB96",
            "",
        ] {
            assert_eq!(french(text), None, "{text}");
        }
    }

    #[test]
    fn foreign_plates_are_taken_loosely() {
        assert!(Plate::parse("1ABC234", Country::parse("BE").unwrap()).is_ok());
        assert!(Plate::parse("X", Country::parse("DE").unwrap()).is_err());
        assert!(Country::parse("de").is_err());
        assert!(!Country::parse("DE").unwrap().is_traceable());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,20}") {
            let _ = french(&text);
        }

        #[test]
        fn every_plate_of_the_siv_is_read(a in "[A-HJ-NP-RTV-Z]{2}", n in 1u32..1000, b in "[A-HJ-NP-RTV-Z]{2}") {
            prop_assume!(a != "WW");
            prop_assert_eq!(french(&format!("{a}{n:03}{b}")), Some(PlateSeries::Siv));
        }
    }
}
