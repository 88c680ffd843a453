//! The whole system on one machine: broker, database, seven services, as children of this program.

mod children;
mod run_dir;
mod start;

use std::process::ExitCode;
use std::time::Duration;

use cnt_service_kit::shutdown::Shutdown;
use cnt_stack::{Stack, StackState};

pub(crate) use children::{ServiceChild, ServiceRecord};
pub(crate) use run_dir::{RunDir, SystemRecord};
pub(crate) use start::{Layout, StartOptions, System};

use crate::output;

/// How long a process may take to end.
pub(crate) const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// `cnt up`.
pub(crate) fn up(run_dir: &RunDir, detach: bool, apart: bool) -> anyhow::Result<ExitCode> {
    if let Some(record) = run_dir.running()? {
        output::say("The system is running already.");
        addresses(&record);
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
    let system = System::start(run_dir, &options)?;
    addresses(system.record());
    if detach {
        output::say("Stop it with: ./dev down");
        system.leave()?;
        return Ok(ExitCode::SUCCESS);
    }
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    output::say("Ctrl-C stops it.");
    while !shutdown.wait_timeout(Duration::from_secs(1)) {
        system.restart_the_dead()?;
    }
    system.stop()?;
    Ok(ExitCode::SUCCESS)
}

/// The running system; when there is none it is started and left running.
pub(crate) fn running_or_started(run_dir: &RunDir) -> anyhow::Result<SystemRecord> {
    if let Some(record) = run_dir.running()? {
        return Ok(record);
    }
    output::say("The system is not running: it is started now, and `cnt down` stops it.");
    let options = StartOptions {
        detached: true,
        ..StartOptions::default()
    };
    let system = System::start(run_dir, &options)?;
    let record = system.record().clone();
    system.leave()?;
    Ok(record)
}

/// `cnt down`.
pub(crate) fn down(run_dir: &RunDir, purge: bool) -> anyhow::Result<ExitCode> {
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
    let config = run_dir.stack_config()?;
    stopped += StackState::read(&config.dir)?.stop(STOP_DEADLINE)?;
    run_dir.forget()?;
    if purge {
        Stack::remove(&config)?;
        run_dir.remove()?;
    }
    output::say(&match stopped {
        0 => "Nothing was running.".to_owned(),
        count => format!("Stopped {count} processes."),
    });
    Ok(ExitCode::SUCCESS)
}

fn addresses(record: &SystemRecord) {
    for service in &record.services {
        for (name, address) in &service.http {
            output::say(&format!("  {name:<13} http://{address}"));
        }
    }
}
