//! What the client library calls back: its log lines, its errors, and the group's rebalances.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use crate::lot::Key;
use crate::throttle::Throttle;

/// One line per this period about a broker that does not answer.
pub(crate) const LOG_PERIOD: Duration = Duration::from_secs(10);

/// Forwards the library's own log, at a bounded rate.
#[derive(Debug)]
pub(crate) struct LogContext {
    errors: Throttle,
    lines: Throttle,
}

impl Default for LogContext {
    fn default() -> Self {
        Self {
            errors: Throttle::new(LOG_PERIOD),
            lines: Throttle::new(LOG_PERIOD),
        }
    }
}

impl ClientContext for LogContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if matches!(
            level,
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug | RDKafkaLogLevel::Notice
        ) {
            tracing::debug!(kafka.facility = facility, "{message}");
        } else if let Some(held_back) = self.lines.pass() {
            tracing::warn!(
                kafka.facility = facility,
                log.held_back = held_back,
                "{message}"
            );
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if let Some(held_back) = self.errors.pass() {
            tracing::warn!(
                kafka.error = %error,
                kafka.reason = reason,
                log.held_back = held_back,
                "Broker client reports an error"
            );
        }
    }
}

impl ConsumerContext for LogContext {}

/// A change of assignment, in the words of the group's coordinator.
#[derive(Debug)]
pub(crate) enum GroupEvent {
    /// These partitions are ours from now on.
    Assigned(Vec<Key>),
    /// These are to be given back; `lost` when somebody else may already have them.
    Revoked {
        /// The partitions.
        partitions: Vec<Key>,
        /// True when the session has expired.
        lost: bool,
    },
}

/// Queues rebalances for the thread that polls, which answers them when the lot in hand is finished.
///
/// librdkafka allows the answer (`incremental_assign`, `incremental_unassign`) to come after the callback: the
/// group waits for it, heartbeats go on. At most one rebalance is open at a time, so the queue is bounded.
#[derive(Debug, Default)]
pub(crate) struct GroupContext {
    log: LogContext,
    commits: Option<Throttle>,
    events: Mutex<VecDeque<GroupEvent>>,
    closing: AtomicBool,
}

impl GroupContext {
    pub(crate) fn new() -> Self {
        Self {
            commits: Some(Throttle::new(LOG_PERIOD)),
            ..Self::default()
        }
    }

    pub(crate) fn next_event(&self) -> Option<GroupEvent> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    pub(crate) fn has_events(&self) -> bool {
        !self
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// From now on rebalances are answered at once: nobody polls for them any more.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let elements = list.elements();
        let partitions = elements
            .iter()
            .map(|element| (element.topic().into(), element.partition()))
            .collect();
        let event = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                GroupEvent::Assigned(partitions)
            }
            _ => GroupEvent::Revoked {
                partitions,
                lost: consumer.assignment_lost(),
            },
        };
        if self.closing.load(Ordering::Acquire) {
            answer_at_once(consumer, &event);
        } else {
            self.events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_back(event);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        let Err(error) = result else { return };
        if self
            .commits
            .as_ref()
            .is_some_and(|throttle| throttle.pass().is_some())
        {
            // Only a courtesy to lag tools: the position is in the service's database.
            tracing::debug!(kafka.error = %error, "Courtesy commit failed");
        }
    }
}

/// Answers a rebalance without reading anything: the group must not wait for a member that is leaving.
pub(crate) fn answer_at_once(consumer: &BaseConsumer<GroupContext>, event: &GroupEvent) {
    let answer = match event {
        GroupEvent::Assigned(_) => consumer.incremental_assign(&TopicPartitionList::new()),
        GroupEvent::Revoked { partitions, .. } => {
            consumer.incremental_unassign(&list_of(partitions))
        }
    };
    if let Err(error) = answer {
        tracing::debug!(kafka.error = %error, "Rebalance while closing was not answered");
    }
}

/// Partitions in the client library's form.
pub(crate) fn list_of(partitions: &[Key]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition(topic, *partition);
    }
    list
}
