//! The simulated register: magic plates, shares, and that its answers never change.

use std::collections::HashSet;
use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::address::{AddressProblem, PostalAddress};

const DAY: Date = date(2026, 11, 20);

fn plate(text: &str, country: &str) -> Plate {
    Plate::parse(text, Country::parse(country).unwrap()).unwrap()
}

fn french(text: &str) -> Plate {
    plate(text, "FR")
}

/// A large part of the numbers of the SIV, spread over its pairs of letters.
fn many(count: usize) -> impl Iterator<Item = Plate> {
    let letters: Vec<char> = "ABCDEFGHJKLMNPQRTVWXYZ".chars().collect();
    (0..count).map(move |n| {
        let letter = |index: usize| letters[index % letters.len()];
        let text = format!(
            "{}{}{:03}{}{}",
            ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'X', 'Y'][n % 10],
            letter(n / 10),
            1 + n * 7 % 999,
            letter(n / 220),
            letter(n / 4_840)
        );
        french(&text)
    })
}

fn told(plate: &Plate, on: Date) -> String {
    match look_up(plate, on) {
        Ok(registration) => {
            let address = &registration.liable.address;
            format!(
                "{:?} {} | {} | {} {} | {} | since {} | first {} | {}",
                registration.quality,
                registration.liable.identity.name(),
                address.street.as_deref().unwrap_or("-"),
                address.town,
                address.country,
                registration.liable.email.as_deref().unwrap_or("-"),
                registration.held_since,
                registration.first_registration,
                registration.make
            )
        }
        Err(reason) => reason.as_str().to_owned(),
    }
}

/// What was once answered is answered for ever: a letter must be reproducible years later.
#[test]
fn the_answers_do_not_change() {
    let mut answers = String::new();
    for (text, country) in [
        ("AB123CD", "FR"),
        ("GK501LM", "FR"),
        ("XY123ZZ", "FR"),
        ("WW123AB", "FR"),
        ("W123AB", "FR"),
        ("AB123C", "FR"),
        ("1234AB35", "FR"),
        ("75N4786G", "FR"),
        ("102CMD1", "FR"),
        ("61234567", "FR"),
        ("1ABC234", "BE"),
        ("GE12345", "CH"),
        ("BXY1234", "DE"),
    ] {
        writeln!(
            answers,
            "{text} {country}: {}",
            told(&plate(text, country), DAY)
        )
        .unwrap();
    }
    for magic in MAGIC_PLATES {
        writeln!(
            answers,
            "{}: {}",
            magic.plate,
            told(&french(magic.plate), DAY)
        )
        .unwrap();
    }
    insta::assert_snapshot!(answers);
}

#[test]
fn magic_plates_give_what_they_promise() {
    let answer = |text: &str, on: Date| look_up(&french(text), on);
    let days = [date(2026, 2, 3), DAY, date(2027, 8, 9)];
    for day in days {
        let ok = |text: &str| answer(text, day).unwrap();
        let person = ok("ZZ001ZZ");
        assert!(person.quality == Quality::Holder && !person.liable.identity.is_company());
        assert_eq!(person.liable.address.country, Country::FRANCE);
        let company = ok("ZZ002ZZ");
        assert!(company.quality == Quality::Holder && company.liable.identity.is_company());
        let hirer = ok("ZZ003ZZ");
        assert!(hirer.quality == Quality::Hirer && !hirer.liable.identity.is_company());
        assert!(hirer.holder.unwrap().is_company());
        let company_hires = ok("ZZ004ZZ");
        assert!(
            company_hires.quality == Quality::Hirer && company_hires.liable.identity.is_company()
        );
        let (bought, kept) = (ok("ZZ005ZZ"), ok("ZZ006ZZ"));
        assert!(bought.quality == Quality::Buyer && bought.holder.is_some());
        assert_eq!(bought.held_since, day.checked_sub(10.days()).unwrap());
        assert!(kept.quality == Quality::Holder && kept.holder.is_none());
        assert_eq!(ok("ZZ007ZZ").liable.address.country, Country::BELGIUM);
        let email = ok("ZZ008ZZ");
        assert!(email.liable.email.unwrap().ends_with(".example") && email.co_holder.is_some());
        let fullest = ok("ZZ009ZZ").liable;
        let written =
            PostalAddress::normalise(&[&fullest.identity.name()], &fullest.address).unwrap();
        assert_eq!(written.lines().len(), 6);
        let unwritable = ok("ZZ105ZZ").liable;
        assert_eq!(
            PostalAddress::normalise(&[&unwritable.identity.name()], &unwritable.address),
            Err(AddressProblem::Postcode)
        );
        for (text, reason) in [
            ("ZZ101ZZ", NotTransformed::Unknown),
            ("ZZ102ZZ", NotTransformed::Stolen),
            ("ZZ103ZZ", NotTransformed::Destroyed),
            ("ZZ104ZZ", NotTransformed::NoAddress),
        ] {
            assert_eq!(answer(text, day).unwrap_err(), reason, "{text}");
        }
    }
    let (before, after) = (date(2026, 8, 31), date(2026, 9, 1));
    for (text, reason) in [
        ("ZZ106ZZ", NotTransformed::Stolen),
        ("ZZ107ZZ", NotTransformed::Destroyed),
    ] {
        assert!(answer(text, before).is_ok());
        assert_eq!(answer(text, after).unwrap_err(), reason);
    }
}

#[test]
fn a_sale_before_the_offence_changes_who_answers() {
    let sold = french("ZZ010ZZ");
    let on = |day| look_up(&sold, day).unwrap();
    let seller = on(date(2026, 8, 31));
    let (buyer, holder) = (on(date(2026, 9, 1)), on(date(2026, 9, 21)));
    assert_eq!(
        (seller.quality, buyer.quality, holder.quality),
        (Quality::Holder, Quality::Buyer, Quality::Holder)
    );
    assert!(seller.liable != buyer.liable);
    assert!(buyer.holder == Some(seller.liable.identity));
    assert!(buyer.liable == holder.liable);
    assert_eq!(on(date(2026, 9, 20)).quality, Quality::Buyer);
}

/// Over twenty years an ordinary plate passes from holder to holder: each buyer becomes the next holder.
#[test]
fn holders_follow_each_other() {
    let (mut changes, mut buyers) = (0, 0);
    for plate in many(300) {
        let mut day = date(2026, 1, 1);
        let mut last: Option<Registration> = None;
        while day < date(2040, 1, 1) {
            let Ok(now) = look_up(&plate, day) else { break };
            if let Some(before) = last
                && before.liable != now.liable
                && now.quality != Quality::Hirer
                && before.quality != Quality::Hirer
            {
                changes += 1;
                assert!(now.held_since > before.held_since && now.held_since <= day);
                if now.quality == Quality::Buyer {
                    buyers += 1;
                    assert!(now.holder == Some(before.liable.identity));
                }
            }
            last = Some(now);
            day = day.checked_add(7.days()).unwrap();
        }
    }
    assert!(changes > 200 && buyers > 100, "{changes} {buyers}");
}

#[test]
fn registrations_lie_in_the_era_of_the_plate() {
    for (text, country) in [
        ("AB123CD", "FR"),
        ("XY123ZZ", "FR"),
        ("WW123AB", "FR"),
        ("W123AB", "FR"),
        ("AB123C", "FR"),
        ("1234AB35", "FR"),
        ("9ZZ2A", "FR"),
        ("75N4786G", "FR"),
        ("1ABC234", "BE"),
    ] {
        let plate = plate(text, country);
        let Ok(registration) = look_up(&plate, DAY) else {
            panic!("{text} has no holder: choose another")
        };
        let (from, until) = plate.series().issued();
        let first = registration.first_registration;
        assert!(
            from.is_none_or(|from| from <= first) && until.is_none_or(|until| first <= until),
            "{text} {first}"
        );
        assert!(first <= DAY && registration.held_since <= DAY);
    }
    let provisional = look_up(&french("WW123AB"), DAY).unwrap().first_registration;
    assert!((DAY - provisional).get_days() < 120);
    assert!(
        look_up(&french("AB123CD"), date(2009, 1, 1)).is_err(),
        "not registered yet"
    );
}

#[test]
fn garages_and_administrations_hold_their_own_series() {
    assert!(
        look_up(&french("W123AB"), DAY)
            .unwrap()
            .liable
            .identity
            .is_company()
    );
    assert!(
        look_up(&french("75N4786G"), DAY)
            .unwrap()
            .liable
            .identity
            .is_company()
    );
    assert_eq!(look_up(&french("AB123C"), DAY).unwrap().genre, "CL");
}

#[test]
fn only_belgian_and_swiss_plates_are_traced_abroad() {
    for country in Country::all() {
        let answer = look_up(
            &plate(
                "1ABC234",
                if country == Country::FRANCE {
                    "BE"
                } else {
                    country.code()
                },
            ),
            DAY,
        );
        match answer {
            Err(reason) => assert_eq!(reason, NotTransformed::Foreign, "{country}"),
            Ok(registration) => assert!(
                registration.liable.address.country.is_traceable(),
                "{country}"
            ),
        }
    }
    let swiss = look_up(&plate("GE12345", "CH"), DAY).unwrap();
    assert_eq!(swiss.liable.address.country, Country::SWITZERLAND);
}

#[test]
fn military_and_diplomatic_plates_are_in_other_registers() {
    for text in ["61234567", "102CMD1"] {
        assert_eq!(
            look_up(&french(text), DAY).unwrap_err(),
            NotTransformed::Unknown
        );
    }
}

/// The shares are met within a tenth of a percent.
#[test]
fn outcomes_come_as_often_as_promised() {
    const COUNT: usize = 100_000;
    let mut reasons = std::collections::BTreeMap::new();
    let mut names = HashSet::new();
    let (mut companies, mut hirers, mut buyers, mut abroad, mut emails) = (0, 0, 0, 0, 0);
    for plate in many(COUNT) {
        match look_up(&plate, DAY) {
            Err(reason) => *reasons.entry(reason.as_str()).or_insert(0_usize) += 1,
            Ok(registration) => {
                companies += usize::from(
                    registration.quality == Quality::Holder
                        && registration.liable.identity.is_company(),
                );
                hirers += usize::from(registration.quality == Quality::Hirer);
                buyers += usize::from(registration.quality == Quality::Buyer);
                abroad += usize::from(registration.liable.address.country != Country::FRANCE);
                emails += usize::from(registration.liable.email.is_some());
                names.insert(registration.liable.identity.name());
            }
        }
    }
    let near = |found: usize, share: u32, tolerance: usize| {
        let expected = COUNT / 10_000 * usize::try_from(share).unwrap();
        assert!(
            found.abs_diff(expected) <= tolerance,
            "{found} of {expected}"
        );
    };
    let shares = Shares::DEFAULT;
    for (reason, share) in [
        ("INCONNU", shares.unknown),
        ("SANS_ADRESSE", shares.no_address),
        ("VOLE", shares.stolen),
        ("DETRUIT", shares.destroyed),
    ] {
        near(reasons[reason], share, 100);
    }
    near(companies, 1_080, 500);
    near(hirers, shares.leased, 400);
    near(abroad, shares.abroad, 150);
    near(emails, 2_950, 500);
    assert!((200..700).contains(&buyers), "{buyers}");
    assert!(names.len() > 40_000, "{} names", names.len());
}

#[test]
fn shares_are_parameters() {
    let none = Shares {
        unknown: 0,
        stolen: 0,
        destroyed: 0,
        no_address: 0,
        company: 10_000,
        ..Shares::DEFAULT
    };
    for plate in many(2_000) {
        let registration = look_up_with(&plate, DAY, &none).unwrap();
        assert!(
            registration.quality == Quality::Hirer || registration.liable.identity.is_company()
        );
    }
    let all = Shares {
        unknown: 10_000,
        ..Shares::DEFAULT
    };
    assert!(many(100).all(|plate| look_up_with(&plate, DAY, &all).is_err()));
}

#[test]
fn nothing_personal_reaches_a_log() {
    let registration = look_up(&french("ZZ001ZZ"), DAY).unwrap();
    assert_eq!(format!("{registration:?}"), "Registration(***)");
    assert_eq!(format!("{:?}", registration.liable), "Party(***)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn whoever_is_found_can_be_written_to(
        text in "[A-HJ-NP-RTV-Y]{2}[0-9]{3}[A-HJ-NP-RTV-Z]{2}|[0-9]{2,4}[A-Z]{2}[1-8][1-9]|W[0-9]{3}[A-H]{2}|[A-H]{2}[0-9]{3}[A-H]",
        days in 0i32..8_000,
    ) {
        let on = date(2009, 10, 15).checked_add(days.days()).unwrap();
        if let Ok(plate) = Plate::parse(&text, Country::FRANCE)
            && let Ok(registration) = look_up(&plate, on)
        {
            prop_assert!(look_up(&plate, on) == Ok(registration.clone()));
            let Party { identity, address, .. } = &registration.liable;
            let name = identity.name();
            let above: &[&str] = if identity.is_company() { &["AU REPRESENTANT LEGAL DE", &name] } else { &[&name] };
            prop_assert!(PostalAddress::normalise(above, address).is_ok());
            prop_assert!(registration.held_since <= on && registration.first_registration <= registration.held_since);
        }
    }

    #[test]
    fn no_day_panics(text in "[A-Z]{2}[0-9]{3}[A-Z]{2}", year in -9_999i16..=9_999, month in 1i8..=12) {
        for country in [Country::FRANCE, Country::BELGIUM] {
            let on = date(year, month, 28);
            if let Ok(plate) = Plate::parse(&text, country)
                && let Ok(registration) = look_up(&plate, on)
            {
                prop_assert!(registration.held_since <= on);
            }
        }
    }
}
