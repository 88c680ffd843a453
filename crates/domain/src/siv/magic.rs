//! Plates with a certain outcome, for integrators: the last ones the SIV would ever issue.

use jiff::civil::{Date, date};

use crate::country::Country;
use crate::plate::Plate;
use crate::verdict::NotTransformed;

/// A plate that always gives the same outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MagicPlate {
    /// The plate, French.
    pub plate: &'static str,
    /// What comes of it.
    pub outcome: &'static str,
    pub(super) wish: Wish,
}

/// What a plate's file is made to hold; what is left open is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) fate: Fate,
    pub(super) sale: SaleWish,
    pub(super) company: bool,
    pub(super) leased: bool,
    pub(super) company_hires: bool,
    pub(super) abroad: Option<Country>,
    pub(super) extras: Extras,
}

/// Stolen, destroyed and so on, from a day or ever since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    None,
    Always(NotTransformed),
    Since(NotTransformed, Date),
}

/// How the vehicle changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaleWish {
    None,
    /// Ten days before the offence, whenever that is.
    TenDaysBefore {
        declared: bool,
    },
    /// On a day; the buyer registers it after twenty days.
    On(Date),
}

/// What else is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extras {
    None,
    /// An e-mail address and a second holder.
    EmailAndCoHolder,
    /// The longest address the window holds.
    FullestAddress,
    /// An address that no letter can bear.
    UnwritableAddress,
}

const PLAIN: Wish = Wish {
    fate: Fate::None,
    sale: SaleWish::None,
    company: false,
    leased: false,
    company_hires: false,
    abroad: None,
    extras: Extras::None,
};

const fn magic(plate: &'static str, outcome: &'static str, wish: Wish) -> MagicPlate {
    MagicPlate {
        plate,
        outcome,
        wish,
    }
}

const fn fated(plate: &'static str, outcome: &'static str, fate: Fate) -> MagicPlate {
    magic(plate, outcome, Wish { fate, ..PLAIN })
}

/// The day on which the vehicles of plates with a history change hands, are stolen, are destroyed.
const TURNING_DAY: Date = date(2026, 9, 1);

/// Every plate with a certain outcome.
#[rustfmt::skip]
pub const MAGIC_PLATES: [MagicPlate; 17] = [
    magic("ZZ001ZZ", "avis to the holder, a person in France", PLAIN),
    magic("ZZ002ZZ", "avis to the legal representative of the holder, a company", Wish { company: true, ..PLAIN }),
    magic("ZZ003ZZ", "avis to the hirer, a person", Wish { leased: true, ..PLAIN }),
    magic("ZZ004ZZ", "avis to the legal representative of the hirer, a company", Wish { leased: true, company_hires: true, ..PLAIN }),
    magic("ZZ005ZZ", "avis to the buyer: sold ten days before the offence, sale declared",
        Wish { sale: SaleWish::TenDaysBefore { declared: true }, ..PLAIN }),
    magic("ZZ006ZZ", "avis to the seller: sold ten days before the offence, sale not declared",
        Wish { sale: SaleWish::TenDaysBefore { declared: false }, ..PLAIN }),
    magic("ZZ007ZZ", "avis to the holder, in Belgium: a month more for each delay", Wish { abroad: Some(Country::BELGIUM), ..PLAIN }),
    magic("ZZ008ZZ", "avis to the holder, with e-mail address and second holder", Wish { extras: Extras::EmailAndCoHolder, ..PLAIN }),
    magic("ZZ009ZZ", "avis to the holder, with the longest address", Wish { extras: Extras::FullestAddress, ..PLAIN }),
    magic("ZZ010ZZ", "sold on 2026-09-01: before it avis to the seller, for twenty days to the buyer as such, then as holder",
        Wish { sale: SaleWish::On(TURNING_DAY), ..PLAIN }),
    fated("ZZ101ZZ", "`NON_TRANSFORME`, `INCONNU`", Fate::Always(NotTransformed::Unknown)),
    fated("ZZ102ZZ", "`NON_TRANSFORME`, `VOLE`", Fate::Always(NotTransformed::Stolen)),
    fated("ZZ103ZZ", "`NON_TRANSFORME`, `DETRUIT`", Fate::Always(NotTransformed::Destroyed)),
    fated("ZZ104ZZ", "`NON_TRANSFORME`, `SANS_ADRESSE`", Fate::Always(NotTransformed::NoAddress)),
    magic("ZZ105ZZ", "`NON_TRANSFORME`, `SANS_ADRESSE`: `ADRESSE_NON_NORMALISABLE`", Wish { extras: Extras::UnwritableAddress, ..PLAIN }),
    fated("ZZ106ZZ", "stolen on 2026-09-01: before it avis to the holder, then `NON_TRANSFORME`, `VOLE`",
        Fate::Since(NotTransformed::Stolen, TURNING_DAY)),
    fated("ZZ107ZZ", "destroyed on 2026-09-01: before it avis to the holder, then `NON_TRANSFORME`, `DETRUIT`",
        Fate::Since(NotTransformed::Destroyed, TURNING_DAY)),
];

/// The wish of a plate, if it is one of these.
pub(super) fn wish(plate: &Plate) -> Option<Wish> {
    if plate.country() != Country::FRANCE || !plate.as_str().starts_with("ZZ") {
        return None;
    }
    MAGIC_PLATES
        .iter()
        .find(|magic| magic.plate == plate.as_str())
        .map(|magic| magic.wish)
}
