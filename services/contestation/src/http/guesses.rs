//! Wrong keys are counted by avis, so that guessing one takes for ever.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Wrong keys of an avis until nothing is tried for a while.
const GUESSES_MAX: u32 = 5;
/// Seconds after which the first wrong key, and those after it, are forgotten.
const FORGOTTEN_S: i64 = 3_600;
/// Avis that are remembered at most.
const AVIS_MAX: usize = 10_000;

/// The wrong keys of the last hour.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    wrong: Mutex<HashMap<i64, (Timestamp, u32)>>,
}

fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.as_second().saturating_sub(since.as_second()) >= FORGOTTEN_S
}

impl Guesses {
    /// Whether a key of the avis may be tried.
    pub(crate) fn may_try(&self, avis: i64, now: Timestamp) -> bool {
        self.lock()
            .get(&avis)
            .is_none_or(|(since, count)| *count < GUESSES_MAX || is_old(*since, now))
    }

    /// Remembers a wrong key.
    pub(crate) fn wrong(&self, avis: i64, now: Timestamp) {
        let mut wrong = self.lock();
        if wrong.len() >= AVIS_MAX {
            wrong.retain(|_, (since, _)| !is_old(*since, now));
        }
        if wrong.len() >= AVIS_MAX
            && let Some(any) = wrong.keys().next().copied()
        {
            wrong.remove(&any);
        }
        let entry = wrong.entry(avis).or_insert((now, 0));
        if is_old(entry.0, now) {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, (Timestamp, u32)>> {
        // Each change is one step: a panic elsewhere leaves nothing half done.
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_keys_an_avis_rests_for_an_hour_and_others_do_not() {
        let guesses = Guesses::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in 0..5 {
            assert!(guesses.may_try(1, at(second)));
            guesses.wrong(1, at(second));
        }
        assert!(!guesses.may_try(1, at(3_599)));
        assert!(guesses.may_try(2, at(5)));
        assert!(guesses.may_try(1, at(3_600)));
        guesses.wrong(1, at(3_600));
        assert!(guesses.may_try(1, at(3_601)));
    }

    #[test]
    fn as_many_are_remembered_as_there_is_room_for() {
        let guesses = Guesses::default();
        for avis in 0..20_000 {
            guesses.wrong(avis, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(guesses.lock().len(), AVIS_MAX);
    }
}
