//! Plates held against the table of eras and the expressions of the trade.

use fancy_regex::Regex;
use proptest::prelude::*;

use super::*;

fn french(text: &str) -> Option<PlateSeries> {
    Plate::parse(text, Country::FRANCE)
        .ok()
        .map(|plate| plate.series())
}

fn foreign(text: &str, country: &str) -> Plate {
    Plate::parse(text, Country::parse(country).unwrap()).unwrap()
}

#[test]
fn french_plates_by_era() {
    use PlateSeries::{Administrative, Diplomatic, Fni, Garage, Military, Moped, Provisional, Siv};
    for (texts, series) in [
        (
            &[
                "AA001AA", "AB123CD", "ZZ999ZZ", "SA123AS", "WA123AB", "AW123WW",
            ][..],
            Siv,
        ),
        (&["WW001AA", "WW999ZZ", "WW000AB"], Provisional),
        (&["W001AA", "W999ZZ"], Garage),
        (&["A11A", "AB123C", "ZZ999Z", "W123A", "SS12A"], Moped),
        (
            &[
                "1234AB35",
                "1A01",
                "9999ZZZ95",
                "12ABC2A",
                "12ABC2B",
                "12ABC971",
                "12ABC976",
                "123AB20",
                "123IOU75",
            ],
            Fni,
        ),
        (&["1234TT75", "1234WW75", "5CD75"], Fni),
        (
            &[
                "102CMD1",
                "8CMD1",
                "E201CD15",
                "123CD4567",
                "12K34575",
                "401C1234",
                "45C122A",
                "12CC3",
            ],
            Diplomatic,
        ),
        (&["2951533", "61234567", "82210045"], Military),
        (
            &["75N4786G", "2AD1001A", "974R1001B", "DZN1234A", "13E2000C"],
            Administrative,
        ),
    ] {
        for text in texts {
            assert_eq!(french(text), Some(series), "{text}");
        }
    }
}

#[test]
fn what_was_never_issued_is_refused() {
    for text in [
        // SIV: I, O, U, SS, 000, too short, too long.
        "IB123CD",
        "AO123CD",
        "AB123CU",
        "UB123CD",
        "AB123DI",
        "SS123AB",
        "AB123SS",
        "AB000CD",
        "AB12CD",
        "AB1234CD",
        "WW123SI",
        "WW12AB",
        "WWW123AB",
        "W123AI",
        "W12AB",
        // Mopeds.
        "A1A",
        "ABC12A",
        "A1234A",
        "I11A",
        "A11O",
        // 1950 to 2009: départements, digits, letters.
        "1234AB96",
        "1234AB00",
        "1234AB970",
        "1234AB977",
        "1234AB2C",
        "12345AB35",
        "AB35",
        "123435",
        "1234ABCD35",
        "12AB1",
        // Others.
        "012345678",
        "0123456",
        "123456",
        "75X4786G",
        "96N4786G",
        "75N478G",
        "1234CMD1",
        "CMD1",
        "102CMD",
        "102CMX1",
        "X102CD1",
        "12C12345678",
        // Not normalised.
        "AB-123-CD",
        "ab123cd",
        "AB 123 CD",
        "ÀB123CD",
        "",
        " ",
    ] {
        assert_eq!(french(text), None, "{text}");
    }
}

/// Every département of 1950 to 2009, and no other ending.
#[test]
fn departements_are_exhaustive() {
    let known = |ending: &str| {
        matches!(ending, "2A" | "2B")
            || matches!(ending.parse::<u32>(), Ok(1..=95) if ending.len() == 2)
            || matches!(ending.parse::<u32>(), Ok(971..=976) if ending.len() == 3)
    };
    let endings = (0..100)
        .map(|n| format!("{n:02}"))
        .chain((0..1000).map(|n| format!("{n:03}")));
    let corsican = ('A'..='Z').flat_map(|letter| (0..10).map(move |n| format!("{n}{letter}")));
    let mut count = 0;
    for ending in endings.chain(corsican) {
        assert_eq!(
            french(&format!("123AB{ending}")).is_some(),
            known(&ending),
            "{ending}"
        );
        count += usize::from(known(&ending));
    }
    assert_eq!(count, 95 + 6 + 2);
}

#[test]
fn foreign_plates_are_taken_loosely() {
    for (text, country) in [
        ("1ABC234", "BE"),
        ("ZH123456", "CH"),
        ("BXY1234", "DE"),
        ("XX", "JP"),
        ("A1B2C3D4E5F6G7H", "US"),
    ] {
        assert_eq!(foreign(text, country).series(), PlateSeries::Foreign);
    }
    for text in ["X", "A1B2C3D4E5F6G7H8", "AB-12", "ÖX12", "ab12", ""] {
        assert!(
            Plate::parse(text, Country::parse("DE").unwrap()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn foreign_plates_are_compared_with_their_country() {
    for (country, usual, unusual) in [
        (
            "BE",
            &["1ABC234", "ABC123", "123ABC"][..],
            &["AB123CD", "1AB234"][..],
        ),
        (
            "CH",
            &["ZH1", "GE123456", "VD12345U"],
            &["XX123", "ZH", "ZH1234567", "ZHA12"],
        ),
        (
            "DE",
            &["BXY1234", "MA1", "LERAB12", "BX123E", "HHAB12H"],
            &["AB123CD", "1ABC", "BXY0123", "ABCDEF1", "LERAB1234"],
        ),
        (
            "ES",
            &["1234BBC", "M1234AB", "GC1234AB"],
            &["1234AEI", "1234QBC", "123ABC"],
        ),
        ("IT", &["AB123CD", "MI123456"], &["AI123CD", "123ABCD"]),
        ("LU", &["AB1234", "12345"], &["ABC123", "123456"]),
        (
            "NL",
            &["GG123X", "12GBB3", "AB12CD"],
            &["1234567", "ABCDEF"],
        ),
        (
            "GB",
            &["AB12CDE", "A123BCD", "ABZ1234"],
            &["12ABCDE", "AB123CD"],
        ),
        ("AD", &["A1234"], &["AB123"]),
        ("MC", &["A123", "1234"], &["AB123CD"]),
        ("PT", &["AB12CD", "1234AB"], &["AB123CD"]),
        ("PL", &["WA12345", "KR1A234"], &["W12"]),
        ("RO", &["CJ12ABC", "B123ABC"], &["CJ1234"]),
    ] {
        for text in usual {
            assert!(!foreign(text, country).is_unusual(), "{country} {text}");
        }
        for text in unusual {
            assert!(foreign(text, country).is_unusual(), "{country} {text}");
        }
    }
    assert!(!foreign("ANY123", "JP").is_unusual(), "no format is known");
    assert!(
        !Plate::parse("AB123CD", Country::FRANCE)
            .unwrap()
            .is_unusual()
    );
}

#[test]
fn plates_are_printed_as_on_the_vehicle() {
    for (text, printed) in [
        ("AB123CD", "AB-123-CD"),
        ("WW123AB", "WW-123-AB"),
        ("W123AB", "W-123-AB"),
        ("AB12C", "AB-12-C"),
        ("1234AB35", "1234 AB 35"),
        ("12ABC2A", "12 ABC 2A"),
        ("102CMD1", "102 CMD 1"),
        ("E201CD15", "E 201 CD 15"),
        ("75N4786G", "75N-4786G"),
        ("61234567", "61234567"),
    ] {
        assert_eq!(
            Plate::parse(text, Country::FRANCE).unwrap().as_on_vehicle(),
            printed
        );
    }
    assert_eq!(foreign("1ABC234", "BE").as_on_vehicle(), "1ABC234");
}

#[test]
fn eras_are_intervals() {
    for series in PlateSeries::ALL {
        if let (Some(from), Some(until)) = series.issued() {
            assert!(from < until, "{series:?}");
        }
    }
    assert_eq!(PlateSeries::Fni.issued().1, Some(date(2009, 10, 14)));
    assert_eq!(PlateSeries::Siv.issued(), (Some(date(2009, 4, 15)), None));
}

/// The formats as the reference prints them: an oracle that shares nothing with the reader.
fn oracle(text: &str) -> Vec<PlateSeries> {
    [
        (PlateSeries::Siv, r"^(?!SS|WW)[A-HJ-NP-TV-Z]{2}(?!000)[0-9]{3}(?!SS)[A-HJ-NP-TV-Z]{2}$"),
        (PlateSeries::Provisional, r"^WW[0-9]{3}[A-HJ-NP-TV-Z]{2}$"),
        (PlateSeries::Garage, r"^W[0-9]{3}[A-HJ-NP-TV-Z]{2}$"),
        (PlateSeries::Moped, r"^[A-HJ-NP-TV-Z]{1,2}[0-9]{2,3}[A-HJ-NP-TV-Z]$"),
        (PlateSeries::Fni, r"^[0-9]{1,4}[A-Z]{1,3}(?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-6])$"),
    ]
    .into_iter()
    .filter(|(_, pattern)| {
        thread_local! {
            static COMPILED: std::cell::RefCell<std::collections::HashMap<&'static str, Regex>> = Default::default();
        }
        COMPILED.with_borrow_mut(|compiled| {
            compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text).unwrap()
        })
    })
    .map(|(series, _)| series)
    .collect()
}

fn agrees(text: &str) -> Result<(), TestCaseError> {
    let expected = oracle(text);
    prop_assert!(expected.len() <= 1, "{text} is of {expected:?}");
    let known = [
        PlateSeries::Siv,
        PlateSeries::Provisional,
        PlateSeries::Garage,
        PlateSeries::Moped,
        PlateSeries::Fni,
    ];
    let found = french(text).filter(|series| known.contains(series));
    prop_assert_eq!(found, expected.first().copied(), "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_reader_agrees_with_the_published_formats(text in "[A-Z]{0,3}[0-9]{0,4}[A-Z]{0,3}[0-9]{0,3}[AB]?") {
        agrees(&text)?;
    }

    #[test]
    fn and_so_it_does_near_the_exclusions(text in "[SWIOUA]{1,2}[0-9]{2,3}[SWIOUA]{1,2}|[0-9]{1,4}[SWIOUA]{1,3}[0-9][0-9AB][0-9]?") {
        agrees(&text)?;
    }

    #[test]
    fn every_plate_of_the_siv_is_read(a in "[A-HJ-NP-RTV-Z]{2}", n in 1u32..1000, b in "[A-HJ-NP-RTV-Z]{2}") {
        prop_assume!(a != "WW");
        prop_assert_eq!(french(&format!("{a}{n:03}{b}")), Some(PlateSeries::Siv));
    }

    #[test]
    fn no_text_panics(text in ".{0,20}", country in "[A-Z]{2}") {
        if let Ok(country) = Country::parse(&country)
            && let Ok(plate) = Plate::parse(&text, country)
        {
            prop_assert!(!plate.is_unusual() || plate.series() == PlateSeries::Foreign);
            let printed = plate.as_on_vehicle();
            let letters: String = printed.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
            prop_assert_eq!(letters.as_str(), plate.as_str());
        }
    }

    #[test]
    fn what_is_read_has_the_shape_of_the_wire(text in "[A-Z0-9]{0,16}") {
        if french(&text).is_some() {
            prop_assert!((2..=15).contains(&text.len()));
        }
    }
}
