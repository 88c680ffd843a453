//! Classes of contraventions, and what an avis prints of amounts and dates. The figures are in [`crate::law`].

use jiff::civil::Date;

use crate::money::Cents;

/// Class of a contravention (CP 131-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OffenceClass {
    /// First class.
    First,
    /// Second class.
    Second,
    /// Third class.
    Third,
    /// Fourth class.
    Fourth,
    /// Fifth class (open to the fixed fine since 29 March 2020, where R48-1 II lists it).
    Fifth,
}

impl OffenceClass {
    /// The number of the class, 1 to 5.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            OffenceClass::First => 1,
            OffenceClass::Second => 2,
            OffenceClass::Third => 3,
            OffenceClass::Fourth => 4,
            OffenceClass::Fifth => 5,
        }
    }

    /// The class of a number, 1 to 5.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(OffenceClass::First),
            2 => Some(OffenceClass::Second),
            3 => Some(OffenceClass::Third),
            4 => Some(OffenceClass::Fourth),
            5 => Some(OffenceClass::Fifth),
            _ => None,
        }
    }
}

/// The amounts of one offence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FineAmounts {
    /// Reduced fine (R49-9), where one exists.
    pub minoree: Option<Cents>,
    /// Fixed fine (R49).
    pub forfaitaire: Cents,
    /// Increased fine (R49-7).
    pub majoree: Cents,
}

/// The last days printed on an avis, counted from its date, which is its sending day (CPP 529-1, 529-8, 529-9, R49-3-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedDeadlines {
    /// Reduced fine by cheque (15 days).
    pub minoree_paper: Date,
    /// Reduced fine by télépaiement (30 days).
    pub minoree_online: Date,
    /// Fixed fine by cheque (45 days).
    pub forfaitaire_paper: Date,
    /// Fixed fine by télépaiement (60 days).
    pub forfaitaire_online: Date,
    /// Requête en exonération (45 days, online too: CPP 529-2).
    pub requete: Date,
}
