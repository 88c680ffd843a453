//! Operators' requests about quarantined records.

use cnt_bus::{Headers, Record};
use cnt_store::quarantine::{self, QuarantineEntry, QuarantineState};
use cnt_store::{FailureClass, LotError, outbox};

use crate::handler::{LotFlow, error_chain};
use crate::work::{LotWork, WorkError, guarded};

/// Requests taken up in one round; the others wait for the next.
const REQUESTS_MAX: i32 = 50;

impl<W: LotWork> LotFlow<W> {
    /// Carries out what operators asked for, one record at a time: they are few.
    pub(crate) fn requests(&mut self) -> Result<(), WorkError> {
        let mut asked = Vec::new();
        for state in [QuarantineState::Replay, QuarantineState::Discard] {
            asked.extend(quarantine::list(
                self.session.connection()?,
                Some(state),
                REQUESTS_MAX,
            )?);
        }
        asked.retain(|entry| self.topics.contains(&entry.record.topic));
        for entry in asked {
            let outcome = match entry.state {
                QuarantineState::Replay => self.replay(&entry),
                _ => self.discard(&entry),
            };
            match outcome {
                Ok(()) => {
                    tracing::info!(quarantine.id = %entry.id, "Quarantined record was resolved")
                }
                Err(error) if error.class() == FailureClass::Permanent => {
                    tracing::error!(quarantine.id = %entry.id, error = error_chain(&error),
                        "Quarantined record still cannot be done and waits again");
                    self.session.lot(|conn| {
                        Ok(quarantine::resolve(
                            conn,
                            &[entry.id],
                            QuarantineState::Waiting,
                        )?)
                    })?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn replay(&mut self, entry: &QuarantineEntry) -> Result<(), WorkError> {
        let record = record_of(entry);
        let (work, session) = (&mut self.work, &mut self.session);
        let prepared = guarded(|| work.prepare(session, std::slice::from_ref(&record)))?;
        if let Some(poison) = prepared.poison.into_iter().next() {
            return Err(WorkError::never(format!(
                "{}: {}",
                poison.reason, poison.detail
            )));
        }
        let mut effect = prepared.effect;
        let work = &mut self.work;
        let fresh = in_transaction(&mut self.session, |conn| {
            quarantine::resolve(conn, &[entry.id], QuarantineState::Replayed)?;
            guarded(|| work.apply(conn, &mut effect))
        })?;
        self.work.committed(effect);
        self.publish(&fresh);
        Ok(())
    }

    fn discard(&mut self, entry: &QuarantineEntry) -> Result<(), WorkError> {
        let record = record_of(entry);
        let work = &mut self.work;
        let fresh = in_transaction(&mut self.session, |conn| {
            quarantine::resolve(conn, &[entry.id], QuarantineState::Discarded)?;
            guarded(|| work.discard(conn, &record))
        })?;
        self.publish(&fresh);
        Ok(())
    }
}

/// One transaction whose events go to the outbox; a failure of the work keeps its own class.
pub(crate) fn in_transaction(
    session: &mut cnt_store::Session,
    work: impl FnOnce(&mut cnt_store::PgConnection) -> Result<Vec<outbox::OutboxEvent>, WorkError>,
) -> Result<Vec<i64>, WorkError> {
    let mut failure = None;
    let outcome = session.lot(|conn| match work(conn) {
        Ok(events) => Ok(outbox::put(conn, &events)?),
        Err(WorkError::Lot(error)) => Err(error),
        Err(error) => {
            // Counted as what it is: the store sees only that the transaction was rolled back.
            let counted = match error.class() {
                FailureClass::Transient | FailureClass::Lost => {
                    LotError::later("the work on the lot failed for now")
                }
                FailureClass::Permanent => LotError::refused("the work on the lot failed"),
            };
            failure = Some(error);
            Err(counted)
        }
    });
    match (outcome, failure) {
        (Ok(ids), _) => Ok(ids),
        (Err(_), Some(error)) => Err(error),
        (Err(error), None) => Err(error.into()),
    }
}

/// The record as the broker gave it.
fn record_of(entry: &QuarantineEntry) -> Record {
    let kept = &entry.record;
    Record {
        topic: kept.topic.as_str().into(),
        partition: kept.partition,
        offset: kept.record_offset,
        timestamp_ms: -1,
        key: kept.key.clone().map(Into::into),
        value: kept.value.clone().unwrap_or_default().into(),
        headers: kept
            .headers
            .iter()
            .map(|(name, value)| (name.clone().into_bytes(), value.clone()))
            .collect::<Headers>(),
    }
}
