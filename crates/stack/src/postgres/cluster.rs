//! Creating, starting and asking the cluster.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::home::Home;
use super::{ADMIN, NAME, PostgresRecord, settings};
use crate::config::{Durability, StackConfig};
use crate::error::{StackError, file_error};
use crate::files;
use crate::process::{Launch, ProcessIdentity, StopSignal, Supervised};

/// How often readiness is asked for.
const POLL: Duration = Duration::from_millis(50);
/// Lines of the log that go into an error.
const TAIL_LINES: usize = 20;
/// What a start says that finds leftovers of a killed cluster: a lock, or memory that a backend still holds. They go
/// away by themselves; another trouble with a lock or with memory does not.
pub(super) const LEFTOVERS: [&str; 2] = ["already exists", "pre-existing shared memory block"];
/// What a start says that finds its port in use.
pub(super) const PORT_TAKEN: &str = "Address already in use";

/// Runs `initdb`, unless the cluster is there. A half-made one is made again.
pub(super) fn create(config: &StackConfig, home: &Home, password: &str) -> Result<(), StackError> {
    if home.data.join("PG_VERSION").is_file() {
        return Ok(());
    }
    let unfinished = home.root.join("data.new");
    files::remove_tree(&unfinished)?;
    let password_file = home.root.join("initdb.password");
    files::write(&password_file, password, 0o600)?;
    files::give(&password_file, home.owner.as_ref())?;
    let mut command = home.command(&config.postgres_bin.join("initdb"));
    command
        .arg("-D")
        .arg(&unfinished)
        .args(["-U", ADMIN, "-E", "UTF8", "--locale=C.UTF-8"]);
    command.args(["--auth=scram-sha-256", "--no-instructions"]);
    command.arg(format!("--pwfile={}", password_file.display()));
    if config.durability == Durability::Relaxed {
        command.arg("--no-sync");
    }
    let output = quiet_environment(&mut command).output();
    files::remove_file(&password_file)?;
    let output = output.map_err(file_error("run", &config.postgres_bin.join("initdb")))?;
    if !output.status.success() {
        let message = files::last_lines(&String::from_utf8_lossy(&output.stderr), TAIL_LINES);
        return Err(StackError::Tool {
            tool: "initdb",
            message,
        });
    }
    std::fs::rename(&unfinished, &home.data).map_err(file_error("rename", &unfinished))
}

/// Starts the postmaster and waits until it answers; tries again while the log names one of `reasons`.
pub(super) fn launch_patiently(
    config: &StackConfig,
    home: &Home,
    port: u16,
    reasons: &[&str],
) -> Result<Supervised, StackError> {
    let deadline = Instant::now() + config.start_deadline;
    loop {
        forget_zombie(home, port)?;
        match launch(config, home, port) {
            Err(StackError::Exited { log_tail, .. })
                if Instant::now() < deadline
                    && reasons.iter().any(|reason| log_tail.contains(reason)) =>
            {
                tracing::debug!(
                    "PostgreSQL found leftovers of its former self and is started again"
                );
                thread::sleep(POLL);
            }
            other => return other,
        }
    }
}

fn launch(config: &StackConfig, home: &Home, port: u16) -> Result<Supervised, StackError> {
    settings::write(config, home, port)?;
    let mut command = Command::new(config.postgres_bin.join("postgres"));
    command.arg("-D").arg(&home.data).current_dir(&home.root);
    quiet_environment(&mut command);
    let launch = Launch::new(NAME, command, &config.log_file(NAME))
        .run_as(home.owner.clone())
        .stop_signal(StopSignal::Interrupt)
        .lifetime(config.lifetime);
    let process = Supervised::spawn(launch)?;
    // At once, so that it is found and stopped even if its starter is killed before it answers.
    files::write_json(
        &super::record_file(config),
        &PostgresRecord::of(config, home, port, &process),
    )?;
    let deadline = Instant::now() + config.start_deadline;
    while !is_ready(config, home, port)? {
        if !process.is_alive() {
            let log_tail = process.log_tail(TAIL_LINES);
            return Err(StackError::Exited {
                name: NAME.to_owned(),
                log_tail,
            });
        }
        if Instant::now() > deadline {
            let log_tail = process.log_tail(TAIL_LINES);
            process.kill_hard_with_children()?;
            let seconds = config.start_deadline.as_secs();
            return Err(StackError::NotReady {
                name: NAME.to_owned(),
                seconds,
                log_tail,
            });
        }
        thread::sleep(POLL);
    }
    Ok(process)
}

fn is_ready(config: &StackConfig, home: &Home, port: u16) -> Result<bool, StackError> {
    let program = config.postgres_bin.join("pg_isready");
    let mut command = Command::new(&program);
    command
        .arg("-q")
        .arg("-h")
        .arg(&home.socket_dir)
        .arg("-p")
        .arg(port.to_string());
    let status = quiet_environment(&mut command)
        .stdin(Stdio::null())
        .status();
    status
        .map(|status| status.success())
        .map_err(file_error("run", &program))
}

/// Runs SQL with `psql`, which reads it from its standard input, so that no other process sees it.
pub(super) fn psql(config: &StackConfig, conninfo: &str, sql: &str) -> Result<String, StackError> {
    let program = config.postgres_bin.join("psql");
    let failed = || file_error("run", &program);
    let mut command = Command::new(&program);
    // Terse errors do not quote the statement, which may hold a password.
    command.args([
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-v",
        "VERBOSITY=terse",
    ]);
    command.arg("-w").arg("-d").arg(conninfo).arg("-f").arg("-");
    quiet_environment(&mut command);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed())?;
    let stdin = child.stdin.take();
    // The statements go in from a thread of their own: psql may fill its output before it has read all.
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // When psql stops at an error it reads no further; its own message says why.
            stdin.map(|mut stdin| stdin.write_all(sql.as_bytes()))
        });
        child.wait_with_output()
    })
    .map_err(failed())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(StackError::Sql {
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Removes what a killed postmaster leaves behind: its sockets, its lock, its shared memory. Only to be
/// called when the postmaster and all its backends are gone; after an orderly stop it finds nothing.
pub(super) fn sweep(home: &Home, port: u16) -> Result<(), StackError> {
    for suffix in ["", ".lock"] {
        files::remove_file(&home.socket_dir.join(format!(".s.PGSQL.{port}{suffix}")))?;
    }
    let lock = home.data.join("postmaster.pid");
    let Some(text) = files::read(&lock)? else {
        return Ok(());
    };
    // Line 7: key and id of the System V segment that guards the data directory.
    if let Some(id) = text
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
    {
        let removed = home.command(Path::new("ipcrm")).arg("-m").arg(id).output();
        tracing::debug!(
            ok = removed.is_ok(),
            "Removed the shared memory of a killed PostgreSQL"
        );
    }
    files::remove_file(&lock)
}

/// Removes the locks of a dead postmaster whose parent has not collected it: PostgreSQL takes a zombie
/// for a running server.
fn forget_zombie(home: &Home, port: u16) -> Result<(), StackError> {
    let socket_lock = home.socket_dir.join(format!(".s.PGSQL.{port}.lock"));
    for lock in [home.data.join("postmaster.pid"), socket_lock] {
        let pid = files::read(&lock)?.and_then(|text| text.lines().next()?.trim().parse().ok());
        if let Some(Ok(process)) = pid.map(ProcessIdentity::of)
            && process.is_zombie()
        {
            files::remove_file(&lock)?;
        }
    }
    Ok(())
}

/// Keeps settings of the caller's shell (PGHOST, PGPASSWORD, …) away from the tools.
fn quiet_environment(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C.UTF-8")
}
