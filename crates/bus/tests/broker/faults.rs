//! The broker is killed with -9 in the middle of everything and started again.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use cnt_bus::{Broadcast, OutRecord, Producer, ProducerConfig};

use crate::support::{Broker, Ledger, Member, TestError, TestHandler, broker, metrics, wait_for};

/// These tests have brokers of their own, one at a time: memory is not for ever.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const BATCHES: i64 = 40;
const BATCH_RECORDS: i64 = 50;

/// Sends batches, each until it is acknowledged, and returns the positions acknowledged.
fn send_batches(producer: &Producer, topic: &str, sent: &AtomicI64) -> Vec<(i32, i64)> {
    let mut acknowledged = Vec::new();
    for batch in 0..BATCHES {
        let records: Vec<_> = (0..BATCH_RECORDS)
            .map(|number| OutRecord::new(topic, format!("{batch}-{number}"), "value"))
            .collect();
        loop {
            match producer.send_all(records.clone()) {
                Ok(positions) => {
                    acknowledged.extend(positions.iter().map(|at| (at.partition, at.offset)));
                    break;
                }
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        }
        sent.fetch_add(BATCH_RECORDS, Ordering::AcqRel);
    }
    acknowledged
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_handled_twice() {
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // Held so that the other tests' broker does not stop and start around each of them.
    let _others = broker();
    let broker = Broker::start();
    let topic = broker.topic(3);
    let news = broker.topic(1);
    broker.fill(&news, 1, 10);
    let ledger = Arc::<Ledger>::default();
    let member = Member::start(broker.consumer(&topic), TestHandler::new("a", &ledger));

    let shutdown = Arc::new(AtomicBool::new(false));
    let heard = Arc::new(AtomicI64::new(0));
    let follower = {
        let (shutdown, heard) = (Arc::clone(&shutdown), Arc::clone(&heard));
        let broadcast = Broadcast::new(broker.bus(), news.as_str(), metrics());
        thread::spawn(move || {
            let on_record = |_| {
                heard.fetch_add(1, Ordering::AcqRel);
                Ok::<_, TestError>(())
            };
            broadcast.run(on_record, || {}, &shutdown)
        })
    };

    let sent = Arc::new(AtomicI64::new(0));
    let sender = {
        let (bus, topic, sent) = (broker.bus(), topic.clone(), Arc::clone(&sent));
        thread::spawn(move || {
            let mut config = ProducerConfig::new(bus);
            config.delivery_timeout_ms = 5_000;
            send_batches(&Producer::new(&config, metrics()).unwrap(), &topic, &sent)
        })
    };
    wait_for("some records handled", || ledger.done_count() >= 200);
    broker.kafka.kill_hard().unwrap();
    broker.kafka.restart().unwrap();
    let acknowledged = sender.join().unwrap();
    assert_eq!(sent.load(Ordering::Acquire), BATCHES * BATCH_RECORDS);

    let held = broker.admin().offsets(&topic).unwrap();
    let records: i64 = held.iter().map(cnt_bus::PartitionOffsets::records).sum();
    wait_for("all records handled", || {
        i64::try_from(ledger.done_count()) == Ok(records)
    });
    for partition in &held {
        let done = ledger.done();
        let mut offsets: Vec<_> = done
            .iter()
            .filter(|done| done.partition == partition.partition)
            .map(|done| done.offset)
            .collect();
        assert!(offsets.is_sorted());
        offsets.dedup();
        assert_eq!(offsets, (0..partition.high).collect::<Vec<_>>());
    }
    let done: std::collections::HashSet<_> = ledger
        .done()
        .iter()
        .map(|done| (done.partition, done.offset))
        .collect();
    assert!(acknowledged.iter().all(|position| done.contains(position)));

    broker.fill(&news, 1, 7);
    wait_for("news after the restart", || {
        heard.load(Ordering::Acquire) == 17
    });
    shutdown.store(true, Ordering::Release);
    follower.join().unwrap().unwrap();
    member.stop().unwrap();
}

#[test]
fn consumers_start_and_stop_while_the_broker_is_away() {
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // Held so that the other tests' broker does not stop and start around each of them.
    let _others = broker();
    let broker = Broker::start();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 30);
    let ledger = Arc::<Ledger>::default();
    let early = TestHandler::new("early", &ledger);
    let early = Member::start(broker.consumer(&topic), early);
    wait_for("the first records", || ledger.done_count() == 30);
    broker.fill(&topic, 1, 30);
    broker.kafka.kill_hard().unwrap();
    // Leaving does not need the broker either.
    early.stop().unwrap();
    let handler = TestHandler::new("a", &ledger);
    let journal = Arc::clone(&handler.journal);
    let member = Member::start(broker.consumer(&topic), handler);
    wait_for("ticks without a broker", || {
        journal.ticks.load(Ordering::Relaxed) > 10
    });
    broker.kafka.restart().unwrap();
    wait_for("all records", || ledger.done_count() == 60);
    member.stop().unwrap();
    ledger.assert_complete(1, 60);
}
