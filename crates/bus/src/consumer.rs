//! The consumer of lots: a member of a group that hands lots to a handler on the calling thread.

mod config;
mod deliver;
mod partitions;
mod rebalance;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use uuid::Uuid;

pub use self::config::LotConsumerConfig;
use self::partitions::{Admission, Partitions};
use self::rebalance::{InHand, Revocation, check_range};
use crate::backoff::Backoff;
use crate::context::{GroupContext, GroupEvent, LOG_PERIOD, answer_at_once};
use crate::error::{BusError, is_permanent};
use crate::lot::{HandleError, Lot, LotHandler};
use crate::metrics::BusMetrics;
use crate::record::Record;
use crate::throttle::Throttle;

/// The longest that a poll blocks: bounds how late a shutdown is seen.
const POLL_MAX: Duration = Duration::from_millis(100);

/// How long the broker may take to answer a question about offsets.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads topics as a member of a group, lot by lot.
pub struct LotConsumer {
    config: LotConsumerConfig,
    metrics: BusMetrics,
}

impl fmt::Debug for LotConsumer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LotConsumer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl LotConsumer {
    /// Checks the configuration. Nothing is connected before [`LotConsumer::run`].
    ///
    /// # Errors
    /// [`BusError::Config`] naming the value that makes no sense.
    pub fn new(config: LotConsumerConfig, metrics: BusMetrics) -> Result<Self, BusError> {
        config.validate()?;
        Ok(Self { config, metrics })
    }

    /// Joins the group and hands lots to the handler until `shutdown` is set; then finishes the lot in hand and
    /// leaves. Runs on the calling thread, which should be one of its own: it blocks.
    ///
    /// # Errors
    /// [`BusError::Handler`] when the handler said `Fatal`; [`BusError::OutOfRange`] and
    /// [`BusError::TopicRecreated`] when a position cannot be continued from; [`BusError::Contract`] when the
    /// handler returned too few positions; [`BusError::Client`] when the client is refused or fenced. A broker
    /// that is away is no error: it is waited for.
    pub fn run(self, handler: impl LotHandler, shutdown: &AtomicBool) -> Result<(), BusError> {
        let consumer: BaseConsumer<GroupContext> = self
            .config
            .client()?
            .create_with_context(GroupContext::new())
            .map_err(BusError::client("create consumer"))?;
        let topics: Vec<&str> = self.config.topics.iter().map(String::as_str).collect();
        consumer
            .subscribe(&topics)
            .map_err(BusError::client("subscribe"))?;
        let mut runner = Runner::new(self.config, self.metrics, consumer, handler, shutdown);
        let outcome = runner.run();
        runner.close();
        outcome
    }
}

/// The state of one `run`.
struct Runner<'a, H> {
    config: LotConsumerConfig,
    metrics: BusMetrics,
    consumer: BaseConsumer<GroupContext>,
    handler: H,
    shutdown: &'a AtomicBool,
    topics: Vec<Arc<str>>,
    partitions: Partitions,
    /// Records that arrived while a lot was being retried.
    carry: VecDeque<Record>,
    /// A revocation that waits for the lot in hand.
    revocation: Option<Revocation>,
    /// True while a lot is being retried: nothing is read meanwhile.
    paused: bool,
    /// The id under which each topic was first seen.
    topic_ids: HashMap<Arc<str>, Uuid>,
    handler_backoff: Backoff,
    position_backoff: Backoff,
    position_due: Instant,
    tick_due: Instant,
    poll_log: Throttle,
    handler_log: Throttle,
}

impl<'a, H: LotHandler> Runner<'a, H> {
    fn new(
        config: LotConsumerConfig,
        metrics: BusMetrics,
        consumer: BaseConsumer<GroupContext>,
        handler: H,
        shutdown: &'a AtomicBool,
    ) -> Self {
        let who = config.member_name();
        let (min_ms, max_ms) = (config.retry_backoff_min_ms, config.retry_backoff_max_ms);
        let now = Instant::now();
        Self {
            topics: config
                .topics
                .iter()
                .map(|topic| topic.as_str().into())
                .collect(),
            handler_backoff: Backoff::new(min_ms, max_ms, &who),
            position_backoff: Backoff::new(min_ms, max_ms, &who),
            config,
            metrics,
            consumer,
            handler,
            shutdown,
            partitions: Partitions::default(),
            carry: VecDeque::new(),
            revocation: None,
            paused: false,
            topic_ids: HashMap::new(),
            position_due: now,
            tick_due: now,
            poll_log: Throttle::new(LOG_PERIOD),
            handler_log: Throttle::new(LOG_PERIOD),
        }
    }

    fn run(&mut self) -> Result<(), BusError> {
        while !self.stopping() {
            self.serve_group(&mut Lot::default(), InHand::NotBegun)?;
            self.find_positions()?;
            self.tick()?;
            let mut lot = self.collect()?;
            // A rebalance ends the collecting; what it takes away leaves the lot before it is begun.
            self.serve_group(&mut lot, InHand::NotBegun)?;
            if !lot.records.is_empty() {
                self.deliver(lot)?;
            }
        }
        Ok(())
    }

    fn stopping(&self) -> bool {
        self.shutdown.load(Ordering::Acquire)
    }

    /// Leaves the group when the consumer is dropped next. A member with a static identity keeps its partitions
    /// until its session expires, so that a restart finds them again.
    fn close(&mut self) {
        let held = self.partitions.all();
        if !held.is_empty() {
            self.handler.revoked(&self.partitions.known(&held));
            self.forget_lag(&held);
        }
        self.consumer.context().close();
        if let Some(Revocation { partitions, .. }) = self.revocation.take() {
            answer_at_once(
                &self.consumer,
                &GroupEvent::Revoked {
                    partitions,
                    lost: false,
                },
            );
        }
        while let Some(event) = self.consumer.context().next_event() {
            answer_at_once(&self.consumer, &event);
        }
    }

    /// Gathers one lot: waits for a first record until the next tick, then takes what comes within the linger.
    fn collect(&mut self) -> Result<Lot, BusError> {
        let mut lot = Lot::default();
        let mut bytes = 0;
        let linger = Duration::from_millis(self.config.linger_ms);
        let mut end = self.tick_due;
        while lot.records.len() < self.config.lot_records_max && bytes < self.config.lot_bytes_max {
            let wait = end.saturating_duration_since(Instant::now());
            let polled = match self.carry.pop_front() {
                Some(record) => Some(record),
                None => self.poll(wait.min(POLL_MAX))?,
            };
            let interrupted = self.consumer.context().has_events() || self.stopping();
            let Some(record) = polled else {
                if wait <= POLL_MAX || interrupted {
                    break;
                }
                continue;
            };
            match self.partitions.admit(&record) {
                Admission::Take {
                    topic_id,
                    position,
                    gap,
                } => {
                    self.count_taken(&record, gap);
                    if lot.records.is_empty() {
                        end = Instant::now() + linger;
                    }
                    bytes += record.bytes();
                    lot.push(record, topic_id, position);
                }
                Admission::Skip => self.count_skipped(&record),
                Admission::AskAgain { position } => self.seek_again(&record, position),
            }
            if interrupted || (lot.records.is_empty() && Instant::now() >= end) {
                break;
            }
        }
        Ok(lot)
    }

    /// One record, if one comes in time. May queue rebalances.
    fn poll(&mut self, timeout: Duration) -> Result<Option<Record>, BusError> {
        let polled = self.consumer.poll(timeout).map(|outcome| {
            outcome.map(|message| {
                let topic = message.topic();
                let known = self.topics.iter().find(|known| ***known == *topic);
                let topic = known.map_or_else(|| topic.into(), Arc::clone);
                Record::copy_from(&message, topic)
            })
        });
        match polled {
            None => Ok(None),
            Some(Ok(record)) => Ok(Some(record)),
            Some(Err(error)) => self.poll_failed(error).map(|()| None),
        }
    }

    fn poll_failed(&mut self, error: KafkaError) -> Result<(), BusError> {
        if is_permanent(&error) {
            return Err(BusError::client("poll")(error));
        }
        if let Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) =
            error.rdkafka_error_code()
        {
            self.explain_out_of_range()?;
            // Nothing is out of range any more, or the broker is away: look up and seek again.
            self.partitions.doubt_all();
        } else if let Some(held_back) = self.poll_log.pass() {
            tracing::warn!(
                kafka.error = %error,
                kafka.group = self.config.group,
                log.held_back = held_back,
                "Consumer cannot read for now"
            );
        }
        Ok(())
    }

    /// Names the partition whose position is out of range, if the broker answers.
    fn explain_out_of_range(&self) -> Result<(), BusError> {
        for ((topic, partition), position) in self.partitions.positions() {
            match self
                .consumer
                .fetch_watermarks(&topic, partition, REQUEST_TIMEOUT)
            {
                Ok((low, high)) => check_range(&topic, partition, position, (low, high))?,
                Err(error) => {
                    tracing::debug!(kafka.error = %error, "Watermarks are not available");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), BusError> {
        if Instant::now() < self.tick_due {
            return Ok(());
        }
        self.report_lag(None);
        let outcome = self.handler.tick();
        self.tick_due = Instant::now() + Duration::from_millis(self.config.tick_interval_ms);
        match outcome {
            Ok(()) => Ok(()),
            Err(HandleError::Retry(error)) => {
                self.log_retry("tick", &error);
                Ok(())
            }
            Err(HandleError::Lost(error)) => {
                self.log_retry("tick", &error);
                self.partitions.doubt_all();
                Ok(())
            }
            Err(HandleError::Fatal(error)) => Err(BusError::handler(error)),
        }
    }

    fn log_retry(&self, call: &'static str, error: &H::Error) {
        if let Some(held_back) = self.handler_log.pass() {
            tracing::warn!(
                error.chain = chain_of(error),
                handler.call = call,
                kafka.group = self.config.group,
                log.held_back = held_back,
                "Handler cannot go on for now, retrying"
            );
        }
    }

    fn count_taken(&self, record: &Record, gap: i64) {
        let labels = [self.config.group.as_str(), &record.topic];
        self.metrics
            .records_received
            .with_label_values(&labels)
            .inc();
        if let Ok(gap @ 1..) = u64::try_from(gap) {
            self.metrics
                .gap_records
                .with_label_values(&labels)
                .inc_by(gap);
            tracing::warn!(
                kafka.topic = &*record.topic,
                kafka.partition = record.partition,
                kafka.offset = record.offset,
                kafka.gap = gap,
                "Broker has no records in a gap of offsets"
            );
        }
    }

    fn count_skipped(&self, record: &Record) {
        let labels = [self.config.group.as_str(), &record.topic];
        self.metrics
            .records_skipped
            .with_label_values(&labels)
            .inc();
    }
}

/// An error and its causes, for the one line that is logged.
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
