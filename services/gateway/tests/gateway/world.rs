//! A stack, a gateway in it, a registry of stations, and a client.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cnt_bus::{Admin, BusMetrics, OutRecord, Producer, ProducerConfig, Record, read_range};
use cnt_contracts::events::{DocumentLotEvent, LotRef, RegistryVersionEvent, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::receipt::{Receipt, ReceiptPage};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_INBOUND, MIF_VERDICT, REGISTRY_VERSION};
use cnt_flow::lot_ref;
use cnt_gateway::Config;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::http::ProblemBody;
use cnt_service_kit::ids::new_random;
use cnt_testkit::{TestStack, wait_for};
use cnt_trust::issue::{AuthorityRole, CrlDates, Hierarchy, HierarchyParams, Issued};
use cnt_trust::{Revocation, RevocationReason};
use cnt_vault::{LocalStore, LotAbout, LotKind, LotWriter, MemberInput, ObjectStore, SealedLot};
use serde_json::{Value, json};
use uuid::Uuid;

/// Tests that need the parts alive take it to read; those that break or exhaust them, to write.
pub(crate) static PEACE: RwLock<()> = RwLock::new(());
static SHARED: Mutex<Weak<World>> = Mutex::new(Weak::new());

pub(crate) const NOW: &str = "2026-11-23T09:00:00.123456Z";
/// Stations 1 to 20 may connect; this one no longer.
pub(crate) const FORMER: u8 = 21;
/// Known to the registry, but named by the revocation list.
pub(crate) const LISTED: u8 = 22;
/// Connections of one station at once.
pub(crate) const CONNECTIONS_MAX: usize = 40;
/// Submissions at once.
pub(crate) const SUBMISSIONS_MAX: usize = 8;
/// Submissions of one station at once.
pub(crate) const SUBMISSIONS_PER_STATION_MAX: usize = 4;

pub(crate) struct World {
    pub(crate) stack: TestStack,
    pub(crate) objects: LocalStore,
    pub(crate) producer: Producer,
    pub(crate) address: SocketAddr,
    pub(crate) hierarchy: Hierarchy,
    announced: AtomicU64,
    pub(crate) issued: Mutex<BTreeMap<u8, Issued>>,
    pub(crate) seals: Mutex<BTreeMap<u8, Issued>>,
    pub(crate) agents: Mutex<BTreeMap<u8, ureq::Agent>>,
    context: ServiceContext,
    gateway: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.context.shutdown.request();
        let ended = self.gateway.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().unwrap().unwrap();
        }
    }
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn problem(&self) -> ProblemBody {
        let problem: ProblemBody = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        problem
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) fn world() -> Arc<World> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(world) = shared.upgrade() {
        return world;
    }
    let world = Arc::new(World::start());
    *shared = Arc::downgrade(&world);
    drop(shared);
    world
}

pub(crate) fn siren(station: u8) -> String {
    format!("1000000{station:02}")
}

/// Unix seconds of the real clock, which rules TLS.
pub(crate) fn real_now() -> i64 {
    Clock::system().0.real_now().as_second()
}

/// Unix seconds of the legal clock, which stands still.
pub(crate) fn legal_now_s() -> i64 {
    NOW.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn configuration(stack: &TestStack, hierarchy: &Hierarchy) -> Config {
    let server = hierarchy
        .issue_tls_server("gateway", &["localhost", "127.0.0.1"], real_now() - 86_400)
        .unwrap();
    let services = hierarchy.authority(AuthorityRole::Services);
    let (certificate, key) = (
        stack.directory().join("tls.crt.pem"),
        stack.directory().join("tls.key.pem"),
    );
    let chain = server.certificate_pem() + &services.certificate_pem();
    std::fs::write(&certificate, chain).unwrap();
    std::fs::write(&key, server.key_pem()).unwrap();
    let text = format!(
        "[database]\nconninfo = {:?}\n[broker]\nbootstrap = {:?}\n[objects]\ndir = {:?}\n\
         [simulation]\nenabled = true\n[tls]\ncertificate = {certificate:?}\nkey = {key:?}\nheader_timeout_ms = 1000\n\
         connections_per_station_max = {CONNECTIONS_MAX}\n[limits]\nacknowledgement_timeout_ms = 3000\nbody_timeout_ms = 5000\n\
         submissions_max = {}\n[station]\nmifs_burst = 1500\nmifs_per_s = 10\n",
        stack.conninfo("gateway"),
        stack.stack().kafka().bootstrap(),
        stack.objects_dir(),
        SUBMISSIONS_MAX,
    );
    let path = stack.directory().join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path)).unwrap()
}

impl World {
    fn start() -> Self {
        let stack = TestStack::start().unwrap();
        let day = 86_400;
        let params = HierarchyParams::from_number(7, real_now() - 4 * 365 * day);
        let hierarchy = Hierarchy::generate(params).unwrap();
        let config = configuration(&stack, &hierarchy);
        let context = ServiceContext::for_test(cnt_gateway::NAME, NOW.parse().unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plumbing = stack.plumbing(&context).unwrap();
        let service = context.clone();
        let gateway = std::thread::spawn(move || {
            service.run_service(Duration::from_secs(30), |context| {
                cnt_gateway::serve(config, context, plumbing, listener)
            })
        });
        let metrics = BusMetrics::unregistered().unwrap();
        let world = Self {
            objects: LocalStore::new(stack.objects_dir()),
            producer: Producer::new(&ProducerConfig::new(stack.bus("test")), metrics).unwrap(),
            address,
            hierarchy,
            announced: AtomicU64::new(0),
            issued: Mutex::default(),
            seals: Mutex::default(),
            agents: Mutex::default(),
            stack,
            context,
            gateway: Some(gateway),
        };
        world.announce_registry(3, &[LISTED], &[]);
        wait_for("the gateway", || {
            Ok(world.context.readiness.not_ready().is_empty().then_some(()))
        })
        .unwrap();
        world
    }

    /// The version announced last.
    pub(crate) fn version(&self) -> u64 {
        self.announced.load(Ordering::Relaxed)
    }

    /// Returns when the gateway works by that version.
    pub(crate) fn follows(&self, version: u64) {
        wait_for("the version", || {
            let now = self.get(1, "/v1/status").json();
            Ok((now["registry_version"] == version).then_some(()))
        })
        .unwrap();
    }

    /// Announces a version of the registry: who is on the revocation list, and who was cut.
    pub(crate) fn announce_registry(&self, version: u64, listed: &[u8], cut: &[u8]) {
        self.announce_lists(version, listed, cut, &[6230]);
    }

    /// The same, with these numbers in the nomenclature.
    pub(crate) fn announce_lists(&self, version: u64, listed: &[u8], cut: &[u8], natinf: &[u32]) {
        self.announced.store(version, Ordering::Relaxed);
        let now = real_now();
        let revocations: Vec<_> = listed
            .iter()
            .flat_map(|station| [self.issued(*station).serial, self.seal_of(*station).serial])
            .map(|serial| Revocation {
                serial,
                effective_at: now,
                reason: RevocationReason::Theft,
                known_from: now,
            })
            .collect();
        let dates = CrlDates {
            number: version,
            this_update: now,
            next_update: now + 86_400,
        };
        let origin = self.hierarchy.authority(AuthorityRole::Origin);
        let list = pem_of_list(&origin.crl(dates, &revocations).unwrap());
        let stations: Vec<_> = (1..=LISTED)
            .filter(|number| !cut.contains(number))
            .map(|number| {
                let to = if number == FORMER {
                    "2026-01-31"
                } else {
                    "2099-12-31"
                };
                json!({"fingerprint": Hex32(self.fingerprint(number)), "siren": siren(number), "name": "Poste",
                    "period": {"from": "2026-01-01", "to": to}})
            })
            .collect();
        let natinf: Vec<_> = natinf
            .iter()
            .map(|code| {
                json!({"code": code, "qualification": "STATIONNEMENT GENANT", "defined_by": "", "punished_by": "",
                    "class": 2, "points": 0, "fixed_fine": true, "reduced_fine": true,
                    "period": {"from": "2020-01-01"}})
            })
            .collect();
        let snapshot = json!({
            "version": version, "collectivities": [], "services": [], "habilitations": [], "cards": [], "devices": [],
            "stations": stations, "communes": [], "omps": [], "natinf": natinf,
            "anchors": {"agents_root": "", "agents_intermediates": [], "agents_crls": [],
                "origin_root": origin.certificate_pem(), "origin_crls": [list]},
        });
        let bytes = serde_json::to_vec(&snapshot).unwrap();
        let member = MemberInput::new("snapshot", bytes, &()).unwrap();
        let lot = self.seal(LotKind::Registry, vec![member]);
        self.objects.put(&lot).unwrap();
        let event = RegistryVersionEvent {
            version,
            snapshot: Hex32(*lot.id().as_bytes()),
        };
        self.send(
            REGISTRY_VERSION.name,
            0,
            &serde_json::to_value(event).unwrap(),
        );
    }

    /// A verdict lot of one accepted MIF of a station that names photographs; it was received so many days ago.
    pub(crate) fn commit_with_photos(
        &self,
        station: u8,
        photos: &[[u8; 32]],
        days_ago: i64,
    ) -> Uuid {
        let reception = new_random();
        let received_at = (legal_now_s() - days_ago * 86_400) * 1_000_000;
        let photos: Vec<_> = photos.iter().map(|hash| Hex32(*hash)).collect();
        let meta = json!({"reception": reception, "received_at_us": received_at, "registry_version": 3,
            "station": Hex32::default(), "verdict": "accepted", "station_siren": siren(station),
            "id_mif": reception, "photos": photos});
        let member = MemberInput::new(reception.to_string(), &b"e.y.J"[..], &meta).unwrap();
        let lot = self.seal(LotKind::Verdict, vec![member]);
        self.objects.put(&lot).unwrap();
        self.announce_verdicts(lot_ref(&lot), 0);
        reception
    }

    pub(crate) fn seal(&self, kind: LotKind, members: Vec<MemberInput>) -> SealedLot {
        let mut about = LotAbout::new(NOW.parse().unwrap(), "test", "1");
        about.retention_class = Some("test".to_owned());
        let mut writer = LotWriter::new(kind, about).unwrap();
        writer.add_members(members).unwrap();
        writer.finish().unwrap()
    }

    pub(crate) fn send(&self, topic: &str, partition: i32, event: &Value) {
        let record = OutRecord::new(topic, "k", serde_json::to_vec(event).unwrap());
        self.producer
            .send_all(vec![record.partition(partition)])
            .unwrap();
    }

    /// A verdict lot with one rejected reception per SIREN named; `None` is an unknown station.
    pub(crate) fn verdict_lot(&self, receptions: &[(Uuid, Option<String>)]) -> SealedLot {
        let members = receptions.iter().map(|(reception, siren)| {
            let mut meta = json!({"reception": reception, "received_at_us": 1, "registry_version": 3,
                "station": Hex32::default(), "verdict": "rejected", "problems": [
                    {"code": "FORMAT_JSON", "severity": "error", "pointer": "", "message": "…"}]});
            if let Some(siren) = siren {
                meta["station_siren"] = json!(siren);
            }
            MemberInput::new(reception.to_string(), &b"e.y.J"[..], &meta).unwrap()
        });
        self.seal(LotKind::Verdict, members.collect())
    }

    /// Announces a verdict lot on a partition; it need not be stored.
    pub(crate) fn announce_verdicts(&self, lot: LotRef, partition: i32) {
        let event = VerdictLotEvent {
            version: 1,
            rejected: lot.members,
            lot,
            accepted: 0,
            replayed: 0,
            source: Vec::new(),
        };
        let event = serde_json::to_value(event).unwrap();
        self.send(MIF_VERDICT.name, partition, &event);
    }

    pub(crate) fn commit_verdicts(
        &self,
        receptions: &[(Uuid, Option<String>)],
        partition: i32,
    ) -> LotRef {
        let lot = self.verdict_lot(receptions);
        self.objects.put(&lot).unwrap();
        self.announce_verdicts(lot_ref(&lot), partition);
        lot_ref(&lot)
    }

    /// A document lot of MIFs that end without avis.
    pub(crate) fn commit_not_transformed(&self, receptions: &[Uuid], siren: &str, partition: i32) {
        let members = receptions.iter().map(|reception| {
            let meta = json!({"type": "not_transformed", "id_mif": reception, "reception": reception,
                "siren": siren, "reason": "VOLE"});
            MemberInput::new(format!("nt/{reception}"), Vec::new(), &meta).unwrap()
        });
        let lot = self.seal(LotKind::Document, members.collect());
        self.objects.put(&lot).unwrap();
        let event = DocumentLotEvent {
            version: 1,
            not_transformed: lot_ref(&lot).members,
            lot: lot_ref(&lot),
            documents: 0,
            verdict_lot: Hex32::default(),
        };
        let event = serde_json::to_value(event).unwrap();
        self.send(DOCUMENT_LOT.name, partition, &event);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// `POST /v1/mifs` of one MIF a line by a station, sealed.
    pub(crate) fn submit(&self, station: u8, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let content = body.strip_suffix(b"\n").unwrap_or(body);
        let seal = self.seal_over(station, content.split(|byte| *byte == b'\n'));
        let headers = [headers, &[("CNT-Seal", seal.as_str())]].concat();
        self.submit_as_is(station, &headers, body)
    }

    /// `POST /v1/mifs` by a station, with these headers alone.
    pub(crate) fn submit_as_is(
        &self,
        station: u8,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = self.agent(station).post(self.url("/v1/mifs"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send(body).unwrap())
    }

    /// `POST /v1/mifs` of lines by a station.
    pub(crate) fn submit_lines(&self, station: u8, body: &[u8]) -> Answer {
        self.submit(station, &[("Content-Type", "application/jose-lines")], body)
    }

    /// `PUT /v1/photos/{hash}` by a station.
    pub(crate) fn hand_in(&self, station: u8, hash: &str, media: &str, photo: &[u8]) -> Answer {
        let request = self
            .agent(station)
            .put(self.url(&format!("/v1/photos/{hash}")));
        answer(request.content_type(media).send(photo).unwrap())
    }

    /// `GET path` by a station.
    pub(crate) fn get(&self, station: u8, path: &str) -> Answer {
        answer(self.agent(station).get(self.url(path)).call().unwrap())
    }

    pub(crate) fn page(&self, station: u8, query: &str) -> ReceiptPage {
        let answer = self.get(station, &format!("/v1/receipts?{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Reads pages from `cursor` on until `count` receptions came, and where that ended.
    pub(crate) fn read_until(
        &self,
        station: u8,
        mut cursor: String,
        count: usize,
        limits: &[usize],
    ) -> (Vec<Uuid>, String) {
        let mut receptions = Vec::new();
        let mut limits = limits.iter().cycle();
        wait_for("receipts", || {
            let limit = limits.next().unwrap();
            let at = if cursor.is_empty() {
                String::new()
            } else {
                format!("cursor={cursor}&")
            };
            let page = self.page(station, &format!("{at}limit={limit}&wait_s=1"));
            assert!(page.receipts.len() <= *limit);
            receptions.extend(page.receipts.iter().map(reception_of));
            cursor = page.cursor;
            Ok((receptions.len() >= count).then_some(()))
        })
        .unwrap();
        (receptions, cursor)
    }

    /// Every inbound record of a station, by reception.
    pub(crate) fn inbound(&self, station: u8) -> BTreeMap<Uuid, (ReceptionStamp, Record)> {
        let admin = Admin::new(&self.stack.bus("test")).unwrap();
        let fingerprint = self.fingerprint(station);
        let mut found = BTreeMap::new();
        for held in admin.offsets(MIF_INBOUND.name).unwrap() {
            let take = |record: Record| -> Result<(), std::io::Error> {
                let stamp = ReceptionStamp::from_headers(|name| record.headers.get(name)).unwrap();
                if stamp.station == fingerprint {
                    assert!(found.insert(stamp.reception.0, (stamp, record)).is_none());
                }
                Ok(())
            };
            let bus = self.stack.bus("test");
            let patience = Duration::from_secs(60);
            read_range(
                &bus,
                MIF_INBOUND.name,
                held.partition,
                held.low..held.high,
                patience,
                take,
            )
            .unwrap();
        }
        found
    }
}

/// PEM (RFC 7468).
fn pem_of_list(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN X509 CRL-----\n{text}\n-----END X509 CRL-----\n")
}

pub(crate) fn reception_of(receipt: &Receipt) -> Uuid {
    match receipt {
        Receipt::Verdict { reception, .. }
        | Receipt::Avis { reception, .. }
        | Receipt::NonTransforme { reception, .. }
        | Receipt::ReportAsked { reception, .. }
        | Receipt::PhotoMissing { reception, .. } => *reception,
    }
}

pub(crate) fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let (kind, retry_after) = (header("content-type"), header("retry-after"));
    let status = response.status().as_u16();
    if status >= 400 {
        assert_eq!(kind.as_deref(), Some("application/problem+json"));
    }
    Answer {
        status,
        retry_after,
        body: response.body_mut().read_to_string().unwrap(),
    }
}
