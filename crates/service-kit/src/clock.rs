//! Two clocks (the only place of the workspace that reads the time of day).
//!
//! The *legal* clock rules deadlines, card validity, CRLs and printed dates; in a simulation it
//! can be moved forward. The *real* clock rules leases, timeouts, TLS and whatever meets the
//! outside world. Legal time = real time + an offset that never decreases.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

static PARIS: LazyLock<TimeZone> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the time zone database is compiled in; tested below"
    )]
    let paris = TimeZone::get("Europe/Paris").expect("the bundled database has Europe/Paris");
    paris
});

/// The civil time zone in which French legal deadlines are counted.
#[must_use]
pub fn paris() -> TimeZone {
    PARIS.clone()
}

/// Reads both clocks. Cheap to clone; clones share the offset of the legal clock.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<Timestamp>,
    offset_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The clock of the machine, and the handle that moves its legal side. Whoever gets the handle
    /// can change every deadline: give it only to the listener of the clock topic.
    #[must_use]
    pub fn system() -> (Self, LegalClockHandle) {
        Self::build(None)
    }

    /// A clock that stands still at `instant`, for tests.
    #[must_use]
    pub fn fixed(instant: Timestamp) -> Self {
        Self::build(Some(instant)).0
    }

    /// A clock whose real side stands still at `instant`, with the handle that moves its legal
    /// side: a 61-day deadline in a test.
    #[must_use]
    pub fn fixed_with_handle(instant: Timestamp) -> (Self, LegalClockHandle) {
        Self::build(Some(instant))
    }

    fn build(fixed: Option<Timestamp>) -> (Self, LegalClockHandle) {
        let offset_seconds = Arc::new(AtomicI64::new(0));
        let handle = LegalClockHandle {
            offset_seconds: Arc::clone(&offset_seconds),
        };
        (
            Self {
                fixed,
                offset_seconds,
            },
            handle,
        )
    }

    /// The real instant: leases, timeouts, certificates of connections, Kafka, RFC 3161.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the seam that the lint points to"
    )]
    pub fn real_now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// The legal instant: deadlines, validity of cards, CRLs, dates printed on documents.
    #[must_use]
    pub fn legal_now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.legal_offset_seconds());
        self.real_now()
            .checked_add(offset)
            .unwrap_or(Timestamp::MAX)
    }

    /// The civil date of the legal instant in Paris.
    #[must_use]
    pub fn legal_today_paris(&self) -> Date {
        self.legal_now().to_zoned(paris()).date()
    }

    /// Seconds by which the legal clock is ahead of the real one; 0 unless a simulation moved it.
    #[must_use]
    pub fn legal_offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Acquire)
    }
}

/// Moves the legal clock of the [`Clock`] it was made with, and of all clones of that clock.
#[derive(Clone, Debug)]
pub struct LegalClockHandle {
    offset_seconds: Arc<AtomicI64>,
}

impl LegalClockHandle {
    /// Sets the offset of the legal clock, in seconds ahead of the real one. Setting the same
    /// offset again changes nothing, so that the announcement of an advance may be received twice.
    ///
    /// # Errors
    /// [`ClockError::Backwards`] when the offset is lower than the present one: deadlines that were
    /// found to be over must stay over.
    pub fn set_offset_seconds(&self, offset_seconds: i64) -> Result<(), ClockError> {
        let previous = self
            .offset_seconds
            .fetch_max(offset_seconds, Ordering::AcqRel);
        if offset_seconds < previous {
            return Err(ClockError::Backwards {
                current_seconds: previous,
                requested_seconds: offset_seconds,
            });
        }
        Ok(())
    }
}

/// Why the legal clock was not moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The requested offset is behind the present one.
    #[error(
        "the legal clock only goes forward: offset {requested_seconds} s requested, \
         {current_seconds} s in force"
    )]
    Backwards {
        /// Offset in force, in seconds.
        current_seconds: i64,
        /// Offset refused, in seconds.
        requested_seconds: i64,
    },
}

#[cfg(test)]
mod tests {
    use super::{Clock, ClockError};
    use jiff::Timestamp;
    use jiff::civil::date;

    const DAY_SECONDS: i64 = 86_400;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn legal_clock_advances_alone_and_only_forward() {
        let start = instant("2026-03-01T12:00:00Z");
        let (clock, handle) = Clock::fixed_with_handle(start);
        let reader = clock.clone();
        handle.set_offset_seconds(75 * DAY_SECONDS).unwrap();
        handle.set_offset_seconds(75 * DAY_SECONDS).unwrap();
        assert_eq!(reader.legal_now(), instant("2026-05-15T12:00:00Z"));
        assert_eq!(reader.real_now(), start);
        let refused = handle.set_offset_seconds(74 * DAY_SECONDS).unwrap_err();
        let expected = ClockError::Backwards {
            current_seconds: 75 * DAY_SECONDS,
            requested_seconds: 74 * DAY_SECONDS,
        };
        assert_eq!(refused, expected);
        assert_eq!(clock.legal_offset_seconds(), 75 * DAY_SECONDS);
    }

    #[test]
    fn legal_day_is_that_of_paris() {
        let today = |text| Clock::fixed(instant(text)).legal_today_paris();
        assert_eq!(today("2026-07-14T21:59:59Z"), date(2026, 7, 14));
        assert_eq!(today("2026-07-14T22:00:00Z"), date(2026, 7, 15));
        assert_eq!(today("2026-12-31T22:59:59Z"), date(2026, 12, 31));
        assert_eq!(today("2026-12-31T23:00:00Z"), date(2027, 1, 1));
    }

    #[test]
    fn system_clock_starts_without_offset_and_does_not_overflow() {
        let (clock, handle) = Clock::system();
        assert!(clock.legal_now() >= clock.real_now() - std::time::Duration::from_secs(60));
        handle.set_offset_seconds(i64::MAX).unwrap();
        assert_eq!(clock.legal_now(), Timestamp::MAX);
    }
}
