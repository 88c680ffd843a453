//! The topics between services, in one table.

/// A topic of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Its name, before any deployment prefix.
    pub name: &'static str,
    /// How many partitions it is created with.
    pub partitions: u16,
    /// How long records are kept, in hours; `None` for ever.
    pub retention_hours: Option<u32>,
    /// Who writes it.
    pub producer: &'static str,
    /// Who reads it.
    pub consumers: &'static str,
    /// What a record is.
    pub record: &'static str,
}

/// Signed MIFs as received; the only topic that holds personal data.
pub const MIF_INBOUND: Topic = Topic {
    name: "mif.inbound",
    partitions: 8,
    retention_hours: Some(7 * 24),
    producer: "gateway",
    consumers: "validation",
    record: "one MIF (compact JWS), key = service code, headers = reception stamp",
};

/// Verdict lots.
pub const MIF_VERDICT: Topic = Topic {
    name: "mif.verdict",
    partitions: 4,
    retention_hours: Some(30 * 24),
    producer: "validation",
    consumers: "edition, gateway, archive",
    record: "VerdictLotEvent",
};

/// Document lots.
pub const DOCUMENT_LOT: Topic = Topic {
    name: "document.lot",
    partitions: 4,
    retention_hours: Some(30 * 24),
    producer: "edition",
    consumers: "dispatch, archive, contestation, gateway",
    record: "DocumentLotEvent",
};

/// Envelopes received from offenders, by portal or scanned mail.
pub const COURRIER_INBOUND: Topic = Topic {
    name: "courrier.inbound",
    partitions: 4,
    retention_hours: Some(7 * 24),
    producer: "contestation (portal, mail room)",
    consumers: "contestation",
    record: "CourrierV1, key = avis number",
};

/// Versions of the registry.
pub const REGISTRY_VERSION: Topic = Topic {
    name: "registry.version",
    partitions: 1,
    retention_hours: None,
    producer: "registry",
    consumers: "gateway, validation, edition, contestation",
    record: "RegistryVersionEvent",
};

/// Movements of the legal clock (simulation only).
pub const LEGAL_CLOCK: Topic = Topic {
    name: "legal.clock",
    partitions: 1,
    retention_hours: None,
    producer: "registry",
    consumers: "every service",
    record: "LegalClockEvent",
};

/// Every topic.
pub const ALL: [Topic; 6] = [
    MIF_INBOUND,
    MIF_VERDICT,
    DOCUMENT_LOT,
    COURRIER_INBOUND,
    REGISTRY_VERSION,
    LEGAL_CLOCK,
];
