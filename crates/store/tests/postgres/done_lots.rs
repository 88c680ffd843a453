use cnt_store::done_lots::{claim, count, forget};
use cnt_store::{LotError, lot_transaction};
use diesel::connection::SimpleConnection;

use crate::support::database;

#[test]
fn a_lot_is_new_once_in_each_stream() {
    let database = database();
    let conn = &mut database.connect();
    assert!(claim(conn, "verdict", &[]).unwrap().is_empty());
    assert_eq!(
        claim(conn, "verdict", &[[9; 32], [1; 32], [9; 32]]).unwrap(),
        [true, true, false]
    );
    assert_eq!(
        claim(conn, "verdict", &[[2; 32], [1; 32]]).unwrap(),
        [true, false]
    );
    assert_eq!(claim(conn, "document", &[[1; 32]]).unwrap(), [true]);
    assert_eq!(count(conn, "verdict").unwrap(), 3);
}

#[test]
fn a_claim_of_a_rolled_back_transaction_is_void() {
    let database = database();
    let conn = &mut database.connect();
    let outcome: Result<(), LotError> = lot_transaction(conn, |conn| {
        assert_eq!(claim(conn, "verdict", &[[1; 32]])?, [true]);
        Err(LotError::refused("bad lot"))
    });
    outcome.unwrap_err();
    assert_eq!(claim(conn, "verdict", &[[1; 32]]).unwrap(), [true]);
}

#[test]
fn of_two_claims_at_once_the_second_waits_and_finds_the_lot_done() {
    let database = database();
    let (mut one, mut two) = (database.connect(), database.connect());
    one.batch_execute("BEGIN").unwrap();
    assert_eq!(claim(&mut one, "verdict", &[[1; 32]]).unwrap(), [true]);
    let second = std::thread::scope(|scope| {
        let second = scope.spawn(|| claim(&mut two, "verdict", &[[1; 32]]));
        database.wait_for_blocked_session();
        one.batch_execute("COMMIT").unwrap();
        second.join().unwrap()
    });
    assert_eq!(second.unwrap(), [false]);
}

#[test]
fn old_lots_are_forgotten() {
    let database = database();
    let conn = &mut database.connect();
    claim(conn, "verdict", &[[1; 32], [2; 32]]).unwrap();
    conn.batch_execute(
        "UPDATE done_lot SET at = at - interval '31 days' WHERE get_byte(lot_id, 0) = 1",
    )
    .unwrap();
    assert_eq!(forget(conn, 30).unwrap(), 1);
    assert_eq!(
        claim(conn, "verdict", &[[1; 32], [2; 32]]).unwrap(),
        [true, false]
    );
}

#[test]
fn nothing_of_a_stream_is_forgotten_while_one_of_its_records_is_in_quarantine() {
    let database = database();
    let conn = &mut database.connect();
    claim(conn, "verdict", &[[1; 32]]).unwrap();
    claim(conn, "document", &[[2; 32]]).unwrap();
    conn.batch_execute(
        "UPDATE done_lot SET at = at - interval '31 days'; \
         INSERT INTO quarantine (id, topic, topic_id, partition, record_offset, reason) \
         VALUES (gen_random_uuid(), 'verdict', gen_random_uuid(), 0, 7, 'failed')",
    )
    .unwrap();
    assert_eq!(forget(conn, 30).unwrap(), 1);
    assert_eq!(claim(conn, "verdict", &[[1; 32]]).unwrap(), [false]);
    conn.batch_execute("UPDATE quarantine SET state = 'replayed', resolved_at = clock_timestamp()")
        .unwrap();
    assert_eq!(forget(conn, 30).unwrap(), 1);
    assert_eq!(claim(conn, "verdict", &[[1; 32]]).unwrap(), [true]);
}
