//! What only a whole process shows: real signals, and death at an armed fail point.
//!
//! Each test starts this same test binary again, told by a variable to play the child.

#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use cnt_service_kit::ServiceContext;
use cnt_service_kit::failpoint;
use rustix::process::{Pid, Signal, kill_process};

const ROLE: &str = "CNT_TEST_CHILD_ROLE";
const LONG: Duration = Duration::from_secs(60);

/// Not a test of its own: what the children run.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let simulation = role != "production";
    let context = ServiceContext::new("child", simulation, 1).unwrap();
    context.shutdown.on_signals().unwrap();
    println!("\nready");
    match role.as_str() {
        "polite" => assert!(context.shutdown.wait_timeout(LONG)),
        "stubborn" => {
            assert!(context.shutdown.wait_timeout(LONG));
            println!("\nrequested");
            std::thread::park_timeout(LONG);
        }
        _ => failpoint::hit("child.point").unwrap(),
    }
    std::process::exit(42);
}

struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(ROLE, role)
            .env(failpoint::VARIABLE, "child.point=abort")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, output };
        running.wait_for("ready");
        running
    }

    fn wait_for(&mut self, expected: &str) {
        let mut line = String::new();
        while line.trim() != expected {
            line.clear();
            assert_ne!(
                self.output.read_line(&mut line).unwrap(),
                0,
                "no line {expected}"
            );
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn status(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

#[test]
fn sigterm_requests_the_stop() {
    let running = Running::start("polite");
    running.signal(Signal::TERM);
    assert_eq!(running.status().code(), Some(42));
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let mut running = Running::start("stubborn");
    running.signal(Signal::INT);
    running.wait_for("requested");
    running.signal(Signal::TERM);
    assert_eq!(running.status().code(), Some(130));
}

#[test]
fn an_armed_point_kills_in_a_simulation_and_never_in_production() {
    const SIGABRT: i32 = 6;
    assert_eq!(
        Running::start("simulation").status().signal(),
        Some(SIGABRT)
    );
    assert_eq!(Running::start("production").status().code(), Some(42));
}
