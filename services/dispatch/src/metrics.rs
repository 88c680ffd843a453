//! What dispatch tells of itself.

use cnt_domain::avis::FoldState;

cnt_service_kit::metric_label! {
    /// State of a fold.
    pub(crate) enum StateLabel("state") {
        /// Not yet in a spool.
        Waiting => "waiting",
        /// In a spool.
        Spooled => "spooled",
        /// Handed to the post.
        Deposited => "deposited",
        /// Sent by e-mail.
        Emailed => "emailed",
        /// Not sent.
        Withdrawn => "withdrawn",
        /// Kept in the file, or at its addressee's disposal.
        Kept => "kept",
    }
}

impl From<FoldState> for StateLabel {
    fn from(state: FoldState) -> Self {
        match state {
            FoldState::Waiting => Self::Waiting,
            FoldState::Spooled => Self::Spooled,
            FoldState::Deposited => Self::Deposited,
            FoldState::Emailed => Self::Emailed,
            FoldState::Withdrawn => Self::Withdrawn,
            FoldState::Kept => Self::Kept,
        }
    }
}

cnt_service_kit::metrics! {
    /// Metrics of dispatch.
    pub(crate) struct Metrics("dispatch") {
        /// Folds, by state.
        folds: cnt_service_kit::metrics::GaugeBy<StateLabel>,
        /// Waiting folds that are held back because their document cannot be read.
        folds_held: prometheus::IntGauge,
        /// Age of the oldest fold that waits for a spool.
        waiting_oldest_seconds: prometheus::Gauge,
        /// Folds taken in since the start.
        folds_registered_total: prometheus::IntCounter,
        /// Spools closed since the start.
        spools_total: prometheus::IntCounter,
        /// Folds put into spools since the start.
        folds_spooled_total: prometheus::IntCounter,
        /// Seconds to read, write and commit a spool.
        spool_duration_seconds: prometheus::Histogram = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
    }
}
