//! The topics between services, in one table, and who may do what with them.

use crate::services;

/// A topic of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Its name, before any deployment prefix.
    pub name: &'static str,
    /// How many partitions it is created with.
    pub partitions: u16,
    /// How long records are kept, in hours; `None` for ever.
    pub retention_hours: Option<u32>,
    /// The one service that writes it.
    pub producer: &'static str,
    /// The services that read it.
    pub consumers: &'static [&'static str],
    /// What a record is.
    pub record: &'static str,
}

/// Signed MIFs as received; the only topic that holds personal data.
pub const MIF_INBOUND: Topic = Topic {
    name: "mif.inbound",
    partitions: 8,
    retention_hours: Some(7 * 24),
    producer: "gateway",
    consumers: &["validation"],
    record: "one MIF (compact JWS), key = service code, headers = reception stamp",
};

/// Verdict lots.
pub const MIF_VERDICT: Topic = Topic {
    name: "mif.verdict",
    partitions: 4,
    retention_hours: Some(30 * 24),
    producer: "validation",
    consumers: &["edition", "gateway", "archive"],
    record: "VerdictLotEvent",
};

/// Document lots.
pub const DOCUMENT_LOT: Topic = Topic {
    name: "document.lot",
    partitions: 4,
    retention_hours: Some(30 * 24),
    producer: "edition",
    consumers: &["dispatch", "archive", "contestation", "gateway"],
    record: "DocumentLotEvent",
};

/// Envelopes received from offenders, by portal or scanned mail.
pub const COURRIER_INBOUND: Topic = Topic {
    name: "courrier.inbound",
    partitions: 4,
    retention_hours: Some(7 * 24),
    producer: "contestation",
    consumers: &["contestation"],
    record: "CourrierV1 or CourrierV3 (portal) or CourrierV2 (mail room), key = avis number, or id where none can be read",
};

/// Reports of agents, whom an officer asked by the receipts of their collectivity.
pub const REPORT_INBOUND: Topic = Topic {
    name: "report.inbound",
    partitions: 1,
    retention_hours: Some(7 * 24),
    producer: "gateway",
    consumers: &["contestation"],
    record: "ReportV1, key = the question's id",
};

/// Letters to be edited: after a titre.
pub const LETTER_REQUEST: Topic = Topic {
    name: "letter.request",
    partitions: 2,
    retention_hours: Some(30 * 24),
    producer: "contestation",
    consumers: &["edition"],
    record: "LetterRequestEvent",
};

/// Spools that plants handed to the post.
pub const SPOOL_DEPOSIT: Topic = Topic {
    name: "spool.deposit",
    partitions: 1,
    retention_hours: Some(30 * 24),
    producer: "dispatch",
    consumers: &["contestation"],
    record: "SpoolDepositEvent",
};

/// Versions of the registry.
pub const REGISTRY_VERSION: Topic = Topic {
    name: "registry.version",
    partitions: 1,
    retention_hours: None,
    producer: "registry",
    consumers: &services::ALL,
    record: "RegistryVersionEvent",
};

/// Movements of the legal clock (simulation only).
pub const LEGAL_CLOCK: Topic = Topic {
    name: "legal.clock",
    partitions: 1,
    retention_hours: None,
    producer: "registry",
    consumers: &services::ALL,
    record: "LegalClockEvent",
};

/// Every topic.
pub const ALL: [Topic; 9] = [
    MIF_INBOUND,
    MIF_VERDICT,
    DOCUMENT_LOT,
    COURRIER_INBOUND,
    REPORT_INBOUND,
    LETTER_REQUEST,
    SPOOL_DEPOSIT,
    REGISTRY_VERSION,
    LEGAL_CLOCK,
];

/// What a grant allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Reading this topic.
    Read(&'static str),
    /// Writing this topic.
    Write(&'static str),
    /// Being a member of the consumer groups whose names begin so.
    Groups(&'static str),
    /// Having a producer, as every service has, also one that writes no topic.
    Producer,
}

/// Everything that is allowed on the broker, by principal. A principal bears the name of its service; what stands
/// in no grant is refused.
///
/// [`services::RECONCILE_ROLE`] may read every topic and write none. Its right to read [`LEGAL_CLOCK`] comes last.
#[must_use]
pub fn grants() -> Vec<(&'static str, Grant)> {
    let mut grants: Vec<_> = services::principals()
        .map(|principal| (principal, Grant::Groups(principal)))
        .collect();
    grants.extend(services::ALL.map(|service| (service, Grant::Producer)));
    for topic in &ALL {
        grants.push((topic.producer, Grant::Write(topic.name)));
        let readers = topic.consumers.iter().copied();
        grants.extend(
            readers
                .chain([services::RECONCILE_ROLE])
                .map(|reader| (reader, Grant::Read(topic.name))),
        );
    }
    grants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gateway_writes_what_it_received() {
        let writers: Vec<_> = grants()
            .into_iter()
            .filter(|(_, grant)| *grant == Grant::Write(MIF_INBOUND.name))
            .map(|(principal, _)| principal)
            .collect();
        assert_eq!(writers, ["gateway"]);
    }

    #[test]
    fn reconcile_writes_nothing() {
        let writes = grants().into_iter().any(|(principal, grant)| {
            principal == services::RECONCILE_ROLE
                && matches!(grant, Grant::Write(_) | Grant::Producer)
        });
        assert!(!writes);
    }

    #[test]
    fn whoever_reads_or_writes_is_a_service() {
        for topic in &ALL {
            for name in topic.consumers.iter().chain([&topic.producer]) {
                assert!(services::ALL.contains(name), "{name}");
            }
        }
    }

    /// Else one service could join another's groups.
    #[test]
    fn no_principal_begins_like_another() {
        for one in services::principals() {
            let alike: Vec<_> = services::principals()
                .filter(|other| other.starts_with(one))
                .collect();
            assert_eq!(alike, [one]);
        }
    }
}
