//! What the service tells of itself.

use cnt_service_kit::metrics::{CounterBy, GaugeBy};

cnt_service_kit::metric_label! {
    /// What an envelope is.
    pub(crate) enum CourrierKind("kind") {
        /// A requête en exonération (CPP 529-10).
        Requete => "requete",
        /// No avis number can be read on it.
        Unidentifiable => "unidentifiable",
    }
}

cnt_service_kit::metric_label! {
    /// Where a contestation stands.
    pub(crate) enum StateLabel("state") {
        /// Its avis is not known yet.
        AwaitingRouting => "awaiting_routing",
        /// In the queue of its OMP.
        Queued => "queued",
        /// With an operator.
        Claimed => "claimed",
        /// Decided.
        Decided => "decided",
    }
}

cnt_service_kit::metrics! {
    /// Metrics of the contestation service.
    pub(crate) struct Metrics("contestation") {
        /// Envelopes taken from the topic and committed, duplicates included.
        courriers_received_total: CounterBy<CourrierKind>,
        /// Envelopes that carried a contestation known already.
        courriers_duplicate_total: prometheus::IntCounter,
        /// Contestations by state.
        contestations: GaugeBy<StateLabel>,
        /// Age of the oldest contestation whose avis is not known, in seconds of the legal clock.
        awaiting_routing_oldest_seconds: prometheus::Gauge,
        /// Lives that days moved: titres proposed, refusals grown final, prescriptions.
        lives_moved_by_clock_total: prometheus::IntCounter,
        /// Leases that ended without a decision; the files went back to their queues.
        leases_expired_total: prometheus::IntCounter,
    }
}
