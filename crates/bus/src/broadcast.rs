//! A topic that everybody reads whole.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::config::BusConfig;
use crate::context::LOG_PERIOD;
use crate::error::BusError;
use crate::metrics::BusMetrics;
use crate::reader::{POLL_MAX, PartitionReader, Step};
use crate::record::Record;
use crate::throttle::Throttle;

/// Reads a topic of one partition from its beginning, without a group, and keeps up with it: every process sees
/// every record. For the registry's versions and the legal clock.
#[derive(Clone, Debug)]
pub struct Broadcast {
    bus: BusConfig,
    topic: String,
    metrics: BusMetrics,
}

impl Broadcast {
    /// A reader of this topic. Nothing is connected before [`Broadcast::run`].
    pub fn new(bus: BusConfig, topic: impl Into<String>, metrics: BusMetrics) -> Self {
        Self {
            bus,
            topic: topic.into(),
            metrics,
        }
    }

    /// Calls `on_record` for each record in order, and `caught_up` once when the records there at the start were
    /// read, until `shutdown` is set. Blocks the calling thread, which should be one of its own.
    ///
    /// A broker that is away, or a topic that does not exist yet, is waited for.
    ///
    /// # Errors
    /// [`BusError::Handler`] with what `on_record` returned; [`BusError::Partitions`] when the topic has more than
    /// one partition; [`BusError::OutOfRange`] when the topic was cut or created again meanwhile.
    pub fn run<E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        mut on_record: impl FnMut(Record) -> Result<(), E>,
        caught_up: impl FnOnce(),
        shutdown: &AtomicBool,
    ) -> Result<(), BusError> {
        let mut reader = PartitionReader::new(&self.bus, &self.topic, 0)?;
        let log = Throttle::new(LOG_PERIOD);
        let Some((low, high)) = self.find(&reader, &log, shutdown)? else {
            return Ok(());
        };
        reader.begin(low)?;
        let mut caught_up = Some(caught_up);
        let received = self
            .metrics
            .records_received
            .with_label_values(&["broadcast", self.topic.as_str()]);
        let mut at_end = low >= high;
        while !shutdown.load(Ordering::Acquire) {
            if at_end && let Some(caught_up) = caught_up.take() {
                caught_up();
            }
            match reader.step(POLL_MAX)? {
                Step::Record(record) => {
                    received.inc();
                    on_record(record).map_err(BusError::handler)?;
                    at_end = at_end || reader.position() >= high;
                }
                // The last records before `high` may have been compacted away.
                Step::End => at_end = true,
                Step::Nothing => {}
                Step::Trouble(error) => self.log_trouble(&log, &error),
            }
        }
        Ok(())
    }

    /// The bounds of the topic, as soon as the broker tells; `None` at shutdown.
    fn find(
        &self,
        reader: &PartitionReader,
        log: &Throttle,
        shutdown: &AtomicBool,
    ) -> Result<Option<(i64, i64)>, BusError> {
        let mut backoff = Backoff::new(50, 2_000, &self.bus.client_id);
        while !shutdown.load(Ordering::Acquire) {
            let error = match reader.partitions() {
                Ok(1) => match reader.watermarks() {
                    Ok(bounds) => return Ok(Some(bounds)),
                    Err(error) => error,
                },
                Ok(found) => {
                    let topic = self.topic.clone();
                    return Err(BusError::Partitions {
                        topic,
                        wanted: 1,
                        found,
                    });
                }
                Err(error) => error,
            };
            if !error.is_transient() && !matches!(error, BusError::TopicMissing { .. }) {
                return Err(error);
            }
            self.log_trouble(log, &error);
            wait(backoff.next_delay(), shutdown);
        }
        Ok(None)
    }

    fn log_trouble(&self, log: &Throttle, error: &dyn Error) {
        if let Some(held_back) = log.pass() {
            tracing::warn!(
                error = %error,
                kafka.topic = self.topic,
                log.held_back = held_back,
                "Broadcast cannot be read for now"
            );
        }
    }
}

/// Waits, but not longer than until shutdown.
fn wait(delay: Duration, shutdown: &AtomicBool) {
    let end = Instant::now() + delay;
    while !shutdown.load(Ordering::Acquire) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::park_timeout(left.min(POLL_MAX));
    }
}
