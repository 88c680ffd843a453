//! Claims that arrive at instants fixed in advance, and what came of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use cnt_service_kit::shutdown::Shutdown;
use indicatif::ProgressBar;
use uuid::Uuid;

use super::offices::Operator;
use crate::bench::archive_query::scattered;
use crate::bench::rendition::count;

/// Salts of what is drawn.
const INSTANT: u64 = 1 << 40;
const WHOSE: u64 = 2 << 40;

/// Takes files for operators, one after the other.
pub(super) trait Claimant: Send {
    /// The next file of the operator's OMP; an empty queue is an error.
    fn claim(&mut self, operator: &Operator) -> anyhow::Result<Uuid>;

    /// Gives a file back.
    fn release(&mut self, operator: &Operator, file: Uuid) -> anyhow::Result<()>;
}

/// A claim that is going to be made.
struct Arrival {
    /// When, after the begin.
    due: Duration,
    /// By whom.
    operator: usize,
    /// Whether the file is kept; else it is given back as soon as it was given.
    is_kept: bool,
}

/// Arrivals in the order of time, in one line or more.
struct Line {
    arrivals: Vec<Arrival>,
    next: AtomicUsize,
}

/// Claims that are going to be made, in lines of which each claimant serves one.
pub(super) struct Arrivals {
    lines: Vec<Line>,
}

impl Arrivals {
    /// A closed loop: every claim is due, and made when the one before it is done. Operators take turns.
    pub(super) fn at_once(claims: u64, operators: usize, lines: usize) -> Self {
        let whose = (0..operators).cycle();
        let arrivals = (0..claims).zip(whose).map(|(_, operator)| Arrival {
            due: Duration::ZERO,
            operator,
            is_kept: false,
        });
        Self::of(arrivals.collect(), lines)
    }

    /// An open loop: instants drawn evenly, as those of people who know nothing of each other are, each of any operator.
    pub(super) fn spread(
        (claims, over): (u64, Duration),
        seed: u64,
        operators: usize,
        lines: usize,
    ) -> anyhow::Result<Self> {
        let modulus = u64::try_from(operators)?;
        let mut arrivals = Vec::new();
        for number in 0..claims {
            let drawn = |salt: u64| scattered(seed.wrapping_add(salt).wrapping_add(number)) >> 11;
            arrivals.push(Arrival {
                due: over.mul_f64(count(drawn(INSTANT)) / count(1 << 53)),
                operator: usize::try_from(drawn(WHOSE) % modulus)?,
                is_kept: false,
            });
        }
        arrivals.sort_by_key(|arrival| arrival.due);
        Ok(Self::of(arrivals, lines))
    }

    /// Every second file of an operator is kept.
    fn of(arrivals: Vec<Arrival>, lines: usize) -> Self {
        let mut all: Vec<Line> = Vec::new();
        all.resize_with(lines.max(1), || Line {
            arrivals: Vec::new(),
            next: AtomicUsize::new(0),
        });
        let lines = all.len();
        let mut claims_of: HashMap<usize, u64> = HashMap::new();
        for mut arrival in arrivals {
            let claims = claims_of.entry(arrival.operator).or_default();
            *claims += 1;
            arrival.is_kept = claims.is_multiple_of(2);
            if let Some(line) = all.get_mut(arrival.operator % lines) {
                line.arrivals.push(arrival);
            }
        }
        Self { lines: all }
    }

    fn next(&self, claimant: usize) -> Option<&Arrival> {
        let line = self.lines.get(claimant % self.lines.len())?;
        line.arrivals.get(line.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Nobody comes any more.
    fn close(&self) {
        for line in &self.lines {
            line.next.store(line.arrivals.len(), Ordering::Relaxed);
        }
    }
}

/// Who holds which file, as those who claim are told.
#[derive(Default)]
pub(super) struct Ledger {
    held: Mutex<HashMap<Uuid, usize>>,
    claims: AtomicU64,
    releases: AtomicU64,
    doubled: AtomicU64,
}

impl Ledger {
    /// The files held now, each with the rank of its operator.
    pub(super) fn held(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files given.
    pub(super) fn claims(&self) -> u64 {
        self.claims.load(Ordering::Relaxed)
    }

    /// Files given back.
    pub(super) fn releases(&self) -> u64 {
        self.releases.load(Ordering::Relaxed)
    }

    /// Files given to somebody while somebody had them.
    pub(super) fn doubled(&self) -> u64 {
        self.doubled.load(Ordering::Relaxed)
    }

    /// Told after the answer, so that of a file given to two the second is always noticed.
    fn given(&self, file: Uuid, operator: usize) {
        self.claims.fetch_add(1, Ordering::Relaxed);
        if self.held().insert(file, operator).is_some() {
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Told before it is given back: from then on it may be another's.
    fn back(&self, file: Uuid) {
        self.releases.fetch_add(1, Ordering::Relaxed);
        self.held().remove(&file);
    }
}

/// How long claims took.
pub(super) struct Latencies {
    sorted: Vec<Duration>,
    span: Duration,
}

impl Latencies {
    /// Of times in any order, of which no span is known.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            sorted: times,
            span: Duration::ZERO,
        }
    }

    /// The time that so many of a hundred did not exceed, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        let found = self.sorted.get(rank.saturating_sub(1));
        found.map_or(0.0, |taken| taken.as_secs_f64() * 1_000.0)
    }

    /// Claims a second, from the begin to the last answer.
    pub(super) fn per_s(&self) -> anyhow::Result<f64> {
        let claims = u64::try_from(self.sorted.len())?;
        Ok(count(claims) / self.span.as_secs_f64())
    }
}

/// What all claimants of a phase share.
pub(super) struct Phase<'a> {
    /// Operators by rank.
    pub(super) operators: &'a [Operator],
    /// What files are held.
    pub(super) ledger: &'a Ledger,
    /// The begin.
    pub(super) begun: Instant,
    /// The stop.
    pub(super) shutdown: &'a Shutdown,
    /// What is done.
    pub(super) bar: &'a ProgressBar,
}

impl Phase<'_> {
    /// Serves all arrivals, each claimant on a thread of its own; idle, it sleeps.
    pub(super) fn serve<C: Claimant>(
        &self,
        claimants: &mut [C],
        arrivals: &Arrivals,
    ) -> anyhow::Result<Latencies> {
        let failed: Mutex<Option<anyhow::Error>> = Mutex::default();
        let mut sorted = std::thread::scope(|scope| {
            let threads: Vec<_> = claimants
                .iter_mut()
                .enumerate()
                .map(|(rank, claimant)| {
                    let failed = &failed;
                    scope.spawn(move || {
                        self.serve_line(claimant, rank, arrivals)
                            .unwrap_or_else(|error| {
                                // Whoever waits for the others need not wait long; the first cause counts.
                                arrivals.close();
                                let mut first =
                                    failed.lock().unwrap_or_else(PoisonError::into_inner);
                                first.get_or_insert(error);
                                Vec::new()
                            })
                    })
                })
                .collect();
            let mut taken = Vec::new();
            for thread in threads {
                let joined = thread.join();
                taken.extend(joined.map_err(|_| anyhow::anyhow!("a claimant panicked"))?);
            }
            anyhow::Ok(taken)
        })?;
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        sorted.sort_unstable();
        Ok(Latencies {
            sorted,
            span: self.begun.elapsed(),
        })
    }

    fn serve_line<C: Claimant>(
        &self,
        claimant: &mut C,
        rank: usize,
        arrivals: &Arrivals,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut taken = Vec::new();
        while let Some(arrival) = arrivals.next(rank) {
            let due = self.begun + arrival.due;
            let left = due.saturating_duration_since(Instant::now());
            ensure!(!self.shutdown.wait_timeout(left), "interrupted");
            let Some(operator) = self.operators.get(arrival.operator) else {
                continue;
            };
            let file = claimant.claim(operator)?;
            taken.push(due.elapsed());
            self.ledger.given(file, arrival.operator);
            if !arrival.is_kept {
                self.ledger.back(file);
                claimant.release(operator, file)?;
            }
            self.bar.inc(1);
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_all_there_in_the_order_of_time() {
        let over = Duration::from_secs(10);
        let arrivals = Arrivals::spread((1_000, over), 1, 8, 8).unwrap();
        let mut kept = 0;
        let mut seen = 0;
        for line in 0..8 {
            let mut before = Duration::ZERO;
            while let Some(arrival) = arrivals.next(line) {
                assert!(arrival.due >= before && arrival.due < over);
                assert_eq!(arrival.operator, line);
                before = arrival.due;
                seen += 1;
                kept += u32::from(arrival.is_kept);
            }
        }
        assert_eq!(seen, 1_000);
        assert!((496..=500).contains(&kept), "{kept}");
    }

    #[test]
    fn nobody_comes_once_the_lines_are_closed() {
        let arrivals = Arrivals::at_once(10, 3, 1);
        assert_eq!(arrivals.next(2).unwrap().operator, 0);
        assert_eq!(arrivals.next(0).unwrap().operator, 1);
        arrivals.close();
        assert!(arrivals.next(1).is_none());
    }

    #[test]
    fn a_file_with_two_at_once_is_noticed() {
        let (ledger, file) = (Ledger::default(), Uuid::from_u128(1));
        ledger.given(file, 0);
        ledger.back(file);
        ledger.given(file, 1);
        assert_eq!(ledger.doubled(), 0);
        ledger.given(file, 2);
        assert_eq!(
            (ledger.doubled(), ledger.claims(), ledger.releases()),
            (1, 3, 1)
        );
        assert_eq!(ledger.held().len(), 1);
    }
}
