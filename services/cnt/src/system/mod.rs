//! The whole system on one machine: broker, database, seven services, as children of this program.

mod children;
mod environment;
mod log_key;
mod run_dir;
mod start;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use cnt_bus::Security;
use cnt_service_kit::shutdown::Shutdown;
use cnt_stack::{Stack, StackState};

pub(crate) use children::{ServiceChild, ServiceRecord};
pub(crate) use log_key::kept_key;
pub(crate) use run_dir::{RunDir, SystemRecord};
pub(crate) use start::{CONSOLE, CONSOLE_CARD, Layout, StartOptions, System};

use crate::output;

/// How long a process may take to end.
pub(crate) const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// A principal of the system's own broker, which listens on a loopback address.
pub(crate) fn scram(username: &str, password_file: PathBuf) -> Security {
    Security::Scram {
        username: username.to_owned(),
        password_file,
        tls: false,
        ca_file: None,
    }
}

/// `cnt up`.
pub(crate) fn up(run_dir: &RunDir, detach: bool, apart: bool) -> anyhow::Result<ExitCode> {
    let lock = run_dir.lock()?;
    if let Some(record) = run_dir.running()? {
        output::say("The system is running already.");
        where_it_is(run_dir, &record);
        crate::operator::show_console(run_dir, &record)?;
        return Ok(ExitCode::SUCCESS);
    }
    let layout = if apart {
        Layout::Apart
    } else {
        Layout::Together
    };
    let options = StartOptions {
        layout,
        detached: detach,
        quiet: false,
        ..StartOptions::default()
    };
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let system = start(run_dir, &options, &shutdown)?;
    drop(lock);
    where_it_is(run_dir, system.record());
    crate::operator::show_console(run_dir, system.record())?;
    if detach {
        system.leave()?;
        return Ok(ExitCode::SUCCESS);
    }
    output::say("Ctrl-C stops it.");
    while !shutdown.wait_timeout(Duration::from_secs(1)) {
        system.restart_the_dead()?;
    }
    output::say("Stopping everything");
    system.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// Starts a system where none is whole: what an earlier one left running is stopped first. The caller holds the
/// directory.
pub(crate) fn start(
    run_dir: &RunDir,
    options: &StartOptions,
    shutdown: &Shutdown,
) -> anyhow::Result<System> {
    let ended = run_dir.ended()?;
    let left = stop_all(run_dir)?;
    if left > 0 {
        output::say(&match ended.is_empty() {
            true => format!("Stopped {left} processes of a start that was broken off."),
            false => format!(
                "Ended by itself: {} (look for its log in {}). Stopped the {left} processes that were left.",
                ended.join(", "),
                run_dir.path().display()
            ),
        });
    }
    System::start(run_dir, options, shutdown)
}

/// The running system; when there is none it is started and left running.
pub(crate) fn running_or_started(run_dir: &RunDir) -> anyhow::Result<SystemRecord> {
    if let Some(record) = run_dir.running()? {
        return Ok(record);
    }
    let _lock = run_dir.lock()?;
    // Another command may have started it meanwhile.
    if let Some(record) = run_dir.running()? {
        return Ok(record);
    }
    output::say("The system is not running: it is started now, and `./dev down` stops it.");
    let options = StartOptions {
        detached: true,
        ..StartOptions::default()
    };
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let system = start(run_dir, &options, &shutdown)?;
    let record = system.record().clone();
    system.leave()?;
    Ok(record)
}

/// `cnt down`.
pub(crate) fn down(run_dir: &RunDir, purge: bool) -> anyhow::Result<ExitCode> {
    let dir = run_dir.path().display();
    if !run_dir.path().exists() {
        output::say(&format!(
            "Nothing was running, and there are no data in {dir}."
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let _lock = run_dir.lock()?;
    let stopped = stop_all(run_dir)?;
    let stopped = match stopped {
        0 => "Nothing was running.".to_owned(),
        count => format!("Stopped {count} processes."),
    };
    if purge {
        Stack::remove(&run_dir.stack_config()?)?;
        run_dir.remove()?;
        output::say(&format!("{stopped} The data in {dir} were removed."));
    } else {
        output::say(&format!(
            "{stopped} The data stay in {dir} (`down --purge` removes them)."
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// `cnt down`: the system, and what a demo left running beside it.
pub(crate) fn down_with_demo(run_dir: &RunDir, purge: bool) -> anyhow::Result<ExitCode> {
    let demo = run_dir.sibling("demo");
    let is_other = demo.path() != run_dir.path();
    if is_other && demo.read()?.is_some() {
        down(&demo, purge)?;
    }
    down(run_dir, purge)
}

/// Stops whatever runs in a directory, services first, and returns how many processes that were.
pub(crate) fn stop_all(run_dir: &RunDir) -> anyhow::Result<usize> {
    let mut stopped = 0;
    if let Some(record) = run_dir.read()? {
        for service in record.services.iter().filter_map(ServiceRecord::attach) {
            service.request_stop()?;
        }
        for service in record.services.iter().filter_map(ServiceRecord::attach) {
            service.stop(STOP_DEADLINE)?;
            stopped += 1;
        }
    }
    stopped += StackState::read(&run_dir.stack_dir())?.stop(STOP_DEADLINE)?;
    run_dir.forget()?;
    Ok(stopped)
}

/// `cnt url`.
pub(crate) fn url(run_dir: &RunDir, service: &str) -> anyhow::Result<ExitCode> {
    let Some(record) = run_dir.running()? else {
        output::say("The system is not running.");
        return Ok(ExitCode::from(1));
    };
    output::line(&record.url(service)?);
    Ok(ExitCode::SUCCESS)
}

/// Where the parts of a system answer, and what to do with it.
fn where_it_is(run_dir: &RunDir, record: &SystemRecord) {
    for service in &record.services {
        for (name, _) in &service.http {
            if let Ok(url) = record.url(name) {
                output::say(&format!("  {name:<13} {url}"));
            }
        }
    }
    for service in &record.services {
        let name = match record.services.len() {
            1 => "health",
            _ => service.name.as_str(),
        };
        output::say(&format!(
            "  {name:<13} http://{}/health/ready, /metrics",
            service.ops
        ));
    }
    output::say(&format!(
        "  logs          {}",
        run_dir.path().join("logs").display()
    ));
    output::say("  the books     ./dev cnt reconcile");
    output::say("  to stop it    ./dev down");
}
