//! PERSON: the person met, as far as their data can be judged without asking anybody.

use cnt_domain::law::Need;
use cnt_domain::mif::{Licence, Mif, Person, PersonRole};
use cnt_domain::plate::Country;
use cnt_domain::problem::{Problem, ProblemCode};
use jiff::ToSpan;
use jiff::civil::Date;

use super::Facts;

/// Nobody is older.
const AGE_MAX_YEARS: i32 = 120;
/// Below this age nobody can be sentenced (code de la justice pénale des mineurs).
const AGE_MIN_YEARS: i32 = 13;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some((mif, person)) = facts
        .mif
        .and_then(|mif| mif.person.as_ref().map(|person| (mif, person)))
    else {
        return;
    };
    birth(facts, mif, person, problems);
    if facts.is_whole {
        role(facts, mif, person, problems);
        licence(facts, mif, person, problems);
    }
    if person
        .legal
        .as_ref()
        .is_some_and(|legal| !has_luhn_key(legal.siren.as_str()))
    {
        let pointer = "/personne/personne_morale/siren";
        problems.push(Problem::at(ProblemCode::PersonSiren, pointer, ""));
    }
}

fn birth(facts: &Facts<'_>, mif: &Mif, person: &Person, problems: &mut Vec<Problem>) {
    let (code, detail) = match person.birth {
        // A draft may have lost a malformed date; a legal person's representative need not give theirs.
        None if person.legal.is_some() || !facts.is_whole => return,
        None => (ProblemCode::PersonBirth, "absente"),
        Some(birth) => match implausible(birth, mif.offence.day) {
            None => return,
            Some(found) => found,
        },
    };
    problems.push(Problem::at(code, "/personne/naissance", detail));
}

fn implausible(birth: Date, day: Date) -> Option<(ProblemCode, &'static str)> {
    let reaches = |years: i32| birth.saturating_add(years.years()) <= day;
    if birth > day {
        Some((ProblemCode::PersonBirth, "après les faits"))
    } else if reaches(AGE_MAX_YEARS) {
        Some((ProblemCode::PersonBirth, "plus de 120 ans"))
    } else if !reaches(AGE_MIN_YEARS) {
        Some((ProblemCode::PersonMinor, "moins de 13 ans"))
    } else {
        None
    }
}

/// Someone on foot has no vehicle and commits no offence that needs one.
fn role(facts: &Facts<'_>, mif: &Mif, person: &Person, problems: &mut Vec<Problem>) {
    let day = mif.offence.day;
    let needs_vehicle = || {
        let entry = facts.registry.natinf.in_force(mif.offence.natinf, day);
        entry.is_ok_and(|entry| facts.registry.law.needs(Need::Vehicle, entry, day))
    };
    let is_on_foot = person.role == PersonRole::Pedestrian;
    if is_on_foot && (mif.vehicle.is_some() || needs_vehicle()) {
        problems.push(Problem::at(ProblemCode::PersonRole, "/personne/role", ""));
    }
}

fn licence(facts: &Facts<'_>, mif: &Mif, person: &Person, problems: &mut Vec<Problem>) {
    let code = match &person.licence {
        Some(licence) if has_known_form(licence) => return,
        Some(_) => ProblemCode::PersonLicence,
        None => {
            let day = mif.offence.day;
            let entry = facts.registry.natinf.in_force(mif.offence.natinf, day);
            let is_driver = person.role == PersonRole::Offender && mif.vehicle.is_some();
            if !is_driver || entry.is_ok_and(|entry| entry.points == 0) || entry.is_err() {
                return;
            }
            ProblemCode::PersonLicenceMissing
        }
    };
    problems.push(Problem::at(code, "/personne/permis", ""));
}

/// French licences have twelve digits, or since 2013 two digits, two letters and five digits. Others are not judged.
fn has_known_form(licence: &Licence) -> bool {
    if licence.country != Country::FRANCE {
        return true;
    }
    let bytes = licence.number.as_bytes();
    let are_digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    match bytes {
        [y1, y2, l1, l2, rest @ ..] if rest.len() == 5 => {
            are_digits(&[*y1, *y2])
                && [*l1, *l2].iter().all(u8::is_ascii_uppercase)
                && are_digits(rest)
        }
        _ => bytes.len() == 12 && are_digits(bytes),
    }
}

/// The key of a SIREN: the sum of its digits, every second one doubled from the right, is a multiple of ten.
fn has_luhn_key(siren: &str) -> bool {
    let sum: u32 = siren
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            match (place % 2, digit) {
                (1, 5..) => digit * 2 - 9,
                (1, _) => digit * 2,
                _ => digit,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_key_of_a_siren() {
        // The INSEE's own, and those of other public bodies.
        for siren in ["120027016", "213502388", "552100554"] {
            assert!(has_luhn_key(siren), "{siren}");
        }
        assert!(!has_luhn_key("120027017") && !has_luhn_key("210027016"));
    }

    #[test]
    fn ages_on_their_birthdays() {
        let day = date(2026, 11, 20);
        let code = |birth| implausible(birth, day).map(|(code, _)| code);
        assert_eq!(code(date(2013, 11, 20)), None);
        assert_eq!(code(date(2013, 11, 21)), Some(ProblemCode::PersonMinor));
        assert_eq!(code(date(2026, 11, 21)), Some(ProblemCode::PersonBirth));
        assert_eq!(code(date(1906, 11, 21)), None);
        assert_eq!(code(date(1906, 11, 20)), Some(ProblemCode::PersonBirth));
    }
}
