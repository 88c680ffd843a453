use std::sync::Barrier;

use cnt_store::positions::{AdvanceError, Position, PositionMove, advance, all, load};
use cnt_store::{FailureClass, LotError, StoreError, lot_transaction};
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::support::database;

const TOPIC: Uuid = Uuid::from_u128(0x7091c);

fn step(partition: i32, expected: i64, next: i64) -> PositionMove {
    PositionMove {
        topic_id: TOPIC,
        topic: "cnt.mif.inbound.v1".to_owned(),
        partition,
        expected,
        next,
    }
}

#[test]
fn a_position_is_created_then_moved() {
    let database = database();
    let conn = &mut database.connect();
    assert_eq!(load(conn, &[(TOPIC, 0), (TOPIC, 1)]).unwrap(), [None, None]);
    advance(conn, &[step(1, 40, 50)]).unwrap();
    advance(conn, &[step(1, 50, 60), step(0, 0, 7)]).unwrap();
    // In the order asked, repeated if asked twice.
    assert_eq!(
        load(conn, &[(TOPIC, 1), (TOPIC, 0), (TOPIC, 2), (TOPIC, 1)]).unwrap(),
        [Some(60), Some(7), None, Some(60)]
    );
    // Another topic id is another topic, whatever its name.
    assert_eq!(load(conn, &[(Uuid::from_u128(2), 1)]).unwrap(), [None]);
    assert_eq!(
        all(conn).unwrap().pop().unwrap(),
        Position {
            topic_id: TOPIC,
            topic: "cnt.mif.inbound.v1".to_owned(),
            partition: 1,
            previous_offset: 50,
            next_offset: 60,
        }
    );
}

#[test]
fn of_two_zombies_one_after_the_other_the_second_loses() {
    let database = database();
    for first in [0, 10] {
        let (mut one, mut two) = (database.connect(), database.connect());
        lot_transaction(&mut one, |conn| {
            Ok(advance(conn, &[step(0, first, first + 10)])?)
        })
        .unwrap();
        let lost = lot_transaction(&mut two, |conn| {
            conn.batch_execute("CREATE TABLE effect_of_the_zombie ()")?;
            Ok(advance(conn, &[step(0, first, first + 5)])?)
        })
        .unwrap_err();
        assert_eq!(lost.class(), FailureClass::Lost);
        assert_eq!(
            lost.to_string(),
            "position moved by another consumer: cnt.mif.inbound.v1/0"
        );
        assert_eq!(load(&mut two, &[(TOPIC, 0)]).unwrap(), [Some(first + 10)]);
        assert!(two.batch_execute("TABLE effect_of_the_zombie").is_err());
    }
}

#[test]
fn the_second_zombie_waits_for_the_first_ones_commit() {
    let database = database();
    for first in [0, 10] {
        let (mut one, mut two) = (database.connect(), database.connect());
        one.batch_execute("BEGIN").unwrap();
        advance(&mut one, &[step(0, first, first + 10)]).unwrap();
        let outcome = std::thread::scope(|scope| {
            let second = scope.spawn(|| advance(&mut two, &[step(0, first, first + 10)]));
            database.wait_for_blocked_session();
            one.batch_execute("COMMIT").unwrap();
            second.join().unwrap()
        });
        assert!(matches!(outcome, Err(AdvanceError::Lost(_))), "{outcome:?}");
    }
}

#[test]
fn the_second_zombie_wins_when_the_first_rolls_back() {
    let database = database();
    let (mut one, mut two) = (database.connect(), database.connect());
    one.batch_execute("BEGIN").unwrap();
    advance(&mut one, &[step(0, 0, 10)]).unwrap();
    let outcome = std::thread::scope(|scope| {
        let second = scope.spawn(|| advance(&mut two, &[step(0, 0, 12)]));
        database.wait_for_blocked_session();
        one.batch_execute("ROLLBACK").unwrap();
        second.join().unwrap()
    });
    outcome.unwrap();
    assert_eq!(load(&mut two, &[(TOPIC, 0)]).unwrap(), [Some(12)]);
}

#[test]
fn at_the_same_instant_exactly_one_wins_every_round() {
    const ROUNDS: i64 = 100;
    const ZOMBIES: usize = 4;
    let database = database();
    let barrier = Barrier::new(ZOMBIES);
    let wins: i64 = std::thread::scope(|scope| {
        let zombies: Vec<_> = (0..ZOMBIES)
            .map(|_| {
                scope.spawn(|| {
                    let mut conn = database.connect();
                    (0..ROUNDS)
                        .map(|round| {
                            barrier.wait();
                            // Two partitions, in either order: no deadlock.
                            let mut steps =
                                vec![step(0, round, round + 1), step(1, round, round + 1)];
                            if round % 2 == 0 {
                                steps.reverse();
                            }
                            match lot_transaction(&mut conn, |conn| Ok(advance(conn, &steps)?)) {
                                Ok(()) => 1,
                                Err(LotError::Lost(lost)) => {
                                    assert_eq!(lost.partitions.len(), 2);
                                    0
                                }
                                Err(error) => panic!("{error:?}"),
                            }
                        })
                        .sum::<i64>()
                })
            })
            .collect();
        zombies
            .into_iter()
            .map(|zombie| zombie.join().unwrap())
            .sum()
    });
    assert_eq!(wins, ROUNDS);
    assert_eq!(
        load(&mut database.connect(), &[(TOPIC, 0), (TOPIC, 1)]).unwrap(),
        [Some(ROUNDS), Some(ROUNDS)]
    );
}

#[test]
fn several_partitions_move_together_or_not_at_all() {
    let database = database();
    let conn = &mut database.connect();
    advance(conn, &[step(0, 0, 5), step(1, 0, 5)]).unwrap();
    let lost = lot_transaction(conn, |conn| {
        Ok(advance(
            conn,
            &[step(0, 5, 9), step(1, 4, 9), step(2, 0, 9)],
        )?)
    });
    match lost {
        Err(LotError::Lost(lost)) => {
            assert_eq!(lost.partitions, [("cnt.mif.inbound.v1".to_owned(), 1)]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        load(conn, &[(TOPIC, 0), (TOPIC, 1), (TOPIC, 2)]).unwrap(),
        [Some(5), Some(5), None]
    );
}

#[test]
fn moves_that_contradict_themselves_never_reach_the_database() {
    let database = database();
    let conn = &mut database.connect();
    for bad in [vec![step(0, 5, 5)], vec![step(0, 0, 1), step(0, 1, 2)]] {
        let error = advance(conn, &bad).unwrap_err();
        assert!(matches!(
            error,
            AdvanceError::Store(StoreError::Refused { .. })
        ));
    }
    advance(conn, &[]).unwrap();
    assert_eq!(all(conn).unwrap(), []);
}
