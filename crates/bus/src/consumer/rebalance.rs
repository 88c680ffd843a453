//! Assignment, positions, revocation: what happens between lots.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};
use uuid::Uuid;

use super::{REQUEST_TIMEOUT, Runner};
use crate::context::{GroupEvent, list_of};
use crate::error::BusError;
use crate::lot::{HandleError, Key, Lot, LotHandler, TopicPartition};
use crate::native;
use crate::record::Record;

/// Partitions to be given back as soon as the lot in hand is finished, at the latest at `give_up`.
#[derive(Debug)]
pub(super) struct Revocation {
    pub(super) partitions: Vec<Key>,
    pub(super) give_up: Instant,
}

/// Whether the handler has seen the lot in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InHand {
    /// It has not: what is revoked just leaves the lot.
    NotBegun,
    /// It has, and will be asked again: a revocation waits for it, for the drain timeout.
    Begun,
}

/// A partition with the position from which it is read.
struct Placed {
    key: Key,
    topic_id: Uuid,
    position: i64,
}

impl<H: LotHandler> Runner<'_, H> {
    /// Answers the rebalances that have come, unless one waits for the lot in hand.
    pub(super) fn serve_group(&mut self, lot: &mut Lot, in_hand: InHand) -> Result<(), BusError> {
        while self.revocation.is_none() {
            match self.consumer.context().next_event() {
                None => break,
                Some(GroupEvent::Assigned(partitions)) => self.assign(partitions)?,
                Some(GroupEvent::Revoked { partitions, lost }) => {
                    if in_hand == InHand::Begun && !lost && lot.touches(&partitions) {
                        let drain = Duration::from_millis(self.config.drain_timeout_ms.into());
                        let give_up = Instant::now() + drain;
                        self.revocation = Some(Revocation {
                            partitions,
                            give_up,
                        });
                    } else {
                        lot.remove(&partitions);
                        self.give_back(&partitions, if lost { "lost" } else { "revoked" })?;
                    }
                }
            }
        }
        Ok(())
    }

    fn count_rebalance(&self, kind: &str, partitions: &[Key]) {
        self.metrics
            .rebalances
            .with_label_values(&[self.config.group.as_str(), kind])
            .inc();
        let names: Vec<_> = partitions
            .iter()
            .map(|(topic, partition)| format!("{topic}/{partition}"))
            .collect();
        tracing::info!(
            kafka.group = self.config.group,
            kafka.partitions = names.join(" "),
            rebalance.kind = kind,
            "Assignment changed"
        );
    }

    /// Takes partitions, at their stored positions if these are to be had now.
    fn assign(&mut self, partitions: Vec<Key>) -> Result<(), BusError> {
        self.count_rebalance("assigned", &partitions);
        self.partitions.add(&partitions);
        // Not placed: the group is answered all the same, at the end, and what comes from there is skipped until
        // the positions are known.
        let mut list = list_of(&partitions);
        let action = "assign partitions";
        list.set_all_offsets(Offset::End)
            .map_err(BusError::client(action))?;
        for placed in self.look_up(&partitions)?.unwrap_or_default() {
            let (topic, partition) = &placed.key;
            list.set_partition_offset(topic, *partition, Offset::Offset(placed.position))
                .map_err(BusError::client(action))?;
            self.partitions
                .place(&placed.key, placed.topic_id, placed.position);
        }
        self.consumer
            .incremental_assign(&list)
            .map_err(BusError::client(action))?;
        if self.paused {
            self.consumer
                .pause(&list)
                .map_err(BusError::client("pause partitions"))?;
        }
        Ok(())
    }

    /// Gives partitions back.
    pub(super) fn give_back(&mut self, partitions: &[Key], kind: &str) -> Result<(), BusError> {
        self.count_rebalance(kind, partitions);
        self.handler.revoked(&self.partitions.known(partitions));
        self.forget_lag(partitions);
        self.partitions.remove(partitions);
        self.drop_carried(partitions);
        self.consumer
            .incremental_unassign(&list_of(partitions))
            .map_err(BusError::client("give partitions back"))
    }

    fn drop_carried(&mut self, partitions: &[Key]) {
        self.carry.retain(|record| {
            !partitions
                .iter()
                .any(|(topic, partition)| *topic == record.topic && *partition == record.partition)
        });
    }

    /// Looks up the positions that are unknown and seeks to them.
    pub(super) fn find_positions(&mut self) -> Result<(), BusError> {
        let doubtful = self.partitions.doubtful();
        if doubtful.is_empty() || Instant::now() < self.position_due {
            return Ok(());
        }
        self.position_due = Instant::now() + self.position_backoff.next_delay();
        let Some(placed) = self.look_up(&doubtful)? else {
            return Ok(());
        };
        let action = "seek";
        let mut list = TopicPartitionList::with_capacity(placed.len());
        for Placed {
            key: (topic, partition),
            position,
            ..
        } in &placed
        {
            list.add_partition_offset(topic, *partition, Offset::Offset(*position))
                .map_err(BusError::client(action))?;
        }
        self.drop_carried(&doubtful);
        let sought = match self.consumer.seek_partitions(list, REQUEST_TIMEOUT) {
            Ok(sought) => sought,
            Err(error) => {
                tracing::debug!(kafka.error = %error, "Seek failed, trying again");
                return Ok(());
            }
        };
        for Placed {
            key,
            topic_id,
            position,
        } in placed
        {
            let element = sought.find_partition(&key.0, key.1);
            match element.map(|element| element.error()) {
                Some(Ok(())) => self.partitions.place(&key, topic_id, position),
                outcome => {
                    tracing::debug!(kafka.outcome = ?outcome, "Seek failed, trying again");
                }
            }
        }
        Ok(())
    }

    /// Asks the broker again for a record that was passed over.
    pub(super) fn seek_again(&mut self, record: &Record, position: i64) {
        let key = (Arc::clone(&record.topic), record.partition);
        let offset = Offset::Offset(position);
        self.drop_carried(std::slice::from_ref(&key));
        if let Err(error) = self.consumer.seek(&key.0, key.1, offset, REQUEST_TIMEOUT) {
            tracing::debug!(kafka.error = %error, "Seek failed, looking the position up again");
            self.partitions.doubt(&[key]);
        }
    }

    /// Where each of these partitions is to be read from; `None` when that cannot be told now.
    fn look_up(&mut self, partitions: &[Key]) -> Result<Option<Vec<Placed>>, BusError> {
        let Some(named) = self.with_topic_ids(partitions)? else {
            return Ok(None);
        };
        let stored = match self.handler.positions(&named) {
            Ok(stored) => stored,
            Err(HandleError::Retry(error) | HandleError::Lost(error)) => {
                self.log_retry("positions", &error);
                return Ok(None);
            }
            Err(HandleError::Fatal(error)) => return Err(BusError::handler(error)),
        };
        if stored.len() != named.len() {
            let message = format!("{} positions for {} partitions", stored.len(), named.len());
            return Err(BusError::Contract { message });
        }
        let mut placed = Vec::with_capacity(named.len());
        for (
            TopicPartition {
                topic,
                topic_id,
                partition,
            },
            stored,
        ) in named.into_iter().zip(stored)
        {
            let (low, high) =
                match self
                    .consumer
                    .fetch_watermarks(&topic, partition, REQUEST_TIMEOUT)
                {
                    Ok(range) => range,
                    Err(error) => {
                        tracing::debug!(kafka.error = %error, "Watermarks are not available");
                        return Ok(None);
                    }
                };
            let position = stored.unwrap_or(low);
            check_range(&topic, partition, position, (low, high))?;
            placed.push(Placed {
                key: (topic, partition),
                topic_id,
                position,
            });
        }
        Ok(Some(placed))
    }

    /// Adds the broker's topic ids; refuses a topic whose id has changed.
    fn with_topic_ids(
        &mut self,
        partitions: &[Key],
    ) -> Result<Option<Vec<TopicPartition>>, BusError> {
        let mut topics: Vec<&str> = partitions.iter().map(|(topic, _)| &**topic).collect();
        topics.sort_unstable();
        topics.dedup();
        let ids = match native::topic_ids(self.consumer.client(), &topics, REQUEST_TIMEOUT) {
            Ok(ids) => ids,
            Err(error)
                if error.is_transient() || matches!(error, BusError::TopicMissing { .. }) =>
            {
                tracing::debug!(error = %error, "Topic ids are not available");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        for (topic, is) in topics.into_iter().zip(ids) {
            let was = *self.topic_ids.entry(topic.into()).or_insert(is);
            if was != is {
                let topic = topic.to_owned();
                return Err(BusError::TopicRecreated { topic, was, is });
            }
        }
        let named = partitions.iter().map(|(topic, partition)| {
            Some(TopicPartition {
                topic: Arc::clone(topic),
                topic_id: *self.topic_ids.get(topic)?,
                partition: *partition,
            })
        });
        Ok(named.collect())
    }

    /// Publishes how far behind each partition is.
    pub(super) fn report_lag(&self, in_hand: Option<&Lot>) {
        for ((topic, partition), position) in self.partitions.positions() {
            let begun = in_hand.and_then(|lot| {
                lot.ranges
                    .iter()
                    .find(|range| range.topic == topic && range.partition == partition)
            });
            let done = begun.map_or(position, |range| range.first_offset);
            let client = self.consumer.client();
            if let Some(high) = native::cached_high_watermark(client, &topic, partition) {
                let number = partition.to_string();
                self.metrics
                    .consumer_lag
                    .with_label_values(&[self.config.group.as_str(), &topic, &number])
                    .set((high - done).max(0));
            }
        }
    }

    /// A partition that is not ours has no lag of ours.
    pub(super) fn forget_lag(&self, partitions: &[Key]) {
        for (topic, partition) in partitions {
            let number = partition.to_string();
            let labels = [self.config.group.as_str(), topic, &number];
            if let Err(error) = self.metrics.consumer_lag.remove_label_values(&labels) {
                tracing::trace!(error = %error, "Partition had no lag");
            }
        }
    }
}

/// A position must lie within what the broker holds, or just after it.
pub(super) fn check_range(
    topic: &str,
    partition: i32,
    position: i64,
    (low, high): (i64, i64),
) -> Result<(), BusError> {
    if (low..=high).contains(&position) {
        return Ok(());
    }
    Err(BusError::OutOfRange {
        topic: topic.to_owned(),
        partition,
        position,
        low,
        high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_may_lie_at_the_end_but_not_beyond() {
        assert!(check_range("t", 0, 5, (5, 9)).is_ok());
        assert!(check_range("t", 0, 9, (5, 9)).is_ok());
        assert!(check_range("t", 0, 10, (5, 9)).is_err());
        let error = check_range("t", 3, 4, (5, 9)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "position 4 of t/3 is outside the broker's records [5, 9)"
        );
    }
}
