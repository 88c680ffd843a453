//! The service on a real Kafka and PostgreSQL.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use cnt_contracts::law::LAW_TOML;
use cnt_contracts::registry::to_registry;
use cnt_domain::natinf::{NatInf, NatInfRefusal};
use cnt_flow::Plumbing;
use cnt_registry::nation::{Nation, NationParams};
use cnt_registry::{Config, NAME, run};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::config::Secret;
use cnt_testkit::{TestStack, wait_for};

const GRACE: Duration = Duration::from_secs(30);

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn config(stack: &TestStack, snapshot: &Path) -> Config {
    let mut config = Config::load(None).unwrap();
    config.database.conninfo = Secret::new(stack.conninfo(NAME));
    config.objects.dir = stack.objects_dir();
    config.http.listen = free_address();
    config.simulation.enabled = true;
    config.seed.snapshot = snapshot.to_owned();
    config
}

/// A registry running on a thread of its own.
struct Service {
    context: ServiceContext,
    plumbing: Plumbing,
    address: SocketAddr,
    thread: std::thread::JoinHandle<anyhow::Result<()>>,
}

impl Service {
    fn start(stack: &TestStack, config: Config) -> Self {
        let instant = "2026-11-23T10:00:00Z".parse().unwrap();
        let context = ServiceContext::for_test(NAME, instant).unwrap();
        let plumbing = stack.plumbing(&context).unwrap();
        let address = config.http.listen;
        let (of_thread, its_plumbing) = (context.clone(), plumbing.clone());
        let thread = std::thread::spawn(move || {
            of_thread.run_service(GRACE, |context| run(config, context, its_plumbing))
        });
        Self {
            context,
            plumbing,
            address,
            thread,
        }
    }

    fn stop(self) {
        self.context.shutdown.request();
        self.thread.join().unwrap().unwrap();
    }

    fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let url = format!("http://{}{path}", self.address);
        Ok(ureq::get(&url).call()?.body_mut().read_json()?)
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let url = format!("http://{}{path}", self.address);
        Ok(ureq::post(&url).send_json(body)?.body_mut().read_json()?)
    }

    fn send(&self, path: &str, body: &[u8]) -> anyhow::Result<serde_json::Value> {
        let url = format!("http://{}{path}", self.address);
        Ok(ureq::post(&url).send(body)?.body_mut().read_json()?)
    }

    fn wait_version(&self, version: u64) {
        let view = &self.plumbing.registry;
        let found = wait_for("a version of the registry", || {
            let current = view.current();
            Ok(current.filter(|current| current.registry.version == version))
        });
        found.unwrap();
    }
}

/// A list of the ministry and an edition of the law each make a version, unless they change nothing.
fn the_law_changes_by_versions(service: &Service) {
    let list = "Num\u{e9}ro NATINF;Nature;Qualification;D\u{e9}finie par;R\u{e9}prim\u{e9}e par\n\
                40000;Contravention de classe 2;NEUVE;ART.R.412-1 C.ROUTE.;ART.R.412-1 C.ROUTE.\n\
                40001;D\u{e9}lit;GRAVE;ART.L.235-1 C.ROUTE.;ART.L.235-1 C.ROUTE.\n";
    let latin1: Vec<u8> = list
        .chars()
        .map(|letter| u8::try_from(letter).unwrap())
        .collect();
    let import = |query: &str| service.send(&format!("/v1/natinf?from=2026-12-01{query}"), &latin1);
    let tried = import("&check=true").unwrap();
    assert_eq!(
        (&tried["written"], &tried["version"]),
        (&false.into(), &2.into())
    );
    let taken = import("").unwrap();
    assert_eq!(
        (&taken["written"], &taken["version"]),
        (&true.into(), &3.into())
    );
    assert_eq!(
        (&taken["encoding"], &taken["added"]),
        (&"latin1".into(), &serde_json::json!([40_000]))
    );
    service.wait_version(3);
    let followed = service.plumbing.registry.current().unwrap();
    let natinf = &followed.registry.natinf;
    let day = |text: &str| text.parse().unwrap();
    assert!(natinf.in_force(NatInf(40_000), day("2026-11-30")).is_err());
    assert!(
        !natinf
            .in_force(NatInf(40_000), day("2026-12-01"))
            .unwrap()
            .supported
    );
    assert_eq!(
        natinf
            .in_force(NatInf(40_001), day("2026-12-01"))
            .unwrap_err(),
        NatInfRefusal::NotContravention
    );
    assert_eq!(import("").unwrap()["written"], false);
    assert!(
        service
            .send("/v1/natinf?from=2026-12-01", b"a;b\n")
            .is_err()
    );

    let edition = LAW_TOML.replacen("edition = \"2026-11\"", "edition = \"2027-01\"", 1);
    assert_eq!(
        service.send("/v1/law", edition.as_bytes()).unwrap()["version"],
        4
    );
    service.wait_version(4);
    let followed = service.plumbing.registry.current().unwrap();
    assert_eq!(followed.registry.law.edition, "2027-01");
    assert!(
        service.send("/v1/law", edition.as_bytes()).is_err(),
        "the same"
    );
    assert!(service.send("/v1/law", b"edition = 1").is_err());
}

#[test]
fn seeding_revocation_and_clock_reach_every_process() {
    let stack = TestStack::start().unwrap();
    let nation = Nation::build(&NationParams::new(7, "2026-01-01".parse().unwrap())).unwrap();
    let directory = stack.directory().join("nation");
    nation.save(&directory).unwrap();
    let config = config(&stack, &directory.join("snapshot.json"));

    let service = Service::start(&stack, config.clone());
    service.wait_version(1);
    let followed = service.plumbing.registry.current().unwrap();
    let expected = to_registry(&nation.snapshot).unwrap();
    assert_eq!(followed.registry.cards, expected.cards);
    assert_eq!(followed.anchors, nation.snapshot.anchors);

    let serial = &nation.snapshot.cards[0].serial;
    let path = format!("/v1/cards/{serial}/revocation");
    let body = serde_json::json!({"reason": "theft", "effective_at_s": 1_790_000_000});
    wait_for("the API", || Ok(service.get("/v1/version").ok())).unwrap();
    assert_eq!(service.post(&path, &body).unwrap()["version"], 2);
    service.wait_version(2);
    let followed = service.plumbing.registry.current().unwrap();
    let card = &followed.registry.cards[&serial.parse().unwrap()];
    let revocation = card.revocation.unwrap();
    assert_eq!(revocation.effective_at.as_second(), 1_790_000_000);
    // A second time it is a conflict, and an unknown card is not found.
    assert!(service.post(&path, &body).is_err());
    assert!(service.post("/v1/cards/NONE/revocation", &body).is_err());
    assert_eq!(service.get("/v1/snapshot").unwrap()["version"], 2);

    the_law_changes_by_versions(&service);

    let advance = serde_json::json!({"seconds": 75 * 86_400});
    let clock = service.post("/v1/clock/advance", &advance).unwrap();
    assert_eq!(clock["offset_seconds"], 75 * 86_400);
    assert_eq!(clock["legal_now"], "2027-02-06T10:00:00Z");
    wait_for("the legal clock", || {
        let moved = service.context.clock.legal_offset_seconds() == 75 * 86_400;
        Ok(moved.then_some(()))
    })
    .unwrap();
    let backwards = serde_json::json!({"seconds": -1});
    assert!(service.post("/v1/clock/advance", &backwards).is_err());
    service.stop();

    // A second start neither imports again nor forgets.
    let again = Service::start(
        &stack,
        Config {
            http: cnt_service_kit::config::HttpSection {
                listen: free_address(),
            },
            ..config
        },
    );
    again.wait_version(4);
    wait_for("the API", || Ok(again.get("/v1/version").ok())).unwrap();
    assert_eq!(again.get("/v1/version").unwrap()["version"], 4);
    assert_eq!(
        again.get("/v1/clock").unwrap()["offset_seconds"],
        75 * 86_400
    );
    again.stop();
}
