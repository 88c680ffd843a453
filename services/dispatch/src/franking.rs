//! Weight, postage and franking mark of a fold. Rates and marks are a simulation: they are those of no operator.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de};

/// A sheet of A4 at 80 g/m², in grams (ISO 216: 16 sheets a square metre).
const SHEET_G: i32 = 5;
/// A C5 window envelope, in grams.
const ENVELOPE_G: i32 = 6;

/// Weight of a fold of some sheets, in grams, envelope included.
#[must_use]
pub fn weight_g(sheets: u16) -> i32 {
    i32::from(sheets) * SHEET_G + ENVELOPE_G
}

/// Rates from a day on, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// First day of deposit, `YYYY-MM-DD`.
    #[serde(deserialize_with = "civil_day")]
    pub from: Date,
    /// Bands, lightest first.
    pub bands: Vec<Band>,
    /// What a recommended letter with acknowledgement of receipt costs besides, in cents.
    pub recommended_cents: i32,
}

fn civil_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| de::Error::custom("a day is written YYYY-MM-DD"))
}

/// The rate up to a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Heaviest fold of the band, in grams.
    pub up_to_g: i32,
    /// Postage in cents.
    pub cents: i32,
}

/// Why there is no postage, or no tariffs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TariffError {
    /// No tariff covers the day.
    #[error("no tariff is in force on {0}")]
    Day(Date),
    /// No band is heavy enough.
    #[error("no band of the tariff holds {0} g")]
    Weight(i32),
    /// Bands do not rise, or cost nothing.
    #[error("the bands of the tariff from {0} must rise in weight and cost something")]
    Bands(Date),
    /// Two tariffs begin on one day.
    #[error("two tariffs begin on {0}")]
    Twice(Date),
}

/// The tariffs by date.
#[derive(Debug, Clone)]
pub struct Tariffs(Vec<Tariff>);

impl Tariffs {
    /// Checks a configuration.
    ///
    /// # Errors
    /// See [`TariffError`].
    pub fn new(mut tariffs: Vec<Tariff>) -> Result<Self, TariffError> {
        tariffs.sort_by_key(|tariff| tariff.from);
        let mut days = tariffs.iter().zip(tariffs.iter().skip(1));
        if let Some((left, _)) = days.find(|(left, right)| left.from == right.from) {
            return Err(TariffError::Twice(left.from));
        }
        for tariff in &tariffs {
            let rises = tariff
                .bands
                .is_sorted_by(|left, right| left.up_to_g < right.up_to_g);
            let costs =
                tariff.bands.iter().all(|band| band.cents > 0) && tariff.recommended_cents > 0;
            if !rises || !costs || tariff.bands.is_empty() {
                return Err(TariffError::Bands(tariff.from));
            }
        }
        Ok(Self(tariffs))
    }

    /// Postage in cents of a weight in grams, for a day of deposit; of a recommended letter or an ordinary one.
    ///
    /// # Errors
    /// [`TariffError::Day`], [`TariffError::Weight`].
    pub fn cents(
        &self,
        day: Date,
        weight_g: i32,
        is_recommended: bool,
    ) -> Result<i32, TariffError> {
        let tariff = self.0.iter().rev().find(|tariff| tariff.from <= day);
        let tariff = tariff.ok_or(TariffError::Day(day))?;
        let band = tariff.bands.iter().find(|band| weight_g <= band.up_to_g);
        let cents = band.ok_or(TariffError::Weight(weight_g))?.cents;
        Ok(if is_recommended {
            cents.saturating_add(tariff.recommended_cents)
        } else {
            cents
        })
    }
}

/// What stands in the place of the franking impression. It bears SPECIMEN, so that it can never pass for one.
#[must_use]
pub fn mark(plant: &str, day: &str, cents: i32, recommended: Option<&str>) -> String {
    let service = recommended.map_or_else(String::new, |number| {
        format!("RECOMMANDÉ AVEC AVIS DE RÉCEPTION {number} – ")
    });
    format!(
        "SPECIMEN – SANS VALEUR – {service}{},{:02} EUR – {plant} – {day}",
        cents / 100,
        cents % 100
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Config;

    #[test]
    fn an_aco_of_three_leaves_weighs_twenty_one_grams() {
        assert_eq!([1, 2, 3, 600].map(weight_g), [11, 16, 21, 3_006]);
    }

    #[test]
    fn postage_is_that_of_the_day_and_of_the_band() {
        let tariffs = Tariffs::new(Config::load(None).unwrap().tariffs).unwrap();
        let newer = date(2026, 1, 1);
        assert_eq!(tariffs.cents(newer, 20, false), Ok(103));
        assert_eq!(tariffs.cents(newer, 21, false), Ok(131));
        assert_eq!(tariffs.cents(newer, 21, true), Ok(131 + 575));
        assert_eq!(tariffs.cents(date(2025, 12, 31), 21, false), Ok(74));
        assert_eq!(
            tariffs.cents(newer, 3_001, false),
            Err(TariffError::Weight(3_001))
        );
        let older = date(2010, 12, 31);
        assert_eq!(
            tariffs.cents(older, 21, false),
            Err(TariffError::Day(older))
        );
    }

    #[test]
    fn tariffs_that_contradict_themselves_are_refused() {
        let day = date(2026, 1, 1);
        let tariff = |bands: &[(i32, i32)]| Tariff {
            from: day,
            bands: bands
                .iter()
                .map(|&(up_to_g, cents)| Band { up_to_g, cents })
                .collect(),
            recommended_cents: 1,
        };
        let refused = |tariffs| Tariffs::new(tariffs).unwrap_err();
        assert_eq!(refused(vec![tariff(&[])]), TariffError::Bands(day));
        assert_eq!(
            refused(vec![tariff(&[(20, 1), (20, 2)])]),
            TariffError::Bands(day)
        );
        assert_eq!(refused(vec![tariff(&[(20, 0)])]), TariffError::Bands(day));
        assert_eq!(
            refused(vec![tariff(&[(20, 1)]), tariff(&[(20, 1)])]),
            TariffError::Twice(day)
        );
    }

    #[test]
    fn the_mark_says_that_it_is_worth_nothing() {
        assert_eq!(
            mark("OUEST", "2026-03-02", 1_305, None),
            "SPECIMEN – SANS VALEUR – 13,05 EUR – OUEST – 2026-03-02"
        );
        assert_eq!(
            mark("OUEST", "2026-03-02", 678, Some("SIM1")),
            "SPECIMEN – SANS VALEUR – RECOMMANDÉ AVEC AVIS DE RÉCEPTION SIM1 – 6,78 EUR – OUEST – 2026-03-02"
        );
    }
}
