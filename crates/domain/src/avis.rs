//! States of a postal fold and of a contestation, as closed machines.

/// Where one current document stands on its way to its addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FoldState {
    /// Known to dispatch, not yet in a postal lot.
    Waiting,
    /// Printed in a spool.
    Spooled,
    /// Handed to the post.
    Deposited,
    /// Sent by e-mail after consent.
    Emailed,
    /// Withdrawn: not deposited on its day, or replaced.
    Withdrawn,
    /// Kept in the file or put at its addressee's disposal: it never goes by post.
    Kept,
}

impl FoldState {
    /// Every state, in the order of the way.
    pub const ALL: [FoldState; 6] = [
        FoldState::Waiting,
        FoldState::Spooled,
        FoldState::Deposited,
        FoldState::Emailed,
        FoldState::Withdrawn,
        FoldState::Kept,
    ];

    /// The word kept in the database and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FoldState::Waiting => "waiting",
            FoldState::Spooled => "spooled",
            FoldState::Deposited => "deposited",
            FoldState::Emailed => "emailed",
            FoldState::Withdrawn => "withdrawn",
            FoldState::Kept => "kept",
        }
    }

    /// Whether a fold may pass from this state to another.
    #[must_use]
    pub const fn may_become(self, next: FoldState) -> bool {
        match self {
            FoldState::Waiting => {
                matches!(
                    next,
                    FoldState::Spooled | FoldState::Emailed | FoldState::Withdrawn
                )
            }
            FoldState::Spooled => matches!(next, FoldState::Deposited | FoldState::Withdrawn),
            FoldState::Deposited | FoldState::Emailed | FoldState::Withdrawn | FoldState::Kept => {
                false
            }
        }
    }
}

/// Where a contestation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContestationState {
    /// Received; its avis or its competent OMP is not known yet.
    AwaitingRouting,
    /// In the queue of the competent OMP.
    Queued,
    /// Held by an operator, under a lease.
    Claimed,
    /// Decided.
    Decided,
}

impl ContestationState {
    /// Every state.
    pub const ALL: [ContestationState; 4] = [
        ContestationState::AwaitingRouting,
        ContestationState::Queued,
        ContestationState::Claimed,
        ContestationState::Decided,
    ];

    /// The word kept in the database and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ContestationState::AwaitingRouting => "awaiting_routing",
            ContestationState::Queued => "queued",
            ContestationState::Claimed => "claimed",
            ContestationState::Decided => "decided",
        }
    }

    /// Whether a contestation may pass from this state to another.
    #[must_use]
    pub const fn may_become(self, next: ContestationState) -> bool {
        match self {
            ContestationState::AwaitingRouting => matches!(next, ContestationState::Queued),
            ContestationState::Queued => matches!(next, ContestationState::Claimed),
            // The lease ends: back to the queue.
            ContestationState::Claimed => {
                matches!(next, ContestationState::Queued | ContestationState::Decided)
            }
            ContestationState::Decided => false,
        }
    }
}

/// Grounds of a contestation, as the form words them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// Cas n° 1: vehicle stolen, destroyed, sold, or plate usurped.
    VehicleNotMine,
    /// Cas n° 2: another driver is designated.
    Designation,
    /// Cas n° 3: any other motive.
    Other,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Ground; 3] = [Ground::VehicleNotMine, Ground::Designation, Ground::Other];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Ground::VehicleNotMine => "vehicule",
            Ground::Designation => "designation",
            Ground::Other => "autre",
        }
    }

    /// The ground of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_are_final() {
        for next in FoldState::ALL {
            assert!(!FoldState::Deposited.may_become(next));
            assert!(!FoldState::Withdrawn.may_become(next));
            assert!(!FoldState::Kept.may_become(next));
        }
        for next in ContestationState::ALL {
            assert!(!ContestationState::Decided.may_become(next));
        }
    }

    #[test]
    fn a_lost_lease_returns_to_the_queue() {
        assert!(ContestationState::Claimed.may_become(ContestationState::Queued));
        assert!(!ContestationState::Queued.may_become(ContestationState::Decided));
    }
}
