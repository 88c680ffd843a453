//! From the facts of a document to the strings that stand in its slots.
//!
//! A template only places strings and chooses among its own sentences: every number, date and
//! amount is written here, so that whatever fills a slot writes the same letters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::charset::Coverage;
use crate::{OffenceInput, RenditionError, TelepaymentInput, VehicleInput};

/// Most characters of an address line (NF Z10-011).
pub(crate) const ADDRESS_LINE_LENGTH_MAX: usize = 38;

/// The strings and choices of one document, in the form that its template reads.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Facts {
    /// Printed strings by slot; a slot has the name of its field in the input.
    pub(crate) slots: BTreeMap<String, String>,
    /// What selects among static texts and optional rows of the template.
    pub(crate) choices: BTreeMap<&'static str, String>,
}

/// Collects the slots of a document, checking each.
pub(crate) struct FactsWriter<'a> {
    coverage: &'a Coverage,
    facts: Facts,
}

impl<'a> FactsWriter<'a> {
    pub(crate) fn new(coverage: &'a Coverage) -> Self {
        let facts = Facts {
            slots: BTreeMap::new(),
            choices: BTreeMap::new(),
        };
        Self { coverage, facts }
    }

    pub(crate) fn finish(self) -> Facts {
        self.facts
    }

    /// Sets a choice of the template.
    pub(crate) fn choose(&mut self, name: &'static str, value: &str) {
        self.facts.choices.insert(name, value.to_owned());
    }

    /// A text of the input that must be there.
    pub(crate) fn text(
        &mut self,
        field: &str,
        value: &str,
        length_max: usize,
    ) -> Result<(), RenditionError> {
        let printable = self.checked(field, value, length_max)?;
        self.slot(field, printable);
        Ok(())
    }

    /// A text of the input that may be missing: a dash stands for it.
    pub(crate) fn optional_text(
        &mut self,
        field: &str,
        value: Option<&str>,
        length_max: usize,
    ) -> Result<(), RenditionError> {
        match value {
            Some(value) => self.text(field, value, length_max),
            None => {
                self.slot(field, "–".to_owned());
                Ok(())
            }
        }
    }

    /// A code of the input: ASCII letters, digits, hyphens and spaces.
    pub(crate) fn code(
        &mut self,
        field: &str,
        value: &str,
        length_max: usize,
    ) -> Result<(), RenditionError> {
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b' ';
        if !value.bytes().all(is_code) {
            return Err(invalid(
                field,
                "holds other than letters, digits, hyphens and spaces",
            ));
        }
        self.text(field, value, length_max)
    }

    /// Address lines: one slot that holds them joined by line feeds. Errors name `field.1`,
    /// `field.2`, and so on.
    pub(crate) fn address(
        &mut self,
        field: &str,
        lines: &[String],
        lines_max: usize,
    ) -> Result<(), RenditionError> {
        if lines.is_empty() || lines.len() > lines_max {
            return Err(invalid(field, "has no line or too many"));
        }
        let mut joined = String::new();
        for (index, line) in lines.iter().enumerate() {
            let name = format!("{field}.{}", index.saturating_add(1));
            let printable = self.checked(&name, line, ADDRESS_LINE_LENGTH_MAX)?;
            if index > 0 {
                joined.push('\n');
            }
            joined.push_str(&printable);
        }
        self.slot(field, joined);
        Ok(())
    }

    /// Normalises a text that must be there, and checks its letters and length.
    pub(crate) fn checked(
        &self,
        field: &str,
        value: &str,
        length_max: usize,
    ) -> Result<String, RenditionError> {
        let printable = self.coverage.printable(field, value)?;
        if printable.is_empty() {
            return Err(invalid(field, "is empty"));
        }
        let length = printable.chars().count();
        if length > length_max {
            return Err(RenditionError::TooLong {
                field: field.to_owned(),
                length,
                length_max,
            });
        }
        Ok(printable)
    }

    /// The offence, which chooses between the places for a parked vehicle, those for a speed, and none.
    pub(crate) fn offence(&mut self, offence: &OffenceInput) -> Result<(), RenditionError> {
        self.date("offence.date", offence.date)?;
        self.time("offence.time", offence.time);
        let place = &offence.place;
        self.text("offence.place.commune", &place.commune, 50)?;
        self.code("offence.place.departement", &place.departement, 3)?;
        self.optional_text("offence.place.street", place.street.as_deref(), 70)?;
        self.optional_text("offence.place.position", place.position.as_deref(), 40)?;
        self.optional_text("offence.place.direction", place.direction.as_deref(), 40)?;
        if !(1..=99_999).contains(&offence.natinf) {
            return Err(invalid("offence.natinf", "is not between 1 and 99999"));
        }
        self.slot("offence.natinf", offence.natinf.to_string());
        if !(1..=5).contains(&offence.class) {
            return Err(invalid("offence.class", "is not between 1 and 5"));
        }
        self.slot("offence.class", offence.class.to_string());
        self.text("offence.qualification", &offence.qualification, 250)?;
        self.text("offence.defined_by", &offence.defined_by, 250)?;
        self.text("offence.punished_by", &offence.punished_by, 250)?;
        match (&offence.parking, &offence.speed) {
            (None, None) => Ok(()),
            (Some(_), Some(_)) => Err(invalid("offence.speed", "goes with no parked vehicle")),
            (Some(parking), None) => {
                self.choose("circumstances", "parking");
                let removal = yes_or_no(parking.removal_requested);
                self.slot("offence.parking.removal_requested", removal);
                let is_large = yes_or_no(parking.above_20_m2_in_tourist_zone);
                self.slot("offence.parking.above_20_m2_in_tourist_zone", is_large);
                Ok(())
            }
            (None, Some(speed)) => {
                self.choose("circumstances", "speed");
                self.speed("offence.speed.limit", speed.limit)?;
                self.speed("offence.speed.measured", speed.measured)?;
                self.speed("offence.speed.retained", speed.retained)?;
                self.text("offence.speed.device", &speed.device, 40)?;
                self.optional_text("offence.speed.road", speed.road.as_deref(), 24)
            }
        }
    }

    fn speed(&mut self, field: &str, km_h: u16) -> Result<(), RenditionError> {
        if !(1..=999).contains(&km_h) {
            return Err(invalid(field, "is not between 1 and 999 km/h"));
        }
        self.slot(field, format!("{km_h} km/h"));
        Ok(())
    }

    /// A vehicle.
    pub(crate) fn vehicle(
        &mut self,
        field: &str,
        vehicle: &VehicleInput,
    ) -> Result<(), RenditionError> {
        self.text(&format!("{field}.plate"), &vehicle.plate, 15)?;
        self.text(&format!("{field}.country"), &vehicle.country, 24)?;
        self.optional_text(&format!("{field}.make"), vehicle.make.as_deref(), 30)
    }

    /// An instant, printed in universal time: `16/03/2026 à 13 h 35 min 07 s UTC`.
    pub(crate) fn instant(&mut self, field: &str, at: Timestamp) -> Result<(), RenditionError> {
        let at = at.to_zoned(TimeZone::UTC).datetime();
        let (date, time) = (at.date(), at.time());
        self.date(field, date)?;
        let printed = format!(
            "{:02}/{:02}/{:04} à {:02} h {:02} min {:02} s UTC",
            date.day(),
            date.month(),
            date.year(),
            time.hour(),
            time.minute(),
            time.second()
        );
        self.slot(field, printed);
        Ok(())
    }

    /// A fingerprint or serial number in hexadecimal, printed in groups of `group` digits.
    pub(crate) fn hexadecimal(
        &mut self,
        field: &str,
        value: &str,
        length: std::ops::RangeInclusive<usize>,
        group: usize,
    ) -> Result<(), RenditionError> {
        let printed = hexadecimal(field, value, length, group)?;
        self.slot(field, printed);
        Ok(())
    }

    /// A date, printed `12/03/2026`.
    pub(crate) fn date(&mut self, field: &str, date: Date) -> Result<(), RenditionError> {
        if !(1900..=2199).contains(&date.year()) {
            return Err(invalid(field, "is not of this age"));
        }
        let printed = format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year());
        self.slot(field, printed);
        Ok(())
    }

    /// A time, printed `14 h 35`.
    pub(crate) fn time(&mut self, field: &str, time: Time) {
        self.slot(field, format!("{:02} h {:02}", time.hour(), time.minute()));
    }

    /// A sum of money, printed `135 €` or `135,50 €`.
    pub(crate) fn money(&mut self, field: &str, cents: i64) -> Result<(), RenditionError> {
        if !(1..=999_999).contains(&cents) {
            return Err(invalid(field, "is not between 0.01 and 9,999.99 euros"));
        }
        self.slot(field, money(cents));
        Ok(())
    }

    /// A string made here out of checked parts.
    pub(crate) fn slot(&mut self, name: &str, value: String) {
        self.facts.slots.insert(name.to_owned(), value);
    }

    /// The number of a simulated avis: ten digits beginning `99`.
    pub(crate) fn avis_number(&mut self, field: &str, number: &str) -> Result<(), RenditionError> {
        if TelepaymentInput::of_avis(number).is_none() {
            return Err(invalid(field, "is not ten digits beginning 99"));
        }
        self.slot(field, number.to_owned());
        Ok(())
    }
}

/// Checked hexadecimal digits in groups of `group`.
pub(crate) fn hexadecimal(
    field: &str,
    value: &str,
    length: std::ops::RangeInclusive<usize>,
    group: usize,
) -> Result<String, RenditionError> {
    let is_hexadecimal = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hexadecimal || !length.contains(&value.len()) {
        return Err(invalid(field, "is not hexadecimal, or of another length"));
    }
    let digits: Vec<char> = value.to_ascii_lowercase().chars().collect();
    let groups: Vec<String> = digits
        .chunks(group)
        .map(|part| part.iter().collect())
        .collect();
    Ok(groups.join(" "))
}

/// The places of a form that say whether something was so.
pub(crate) fn yes_or_no(is_so: bool) -> String {
    if is_so { "Oui" } else { "Non" }.to_owned()
}

/// The error of a field that breaks a rule.
pub(crate) fn invalid(field: &str, reason: &'static str) -> RenditionError {
    RenditionError::InvalidField {
        field: field.to_owned(),
        reason,
    }
}

fn money(cents: i64) -> String {
    let euros = cents / 100;
    let thousands = euros / 1000;
    let grouped = if thousands > 0 {
        format!("{thousands} {:03}", euros % 1000)
    } else {
        euros.to_string()
    };
    match cents % 100 {
        0 => format!("{grouped} €"),
        rest => format!("{grouped},{rest:02} €"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_the_french_way() {
        assert_eq!(money(13_500), "135 €");
        assert_eq!(money(187_500), "1 875 €");
        assert_eq!(money(4_505), "45,05 €");
        assert_eq!(money(99_999_999), "999 999,99 €");
    }
}
