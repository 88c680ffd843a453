//! What one station may ask: it exhausts itself, not the others.

use std::io::{Read, Write};
use std::sync::PoisonError;

use cnt_testkit::wait_for;

use crate::world::{PEACE, SUBMISSIONS_PER_STATION_MAX, world};

#[test]
fn a_station_that_hands_in_too_fast_is_told_when_to_come_back() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let thousand = b"e.y.J\n".repeat(1_000);
    assert_eq!(world.submit_lines(16, &thousand).status, 202);
    let refused = world.submit_lines(16, &thousand);
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.problem().code, "rate_exceeded");
    // 500 are left, 10 come back in a second.
    let seconds: u64 = refused.retry_after.unwrap().parse().unwrap();
    assert!((30..=50).contains(&seconds), "{seconds}");
    assert_eq!(world.submit_lines(17, &thousand).status, 202);
    assert_eq!(world.inbound(16).len(), 1_000);
}

#[test]
fn a_station_that_sends_slowly_holds_its_own_turns_and_is_cut() {
    let world = world();
    // Its slow submissions would be refused while others hold every turn there is.
    let _war = PEACE.write().unwrap_or_else(PoisonError::into_inner);
    let head = "POST /v1/mifs HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/jose\r\n\
                CNT-Seal: e..s\r\nContent-Length: 100\r\n\r\nbegun";
    let mut slow: Vec<_> = (0..=SUBMISSIONS_PER_STATION_MAX)
        .map(|_| {
            let mut socket = world.socket(Some(&world.issued(18))).unwrap();
            socket.write_all(head.as_bytes()).unwrap();
            socket
        })
        .collect();
    assert_eq!(world.submit_lines(19, b"e.y.J").status, 202);
    // One too many is refused at once; the others are cut when their time is over.
    let mut statuses: Vec<_> = slow
        .iter_mut()
        .map(|socket| {
            let mut answer = [0; 12];
            socket.read_exact(&mut answer).unwrap();
            String::from_utf8(answer.to_vec()).unwrap()
        })
        .collect();
    statuses.sort();
    let (cut, refused) = statuses.split_at(SUBMISSIONS_PER_STATION_MAX);
    assert!(cut.iter().all(|status| status == "HTTP/1.1 408"), "{cut:?}");
    assert_eq!(refused, ["HTTP/1.1 429"]);
    wait_for("its turns to come back", || {
        Ok((world.submit_lines(18, b"e.y.J").status == 202).then_some(()))
    })
    .unwrap();
}
