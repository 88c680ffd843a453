//! What the service tells of itself.

use cnt_domain::courrier::CourrierKind;
use cnt_service_kit::metrics::{CounterBy, GaugeBy};

cnt_service_kit::metric_label! {
    /// What an envelope is.
    pub(crate) enum KindLabel("kind") {
        /// A requête en exonération (CPP 529-2, 529-10).
        Requete => "requete",
        /// A réclamation (CPP 530).
        Reclamation => "reclamation",
        /// Another driver is designated.
        Designation => "designation",
        /// A letter of ours that came back.
        Npai => "npai",
        /// The photograph is asked for.
        PhotoRequest => "photo_request",
        /// The procès-verbal is asked for.
        PvRequest => "pv_request",
        /// A new address.
        AddressChange => "address_change",
        /// A cheque.
        Payment => "payment",
        /// Time to pay.
        TimeRequest => "time_request",
        /// A right of the GDPR.
        DataProtection => "data_protection",
        /// Nobody could tell what it is, or about which avis.
        Unidentifiable => "unidentifiable",
    }
}

impl KindLabel {
    /// The label of a kind.
    pub(crate) fn of(kind: CourrierKind) -> Self {
        match kind {
            CourrierKind::Requete => Self::Requete,
            CourrierKind::Reclamation => Self::Reclamation,
            CourrierKind::Designation => Self::Designation,
            CourrierKind::Npai => Self::Npai,
            CourrierKind::PhotoRequest => Self::PhotoRequest,
            CourrierKind::PvRequest => Self::PvRequest,
            CourrierKind::AddressChange => Self::AddressChange,
            CourrierKind::Payment => Self::Payment,
            CourrierKind::TimeRequest => Self::TimeRequest,
            CourrierKind::DataProtection => Self::DataProtection,
            CourrierKind::Unidentifiable => Self::Unidentifiable,
        }
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

cnt_service_kit::metric_label! {
    /// What became of a key that was tried.
    pub(crate) enum KeyLabel("outcome") {
        /// It opened the file.
        Right => "right",
        /// It is of no such avis.
        Wrong => "wrong",
        /// It was not tried: too many were wrong before.
        Throttled => "throttled",
    }
}

cnt_service_kit::metrics! {
    /// Metrics of the contestation service.
    pub(crate) struct Metrics("contestation") {
        /// Envelopes taken from the topic and committed, duplicates included.
        courriers_received_total: CounterBy<KindLabel>,
        /// Envelopes that were known already.
        courriers_duplicate_total: prometheus::IntCounter,
        /// Contestations by state.
        contestations: GaugeBy<StateLabel>,
        /// Age of the oldest contestation whose avis is not known, in seconds of the legal clock.
        awaiting_routing_oldest_seconds: prometheus::Gauge,
        /// Keys of addressees that were tried.
        keys_total: CounterBy<KeyLabel>,
        /// Files open on the public pages.
        portal_sessions: prometheus::IntGauge,
        /// Lives that days moved: titres proposed, refusals grown final, prescriptions.
        lives_moved_by_clock_total: prometheus::IntCounter,
        /// Leases that ended without a decision; the files went back to their queues.
        leases_expired_total: prometheus::IntCounter,
    }
}
