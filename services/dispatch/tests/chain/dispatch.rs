//! Dispatch on a real Kafka and a real PostgreSQL, by two instances at once.

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::thread::JoinHandle;
use std::time::Duration;

use cnt_bus::{OutRecord, Record, read_range};
use cnt_contracts::events::SpoolDepositEvent;
use cnt_contracts::topics::SPOOL_DEPOSIT;
use cnt_dispatch::{Balance, Config, MANIFEST_MEMBER, SpoolFold, SpoolManifest, SpoolView};
use cnt_flow::Plumbing;
use cnt_service_kit::config::Secret;
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_testkit::{TestStack, wait_for};
use cnt_vault::{LocalStore, LotId, LotKind, LotReader, ObjectStore};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Value, json};

use crate::support::{document_lot, is_recommended, pdf};

const FOLDS_MAX: u32 = 25;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

struct Instance {
    context: ServiceContext,
    plumbing: Plumbing,
    address: SocketAddr,
    thread: JoinHandle<anyhow::Result<()>>,
}

fn start(stack: &TestStack) -> Instance {
    let noon = "2026-03-06T12:00:00Z".parse().unwrap();
    let context = ServiceContext::for_test("dispatch", noon).unwrap();
    let plumbing = stack.plumbing(&context).unwrap();
    let mut config = Config::load(None).unwrap();
    config.database.conninfo = Secret::new(stack.conninfo("dispatch"));
    config.http.listen = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    config.spool.folds_max = NonZeroU32::new(FOLDS_MAX).unwrap();
    config.spool.wait_ms = 300;
    let address = config.http.listen;
    let (service, parts) = (context.clone(), plumbing.clone());
    let thread = std::thread::spawn(move || {
        let grace = Duration::from_secs(30);
        service.run_service(grace, |context| cnt_dispatch::run(config, context, parts))
    });
    wait_for("the API", || Ok(std::net::TcpStream::connect(address).ok())).unwrap();
    Instance {
        context,
        plumbing,
        address,
        thread,
    }
}

struct Dispatch {
    address: SocketAddr,
    agent: ureq::Agent,
    database: PgConnection,
    store: LocalStore,
}

impl Dispatch {
    fn count(&mut self, of: &str) -> i64 {
        let query = format!("SELECT count(*) AS count FROM {of}");
        diesel::sql_query(query)
            .get_result::<Count>(&mut self.database)
            .unwrap()
            .count
    }

    fn sum(&mut self, of: &str) -> i64 {
        let query = format!("SELECT coalesce(sum({of}), 0)::bigint AS count FROM fold");
        diesel::sql_query(query)
            .get_result::<Count>(&mut self.database)
            .unwrap()
            .count
    }

    fn wait_spooled(&mut self, expected: i64) {
        let spooled = "fold WHERE state = 'spooled'";
        wait_for("spools", || {
            Ok((self.count(spooled) >= expected).then_some(()))
        })
        .unwrap();
        assert_eq!(self.count(spooled), expected);
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let mut response = self
            .agent
            .get(format!("http://{}{path}", self.address))
            .call()
            .unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_json().unwrap(),
        )
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.agent.post(format!("http://{}{path}", self.address));
        let mut response = request.send_json(body).unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_json().unwrap(),
        )
    }

    fn spools(&self) -> Vec<SpoolView> {
        serde_json::from_value(self.get("/v1/spools").1).unwrap()
    }

    fn spool_objects(&self) -> usize {
        self.store.list(LotKind::Spool).unwrap().count()
    }
}

fn publish(plumbing: &Plumbing, key: &str, first: i64, n: u32) {
    plumbing.objects.put(&document_lot(first, n).0).unwrap();
    announce(plumbing, key, first, n);
}

/// Everything comes twice.
fn announce(plumbing: &Plumbing, key: &str, first: i64, n: u32) {
    let payload = serde_json::to_vec(&document_lot(first, n).1).unwrap();
    let record = |_| OutRecord::new("document.lot", key.to_owned(), payload.clone());
    plumbing
        .producer
        .send_all((0..2).map(record).collect())
        .unwrap();
}

#[test]
fn every_document_is_spooled_once_and_only_once() {
    let stack = TestStack::start().unwrap();
    let instances = [start(&stack), start(&stack)];
    let plumbing = &instances[0].plumbing;
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut dispatch = Dispatch {
        address: instances[1].address,
        agent,
        database: cnt_store::connect(&stack.database("dispatch")).unwrap(),
        store: LocalStore::new(stack.objects_dir()),
    };

    for (key, first) in ["a", "b", "c", "d", "e", "f"].into_iter().zip(1_i64..) {
        publish(plumbing, key, 7_500_000_000 + first * 1_000, 40);
    }
    dispatch.wait_spooled(240);
    totals_equal_the_folds(&mut dispatch);
    a_crash_loses_and_doubles_nothing(&instances, &mut dispatch);
    damage_delays_nobody_else(plumbing, &mut dispatch);
    deposit_is_recorded_once(&mut dispatch);
    the_others_are_told(&stack, &mut dispatch);

    for instance in &instances {
        instance.context.shutdown.request();
    }
    for instance in instances {
        instance.thread.join().unwrap().unwrap();
    }
}

/// A recommended letter costs more and says so; nothing passes for a real impression.
fn is_franked_as_it_goes(fold: &SpoolFold) {
    assert!(fold.franking_mark.starts_with("SPECIMEN"));
    let avis: i64 = fold.avis.parse().unwrap();
    let number = is_recommended(avis).then(|| format!("SIM{avis}"));
    assert_eq!(fold.recommended, number);
    assert_eq!(fold.tariff_cents > 575, number.is_some());
    let is_marked = fold.franking_mark.contains("RECOMMANDÉ AVEC AVIS");
    assert_eq!(is_marked, number.is_some());
}

/// The members of a spool are the documents in print order, and the sums agree everywhere.
fn totals_equal_the_folds(dispatch: &mut Dispatch) {
    let mut seen = BTreeSet::new();
    let mut all = Balance::default();
    for spool in dispatch.spools() {
        let (status, body) = dispatch.get(&format!("/v1/spools/{}/manifest", spool.id));
        assert_eq!(status, 200);
        let manifest: SpoolManifest = serde_json::from_value(body).unwrap();
        assert!(manifest.folds.len() <= FOLDS_MAX as usize);
        assert_eq!(
            (manifest.plant.as_str(), manifest.day.as_str()),
            (spool.plant.as_str(), "2026-03-05")
        );
        assert_eq!(manifest.balance, Balance::of(&manifest.folds));
        let balance = (
            i64::from(spool.folds),
            spool.sheets,
            spool.weight_g,
            spool.postage_cents,
        );
        let sums = manifest.balance;
        assert_eq!(
            balance,
            (
                i64::from(sums.folds),
                sums.sheets,
                sums.weight_g,
                sums.postage_cents
            )
        );
        assert!(
            manifest
                .folds
                .is_sorted_by_key(|fold| (fold.postcode.clone(), fold.avis.clone()))
        );

        let id: LotId = spool.id.parse().unwrap();
        let reader = LotReader::open(dispatch.store.get(LotKind::Spool, id).unwrap()).unwrap();
        reader.verify(&id).unwrap();
        let members = reader.members().unwrap();
        assert_eq!(members.len(), manifest.folds.len() + 1);
        assert_eq!(members.last().unwrap().id, MANIFEST_MEMBER);
        for (member, fold) in members.iter().zip(&manifest.folds) {
            assert_eq!(member.id, fold.member_id());
            assert_eq!(
                reader.read(member).unwrap(),
                pdf(fold.avis.parse().unwrap())
            );
            is_franked_as_it_goes(fold);
            assert!(
                seen.insert(fold.avis.clone()),
                "{} is in two spools",
                fold.avis
            );
        }
        all = Balance {
            folds: all.folds + sums.folds,
            sheets: all.sheets + sums.sheets,
            weight_g: all.weight_g + sums.weight_g,
            postage_cents: all.postage_cents + sums.postage_cents,
        };
    }
    assert_eq!((seen.len(), dispatch.count("fold")), (240, 240));
    let sums = ["sheets", "weight_g", "tariff_cents"].map(|column| dispatch.sum(column));
    assert_eq!(sums, [all.sheets, all.weight_g, all.postage_cents]);
    assert_eq!(
        dispatch
            .get(&format!("/v1/spools/{}/manifest", "0".repeat(64)))
            .0,
        404
    );
}

/// Transactions that were rolled back for what their work said, by outcome.
fn rolled_back(instances: &[Instance], outcome: &str) -> i64 {
    let wanted =
        format!(r#"cnt_store_transactions_total{{outcome="{outcome}",service="dispatch"}} "#);
    let of = |instance: &Instance| -> i64 {
        let families = instance.context.registry.gather();
        let text = prometheus::TextEncoder::new()
            .encode_to_string(&families)
            .unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&wanted));
        line.map_or(0, |count| count.parse().unwrap())
    };
    instances.iter().map(of).sum()
}

/// The object is written and the transaction dies: the folds wait, and are spooled again, into the same object.
fn a_crash_loses_and_doubles_nothing(instances: &[Instance], dispatch: &mut Dispatch) {
    let before_spooling = rolled_back(instances, "permanent");
    let before_taking_in = rolled_back(instances, "transient");
    let before = dispatch.spools().len();
    assert_eq!(dispatch.spool_objects(), before);
    let armed =
        failpoint::arm("dispatch.after_object=error@1;dispatch.spool_before_commit=error@1;dispatch.before_commit=error@1")
            .unwrap();
    publish(&instances[0].plumbing, "a", 7_500_100_000, 12);
    dispatch.wait_spooled(252);
    drop(armed);
    assert_eq!(
        rolled_back(instances, "permanent"),
        before_spooling + 2,
        "each point of spooling fired"
    );
    // A rebalance of the two instances may count here too.
    assert!(
        rolled_back(instances, "transient") > before_taking_in,
        "the point of taking in fired"
    );
    assert_eq!(dispatch.count("fold"), 252);
    assert_eq!(dispatch.spools().len(), before + 3, "one for each plant");
    assert_eq!(
        dispatch.spool_objects(),
        before + 3,
        "the same folds give the same object"
    );
}

/// A member that cannot be read is held back; the others go out, and it follows when its lot is restored.
fn damage_delays_nobody_else(plumbing: &Plumbing, dispatch: &mut Dispatch) {
    let (lot, _) = document_lot(7_500_200_000, 10);
    plumbing.objects.put(&lot).unwrap();
    let path = dispatch.store.path(LotKind::Document, lot.id());
    let frame = lot.locations()[3];
    let mut bytes = lot.bytes().to_vec();
    bytes[usize::try_from(frame.frame_offset + frame.frame_length / 2).unwrap()] ^= 1;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(&path, &bytes).unwrap();
    announce(plumbing, "b", 7_500_200_000, 10);
    dispatch.wait_spooled(261);
    assert_eq!(
        dispatch.count("fold WHERE held = 'damaged' AND avis = 7500200003"),
        1
    );
    fs::write(&path, lot.bytes()).unwrap();
    assert_eq!(
        dispatch.post("/v1/held/release", &json!({})),
        (200, json!({"released": 1}))
    );
    dispatch.wait_spooled(262);
}

fn deposit_is_recorded_once(dispatch: &mut Dispatch) {
    let spool = dispatch.spools().remove(0);
    let path = format!("/v1/spools/{}/deposit", spool.id);
    let code = |(status, body): (u16, Value)| (status, body["code"].as_str().unwrap().to_owned());
    let day = json!({"day": "2026-03-05"});
    let future = dispatch.post(&path, &json!({"day": "2026-03-07"}));
    assert_eq!(code(future), (422, "deposit_not_yet".to_owned()));
    for _ in 0..2 {
        let (status, body) = dispatch.post(&path, &day);
        assert_eq!((status, &body["deposited_on"]), (200, &json!("2026-03-05")));
    }
    assert_eq!(
        dispatch.count("fold WHERE state = 'deposited'"),
        i64::from(spool.folds)
    );
    // Without a day it is today on the legal clock, which is another.
    let other = dispatch.post(&path, &json!({}));
    assert_eq!(code(other), (409, "deposit_other_day".to_owned()));
    let unknown = dispatch.post(&format!("/v1/spools/{}/deposit", "0".repeat(64)), &day);
    assert_eq!(code(unknown), (404, "not_found".to_owned()));
}

/// Two acknowledgements of one spool are one event, which names it and its true day.
fn the_others_are_told(stack: &TestStack, dispatch: &mut Dispatch) {
    wait_for("the event to leave", || {
        Ok((dispatch.count("outbox") == 0).then_some(()))
    })
    .unwrap();
    let mut told: Vec<SpoolDepositEvent> = Vec::new();
    let mut take = |record: Record| -> Result<(), serde_json::Error> {
        told.push(serde_json::from_slice(&record.value)?);
        Ok(())
    };
    let bus = stack.bus("test");
    read_range(
        &bus,
        SPOOL_DEPOSIT.name,
        0,
        0..i64::MAX,
        Duration::from_secs(30),
        &mut take,
    )
    .unwrap();
    let spool = dispatch.spools().remove(0);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].lot.id.to_string(), told[0].day.as_str()),
        (spool.id, "2026-03-05")
    );
    assert_eq!(i64::from(told[0].lot.members), i64::from(spool.folds) + 1);
}
