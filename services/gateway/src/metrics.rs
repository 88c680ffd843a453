//! What the gateway tells of itself.

use prometheus::{Histogram, IntCounter};

cnt_service_kit::metric_label! {
    /// What became of a submission.
    pub(crate) enum Outcome("outcome") {
        /// Every MIF was acknowledged by the broker.
        Acknowledged => "acknowledged",
        /// It was the station's fault.
        Refused => "refused",
        /// The gateway, or the broker's queue, is full.
        Busy => "busy",
        /// The broker did not acknowledge in time, or the service is not ready.
        Unavailable => "unavailable",
    }
}

cnt_service_kit::metrics! {
    /// Metrics of the gateway.
    pub(crate) struct Metrics("gateway") {
        /// Submissions answered, by outcome.
        submissions_total: cnt_service_kit::metrics::CounterBy<Outcome>,
        /// MIFs acknowledged to their stations.
        mifs_acknowledged_total: IntCounter,
        /// Seconds from the last byte of a submission to its acknowledgement.
        acknowledgement_seconds: Histogram = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
        /// Photographs kept, each once.
        photos_kept_total: IntCounter,
        /// Photographs that did not come in time, by MIF.
        photos_missing_total: IntCounter,
        /// Receipts stored for collectivities.
        receipts_stored_total: IntCounter,
        /// Receipts given to collectivities; what is asked again counts again.
        receipts_given_total: IntCounter,
        /// Verdicts of receptions whose station nobody knows: they have no addressee.
        receipts_unaddressed_total: IntCounter,
    }
}
