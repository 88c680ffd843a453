use cnt_store::outbox::{PublishError, RelayError, pending, put};
use cnt_store::{LotError, lot_transaction};

use crate::outbox::{EAGER, commit, event};
use crate::support::database;

#[test]
fn a_rolled_back_lot_says_nothing() {
    let database = database();
    let conn = &mut database.connect();
    let outcome: Result<(), LotError> = lot_transaction(conn, |conn| {
        put(conn, &[event(1)])?;
        Err(LotError::refused("no such agent"))
    });
    assert!(matches!(outcome, Err(LotError::Refused(_))));
    assert_eq!(pending(conn).unwrap().count, 0);
}

#[test]
fn rows_stay_when_the_broker_fails() {
    let database = database();
    let conn = &mut database.connect();
    let ids = commit(conn, &[event(1), event(2)]);
    let failed = EAGER.publish_fresh(conn, &ids, |_| Err(PublishError("broker is away".into())));
    assert!(matches!(failed, Err(RelayError::Publish(_))));
    assert_eq!(pending(conn).unwrap().count, 2);
    assert_eq!(EAGER.sweep(conn, |_| Ok(())).unwrap(), 2);
}

#[test]
fn rows_are_back_when_the_relay_dies_before_the_acknowledgement() {
    let database = database();
    let mut dying = database.connect();
    let ids = commit(&mut dying, &[event(1)]);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        EAGER.publish_fresh(&mut dying, &ids, |_| panic!("killed"))
    }));
    assert!(panicked.is_err());
    let conn = &mut database.connect();
    let mut swept = 0;
    // The server notices that its client is gone a moment later.
    crate::support::wait_for("the row to come back", || {
        swept += EAGER.sweep(conn, |_| Ok(())).unwrap();
        swept > 0
    });
    assert_eq!(swept, 1);
}

#[test]
fn events_go_out_again_when_the_database_dies_after_the_acknowledgement() {
    let database = database();
    let mut conn = database.connect();
    let ids = commit(&mut conn, &[event(1)]);
    let pid_holder = crate::support::backend_pid(&mut conn);
    let outcome = EAGER.publish_fresh(&mut conn, &ids, |_| {
        database.terminate_pid(pid_holder);
        Ok(())
    });
    match outcome {
        Err(RelayError::Store(error)) => assert!(error.is_transient(), "{error:?}"),
        other => panic!("{other:?}"),
    }
    let mut published = Vec::new();
    let swept = EAGER.sweep(&mut database.connect(), |batch| {
        published.extend_from_slice(batch);
        Ok(())
    });
    assert_eq!(swept.unwrap(), 1);
    assert_eq!(published, [event(1)]);
}
