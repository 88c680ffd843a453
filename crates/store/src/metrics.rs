//! Metrics of the store, registered where the service says.

use prometheus::core::Collector;
use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

use crate::error::FailureClass;
use crate::outbox::Pending;

/// How the transaction of a lot ended: the values of the label `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOutcome {
    /// Committed.
    Committed,
    /// Rolled back: another consumer had moved the position.
    Lost,
    /// Rolled back for a reason that passes.
    Transient,
    /// Rolled back for a reason that stays.
    Permanent,
}

impl TransactionOutcome {
    const ALL: [Self; 4] = [
        Self::Committed,
        Self::Lost,
        Self::Transient,
        Self::Permanent,
    ];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Lost => "lost",
            Self::Transient => "transient",
            Self::Permanent => "permanent",
        }
    }
}

impl From<FailureClass> for TransactionOutcome {
    fn from(class: FailureClass) -> Self {
        match class {
            FailureClass::Transient => Self::Transient,
            FailureClass::Lost => Self::Lost,
            FailureClass::Permanent => Self::Permanent,
        }
    }
}

/// `cnt_store_outbox_pending`, `cnt_store_outbox_oldest_seconds` and
/// `cnt_store_transactions_total{outcome}`, each with the constant label `service`.
#[derive(Clone)]
pub struct StoreMetrics {
    outbox_pending: IntGauge,
    outbox_oldest_seconds: Gauge,
    transactions_total: IntCounterVec,
}

impl StoreMetrics {
    /// Registers the metrics of one service. Services that share a process may share the registry.
    ///
    /// # Errors
    /// [`prometheus::Error`] when the same service was registered before.
    pub fn register(registry: &Registry, service: &'static str) -> Result<Self, prometheus::Error> {
        let opts = |name: &str, help: &str| Opts::new(name, help).const_label("service", service);
        let metrics = Self {
            outbox_pending: IntGauge::with_opts(opts(
                "cnt_store_outbox_pending",
                "Events that wait for the broker's acknowledgement",
            ))?,
            outbox_oldest_seconds: Gauge::with_opts(opts(
                "cnt_store_outbox_oldest_seconds",
                "Age of the oldest event that waits for the broker's acknowledgement",
            ))?,
            transactions_total: IntCounterVec::new(
                opts(
                    "cnt_store_transactions_total",
                    "Transactions of lots, by outcome",
                ),
                &["outcome"],
            )?,
        };
        for outcome in TransactionOutcome::ALL {
            metrics
                .transactions_total
                .with_label_values(&[outcome.as_str()]);
        }
        let collectors: [Box<dyn Collector>; 3] = [
            Box::new(metrics.outbox_pending.clone()),
            Box::new(metrics.outbox_oldest_seconds.clone()),
            Box::new(metrics.transactions_total.clone()),
        ];
        for collector in collectors {
            registry.register(collector)?;
        }
        Ok(metrics)
    }

    /// Sets the gauges of the outbox.
    pub fn observe_outbox(&self, pending: &Pending) {
        self.outbox_pending.set(pending.count);
        self.outbox_oldest_seconds.set(pending.oldest_age_seconds);
    }

    /// Counts a transaction: `None` is a commit.
    pub fn observe_transaction(&self, failure: Option<FailureClass>) {
        let outcome = failure.map_or(TransactionOutcome::Committed, TransactionOutcome::from);
        self.transactions_total
            .with_label_values(&[outcome.as_str()])
            .inc();
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{Encoder, TextEncoder};

    use super::*;

    #[test]
    fn two_services_share_a_registry_and_every_outcome_starts_at_zero() {
        let registry = Registry::new();
        let edition = StoreMetrics::register(&registry, "edition").unwrap();
        let archive = StoreMetrics::register(&registry, "archive").unwrap();
        assert!(StoreMetrics::register(&registry, "archive").is_err());
        edition.observe_transaction(None);
        edition.observe_transaction(Some(FailureClass::Lost));
        archive.observe_outbox(&Pending {
            count: 3,
            oldest_age_seconds: 1.5,
        });
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&registry.gather(), &mut text)
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        for line in [
            "cnt_store_transactions_total{outcome=\"committed\",service=\"edition\"} 1",
            "cnt_store_transactions_total{outcome=\"lost\",service=\"edition\"} 1",
            "cnt_store_transactions_total{outcome=\"transient\",service=\"archive\"} 0",
            "cnt_store_outbox_pending{service=\"archive\"} 3",
            "cnt_store_outbox_oldest_seconds{service=\"archive\"} 1.5",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
