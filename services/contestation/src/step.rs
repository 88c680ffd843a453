//! The steps of a contestation's life that this service takes, each proved against the state machine when the program
//! is compiled.

use cnt_domain::avis::ContestationState;

/// A change of state that [`ContestationState::may_become`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    from: ContestationState,
    to: ContestationState,
}

impl Step {
    const fn new(from: ContestationState, to: ContestationState) -> Self {
        // Evaluated by the compiler only: the steps are constants.
        assert!(
            from.may_become(to),
            "the state machine does not allow the step"
        );
        Self { from, to }
    }

    /// The avis is known: the file goes to its OMP.
    pub(crate) const ROUTE: Self = Self::new(
        ContestationState::AwaitingRouting,
        ContestationState::Queued,
    );
    /// An operator takes the file.
    pub(crate) const CLAIM: Self = Self::new(ContestationState::Queued, ContestationState::Claimed);
    /// The operator gives it back, or the lease ends.
    pub(crate) const RELEASE: Self =
        Self::new(ContestationState::Claimed, ContestationState::Queued);

    /// The operator decides it.
    pub(crate) const DECIDE: Self =
        Self::new(ContestationState::Claimed, ContestationState::Decided);

    /// The word of the state it leaves.
    pub(crate) const fn from(self) -> &'static str {
        self.from.as_str()
    }

    /// The word of the state it reaches.
    pub(crate) const fn to(self) -> &'static str {
        self.to.as_str()
    }
}
