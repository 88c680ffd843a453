//! A stack, a service on it, and an HTTP client.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use cnt_bus::{BusMetrics, OutRecord, Producer, ProducerConfig};
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::events::{DocumentLotEvent, RegistryVersionEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::LetterRequestV1;
use cnt_contracts::registry::{AnchorsV1, SnapshotV1};
use cnt_contracts::topics::{DOCUMENT_LOT, REGISTRY_VERSION};
use cnt_flow::{lot_id, lot_ref};
use cnt_service_kit::ServiceContext;
use cnt_testkit::{TestStack, wait_for};
use cnt_trust::issue::AuthorityRole;
use cnt_vault::{
    LocalStore, LotAbout, LotId, LotKind, LotReader, LotWriter, MemberInput, ObjectStore,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::officers::{OFFICERS, law, omps};
use crate::settings::config;

pub(crate) const MOTIVATION: &str = "Je n'étais pas sur les lieux.\nVoir la facture jointe.";

/// Where the clock of the service stands.
pub(crate) const NOW: &str = "2026-11-23T09:00:00Z";

/// What stands for a document.
pub(crate) const PDF: &[u8] = b"%PDF-1.7 a document";

/// A SHA-256 from its digits.
pub(crate) fn hex32(text: &str) -> Hex32 {
    Hex32::parse(text).unwrap()
}

/// An avis as edition would announce it.
#[derive(Clone)]
pub(crate) struct Avis {
    pub(crate) number: u64,
    omp: String,
    offence_day: String,
    avis_date: String,
    kind: &'static str,
    key: &'static str,
}

impl Avis {
    pub(crate) fn new(number: u64, omp: &str, offence_day: &str) -> Self {
        Self {
            number,
            omp: omp.to_owned(),
            offence_day: offence_day.to_owned(),
            avis_date: "2026-11-20".to_owned(),
            kind: "ACO",
            key: "",
        }
    }

    pub(crate) fn dated(mut self, avis_date: &str) -> Self {
        self.avis_date = avis_date.to_owned();
        self
    }

    /// With this key printed on it.
    pub(crate) fn with_key(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    /// Identity of its MIF.
    pub(crate) fn id_mif(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.number) << 32)
    }

    /// The letter of another kind about it.
    pub(crate) fn letter(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    fn facts(&self) -> DocumentFacts {
        DocumentFacts {
            avis: self.number.to_string(),
            kind: self.kind.to_owned(),
            issue: 1,
            replaces: None,
            id_mif: self.id_mif(),
            reception: Uuid::from_u128(u128::from(self.number) << 40),
            siren: "213502388".to_owned(),
            service: "35238PM".to_owned(),
            natinf: 7_528,
            class: 4,
            commune: "35238".to_owned(),
            offence_day: self.offence_day.clone(),
            avis_date: self.avis_date.clone(),
            requete_until: None,
            plate: Some("AA-123-AA".to_owned()),
            plate_country: Some("F".to_owned()),
            addressee: "M. JEAN ESSAI".to_owned(),
            postcode: "35000".to_owned(),
            locality: "RENNES".to_owned(),
            pages: 4,
            sheets: 2,
            minoree_cents: Some(9_000),
            forfaitaire_cents: 13_500,
            majoree_cents: 37_500,
            consignation_cents: None,
            omp: self.omp.clone(),
            represented: false,
            key_sha256: Hex32(*LotId::of(self.key.as_bytes()).as_bytes()).to_string(),
            is_kept: false,
            recommended: None,
            report: None,
        }
    }
}

/// Broker, database, object store, and what edition does to them.
pub(crate) struct World {
    pub(crate) stack: TestStack,
    producer: Producer,
}

impl World {
    pub(crate) fn start() -> Self {
        let stack = TestStack::start().unwrap();
        let metrics = BusMetrics::register(&prometheus::Registry::new()).unwrap();
        let config = ProducerConfig::new(stack.bus("test"));
        let world = Self {
            producer: Producer::new(&config, metrics).unwrap(),
            stack,
        };
        world.publish_law(1, Vec::new());
        world
    }

    /// A registry that holds nothing but the law.
    pub(crate) fn publish_law(&self, version: u64, origin_crls: Vec<String>) {
        let snapshot = SnapshotV1 {
            version,
            anchors: AnchorsV1 {
                origin_crls,
                origin_root: OFFICERS.authority(AuthorityRole::Origin).certificate_pem(),
                ..AnchorsV1::default()
            },
            collectivities: vec![],
            services: vec![],
            habilitations: vec![],
            cards: vec![],
            devices: vec![],
            stations: vec![],
            communes: vec![],
            omps: omps(),
            natinf: vec![],
            natinf_graver: vec![],
            law: law(),
        };
        let about = LotAbout::new("2026-11-19T20:00:00Z".parse().unwrap(), "test", "0");
        let mut writer = LotWriter::new(LotKind::Registry, about).unwrap();
        let bytes = serde_json::to_vec(&snapshot).unwrap();
        let member = MemberInput::new("snapshot", bytes, &()).unwrap();
        writer.add_members(vec![member]).unwrap();
        let lot = writer.finish().unwrap();
        LocalStore::new(self.stack.objects_dir()).put(&lot).unwrap();
        let event = RegistryVersionEvent {
            version,
            snapshot: Hex32(*lot.id().as_bytes()),
        };
        let value = serde_json::to_vec(&event).unwrap();
        self.send(REGISTRY_VERSION.name, b"registry", &value);
    }

    /// The letters that a request lot asks for.
    pub(crate) fn letters_of(&self, lot: &str) -> Vec<LetterRequestV1> {
        let store = LocalStore::new(self.stack.objects_dir());
        let bytes = store.get(LotKind::Request, lot_id(hex32(lot))).unwrap();
        let reader = LotReader::open(bytes).unwrap();
        let members = reader.members().unwrap();
        members
            .iter()
            .map(|member| member.meta().unwrap())
            .collect()
    }

    /// Asks the database as the service's own role.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let conninfo = self.stack.conninfo(cnt_contestation::NAME);
        let answer = self.stack.stack().postgres().psql(&conninfo, sql).unwrap();
        answer.trim().to_owned()
    }

    pub(crate) fn send(&self, topic: &str, key: &[u8], value: &[u8]) {
        let record = OutRecord::new(topic, key.to_vec(), value.to_vec());
        self.producer.send_all(vec![record]).unwrap();
    }

    /// Writes a document lot and announces it; of what it was made does not matter.
    pub(crate) fn announce(&self, avis: &[Avis]) {
        self.announce_made_of(avis, Hex32([9; 32]));
    }

    /// Writes a document lot made of that verdict lot and announces it.
    pub(crate) fn announce_made_of(&self, avis: &[Avis], verdict_lot: Hex32) {
        if avis.is_empty() {
            return;
        }
        let created_at = "2026-11-19T20:00:00Z".parse().unwrap();
        let mut about = LotAbout::new(created_at, "test", "0");
        about.retention_class = Some("avis-5-years".to_owned());
        let mut writer = LotWriter::new(LotKind::Document, about).unwrap();
        let members = avis.iter().map(|avis| {
            let meta = DocumentMeta::Document(Box::new(avis.facts()));
            let id = format!("{}/{}/1", avis.number, avis.kind);
            MemberInput::new(id, PDF.to_vec(), &meta).unwrap()
        });
        writer.add_members(members.collect()).unwrap();
        let lot = writer.finish().unwrap();
        LocalStore::new(self.stack.objects_dir()).put(&lot).unwrap();
        let event = DocumentLotEvent {
            version: 1,
            documents: u32::try_from(avis.len()).unwrap(),
            not_transformed: 0,
            verdict_lot,
            lot: lot_ref(&lot),
        };
        let value = serde_json::to_vec(&event).unwrap();
        self.send(DOCUMENT_LOT.name, &event.lot.id.0, &value);
    }
}

/// The headers that say who asks; without an OMP none is named.
fn with_callers<B>(
    request: ureq::RequestBuilder<B>,
    user: &str,
    omp: &str,
) -> ureq::RequestBuilder<B> {
    let request = request.header("CNT-User", user);
    if omp == "-" {
        request
    } else {
        request.header("CNT-Omp", omp)
    }
}

/// A running service.
pub(crate) struct Service {
    address: SocketAddr,
    portal: SocketAddr,
    console: SocketAddr,
    card: SocketAddr,
    context: ServiceContext,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
    agent: ureq::Agent,
}

impl Service {
    pub(crate) fn start(world: &World) -> Self {
        let free = [(); 4].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let listen = free.map(|free| free.local_addr().unwrap());
        let [address, portal, console, card] = listen;
        let instant = NOW.parse().unwrap();
        let context = ServiceContext::for_test(cnt_contestation::NAME, instant).unwrap();
        let plumbing = world.stack.plumbing(&context).unwrap();
        let config = config(world, listen);
        let running = context.clone();
        let thread = std::thread::spawn(move || {
            running.run_service(Duration::from_secs(30), |context| {
                cnt_contestation::run(config, context, plumbing)
            })
        });
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let service = Self {
            address,
            portal,
            console,
            card,
            context,
            thread: Some(thread),
            agent,
        };
        wait_for("the service to be ready", || {
            // The flows have set their checks before the door opens.
            if TcpStream::connect(address).is_err() {
                return Ok(None);
            }
            let failing = service.context.readiness.not_ready();
            // Nobody moves the legal clock on the broker.
            Ok(["documents", "courrier", "http", "registry"]
                .iter()
                .all(|check| !failing.contains_key(*check))
                .then_some(()))
        })
        .unwrap();
        service
    }

    /// Moves the legal clock so many days ahead of where it was at the start.
    pub(crate) fn advance_to_day(&self, days: i64) {
        let clock = self.context.legal_clock.as_ref().unwrap();
        clock.set_offset_seconds(days * 86_400).unwrap();
    }

    /// The life of an avis.
    pub(crate) fn life(&self, avis: u64) -> Value {
        let url = self.url(&format!("/v1/avis/{avis}"));
        let mut response = self
            .agent
            .get(url)
            .header("CNT-User", "test")
            .call()
            .unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Waits until an avis stands somewhere, and gives its life.
    pub(crate) fn lives_in(&self, avis: u64, state: &str) -> Value {
        wait_for(&format!("avis {avis} to be {state}"), || {
            let life = self.life(avis);
            Ok((life["state"] == state).then_some(life))
        })
        .unwrap()
    }

    /// Imports payments; the answer's status and body.
    pub(crate) fn pay(&self, payments: &Value) -> (u16, Value) {
        let body = json!({ "payments": payments }).to_string();
        self.post("/v1/payments", &body, "tresor", "x")
    }

    pub(crate) fn stop(mut self) {
        self.context.shutdown.request();
        self.thread.take().unwrap().join().unwrap().unwrap();
    }

    /// Something of the public listener.
    pub(crate) fn public(&self, path: &str) -> String {
        format!("http://{}{path}", self.portal)
    }

    /// An address of the console.
    /// Address of a page of the console behind the door for cards.
    pub(crate) fn card_console(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.card.port())
    }

    pub(crate) fn console(&self, path: &str) -> String {
        format!("http://{}{path}", self.console)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str, user: &str, omp: &str) -> (u16, Value) {
        let request = self.agent.get(self.url(path));
        let mut response = with_callers(request, user, omp).call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&text).unwrap_or_default(),
        )
    }

    /// Status, media type and bytes.
    pub(crate) fn get_bytes(&self, path: &str, user: &str) -> (u16, String, Vec<u8>) {
        let request = self.agent.get(self.url(path)).header("CNT-User", user);
        let mut response = request.call().unwrap();
        let media = response.headers().get("Content-Type").unwrap();
        let media = media.to_str().unwrap().to_owned();
        let bytes = response.body_mut().read_to_vec().unwrap();
        (response.status().as_u16(), media, bytes)
    }

    pub(crate) fn post(&self, path: &str, body: &str, user: &str, omp: &str) -> (u16, Value) {
        let request = self.agent.post(self.url(path));
        let mut response = with_callers(request, user, omp)
            .content_type("application/json")
            .send(body)
            .unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&text).unwrap_or_default(),
        )
    }

    /// A request with these headers alone; status, media type and bytes.
    pub(crate) fn asked(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (u16, String, Vec<u8>) {
        let url = self.url(path);
        let answered = if let Some(body) = body {
            let mut request = self.agent.post(url).content_type("application/json");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.send(body.to_string())
        } else {
            let mut request = self.agent.get(url);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.call()
        };
        let mut response = answered.unwrap();
        let media = response.headers().get("content-type");
        let media = media.map(|media| media.to_str().unwrap().to_owned());
        let bytes = response.body_mut().read_to_vec().unwrap();
        (response.status().as_u16(), media.unwrap_or_default(), bytes)
    }

    pub(crate) fn put(&self, path: &str, body: &Value, user: &str, omp: &str) -> u16 {
        let request = self.agent.put(self.url(path));
        let response = request
            .header("CNT-User", user)
            .header("CNT-Omp", omp)
            .content_type("application/json")
            .send(body.to_string())
            .unwrap();
        response.status().as_u16()
    }

    /// Contests an avis; gives the status and `Retry-After`.
    pub(crate) fn contest_with_retry(&self, id: Uuid, avis: u64) -> (u16, Option<String>) {
        let body = json!({
            "id": id, "avis": avis.to_string(), "ground": "autre", "motivation": MOTIVATION,
        });
        let request = self.agent.post(self.url("/v1/contestations"));
        let response = request
            .content_type("application/json")
            .send(body.to_string())
            .unwrap();
        let retry_after = response
            .headers()
            .get("Retry-After")
            .map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), retry_after)
    }

    pub(crate) fn contest(&self, id: Uuid, avis: u64) -> u16 {
        self.contest_with_retry(id, avis).0
    }

    pub(crate) fn claim(&self, omp: &str, user: &str) -> (u16, Value) {
        self.claim_as(omp, user, omp)
    }

    pub(crate) fn claim_as(&self, omp: &str, user: &str, own: &str) -> (u16, Value) {
        self.post(&format!("/v1/omp/{omp}/claim"), "", user, own)
    }

    /// Waits until the queue has at least `count` entries, and gives them.
    pub(crate) fn queued(&self, omp: &str, count: usize) -> Vec<Value> {
        wait_for(&format!("{count} entries in the queue of {omp}"), || {
            let (status, page) = self.get(&format!("/v1/omp/{omp}/queue"), "test", omp);
            assert_eq!(status, 200, "{page}");
            let entries = page["entries"].as_array().unwrap();
            Ok((entries.len() >= count).then(|| entries.clone()))
        })
        .unwrap()
    }
}
