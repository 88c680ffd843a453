//! The worker that lets the days pass.
//!
//! A day is lived only after every envelope that the broker acknowledged before it was taken in: whoever contested in
//! time is never majoré because a queue was long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_bus::BusConfig;
use cnt_flow::{RegistryView, WorkError};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::failpoint;
use cnt_store::{LotError, Session};
use cnt_vault::ObjectStore;

use crate::db;
use crate::life::{Tail, live_days, tell_received};
use crate::metrics::Metrics;

/// Between two looks at the clock.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two looks at the envelopes that are still to be taken in.
const TAIL_PAUSE: Duration = Duration::from_millis(50);
/// How long envelopes may be on their way before the wait is begun anew.
const TAIL_PATIENCE: Duration = Duration::from_secs(60);
/// Lives in one transaction.
const LOT_MAX: i64 = 5_000;

/// Lets days pass.
pub(crate) struct ClockWork {
    /// Its connection.
    pub(crate) session: Session,
    /// Where the law is.
    pub(crate) registry: RegistryView,
    /// Where envelopes wait.
    pub(crate) bus: BusConfig,
    /// Where requests for receipts are written.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// What it tells of itself.
    pub(crate) metrics: Metrics,
}

impl ClockWork {
    /// Works until the stop is requested.
    ///
    /// # Errors
    /// A failure that waiting does not mend.
    pub(crate) fn run(mut self, context: &ServiceContext) -> anyhow::Result<()> {
        cnt_flow::rounds(context, PAUSE, "Days wait to be lived", || {
            self.round(context)
        })
    }

    fn round(&mut self, context: &ServiceContext) -> Result<(), WorkError> {
        let Some(version) = self.registry.current() else {
            return Ok(());
        };
        let today = context.clock.legal_today_paris();
        if db::next_day(self.session.connection()?)?.is_none_or(|day| day > today) {
            return Ok(());
        }
        self.wait_for_envelopes(context)?;
        // The law may have changed while envelopes were on their way.
        let law = self.registry.current().unwrap_or(version);
        let law = &law.registry.law;
        loop {
            if context.shutdown.is_requested() {
                return Ok(());
            }
            let at = context.clock.legal_now();
            let objects = &*self.objects;
            let lived = self.session.lot(|conn| {
                while tell_received(conn, objects, law, at)? > 0 {}
                let lived = live_days(conn, law, today, at, LOT_MAX)?;
                failpoint::hit("contestation.before_days_commit").map_err(LotError::later)?;
                Ok(lived)
            })?;
            if lived == 0 {
                return Ok(());
            }
            let count = u64::try_from(lived).unwrap_or(u64::MAX);
            self.metrics.lives_moved_by_clock_total.inc_by(count);
            tracing::info!(lives = lived, day = %today, "Days passed");
        }
    }

    /// Returns when every envelope that the broker holds now was taken in.
    fn wait_for_envelopes(&mut self, context: &ServiceContext) -> Result<(), WorkError> {
        let tail = Tail::now(&self.bus).map_err(WorkError::later)?;
        let begun = Instant::now();
        loop {
            if tail.is_taken_in(self.session.connection()?)? {
                return Ok(());
            }
            if begun.elapsed() > TAIL_PATIENCE {
                return Err(WorkError::later("envelopes are still to be taken in"));
            }
            if context.shutdown.wait_timeout(TAIL_PAUSE) {
                return Err(WorkError::later("the stop was requested"));
            }
        }
    }
}
