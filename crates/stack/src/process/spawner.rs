//! One thread that starts every child.
//!
//! The parent-death signal (prctl(2), `PR_SET_PDEATHSIG`) is sent when the *thread* that started the
//! child ends, not the process. A child started by a short-lived thread would die with it; this thread
//! lives as long as the process does.

use std::io;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

struct Request {
    command: Command,
    reply: Sender<io::Result<Child>>,
}

static SPAWNER: LazyLock<io::Result<Sender<Request>>> = LazyLock::new(|| {
    let (sender, requests) = channel::<Request>();
    thread::Builder::new()
        .name("cnt-spawner".to_owned())
        .spawn(move || {
            for mut request in requests {
                let child = request.command.spawn();
                if let Err(unclaimed) = request.reply.send(child)
                    && let Ok(mut child) = unclaimed.0
                {
                    // Nobody waits for it any more: it must not live on unowned.
                    if child.kill().is_ok() {
                        tracing::warn!(
                            process.pid = child.id(),
                            "Killed a child nobody waited for"
                        );
                    }
                }
            }
        })?;
    Ok(sender)
});

/// Starts `command` from the spawner thread.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the spawner thread is gone");
    let spawner = match &*SPAWNER {
        Ok(spawner) => spawner,
        Err(error) => return Err(io::Error::new(error.kind(), error.to_string())),
    };
    let (reply, child) = channel();
    spawner
        .send(Request { command, reply })
        .map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}
