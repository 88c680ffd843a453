//! Delivery reports on their way back to whoever waits for them.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use tokio::sync::oneshot;

use crate::context::LogContext;
use crate::record::RecordPosition;

/// How long a full queue is waited for before it is tried again.
const ROOM_WAIT: Duration = Duration::from_millis(10);

pub(super) type Answer = Result<RecordPosition, KafkaError>;

/// Who waits for a record's report.
pub(super) enum Pending {
    /// The record at this index of a batch.
    Batch(Arc<Batch>, usize),
    /// One record.
    Single(oneshot::Sender<Answer>),
}

/// How many records a producer has handed over and heard nothing of. The library's own count has events besides records.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A record that `pending` waits for; in flight until this is dropped.
    pub(super) fn sent(&self, pending: Pending) -> Box<Sent> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::new(Sent {
            pending,
            place: Place(self.clone()),
        })
    }
}

/// A record on its way, as the client library carries it to its report.
pub(super) struct Sent {
    pending: Pending,
    place: Place,
}

struct Place(InFlight);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The reports of one `send_all`.
pub(super) struct Batch {
    state: Mutex<BatchState>,
    changed: Condvar,
}

struct BatchState {
    answers: Vec<Option<Answer>>,
    outstanding: usize,
}

impl Batch {
    pub(super) fn new(records: usize) -> Self {
        let state = BatchState {
            answers: (0..records).map(|_| None).collect(),
            outstanding: records,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BatchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, index: usize, answer: Answer) {
        let mut state = self.lock();
        if let Some(slot @ None) = state.answers.get_mut(index) {
            *slot = Some(answer);
            state.outstanding -= 1;
            self.changed.notify_all();
        }
    }

    /// Marks records that never reached the queue.
    pub(super) fn not_sent(&self, indices: Range<usize>, error: &KafkaError) {
        for index in indices {
            self.answer(index, Err(error.clone()));
        }
    }

    /// Waits for a report, or a little; false when the deadline has passed.
    pub(super) fn wait_a_little(&self, deadline: Instant) -> bool {
        let waited = self.changed.wait_timeout(self.lock(), ROOM_WAIT);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        Instant::now() < deadline
    }

    /// Waits for all reports. The client library sends one per record, at the latest after the delivery timeout.
    pub(super) fn wait(&self) -> Vec<Answer> {
        let state = self.lock();
        let mut state = self
            .changed
            .wait_while(state, |state| state.outstanding > 0)
            .unwrap_or_else(PoisonError::into_inner);
        let answers = std::mem::take(&mut state.answers);
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or(Err(KafkaError::Canceled)))
            .collect()
    }
}

/// Receives the delivery reports on the producer's thread.
#[derive(Debug, Default)]
pub(super) struct DeliveryContext {
    log: LogContext,
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ProducerContext for DeliveryContext {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        let answer = match result {
            Ok(message) => Ok(RecordPosition {
                partition: message.partition(),
                offset: message.offset(),
            }),
            Err((error, _)) => Err(error.clone()),
        };
        // Whoever hears of a record finds it in flight no more.
        let Sent { pending, place } = *sent;
        drop(place);
        match pending {
            Pending::Batch(batch, index) => batch.answer(index, answer),
            Pending::Single(sender) => {
                if sender.send(answer).is_err() {
                    tracing::debug!("Nobody waits for this delivery report any more");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_waits_for_all_and_keeps_its_order() {
        let batch = Arc::new(Batch::new(3));
        let position = |offset| RecordPosition {
            partition: 0,
            offset,
        };
        batch.answer(2, Ok(position(12)));
        batch.answer(0, Ok(position(10)));
        let helper = {
            let batch = Arc::clone(&batch);
            std::thread::spawn(move || batch.answer(1, Ok(position(11))))
        };
        let answers = batch.wait();
        helper.join().unwrap();
        let offsets: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.unwrap().offset)
            .collect();
        assert_eq!(offsets, [10, 11, 12]);
    }

    #[test]
    fn a_second_report_changes_nothing() {
        let batch = Batch::new(1);
        batch.not_sent(0..1, &KafkaError::Canceled);
        batch.answer(
            0,
            Ok(RecordPosition {
                partition: 0,
                offset: 1,
            }),
        );
        assert!(batch.wait().remove(0).is_err());
    }
}
