//! Reading one partition without a group.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use crate::config::BusConfig;
use crate::context::LogContext;
use crate::error::{BusError, is_permanent};
use crate::record::Record;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one poll blocks at most.
pub(crate) const POLL_MAX: Duration = Duration::from_millis(100);

/// What a poll brought.
pub(crate) enum Step {
    /// The next record.
    Record(Record),
    /// All that the broker has was read.
    End,
    /// Nothing in time.
    Nothing,
    /// The broker is away for now.
    Trouble(KafkaError),
}

/// Reads one partition in order, from a given offset, for ever.
pub(crate) struct PartitionReader {
    consumer: BaseConsumer<LogContext>,
    topic: Arc<str>,
    partition: i32,
    position: i64,
}

impl fmt::Debug for PartitionReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PartitionReader")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl PartitionReader {
    pub(crate) fn new(bus: &BusConfig, topic: &str, partition: i32) -> Result<Self, BusError> {
        let consumer = bus
            .client()?
            // The library wants a name to assign partitions by hand; the group is never joined.
            .set("group.id", format!("{}-reader", bus.client_id))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("check.crcs", "true")
            .set("queued.max.messages.kbytes", "4096")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.error.backoff.ms", "100")
            .create_with_context(LogContext::default())
            .map_err(BusError::client("create reader"))?;
        Ok(Self {
            consumer,
            topic: topic.into(),
            partition,
            position: 0,
        })
    }

    /// Number of partitions of the topic; an error that may pass while the broker is away.
    pub(crate) fn partitions(&self) -> Result<i32, BusError> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(&self.topic), REQUEST_TIMEOUT)
            .map_err(BusError::client("fetch metadata"))?;
        let topic = metadata.topics().first();
        let found = topic.map_or(0, |topic| topic.partitions().len());
        if found == 0 {
            let code = topic.and_then(|topic| topic.error()).map(Into::into);
            return Err(BusError::topic(&self.topic, code));
        }
        Ok(i32::try_from(found).unwrap_or(i32::MAX))
    }

    /// First and next offset of what the broker holds.
    pub(crate) fn watermarks(&self) -> Result<(i64, i64), BusError> {
        self.consumer
            .fetch_watermarks(&self.topic, self.partition, REQUEST_TIMEOUT)
            .map_err(BusError::client("fetch watermarks"))
    }

    /// Begins at an offset that the broker holds.
    pub(crate) fn begin(&mut self, position: i64) -> Result<(), BusError> {
        let action = "assign partition";
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.topic, self.partition, Offset::Offset(position))
            .map_err(BusError::client(action))?;
        self.position = position;
        self.consumer
            .assign(&list)
            .map_err(BusError::client(action))
    }

    /// The offset of the next record.
    pub(crate) fn position(&self) -> i64 {
        self.position
    }

    /// The next record, or why there is none. Offsets may have gaps where the topic was compacted.
    pub(crate) fn step(&mut self, timeout: Duration) -> Result<Step, BusError> {
        let polled = self.consumer.poll(timeout);
        let polled = polled.map(|outcome| {
            outcome.map(|message| Record::copy_from(&message, Arc::clone(&self.topic)))
        });
        match polled {
            None => Ok(Step::Nothing),
            Some(Ok(record)) if record.offset < self.position => Ok(Step::Nothing),
            Some(Ok(record)) => {
                self.position = record.offset + 1;
                Ok(Step::Record(record))
            }
            Some(Err(KafkaError::PartitionEOF(_))) => Ok(Step::End),
            Some(Err(error)) if is_permanent(&error) => Err(BusError::client("poll")(error)),
            Some(Err(error)) => self.trouble(error),
        }
    }

    fn trouble(&mut self, error: KafkaError) -> Result<Step, BusError> {
        let out_of_range = matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
        );
        if out_of_range && let Ok((low, high)) = self.watermarks() {
            if !(low..=high).contains(&self.position) {
                return Err(BusError::OutOfRange {
                    topic: self.topic.to_string(),
                    partition: self.partition,
                    position: self.position,
                    low,
                    high,
                });
            }
            self.begin(self.position)?;
        }
        Ok(Step::Trouble(error))
    }
}

/// Reads the records of one partition with offsets in `[from, to)`, in order, without a group: for checks and
/// replays. Offsets that the broker no longer holds at the beginning of the range are passed over; the returned
/// number of records tells.
///
/// # Errors
/// What `on_record` returned, as [`BusError::Handler`]; [`BusError::TimedOut`] after `patience` without progress.
pub fn read_range<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    bus: &BusConfig,
    topic: &str,
    partition: i32,
    offsets: std::ops::Range<i64>,
    patience: Duration,
    mut on_record: impl FnMut(Record) -> Result<(), E>,
) -> Result<u64, BusError> {
    let mut reader = PartitionReader::new(bus, topic, partition)?;
    // First of all: a topic that may not be used is told from a partition that does not exist.
    reader.partitions()?;
    let (low, high) = reader.watermarks()?;
    let (from, to) = (offsets.start.max(low), offsets.end.min(high));
    if from >= to {
        return Ok(0);
    }
    reader.begin(from)?;
    let mut records = 0;
    let mut give_up = Instant::now() + patience;
    while reader.position() < to {
        match reader.step(POLL_MAX)? {
            Step::Record(record) if record.offset >= to => break,
            Step::Record(record) => {
                on_record(record).map_err(BusError::handler)?;
                records += 1;
                give_up = Instant::now() + patience;
            }
            Step::End => break,
            Step::Nothing | Step::Trouble(_) if Instant::now() < give_up => {}
            Step::Nothing | Step::Trouble(_) => {
                return Err(BusError::TimedOut {
                    action: "read range",
                });
            }
        }
    }
    Ok(records)
}
