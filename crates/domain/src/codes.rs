//! Codes that are texts of a closed form: SIREN, INSEE commune, service, agent's number…
//!
//! A value of one of these types always has its form; nothing else can be constructed.

use std::fmt;
use std::str::FromStr;

use crate::InvalidValue;

macro_rules! text_code {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The code as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidValue { what: $what, expected: $expected })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_upper_or_digit(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_printable_code(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

fn is_insee_commune(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [b'2', b'A' | b'B', rest @ ..] => rest.len() == 3 && rest.iter().all(u8::is_ascii_digit),
        _ => bytes.len() == 5 && is_digits(text),
    }
}

text_code!(
    /// Number of a collectivity in the SIRENE register: nine digits.
    ///
    /// The Luhn key is not asked: the simulation uses numbers that are nobody's.
    Siren, "SIREN", "nine digits", |text| text.len() == 9 && is_digits(text)
);
text_code!(
    /// INSEE code of a commune, five characters, Corsica with `2A`/`2B`, overseas with `97x`/`98x`.
    InseeCode, "INSEE code of a commune", "five digits, or 2A/2B and three digits", is_insee_commune
);
text_code!(
    /// Code of a police service, as printed on the avis: two digits and three to seven letters or digits.
    ServiceCode, "code of a police service", "two digits, then three to seven capitals or digits",
    |text| (5..=9).contains(&text.len())
        && text.get(..2).is_some_and(is_digits)
        && is_upper_or_digit(text)
);
text_code!(
    /// An agent's personal number (CPP A37-16: the avis shows the number, never the name).
    Matricule, "agent's number", "one to ten capitals or digits",
    |text| (1..=10).contains(&text.len()) && is_upper_or_digit(text)
);
text_code!(
    /// Serial number of an agent's card, as the registration authority printed it.
    CardSerial, "serial number of a card", "one to twenty-four letters, digits, '-' or '.'",
    |text| (1..=24).contains(&text.len()) && is_printable_code(text)
);
text_code!(
    /// Serial number of a validated device (verbalisation terminal).
    DeviceSerial, "serial number of a device", "one to twenty-four letters, digits, '-' or '.'",
    |text| (1..=24).contains(&text.len()) && is_printable_code(text)
);
text_code!(
    /// Number of a procès-verbal, unique per service and year.
    PvNumber, "number of a procès-verbal", "one to twenty capitals or digits",
    |text| (1..=20).contains(&text.len()) && is_upper_or_digit(text)
);
text_code!(
    /// Code of an officier du ministère public, minted by this simulator: `OMP-` département `-` rank.
    OmpCode, "code of an OMP", "OMP-<département>-<two digits>",
    |text| text.len() <= 12 && text.starts_with("OMP-") && is_printable_code(text)
);

impl Siren {
    /// The nine digits as a number, for narrow database columns.
    #[must_use]
    pub fn as_number(&self) -> i32 {
        self.0
            .bytes()
            .fold(0, |number, digit| number * 10 + i32::from(digit - b'0'))
    }

    /// The inverse of [`Siren::as_number`].
    ///
    /// # Errors
    /// When the number is negative or has more than nine digits.
    pub fn from_number(number: i32) -> Result<Self, InvalidValue> {
        format!("{number:09}").parse()
    }
}

impl InseeCode {
    /// The département: two characters, three overseas (`971`, `988`).
    #[must_use]
    pub fn departement(&self) -> &str {
        let length = if self.0.starts_with("97") || self.0.starts_with("98") {
            3
        } else {
            2
        };
        self.0.get(..length).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_accept_their_form_and_nothing_else() {
        assert!("213502388".parse::<Siren>().is_ok());
        assert!("21350238".parse::<Siren>().is_err());
        assert!("2A004".parse::<InseeCode>().is_ok());
        assert!("2C004".parse::<InseeCode>().is_err());
        assert!("35PM001".parse::<ServiceCode>().is_ok());
        assert!("3APM001".parse::<ServiceCode>().is_err());
        assert!("35pm001".parse::<ServiceCode>().is_err());
        assert!("".parse::<PvNumber>().is_err());
    }

    #[test]
    fn departement_of_mainland_corsica_and_overseas() {
        let of = |code: &str| code.parse::<InseeCode>().unwrap().departement().to_owned();
        assert_eq!(of("35238"), "35");
        assert_eq!(of("2A004"), "2A");
        assert_eq!(of("97411"), "974");
    }

    #[test]
    fn siren_survives_the_narrow_column() {
        let siren: Siren = "021300014".parse().unwrap();
        assert_eq!(Siren::from_number(siren.as_number()).unwrap(), siren);
        assert!(Siren::from_number(-1).is_err());
    }
}
