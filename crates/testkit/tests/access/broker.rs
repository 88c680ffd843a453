//! A broker with access lists, and clients of it.

use std::path::PathBuf;
use std::time::Duration;

use cnt_bus::{
    Admin, BusConfig, BusError, BusMetrics, OutRecord, Producer, ProducerConfig, Security,
    SendError, read_range,
};
use cnt_contracts::services;
use cnt_contracts::topics::{LEGAL_CLOCK, Topic};
use cnt_flow::{access_rules, topic_specs};
use cnt_stack::{KAFKA_ADMIN, Kafka, StackConfig};
use tempfile::TempDir;

/// How long the broker may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Broker {
    pub(crate) kafka: Kafka,
    pub(crate) config: StackConfig,
    pub(crate) directory: TempDir,
}

impl Broker {
    /// With the topics of the chain and the rights of its services.
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = StackConfig::discover_for_test(directory.path().join("stack")).unwrap();
        config.kafka_heap_mib = 320;
        config.kafka_users = services::principals().map(str::to_owned).collect();
        let broker = Self {
            kafka: Kafka::start(&config).unwrap(),
            config,
            directory,
        };
        let admin = broker.admin(KAFKA_ADMIN);
        admin.ensure_topics(&topic_specs()).unwrap();
        admin.grant(&access_rules()).unwrap();
        let last = broker.admin(services::RECONCILE_ROLE);
        last.await_access(LEGAL_CLOCK.name).unwrap();
        broker
    }

    pub(crate) fn bus(&self, principal: &str) -> BusConfig {
        self.bus_with(principal, self.kafka.password_file(principal))
    }

    pub(crate) fn bus_with(&self, principal: &str, password_file: PathBuf) -> BusConfig {
        let mut bus = BusConfig::plaintext(self.kafka.bootstrap(), principal);
        bus.security = Security::Scram {
            username: principal.to_owned(),
            password_file,
            tls: false,
            ca_file: None,
        };
        bus
    }

    pub(crate) fn admin(&self, principal: &str) -> Admin {
        Admin::new(&self.bus(principal)).unwrap()
    }

    /// Records ever written to a topic.
    pub(crate) fn written(&self, topic: &Topic) -> i64 {
        let offsets = self.admin(KAFKA_ADMIN).offsets(topic.name).unwrap();
        offsets.iter().map(|partition| partition.high).sum()
    }

    /// How many records of a topic a principal can read.
    pub(crate) fn read(&self, principal: &str, topic: &Topic) -> Result<i64, BusError> {
        let take = |_| Ok::<_, std::convert::Infallible>(());
        let (bus, mut read) = (self.bus(principal), 0);
        for partition in 0..topic.partitions.into() {
            read += read_range(&bus, topic.name, partition, 0..i64::MAX, PATIENCE, take)?;
        }
        Ok(read.try_into().unwrap())
    }
}

pub(crate) fn producer(bus: BusConfig) -> Producer {
    producer_with_patience(bus, 30_000)
}

pub(crate) fn producer_with_patience(bus: BusConfig, delivery_timeout_ms: u32) -> Producer {
    let mut config = ProducerConfig::new(bus);
    config.delivery_timeout_ms = delivery_timeout_ms;
    Producer::new(&config, BusMetrics::unregistered().unwrap()).unwrap()
}

pub(crate) fn send(producer: &Producer, topic: &Topic) -> Result<(), SendError> {
    let record = OutRecord::new(topic.name, "service", "record");
    producer.send_all(vec![record]).map(|_| ())
}
