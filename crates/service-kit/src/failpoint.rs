//! Named places where a fault can be provoked, so that recovery is tested and not hoped for.
//!
//! Nothing happens unless armed: by `CNT_FAILPOINTS` at boot and only in a simulation, or by a
//! test in its own process. Each armed point is `name=action[:milliseconds][@nth][#key]`:
//!
//! | action | effect |
//! |---|---|
//! | `abort` | the process dies as by `kill -9`: no destructor, no flush |
//! | `panic` | the thread panics |
//! | `error` | `hit` returns [`FailpointError`] |
//! | `sleep:200` | the thread sleeps 200 ms |
//!
//! `@3` fires at the third hit only; `#KEY` fires only for [`hit_with`] of that key. Several points
//! are separated by `;`. State is one table per process: a fault is a property of the process.

mod spec;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

pub use spec::FailpointSpecError;
use spec::{Action, Point};

/// The environment variable read by [`arm_from_env`].
pub const VARIABLE: &str = "CNT_FAILPOINTS";

/// The fast path: false as long as nothing is armed.
static ANY_ARMED: AtomicBool = AtomicBool::new(false);
static ARMED: Mutex<Vec<Armed>> = Mutex::new(Vec::new());
static NEXT_GROUP: AtomicU64 = AtomicU64::new(1);

struct Armed {
    /// What was armed together is disarmed together.
    group: u64,
    point: Point,
    hits: u64,
}

/// Passes the fail point `name`. Costs one relaxed load when nothing is armed.
///
/// # Errors
/// [`FailpointError`] when the point is armed with `error`.
#[inline]
pub fn hit(name: &'static str) -> Result<(), FailpointError> {
    if ANY_ARMED.load(Ordering::Relaxed) {
        fire(name, None)
    } else {
        Ok(())
    }
}

/// Passes the fail point `name` on behalf of `key` (as the `id_mif` of one message): points armed
/// with `#key` fire for that key alone, those without a key fire for each.
///
/// # Errors
/// [`FailpointError`] when the point is armed with `error`.
#[inline]
pub fn hit_with(name: &'static str, key: &str) -> Result<(), FailpointError> {
    if ANY_ARMED.load(Ordering::Relaxed) {
        fire(name, Some(key))
    } else {
        Ok(())
    }
}

/// Arms what `CNT_FAILPOINTS` says, once per process, and only if `simulation_enabled`; returns how
/// many points the variable armed. To be called at boot, after the log is set up.
///
/// # Errors
/// [`FailpointSpecError`] when the variable cannot be understood.
pub fn arm_from_env(simulation_enabled: bool) -> Result<usize, FailpointSpecError> {
    static ARMED_COUNT: OnceLock<usize> = OnceLock::new();
    let Some(text) = std::env::var_os(VARIABLE) else {
        return Ok(0);
    };
    if !simulation_enabled {
        tracing::warn!("CNT_FAILPOINTS is ignored because this is no simulation");
        return Ok(0);
    }
    let points = spec::parse(&text.to_string_lossy())?;
    Ok(*ARMED_COUNT.get_or_init(|| {
        let count = points.len();
        // The group of the environment is never disarmed.
        add(0, points);
        count
    }))
}

/// Arms `text`, in the syntax of `CNT_FAILPOINTS`, until the guard is dropped. For tests: the table
/// is shared by all threads of the process, so each test names points or keys of its own.
///
/// # Errors
/// [`FailpointSpecError`] when `text` cannot be understood.
pub fn arm(text: &str) -> Result<FailpointGuard, FailpointSpecError> {
    let points = spec::parse(text)?;
    let group = NEXT_GROUP.fetch_add(1, Ordering::Relaxed);
    add(group, points);
    Ok(FailpointGuard { group })
}

/// Disarms on drop what [`arm`] armed.
#[derive(Debug)]
#[must_use = "the points are disarmed when the guard is dropped"]
pub struct FailpointGuard {
    group: u64,
}

impl Drop for FailpointGuard {
    fn drop(&mut self) {
        let mut table = lock();
        table.retain(|armed| armed.group != self.group);
        ANY_ARMED.store(!table.is_empty(), Ordering::Relaxed);
    }
}

/// An armed fail point answered with an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fail point {name} is armed with an error")]
pub struct FailpointError {
    /// The point.
    pub name: &'static str,
}

fn lock() -> MutexGuard<'static, Vec<Armed>> {
    ARMED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(group: u64, points: Vec<Point>) {
    let mut table = lock();
    for point in points {
        tracing::warn!(failpoint.name = point.name, failpoint.action = ?point.action, "Fail point armed");
        table.push(Armed {
            group,
            point,
            hits: 0,
        });
    }
    ANY_ARMED.store(!table.is_empty(), Ordering::Relaxed);
}

/// Counts the hit on every point that matches; the first that is due says what happens.
fn due(name: &str, key: Option<&str>) -> Option<Action> {
    let mut action = None;
    for armed in lock()
        .iter_mut()
        .filter(|armed| armed.point.matches(name, key))
    {
        armed.hits += 1;
        if action.is_none() && armed.point.nth.is_none_or(|nth| nth == armed.hits) {
            action = Some(armed.point.action);
        }
    }
    action
}

#[cold]
fn fire(name: &'static str, key: Option<&str>) -> Result<(), FailpointError> {
    let Some(action) = due(name, key) else {
        return Ok(());
    };
    tracing::warn!(failpoint.name = name, failpoint.action = ?action, "Fail point fires");
    match action {
        Action::Abort => std::process::abort(),
        Action::Panic => {
            #[expect(
                clippy::panic,
                reason = "provoking a panic is what the point was armed for"
            )]
            {
                panic!("fail point {name} is armed with a panic")
            }
        }
        Action::Error => Err(FailpointError { name }),
        Action::Sleep { milliseconds } => {
            std::thread::sleep(Duration::from_millis(milliseconds));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FailpointError, arm, hit, hit_with};

    #[test]
    fn nothing_happens_unless_armed_and_after_the_guard() {
        assert_eq!(hit("test.guard"), Ok(()));
        let guard = arm("test.guard=error").unwrap();
        assert_eq!(
            hit("test.guard"),
            Err(FailpointError { name: "test.guard" })
        );
        assert_eq!(hit("test.guard.other"), Ok(()));
        drop(guard);
        assert_eq!(hit("test.guard"), Ok(()));
    }

    #[test]
    fn fires_at_the_nth_hit_only() {
        let _guard = arm("test.nth=error@3").unwrap();
        let outcomes: Vec<bool> = (0..5).map(|_| hit("test.nth").is_err()).collect();
        assert_eq!(outcomes, [false, false, true, false, false]);
    }

    #[test]
    fn a_key_poisons_exactly_one() {
        let _guard = arm("test.key=error#b; test.key=error@2#c").unwrap();
        let failed = |key| hit_with("test.key", key).is_err();
        assert_eq!(hit("test.key"), Ok(()));
        assert_eq!(
            ["a", "b", "c", "b", "c", "c"].map(failed),
            [false, true, false, true, true, false]
        );
    }

    #[test]
    fn a_panic_can_be_caught_and_leaves_the_table_usable() {
        let _guard = arm("test.panic=panic@1;test.sleep=sleep:1").unwrap();
        let caught = std::panic::catch_unwind(|| hit("test.panic")).unwrap_err();
        assert!(crate::cpu::panic_message(caught.as_ref()).contains("test.panic"));
        assert_eq!(hit("test.panic"), Ok(()));
        assert_eq!(hit("test.sleep"), Ok(()));
    }
}
