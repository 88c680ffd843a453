//! Two members of a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cnt_bus::{HandleError, TopicPartition};

use crate::support::{Gate, Ledger, Member, TestError, TestHandler, broker, wait_for};

fn numbers(partitions: &[TopicPartition]) -> Vec<i32> {
    let mut numbers: Vec<_> = partitions.iter().map(|held| held.partition).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_rebalance_finishes_the_lot_and_moves_only_what_is_revoked() {
    let broker = broker();
    let topic = broker.topic(4);
    broker.fill(&topic, 4, 300);
    let ledger = Arc::<Ledger>::default();
    let gate = Gate::default();

    let first = {
        let gate = gate.clone();
        let mut lots = 0;
        TestHandler::new("first", &ledger).before_commit(move |_| {
            lots += 1;
            if lots == 3 {
                gate.pass();
            }
            Ok(())
        })
    };
    let first_journal = Arc::clone(&first.journal);
    let first = Member::start(broker.consumer(&topic), first);
    gate.wait_until_reached();

    let second = TestHandler::new("second", &ledger);
    let second_journal = Arc::clone(&second.journal);
    let second = Member::start(broker.consumer(&topic), second);
    wait_for("the second member to look around", || {
        second_journal.ticks.load(Ordering::Relaxed) > 20
    });
    // The lot in hand holds the rebalance back: nothing has been given to the second member.
    assert!(first_journal.revoked.lock().unwrap().is_empty());
    assert_eq!(ledger.done_by("second"), 0);
    gate.open();

    wait_for("two partitions for the second", || {
        second_journal.assigned.lock().unwrap().len() == 2
    });
    wait_for("all records", || ledger.done_count() == 1_200);
    let revoked = numbers(&first_journal.revoked.lock().unwrap());
    assert_eq!(revoked, numbers(&second_journal.assigned.lock().unwrap()));
    assert_eq!(revoked.len(), 2);

    // Both go on: what comes later is shared.
    broker.fill(&topic, 4, 100);
    wait_for("the later records", || ledger.done_count() == 1_600);
    first.stop().unwrap();
    second.stop().unwrap();
    ledger.assert_complete(4, 400);
    assert_eq!(ledger.refused(), 0, "no lot was begun twice");
    assert!(ledger.done_by("second") >= 200);
}

#[test]
fn a_lot_that_keeps_failing_is_given_up_after_the_drain_timeout() {
    let broker = broker();
    let topic = broker.topic(2);
    broker.fill(&topic, 2, 40);
    let ledger = Arc::<Ledger>::default();
    let healthy = Arc::new(AtomicBool::new(false));
    let gate = Gate::default();
    gate.open();

    let first = {
        let (gate, healthy) = (gate.clone(), Arc::clone(&healthy));
        TestHandler::new("first", &ledger).before_commit(move |_| {
            gate.pass();
            if healthy.load(Ordering::Acquire) {
                Ok(())
            } else {
                Err(HandleError::Retry(TestError("no route to the database")))
            }
        })
    };
    let first = Member::start(broker.consumer(&topic), first);
    gate.wait_until_reached();

    let second = TestHandler::new("second", &ledger);
    let second = Member::start(broker.consumer(&topic), second);
    wait_for("one partition done by the second", || {
        ledger.done_by("second") == 40
    });
    assert_eq!(ledger.done_by("first"), 0);

    healthy.store(true, Ordering::Release);
    wait_for("the other done by the first", || ledger.done_count() == 80);
    first.stop().unwrap();
    second.stop().unwrap();
    ledger.assert_complete(2, 40);
}

#[test]
fn a_member_that_stops_while_its_lot_fails_leaves_it_to_the_next() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 40);
    let ledger = Arc::<Ledger>::default();
    let gate = Gate::default();
    gate.open();
    let first = {
        let gate = gate.clone();
        TestHandler::new("first", &ledger).before_commit(move |_| {
            gate.pass();
            Err(HandleError::Retry(TestError("no route to the database")))
        })
    };
    let first = Member::start(broker.consumer(&topic), first);
    gate.wait_until_reached();
    first.stop().unwrap();
    assert_eq!(ledger.done_count(), 0);

    let second = Member::start(broker.consumer(&topic), TestHandler::new("second", &ledger));
    wait_for("all records", || ledger.done_count() == 40);
    second.stop().unwrap();
    ledger.assert_complete(1, 40);
}

#[test]
fn a_member_fenced_by_its_own_name_ends() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 10);
    let ledger = Arc::<Ledger>::default();
    let mut config = broker.consumer(&topic);
    config.group_instance_id = Some("edition-0".into());
    let first = Member::start(config.clone(), TestHandler::new("first", &ledger));
    wait_for("the first records", || ledger.done_count() == 10);

    let second = Member::start(config, TestHandler::new("second", &ledger));
    let error = first.join().unwrap_err();
    assert!(!error.is_transient(), "{error}");
    broker.fill(&topic, 1, 10);
    wait_for("the records of the second", || {
        ledger.done_by("second") == 10
    });
    second.stop().unwrap();
    ledger.assert_complete(1, 20);
}
