//! One Kafka node (`KRaft` mode: broker and controller in one process) on the loopback interface.

mod probe;
mod settings;
mod users;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::config::{AfterStop, StackConfig};
use crate::error::StackError;
use crate::files;
use crate::ports::{free_ports, is_free};
use crate::process::{Launch, Lifetime, ProcessRecord, Supervised};
use crate::random::random_bytes;

use self::users::Users;

const NAME: &str = "kafka";
/// How often readiness is asked for.
const POLL: Duration = Duration::from_millis(50);
/// Lines of the log that go into an error.
const TAIL_LINES: usize = 20;
/// Starts with fresh ports before a port conflict is given up on.
const ATTEMPTS: usize = 3;
/// How long the server of a killed program may take to end by itself.
const ENDING_DEADLINE: Duration = Duration::from_secs(10);

/// What is written down about a broker, in `kafka.json` of the stack's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaRecord {
    /// Address for clients: `127.0.0.1:PORT`.
    pub bootstrap: String,
    /// Port for clients.
    pub client_port: u16,
    /// Port of the controller, used by the broker alone.
    pub controller_port: u16,
    /// The process, when it was last started.
    pub process: ProcessRecord,
}

impl KafkaRecord {
    fn of(ports: Ports, process: &Supervised) -> Self {
        Self {
            bootstrap: ports.bootstrap(),
            client_port: ports.client,
            controller_port: ports.controller,
            process: process.record().clone(),
        }
    }
}

/// A running broker. Its address stays the same over [`Kafka::kill_hard`] and [`Kafka::restart`].
#[derive(Debug)]
pub struct Kafka {
    config: StackConfig,
    bootstrap: String,
    ports: Ports,
    process: Mutex<Supervised>,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    client: u16,
    controller: u16,
}

impl Ports {
    fn bootstrap(self) -> String {
        format!("127.0.0.1:{}", self.client)
    }
}

impl Kafka {
    /// Starts a broker in `config.dir`, formatting its storage the first time, and waits until it
    /// answers clients. Data of an earlier run are kept; so are its ports when they are free.
    pub fn start(config: &StackConfig) -> Result<Self, StackError> {
        files::create_dir(&config.dir, 0o711)?;
        files::create_dir(&config.dir.join("logs"), 0o700)?;
        files::create_dir(&settings::home(config), 0o700)?;
        let mut ports = match files::read_json::<KafkaRecord>(&record_file(config))? {
            Some(record) => {
                refuse_running(config, &record.process)?;
                Ports {
                    client: record.client_port,
                    controller: record.controller_port,
                }
            }
            None => fresh_ports()?,
        };
        let mut attempt = 1;
        loop {
            if !(is_free(ports.client) && is_free(ports.controller)) {
                ports = fresh_ports()?;
            }
            match launch(config, ports) {
                Err(StackError::Exited { log_tail, .. })
                    if attempt < ATTEMPTS && log_tail.contains("Address already in use") =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(process) => return Ok(Self::assemble(config, ports, process)),
            }
        }
    }

    /// Takes hold of the detached broker of `config.dir`; `None` when none runs there.
    pub fn attach(config: &StackConfig) -> Result<Option<Self>, StackError> {
        let Some(record) = files::read_json::<KafkaRecord>(&record_file(config))? else {
            return Ok(None);
        };
        let Some(process) = Supervised::attach(&record.process) else {
            return Ok(None);
        };
        let config = StackConfig {
            lifetime: Lifetime::Detached,
            ..config.clone()
        };
        let ports = Ports {
            client: record.client_port,
            controller: record.controller_port,
        };
        Ok(Some(Self {
            config,
            bootstrap: record.bootstrap,
            ports,
            process: Mutex::new(process),
        }))
    }

    fn assemble(config: &StackConfig, ports: Ports, process: Supervised) -> Self {
        let kafka = Self {
            config: config.clone(),
            bootstrap: ports.bootstrap(),
            ports,
            process: Mutex::new(process),
        };
        tracing::info!(
            kafka.bootstrap = kafka.bootstrap,
            kafka.pid = kafka.pid(),
            "Kafka is ready"
        );
        kafka
    }

    /// Address for clients: `127.0.0.1:PORT`.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// File that holds the password of a user: one of `config.kafka_users`, or
    /// [`KAFKA_ADMIN`](crate::KAFKA_ADMIN). Readable by this account alone.
    #[must_use]
    pub fn password_file(&self, user: &str) -> PathBuf {
        users::password_file(&self.config.dir, user)
    }

    /// Process id of the broker as last started.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process().pid()
    }

    /// Whether the broker's process runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.process().is_alive()
    }

    /// What is written down about the broker.
    #[must_use]
    pub fn record(&self) -> KafkaRecord {
        KafkaRecord::of(self.ports, &self.process())
    }

    /// Sends SIGKILL to the broker and waits until it is gone. What it acknowledged lies in the page
    /// cache or on disk and is there again after [`Kafka::restart`].
    pub fn kill_hard(&self) -> Result<(), StackError> {
        Ok(self.process().kill_hard()?)
    }

    /// Starts the broker again on the same ports, after stopping it if it still runs, and waits until
    /// it answers clients.
    pub fn restart(&self) -> Result<(), StackError> {
        let mut process = self.process();
        process.stop(self.config.stop_deadline)?;
        *process = launch(&self.config, self.ports)?;
        Ok(())
    }

    /// Stops the broker in good order, or kills it after `config.stop_deadline`.
    pub fn stop(&self) -> Result<(), StackError> {
        self.process().stop(self.config.stop_deadline)?;
        Ok(())
    }

    /// Removes what the broker left in the stack's directory. It must have been stopped.
    pub(crate) fn remove_data(config: &StackConfig) -> Result<(), StackError> {
        files::remove_tree(&settings::home(config))?;
        users::remove(&config.dir)?;
        files::remove_file(&config.log_file(NAME))?;
        files::remove_file(&record_file(config))
    }

    fn process(&self) -> MutexGuard<'_, Supervised> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        if self.config.lifetime == Lifetime::Detached {
            return;
        }
        let remove = || match self.config.after_stop {
            AfterStop::Keep => Ok(()),
            AfterStop::Remove => Self::remove_data(&self.config),
        };
        if let Err(error) = self.stop().and_then(|()| remove()) {
            tracing::error!(%error, "Kafka could not be stopped and tidied up");
        }
    }
}

/// Where the record of a stack's directory lies.
pub(crate) fn record_path(dir: &Path) -> PathBuf {
    dir.join("kafka.json")
}

fn record_file(config: &StackConfig) -> PathBuf {
    record_path(&config.dir)
}

/// Refuses a directory whose recorded server is alive. One that was tied to a program that has just
/// been killed is about to end, and is given the time for it.
pub(crate) fn refuse_running(
    config: &StackConfig,
    record: &ProcessRecord,
) -> Result<(), StackError> {
    let Some(process) = Supervised::attach(record) else {
        return Ok(());
    };
    if record.lifetime == Lifetime::Tied && process.wait(ENDING_DEADLINE) {
        return Ok(());
    }
    Err(StackError::AlreadyRunning {
        dir: config.dir.clone(),
        name: record.name.clone(),
        pid: record.identity.pid,
    })
}

fn fresh_ports() -> Result<Ports, StackError> {
    let [client, controller] = free_ports()?;
    Ok(Ports { client, controller })
}

/// Writes the settings, formats the storage if need be, starts the broker and waits for it.
fn launch(config: &StackConfig, ports: Ports) -> Result<Supervised, StackError> {
    let formatted = settings::data_dir(config).join("meta.properties").is_file();
    let users = Users::of(config, formatted)?;
    settings::write(config, ports.client, ports.controller, users.as_ref())?;
    if !formatted {
        format_storage(config, users.as_ref())?;
    }
    // The first compiler alone: on two cores the second one takes half a core for the first minute, from the services.
    let options = [
        format!("-Xmx{}m", config.kafka_heap_mib),
        "-XX:TieredStopAtLevel=1".to_owned(),
    ];
    let mut command = java(config, &options);
    command.arg("kafka.Kafka").arg(settings::file(config));
    let launch = Launch::new(NAME, command, &config.log_file(NAME)).lifetime(config.lifetime);
    let process = Supervised::spawn(launch)?;
    // At once, so that it is found and stopped even if its starter is killed before it answers.
    files::write_json(&record_file(config), &KafkaRecord::of(ports, &process))?;
    let deadline = Instant::now() + config.start_deadline;
    while !probe::answers(ports.client) {
        if !process.is_alive() {
            let log_tail = process.log_tail(TAIL_LINES);
            return Err(StackError::Exited {
                name: NAME.to_owned(),
                log_tail,
            });
        }
        if Instant::now() > deadline {
            let log_tail = process.log_tail(TAIL_LINES);
            process.kill_hard()?;
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

/// Prepares the storage of a new cluster with an id of its own, and with its users.
fn format_storage(config: &StackConfig, users: Option<&Users>) -> Result<(), StackError> {
    // One bit is set so that the id does not begin with a dash, which a command line takes for an option.
    let [first, rest @ ..] = random_bytes::<16>()?;
    let mut id = vec![first & 0x7f];
    id.extend(rest);
    let mut command = java(config, &["-XX:TieredStopAtLevel=1".to_owned()]);
    // Passwords among them: the arguments are read by the Java launcher from a file, which lives as long as it.
    let arguments = settings::home(config).join("format.arguments");
    let text = format!(
        "kafka.tools.StorageTool format --ignore-formatted -t {} -c {}{}\n",
        URL_SAFE_NO_PAD.encode(id),
        quoted(&settings::file(config)),
        users.map(Users::format_arguments).unwrap_or_default(),
    );
    files::write(&arguments, &text, 0o600)?;
    command.arg(format!("@{}", arguments.display()));
    let output = command.output().map_err(|source| StackError::File {
        action: "run",
        path: config.java.clone(),
        source,
    });
    files::remove_file(&arguments)?;
    let output = output?;
    if output.status.success() {
        return Ok(());
    }
    let message = files::last_lines(&String::from_utf8_lossy(&output.stderr), TAIL_LINES);
    Err(StackError::Tool {
        tool: "kafka.tools.StorageTool",
        message,
    })
}

/// A path as the Java launcher reads it from a file of arguments.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A `java` command up to the main class. The class-data archive that `./dev setup` makes halves the
/// start; a JVM that it does not fit starts without it.
fn java(config: &StackConfig, options: &[String]) -> Command {
    let mut command = Command::new(&config.java);
    command
        .args(options)
        .args(["-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"]);
    command.args([
        "-Djava.awt.headless=true",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        // Nothing outside the stack's directory, which a killed broker would leave there.
        "-XX:-UsePerfData",
    ]);
    command.arg(format!(
        "-Djava.io.tmpdir={}",
        settings::scratch_dir(config).display()
    ));
    let archive = config.kafka_jars.join("kafka.jsa");
    if archive.is_file() {
        command.arg(format!("-XX:SharedArchiveFile={}", archive.display()));
    }
    command.arg(format!(
        "-Dlog4j2.configurationFile={}",
        settings::log_file(config).display()
    ));
    command.arg("-cp").arg(config.kafka_jars.join("*"));
    command
        .env_remove("JAVA_TOOL_OPTIONS")
        .env_remove("CLASSPATH");
    command
}
