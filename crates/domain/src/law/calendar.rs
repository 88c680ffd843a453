//! Days of rest, and delays that end on them (CPP 801).

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use crate::registry::Period;

/// When a feast falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeastDay {
    /// Every year on a day of the year.
    Fixed {
        /// Month, 1 to 12.
        month: i8,
        /// Day of the month.
        day: i8,
    },
    /// So many days after Easter Sunday.
    AfterEaster(i16),
}

/// A public holiday (code du travail L3133-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feast {
    /// Its name.
    pub name: String,
    /// When it falls.
    pub day: FeastDay,
    /// Years in which it is one.
    pub period: Period,
}

/// The public holidays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// In any order.
    pub feasts: Vec<Feast>,
}

/// Easter Sunday of a year (Gregorian computus of Meeus, Jones and Butcher).
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (n / 31, n % 31 + 1);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

impl Calendar {
    /// Whether a day is a public holiday.
    #[must_use]
    pub fn is_public_holiday(&self, day: Date) -> bool {
        let mut sunday = None;
        self.feasts
            .iter()
            .filter(|feast| feast.period.contains(day))
            .any(|feast| match feast.day {
                FeastDay::Fixed {
                    month,
                    day: of_month,
                } => (day.month(), day.day()) == (month, of_month),
                FeastDay::AfterEaster(days) => sunday
                    .get_or_insert_with(|| easter(day.year()))
                    .and_then(|sunday| sunday.checked_add(i64::from(days).days()).ok())
                    .is_some_and(|feast| feast == day),
            })
    }

    /// The last day of a delay: one that ends on a Saturday, Sunday or holiday is prolonged to the next working day
    /// (CPP 801).
    #[must_use]
    pub fn prolonged(&self, day: Date) -> Date {
        let mut last = day;
        while matches!(last.weekday(), Weekday::Saturday | Weekday::Sunday)
            || self.is_public_holiday(last)
        {
            match last.tomorrow() {
                Ok(next) => last = next,
                Err(_) => return last,
            }
        }
        last
    }

    /// The last day of a delay of so many days, then so many months, from a sending day, which itself does not count;
    /// months end on the same quantième or the last day of the month (CPP 801).
    #[must_use]
    pub fn deadline(&self, sent: Date, days: u16, months: u16) -> Date {
        let after_days = shift(sent, i64::from(days).days());
        self.prolonged(shift(after_days, i64::from(months).months()))
    }
}

fn shift(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// The eleven days of L3133-1.
    fn calendar() -> Calendar {
        let fixed = [
            (1, 1),
            (5, 1),
            (5, 8),
            (7, 14),
            (8, 15),
            (11, 1),
            (11, 11),
            (12, 25),
        ];
        let days = fixed
            .map(|(month, day)| FeastDay::Fixed { month, day })
            .into_iter()
            .chain([1, 39, 50].map(FeastDay::AfterEaster));
        let period = Period {
            from: date(1982, 1, 1),
            to: None,
        };
        Calendar {
            feasts: days
                .map(|day| Feast {
                    name: String::new(),
                    day,
                    period,
                })
                .collect(),
        }
    }

    #[test]
    fn easter_and_its_feasts() {
        assert_eq!(easter(2026), Some(date(2026, 4, 5)));
        assert_eq!(easter(2024), Some(date(2024, 3, 31)));
        let calendar = calendar();
        let is_feast = |month, day| calendar.is_public_holiday(date(2026, month, day));
        assert!(is_feast(4, 6) && is_feast(5, 14) && is_feast(5, 25));
        assert!(
            !is_feast(4, 3),
            "Good Friday is none outside Alsace-Moselle"
        );
        assert!(!calendar.is_public_holiday(date(1981, 5, 8)));
    }

    #[test]
    fn cpp_801_prolongs_a_delay_that_ends_on_a_day_of_rest() {
        let calendar = calendar();
        let table = [
            // Monday 16 November 2026.
            (date(2026, 10, 2), 45, 0, date(2026, 11, 16)),
            // Sunday 1 November, a holiday too: Monday 2 November.
            (date(2026, 10, 17), 15, 0, date(2026, 11, 2)),
            // Christmas is a Friday: Monday 28 December.
            (date(2026, 11, 10), 45, 0, date(2026, 12, 28)),
            // 30 days and a month: 31 January, then 28 February, a Sunday.
            (date(2027, 1, 16), 15, 1, date(2027, 3, 1)),
            // Friday 1 May is a holiday: Monday 4 May.
            (date(2026, 4, 16), 15, 0, date(2026, 5, 4)),
        ];
        for (sent, days, months, last) in table {
            assert_eq!(
                calendar.deadline(sent, days, months),
                last,
                "{sent} {days} {months}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_delay_ends_on_a_working_day_and_never_early(offset in 0i64..20_000, days in 0u16..120, months in 0u16..3) {
            let calendar = calendar();
            let sent = date(2000, 1, 1).saturating_add(offset.days());
            let last = calendar.deadline(sent, days, months);
            prop_assert!(!matches!(last.weekday(), Weekday::Saturday | Weekday::Sunday));
            prop_assert!(!calendar.is_public_holiday(last));
            let plain = sent.saturating_add(i64::from(days).days()).saturating_add(i64::from(months).months());
            prop_assert!(last >= plain);
            // No run of days of rest is longer than four.
            prop_assert!(plain.until(last).unwrap().get_days() <= 4);
        }
    }
}
