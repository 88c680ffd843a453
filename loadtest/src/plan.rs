//! What each index of the stream is: a pure function of the seed.

use crate::faults::Fault;
use crate::random::Draw;

/// How far back a replay or a conflict reaches at least, so that the original has arrived before, and at most.
const REACH_MIN: u64 = 256;
const REACH_MAX: u64 = 20_000;

/// What an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// A good MIF.
    Good,
    /// A MIF with one fault; `of` is an earlier good MIF for those that need one.
    Bad { fault: Fault, of: Option<u64> },
    /// The payload of an earlier good MIF, signed again.
    Replay { of: u64 },
    /// Another payload under the id of an earlier good MIF.
    Conflict { of: u64 },
}

/// The shares of the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares {
    pub(crate) bad: f64,
    pub(crate) replay: f64,
    pub(crate) conflict: f64,
}

/// Plans the stream.
#[derive(Debug, Clone)]
pub(crate) struct Planner {
    pub(crate) seed: u64,
    pub(crate) shares: Shares,
    /// The faults that this nation and this instant allow.
    pub(crate) faults: Vec<Fault>,
}

enum Roll {
    Good,
    Bad,
    Replay,
    Conflict,
}

impl Planner {
    fn roll(&self, index: u64) -> Roll {
        let share = Draw::new(self.seed, "kind", index).share();
        let Shares {
            bad,
            replay,
            conflict,
        } = self.shares;
        if share < bad {
            Roll::Bad
        } else if share < bad + replay {
            Roll::Replay
        } else if share < bad + replay + conflict {
            Roll::Conflict
        } else {
            Roll::Good
        }
    }

    pub(crate) fn plan(&self, index: u64) -> Plan {
        match self.roll(index) {
            Roll::Good => Plan::Good,
            Roll::Replay => self
                .earlier(index)
                .map_or(Plan::Good, |of| Plan::Replay { of }),
            Roll::Conflict => self
                .earlier(index)
                .map_or(Plan::Good, |of| Plan::Conflict { of }),
            Roll::Bad => self.bad(index),
        }
    }

    fn bad(&self, index: u64) -> Plan {
        let drawn = Draw::new(self.seed, "fault", index).below(self.faults.len());
        let Some(fault) = self.faults.get(drawn).copied() else {
            return Plan::Good;
        };
        if !matches!(fault, Fault::SamePvNumber | Fault::DrawnUpTwice) {
            return Plan::Bad { fault, of: None };
        }
        match self.earlier(index) {
            Some(of) => Plan::Bad {
                fault,
                of: Some(of),
            },
            None => Plan::Bad {
                fault: Fault::BadPlate,
                of: None,
            },
        }
    }

    /// An earlier index that is good by its own roll, far enough back.
    fn earlier(&self, index: u64) -> Option<u64> {
        let last = index.checked_sub(REACH_MIN.min(index / 2 + 1))?;
        let first = index.saturating_sub(REACH_MAX);
        let mut draw = Draw::new(self.seed, "earlier", index);
        (0..32).find_map(|_| {
            let span = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
            let candidate = first + u64::try_from(draw.below(span)).unwrap_or(0);
            matches!(self.roll(candidate), Roll::Good).then_some(candidate)
        })
    }
}
