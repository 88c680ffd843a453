//! The handler that every service's consumer runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_bus::{
    BusMetrics, HandleError, Lot, LotConsumer, LotConsumerConfig, LotHandler, LotRange, OutRecord,
    Producer, Record, TopicPartition,
};
use cnt_service_kit::boot::ServiceContext;
use cnt_service_kit::failpoint;
use cnt_store::outbox::{self, OutboxEvent, PublishError, Relay};
use cnt_store::positions::{self, PositionMove};
use cnt_store::quarantine::{self, QuarantinedRecord};
use cnt_store::{DatabaseConfig, FailureClass, LotError, Session, StoreMetrics, done_lots};

use crate::replay::in_transaction;
use crate::work::{LotWork, Poison, WorkError, guarded};

/// How long it is remembered that a lot was done, in days: twice as long as any topic keeps an event that names one,
/// because the broker deletes whole segments and so keeps some records longer than it was told.
const DONE_LOTS_DAYS: i32 = 60;
/// How often older ones are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// What a flow needs besides its work.
#[derive(Clone)]
pub struct FlowSetup {
    /// How records are read.
    pub consumer: LotConsumerConfig,
    /// The service's database.
    pub database: DatabaseConfig,
    /// Publishes the outbox.
    pub producer: Arc<Producer>,
    /// Metrics of the consumer.
    pub bus_metrics: BusMetrics,
    /// Metrics of the transactions.
    pub store_metrics: StoreMetrics,
}

/// Runs a consumer on this thread until the stop is requested.
///
/// # Errors
/// What ended the consumer: a failure that waiting cannot mend.
pub fn run<W: LotWork>(setup: &FlowSetup, work: W, context: &ServiceContext) -> anyhow::Result<()> {
    let handler = LotFlow::new(setup, work, context.service_name);
    let consumer = LotConsumer::new(setup.consumer.clone(), setup.bus_metrics.clone())?;
    consumer.run(handler, &context.shutdown.flag())?;
    Ok(())
}

/// A [`LotHandler`] that does a service's [`LotWork`] in one transaction per lot.
pub struct LotFlow<W> {
    pub(crate) work: W,
    pub(crate) session: Session,
    producer: Arc<Producer>,
    relay: Relay,
    service: &'static str,
    /// The topics it reads: requests about quarantined records of others are left to the service's other flows.
    pub(crate) topics: Vec<String>,
    metrics: StoreMetrics,
    /// When old done lots were last forgotten.
    forgotten: Option<Instant>,
}

impl<W: LotWork> LotFlow<W> {
    /// A flow of a service.
    #[must_use]
    pub fn new(setup: &FlowSetup, work: W, service: &'static str) -> Self {
        Self {
            work,
            session: Session::new(setup.database.clone()).with_metrics(setup.store_metrics.clone()),
            producer: Arc::clone(&setup.producer),
            relay: Relay::default(),
            service,
            topics: setup.consumer.topics.clone(),
            metrics: setup.store_metrics.clone(),
            forgotten: None,
        }
    }

    /// Prepares and commits some records with the steps of their partitions, then publishes.
    fn attempt(&mut self, records: &[Record], moves: &[PositionMove]) -> Result<(), WorkError> {
        let (work, session) = (&mut self.work, &mut self.session);
        let prepared = guarded(|| work.prepare(session, records))?;
        let poison = poisoned(records, moves, &prepared.poison);
        let mut effect = prepared.effect;
        let work = &mut self.work;
        let fresh = in_transaction(&mut self.session, |conn| {
            positions::advance(conn, moves).map_err(LotError::from)?;
            quarantine::put(conn, &poison)?;
            guarded(|| work.apply(conn, &mut effect))
        })?;
        for poison in &poison {
            tracing::warn!(
                reason = poison.reason,
                offset = poison.record_offset,
                "Record was quarantined"
            );
        }
        self.work.committed(effect);
        self.publish(&fresh);
        Ok(())
    }

    /// Publishes fresh events; what fails stays in the outbox and is published by a later sweep.
    pub(crate) fn publish(&mut self, fresh: &[i64]) {
        if let Err(error) = failpoint::hit_with("flow.after_commit", self.service) {
            tracing::warn!(%error, "Publication is left to the sweep");
            return;
        }
        let producer = Arc::clone(&self.producer);
        let outcome = match self.session.connection() {
            Ok(conn) => self
                .relay
                .publish_fresh(conn, fresh, |events| send(&producer, events))
                .map_err(anyhow::Error::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = outcome {
            tracing::warn!(
                error = format!("{error:#}"),
                "Events stay in the outbox for now"
            );
        }
    }

    /// Does a lot again record by record, so that one that cannot be done is quarantined alone.
    fn one_by_one(&mut self, lot: &Lot) -> Result<(), WorkError> {
        let mut reached: Vec<LotRange> = lot.ranges.clone();
        for record in &lot.records {
            let Some(range) = reached
                .iter_mut()
                .find(|range| range.partition == record.partition && range.topic == record.topic)
            else {
                continue;
            };
            let step = PositionMove {
                topic_id: range.topic_id,
                topic: range.topic.to_string(),
                partition: range.partition,
                expected: range.first_offset,
                next: record.offset + 1,
            };
            range.first_offset = step.next;
            match self.attempt(std::slice::from_ref(record), std::slice::from_ref(&step)) {
                Ok(()) => {}
                Err(error) if error.class() == FailureClass::Permanent => {
                    self.quarantine(record, step, &error)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn quarantine(
        &mut self,
        record: &Record,
        step: PositionMove,
        error: &WorkError,
    ) -> Result<(), WorkError> {
        let poison = quarantined(record, step.topic_id, "failed", error_chain(error));
        tracing::error!(
            error = poison.detail,
            partition = record.partition,
            offset = record.offset,
            "Record was quarantined"
        );
        self.session.lot(|conn| {
            positions::advance(conn, &[step])?;
            quarantine::put(conn, &[poison])?;
            Ok(())
        })?;
        Ok(())
    }
}

/// The message of an error and of everything under it.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn quarantined(
    record: &Record,
    topic_id: uuid::Uuid,
    reason: &str,
    detail: String,
) -> QuarantinedRecord {
    QuarantinedRecord {
        topic: record.topic.to_string(),
        topic_id,
        partition: record.partition,
        record_offset: record.offset,
        key: record.key.as_ref().map(|key| key.to_vec()),
        value: Some(record.value.to_vec()),
        headers: record
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .collect(),
        reason: reason.to_owned(),
        detail,
    }
}

/// The records that work pointed at.
fn poisoned(
    records: &[Record],
    moves: &[PositionMove],
    poison: &[Poison],
) -> Vec<QuarantinedRecord> {
    poison
        .iter()
        .filter_map(|poison| {
            let record = records.get(poison.index)?;
            let step = moves
                .iter()
                .find(|step| step.partition == record.partition && *step.topic == *record.topic)?;
            Some(quarantined(
                record,
                step.topic_id,
                poison.reason,
                poison.detail.clone(),
            ))
        })
        .collect()
}

fn send(producer: &Producer, events: &[OutboxEvent]) -> Result<(), PublishError> {
    let records = events
        .iter()
        .map(|event| {
            let record = OutRecord::new(
                event.topic.as_str(),
                event.key.clone(),
                event.payload.clone(),
            );
            match event.partition {
                Some(partition) => record.partition(partition),
                None => record,
            }
        })
        .collect();
    producer
        .send_all(records)
        .map(drop)
        .map_err(|error| PublishError(Box::new(error)))
}

fn moves(lot: &Lot) -> Vec<PositionMove> {
    lot.ranges
        .iter()
        .map(|range| PositionMove {
            topic_id: range.topic_id,
            topic: range.topic.to_string(),
            partition: range.partition,
            expected: range.first_offset,
            next: range.next_offset,
        })
        .collect()
}

pub(crate) fn handle_error(error: WorkError) -> HandleError<WorkError> {
    match error.class() {
        FailureClass::Transient => HandleError::Retry(error),
        FailureClass::Lost => HandleError::Lost(error),
        FailureClass::Permanent => HandleError::Fatal(error),
    }
}

impl<W: LotWork> LotHandler for LotFlow<W> {
    type Error = WorkError;

    fn positions(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, HandleError<WorkError>> {
        let asked: Vec<_> = partitions
            .iter()
            .map(|partition| (partition.topic_id, partition.partition))
            .collect();
        let loaded = self
            .session
            .connection()
            .and_then(|conn| positions::load(conn, &asked));
        loaded.map_err(|error| handle_error(error.into()))
    }

    fn handle(&mut self, lot: &Lot) -> Result<(), HandleError<WorkError>> {
        match self.attempt(&lot.records, &moves(lot)) {
            Ok(()) => Ok(()),
            Err(error) if error.class() == FailureClass::Permanent => {
                tracing::warn!(
                    error = error_chain(&error),
                    records = lot.records.len(),
                    "Lot failed and is done again record by record"
                );
                // Part of the lot may be committed by now: whatever stopped it, positions are read again.
                self.one_by_one(lot).map_err(|error| match error.class() {
                    FailureClass::Permanent => HandleError::Fatal(error),
                    FailureClass::Transient | FailureClass::Lost => HandleError::Lost(error),
                })
            }
            Err(error) => Err(handle_error(error)),
        }
    }

    fn tick(&mut self) -> Result<(), HandleError<WorkError>> {
        let producer = Arc::clone(&self.producer);
        let outcome = (|| -> Result<(), WorkError> {
            let conn = self.session.connection()?;
            match self.relay.sweep(conn, |events| send(&producer, events)) {
                Ok(0) => {}
                Ok(count) => {
                    tracing::info!(count, "Events left by a crash or an outage were published")
                }
                Err(outbox::RelayError::Store(error)) => return Err(error.into()),
                Err(error @ outbox::RelayError::Publish(_)) => return Err(WorkError::later(error)),
            }
            self.metrics.observe_outbox(&outbox::pending(conn)?);
            if self.forgotten.is_none_or(|at| at.elapsed() > FORGET_EVERY) {
                done_lots::forget(conn, DONE_LOTS_DAYS)?;
                self.forgotten = Some(Instant::now());
            }
            self.requests()?;
            self.work.tick(&mut self.session)
        })();
        outcome.map_err(|error| {
            tracing::warn!(
                error = error_chain(&error),
                "Timed work failed and is tried again"
            );
            HandleError::Retry(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use cnt_contracts::topics;

    use super::DONE_LOTS_DAYS;

    #[test]
    fn a_done_lot_is_remembered_for_twice_as_long_as_its_event_is_kept() {
        let kept_hours = topics::ALL
            .iter()
            .filter_map(|topic| topic.retention_hours)
            .max();
        let kept_days = i32::try_from(kept_hours.unwrap() / 24).unwrap();
        assert!(DONE_LOTS_DAYS >= 2 * kept_days, "{kept_days}");
    }
}
