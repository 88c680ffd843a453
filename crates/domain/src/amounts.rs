//! Amounts of the fixed fine by class (CPP R49, R49-7, R49-9; CP 131-13) and the dates printed beside them.

use jiff::civil::Date;

use crate::civil::{deadline_days, deadline_days_months};
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

/// The amounts of one offence for a natural person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FineAmounts {
    /// Reduced fine (R49-9), where one exists.
    pub minoree: Option<Cents>,
    /// Fixed fine (R49).
    pub forfaitaire: Cents,
    /// Increased fine (R49-7).
    pub majoree: Cents,
}

/// The amounts of a class in force since 12 June 2024; `reduced` says whether the offence is open to the reduced fine.
#[must_use]
pub fn fine_amounts(class: OffenceClass, reduced: bool) -> FineAmounts {
    let (minoree, forfaitaire, majoree) = match class {
        OffenceClass::First => (None, 11, 33),
        OffenceClass::Second => (Some(22), 35, 75),
        OffenceClass::Third => (Some(45), 68, 180),
        OffenceClass::Fourth => (Some(90), 135, 375),
        OffenceClass::Fifth => (Some(150), 200, 450),
    };
    FineAmounts {
        minoree: minoree.filter(|_| reduced).map(Cents::euros),
        forfaitaire: Cents::euros(forfaitaire),
        majoree: Cents::euros(majoree),
    }
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

/// The deadlines of an avis sent on a day; a holder abroad has one month more (CPP 530-2-1), which takes the place of the télépaiement's fifteen days.
#[must_use]
pub fn printed_deadlines(sent: Date, abroad: bool) -> PrintedDeadlines {
    if abroad {
        let (reduced, fixed) = (
            deadline_days_months(sent, 15, 1),
            deadline_days_months(sent, 45, 1),
        );
        return PrintedDeadlines {
            minoree_paper: reduced,
            minoree_online: reduced,
            forfaitaire_paper: fixed,
            forfaitaire_online: fixed,
            requete: fixed,
        };
    }
    PrintedDeadlines {
        minoree_paper: deadline_days(sent, 15),
        minoree_online: deadline_days(sent, 30),
        forfaitaire_paper: deadline_days(sent, 45),
        forfaitaire_online: deadline_days(sent, 60),
        requete: deadline_days(sent, 45),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_table_of_the_articles() {
        let table = [
            (OffenceClass::First, None, 11, 33),
            (OffenceClass::Second, Some(22), 35, 75),
            (OffenceClass::Third, Some(45), 68, 180),
            (OffenceClass::Fourth, Some(90), 135, 375),
            (OffenceClass::Fifth, Some(150), 200, 450),
        ];
        for (class, minoree, forfaitaire, majoree) in table {
            let amounts = fine_amounts(class, true);
            assert_eq!(amounts.minoree, minoree.map(Cents::euros));
            assert_eq!(amounts.forfaitaire, Cents::euros(forfaitaire));
            assert_eq!(amounts.majoree, Cents::euros(majoree));
            assert_eq!(fine_amounts(class, false).minoree, None);
            assert_eq!(OffenceClass::from_number(class.number()), Some(class));
        }
    }

    #[test]
    fn deadlines_count_from_the_sending_day() {
        let deadlines = printed_deadlines(date(2026, 11, 23), false);
        assert_eq!(deadlines.minoree_paper, date(2026, 12, 8));
        assert_eq!(deadlines.minoree_online, date(2026, 12, 23));
        assert_eq!(deadlines.forfaitaire_paper, date(2027, 1, 7));
        assert_eq!(deadlines.forfaitaire_online, date(2027, 1, 22));
        assert_eq!(deadlines.requete, deadlines.forfaitaire_paper);
        assert_eq!(
            printed_deadlines(date(2026, 11, 23), true).requete,
            date(2027, 2, 8)
        );
    }
}
