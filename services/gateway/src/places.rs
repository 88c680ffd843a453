//! Places that each station has a number of: connections, submissions in hand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many places each station has taken. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct Places {
    taken: Arc<Mutex<HashMap<[u8; 32], usize>>>,
    per_station_max: usize,
}

/// A place, given back when it is dropped.
pub(crate) struct Place {
    places: Places,
    fingerprint: [u8; 32],
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(count) = taken.get_mut(&self.fingerprint) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.fingerprint);
            }
        }
    }
}

impl Places {
    pub(crate) fn new(per_station_max: usize) -> Self {
        Self {
            taken: Arc::default(),
            per_station_max,
        }
    }

    /// A place for the station of this fingerprint; `None` when it has all it may have.
    pub(crate) fn take(&self, fingerprint: [u8; 32]) -> Option<Place> {
        let mut taken = self.lock();
        let count = taken.entry(fingerprint).or_insert(0);
        if *count >= self.per_station_max {
            return None;
        }
        *count += 1;
        Some(Place {
            places: self.clone(),
            fingerprint,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], usize>> {
        // Each change is one step: a panic elsewhere leaves nothing half done.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_has_so_many_places_and_gets_one_back() {
        let places = Places::new(2);
        let first = places.take([1; 32]);
        let second = places.take([1; 32]);
        assert!(first.is_some() && second.is_some());
        assert!(places.take([1; 32]).is_none());
        assert!(places.take([2; 32]).is_some());
        drop(first);
        let third = places.take([1; 32]);
        assert!(third.is_some());
        drop((second, third));
        assert!(places.lock().is_empty());
    }
}
