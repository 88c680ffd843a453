//! The idempotent producer: a record is sent when all in-sync replicas have it, or the caller learns that it is not.

mod delivery;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use tokio::sync::oneshot;

use crate::config::BusConfig;
use crate::error::BusError;
use crate::metrics::BusMetrics;
use crate::producer::delivery::{Batch, DeliveryContext, InFlight, Pending, Sent};
use crate::record::{OutRecord, RecordPosition};

/// How the producer gathers and bounds what it sends.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    /// The broker.
    pub bus: BusConfig,
    /// How long a record waits for company, in milliseconds: larger batches against latency.
    pub linger_ms: u32,
    /// Records and bytes in the queue at most; beyond that [`Producer::send`] says `Busy`.
    pub queue_records_max: u32,
    /// Bytes in the queue at most.
    pub queue_bytes_max: u32,
    /// A record that has not been acknowledged after this time has failed (it may still have arrived).
    pub delivery_timeout_ms: u32,
    /// Largest record, in bytes. The topic must allow it too.
    pub record_bytes_max: u32,
    /// Compression of the batches.
    pub compression: Compression,
}

impl ProducerConfig {
    /// Defaults: 5 ms of linger, 16 MiB and 20,000 records queued, 30 s to deliver, records up to 1 MiB, LZ4.
    pub fn new(bus: BusConfig) -> Self {
        Self {
            bus,
            linger_ms: 5,
            queue_records_max: 20_000,
            queue_bytes_max: 16 << 20,
            delivery_timeout_ms: 30_000,
            record_bytes_max: 1 << 20,
            compression: Compression::Lz4,
        }
    }
}

/// Compression of record batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// None.
    None,
    /// Cheap; for signatures and identifiers, which hardly shrink.
    Lz4,
    /// Smaller; for events in JSON.
    Zstd,
}

/// What kind of failure a [`SendError`] is, and so what the caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErrorKind {
    /// The queue is full: slow down and try again.
    Busy,
    /// No acknowledgement in time: try again; the record may be there already.
    TimedOut,
    /// The record is larger than allowed: it will never pass.
    TooLarge,
    /// The broker refused it, e.g. unknown topic or not authorised.
    Refused,
    /// The producer is beyond repair: end the process, or make a new one.
    Fatal,
}

/// Records that were not acknowledged.
#[derive(Debug, thiserror::Error)]
#[error("record for topic {topic} was not acknowledged ({kind:?}); {} of {} were", self.acknowledged_count(), acknowledged.len())]
pub struct SendError {
    /// What to do about it.
    pub kind: SendErrorKind,
    /// Topic of the first record that failed.
    pub topic: Arc<str>,
    /// For each record, in order, where it lies if it was acknowledged.
    pub acknowledged: Vec<Option<RecordPosition>>,
    /// What the client library says.
    #[source]
    source: Box<KafkaError>,
}

impl SendError {
    fn new(source: KafkaError, topic: Arc<str>, acknowledged: Vec<Option<RecordPosition>>) -> Self {
        Self {
            kind: kind_of(&source),
            topic,
            acknowledged,
            source: Box::new(source),
        }
    }

    /// How many records were acknowledged all the same.
    pub fn acknowledged_count(&self) -> usize {
        self.acknowledged.iter().flatten().count()
    }

    /// True when sending the same again may succeed.
    pub fn is_transient(&self) -> bool {
        match self.kind {
            SendErrorKind::Busy | SendErrorKind::TimedOut => true,
            SendErrorKind::TooLarge | SendErrorKind::Refused | SendErrorKind::Fatal => false,
        }
    }
}

fn kind_of(error: &KafkaError) -> SendErrorKind {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::QueueFull) => SendErrorKind::Busy,
        Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize) => {
            SendErrorKind::TooLarge
        }
        Some(
            RDKafkaErrorCode::MessageTimedOut
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::NotEnoughReplicas
            | RDKafkaErrorCode::NotEnoughReplicasAfterAppend,
        ) => SendErrorKind::TimedOut,
        Some(RDKafkaErrorCode::Fatal | RDKafkaErrorCode::PurgeQueue) => SendErrorKind::Fatal,
        _ => SendErrorKind::Refused,
    }
}

/// Sends records with `acks=all` and the broker's duplicate detection. Share it behind an `Arc`, one per process.
pub struct Producer {
    inner: ThreadedProducer<DeliveryContext>,
    in_flight: InFlight,
    metrics: BusMetrics,
    delivery_timeout: Duration,
}

impl fmt::Debug for Producer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Producer").finish_non_exhaustive()
    }
}

impl Producer {
    /// Creates the producer and its thread; it connects in the background.
    ///
    /// # Errors
    /// [`BusError::Config`], [`BusError::PasswordFile`] or [`BusError::Client`] on a configuration the client
    /// library refuses.
    pub fn new(config: &ProducerConfig, metrics: BusMetrics) -> Result<Self, BusError> {
        if config.delivery_timeout_ms <= config.linger_ms {
            return Err(BusError::config(
                "delivery_timeout_ms must be more than linger_ms",
            ));
        }
        let compression = match config.compression {
            Compression::None => "none",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        };
        let inner = config
            .bus
            .client()?
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", compression)
            .set("partitioner", "murmur2_random")
            .set("linger.ms", config.linger_ms.to_string())
            .set(
                "queue.buffering.max.messages",
                config.queue_records_max.to_string(),
            )
            .set(
                "queue.buffering.max.kbytes",
                (config.queue_bytes_max / 1_024).max(1).to_string(),
            )
            .set("message.max.bytes", config.record_bytes_max.to_string())
            .set("message.timeout.ms", config.delivery_timeout_ms.to_string())
            .set(
                "request.timeout.ms",
                config.delivery_timeout_ms.min(10_000).to_string(),
            )
            .set("retry.backoff.ms", "50")
            .create_with_context(DeliveryContext::default())
            .map_err(BusError::client("create producer"))?;
        Ok(Self {
            inner,
            in_flight: InFlight::default(),
            metrics,
            delivery_timeout: Duration::from_millis(config.delivery_timeout_ms.into()),
        })
    }

    /// Sends records and waits until each was acknowledged or has failed. Returns their positions in the order given.
    ///
    /// A full queue makes it wait, not fail. Blocks: call it from a thread of your own, not from a runtime's.
    ///
    /// # Errors
    /// [`SendError`] when at least one was not acknowledged; it says which were.
    pub fn send_all(&self, records: Vec<OutRecord>) -> Result<Vec<RecordPosition>, SendError> {
        let deadline = Instant::now() + self.delivery_timeout;
        let batch = Arc::new(Batch::new(records.len()));
        let mut first_failure: Option<KafkaError> = None;
        for (index, record) in records.iter().enumerate() {
            let pending = Pending::Batch(Arc::clone(&batch), index);
            if let Err(error) = self.enqueue(record, pending, |_| batch.wait_a_little(deadline)) {
                // Nothing after the first failure is sent: order within a key is kept.
                batch.not_sent(index..records.len(), &error);
                first_failure = Some(error);
                break;
            }
        }
        let answers = batch.wait();
        let positions: Vec<_> = answers
            .iter()
            .map(|answer| answer.as_ref().ok().copied())
            .collect();
        let failed = answers
            .into_iter()
            .zip(&records)
            .find_map(|(answer, record)| {
                answer.err().map(|error| (error, Arc::clone(&record.topic)))
            });
        for (record, position) in records.iter().zip(&positions) {
            self.count(
                &record.topic,
                if position.is_some() {
                    "acknowledged"
                } else {
                    "failed"
                },
            );
        }
        match failed {
            None => Ok(positions.into_iter().flatten().collect()),
            Some((error, topic)) => Err(SendError::new(
                first_failure.unwrap_or(error),
                topic,
                positions,
            )),
        }
    }

    /// Sends one record; the future ends with its acknowledgement. Dropping the future does not take the record back.
    ///
    /// # Errors
    /// [`SendError`]; of kind [`SendErrorKind::Busy`], at once, when the queue is full.
    pub async fn send(&self, record: OutRecord) -> Result<RecordPosition, SendError> {
        let (sender, receiver) = oneshot::channel();
        let outcome = match self.enqueue(&record, Pending::Single(sender), |_| false) {
            Ok(()) => receiver.await.unwrap_or(Err(KafkaError::Canceled)),
            Err(error) => Err(error),
        };
        outcome
            .inspect(|_| self.count(&record.topic, "acknowledged"))
            .map_err(|source| {
                let error = SendError::new(source, Arc::clone(&record.topic), vec![None]);
                let busy = error.kind == SendErrorKind::Busy;
                self.count(&record.topic, if busy { "busy" } else { "failed" });
                error
            })
    }

    /// Waits until the queue is empty.
    ///
    /// # Errors
    /// [`BusError::TimedOut`] when records are still waiting at the deadline.
    pub fn flush(&self, deadline: Duration) -> Result<(), BusError> {
        self.inner
            .flush(deadline)
            .map_err(BusError::client("flush producer"))
    }

    /// Records handed over and not yet acknowledged or failed.
    pub fn in_flight(&self) -> usize {
        self.in_flight.count()
    }

    /// Puts a record into the queue; while it is full, asks `wait` whether to try again.
    fn enqueue(
        &self,
        record: &OutRecord,
        pending: Pending,
        wait: impl Fn(&KafkaError) -> bool,
    ) -> Result<(), KafkaError> {
        let mut out: BaseRecord<'_, [u8], [u8], Box<Sent>> =
            BaseRecord::with_opaque_to(&record.topic, self.in_flight.sent(pending));
        out.partition = record.partition;
        out.key = (!record.key.is_empty()).then_some(record.key.as_ref());
        out.payload = (!record.value.is_empty()).then_some(record.value.as_ref());
        out.timestamp = record.timestamp_ms;
        if !record.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(record.headers.len());
            out.headers = Some(
                record
                    .headers
                    .iter()
                    .fold(headers, |headers, (key, value)| {
                        headers.insert(Header {
                            key,
                            value: Some(value),
                        })
                    }),
            );
        }
        loop {
            match self.inner.send(out) {
                Ok(()) => return Ok(()),
                Err((error, back)) => {
                    let full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
                    if !full || !wait(&error) {
                        return Err(error);
                    }
                    out = back;
                }
            }
        }
    }

    fn count(&self, topic: &str, outcome: &str) {
        self.metrics
            .records_sent
            .with_label_values(&[topic, outcome])
            .inc();
    }
}
