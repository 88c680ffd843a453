//! Capped exponential back-off with jitter.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Delays that double up to a cap, each drawn from the upper half of its step so that
/// replicas that failed together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    min_ms: u64,
    max_ms: u64,
    step_ms: u64,
    random: u64,
}

impl Backoff {
    /// `who` makes the jitter of two replicas differ; equal names give equal delays.
    pub(crate) fn new(min_ms: u64, max_ms: u64, who: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        who.hash(&mut hasher);
        Self {
            min_ms: min_ms.max(1),
            max_ms: max_ms.max(min_ms).max(1),
            step_ms: min_ms.max(1),
            random: hasher.finish() | 1,
        }
    }

    /// The delay before the next attempt.
    pub(crate) fn next_delay(&mut self) -> Duration {
        // xorshift64 (Marsaglia 2003): enough for jitter.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let half_ms = self.step_ms / 2;
        let delay_ms = self.step_ms - half_ms + self.random % (half_ms + 1);
        self.step_ms = self.step_ms.saturating_mul(2).min(self.max_ms);
        Duration::from_millis(delay_ms)
    }

    /// The next failure starts from the shortest delay again.
    pub(crate) fn reset(&mut self) {
        self.step_ms = self.min_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_start_again() {
        let mut backoff = Backoff::new(100, 1_000, "validation-0");
        for step_ms in [100, 200, 400, 800, 1_000, 1_000] {
            let delay = backoff.next_delay();
            assert!(delay >= Duration::from_millis(step_ms / 2), "{delay:?}");
            assert!(delay <= Duration::from_millis(step_ms), "{delay:?}");
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(100));
    }

    #[test]
    fn replicas_differ() {
        let delays = |who| {
            let mut backoff = Backoff::new(1_000, 60_000, who);
            (0..6).map(|_| backoff.next_delay()).collect::<Vec<_>>()
        };
        assert_ne!(delays("edition-0"), delays("edition-1"));
        assert_eq!(delays("edition-0"), delays("edition-0"));
    }
}
