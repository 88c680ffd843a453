//! What the bus counts. Label values are names of topics and groups, and enums; never contents.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, core::Collector,
};

use crate::error::BusError;

/// The metrics of every consumer and producer of one process. Cloning shares them.
#[derive(Clone, Debug)]
pub struct BusMetrics {
    pub(crate) records_received: IntCounterVec,
    pub(crate) lots: IntCounterVec,
    pub(crate) lot_records: HistogramVec,
    pub(crate) consumer_lag: IntGaugeVec,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) gap_records: IntCounterVec,
    pub(crate) records_skipped: IntCounterVec,
    pub(crate) records_sent: IntCounterVec,
}

impl BusMetrics {
    /// Creates the metrics and registers them, once per registry.
    ///
    /// # Errors
    /// [`BusError::Metrics`] when the registry already holds metrics of these names.
    pub fn register(registry: &Registry) -> Result<Self, BusError> {
        let metrics = Self::build().map_err(|source| BusError::Metrics { source })?;
        let collectors: [Box<dyn Collector>; 8] = [
            Box::new(metrics.records_received.clone()),
            Box::new(metrics.lots.clone()),
            Box::new(metrics.lot_records.clone()),
            Box::new(metrics.consumer_lag.clone()),
            Box::new(metrics.rebalances.clone()),
            Box::new(metrics.gap_records.clone()),
            Box::new(metrics.records_skipped.clone()),
            Box::new(metrics.records_sent.clone()),
        ];
        for collector in collectors {
            registry
                .register(collector)
                .map_err(|source| BusError::Metrics { source })?;
        }
        Ok(metrics)
    }

    /// Metrics that nobody scrapes, for tools and tests.
    ///
    /// # Errors
    /// [`BusError::Metrics`]; never in practice, the names are constants.
    pub fn unregistered() -> Result<Self, BusError> {
        Self::build().map_err(|source| BusError::Metrics { source })
    }

    fn build() -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        Ok(Self {
            records_received: counter(
                "cnt_bus_records_received_total",
                "Records taken into a lot or broadcast to a reader.",
                &["group", "topic"],
            )?,
            lots: counter(
                "cnt_bus_lots_total",
                "Lots by first topic and outcome: done, retried, lost, abandoned, fatal.",
                &["group", "topic", "outcome"],
            )?,
            lot_records: HistogramVec::new(
                HistogramOpts::new(
                    "cnt_bus_lot_records",
                    "Records per lot handed to a handler.",
                )
                .buckets(vec![
                    1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0,
                ]),
                &["group"],
            )?,
            consumer_lag: IntGaugeVec::new(
                Opts::new(
                    "cnt_bus_consumer_lag_records",
                    "Records in the partition that this consumer has not finished.",
                ),
                &["group", "topic", "partition"],
            )?,
            rebalances: counter(
                "cnt_bus_rebalances_total",
                "Rebalances by kind: assigned, revoked, lost.",
                &["group", "kind"],
            )?,
            gap_records: counter(
                "cnt_bus_gap_records_total",
                "Offsets that the broker skipped: compacted or aborted records.",
                &["group", "topic"],
            )?,
            records_skipped: counter(
                "cnt_bus_records_skipped_total",
                "Records dropped because their position had moved; they are read again if need be.",
                &["group", "topic"],
            )?,
            records_sent: counter(
                "cnt_bus_records_sent_total",
                "Records sent by outcome: acknowledged, failed, busy.",
                &["topic", "outcome"],
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_takes_them_once() {
        let registry = Registry::new();
        BusMetrics::register(&registry).unwrap();
        let error = BusMetrics::register(&registry).unwrap_err();
        assert!(matches!(error, BusError::Metrics { .. }));
    }
}
