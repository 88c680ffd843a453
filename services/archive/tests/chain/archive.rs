//! The archive on a real Kafka and a real PostgreSQL.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use cnt_archive::{Config, DocumentView, LotView, verify};
use cnt_bus::OutRecord;
use cnt_contracts::events::VerdictLotEvent;
use cnt_flow::Plumbing;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::config::Secret;
use cnt_testkit::{TestStack, wait_for};
use cnt_vault::{Digest, LocalStore, LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde::Serialize;

use crate::support::{document_lot, pdf};
use crate::{evidence, search};

#[derive(QueryableByName)]
pub(crate) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(crate) count: i64,
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Consultation {
    #[diesel(sql_type = Text)]
    who: String,
    #[diesel(sql_type = Text)]
    purpose: String,
    #[diesel(sql_type = BigInt)]
    avis: i64,
    #[diesel(sql_type = Text)]
    what: String,
}

pub(crate) struct Archive {
    address: SocketAddr,
    agent: ureq::Agent,
    pub(crate) database: PgConnection,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    etag: String,
    pub(crate) disposition: String,
    pub(crate) policy: String,
    pub(crate) body: Vec<u8>,
}

impl Archive {
    pub(crate) fn count(&mut self, table: &str) -> i64 {
        let query = format!("SELECT count(*) AS count FROM {table}");
        diesel::sql_query(query)
            .get_result::<Count>(&mut self.database)
            .unwrap()
            .count
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.agent.post(format!("http://{}{path}", self.address));
        Answer::of(request.send_form(form.iter().copied()).unwrap())
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.call().unwrap())
    }
}

impl Answer {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name);
            let value = value.map(|value| value.to_str().unwrap().to_owned());
            value.unwrap_or_default()
        };
        Self {
            status: response.status().as_u16(),
            etag: header("etag"),
            disposition: header("content-disposition"),
            policy: header("content-security-policy"),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        body["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) const HEADERS: [(&str, &str); 3] = [
    ("CNT-User", "m.durand"),
    ("CNT-Role", "cnt"),
    ("CNT-Purpose", "request 7"),
];

fn verdict_lot() -> (SealedLot, VerdictLotEvent) {
    let about = LotAbout::new("2026-03-02T08:15:30Z".parse().unwrap(), "test", "1");
    let mut writer = LotWriter::new(LotKind::Verdict, about).unwrap();
    writer
        .add_member(MemberInput::new("a", "a MIF", &()).unwrap())
        .unwrap();
    let lot = writer.finish().unwrap();
    let event = VerdictLotEvent {
        version: 1,
        lot: cnt_flow::lot_ref(&lot),
        accepted: 1,
        rejected: 0,
        replayed: 0,
        source: Vec::new(),
    };
    (lot, event)
}

/// All with one key: they stay in order.
pub(crate) fn publish<E: Serialize>(plumbing: &Plumbing, topic: &'static str, events: &[&E]) {
    let record = |event| OutRecord::new(topic, "key", serde_json::to_vec(event).unwrap());
    plumbing
        .producer
        .send_all(events.iter().map(record).collect())
        .unwrap();
}

#[test]
fn lots_are_registered_once_and_documents_given_back_bit_identical() {
    let stack = TestStack::start().unwrap();
    let context =
        ServiceContext::for_test("archive", "2026-03-02T10:00:00Z".parse().unwrap()).unwrap();
    let plumbing = stack.plumbing(&context).unwrap();
    let mut config = Config::load(None).unwrap();
    config.database.conninfo = Secret::new(stack.conninfo("archive"));
    config.http.listen = free_address();
    config.objects.dir = stack.objects_dir();
    config.evidence.key_file = stack.objects_dir().join("log.key");
    evidence::write_key(&config.evidence.key_file);
    let address = config.http.listen;
    let (service, parts) = (context.clone(), plumbing.clone());
    let thread = std::thread::spawn(move || {
        let grace = Duration::from_secs(30);
        service.run_service(grace, |context| cnt_archive::run(config, context, parts))
    });
    wait_for("the API", || Ok(std::net::TcpStream::connect(address).ok())).unwrap();
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let database = cnt_store::connect(&stack.database("archive")).unwrap();
    let mut archive = Archive {
        address,
        agent,
        database,
    };

    let lot = registered_once(&plumbing, &mut archive);
    given_back(&lot, &mut archive);
    search::found(&mut archive);
    search::bounded(&archive);
    search::page(&archive);
    evidence::proven(&stack, &plumbing, &mut archive);
    damaged(&LocalStore::new(stack.objects_dir()), &lot, &mut archive);

    context.shutdown.request();
    thread.join().unwrap().unwrap();
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn registered_once(plumbing: &Plumbing, archive: &mut Archive) -> SealedLot {
    let (lot, event) = document_lot(7_500_000_001, 40);
    let (last_lot, last) = document_lot(7_500_001_001, 10);
    let (verdicts, verdict_event) = verdict_lot();
    for lot in [&lot, &last_lot, &verdicts] {
        plumbing.objects.put(lot).unwrap();
    }
    let (lying_lot, mut lying) = document_lot(7_500_002_001, 5);
    plumbing.objects.put(&lying_lot).unwrap();
    lying.documents = 6;
    publish(plumbing, "document.lot", &[&event, &lying, &event, &last]);
    publish(plumbing, "mif.verdict", &[&verdict_event, &verdict_event]);
    wait_for("the lots", || Ok((archive.count("lot") == 3).then_some(()))).unwrap();
    assert_eq!(archive.count("document"), 50);
    let mismatched = "quarantine WHERE reason = 'lot_mismatch' AND state = 'waiting'";
    assert_eq!(archive.count(mismatched), 1);
    assert_eq!(archive.count("quarantine"), 1);
    lot
}

fn given_back(lot: &SealedLot, archive: &mut Archive) {
    for avis in 7_500_000_001..=7_500_000_040 {
        let answer = archive.get(&format!("/v1/documents/{avis}?kind=ACO&issue="), &HEADERS);
        assert_eq!((answer.status, &answer.body), (200, &pdf(avis)));
        assert_eq!(answer.etag, format!("\"{}\"", Digest::of(&answer.body)));
    }
    let answer = archive.get("/v1/documents/7500000002/facts", &HEADERS);
    let facts: DocumentView = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (facts.avis.as_str(), facts.siren.as_str()),
        ("7500000002", "217500016")
    );
    assert_eq!(
        (facts.avis_date.as_str(), facts.offence_day.as_str()),
        ("2026-03-05", "2026-03-01")
    );
    assert_eq!(
        (facts.plate.as_deref(), facts.lot),
        (Some("AB-123-CD"), lot.id().to_string())
    );

    let answer = archive.get(&format!("/v1/lots/{}", lot.id()), &[]);
    let view: LotView = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((view.kind.as_str(), view.members), ("document", 41));

    let refused = |path: &str, headers| {
        let answer = archive.get(path, headers);
        (answer.status, answer.code())
    };
    let first = "/v1/documents/7500000001";
    assert_eq!(
        refused(first, &HEADERS[1..]),
        (401, "unauthorized".to_owned())
    );
    assert_eq!(
        refused(first, &HEADERS[..1]),
        (400, "role_missing".to_owned())
    );
    assert_eq!(
        refused(first, &HEADERS[..2]),
        (400, "purpose_missing".to_owned())
    );
    for unknown in [
        "/v1/documents/7599999999",
        "/v1/documents/75",
        "/v1/lots/00",
        "/v1/documents/7500000001?issue=2",
        "/v1/documents/7500000001/facts?kind=AFM",
    ] {
        assert_eq!(
            refused(unknown, &HEADERS),
            (404, "not_found".to_owned()),
            "{unknown}"
        );
    }

    assert_eq!(archive.count("consultation"), 41);
    let query = "SELECT who, purpose, avis, what FROM consultation ORDER BY id DESC LIMIT 1";
    let last: Consultation = diesel::sql_query(query)
        .get_result(&mut archive.database)
        .unwrap();
    let expected = Consultation {
        who: "m.durand".to_owned(),
        purpose: "request 7".to_owned(),
        avis: 7_500_000_002,
        what: "facts 7500000002/ACO/1".to_owned(),
    };
    assert_eq!(last, expected);
}

fn damaged(store: &LocalStore, lot: &SealedLot, archive: &mut Archive) {
    let kinds = [LotKind::Document, LotKind::Verdict];
    assert!(verify(store, &kinds, None, &mut |_| ()).unwrap().is_sound());
    let path = store.path(LotKind::Document, lot.id());
    let mut bytes = lot.bytes().to_vec();
    let frame = lot.locations()[6];
    bytes[usize::try_from(frame.frame_offset + frame.frame_length / 2).unwrap()] ^= 1;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(&path, &bytes).unwrap();
    let answer = archive.get("/v1/documents/7500000007", &HEADERS);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (500, "ARCHIVE_DAMAGED")
    );
    assert_eq!(
        archive.get("/v1/documents/7500000008", &HEADERS).body,
        pdf(7_500_000_008)
    );
    let report = verify(store, &kinds, None, &mut |_| ()).unwrap();
    assert_eq!((report.damages.len(), report.damages[0].id), (1, lot.id()));
    fs::remove_file(&path).unwrap();
    assert_eq!(
        archive.get("/v1/documents/7500000008", &HEADERS).code(),
        "ARCHIVE_DAMAGED"
    );
}
