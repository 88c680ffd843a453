//! What the registry tells of itself.

cnt_service_kit::metrics! {
    /// Metrics of the registry.
    pub(crate) struct Metrics("registry") {
        /// The newest version of the registry, 0 while there is none.
        current_version: prometheus::IntGauge,
        /// Seconds by which the legal clock is ahead of the real one.
        legal_clock_offset_seconds: prometheus::IntGauge,
        /// Revocations of cards since the start, suspensions aside.
        cards_revoked_total: prometheus::IntCounter,
        /// Cards and stations given certificates since the start.
        holders_certified_total: prometheus::IntCounter,
        /// Times the revocation lists were signed anew because they were due, since the start.
        revocation_lists_renewed_total: prometheus::IntCounter,
    }
}
