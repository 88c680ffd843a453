//! The flow `contestation-courrier`: every envelope is one courrier; a new id counts, and may bring a contestation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_bus::Record;
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_domain::civil::paris_date;
use cnt_flow::{LotWork, Poison, Prepared, RegistryView, WorkError};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint;
use cnt_service_kit::metrics::MetricLabel;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session};
use cnt_vault::ObjectStore;

use crate::db::{self, CourrierOutcome, CourrierRow, Substitutes};
use crate::intake::read_envelope;
use crate::life::tell_received;
use crate::metrics::{KindLabel, Metrics, StateLabel};

/// The consumer group.
pub(crate) const GROUP: &str = "contestation-courrier";
/// How often leases and waiting contestations are looked at.
const ROUND: Duration = Duration::from_secs(1);
/// How often contestations are counted: it reads them all.
const COUNT: Duration = Duration::from_secs(15);

/// Takes envelopes in, and keeps the queues in order.
pub(crate) struct CourrierWork {
    clock: Clock,
    registry: RegistryView,
    objects: Arc<dyn ObjectStore>,
    metrics: Metrics,
    round_due: Instant,
    count_due: Instant,
}

impl CourrierWork {
    pub(crate) fn new(
        clock: Clock,
        registry: RegistryView,
        objects: Arc<dyn ObjectStore>,
        metrics: Metrics,
    ) -> Self {
        let now = Instant::now();
        Self {
            clock,
            registry,
            objects,
            metrics,
            round_due: now,
            count_due: now,
        }
    }

    fn count(&self, conn: &mut PgConnection) -> Result<(), WorkError> {
        let books = db::books(conn)?;
        for label in StateLabel::ALL {
            let count = books
                .by_state
                .iter()
                .find(|(state, _)| state == label.value())
                .map_or(0, |(_, count)| *count);
            self.metrics.contestations.with(*label).set(count);
        }
        let age_seconds = books.oldest_awaiting.map_or(0.0, |oldest| {
            self.clock
                .legal_now()
                .duration_since(oldest)
                .as_secs_f64()
                .max(0.0)
        });
        self.metrics
            .awaiting_routing_oldest_seconds
            .set(age_seconds);
        Ok(())
    }
}

/// A lot of envelopes and what became of it.
pub(crate) struct Effect {
    rows: Vec<CourrierRow>,
    outcome: CourrierOutcome,
}

impl LotWork for CourrierWork {
    type Effect = Effect;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Effect>, WorkError> {
        let mut rows = Vec::with_capacity(records.len());
        let mut poison = Vec::new();
        for (index, record) in records.iter().enumerate() {
            match read_envelope(&record.value) {
                Ok(envelope) => rows.push(CourrierRow {
                    partition: record.partition,
                    offset: record.offset,
                    envelope,
                }),
                Err(unreadable) => poison.push(Poison {
                    index,
                    reason: unreadable.reason,
                    detail: unreadable.detail,
                }),
            }
        }
        let outcome = CourrierOutcome::default();
        Ok(Prepared {
            effect: Effect { rows, outcome },
            poison,
        })
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        // Before the law is here envelopes are taken in all the same: the next round routes them and tells their lives.
        let (version, at) = (self.registry.current(), self.clock.legal_now());
        let law = version.as_ref().map(|version| &version.registry.law);
        let substitutes = law.map(|law| Substitutes::of(law, paris_date(at)));
        let topic = COURRIER_INBOUND.name;
        effect.outcome = db::courriers_insert(conn, topic, substitutes.as_ref(), &effect.rows)?;
        if let Some(law) = law {
            tell_received(conn, &*self.objects, law, at)?;
        }
        failpoint::hit_with("contestation.before_commit", GROUP).map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Effect) {
        for row in &effect.rows {
            self.metrics
                .courriers_received_total
                .with(KindLabel::of(row.envelope.kind))
                .inc();
        }
        let duplicates = u64::try_from(effect.outcome.duplicates).unwrap_or(u64::MAX);
        self.metrics.courriers_duplicate_total.inc_by(duplicates);
        tracing::debug!(
            courriers = effect.rows.len(),
            contestations = effect.outcome.contestations,
            "Courriers were taken in"
        );
    }

    fn tick(&mut self, session: &mut Session) -> Result<(), WorkError> {
        let now = Instant::now();
        if now < self.round_due {
            return Ok(());
        }
        self.round_due = now + ROUND;
        let real_now = self.clock.real_now();
        let (version, at) = (self.registry.current(), self.clock.legal_now());
        let objects = &*self.objects;
        let (routed, expired) = session.lot(|conn| {
            let mut routed = 0;
            if let Some(version) = version {
                let law = &version.registry.law;
                routed = db::route_all(conn, &Substitutes::of(law, paris_date(at)))?;
                while tell_received(conn, objects, law, at)? > 0 {}
            }
            db::wake(conn, paris_date(at))?;
            Ok((routed, db::expire_leases(conn, real_now)?))
        })?;
        if routed > 0 {
            tracing::info!(
                contestations = routed,
                "Contestations left waiting were routed"
            );
        }
        if expired > 0 {
            self.metrics
                .leases_expired_total
                .inc_by(u64::try_from(expired).unwrap_or(u64::MAX));
            tracing::info!(contestations = expired, "Leases ended");
        }
        if now >= self.count_due {
            self.count_due = now + COUNT;
            self.count(session.connection()?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cnt_domain::avis::ContestationState;

    use super::*;

    #[test]
    fn every_state_has_its_gauge() {
        let labels: Vec<_> = StateLabel::ALL.iter().map(|label| label.value()).collect();
        let states: Vec<_> = ContestationState::ALL
            .iter()
            .map(|state| state.as_str())
            .collect();
        assert_eq!(labels, states);
    }
}
