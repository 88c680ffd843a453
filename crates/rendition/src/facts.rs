//! From the facts of a document to the strings that stand in its slots.
//!
//! A template only places strings and chooses among its own sentences: every number, date and
//! amount is written here, so that whatever fills a slot writes the same letters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::charset::Coverage;
use crate::{OffenceInput, RenditionError, TelepaymentInput, VehicleInput};

/// Most characters of an address line (NF Z10-011).
pub(crate) const ADDRESS_LINE_LENGTH_MAX: usize = 38;

/// Slots of an avis, about.
const SLOTS_USUAL: usize = 64;

/// The strings and choices of one document, in the form that its template reads.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Facts {
    /// Printed strings by slot; a slot has the name of its field in the input.
    pub(crate) slots: Slots,
    /// What selects among static texts and optional rows of the template.
    pub(crate) choices: BTreeMap<&'static str, Cow<'static, str>>,
}

/// Name of a slot.
pub(crate) type Name = Cow<'static, str>;

/// Strings by the names of their slots, in the order in which they were written: the same for all documents of a
/// variant. No two have one name.
#[derive(Debug, Clone)]
pub(crate) struct Slots(Vec<(Name, String)>);

impl Slots {
    /// The string of a slot.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut slots = self.0.iter();
        slots.find_map(|(own, value)| (own == name).then_some(value.as_str()))
    }

    /// Every slot with its string.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let slots = self.0.iter();
        slots.map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// Every slot with its string, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        let slots = self.0.iter_mut();
        slots.map(|(name, value)| (&**name, value))
    }

    /// Drops the slots whose names begin so.
    pub(crate) fn drop_beginning(&mut self, prefixes: &[&str]) {
        let is_dropped = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        self.0.retain(|(name, _)| !is_dropped(name));
    }
}

impl Serialize for Slots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Collects the slots of a document, checking each.
pub(crate) struct FactsWriter<'a> {
    coverage: &'a Coverage,
    facts: Facts,
}

impl<'a> FactsWriter<'a> {
    pub(crate) fn new(coverage: &'a Coverage) -> Self {
        let facts = Facts {
            slots: Slots(Vec::with_capacity(SLOTS_USUAL)),
            choices: BTreeMap::new(),
        };
        Self { coverage, facts }
    }

    pub(crate) fn finish(self) -> Facts {
        self.facts
    }

    /// Sets a choice of the template.
    pub(crate) fn choose(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.facts.choices.insert(name, value.into());
    }

    /// A text of the input that must be there.
    pub(crate) fn text(
        &mut self,
        field: impl Into<Name>,
        value: &str,
        length_max: usize,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        let printable = self.checked(&field, value, length_max)?;
        self.slot(field, printable);
        Ok(())
    }

    /// A text of the input that may be missing: a dash stands for it.
    pub(crate) fn optional_text(
        &mut self,
        field: impl Into<Name>,
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
        field: impl Into<Name>,
        value: &str,
        length_max: usize,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b' ';
        if !value.bytes().all(is_code) {
            return Err(invalid(
                &field,
                "holds other than letters, digits, hyphens and spaces",
            ));
        }
        self.text(field, value, length_max)
    }

    /// Address lines: one slot that holds them joined by line feeds. Errors name `field.1`,
    /// `field.2`, and so on.
    pub(crate) fn address(
        &mut self,
        field: impl Into<Name>,
        lines: &[String],
        lines_max: usize,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        if lines.is_empty() || lines.len() > lines_max {
            return Err(invalid(&field, "has no line or too many"));
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

    fn speed(&mut self, field: &'static str, km_h: u16) -> Result<(), RenditionError> {
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
        self.text(format!("{field}.plate"), &vehicle.plate, 15)?;
        self.text(format!("{field}.country"), &vehicle.country, 24)?;
        self.optional_text(format!("{field}.make"), vehicle.make.as_deref(), 30)
    }

    /// An instant, printed in universal time: `16/03/2026 à 13 h 35 min 07 s UTC`.
    pub(crate) fn instant(
        &mut self,
        field: impl Into<Name>,
        at: Timestamp,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        let at = at.to_zoned(TimeZone::UTC).datetime();
        let time = at.time();
        let mut printed = date(&field, at.date())?;
        printed.push_str(" à ");
        let parts = [
            (time.hour(), " h "),
            (time.minute(), " min "),
            (time.second(), " s UTC"),
        ];
        for (number, unit) in parts {
            push_two(number, &mut printed);
            printed.push_str(unit);
        }
        self.slot(field, printed);
        Ok(())
    }

    /// A fingerprint or serial number in hexadecimal, printed in groups of `group` digits.
    pub(crate) fn hexadecimal(
        &mut self,
        field: impl Into<Name>,
        value: &str,
        length: std::ops::RangeInclusive<usize>,
        group: usize,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        let printed = hexadecimal(&field, value, length, group)?;
        self.slot(field, printed);
        Ok(())
    }

    /// A date, printed `12/03/2026`.
    pub(crate) fn date(
        &mut self,
        field: impl Into<Name>,
        value: Date,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        let printed = date(&field, value)?;
        self.slot(field, printed);
        Ok(())
    }

    /// A time, printed `14 h 35`.
    pub(crate) fn time(&mut self, field: impl Into<Name>, time: Time) {
        let mut printed = String::with_capacity(16);
        push_two(time.hour(), &mut printed);
        printed.push_str(" h ");
        push_two(time.minute(), &mut printed);
        self.slot(field, printed);
    }

    /// A sum of money, printed `135 €` or `135,50 €`.
    pub(crate) fn money(
        &mut self,
        field: impl Into<Name>,
        cents: i64,
    ) -> Result<(), RenditionError> {
        let field = field.into();
        if !(1..=999_999).contains(&cents) {
            return Err(invalid(&field, "is not between 0.01 and 9,999.99 euros"));
        }
        self.slot(field, money(cents));
        Ok(())
    }

    /// A string made here out of checked parts. Each name comes once.
    pub(crate) fn slot(&mut self, name: impl Into<Name>, value: String) {
        self.facts.slots.0.push((name.into(), value));
    }

    /// The number of a simulated avis: ten digits beginning `99`.
    pub(crate) fn avis_number(
        &mut self,
        field: &'static str,
        number: &str,
    ) -> Result<(), RenditionError> {
        if TelepaymentInput::of_avis(number).is_none() {
            return Err(invalid(field, "is not ten digits beginning 99"));
        }
        self.slot(field, number.to_owned());
        Ok(())
    }
}

/// A date as it is printed: `12/03/2026`.
fn date(field: &str, date: Date) -> Result<String, RenditionError> {
    if !(1900..=2199).contains(&date.year()) {
        return Err(invalid(field, "is not of this age"));
    }
    let (day, month, year) = (date.day(), date.month(), date.year());
    let mut printed = String::with_capacity(40);
    for (number, separator) in [(day, "/"), (month, "/")] {
        push_two(number, &mut printed);
        printed.push_str(separator);
    }
    for part in [year / 100, year % 100] {
        push_two(i8::try_from(part).unwrap_or(0), &mut printed);
    }
    Ok(printed)
}

/// Appends a number below a hundred in two digits.
fn push_two(number: i8, text: &mut String) {
    let number = number.unsigned_abs();
    text.push(char::from(b'0' + number / 10 % 10));
    text.push(char::from(b'0' + number % 10));
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
