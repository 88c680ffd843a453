use cnt_store::quarantine::{
    QuarantineCounts, QuarantineState, QuarantinedRecord, Request, counts, get, list, put,
    request_discard, request_replay, resolve, take_requested,
};
use cnt_store::{StoreError, lot_transaction};
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::support::database;

fn record(offset: i64) -> QuarantinedRecord {
    QuarantinedRecord {
        topic: "cnt.mif.inbound.v1".to_owned(),
        topic_id: Uuid::from_u128(7),
        partition: 2,
        record_offset: offset,
        key: Some(b"service".to_vec()),
        value: Some(vec![0, 1, 255]),
        headers: vec![
            ("a".to_owned(), vec![1]),
            ("a".to_owned(), vec![]),
            ("reception".to_owned(), vec![0, 255]),
        ],
        reason: "undecodable".to_owned(),
        detail: "no header".to_owned(),
    }
}

#[test]
fn a_record_is_kept_whole_and_once() {
    let database = database();
    let conn = &mut database.connect();
    let bare = QuarantinedRecord {
        key: None,
        value: None,
        headers: vec![],
        ..record(2)
    };
    assert_eq!(put(conn, &[record(1), bare.clone()]).unwrap(), 2);
    let changed = QuarantinedRecord {
        reason: "other".to_owned(),
        ..record(1)
    };
    assert_eq!(put(conn, &[changed, record(3)]).unwrap(), 1);
    assert_eq!(put(conn, &[]).unwrap(), 0);
    let entries = list(conn, Some(QuarantineState::Waiting), 10).unwrap();
    let records: Vec<_> = entries.iter().map(|entry| entry.record.clone()).collect();
    assert_eq!(records, [record(1), bare, record(3)]);
    assert_eq!(list(conn, None, 2).unwrap(), entries[..2]);
    assert_eq!(list(conn, Some(QuarantineState::Replay), 10).unwrap(), []);
    let first = &entries[0];
    assert_eq!(get(conn, first.id).unwrap().as_ref(), Some(first));
    assert_eq!(get(conn, Uuid::nil()).unwrap(), None);
    assert!(first.at_epoch_us > 1_500_000_000_000_000 && first.resolved_at_epoch_us.is_none());
    // The id follows from the coordinates: it is the same in a database built anew.
    conn.batch_execute("DELETE FROM quarantine").unwrap();
    put(conn, &[record(1)]).unwrap();
    assert_eq!(list(conn, None, 1).unwrap()[0].id, first.id);
}

#[test]
fn text_that_postgresql_refuses_is_made_acceptable() {
    let database = database();
    let conn = &mut database.connect();
    let poison = QuarantinedRecord {
        headers: vec![("na\0me".to_owned(), vec![0])],
        reason: "nul\0".to_owned(),
        detail: "é\0".repeat(10_000),
        ..record(1)
    };
    assert_eq!(put(conn, &[poison]).unwrap(), 1);
    let kept = list(conn, None, 1).unwrap().remove(0).record;
    assert_eq!(kept.reason, "nul\u{fffd}");
    assert_eq!(kept.headers, [("na\u{fffd}me".to_owned(), vec![0])]);
    assert_eq!(kept.detail.chars().count(), 4_000);
}

#[test]
fn the_way_of_a_replay_and_of_a_discard() {
    let database = database();
    let conn = &mut database.connect();
    put(conn, &[record(1), record(2), record(3)]).unwrap();
    let ids: Vec<Uuid> = list(conn, None, 10).unwrap().iter().map(|e| e.id).collect();
    assert_eq!(request_replay(conn, ids[0]).unwrap(), Request::Recorded);
    assert_eq!(request_discard(conn, ids[1]).unwrap(), Request::Recorded);
    assert_eq!(
        request_discard(conn, ids[0]).unwrap(),
        Request::NotWaiting(QuarantineState::Replay)
    );
    assert_eq!(request_replay(conn, Uuid::nil()).unwrap(), Request::Unknown);
    let open = QuarantineCounts {
        waiting: 1,
        replay: 1,
        discard: 1,
        ..QuarantineCounts::default()
    };
    assert_eq!(counts(conn).unwrap(), open);
    assert_eq!(open.in_progress(), 3);

    // The replay fails the first time.
    resolve(conn, &ids[..1], QuarantineState::Waiting).unwrap();
    assert_eq!(request_replay(conn, ids[0]).unwrap(), Request::Recorded);
    lot_transaction(conn, |conn| {
        let taken = take_requested(conn, 10)?;
        assert_eq!(
            taken.iter().map(|e| (e.id, e.state)).collect::<Vec<_>>(),
            [
                (ids[0], QuarantineState::Replay),
                (ids[1], QuarantineState::Discard)
            ]
        );
        resolve(conn, &ids[..1], QuarantineState::Replayed)?;
        resolve(conn, &ids[1..2], QuarantineState::Discarded)?;
        Ok(())
    })
    .unwrap();
    let counted = counts(conn).unwrap();
    assert_eq!((counted.replayed, counted.discarded), (1, 1));
    assert_eq!(counted.in_progress(), 1);
    let replayed = get(conn, ids[0]).unwrap().unwrap();
    assert!(replayed.resolved_at_epoch_us >= Some(replayed.at_epoch_us));
    assert_eq!(
        request_replay(conn, ids[0]).unwrap(),
        Request::NotWaiting(QuarantineState::Replayed)
    );
    assert_eq!(take_requested(conn, 10).unwrap(), []);
}

#[test]
fn steps_that_do_not_exist_are_refused() {
    let database = database();
    let conn = &mut database.connect();
    put(conn, &[record(1), record(2)]).unwrap();
    let ids: Vec<Uuid> = list(conn, None, 10).unwrap().iter().map(|e| e.id).collect();
    request_discard(conn, ids[0]).unwrap();
    for (id, state) in [
        (ids[0], QuarantineState::Replayed),
        (ids[1], QuarantineState::Discarded),
        (ids[0], QuarantineState::Replay),
    ] {
        let refused = resolve(conn, &[id], state);
        assert!(
            matches!(refused, Err(StoreError::Refused { .. })),
            "{state}"
        );
    }
    assert_eq!(counts(conn).unwrap().in_progress(), 2);
}

#[test]
fn two_instances_take_different_records() {
    let database = database();
    let (mut one, mut two) = (database.connect(), database.connect());
    put(&mut one, &[record(1), record(2), record(3)]).unwrap();
    for entry in list(&mut one, None, 10).unwrap() {
        request_replay(&mut one, entry.id).unwrap();
    }
    one.batch_execute("BEGIN").unwrap();
    let first = take_requested(&mut one, 2).unwrap();
    assert_eq!(first.len(), 2);
    let second = take_requested(&mut two, 10).unwrap();
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].record, record(3));
}
