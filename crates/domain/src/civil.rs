//! Civil dates in Europe/Paris and the computation of delays (CPP 801).

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// The civil date in Paris at an instant.
#[must_use]
pub fn paris_date(instant: Timestamp) -> Date {
    instant.to_zoned(paris()).date()
}

/// The time zone of Paris, from the bundled database.
#[must_use]
pub fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
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

/// Whether a day is a public holiday of the Code du travail, L3133-1 (eleven days, mainland France).
#[must_use]
pub fn is_public_holiday(day: Date) -> bool {
    const FIXED: [(i8, i8); 8] = [
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ];
    if FIXED.contains(&(day.month(), day.day())) {
        return true;
    }
    // Easter Monday, Ascension, Whit Monday.
    easter(day.year()).is_some_and(|sunday| {
        [1, 39, 50].iter().any(|days| {
            sunday
                .checked_add(days.days())
                .is_ok_and(|feast| feast == day)
        })
    })
}

/// The last day of a delay: one that ends on a Saturday, Sunday or holiday is prolonged to the next working day (CPP 801).
#[must_use]
pub fn prolonged(day: Date) -> Date {
    let mut last = day;
    while matches!(last.weekday(), Weekday::Saturday | Weekday::Sunday) || is_public_holiday(last) {
        match last.tomorrow() {
            Ok(next) => last = next,
            Err(_) => return last,
        }
    }
    last
}

/// The last day of a delay of so many days from a sending day, which itself does not count (CPP 801).
#[must_use]
pub fn deadline_days(sent: Date, days: i32) -> Date {
    prolonged(shift(sent, i64::from(days).days()))
}

/// The last day of a delay of so many days and then so many months (CPP 530-2-1: one month more from abroad).
#[must_use]
pub fn deadline_days_months(sent: Date, days: i32, months: i32) -> Date {
    prolonged(shift(
        shift(sent, i64::from(days).days()),
        i64::from(months).months(),
    ))
}

fn shift(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn easter_and_its_feasts() {
        assert_eq!(easter(2026), Some(date(2026, 4, 5)));
        assert_eq!(easter(2024), Some(date(2024, 3, 31)));
        assert!(is_public_holiday(date(2026, 4, 6)), "Easter Monday");
        assert!(is_public_holiday(date(2026, 5, 14)), "Ascension");
        assert!(is_public_holiday(date(2026, 5, 25)), "Whit Monday");
        assert!(
            !is_public_holiday(date(2026, 4, 3)),
            "Good Friday is none outside Alsace-Moselle"
        );
    }

    #[test]
    fn a_delay_never_ends_on_a_day_of_rest() {
        // 45 days after 2 October 2026 is Monday 16 November.
        assert_eq!(deadline_days(date(2026, 10, 2), 45), date(2026, 11, 16));
        // 15 days after 17 October is Sunday 1 November, a holiday too: Monday 2 November.
        assert_eq!(deadline_days(date(2026, 10, 17), 15), date(2026, 11, 2));
        // 45 days after 10 November 2026 is Christmas, a Friday: Monday 28 December.
        assert_eq!(deadline_days(date(2026, 11, 10), 45), date(2026, 12, 28));
    }

    #[test]
    fn months_end_on_the_same_quantieme_or_the_last_day() {
        assert_eq!(
            deadline_days_months(date(2026, 1, 31), 0, 1),
            prolonged(date(2026, 2, 28))
        );
    }

    #[test]
    fn paris_dates_follow_summer_time() {
        let instant: Timestamp = "2026-07-01T22:30:00Z".parse().unwrap();
        assert_eq!(paris_date(instant), date(2026, 7, 2));
        let instant: Timestamp = "2026-12-01T22:30:00Z".parse().unwrap();
        assert_eq!(paris_date(instant), date(2026, 12, 1));
    }
}
