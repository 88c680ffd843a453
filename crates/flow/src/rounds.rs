//! Work that comes again and again beside the flows: what the clock brings.

use std::error::Error;
use std::time::Duration;

use cnt_service_kit::ServiceContext;
use cnt_store::FailureClass;

use crate::work::WorkError;

/// Does a round, and again after each `pause`, until the stop is requested. What waiting may mend is logged, as `waits`
/// says it, and tried again.
///
/// # Errors
/// A failure that waiting does not mend.
pub fn rounds(
    context: &ServiceContext,
    pause: Duration,
    waits: &'static str,
    mut round: impl FnMut() -> Result<(), WorkError>,
) -> anyhow::Result<()> {
    loop {
        match round() {
            Ok(()) => {}
            Err(error) if error.class() == FailureClass::Permanent => return Err(error.into()),
            Err(error) => tracing::warn!(error = &error as &dyn Error, "{waits}"),
        }
        if context.shutdown.wait_timeout(pause) {
            return Ok(());
        }
    }
}
