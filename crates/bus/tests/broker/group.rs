//! One member of a group: lots, positions, and what a handler may answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use cnt_bus::{BusError, HandleError, Lot};

use crate::support::{Ledger, Member, TestError, TestHandler, broker, wait_for};

fn shape(lot: &Lot) -> Vec<(i32, i64, i64)> {
    lot.ranges
        .iter()
        .map(|range| (range.partition, range.first_offset, range.next_offset))
        .collect()
}

#[test]
fn every_record_is_handled_once_and_positions_survive_a_restart() {
    let broker = broker();
    let topic = broker.topic(3);
    let topic_id = broker.admin().topic_id(&topic).unwrap();
    broker.fill(&topic, 3, 400);
    let ledger = Arc::<Ledger>::default();
    let mut config = broker.consumer(&topic);
    config.group_instance_id = Some("member-0".into());

    let member = Member::start(config.clone(), TestHandler::new("first", &ledger));
    wait_for("all records", || ledger.done_count() == 1_200);
    member.stop().unwrap();
    assert_eq!(ledger.position(topic_id, 2), Some(400));

    broker.fill(&topic, 3, 100);
    let member = Member::start(config, TestHandler::new("second", &ledger));
    wait_for("the new records", || ledger.done_count() == 1_500);
    member.stop().unwrap();
    ledger.assert_complete(3, 500);
    assert_eq!(ledger.done_by("second"), 300);
    assert_eq!(ledger.refused(), 0);
}

#[test]
fn a_retry_brings_the_same_lot_again() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 120);
    let ledger = Arc::<Ledger>::default();
    let seen = Arc::<Mutex<Vec<_>>>::default();
    let handler = {
        let seen = Arc::clone(&seen);
        TestHandler::new("a", &ledger).before_commit(move |lot| {
            let mut seen = seen.lock().unwrap();
            seen.push(shape(lot));
            match seen.len() {
                1..4 => Err(HandleError::Retry(TestError("database is away"))),
                _ => Ok(()),
            }
        })
    };
    let member = Member::start(broker.consumer(&topic), handler);
    wait_for("all records", || ledger.done_count() == 120);
    member.stop().unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen[..4].iter().all(|lot| *lot == seen[0]), "{seen:?}");
    ledger.assert_complete(1, 120);
}

#[test]
fn a_lost_lot_is_dropped_and_reading_goes_on_from_the_stored_position() {
    let broker = broker();
    let topic = broker.topic(1);
    let topic_id = broker.admin().topic_id(&topic).unwrap();
    broker.fill(&topic, 1, 200);
    let ledger = Arc::<Ledger>::default();
    let lots = Arc::new(AtomicU32::new(0));
    let handler = {
        let (ledger_of_others, lots) = (Arc::clone(&ledger), Arc::clone(&lots));
        TestHandler::new("a", &ledger).before_commit(move |_| {
            // Somebody else moves the position forward, then back.
            match lots.fetch_add(1, Ordering::Relaxed) {
                0 => ledger_of_others.set_position(topic_id, 0, 130),
                2 => ledger_of_others.set_position(topic_id, 0, 20),
                _ => {}
            }
            Ok(())
        })
    };
    let member = Member::start(broker.consumer(&topic), handler);
    wait_for("the end", || ledger.position(topic_id, 0) == Some(200));
    member.stop().unwrap();
    let offsets: Vec<_> = ledger.done().iter().map(|done| done.offset).collect();
    let first_run: Vec<_> = (130..180).chain(20..200).collect();
    assert_eq!(offsets, first_run);
    assert_eq!(ledger.refused(), 2);
}

#[test]
fn a_fatal_error_ends_the_run_with_its_cause() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 1);
    let handler = TestHandler::new("a", &Arc::default())
        .before_commit(|_| Err(HandleError::Fatal(TestError("schema is too new"))));
    let error = Member::start(broker.consumer(&topic), handler)
        .join()
        .unwrap_err();
    let BusError::Handler { source } = error else {
        panic!("{error}")
    };
    assert_eq!(source.to_string(), "schema is too new");
}

#[test]
fn a_position_that_the_broker_does_not_have_is_an_error_not_a_jump() {
    let broker = broker();
    let topic = broker.topic(1);
    let topic_id = broker.admin().topic_id(&topic).unwrap();
    broker.fill(&topic, 1, 10);
    let ledger = Arc::<Ledger>::default();
    ledger.set_position(topic_id, 0, 11);
    let member = Member::start(broker.consumer(&topic), TestHandler::new("a", &ledger));
    let error = member.join().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("position 11 of {topic}/0 is outside the broker's records [0, 10)")
    );
    assert_eq!(ledger.done_count(), 0);
}

#[test]
fn positions_that_are_not_to_be_had_yet_are_asked_for_again() {
    let broker = broker();
    let topic = broker.topic(2);
    let topic_id = broker.admin().topic_id(&topic).unwrap();
    broker.fill(&topic, 2, 100);
    let ledger = Arc::<Ledger>::default();
    ledger.set_position(topic_id, 1, 60);
    let mut handler = TestHandler::new("a", &ledger);
    handler.positions_to_fail = 3;
    let member = Member::start(broker.consumer(&topic), handler);
    wait_for("all records", || ledger.done_count() == 140);
    member.stop().unwrap();
    let first_of = |partition| {
        ledger
            .done()
            .iter()
            .find(|done| done.partition == partition)
            .map(|done| done.offset)
    };
    assert_eq!(first_of(0), Some(0));
    assert_eq!(first_of(1), Some(60));
    assert_eq!(ledger.refused(), 0);
}

#[test]
fn ticks_come_without_records() {
    let broker = broker();
    let topic = broker.topic(1);
    let handler = TestHandler::new("a", &Arc::default());
    let journal = Arc::clone(&handler.journal);
    let member = Member::start(broker.consumer(&topic), handler);
    wait_for("ticks", || journal.ticks.load(Ordering::Relaxed) > 5);
    member.stop().unwrap();
}
