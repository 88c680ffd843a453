//! The worker that signs revocation lists anew when they are due.

use std::sync::Arc;
use std::time::Duration;

use cnt_bus::Producer;
use cnt_service_kit::ServiceContext;
use cnt_store::{DatabaseConfig, Session};

use crate::change::{ChangeError, Registrar};
use crate::db;
use crate::metrics::Metrics;
use crate::service::publish;

/// How often is looked whether they are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the worker rests after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Starts the worker.
pub(crate) fn spawn(
    context: &ServiceContext,
    database: &DatabaseConfig,
    registrar: Registrar,
    producer: Arc<Producer>,
    metrics: Metrics,
) -> anyhow::Result<()> {
    let mut session = Session::new(database.clone());
    let shutdown = context.shutdown.clone();
    context.spawn_worker("revocation-lists", move || {
        let mut rest = Duration::ZERO;
        while !shutdown.wait_timeout(rest) {
            rest = match look(&mut session, &registrar, &producer, &metrics) {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "Revocation lists cannot be renewed now"
                    );
                    REST_AFTER_FAILURE
                }
            };
        }
        Ok(())
    })?;
    Ok(())
}

fn look(
    session: &mut Session,
    registrar: &Registrar,
    producer: &Producer,
    metrics: &Metrics,
) -> Result<(), ChangeError> {
    let conn = session.connection()?;
    // Without the lock first: it is a change that waits for the others, and seldom due.
    if db::cards::lists_due(conn)?.is_some_and(|due| !due.is_reached(registrar.instants())) {
        return Ok(());
    }
    if let Some(changed) = registrar.renew_lists(conn)? {
        metrics.revocation_lists_renewed_total.inc();
        publish(conn, producer, &changed.fresh);
        tracing::info!(
            registry.version = changed.value,
            "Revocation lists were signed anew"
        );
    }
    Ok(())
}
