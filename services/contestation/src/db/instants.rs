//! Dates and instants between jiff and PostgreSQL, whose epoch is 2000-01-01.

use diesel::pg::data_types::{PgDate, PgTimestamp};
use jiff::Timestamp;
use jiff::civil::{Date, date};

/// Microseconds from 1970-01-01 to 2000-01-01, both UTC.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
/// PostgreSQL's day 0.
const DAY_ZERO: Date = date(2000, 1, 1);

/// An instant as PostgreSQL keeps it.
pub(super) fn pg_timestamp(instant: Timestamp) -> PgTimestamp {
    PgTimestamp(instant.as_microsecond().saturating_sub(EPOCH_MICROSECONDS))
}

/// An instant that PostgreSQL kept; its furthest ones are cut to ours.
pub(super) fn timestamp(value: PgTimestamp) -> Timestamp {
    Timestamp::from_microsecond(value.0.saturating_add(EPOCH_MICROSECONDS))
        .unwrap_or(Timestamp::MAX)
}

/// A civil date as PostgreSQL keeps it.
pub(super) fn pg_date(day: Date) -> PgDate {
    let days = (day - DAY_ZERO).get_days();
    PgDate(days)
}

/// A civil date that PostgreSQL kept; its furthest ones are cut to ours.
pub(super) fn civil_date(value: PgDate) -> Date {
    DAY_ZERO.saturating_add(jiff::SignedDuration::from_hours(
        i64::from(value.0).saturating_mul(24),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_epochs_agree() {
        assert_eq!(
            pg_timestamp("2000-01-01T00:00:00Z".parse().unwrap()),
            PgTimestamp(0)
        );
        assert_eq!(pg_date(date(2000, 3, 1)), PgDate(60));
        assert_eq!(pg_date(date(1999, 12, 31)), PgDate(-1));
    }

    proptest! {
        #[test]
        fn both_ways_agree(days in -200_000_i32..200_000, micros in -1_000_000_000_000_000_i64..4_000_000_000_000_000) {
            prop_assert_eq!(pg_date(civil_date(PgDate(days))), PgDate(days));
            let instant = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(timestamp(pg_timestamp(instant)), instant);
        }
    }
}
