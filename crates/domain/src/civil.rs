//! Civil dates in Europe/Paris. Delays are counted by the calendar of [`crate::law`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn paris_dates_follow_summer_time() {
        let instant: Timestamp = "2026-07-01T22:30:00Z".parse().unwrap();
        assert_eq!(paris_date(instant), date(2026, 7, 2));
        let instant: Timestamp = "2026-12-01T22:30:00Z".parse().unwrap();
        assert_eq!(paris_date(instant), date(2026, 12, 1));
    }
}
