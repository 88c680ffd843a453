//! Handing one lot to the handler until it is done, lost, or given up.

use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::rebalance::InHand;
use super::{POLL_MAX, Runner};
use crate::context::list_of;
use crate::error::BusError;
use crate::lot::{HandleError, Lot, LotHandler, LotRange};

impl<H: LotHandler> Runner<'_, H> {
    /// Hands over one lot, again and again while the handler asks for it.
    pub(super) fn deliver(&mut self, mut lot: Lot) -> Result<(), BusError> {
        let records = u32::try_from(lot.records.len()).unwrap_or(u32::MAX);
        let group = self.config.group.as_str();
        self.metrics
            .lot_records
            .with_label_values(&[group])
            .observe(records.into());
        let mut stop_by = None;
        while !lot.records.is_empty() {
            match self.handler.handle(&lot) {
                Ok(()) => {
                    self.done(&lot);
                    break;
                }
                Err(HandleError::Retry(error)) => {
                    self.count_lot(&lot, "retried");
                    self.log_retry("handle", &error);
                    self.report_lag(Some(&lot));
                    self.pause()?;
                    self.wait_to_retry(&mut lot, &mut stop_by)?;
                }
                Err(HandleError::Lost(error)) => {
                    self.count_lot(&lot, "lost");
                    self.lost(&lot, &error);
                    break;
                }
                Err(HandleError::Fatal(error)) => {
                    self.count_lot(&lot, "fatal");
                    return Err(BusError::handler(error));
                }
            }
        }
        self.handler_backoff.reset();
        if let Some(revocation) = self.revocation.take() {
            self.give_back(&revocation.partitions, "revoked")?;
        }
        self.resume()
    }

    fn count_lot(&self, lot: &Lot, outcome: &str) {
        let labels = [self.config.group.as_str(), lot.topic(), outcome];
        self.metrics.lots.with_label_values(&labels).inc();
    }

    fn done(&mut self, lot: &Lot) {
        self.count_lot(lot, "done");
        self.position_backoff.reset();
        self.report_lag(None);
        if let Err(error) = self.commit(lot) {
            tracing::debug!(kafka.error = %error, "Courtesy commit failed");
        }
    }

    /// Tells Kafka where the database stands, for the eyes of lag tools only.
    fn commit(&self, lot: &Lot) -> KafkaResult<()> {
        let mut list = TopicPartitionList::with_capacity(lot.ranges.len());
        for LotRange {
            topic,
            partition,
            next_offset,
            ..
        } in &lot.ranges
        {
            list.add_partition_offset(topic, *partition, Offset::Offset(*next_offset))?;
        }
        self.consumer.commit(&list, CommitMode::Async)
    }

    /// Somebody else moved a position: the handler will be asked where to go on.
    fn lost(&mut self, lot: &Lot, error: &H::Error) {
        tracing::info!(
            error = %error,
            kafka.group = self.config.group,
            kafka.topic = lot.topic(),
            "Position was moved by another consumer, reading it again"
        );
        self.partitions.doubt(&lot.keys());
    }

    /// Stops reading, so that polling serves only the group.
    fn pause(&mut self) -> Result<(), BusError> {
        if !self.paused {
            self.paused = true;
            let list = list_of(&self.partitions.all());
            self.consumer
                .pause(&list)
                .map_err(BusError::client("pause partitions"))?;
        }
        Ok(())
    }

    fn resume(&mut self) -> Result<(), BusError> {
        if self.paused {
            self.paused = false;
            let list = list_of(&self.partitions.all());
            self.consumer
                .resume(&list)
                .map_err(BusError::client("resume partitions"))?;
        }
        Ok(())
    }

    /// Waits out the back-off while staying a member of the group. Takes out of the lot what could not be finished
    /// before its partitions had to go, and all of it when the service must stop.
    fn wait_to_retry(
        &mut self,
        lot: &mut Lot,
        stop_by: &mut Option<Instant>,
    ) -> Result<(), BusError> {
        let end = Instant::now() + self.handler_backoff.next_delay();
        while !lot.records.is_empty() {
            let now = Instant::now();
            if self.stopping() {
                let drain = Duration::from_millis(self.config.drain_timeout_ms.into());
                if now >= *stop_by.get_or_insert(now + drain) {
                    self.abandon(lot, "stopping");
                    *lot = Lot::default();
                    break;
                }
            }
            if let Some(revocation) = self.revocation.take_if(|waiting| now >= waiting.give_up) {
                self.abandon(lot, "revoked");
                lot.remove(&revocation.partitions);
                self.give_back(&revocation.partitions, "revoked")?;
                continue;
            }
            if now >= end {
                break;
            }
            let polled = self.poll((end - now).min(POLL_MAX))?;
            self.carry.extend(polled);
            self.serve_group(lot, InHand::Begun)?;
        }
        Ok(())
    }

    fn abandon(&self, lot: &Lot, why: &str) {
        self.count_lot(lot, "abandoned");
        tracing::warn!(
            kafka.group = self.config.group,
            kafka.topic = lot.topic(),
            lot.records = lot.records.len(),
            lot.why = why,
            "Lot could not be finished in time, it will be read again by whoever has the partitions"
        );
    }
}
