//! What breaks or exhausts the parts: alone, while no other test runs.

use std::io::Write;
use std::sync::PoisonError;

use cnt_contracts::receipt::SubmissionAcknowledged;
use cnt_testkit::wait_for;

use crate::connections::Socket;
use crate::world::{PEACE, SUBMISSIONS_MAX, SUBMISSIONS_PER_STATION_MAX, world};

#[test]
fn without_broker_nothing_is_acknowledged_and_after_its_restart_all_is_as_before() {
    let world = world();
    let _war = PEACE.write().unwrap_or_else(PoisonError::into_inner);
    let before = world.submit_lines(10, b"e.y.J\ne.y.K");
    let before: SubmissionAcknowledged = serde_json::from_str(&before.body).unwrap();
    let kafka = world.stack.stack().kafka();
    kafka.kill_hard().unwrap();
    let answer = world.submit_lines(10, b"e.y.J\ne.y.K");
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.problem().code, "not_acknowledged");
    assert!(answer.retry_after.unwrap().parse::<u32>().unwrap() > 0);
    kafka.restart().unwrap();
    let after = wait_for("an acknowledgement", || {
        let answer = world.submit_lines(10, b"e.y.J\ne.y.K");
        Ok((answer.status == 202).then_some(answer))
    })
    .unwrap();
    let after: SubmissionAcknowledged = serde_json::from_str(&after.body).unwrap();
    let inbound = world.inbound(10);
    for told in before
        .acknowledgements
        .iter()
        .chain(&after.acknowledgements)
    {
        assert!(inbound.contains_key(&told.reception));
    }
}

#[test]
fn more_submissions_at_once_than_allowed_are_told_to_come_back() {
    let world = world();
    let _war = PEACE.write().unwrap_or_else(PoisonError::into_inner);
    let head = "POST /v1/mifs HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/jose\r\n\
                CNT-Seal: e..s\r\nContent-Length: 100\r\n\r\nbegun";
    let begin = || -> Vec<Socket> {
        let begun = (0..SUBMISSIONS_MAX).map(|turn| {
            // Each has its own turns: it takes several stations to use up all.
            let station = if turn < SUBMISSIONS_PER_STATION_MAX {
                14
            } else {
                15
            };
            let mut socket = world.socket(Some(&world.issued(station))).unwrap();
            socket.write_all(head.as_bytes()).unwrap();
            socket
        });
        begun.collect()
    };
    let mut begun = Vec::new();
    let busy = wait_for("429", || {
        // The gateway gives up what is begun and does not go on: on a busy machine before it was looked at.
        begun = begin();
        let answers = (0..20).map(|_| world.submit_lines(11, b"e.y.J"));
        Ok(answers.into_iter().find(|answer| answer.status == 429))
    })
    .unwrap();
    assert_eq!(busy.problem().code, "too_many_requests");
    assert_eq!(busy.retry_after.as_deref(), Some("1"));
    drop(begun);
    wait_for("room", || {
        Ok((world.submit_lines(11, b"e.y.J").status == 202).then_some(()))
    })
    .unwrap();
}
