//! The lot, which is the unit of work, and what a service must know to handle it.

use std::error::Error;
use std::sync::Arc;

use uuid::Uuid;

use crate::record::Record;

/// Name of a topic and number of a partition.
pub(crate) type Key = (Arc<str>, i32);

/// A partition of a topic, by name and by the broker's id of the topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// Name of the topic.
    pub topic: Arc<str>,
    /// The broker's id of the topic: the key of a stored position, beside the partition.
    pub topic_id: Uuid,
    /// Number of the partition.
    pub partition: i32,
}

/// The part of a partition that a lot covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotRange {
    /// Name of the topic.
    pub topic: Arc<str>,
    /// The broker's id of the topic.
    pub topic_id: Uuid,
    /// Number of the partition.
    pub partition: i32,
    /// Position before the lot: what the stored position must still be for the compare-and-swap to succeed.
    /// The offset of the range's first record, unless the broker left a gap before it.
    pub first_offset: i64,
    /// Position after the lot: the offset of the range's last record plus one.
    pub next_offset: i64,
}

/// Some records, in order within each partition, and the ranges they make up. Never empty.
#[derive(Clone, Debug, Default)]
pub struct Lot {
    /// One range per partition, in the order in which the partitions came.
    pub ranges: Vec<LotRange>,
    /// The records, in the order in which they came.
    pub records: Vec<Record>,
}

impl Lot {
    /// Adds a record. `position` is where its partition stood before it.
    pub(crate) fn push(&mut self, record: Record, topic_id: Uuid, position: i64) {
        let next_offset = record.offset + 1;
        let range = self
            .ranges
            .iter_mut()
            .find(|range| range.partition == record.partition && range.topic == record.topic);
        match range {
            Some(range) => range.next_offset = next_offset,
            None => self.ranges.push(LotRange {
                topic: Arc::clone(&record.topic),
                topic_id,
                partition: record.partition,
                first_offset: position,
                next_offset,
            }),
        }
        self.records.push(record);
    }

    /// Takes out what belongs to these partitions.
    pub(crate) fn remove(&mut self, partitions: &[Key]) {
        let kept = |topic: &str, partition: i32| {
            !partitions
                .iter()
                .any(|(name, number)| **name == *topic && *number == partition)
        };
        self.ranges
            .retain(|range| kept(&range.topic, range.partition));
        self.records
            .retain(|record| kept(&record.topic, record.partition));
    }

    pub(crate) fn touches(&self, partitions: &[Key]) -> bool {
        self.ranges.iter().any(|range| {
            partitions
                .iter()
                .any(|(name, number)| **name == *range.topic && *number == range.partition)
        })
    }

    /// The partitions it covers.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.ranges
            .iter()
            .map(|range| (Arc::clone(&range.topic), range.partition))
            .collect()
    }

    pub(crate) fn topic(&self) -> &str {
        self.ranges.first().map_or("", |range| &range.topic)
    }
}

/// What became of a call to a [`LotHandler`] that did not succeed.
#[derive(Debug)]
pub enum HandleError<E> {
    /// Transient, e.g. the database is away: the same is asked again after a capped back-off with jitter.
    Retry(E),
    /// The stored position was moved by somebody else, who has the partition now or had it for a while: nothing of
    /// the lot was done. The lot is dropped, positions are read again, and reading goes on from there.
    Lost(E),
    /// Nothing can be done: the consumer stops with [`BusError::Handler`](crate::BusError::Handler).
    Fatal(E),
}

impl<E> HandleError<E> {
    /// Changes the error, not the judgement.
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> HandleError<F> {
        match self {
            Self::Retry(error) => HandleError::Retry(change(error)),
            Self::Lost(error) => HandleError::Lost(change(error)),
            Self::Fatal(error) => HandleError::Fatal(change(error)),
        }
    }
}

/// A service's side of a [`LotConsumer`](crate::LotConsumer). All calls come from the thread that called `run`.
pub trait LotHandler {
    /// The service's error.
    type Error: Error + Send + Sync + 'static;

    /// Where to begin on each of these partitions, in their order: the stored next offset, or `None` for the first
    /// record the broker holds. Called after an assignment and after [`HandleError::Lost`].
    ///
    /// # Errors
    /// `Retry` and `Lost` ask again later; the other partitions go on meanwhile.
    fn positions(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, HandleError<Self::Error>>;

    /// Does one lot. `Ok` means that the effects and, for each range, the new position `next_offset` are durable.
    ///
    /// # Errors
    /// See [`HandleError`]. A bad record is no error: it is quarantined and counts as done.
    fn handle(&mut self, lot: &Lot) -> Result<(), HandleError<Self::Error>>;

    /// These partitions were taken away, after the lot in hand was finished or given up.
    fn revoked(&mut self, partitions: &[TopicPartition]) {
        let _ = partitions;
    }

    /// Called about every `tick_interval_ms`, between two lots or when nothing comes, with or without partitions:
    /// the place to publish an outbox that a crash left behind, or to replay quarantined records.
    ///
    /// # Errors
    /// `Retry` is called again at a later tick; `Lost` makes all positions be read again.
    fn tick(&mut self) -> Result<(), HandleError<Self::Error>> {
        Ok(())
    }
}

impl<H: LotHandler + ?Sized> LotHandler for &mut H {
    type Error = H::Error;

    fn positions(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, HandleError<Self::Error>> {
        (**self).positions(partitions)
    }

    fn handle(&mut self, lot: &Lot) -> Result<(), HandleError<Self::Error>> {
        (**self).handle(lot)
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        (**self).revoked(partitions);
    }

    fn tick(&mut self) -> Result<(), HandleError<Self::Error>> {
        (**self).tick()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn record(partition: i32, offset: i64) -> Record {
        Record {
            topic: "t".into(),
            partition,
            offset,
            timestamp_ms: 0,
            key: None,
            value: Bytes::new(),
            headers: crate::Headers::default(),
        }
    }

    #[test]
    fn ranges_join_what_was_read_and_cover_gaps() {
        let mut lot = Lot::default();
        lot.push(record(0, 7), Uuid::nil(), 5);
        lot.push(record(1, 3), Uuid::nil(), 3);
        lot.push(record(0, 8), Uuid::nil(), 8);
        let ranges: Vec<_> = lot
            .ranges
            .iter()
            .map(|range| (range.partition, range.first_offset, range.next_offset))
            .collect();
        assert_eq!(ranges, [(0, 5, 9), (1, 3, 4)]);
    }

    #[test]
    fn only_the_revoked_partitions_leave() {
        let mut lot = Lot::default();
        lot.push(record(0, 7), Uuid::nil(), 7);
        lot.push(record(1, 3), Uuid::nil(), 3);
        let gone = [("t".into(), 0)];
        assert!(lot.touches(&gone));
        lot.remove(&gone);
        assert!(!lot.touches(&gone));
        assert_eq!(lot.records.len(), 1);
        assert_eq!(lot.ranges.len(), 1);
        assert_eq!(lot.ranges[0].partition, 1);
    }
}
