//! What the archive tells of itself.

cnt_service_kit::metrics! {
    /// Metrics of the archive.
    pub(crate) struct Metrics("archive") {
        /// Lots registered since the start.
        lots_registered_total: prometheus::IntCounter,
        /// Documents registered since the start.
        documents_registered_total: prometheus::IntCounter,
        /// Reads of personal files that were journalled.
        consultations_total: prometheus::IntCounter,
        /// Checkpoints signed since the start.
        checkpoints_total: prometheus::IntCounter,
        /// Attempts to publish the evidence that failed.
        publish_failures_total: prometheus::IntCounter,
        /// Reads that found an object damaged or missing.
        damages_total: prometheus::IntCounter,
    }
}
