//! Plates of all kinds, as often as they are met (domain: 5 to 6 % of traffic is foreign).

use crate::random::Draw;
use crate::vocabulary::{LETTERS, SIV_LETTERS};

/// Shapes of foreign plates: `A` is a letter, `9` a digit. Weighted by repetition.
const FOREIGN: [(&str, &str); 18] = [
    ("BE", "1AAA999"),
    ("BE", "2AAA999"),
    ("BE", "1AAA999"),
    ("CH", "GE999999"),
    ("CH", "VD99999"),
    ("DE", "AAA9999"),
    ("DE", "BAA999"),
    ("DE", "KAA9999"),
    ("GB", "AA99AAA"),
    ("ES", "9999BBC"),
    ("ES", "9999KLM"),
    ("IT", "AA999AA"),
    ("NL", "99AAA9"),
    ("LU", "AA9999"),
    ("PT", "99AA99"),
    ("PL", "WA99999"),
    ("RO", "B999AAA"),
    ("MC", "A999"),
];

/// A plate and its country (ISO 3166-1 alpha-2).
pub(crate) fn plate(genre: &str, draw: &mut Draw) -> (String, &'static str) {
    match draw.below(1_000) {
        // Mopeds kept their own series when they were registered before July 2015.
        _ if genre == "CL" && draw.percent(60) => (moped(draw), "FR"),
        0..865 => (siv(draw), "FR"),
        865..925 => (fni(draw), "FR"),
        925..935 => (format!("WW{:03}{}", draw.between(1, 999), pair(draw)), "FR"),
        935..938 => (format!("W{:03}{}", draw.between(1, 999), pair(draw)), "FR"),
        _ => foreign(draw),
    }
}

fn pair(draw: &mut Draw) -> String {
    String::from_iter([draw.letter(SIV_LETTERS), draw.letter(SIV_LETTERS)])
}

/// Two letters that the SIV issues.
fn pair_without(forbidden: &[&str], draw: &mut Draw) -> String {
    loop {
        let letters = pair(draw);
        if !forbidden.contains(&letters.as_str()) {
            return letters;
        }
    }
}

/// A plate of the SIV: never `SS`, never `WW` on the left, never `000`.
fn siv(draw: &mut Draw) -> String {
    let left = pair_without(&["SS", "WW"], draw);
    let right = pair_without(&["SS"], draw);
    format!("{left}{:03}{right}", draw.between(1, 999))
}

/// A plate of the years 1950 to 2009, with its département.
fn fni(draw: &mut Draw) -> String {
    let number = draw.between(1, 9_999);
    // `WW` was provisional, `TT` transit.
    let letters = pair_without(&["WW", "TT", "SS"], draw);
    let departement = match draw.below(100) {
        0 => "2A".to_owned(),
        1 => "2B".to_owned(),
        2 => format!("97{}", draw.between(1, 4)),
        _ => loop {
            let number = draw.between(1, 95);
            // Corsica left 20 in 1976.
            if number != 20 {
                break format!("{number:02}");
            }
        },
    };
    format!("{number}{letters}{departement}")
}

fn moped(draw: &mut Draw) -> String {
    let left = pair_without(&["WW", "SS"], draw);
    format!(
        "{left}{:03}{}",
        draw.between(100, 999),
        draw.letter(SIV_LETTERS)
    )
}

fn foreign(draw: &mut Draw) -> (String, &'static str) {
    let (country, shape) = FOREIGN
        .get(draw.below(FOREIGN.len()))
        .copied()
        .unwrap_or(("BE", "1AAA999"));
    let written = shape
        .chars()
        .map(|character| match character {
            'A' => draw.letter(LETTERS),
            '9' => draw.letter(b"123456789"),
            other => other,
        })
        .collect();
    (written, country)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use cnt_domain::plate::{Country, Plate, PlateSeries};

    use super::*;

    #[test]
    fn every_plate_is_one_of_its_country_and_all_series_occur() {
        let mut series: HashMap<PlateSeries, u32> = HashMap::new();
        let mut countries: HashMap<&str, u32> = HashMap::new();
        for index in 0..40_000 {
            let mut draw = Draw::new(7, "plates", index);
            let genre = if index % 50 == 0 { "CL" } else { "VP" };
            let (text, country) = plate(genre, &mut draw);
            let read = Plate::parse(&text, Country::parse(country).unwrap());
            let read = read.unwrap_or_else(|error| panic!("{text} ({country}): {error}"));
            *series.entry(read.series()).or_default() += 1;
            *countries.entry(country).or_default() += 1;
        }
        for wanted in [
            PlateSeries::Siv,
            PlateSeries::Fni,
            PlateSeries::Provisional,
            PlateSeries::Garage,
            PlateSeries::Moped,
            PlateSeries::Foreign,
        ] {
            assert!(series.contains_key(&wanted), "{wanted:?}: {series:?}");
        }
        let foreign = f64::from(series[&PlateSeries::Foreign]) / 40_000.0;
        assert!((0.05..0.07).contains(&foreign), "{foreign}");
        assert!(countries.len() >= 12, "{countries:?}");
    }
}
