//! What validation tells of itself.

use cnt_domain::problem::{Family, Problem};
use cnt_service_kit::metrics::{CounterBy, HistogramBy};
use prometheus::{Histogram, IntCounter};

cnt_service_kit::metric_label! {
    /// What became of a message.
    pub enum Outcome("outcome") {
        /// Every check passed.
        Accepted => "accepted",
        /// A check refused it.
        Rejected => "rejected",
        /// It had come before.
        Replayed => "replayed",
        /// It could not be judged.
        Quarantined => "quarantined",
        /// An operator gave it up.
        Discarded => "discarded",
    }
}

cnt_service_kit::metric_label! {
    /// A step of the work on a lot.
    pub enum Step("step") {
        /// All checks.
        Judge => "judge",
        /// Duplicates, in the database.
        Settle => "settle",
        /// Making the lot object.
        Seal => "seal",
        /// Writing it, durably.
        Store => "store",
    }
}

cnt_service_kit::metric_label! {
    /// A family of problems.
    pub enum FamilyLabel("family") {
        /// Shape of the message.
        Format => "format",
        /// Signature.
        Signature => "signature",
        /// Card.
        Card => "card",
        /// Station and device.
        Origin => "origin",
        /// Convention, service, agent.
        Authority => "authority",
        /// Nomenclature.
        Natinf => "natinf",
        /// Person met.
        Person => "person",
        /// Place.
        Territory => "territory",
        /// Instants.
        Time => "time",
        /// Same ticket twice.
        Duplicate => "duplicate",
        /// The operator's decisions.
        Operations => "operations",
    }
}

impl From<Family> for FamilyLabel {
    fn from(family: Family) -> Self {
        match family {
            Family::Format => Self::Format,
            Family::Signature => Self::Signature,
            Family::Card => Self::Card,
            Family::Origin => Self::Origin,
            Family::Authority => Self::Authority,
            Family::Natinf => Self::Natinf,
            Family::Person => Self::Person,
            Family::Territory => Self::Territory,
            Family::Time => Self::Time,
            Family::Duplicate => Self::Duplicate,
            Family::Operations => Self::Operations,
        }
    }
}

cnt_service_kit::metrics! {
    /// Metrics of validation. Those of outcomes count what was committed.
    pub struct Metrics("validation") {
        /// Messages taken from the broker; those of a lot that is done again count again.
        messages_received_total: IntCounter,
        /// Messages whose verdict was committed, by outcome.
        messages_processed_total: CounterBy<Outcome>,
        /// Problems found in messages whose verdict was committed, by family.
        problems_total: CounterBy<FamilyLabel>,
        /// Messages in a lot.
        lot_size: Histogram = [1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0],
        /// Seconds from the records of a lot to its commit.
        lot_duration_seconds: Histogram = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
        /// Seconds of one step of a lot.
        step_duration_seconds: HistogramBy<Step> = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0],
    }
}

impl Metrics {
    pub(crate) fn count_problems<'a>(&self, problems: impl Iterator<Item = &'a Problem>) {
        for problem in problems {
            self.problems_total.with(problem.code.family().into()).inc();
        }
    }
}
