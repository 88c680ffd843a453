//! A chain of services as processes on a stack of its own, and what can be seen of it from outside.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use cnt_bus::{Admin, read_range};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::Topic;
use cnt_contracts::verdict::VerdictMeta;
use cnt_evidence::SigningKey;
use cnt_loadtest::{ClientConfig, Fleet, GeneratedMif, Generator, GeneratorParams, Stations};
use cnt_stack::free_ports;
use cnt_stack::process::{Launch, Lifetime, Supervised};
use cnt_testkit::{TestStack, wait_for};
use cnt_vault::{LocalStore, LotId, LotKind, LotReader, ObjectStore as _};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long the broker may be silent.
const PATIENCE: Duration = Duration::from_secs(20);

/// The services of a chain in the order in which they are started.
pub(crate) const ALL: [&str; 7] = cnt_contracts::services::ALL;

/// A stack, a nation, and an address for each service.
pub(crate) struct Chain {
    pub(crate) stack: TestStack,
    pub(crate) objects: LocalStore,
    http: BTreeMap<&'static str, SocketAddr>,
    generator: Generator,
    stations: Stations,
}

/// One process of the chain, ended with the test.
pub(crate) struct Running {
    process: Supervised,
    ops: SocketAddr,
    name: String,
}

/// Now on the legal clock of a chain, which nobody advances, Unix seconds.
fn now_s() -> i64 {
    let (clock, _) = cnt_service_kit::clock::Clock::system();
    clock.legal_now().as_second()
}

fn ports<const N: usize>() -> [SocketAddr; N] {
    free_ports::<N>()
        .unwrap()
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
}

#[track_caller]
pub(crate) fn succeeds(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
}

pub(crate) fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).output().unwrap()
}

pub(crate) fn cnt() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cnt"))
}

impl Chain {
    /// A stack and a nation whose MIFs are all good; no service runs yet.
    pub(crate) fn new() -> Self {
        let stack = TestStack::start().unwrap();
        let nation = stack.directory().join("nation");
        let made = cnt().args(["nation", "make", "-o"]).arg(&nation).output();
        succeeds(&made.unwrap());
        let now = cnt_service_kit::clock::Clock::system().0.legal_now();
        let params = GeneratorParams {
            bad_share: 0.0,
            replay_share: 0.0,
            conflict_share: 0.0,
            ..GeneratorParams::new(5, 1_000, now)
        };
        let generator = Generator::of_fleet(Fleet::load(&nation).unwrap(), &params).unwrap();
        Self {
            objects: LocalStore::new(stack.objects_dir()),
            http: ALL.into_iter().zip(ports::<7>()).collect(),
            stack,
            generator,
            stations: Stations::load(&nation, now_s).unwrap(),
        }
    }

    /// Starts a service with fail points; `name` tells its instances apart.
    pub(crate) fn start_armed(
        &self,
        service: &'static str,
        name: &str,
        failpoints: &str,
    ) -> Running {
        let [ops, portal, other] = ports::<3>();
        let key = |name: &str| format!("CNT_{}__{name}", service.to_uppercase());
        let mut command = cnt();
        command
            .args(["run", service])
            .env(key("DATABASE__CONNINFO"), self.stack.conninfo(service))
            .env(key("BROKER__BOOTSTRAP"), self.stack.bus("unused").bootstrap)
            .env(key("OBJECTS__DIR"), self.stack.objects_dir())
            .env(key("OPS__LISTEN"), ops.to_string())
            .env(key("SIMULATION__ENABLED"), "true");
        match service {
            // These two have no HTTP interface of their own.
            "validation" => {}
            "edition" => {
                command
                    .env(key("PORTAL__SECRET"), "a secret of the tests")
                    .env(key("PREVIEW__LISTEN"), other.to_string());
            }
            _ => {
                command.env(key("HTTP__LISTEN"), self.http[service].to_string());
            }
        }
        if service == "gateway" {
            let nation = self.stack.directory().join("nation");
            command
                .env(key("TLS__CERTIFICATE"), nation.join("gateway.crt.pem"))
                .env(key("TLS__KEY"), nation.join("gateway.key.pem"));
        }
        if service == "registry" {
            let snapshot = self.stack.directory().join("nation/snapshot.json");
            command.env(key("SEED__SNAPSHOT"), snapshot).env(
                key("AUTHORITIES__DIRECTORY"),
                self.stack.directory().join("nation/pki"),
            );
        }
        if service == "contestation" {
            command
                .env(key("PORTAL__LISTEN"), portal.to_string())
                .env(key("CONSOLE__LISTEN"), other.to_string())
                .env(key("CONSOLE__CONNINFO"), self.stack.conninfo("console"));
        }
        let log_key = self.log_key();
        if service == "archive" && log_key.exists() {
            command.env(key("EVIDENCE__KEY_FILE"), log_key);
        }
        if !failpoints.is_empty() {
            command.env(cnt_service_kit::failpoint::VARIABLE, failpoints);
        }
        let log = self.stack.directory().join(format!("{name}.log"));
        let launch = Launch::new(name, command, &log).lifetime(Lifetime::Tied);
        Running {
            process: Supervised::spawn(launch).unwrap(),
            ops,
            name: name.to_owned(),
        }
    }

    fn log_key(&self) -> PathBuf {
        self.stack.directory().join("log.key")
    }

    /// Gives the archive a key that signs checkpoints, from its next start on; the file of the one that verifies them.
    pub(crate) fn write_log_key(&self) -> PathBuf {
        let signing = SigningKey::from_seed("test.invalid/archive", &[5; 32]).unwrap();
        let text = SigningKey::encode("test.invalid/archive", &[5; 32]).unwrap();
        std::fs::write(self.log_key(), text).unwrap();
        std::fs::set_permissions(self.log_key(), Permissions::from_mode(0o600)).unwrap();
        let verifier = self.stack.directory().join("log.vkey");
        std::fs::write(&verifier, signing.verifier().to_string()).unwrap();
        verifier
    }

    /// Directory of the object store.
    pub(crate) fn objects_dir(&self) -> PathBuf {
        self.stack.objects_dir()
    }

    /// Starts a service as it is in production.
    pub(crate) fn start(&self, service: &'static str) -> Running {
        self.start_armed(service, service, "")
    }

    /// These MIFs of the stream.
    pub(crate) fn mifs(&self, numbers: std::ops::Range<u64>) -> Vec<GeneratedMif> {
        self.generator.chunk(numbers).unwrap()
    }

    /// Base URL of a service's HTTP interface.
    pub(crate) fn url(&self, service: &str) -> String {
        format!("http://{}", self.http[service])
    }

    /// Sends these MIFs of the stream, each through its station; all are acknowledged.
    pub(crate) fn send(&self, numbers: std::ops::Range<u64>) {
        let mut by_station: BTreeMap<[u8; 32], Vec<String>> = BTreeMap::new();
        for mif in self.generator.chunk(numbers).unwrap() {
            by_station.entry(mif.station).or_default().push(mif.compact);
        }
        for (station, mifs) in by_station {
            self.submit(station, &mifs);
        }
    }

    /// Sends messages through a station; all are acknowledged.
    pub(crate) fn submit(&self, station: [u8; 32], mifs: &[String]) {
        let gateway = format!("https://localhost:{}", self.http["gateway"].port());
        let client = self
            .stations
            .client(ClientConfig::new(gateway.as_str()), station)
            .unwrap();
        let answer = client.submit(mifs).unwrap();
        assert_eq!(answer.acknowledgements.len(), mifs.len());
    }

    fn sql(&self, role: &str, sql: &str) -> String {
        let postgres = self.stack.stack().postgres();
        let text = postgres.psql(&self.stack.conninfo(role), sql).unwrap();
        text.trim().to_owned()
    }

    /// Why a service's database refuses.
    pub(crate) fn sql_fails(&self, role: &str, sql: &str) -> String {
        let postgres = self.stack.stack().postgres();
        let refused = postgres.psql(&self.stack.conninfo(role), sql);
        format!("{:?}", refused.unwrap_err())
    }

    /// A number that a service's database gives.
    pub(crate) fn number(&self, role: &str, sql: &str) -> u64 {
        self.sql(role, sql).parse().unwrap()
    }

    /// Whether the database's answer is yes.
    pub(crate) fn holds(&self, role: &str, sql: &str) -> bool {
        self.sql(role, sql) == "t"
    }

    /// Lots of a kind in the object store, committed or not.
    pub(crate) fn written(&self, kind: LotKind) -> Vec<Hex32> {
        self.objects
            .list(kind)
            .unwrap()
            .map(|id| Hex32(*id.unwrap().as_bytes()))
            .collect()
    }

    /// The lots that validation committed.
    pub(crate) fn verdict_lots(&self) -> Vec<Hex32> {
        let text = self.sql(
            "validation",
            "SELECT encode(lot_id, 'hex') FROM lot ORDER BY seq",
        );
        text.lines()
            .map(|line| Hex32::parse(line).unwrap())
            .collect()
    }

    /// How many receptions have a verdict; two for one are a failure.
    pub(crate) fn verdicts(&self) -> usize {
        self.metas().len()
    }

    /// Every verdict; two for one reception are a failure.
    pub(crate) fn metas(&self) -> Vec<VerdictMeta> {
        self.judged().into_iter().map(|(meta, _)| meta).collect()
    }

    /// Every verdict with the message it is about; two for one reception are a failure.
    pub(crate) fn judged(&self) -> Vec<(VerdictMeta, Vec<u8>)> {
        let mut receptions = BTreeMap::<Uuid, Hex32>::new();
        let mut metas = Vec::new();
        for lot in self.verdict_lots() {
            let id = LotId::from_bytes(lot.0);
            let object = self.objects.get(LotKind::Verdict, id).unwrap();
            let reader = LotReader::open(object).unwrap();
            for member in reader.members().unwrap() {
                let meta: VerdictMeta = member.meta().unwrap();
                let other = receptions.insert(meta.reception, lot);
                assert_eq!(other, None, "{} has two verdicts", meta.reception);
                metas.push((meta, reader.read(member).unwrap().to_vec()));
            }
        }
        metas
    }

    /// The lots that events on a topic name, in no order: one event, one entry.
    pub(crate) fn announced(&self, topic: &Topic) -> Vec<Hex32> {
        let bus = self.stack.bus("test-reader");
        let mut lots = Vec::new();
        for held in Admin::new(&bus).unwrap().offsets(topic.name).unwrap() {
            let take = |record: cnt_bus::Record| -> anyhow::Result<()> {
                let event: Value = serde_json::from_slice(&record.value)?;
                let id = event["lot"]["id"].as_str().and_then(Hex32::parse);
                lots.push(id.ok_or_else(|| anyhow::anyhow!("an event without a lot: {event}"))?);
                Ok(())
            };
            let range = held.low..held.high;
            read_range(&bus, topic.name, held.partition, range, PATIENCE, take).unwrap();
        }
        lots
    }

    /// `cnt reconcile` over these processes: the books, once nothing is in progress any more.
    pub(crate) fn settled(&self, running: &[&Running]) -> Value {
        let run_dir = self.remember(running);
        wait_for("balanced books with nothing in progress", || {
            let output = cnt()
                .args(["reconcile", "--json", "--run-dir"])
                .arg(&run_dir)
                .output()?;
            let books: Value = serde_json::from_slice(&output.stdout)?;
            let is_settled = books["balanced"] == true && books["in_progress"] == 0;
            Ok(is_settled.then_some(books))
        })
        .unwrap()
    }

    /// Writes down what runs, for commands of `cnt`; returns their `--run-dir`.
    pub(crate) fn remember(&self, running: &[&Running]) -> PathBuf {
        let run_dir = self.stack.directory().to_path_buf();
        self.write_record(&run_dir.join("system.json"), running);
        run_dir
    }

    /// What `cnt up` writes down of a system, for the commands that come later.
    fn write_record(&self, path: &PathBuf, running: &[&Running]) {
        let conninfo: Vec<_> = ALL
            .iter()
            .map(|service| json!([service, self.stack.conninfo(service)]))
            .collect();
        let services: Vec<_> = running
            .iter()
            .map(|one| {
                let http: Vec<_> = self.http.get_key_value(one.name.as_str()).into_iter().collect();
                json!({"name": one.name, "http": http, "ops": one.ops, "process": one.process.record()})
            })
            .collect();
        let record = json!({
            "bootstrap": self.stack.bus("unused").bootstrap,
            "reconcile_conninfo": self.stack.conninfo("reconcile"),
            "conninfo": conninfo,
            "services": services,
        });
        std::fs::write(path, record.to_string()).unwrap();
    }
}

impl Running {
    /// Waits until it says that it is ready.
    pub(crate) fn ready(self) -> Self {
        wait_for(&format!("{} to be ready", self.name), || {
            anyhow::ensure!(self.process.is_alive(), self.process.log_tail(20));
            Ok(self.ask("/health/ready").map(drop))
        })
        .unwrap();
        self
    }

    fn ask(&self, path: &str) -> Option<String> {
        let mut answer = ureq::get(format!("http://{}{path}", self.ops))
            .call()
            .ok()?;
        answer.body_mut().read_to_string().ok()
    }

    /// Waits until it has died by its own `abort`, which is no end in good order.
    pub(crate) fn dies_of_abort(self) {
        let status = wait_for(&format!("{} to die", self.name), || {
            Ok(self.process.exit_status())
        })
        .unwrap();
        let is_abort = status.signal() == Some(6);
        assert!(is_abort, "{status}\n{}", self.process.log_tail(20));
    }

    /// Waits until its log holds these words.
    pub(crate) fn says(&self, words: &str) {
        wait_for(&format!("{} to say {words:?}", self.name), || {
            anyhow::ensure!(self.process.is_alive(), self.process.log_tail(20));
            let log = std::fs::read_to_string(&self.process.record().log_file)?;
            Ok(log.contains(words).then_some(()))
        })
        .unwrap();
    }

    /// Takes the processor away from it, or gives it back.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.process.pid().to_string();
        let output = Command::new("kill").args(["-s", name, &pid]).output();
        succeeds(&output.unwrap());
    }

    /// A counter of its metrics, summed over the labels that contain `label`.
    pub(crate) fn counted(&self, metric: &str, label: &str) -> u64 {
        let metrics = self.ask("/metrics").unwrap();
        metrics
            .lines()
            .filter(|line| line.starts_with(metric) && line.contains(label))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }
}
