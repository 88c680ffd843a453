//! A stream of numbers that follows from a text: SHA-256 for the seed, `SplitMix64` for what comes after it.

use sha2::{Digest, Sha256};

/// The stream. The same seed gives the same numbers, on every machine and in every version.
#[derive(Clone, Copy)]
pub(super) struct Draw {
    state: u64,
}

impl Draw {
    /// The stream of a text.
    pub(super) fn of(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(b":");
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let state = digest
            .first_chunk::<8>()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Self { state }
    }

    /// A stream of its own for one purpose: what is drawn from it moves nothing in this one.
    pub(super) fn fork(self, purpose: u64) -> Self {
        let mut fork = Self {
            state: self.state ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        };
        fork.state = fork.next();
        fork
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let wide = (self.next() >> 32) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// A number below a bound, small ones more often: half of them lie in the first quarter.
    pub(super) fn low_below(&mut self, bound: u32) -> u32 {
        let unit = self.next() >> 32;
        let squared = (unit * unit) >> 32;
        u32::try_from((squared * u64::from(bound)) >> 32).unwrap_or(0)
    }

    /// Whether a chance of so many in ten thousand comes true.
    pub(super) fn chance(&mut self, in_ten_thousand: u32) -> bool {
        self.below(10_000) < in_ten_thousand
    }

    /// One of several.
    pub(super) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        let index = usize::try_from(self.below(bound)).unwrap_or(0);
        choices.get(index).copied().unwrap_or_default()
    }

    /// One of several, the first ones more often.
    pub(super) fn pick_low<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        let index = usize::try_from(self.low_below(bound)).unwrap_or(0);
        choices.get(index).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_follows_from_the_text() {
        let numbers = |text: &str| {
            let mut draw = Draw::of(&[text]);
            [draw.below(1000), draw.below(1000), draw.below(1000)]
        };
        assert_eq!(numbers("AB123CD"), numbers("AB123CD"));
        assert_ne!(numbers("AB123CD"), numbers("AB124CD"));
        assert_ne!(
            Draw::of(&["A", "B"]).below(u32::MAX),
            Draw::of(&["AB"]).below(u32::MAX)
        );
    }

    #[test]
    fn numbers_fill_their_range_evenly() {
        let mut draw = Draw::of(&["even"]);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[draw.below(10) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_500..10_500).contains(count)),
            "{counts:?}"
        );
        let low = (0..100_000).filter(|_| draw.low_below(1_000) < 250).count();
        assert!((48_000..52_000).contains(&low), "{low}");
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.pick::<&str>(&[]), "");
    }
}
