//! How much one station may ask: requests and MIFs in time, MIFs and photographs in a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::StationSection;

/// Seconds of a day.
const DAY: Duration = Duration::from_secs(86_400);

/// A station, by the fingerprint of its connection certificate.
type Station = [u8; 32];

/// What a station had too much of, and after which time it may ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// Requests.
    Requests(Duration),
    /// MIFs in a short time.
    Rate(Duration),
    /// MIFs or photographs in a day.
    Quota(Duration),
}

/// What each station has left. Only stations of the registry have a place: as many as it has, at most.
pub(crate) struct Allowances {
    requests: Bucket,
    mifs: Bucket,
    daily: Bucket,
    photos: Bucket,
}

impl Allowances {
    pub(crate) fn new(section: &StationSection) -> Option<Self> {
        Some(Self {
            requests: Bucket::new(section.requests_per_s, section.requests_burst)?,
            mifs: Bucket::new(section.mifs_per_s, section.mifs_burst)?,
            daily: Bucket::daily(section.mifs_per_day)?,
            photos: Bucket::daily(section.photos_per_day)?,
        })
    }

    /// Takes one request.
    pub(crate) fn request(&self, station: Station) -> Result<(), Exceeded> {
        self.requests.take(station, 1).map_err(Exceeded::Requests)
    }

    /// Takes one photograph.
    pub(crate) fn photo(&self, station: Station) -> Result<(), Exceeded> {
        self.photos.take(station, 1).map_err(Exceeded::Quota)
    }

    /// Takes so many MIFs.
    pub(crate) fn mifs(&self, station: Station, count: usize) -> Result<(), Exceeded> {
        self.mifs.take(station, count).map_err(Exceeded::Rate)?;
        self.daily.take(station, count).map_err(Exceeded::Quota)
    }
}

/// A bucket per station that fills steadily (GCRA): of each is kept only when it will be full again.
struct Bucket {
    full_at: Mutex<HashMap<Station, Instant>>,
    /// In which time one comes back.
    period: Duration,
    /// How many it holds.
    size: u32,
}

impl Bucket {
    fn new(per_s: u32, burst: u32) -> Option<Self> {
        Self::of(Duration::from_secs(1).checked_div(per_s)?, burst)
    }

    /// A day's worth at once, which comes back evenly over a day.
    fn daily(per_day: u32) -> Option<Self> {
        Self::of(DAY.checked_div(per_day)?, per_day)
    }

    fn of(period: Duration, size: u32) -> Option<Self> {
        (size > 0).then(|| Self {
            full_at: Mutex::default(),
            period,
            size,
        })
    }

    /// Takes `count`, or tells how long to wait for them.
    fn take(&self, station: Station, count: usize) -> Result<(), Duration> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count > self.size {
            // More than ever fits: the configuration's check leaves no such count.
            return Err(DAY);
        }
        let now = Instant::now();
        // Each change is one step: a panic elsewhere leaves nothing half done.
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full = full_at.entry(station).or_insert(now);
        let after = (*full).max(now) + self.period * count;
        let lacking = after.duration_since(now);
        let room = self.period * self.size;
        if lacking > room {
            return Err(lacking.saturating_sub(room));
        }
        *full = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowances() -> Allowances {
        Allowances::new(&StationSection {
            submissions_max: 1,
            requests_per_s: 1,
            requests_burst: 2,
            mifs_per_s: 100,
            mifs_burst: 1_000,
            mifs_per_day: 1_500,
            photos_per_day: 1,
        })
        .unwrap()
    }

    #[test]
    fn a_station_has_its_own_and_is_told_how_long_to_wait() {
        let allowances = allowances();
        let (one, two) = ([1; 32], [2; 32]);
        for _ in 0..2 {
            assert_eq!(allowances.request(one), Ok(()));
        }
        let refused = allowances.request(one);
        assert!(
            matches!(refused, Err(Exceeded::Requests(wait)) if wait <= Duration::from_secs(1)),
            "{refused:?}"
        );
        assert_eq!(allowances.request(two), Ok(()));

        assert_eq!(allowances.mifs(one, 1_000), Ok(()));
        let refused = allowances.mifs(one, 500);
        assert!(
            matches!(refused, Err(Exceeded::Rate(wait)) if wait > Duration::from_secs(4) && wait <= Duration::from_secs(5)),
            "{refused:?}"
        );
        assert_eq!(allowances.mifs(two, 1_000), Ok(()));
    }

    #[test]
    fn a_day_has_its_quota() {
        let bucket = Bucket::daily(1_500).unwrap();
        assert_eq!(bucket.take([1; 32], 1_400), Ok(()));
        let wait = bucket.take([1; 32], 101).unwrap_err();
        assert!(
            wait > Duration::from_secs(50) && wait <= Duration::from_secs(58),
            "{wait:?}"
        );
        assert_eq!(bucket.take([1; 32], 100), Ok(()));
        assert_eq!(bucket.take([1; 32], 1_501), Err(DAY));
    }
}
