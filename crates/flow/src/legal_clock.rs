//! The legal clock, moved by the registry where the configuration says that this is a simulation.

use cnt_bus::{Broadcast, BusConfig, BusMetrics, Record};
use cnt_contracts::events::LegalClockEvent;
use cnt_contracts::topics::LEGAL_CLOCK;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::ReadyState;

use crate::plumbing::PlumbingError;

/// Name of the readiness check.
const CHECK: &str = "legal_clock";

/// Starts following the movements of the legal clock on a worker of its own. Outside a simulation there are none.
///
/// # Errors
/// When the worker cannot be started.
pub fn follow_legal_clock(
    bus: &BusConfig,
    metrics: &BusMetrics,
    context: &ServiceContext,
) -> Result<(), PlumbingError> {
    let Some(handle) = context.legal_clock.clone() else {
        return Ok(());
    };
    let broadcast = Broadcast::new(bus.clone(), LEGAL_CLOCK.name, metrics.clone());
    context
        .readiness
        .set(CHECK, ReadyState::NotReady("not read yet".to_owned()));
    let (stop, readiness) = (context.shutdown.clone(), context.readiness.clone());
    context.spawn_worker("legal-clock", move || {
        let on_record = |record: Record| -> anyhow::Result<()> {
            let event: LegalClockEvent = serde_json::from_slice(&record.value)?;
            match handle.set_offset_seconds(event.offset_seconds) {
                Ok(()) => tracing::info!(
                    offset_seconds = event.offset_seconds,
                    "Legal clock was moved"
                ),
                // Events may come twice, never back: an older movement after a newer one says nothing.
                Err(error) => {
                    tracing::debug!(%error, "Older movement of the legal clock was ignored")
                }
            }
            Ok(())
        };
        broadcast.run(
            on_record,
            || readiness.set(CHECK, ReadyState::Ready),
            &stop.flag(),
        )?;
        Ok(())
    })?;
    Ok(())
}
