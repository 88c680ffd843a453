//! Tries of a key are counted by avis, and on the public listener also by client address, so that guessing one takes for
//! ever. A right key is taken off again: many tries side by side are no more than one after another.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cnt_vault::Digest;
use jiff::Timestamp;

/// Wrong keys of an avis until nothing is tried for a while.
const OF_AVIS_MAX: u32 = 5;
/// Wrong keys from one address until nothing is tried for a while. Many people may stand behind one.
const FROM_ADDRESS_MAX: u32 = 30;
/// Seconds after which the first wrong key, and those after it, are forgotten.
const FORGOTTEN_S: i64 = 3_600;
/// Avis or addresses that are remembered at most.
const REMEMBERED_MAX: usize = 10_000;

/// The wrong keys of the last hour.
#[derive(Debug)]
pub(crate) struct Guesses<K> {
    guesses_max: u32,
    wrong: Mutex<HashMap<K, (Timestamp, u32)>>,
}

fn is_old(since: Timestamp, now: Timestamp) -> bool {
    now.as_second().saturating_sub(since.as_second()) >= FORGOTTEN_S
}

impl Guesses<i64> {
    /// Wrong keys by avis.
    pub(crate) fn of_avis() -> Self {
        Self::new(OF_AVIS_MAX)
    }
}

impl Guesses<Digest> {
    /// Refused log-ins by the digest of the login.
    pub(crate) fn of_logins() -> Self {
        Self::new(OF_AVIS_MAX)
    }
}

impl Guesses<IpAddr> {
    /// Wrong keys by client address.
    pub(crate) fn from_addresses() -> Self {
        Self::new(FROM_ADDRESS_MAX)
    }
}

/// What counts as one address: of IPv6 the network of 64 bits, of which one household has all addresses.
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

impl<K: Copy + Eq + Hash> Guesses<K> {
    fn new(guesses_max: u32) -> Self {
        Self {
            guesses_max,
            wrong: Mutex::default(),
        }
    }

    /// Takes a try; false when there were too many. It counts as a wrong key until [`Guesses::give_back`].
    pub(crate) fn take(&self, of: K, now: Timestamp) -> bool {
        let mut wrong = self.lock();
        if wrong.len() >= REMEMBERED_MAX && !wrong.contains_key(&of) {
            wrong.retain(|_, (since, _)| !is_old(*since, now));
        }
        if wrong.len() >= REMEMBERED_MAX
            && !wrong.contains_key(&of)
            && let Some(any) = wrong.keys().next().copied()
        {
            wrong.remove(&any);
        }
        let entry = wrong.entry(of).or_insert((now, 0));
        if is_old(entry.0, now) {
            *entry = (now, 0);
        }
        let may_try = entry.1 < self.guesses_max;
        if may_try {
            entry.1 = entry.1.saturating_add(1);
        }
        may_try
    }

    /// Gives a try back that was not of a wrong key.
    pub(crate) fn give_back(&self, of: K) {
        let mut wrong = self.lock();
        if let Some(entry) = wrong.get_mut(&of) {
            entry.1 = entry.1.saturating_sub(1);
            if entry.1 == 0 {
                wrong.remove(&of);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (Timestamp, u32)>> {
        // Each change is one step: a panic elsewhere leaves nothing half done.
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_keys_an_avis_rests_for_an_hour_and_others_do_not() {
        let guesses = Guesses::of_avis();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in 0..5 {
            assert!(guesses.take(1, at(second)));
        }
        assert!(!guesses.take(1, at(3_599)));
        assert!(guesses.take(2, at(5)));
        assert!(guesses.take(1, at(3_600)));
        assert!(guesses.take(1, at(3_601)));
    }

    #[test]
    fn tries_side_by_side_count_and_right_keys_do_not() {
        let guesses = Guesses::of_avis();
        let take = || guesses.take(1, Timestamp::UNIX_EPOCH);
        for _ in 0..100 {
            assert!(take());
            guesses.give_back(1);
        }
        // None of these has been judged yet.
        assert!((0..5).all(|_| take()));
        assert!(!take());
        guesses.give_back(1);
        assert!(take() && !take());
        guesses.give_back(2);
    }

    #[test]
    fn as_many_are_remembered_as_there_is_room_for() {
        let guesses = Guesses::of_avis();
        for avis in 0..20_000 {
            assert!(guesses.take(avis, Timestamp::UNIX_EPOCH));
        }
        assert_eq!(guesses.lock().len(), REMEMBERED_MAX);
    }

    #[test]
    fn a_household_is_one_address() {
        let address = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }
}
