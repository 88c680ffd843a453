//! Verdict lots become document lots, on a real broker and database.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Judged, poll, registry, verdict_lot};
use cnt_bus::{HandleError, LotHandler, OutRecord};
use cnt_contracts::document::DocumentMeta;
use cnt_contracts::events::{DocumentLotEvent, RegistryVersionEvent, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT, REGISTRY_VERSION};
use cnt_contracts::verdict::VerdictWord;
use cnt_domain::plate::{Country, Plate};
use cnt_domain::siv;
use cnt_domain::verdict::NotTransformed;
use cnt_edition::{Config, Edition, db};
use cnt_flow::{LotFlow, Plumbing, lot_id};
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_store::{PgConnection, connect, migrate, quarantine};
use cnt_testkit::{TestStack, wait_for};
use cnt_vault::{LocalStore, LotKind, LotReader, ObjectStore};
use jiff::civil::{Date, date};
use uuid::Uuid;

/// A Saturday: avis of that day are dated Monday 23 November.
const NOW: &str = "2026-11-21T10:00:00Z";

/// The day of every offence.
const OFFENCE_DAY: Date = date(2026, 11, 20);

struct Bench {
    stack: TestStack,
    objects: LocalStore,
    registry: RegistryVersionEvent,
}

/// One instance of the service, without its consumer.
struct Instance {
    context: ServiceContext,
    flow: LotFlow<Edition>,
}

impl Bench {
    fn new() -> Self {
        let stack = TestStack::start().unwrap();
        let objects = LocalStore::new(stack.objects_dir());
        let registry = registry(&objects);
        let mut conn = connect(&stack.database("edition")).unwrap();
        migrate(&mut conn, &db::migrations()).unwrap();
        Self {
            stack,
            objects,
            registry,
        }
    }

    fn config(&self) -> Config {
        let given = [
            ("DATABASE__CONNINFO", self.stack.conninfo("edition")),
            ("BROKER__BOOTSTRAP", self.stack.bus("x").bootstrap),
            (
                "OBJECTS__DIR",
                self.stack.objects_dir().display().to_string(),
            ),
            ("PORTAL__SECRET", "a secret of the tests".to_owned()),
            ("PREVIEW__LISTEN", "127.0.0.1:0".to_owned()),
            ("SIMULATION__ENABLED", "true".to_owned()),
        ];
        let given = given.map(|(key, value)| (format!("CNT_EDITION__{key}"), value));
        Config::load_with(None, given).unwrap()
    }

    fn context(&self) -> (ServiceContext, Plumbing) {
        let context = ServiceContext::for_test(cnt_edition::NAME, NOW.parse().unwrap()).unwrap();
        let plumbing = self.stack.plumbing(&context).unwrap();
        plumbing.registry.announce(&self.registry).unwrap();
        (context, plumbing)
    }

    fn instance(&self) -> Instance {
        let (context, plumbing) = self.context();
        let database = self.stack.database("edition");
        let setup = plumbing
            .flow(&context, database, "unused", &[MIF_VERDICT])
            .unwrap();
        let work = Edition::new(&self.config(), &context, &plumbing).unwrap();
        let flow = LotFlow::new(&setup, work, cnt_edition::NAME);
        Instance { context, flow }
    }

    fn conn(&self) -> PgConnection {
        connect(&self.stack.database("edition")).unwrap()
    }

    fn row(&self, event: &VerdictLotEvent) -> Option<db::LotRow> {
        db::row(&mut self.conn(), event.lot.id).unwrap()
    }

    /// Names of the document lots that came from a verdict lot.
    fn document_lots(&self, event: &VerdictLotEvent) -> Vec<Hex32> {
        let from = event.lot.id.to_string();
        self.objects
            .list(LotKind::Document)
            .unwrap()
            .map(Result::unwrap)
            .filter(|id| {
                let object = self.objects.get(LotKind::Document, *id).unwrap();
                LotReader::open(object).unwrap().manifest().about["verdict_lot"] == from.as_str()
            })
            .map(|id| Hex32(*id.as_bytes()))
            .collect()
    }

    /// Ids and facts of a document lot's members.
    fn members(&self, lot: Hex32) -> Vec<(String, DocumentMeta, usize)> {
        let object = self.objects.get(LotKind::Document, lot_id(lot)).unwrap();
        let reader = LotReader::open(object).unwrap();
        reader
            .contents()
            .unwrap()
            .map(Result::unwrap)
            .map(|(entry, bytes)| (entry.id.clone(), entry.meta().unwrap(), bytes.len()))
            .collect()
    }

    /// Every event on `document.lot`.
    fn published(&self) -> Vec<DocumentLotEvent> {
        let bus = self.stack.bus("test-reader");
        let admin = cnt_bus::Admin::new(&bus).unwrap();
        let mut events = Vec::new();
        for offsets in admin.offsets(DOCUMENT_LOT.name).unwrap() {
            cnt_bus::read_range(
                &bus,
                DOCUMENT_LOT.name,
                offsets.partition,
                offsets.low..offsets.high,
                Duration::from_secs(20),
                |record| -> Result<(), serde_json::Error> {
                    events.push(serde_json::from_slice(&record.value)?);
                    Ok(())
                },
            )
            .unwrap();
        }
        events
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.context.shutdown.request();
    }
}

impl Instance {
    fn handle(
        &mut self,
        topic: Uuid,
        offset: i64,
        events: &[&VerdictLotEvent],
    ) -> Result<(), HandleError<cnt_flow::WorkError>> {
        let values: Vec<Vec<u8>> = events
            .iter()
            .map(|event| serde_json::to_vec(event).unwrap())
            .collect();
        self.flow.handle(&poll(topic, offset, &values))
    }
}

/// Plates by what the register says of them.
fn plates(wanted: Result<(), NotTransformed>) -> impl Iterator<Item = String> {
    ["AB", "CD", "EF", "GH"]
        .into_iter()
        .flat_map(|letters| (1..1000).map(move |n| format!("{letters}{n:03}ZZ")))
        .filter(move |text| {
            let plate = Plate::parse(text, Country::FRANCE).unwrap();
            siv::look_up(&plate, OFFENCE_DAY).map(drop) == wanted
        })
}

fn addressed(count: usize) -> Vec<Judged> {
    plates(Ok(())).take(count).map(Judged::accepted).collect()
}

/// One stack for all: fail points are named by the verdict lot, partitions by topic ids of their own.
#[test]
fn verdict_lots_become_document_lots() {
    let bench = Bench::new();
    members_and_numbers_are_right(&bench);
    the_same_event_again_changes_nothing(&bench);
    a_crash_after_the_object_was_written_makes_the_same_bytes(&bench);
    a_zombie_commits_nothing(&bench);
    a_lot_without_accepted_mifs_is_done_without_an_event(&bench);
    what_cannot_be_edited_is_set_aside_alone(&bench);
    two_instances_share_the_work_without_doubling_numbers(&bench);
}

fn members_and_numbers_are_right(bench: &Bench) {
    let mut judged = addressed(3);
    judged.insert(
        1,
        Judged {
            verdict: VerdictWord::Rejected,
            ..judged[0].clone()
        },
    );
    let stolen = plates(Err(NotTransformed::Stolen)).next().unwrap();
    judged.insert(2, Judged::accepted(stolen));
    judged.push(Judged {
        plate: "BXY1234".to_owned(),
        country: "DE",
        verdict: VerdictWord::Accepted,
        is_signed: false,
    });
    let event = verdict_lot(&bench.objects, 1, &judged);
    let mut edition = bench.instance();
    edition.handle(Uuid::from_u128(1), 0, &[&event]).unwrap();

    let row = bench.row(&event).unwrap();
    assert_eq!(row.first_number, Some(9_900_000_001));
    assert_eq!((row.accepted, row.avis, row.not_transformed), (5, 3, 2));
    assert!(row.is_done);
    let members = bench.members(row.document_lot.unwrap());
    let ids: Vec<&str> = members.iter().map(|(id, _, _)| id.as_str()).collect();
    assert_eq!(ids[0], "9900000001/ACO/1");
    assert!(ids[1].starts_with("nt/") && ids[4].starts_with("nt/"));
    assert_eq!(ids[2..4], ["9900000002/ACO/1", "9900000003/ACO/1"]);
    let (_, DocumentMeta::Document(facts), size) = &members[2] else {
        panic!("not a document");
    };
    assert!(*size > 10_000 && facts.pages >= 2 && facts.sheets >= 1);
    assert_eq!(
        (&*facts.avis_date, &*facts.offence_day),
        ("2026-11-23", "2026-11-20")
    );
    assert_eq!(
        (facts.minoree_cents, facts.forfaitaire_cents),
        (None, 13_500)
    );
    assert_eq!(&*facts.omp, "OMP-35-01");
    let key = cnt_edition::portal_key("a secret of the tests", "9900000002".parse().unwrap());
    assert_eq!(facts.key_sha256, cnt_edition::portal_key_sha256(&key));
    let reasons: Vec<_> = members
        .iter()
        .filter_map(|(_, meta, size)| match meta {
            DocumentMeta::NotTransformed(facts) => {
                assert!(!facts.message.is_empty());
                Some((facts.reason.as_str(), *size))
            }
            DocumentMeta::Document(_) => None,
        })
        .collect();
    assert_eq!(reasons, [("VOLE", 0), ("ETRANGER", 0)]);

    let published = bench.published();
    assert_eq!(published.len(), 1);
    assert_eq!(Some(published[0].lot.id), row.document_lot);
    assert_eq!(
        (published[0].documents, published[0].not_transformed),
        (3, 2)
    );
    assert_eq!(published[0].verdict_lot, event.lot.id);
}

fn the_same_event_again_changes_nothing(bench: &Bench) {
    let event = verdict_lot(&bench.objects, 2, &addressed(2));
    let topic = Uuid::from_u128(2);
    let mut edition = bench.instance();
    edition.handle(topic, 0, &[&event, &event]).unwrap();
    let (row, events) = (bench.row(&event), bench.published().len());
    edition.handle(topic, 2, &[&event]).unwrap();
    assert_eq!(bench.row(&event), row);
    assert_eq!(bench.published().len(), events);
    assert_eq!(bench.document_lots(&event).len(), 1);
}

fn a_crash_after_the_object_was_written_makes_the_same_bytes(bench: &Bench) {
    let event = verdict_lot(&bench.objects, 3, &addressed(2));
    let topic = Uuid::from_u128(3);
    let mut first = bench.instance();
    let crash = failpoint::arm(&format!("edition.after_object=error#{}", event.lot.id)).unwrap();
    let outcome = first.handle(topic, 0, &[&event]);
    assert!(matches!(outcome, Err(HandleError::Retry(_))));
    drop(crash);
    let written = bench.document_lots(&event);
    assert_eq!(written.len(), 1);
    assert!(!bench.row(&event).unwrap().is_done);

    // Another lot takes numbers meanwhile, and ten days pass.
    let other = verdict_lot(&bench.objects, 4, &addressed(1));
    first.handle(Uuid::from_u128(4), 0, &[&other]).unwrap();
    let mut second = bench.instance();
    let clock = second.context.legal_clock.clone().unwrap();
    clock.set_offset_seconds(10 * 86_400).unwrap();
    let crash = failpoint::arm("edition.before_commit=error@1").unwrap();
    let outcome = second.handle(topic, 0, &[&event]);
    assert!(matches!(outcome, Err(HandleError::Retry(_))));
    drop(crash);
    second.handle(topic, 0, &[&event]).unwrap();
    assert_eq!(bench.document_lots(&event), written);
    assert_eq!(bench.row(&event).unwrap().document_lot, Some(written[0]));
}

fn a_zombie_commits_nothing(bench: &Bench) {
    let event = verdict_lot(&bench.objects, 5, &addressed(2));
    let topic = Uuid::from_u128(5);
    let (mut owner, mut zombie) = (bench.instance(), bench.instance());
    owner.handle(topic, 0, &[&event]).unwrap();
    let late = verdict_lot(&bench.objects, 6, &addressed(2));
    let outcome = zombie.handle(topic, 0, &[&late]);
    assert!(matches!(outcome, Err(HandleError::Lost(_))));
    assert!(!bench.row(&late).unwrap().is_done, "reserved, not done");
    assert!(
        bench
            .published()
            .iter()
            .all(|published| published.verdict_lot != late.lot.id)
    );
}

fn a_lot_without_accepted_mifs_is_done_without_an_event(bench: &Bench) {
    let mut judged = addressed(2);
    judged[0].verdict = VerdictWord::Rejected;
    judged[1].verdict = VerdictWord::Replayed;
    let event = verdict_lot(&bench.objects, 7, &judged);
    let events = bench.published().len();
    let mut edition = bench.instance();
    edition.handle(Uuid::from_u128(7), 0, &[&event]).unwrap();
    let row = bench.row(&event).unwrap();
    assert!(row.is_done && row.document_lot.is_none());
    assert_eq!((row.accepted, row.avis, row.not_transformed), (0, 0, 0));
    assert_eq!(bench.published().len(), events);
}

fn what_cannot_be_edited_is_set_aside_alone(bench: &Bench) {
    let good = verdict_lot(&bench.objects, 8, &addressed(1));
    let mut lying = verdict_lot(&bench.objects, 9, &addressed(2));
    lying.accepted = 5;
    let mut edition = bench.instance();
    let values = vec![
        b"not an event".to_vec(),
        serde_json::to_vec(&lying).unwrap(),
        serde_json::to_vec(&good).unwrap(),
    ];
    edition
        .flow
        .handle(&poll(Uuid::from_u128(8), 0, &values))
        .unwrap();
    assert!(bench.row(&good).unwrap().is_done);
    assert!(bench.row(&lying).is_none());
    let waiting = quarantine::list(&mut bench.conn(), None, 10).unwrap();
    let reasons: BTreeSet<String> = waiting
        .into_iter()
        .map(|entry| entry.record.reason)
        .collect();
    let expected = ["event_unreadable", "not_editable"].map(str::to_owned);
    assert_eq!(reasons, BTreeSet::from(expected));
}

fn two_instances_share_the_work_without_doubling_numbers(bench: &Bench) {
    let instances: Vec<_> = (0..2)
        .map(|_| {
            let (context, plumbing) = bench.context();
            let (config, service) = (bench.config(), context.clone());
            let thread = std::thread::spawn(move || {
                service.run_service(Duration::from_secs(30), |context| {
                    cnt_edition::run(config, context, plumbing)
                })
            });
            (context, thread)
        })
        .collect();
    let (sender, plumbing) = bench.context();
    let announced = serde_json::to_vec(&bench.registry).unwrap();
    let mut records = vec![OutRecord::new(REGISTRY_VERSION.name, "", announced)];
    let events: Vec<VerdictLotEvent> = (100..124)
        .map(|salt| verdict_lot(&bench.objects, salt, &addressed(3)))
        .collect();
    let partitions = i32::from(MIF_VERDICT.partitions);
    records.extend(events.iter().zip(0..).map(|(event, index)| {
        let value = serde_json::to_vec(event).unwrap();
        OutRecord::new(MIF_VERDICT.name, event.lot.id.0.to_vec(), value)
            .partition(index % partitions)
    }));
    plumbing.producer.send_all(records).unwrap();
    sender.shutdown.request();

    let mut conn = bench.conn();
    let rows: Vec<db::LotRow> = wait_for("all lots", || {
        let mut rows = Vec::new();
        for event in &events {
            rows.extend(db::row(&mut conn, event.lot.id)?);
        }
        let is_done = rows.len() == events.len() && rows.iter().all(|row| row.is_done);
        Ok(is_done.then_some(rows))
    })
    .unwrap();
    let numbers: BTreeSet<i64> = rows
        .iter()
        .filter_map(|row| row.first_number)
        .flat_map(|first| first..first + 3)
        .collect();
    assert_eq!(numbers.len(), events.len() * 3);
    wait_for("all events", || {
        let lots: BTreeSet<Hex32> = bench
            .published()
            .iter()
            .map(|event| event.verdict_lot)
            .collect();
        Ok(events
            .iter()
            .all(|event| lots.contains(&event.lot.id))
            .then_some(()))
    })
    .unwrap();
    for (context, thread) in instances {
        context.shutdown.request();
        thread.join().unwrap().unwrap();
    }
}
