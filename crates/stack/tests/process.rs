//! Child processes: none outlives its owner by accident.

#![cfg(test)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cnt_stack::process::{Launch, Lifetime, ProcessError, ProcessIdentity, Supervised};

const DEADLINE: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn spawn(script: &str, dir: &Path) -> Supervised {
    Supervised::spawn(Launch::new("shell", shell(script), &dir.join("log"))).unwrap()
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn output_goes_to_the_log_and_the_exit_status_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("log"), "of an earlier run\n").unwrap();
    let process = spawn("echo out; echo err >&2; exit 3", dir.path());
    assert!(process.wait(DEADLINE));
    assert_eq!(process.exit_status().unwrap().code(), Some(3));
    assert_eq!(process.log_tail(9), "out\nerr");
}

#[test]
fn a_process_that_will_not_end_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let process = spawn(
        "trap '' TERM; echo ready; while :; do sleep 1; done",
        dir.path(),
    );
    wait_for("the trap", || process.log_tail(1) == "ready");
    assert!(!process.stop(Duration::from_millis(50)).unwrap());
    assert!(!process.is_alive());
    process.kill_hard().unwrap();
}

#[test]
fn children_are_killed_with_their_parent() {
    let dir = tempfile::tempdir().unwrap();
    let process = spawn("sleep 600 & echo $!; wait", dir.path());
    wait_for("the child", || process.log_tail(1).parse::<i32>().is_ok());
    let child = ProcessIdentity::of(process.log_tail(1).parse().unwrap()).unwrap();
    assert_eq!(process.record().identity.children().unwrap(), [child]);
    process.kill_hard_with_children().unwrap();
    assert!(!child.is_running() && !process.is_alive());
}

#[test]
fn a_dropped_process_is_gone_unless_detached() {
    let dir = tempfile::tempdir().unwrap();
    let tied = spawn("sleep 600", dir.path());
    let identity = tied.record().identity;
    drop(tied);
    assert!(!identity.is_running());

    let launch = Launch::new("sleeper", shell("exec sleep 600"), &dir.path().join("log"));
    let detached = Supervised::spawn(launch.lifetime(Lifetime::Detached)).unwrap();
    let record = detached.record().clone();
    drop(detached);
    let attached = Supervised::attach(&record).unwrap();
    assert!(attached.stop(DEADLINE).unwrap());
    assert!(Supervised::attach(&record).is_none());
}

#[test]
fn a_missing_program_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let launch = Launch::new(
        "ghost",
        Command::new("/no/such/program"),
        &dir.path().join("log"),
    );
    let error = Supervised::spawn(launch).unwrap_err();
    assert!(matches!(error, ProcessError::Spawn { .. }), "{error}");
}

#[test]
fn a_tied_process_dies_with_a_killed_owner() {
    if let Some(log) = std::env::var_os("CNT_STACK_TEST_OWNER") {
        // This is the owner, started below: it starts a child from a thread that ends at once.
        let log = std::path::PathBuf::from(log);
        let child = std::thread::spawn(move || {
            Supervised::spawn(Launch::new("child", shell("echo $$; exec sleep 600"), &log)).unwrap()
        });
        let child = child.join().unwrap();
        assert!(!child.wait(Duration::from_secs(600)));
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let child_log = dir.path().join("child.log");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "a_tied_process_dies_with_a_killed_owner",
        "--nocapture",
    ]);
    command.env("CNT_STACK_TEST_OWNER", &child_log);
    let owner = Supervised::spawn(Launch::new("owner", command, &dir.path().join("log"))).unwrap();
    let child_pid = || {
        std::fs::read_to_string(&child_log)
            .ok()?
            .trim()
            .parse::<i32>()
            .ok()
    };
    wait_for("the child", || child_pid().is_some());
    let child = ProcessIdentity::of(child_pid().unwrap()).unwrap();
    assert!(child.is_running());
    owner.kill_hard().unwrap();
    wait_for("the end of the child", || !child.is_running());
}
