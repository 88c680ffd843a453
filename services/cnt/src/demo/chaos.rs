//! Killing parts of the system in mid-run, each once, and starting them again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::system::System;

/// How long to wait for the run to get on before the next kill, should it have ended.
const POLL: Duration = Duration::from_millis(5);

/// Longest pause between two kills, however slow the run.
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// Kills every service, the broker and the database once, spread over the run, and starts each again at once.
///
/// `done` counts what was sent, of `total`; kills go on after the sending, while the chain still works, until each
/// part had its turn.
pub(crate) fn kill_each_once(
    system: &System,
    done: &AtomicU64,
    total: u64,
    stop: &AtomicBool,
    mut killed: impl FnMut(&str),
) -> anyhow::Result<BTreeMap<String, u32>> {
    let targets = targets(system);
    let mut kills = BTreeMap::new();
    let count = u64::try_from(targets.len()).unwrap_or(1);
    for (nth, target) in (1_u64..).zip(&targets) {
        let from = nth * total / (count + 1);
        let deadline = Instant::now() + PAUSE_MAX;
        while done.load(Ordering::Relaxed) < from
            && Instant::now() < deadline
            && !stop.load(Ordering::Relaxed)
        {
            std::thread::sleep(POLL);
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
        kill(system, target).with_context(|| format!("cannot restart {target}"))?;
        killed(target);
        *kills.entry(target.clone()).or_insert(0) += 1;
    }
    Ok(kills)
}

/// Services in the order of the chain, with the broker and the database between them.
fn targets(system: &System) -> Vec<String> {
    let mut targets: Vec<String> = system
        .children()
        .iter()
        .map(|child| child.name().to_owned())
        .collect();
    let middle = targets.len() / 2;
    targets.insert(middle, "kafka".to_owned());
    targets.insert(middle + 2, "postgresql".to_owned());
    targets
}

fn kill(system: &System, target: &str) -> anyhow::Result<()> {
    let stack = system.stack().context("the stack is gone")?;
    match target {
        "kafka" => {
            stack.kafka().kill_hard()?;
            stack.kafka().restart()?;
        }
        "postgresql" => {
            stack.postgres().kill_hard()?;
            stack.postgres().restart()?;
        }
        service => {
            let child = system
                .children()
                .iter()
                .find(|child| child.name() == service);
            child
                .with_context(|| format!("there is no {service}"))?
                .kill_and_restart()?;
        }
    }
    Ok(())
}
