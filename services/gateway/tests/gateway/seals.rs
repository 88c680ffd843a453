//! Seals: without the connected station's own, over these very MIFs, nothing is taken.

use std::sync::PoisonError;

use cnt_trust::issue::Issued;

use crate::connections::{identity, seal_by};
use crate::world::{Answer, LISTED, PEACE, World, legal_now_s, world};

const MIFS: [&[u8]; 2] = [b"e.y.J", b"e.y.K"];

fn sealed_by(issued: &Issued, at: i64) -> String {
    seal_by(issued, MIFS, at)
}

impl World {
    fn submit_with(&self, station: u8, seal: Option<&str>) -> Answer {
        let lines = ("Content-Type", "application/jose-lines");
        let headers: Vec<_> = seal.map(|seal| ("CNT-Seal", seal)).into_iter().collect();
        self.submit_as_is(
            station,
            &[&[lines][..], &headers].concat(),
            &MIFS.join(&b'\n'),
        )
    }
}

#[test]
fn a_submission_without_its_stations_seal_is_refused_and_it_is_said_why() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let now = legal_now_s();
    let ours = world.seal_of(12);
    let old = world
        .hierarchy
        .issue_station_seal(&identity(12), now - 4 * 365 * 86_400)
        .unwrap();
    let rogue = world
        .hierarchy
        .issue_seal_of_wrong_authority(&identity(12), now - 86_400)
        .unwrap();
    let attached = sealed_by(&ours, now).replace("..", ".e30.");
    let long = format!("{}..s", "e".repeat(20_000));
    let day = 86_400;
    for (seal, status, code) in [
        (None, 400, "seal_missing"),
        (Some("nonsense".to_owned()), 400, "seal_malformed"),
        (Some(attached), 400, "seal_malformed"),
        (Some(long), 400, "seal_malformed"),
        (
            Some(world.seal_over(12, [MIFS[1], MIFS[0]])),
            400,
            "seal_signature",
        ),
        (Some(world.seal_over(12, [MIFS[0]])), 400, "seal_signature"),
        (Some(sealed_by(&ours, now + 301)), 400, "seal_time"),
        (Some(sealed_by(&ours, now - 91 * day)), 400, "seal_time"),
        (
            Some(sealed_by(&world.issued(12), now)),
            403,
            "seal_certificate",
        ),
        (Some(sealed_by(&rogue, now)), 403, "seal_certificate"),
        (Some(sealed_by(&old, now)), 403, "seal_certificate"),
        (
            Some(sealed_by(&world.seal_of(LISTED), now)),
            403,
            "seal_revoked",
        ),
        (
            Some(sealed_by(&world.seal_of(13), now)),
            403,
            "seal_station",
        ),
    ] {
        let answer = world.submit_with(12, seal.as_deref());
        assert_eq!(
            (answer.status, answer.problem().code.as_str()),
            (status, code),
            "{}",
            answer.body
        );
    }
    assert!(world.inbound(12).is_empty());

    for at in [now + 299, now - 89 * day] {
        let answer = world.submit_with(12, Some(&sealed_by(&ours, at)));
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    assert_eq!(world.inbound(12).len(), 4);
}
