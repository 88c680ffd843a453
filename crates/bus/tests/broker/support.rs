//! A broker of our own, a ledger that stands in for a service's database, and members of a group.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cnt_bus::{
    Admin, BusConfig, BusError, BusMetrics, Cleanup, HandleError, Lot, LotConsumer,
    LotConsumerConfig, LotHandler, OutRecord, Producer, ProducerConfig, TopicPartition, TopicSpec,
};
use cnt_stack::{Kafka, StackConfig};
use uuid::Uuid;

/// Long enough for a busy machine; nothing waits as long when all is well.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// One broker shared by the tests that run at the same time; the last one stops it.
pub(crate) struct Broker {
    pub(crate) kafka: Kafka,
    _dir: tempfile::TempDir,
}

static BROKER: Mutex<Weak<Broker>> = Mutex::new(Weak::new());
static TOPICS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn broker() -> Arc<Broker> {
    let mut shared = BROKER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(broker) = shared.upgrade() {
        return broker;
    }
    let broker = Arc::new(Broker::start());
    *shared = Arc::downgrade(&broker);
    broker
}

impl Broker {
    /// A broker of one's own.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = StackConfig::discover_for_test(dir.path().join("stack")).unwrap();
        config.kafka_heap_mib = 320;
        Self {
            kafka: Kafka::start(&config).unwrap(),
            _dir: dir,
        }
    }

    pub(crate) fn bus(&self) -> BusConfig {
        BusConfig::plaintext(self.kafka.bootstrap(), "bus-test")
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::new(&self.bus()).unwrap()
    }

    pub(crate) fn producer(&self) -> Producer {
        Producer::new(&ProducerConfig::new(self.bus()), metrics()).unwrap()
    }

    /// A new topic of a name of its own.
    pub(crate) fn topic(&self, partitions: i32) -> String {
        let name = format!("cnt.test.{}.v1", TOPICS.fetch_add(1, Ordering::Relaxed));
        self.admin()
            .ensure_topics(&[spec(&name, partitions)])
            .unwrap();
        name
    }

    /// Sends `count` records to each partition.
    pub(crate) fn fill(&self, topic: &str, partitions: i32, count: i64) {
        let records = (0..partitions)
            .flat_map(|partition| {
                (0..count).map(move |number| {
                    OutRecord::new(topic, number.to_string(), format!("record {number}"))
                        .partition(partition)
                })
            })
            .collect();
        self.producer().send_all(records).unwrap();
    }

    pub(crate) fn consumer(&self, topic: &str) -> LotConsumerConfig {
        let mut config = LotConsumerConfig::new(self.bus(), format!("{topic}-group"), [topic]);
        config.session_timeout_ms = 6_000;
        config.drain_timeout_ms = 1_000;
        config.lot_records_max = 50;
        config.tick_interval_ms = 20;
        config.retry_backoff_max_ms = 200;
        config
    }
}

pub(crate) fn spec(name: &str, partitions: i32) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        partitions,
        retention: None,
        max_message_bytes: 1 << 20,
        cleanup: Cleanup::Delete,
    }
}

pub(crate) fn metrics() -> BusMetrics {
    BusMetrics::unregistered().unwrap()
}

/// Waits for a condition; says what it waited for when it does not come.
pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TestError(pub(crate) &'static str);

pub(crate) type Outcome = Result<(), HandleError<TestError>>;

/// Stands in for the database: positions move by compare-and-swap, together with the effects.
#[derive(Default)]
pub(crate) struct Ledger {
    state: Mutex<LedgerState>,
}

#[derive(Default)]
struct LedgerState {
    positions: HashMap<(Uuid, i32), i64>,
    done: Vec<Done>,
    refused: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) member: &'static str,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

impl Ledger {
    pub(crate) fn position(&self, topic_id: Uuid, partition: i32) -> Option<i64> {
        self.state
            .lock()
            .unwrap()
            .positions
            .get(&(topic_id, partition))
            .copied()
    }

    pub(crate) fn set_position(&self, topic_id: Uuid, partition: i32, position: i64) {
        self.state
            .lock()
            .unwrap()
            .positions
            .insert((topic_id, partition), position);
    }

    /// One transaction: all positions move and the effects are kept, or neither.
    pub(crate) fn commit(&self, member: &'static str, lot: &Lot) -> Outcome {
        let mut state = self.state.lock().unwrap();
        let moved = lot.ranges.iter().any(|range| {
            let stored = state.positions.get(&(range.topic_id, range.partition));
            stored.is_some_and(|position| *position != range.first_offset)
        });
        if moved {
            state.refused += 1;
            return Err(HandleError::Lost(TestError("position moved")));
        }
        for range in &lot.ranges {
            state
                .positions
                .insert((range.topic_id, range.partition), range.next_offset);
        }
        state.done.extend(lot.records.iter().map(|record| Done {
            member,
            partition: record.partition,
            offset: record.offset,
        }));
        Ok(())
    }

    pub(crate) fn done(&self) -> Vec<Done> {
        self.state.lock().unwrap().done.clone()
    }

    pub(crate) fn done_count(&self) -> usize {
        self.state.lock().unwrap().done.len()
    }

    pub(crate) fn done_by(&self, member: &str) -> usize {
        self.state
            .lock()
            .unwrap()
            .done
            .iter()
            .filter(|done| done.member == member)
            .count()
    }

    pub(crate) fn refused(&self) -> u32 {
        self.state.lock().unwrap().refused
    }

    /// Every record of each partition once, in order.
    pub(crate) fn assert_complete(&self, partitions: i32, count: i64) {
        let done = self.done();
        for partition in 0..partitions {
            let offsets: Vec<_> = done
                .iter()
                .filter(|done| done.partition == partition)
                .map(|done| done.offset)
                .collect();
            assert_eq!(
                offsets,
                (0..count).collect::<Vec<_>>(),
                "partition {partition}"
            );
        }
    }
}

/// What a member saw, for the test to look at.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) assigned: Mutex<Vec<TopicPartition>>,
    pub(crate) revoked: Mutex<Vec<TopicPartition>>,
    pub(crate) ticks: AtomicU32,
}

type BeforeCommit = Box<dyn FnMut(&Lot) -> Outcome + Send>;

/// A handler that runs a hook and then commits to the ledger.
pub(crate) struct TestHandler {
    pub(crate) member: &'static str,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) before_commit: BeforeCommit,
    pub(crate) positions_to_fail: u32,
}

impl TestHandler {
    pub(crate) fn new(member: &'static str, ledger: &Arc<Ledger>) -> Self {
        Self {
            member,
            ledger: Arc::clone(ledger),
            journal: Arc::default(),
            before_commit: Box::new(|_| Ok(())),
            positions_to_fail: 0,
        }
    }

    pub(crate) fn before_commit(
        mut self,
        hook: impl FnMut(&Lot) -> Outcome + Send + 'static,
    ) -> Self {
        self.before_commit = Box::new(hook);
        self
    }
}

impl LotHandler for TestHandler {
    type Error = TestError;

    fn positions(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, HandleError<TestError>> {
        if self.positions_to_fail > 0 {
            self.positions_to_fail -= 1;
            return Err(HandleError::Retry(TestError("database is away")));
        }
        self.journal
            .assigned
            .lock()
            .unwrap()
            .extend(partitions.iter().cloned());
        let position = |held: &TopicPartition| self.ledger.position(held.topic_id, held.partition);
        Ok(partitions.iter().map(position).collect())
    }

    fn handle(&mut self, lot: &Lot) -> Outcome {
        assert!(!lot.records.is_empty());
        for range in &lot.ranges {
            let mut expected = range.first_offset;
            for record in lot
                .records
                .iter()
                .filter(|record| record.partition == range.partition)
            {
                assert_eq!(
                    record.offset, expected,
                    "offsets inside a range are contiguous"
                );
                expected += 1;
            }
            assert_eq!(expected, range.next_offset);
        }
        (self.before_commit)(lot)?;
        self.ledger.commit(self.member, lot)
    }

    fn revoked(&mut self, partitions: &[TopicPartition]) {
        self.journal
            .revoked
            .lock()
            .unwrap()
            .extend(partitions.iter().cloned());
    }

    fn tick(&mut self) -> Outcome {
        self.journal.ticks.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A consumer on a thread of its own.
pub(crate) struct Member {
    shutdown: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), BusError>>,
}

impl Member {
    pub(crate) fn start(
        config: LotConsumerConfig,
        handler: impl LotHandler + Send + 'static,
    ) -> Self {
        let shutdown = Arc::new(AtomicBool::new(false));
        let thread = {
            let shutdown = Arc::clone(&shutdown);
            thread::spawn(move || LotConsumer::new(config, metrics())?.run(handler, &shutdown))
        };
        Self { shutdown, thread }
    }

    /// Asks the consumer to stop and returns what `run` returned.
    pub(crate) fn stop(self) -> Result<(), BusError> {
        self.shutdown.store(true, Ordering::Release);
        self.join()
    }

    /// Waits until the consumer stops by itself.
    pub(crate) fn join(self) -> Result<(), BusError> {
        self.thread.join().unwrap()
    }
}

/// A gate that a test opens: holds a handler in the middle of a lot.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<GateState>);

#[derive(Default)]
struct GateState {
    reached: AtomicBool,
    open: AtomicBool,
}

impl Gate {
    pub(crate) fn pass(&self) {
        self.0.reached.store(true, Ordering::Release);
        wait_for("the test to open the gate", || {
            self.0.open.load(Ordering::Acquire)
        });
    }

    pub(crate) fn wait_until_reached(&self) {
        wait_for("a handler at the gate", || {
            self.0.reached.load(Ordering::Acquire)
        });
    }

    pub(crate) fn open(&self) {
        self.0.open.store(true, Ordering::Release);
    }
}
