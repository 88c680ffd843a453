//! Validation running on a real broker and database, and what can be seen of it from outside.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use cnt_bus::{Admin, BusMetrics, OutRecord, Producer, ProducerConfig, read_range};
use cnt_contracts::events::{RegistryVersionEvent, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::topics::{MIF_INBOUND, MIF_VERDICT, REGISTRY_VERSION};
use cnt_contracts::verdict::VerdictMeta;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::config::Secret;
use cnt_store::quarantine::{self, QuarantineEntry, QuarantineState};
use cnt_testkit::{TestStack, wait_for};
use cnt_validation::{Config, NAME, run};
use cnt_vault::{
    LocalStore, LotAbout, LotId, LotKind, LotReader, LotWriter, MemberInput, ObjectStore,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::fixture::{RECEPTION, SERVICE, World, stamp};

const GRACE: Duration = Duration::from_secs(20);

/// One running instance; it is asked to stop when dropped.
pub(crate) struct Instance {
    context: ServiceContext,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Instance {
    pub(crate) fn start(stack: &TestStack) -> Self {
        let at = Timestamp::from_second(RECEPTION).unwrap();
        let context = ServiceContext::for_test(NAME, at).unwrap();
        let mut config = Config::load(None).unwrap();
        config.database.conninfo = Secret::new(stack.conninfo(NAME));
        config.objects.dir = stack.objects_dir();
        let plumbing = stack.plumbing(&context).unwrap();
        let served = context.clone();
        let thread = std::thread::spawn(move || {
            served.run_service(GRACE, |context| run(config, context, plumbing))
        });
        Self {
            context,
            thread: Some(thread),
        }
    }

    /// Asks it to stop and waits for its end.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.context.shutdown.request();
        self.thread.take().unwrap().join().unwrap()
    }

    /// Messages whose verdict it committed.
    pub(crate) fn judged(&self) -> f64 {
        let families = self.context.registry.gather();
        families
            .iter()
            .filter(|family| family.name() == "cnt_validation_messages_processed_total")
            .flat_map(|family| family.get_metric())
            .map(|metric| metric.get_counter().get_value())
            .sum()
    }

    /// Waits until it has committed more than it had.
    pub(crate) fn judges_more(&self) {
        let before = self.judged();
        wait_for("an instance to judge", || {
            Ok((self.judged() > before).then_some(()))
        })
        .unwrap();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.context.shutdown.request();
    }
}

/// What tests send and see: one stack for all that run at the same time, stopped by the last one.
pub(crate) struct Outside {
    pub(crate) stack: TestStack,
    pub(crate) world: World,
    producer: Producer,
    objects: LocalStore,
    /// Records ever sent.
    sent: AtomicU64,
    /// Receptions ever minted.
    receptions: AtomicU64,
}

static SHARED: Mutex<Weak<Outside>> = Mutex::new(Weak::new());

pub(crate) fn outside() -> Arc<Outside> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(outside) = shared.upgrade() {
        return outside;
    }
    let outside = Arc::new(Outside::new());
    *shared = Arc::downgrade(&outside);
    outside
}

/// One verdict as a reader of lots sees it.
pub(crate) struct Seen {
    pub(crate) meta: VerdictMeta,
    pub(crate) bytes: Vec<u8>,
}

impl Outside {
    fn new() -> Self {
        let stack = TestStack::start().unwrap();
        let producer = Producer::new(
            &ProducerConfig::new(stack.bus("test")),
            BusMetrics::unregistered().unwrap(),
        )
        .unwrap();
        let outside = Self {
            objects: LocalStore::new(stack.objects_dir()),
            world: World::new(3).unwrap(),
            producer,
            stack,
            sent: AtomicU64::new(0),
            receptions: AtomicU64::new(0),
        };
        outside.announce();
        outside
    }

    /// Writes the world's snapshot and announces it, as the registry does.
    fn announce(&self) {
        let about = LotAbout::new(Timestamp::from_second(RECEPTION).unwrap(), "test", "0");
        let mut writer = LotWriter::new(LotKind::Registry, about).unwrap();
        let snapshot = serde_json::to_vec(&self.world.snapshot).unwrap();
        writer
            .add_member(MemberInput::new("snapshot", snapshot, &()).unwrap())
            .unwrap();
        let lot = writer.finish().unwrap();
        self.objects.put(&lot).unwrap();
        let event = RegistryVersionEvent {
            version: 1,
            snapshot: Hex32(*lot.id().as_bytes()),
        };
        let value = serde_json::to_vec(&event).unwrap();
        self.producer
            .send_all(vec![OutRecord::new(
                REGISTRY_VERSION.name,
                b"1".to_vec(),
                value,
            )])
            .unwrap();
    }

    /// The stamp of the next reception.
    pub(crate) fn stamp(&self) -> ReceptionStamp {
        let number = self.receptions.fetch_add(1, Ordering::Relaxed) + 1;
        stamp(number.into()).unwrap()
    }

    /// Sends records as the gateway does; one without a stamp as nobody should.
    pub(crate) fn send(&self, records: Vec<(String, Option<ReceptionStamp>)>) {
        self.send_to(None, records);
    }

    /// Sends records to the partition of their service, or to another.
    pub(crate) fn send_to(
        &self,
        partition: Option<i32>,
        records: Vec<(String, Option<ReceptionStamp>)>,
    ) {
        let count = u64::try_from(records.len()).unwrap();
        let records = records
            .into_iter()
            .map(|(value, stamp)| {
                let mut record = OutRecord::new(
                    MIF_INBOUND.name,
                    SERVICE.as_bytes().to_vec(),
                    value.into_bytes(),
                );
                if let Some(partition) = partition {
                    record = record.partition(partition);
                }
                let headers = stamp.map(|stamp| stamp.to_headers()).unwrap_or_default();
                headers
                    .into_iter()
                    .fold(record, |record, (name, value)| record.header(name, value))
            })
            .collect();
        self.producer.send_all(records).unwrap();
        self.sent.fetch_add(count, Ordering::Relaxed);
    }

    fn sql(&self, sql: &str) -> anyhow::Result<String> {
        Ok(self
            .stack
            .stack()
            .postgres()
            .psql(&self.stack.conninfo(NAME), sql)?)
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.sql(sql).unwrap().trim().parse().unwrap()
    }

    fn lots(&self) -> anyhow::Result<Vec<Hex32>> {
        let text = self.sql("SELECT encode(lot_id, 'hex') FROM lot ORDER BY seq")?;
        Ok(text
            .lines()
            .filter_map(|line| Hex32::parse(line.trim()))
            .collect())
    }

    /// Number of verdict lots in the object store, committed or not.
    pub(crate) fn objects(&self) -> usize {
        self.objects.list(LotKind::Verdict).unwrap().count()
    }

    pub(crate) fn more_objects_than(&self, before: usize) {
        wait_for("an object", || Ok((self.objects() > before).then_some(()))).unwrap();
    }

    /// Every verdict of every committed lot; two for one reception are a failure.
    pub(crate) fn verdicts(&self) -> anyhow::Result<BTreeMap<Uuid, Seen>> {
        let mut all = BTreeMap::new();
        for lot in self.lots()? {
            let object = self
                .objects
                .get(LotKind::Verdict, LotId::from_bytes(lot.0))?;
            let reader = LotReader::open(object)?;
            for member in reader.members()? {
                let meta: VerdictMeta = member.meta()?;
                let bytes = reader.read(member)?.to_vec();
                let doubled = all.insert(meta.reception, Seen { meta, bytes });
                anyhow::ensure!(doubled.is_none(), "a reception has two verdicts");
            }
        }
        Ok(all)
    }

    /// The verdicts on these receptions, once all are there.
    pub(crate) fn verdicts_on(&self, stamps: &[ReceptionStamp]) -> Vec<Seen> {
        wait_for("verdicts", || {
            if self.sql("SELECT to_regclass('lot') IS NULL")?.trim() == "t" {
                return Ok(None);
            }
            let mut all = self.verdicts()?;
            let found: Vec<Seen> = stamps
                .iter()
                .filter_map(|stamp| all.remove(&stamp.reception.0))
                .collect();
            Ok((found.len() == stamps.len()).then_some(found))
        })
        .unwrap()
    }

    /// The records in a state of the quarantine, once there are so many.
    pub(crate) fn quarantined(&self, state: QuarantineState, count: usize) -> Vec<QuarantineEntry> {
        wait_for("quarantine", || {
            let mut conn = cnt_store::connect(&self.stack.database(NAME))?;
            let entries = quarantine::list(&mut conn, Some(state), 100)?;
            Ok((entries.len() == count).then_some(entries))
        })
        .unwrap()
    }

    pub(crate) fn request(&self, id: Uuid, discard: bool) {
        let mut conn = cnt_store::connect(&self.stack.database(NAME)).unwrap();
        let outcome = if discard {
            quarantine::request_discard(&mut conn, id)
        } else {
            quarantine::request_replay(&mut conn, id)
        };
        outcome.unwrap();
    }

    /// The events published, by lot; each is there at least once, and twice alike.
    pub(crate) fn events(&self) -> anyhow::Result<BTreeMap<Hex32, VerdictLotEvent>> {
        let bus = self.stack.bus("test-events");
        let mut events = BTreeMap::new();
        for held in Admin::new(&bus)?.offsets(MIF_VERDICT.name)? {
            let take = |record: cnt_bus::Record| -> anyhow::Result<()> {
                let event: VerdictLotEvent = serde_json::from_slice(&record.value)?;
                let earlier = events.insert(event.lot.id, event.clone());
                anyhow::ensure!(earlier.is_none_or(|earlier| earlier == event));
                Ok(())
            };
            let range = held.low..held.high;
            read_range(&bus, MIF_VERDICT.name, held.partition, range, GRACE, take)?;
        }
        Ok(events)
    }

    /// Proves that the books balance for all the records ever sent.
    pub(crate) fn balance(&self) {
        let sent = self.sent.load(Ordering::Relaxed);
        let lots = self.lots().unwrap();
        let events = wait_for("every event", || {
            let events = self.events()?;
            Ok((events.len() == lots.len()).then_some(events))
        })
        .unwrap();
        let (mut accepted, mut total) = (0, 0);
        for lot in &lots {
            let event = &events[lot];
            accepted += i64::from(event.accepted);
            total += i64::from(event.accepted + event.rejected + event.replayed);
            assert_eq!(
                event.lot.members,
                event.accepted + event.rejected + event.replayed
            );
        }
        assert_eq!(
            total,
            self.number("SELECT sum(accepted + rejected + replayed) FROM lot")
        );
        assert_eq!(accepted, self.number("SELECT sum(accepted) FROM lot"));
        assert_eq!(
            accepted,
            self.number("SELECT count(*) FROM mif WHERE verdict = 1")
        );
        // A record without a stamp that was discarded has no verdict: it never came through the gateway.
        let set_aside = self.number(
            "SELECT count(*) FROM quarantine WHERE state = 'waiting' \
             OR state = 'discarded' AND reason = 'stamp_missing'",
        );
        assert_eq!(total + set_aside, i64::try_from(sent).unwrap());
        assert_eq!(self.number("SELECT count(*) FROM outbox"), 0);
        let dangling = "SELECT count(*) FROM mif LEFT JOIN lot ON seq = lot_seq WHERE seq IS NULL";
        assert_eq!(self.number(dangling), 0);
    }
}
