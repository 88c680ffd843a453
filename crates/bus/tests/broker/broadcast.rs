//! A topic that everybody reads whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

use cnt_bus::{Broadcast, BusError};

use crate::support::{TestError, broker, metrics, wait_for};

#[derive(Default)]
struct Seen {
    records: AtomicI64,
    when_caught_up: AtomicI64,
    caught_up: AtomicBool,
    shutdown: AtomicBool,
}

fn follow(broadcast: Broadcast, seen: &Arc<Seen>) -> thread::JoinHandle<Result<(), BusError>> {
    let seen = Arc::clone(seen);
    thread::spawn(move || {
        broadcast.run(
            |record| {
                assert_eq!(record.offset, seen.records.fetch_add(1, Ordering::AcqRel));
                Ok::<_, TestError>(())
            },
            || {
                let records = seen.records.load(Ordering::Acquire);
                seen.when_caught_up.store(records, Ordering::Release);
                seen.caught_up.store(true, Ordering::Release);
            },
            &seen.shutdown,
        )
    })
}

#[test]
fn it_catches_up_and_keeps_up() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 500);
    let seen = Arc::<Seen>::default();
    let follower = follow(
        Broadcast::new(broker.bus(), topic.as_str(), metrics()),
        &seen,
    );
    wait_for("catching up", || seen.caught_up.load(Ordering::Acquire));
    assert_eq!(seen.when_caught_up.load(Ordering::Acquire), 500);
    broker.fill(&topic, 1, 5);
    wait_for("new records", || {
        seen.records.load(Ordering::Acquire) == 505
    });
    seen.shutdown.store(true, Ordering::Release);
    follower.join().unwrap().unwrap();
}

#[test]
fn an_empty_topic_is_caught_up_with_at_once_and_a_missing_one_is_waited_for() {
    let broker = broker();
    let admin = broker.admin();
    let topic = format!("{}.late", broker.topic(1));
    let seen = Arc::<Seen>::default();
    let follower = follow(
        Broadcast::new(broker.bus(), topic.as_str(), metrics()),
        &seen,
    );
    admin
        .ensure_topics(&[crate::support::spec(&topic, 1)])
        .unwrap();
    wait_for("catching up", || seen.caught_up.load(Ordering::Acquire));
    assert_eq!(seen.when_caught_up.load(Ordering::Acquire), 0);
    seen.shutdown.store(true, Ordering::Release);
    follower.join().unwrap().unwrap();
}

#[test]
fn a_topic_of_two_partitions_has_no_one_order() {
    let broker = broker();
    let topic = broker.topic(2);
    let seen = Arc::<Seen>::default();
    let follower = follow(
        Broadcast::new(broker.bus(), topic.as_str(), metrics()),
        &seen,
    );
    let error = follower.join().unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            BusError::Partitions {
                wanted: 1,
                found: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_error_of_the_reader_ends_it() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 1);
    let shutdown = AtomicBool::new(false);
    let error = Broadcast::new(broker.bus(), topic, metrics())
        .run(|_| Err(TestError("unknown version")), || {}, &shutdown)
        .unwrap_err();
    assert!(matches!(error, BusError::Handler { .. }), "{error}");
}
