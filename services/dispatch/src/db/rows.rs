//! Rows, and how PostgreSQL's dates become ours.

use diesel::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{fold, spool};

/// The day from which PostgreSQL counts.
const EPOCH: Date = jiff::civil::date(2000, 1, 1);
/// Microseconds from the Unix epoch to that day.
const EPOCH_US: i64 = 946_684_800_000_000;

/// A civil day as the database keeps it.
pub(crate) fn date_to(day: Date) -> PgDate {
    // A civil calendar has some seven million days.
    PgDate(day.since(EPOCH).map_or(0, |span| span.get_days()))
}

/// A civil day as the database gave it.
pub(crate) fn date_of(day: PgDate) -> Date {
    EPOCH.checked_add(day.0.days()).unwrap_or(EPOCH)
}

/// An instant as the database gave it.
pub(crate) fn instant_of(instant: PgTimestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.0.saturating_add(EPOCH_US)).unwrap_or(Timestamp::MAX)
}

/// A fold to take in.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = fold, treat_none_as_default_value = false)]
pub(crate) struct NewFold {
    pub(crate) avis: i64,
    pub(crate) kind: String,
    pub(crate) issue: i16,
    pub(crate) lot_id: Vec<u8>,
    pub(crate) member_id: String,
    pub(crate) frame_offset: i64,
    pub(crate) frame_length: i64,
    pub(crate) frame_size: i64,
    pub(crate) inner_offset: i64,
    pub(crate) size: i64,
    pub(crate) forme: Option<i32>,
    pub(crate) sha256: Vec<u8>,
    pub(crate) plant: String,
    pub(crate) day: PgDate,
    pub(crate) postcode: String,
    pub(crate) sheets: i32,
    pub(crate) weight_g: i32,
    pub(crate) tariff_cents: i32,
    pub(crate) state: &'static str,
    /// Number of the recommended letter, if it is one.
    pub(crate) recommended: Option<String>,
}

/// A waiting fold taken for a spool.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = fold)]
pub(crate) struct FoldRow {
    pub(crate) avis: i64,
    pub(crate) kind: String,
    pub(crate) issue: i16,
    pub(crate) lot_id: Vec<u8>,
    pub(crate) member_id: String,
    pub(crate) frame_offset: i64,
    pub(crate) frame_length: i64,
    pub(crate) frame_size: i64,
    pub(crate) inner_offset: i64,
    pub(crate) size: i64,
    pub(crate) forme: Option<i32>,
    pub(crate) sha256: Vec<u8>,
    pub(crate) postcode: String,
    pub(crate) sheets: i32,
    pub(crate) weight_g: i32,
    pub(crate) tariff_cents: i32,
    pub(crate) waiting_since: PgTimestamp,
    pub(crate) recommended: Option<String>,
}

/// A spool to close.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = spool)]
pub(crate) struct NewSpool {
    pub(crate) spool_id: Vec<u8>,
    pub(crate) plant: String,
    pub(crate) day: PgDate,
    pub(crate) folds: i32,
    pub(crate) sheets: i64,
    pub(crate) weight_g: i64,
    pub(crate) postage_cents: i64,
    pub(crate) bytes: i64,
}

/// A closed spool.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = spool)]
pub(crate) struct SpoolRow {
    pub(crate) spool_id: Vec<u8>,
    pub(crate) plant: String,
    pub(crate) day: PgDate,
    pub(crate) folds: i32,
    pub(crate) sheets: i64,
    pub(crate) weight_g: i64,
    pub(crate) postage_cents: i64,
    pub(crate) bytes: i64,
    pub(crate) closed_at: PgTimestamp,
    pub(crate) deposited_on: Option<PgDate>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_instants_come_back() {
        for day in [
            date(1999, 12, 31),
            EPOCH,
            date(2026, 11, 23),
            date(9999, 12, 31),
        ] {
            assert_eq!(date_of(date_to(day)), day);
        }
        assert_eq!(date_to(date(2001, 1, 1)).0, 366);
        assert_eq!(
            instant_of(PgTimestamp(1_000_000)).to_string(),
            "2000-01-01T00:00:01Z"
        );
    }
}
