//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Asks `condition` again and again until it gives a value.
///
/// # Errors
/// After a minute, with what was waited for.
pub fn wait_for<T>(
    what: &str,
    mut condition: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = condition()? {
            return Ok(value);
        }
        anyhow::ensure!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
