use std::sync::Barrier;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use cnt_store::outbox::{OutboxEvent, Relay, pending, put};
use cnt_store::{PgConnection, lot_transaction};
use diesel::connection::SimpleConnection;

use crate::support::database;

/// A relay whose sweeper takes fresh rows too.
pub(crate) const EAGER: Relay = Relay {
    batch_max: 100,
    grace_ms: 0,
};

pub(crate) fn event(number: u32) -> OutboxEvent {
    OutboxEvent {
        topic: "cnt.verdict.lot.v1".to_owned(),
        partition: number.is_multiple_of(2).then_some(3),
        key: number.to_be_bytes().to_vec(),
        payload: vec![0, 255, b'\'', b'\\', 10],
    }
}

pub(crate) fn commit(conn: &mut PgConnection, events: &[OutboxEvent]) -> Vec<i64> {
    lot_transaction(conn, |conn| Ok(put(conn, events)?)).unwrap()
}

#[test]
fn fresh_rows_are_published_once_in_order_and_are_gone() {
    let database = database();
    let conn = &mut database.connect();
    let events: Vec<OutboxEvent> = (0..5).map(event).collect();
    let ids = commit(conn, &events);
    assert_eq!(ids.len(), 5);
    assert_eq!(pending(conn).unwrap().count, 5);
    let mut published = Vec::new();
    let count = Relay::default()
        .publish_fresh(conn, &ids, |batch| {
            published.extend_from_slice(batch);
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 5);
    assert_eq!(published, events);
    assert_eq!(EAGER.sweep(conn, |_| panic!("nothing is left")).unwrap(), 0);
    // Told twice, published once.
    let again = Relay::default().publish_fresh(conn, &ids, |_| panic!("nothing is left"));
    assert_eq!(again.unwrap(), 0);
    let left = pending(conn).unwrap();
    assert_eq!((left.count, left.oldest_age_seconds), (0, 0.0));
}

#[test]
fn nothing_to_say_is_nothing_said() {
    let database = database();
    let conn = &mut database.connect();
    assert!(put(conn, &[]).unwrap().is_empty());
    let none = Relay::default().publish_fresh(conn, &[], |_| panic!("no event"));
    assert_eq!(none.unwrap(), 0);
}

#[test]
fn what_a_crash_left_is_swept_in_bounded_batches_oldest_first() {
    let database = database();
    let events: Vec<OutboxEvent> = (0..7).map(event).collect();
    // The process dies between commit and publication: it simply never publishes.
    commit(&mut database.connect(), &events);
    let conn = &mut database.connect();
    assert!(pending(conn).unwrap().oldest_age_seconds > 0.0);
    let relay = Relay {
        batch_max: 3,
        grace_ms: 0,
    };
    let mut batches = Vec::new();
    loop {
        let swept = relay.sweep(conn, |batch| {
            batches.push(batch.to_vec());
            Ok(())
        });
        if swept.unwrap() == 0 {
            break;
        }
    }
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(batches.concat(), events);
}

#[test]
fn the_sweeper_leaves_fresh_rows_to_their_writer() {
    let database = database();
    let conn = &mut database.connect();
    let ids = commit(conn, &[event(1)]);
    let patient = Relay {
        batch_max: 10,
        grace_ms: 3_600_000,
    };
    assert_eq!(patient.sweep(conn, |_| panic!("too early")).unwrap(), 0);
    conn.batch_execute("UPDATE outbox SET created_at = created_at - interval '2 hours'")
        .unwrap();
    assert_eq!(patient.sweep(conn, |_| Ok(())).unwrap(), 1);
    assert_eq!(
        patient
            .publish_fresh(conn, &ids, |_| panic!("swept"))
            .unwrap(),
        0
    );
}

#[test]
fn while_one_relay_waits_for_the_broker_another_skips_its_rows() {
    let database = database();
    let conn = &mut database.connect();
    let ids = commit(conn, &[event(1), event(2)]);
    let late = commit(conn, &[event(3)]);
    let other = &mut database.connect();
    let count = EAGER.publish_fresh(conn, &ids, |batch| {
        assert_eq!(batch.len(), 2);
        // Inside the publication: neither a sweeper nor a second publication of the same rows gets them.
        let swept = EAGER.sweep(other, |batch| {
            assert_eq!(batch, [event(3)]);
            Ok(())
        });
        assert_eq!(swept.unwrap(), 1);
        assert_eq!(
            EAGER
                .publish_fresh(other, &ids, |_| panic!("held"))
                .unwrap(),
            0
        );
        Ok(())
    });
    assert_eq!(count.unwrap(), 2);
    assert_eq!(
        EAGER
            .publish_fresh(conn, &late, |_| panic!("swept"))
            .unwrap(),
        0
    );
}

#[test]
fn a_late_commit_of_a_smaller_id_is_published() {
    let database = database();
    let (mut slow, mut fast) = (database.connect(), database.connect());
    slow.batch_execute("BEGIN").unwrap();
    let small = put(&mut slow, &[event(1)]).unwrap();
    let large = commit(&mut fast, &[event(2)]);
    assert!(small < large);
    assert_eq!(
        EAGER.publish_fresh(&mut fast, &large, |_| Ok(())).unwrap(),
        1
    );
    assert_eq!(
        EAGER.sweep(&mut fast, |_| panic!("not committed")).unwrap(),
        0
    );
    slow.batch_execute("COMMIT").unwrap();
    // Its writer crashes here.
    let mut published = Vec::new();
    let swept = EAGER.sweep(&mut fast, |batch| {
        published.extend_from_slice(batch);
        Ok(())
    });
    assert_eq!(swept.unwrap(), 1);
    assert_eq!(published, [event(1)]);
}

#[test]
fn writers_and_sweepers_together_publish_each_event_once() {
    const WRITERS: u32 = 3;
    const SWEEPERS: usize = 2;
    const LOTS: u32 = 60;
    let database = database();
    let published = Mutex::new(Vec::new());
    let start = Barrier::new(WRITERS as usize + SWEEPERS);
    let publish = |batch: &[OutboxEvent]| {
        published
            .lock()
            .unwrap()
            .extend(batch.iter().map(|e| e.key.clone()));
        Ok(())
    };
    let (done, ended) = channel::<()>();
    let ended = Mutex::new(ended);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (database, start, done) = (&database, &start, done.clone());
            scope.spawn(move || {
                let mut conn = database.connect();
                start.wait();
                for lot in 0..LOTS {
                    let ids = commit(&mut conn, &[event(writer * 1_000 + lot)]);
                    // Every third lot is left to the sweepers.
                    if !lot.is_multiple_of(3) {
                        EAGER.publish_fresh(&mut conn, &ids, publish).unwrap();
                    }
                }
                drop(done);
            });
        }
        drop(done);
        for _ in 0..SWEEPERS {
            scope.spawn(|| {
                let mut conn = database.connect();
                start.wait();
                loop {
                    let writers_ended = ended.lock().unwrap().try_recv()
                        == Err(std::sync::mpsc::TryRecvError::Disconnected);
                    if EAGER.sweep(&mut conn, publish).unwrap() == 0 && writers_ended {
                        break;
                    }
                }
            });
        }
    });
    let mut published = published.into_inner().unwrap();
    let total = published.len();
    published.sort_unstable();
    published.dedup();
    assert_eq!(published.len(), (WRITERS * LOTS) as usize, "none is lost");
    assert_eq!(total, published.len(), "none is published twice");
    assert_eq!(pending(&mut database.connect()).unwrap().count, 0);
}
