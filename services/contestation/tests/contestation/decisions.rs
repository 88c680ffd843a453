//! What the officer decides: by version, by grounds alone, with its letter, and once for all that waits about an avis.

use cnt_contracts::officer::OfficerStatement;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::officers::signed_by;
use crate::support::{Avis, Service, World};

const OMP: &str = "OMP-56-02";
const FIRST: u64 = 9_900_300_000;

struct Officer<'a> {
    service: &'a Service,
}

impl Officer<'_> {
    fn decide(&self, id: Uuid, version: i64, decision: &Value) -> (u16, Value) {
        self.service.decide((id, OMP), version, decision)
    }

    fn refused(&self, id: Uuid, version: i64, decision: &Value, expected: (u16, &str)) {
        let (status, problem) = self.decide(id, version, decision);
        assert_eq!(
            (status, problem["code"].as_str()),
            (expected.0, Some(expected.1)),
            "{problem}"
        );
    }
}

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(FIRST + n))
}

/// It is 3 December 2026, D+13.
pub(crate) fn decisions(world: &World, service: &Service) {
    let sent: Vec<Avis> = (0..5)
        .map(|n| Avis::new(FIRST + n, OMP, "2026-10-01"))
        .collect();
    world.announce(&sent);
    // Routed at once, so that the versions of the files are known.
    for n in 0..5 {
        service.lives_in(FIRST + n, "sent");
    }
    for n in 0..4 {
        assert_eq!(service.contest(id(n), FIRST + n), 202);
    }
    // A second letter about the first avis.
    assert_eq!(service.contest(id(100), FIRST), 202);
    service.queued(OMP, 5);
    for n in 0..4 {
        service.lives_in(FIRST + n, "contested");
    }
    let officer = Officer { service };
    what_cannot_be_decided(service, &officer);
    what_is_decided(world, service, &officer);
}

fn what_cannot_be_decided(service: &Service, officer: &Officer<'_>) {
    let classement = json!({"kind": "classement", "reason": "procedure"});
    officer.refused(id(0), 7, &classement, (409, "changed"));
    officer.refused(Uuid::from_u128(1), 1, &classement, (404, "not_found"));
    for grounds in [
        json!([]),
        json!(["AU_FOND"]),
        json!(["IRR_MOTIF", "IRR_MOTIF"]),
        json!(["IRR_PAYE"]),
    ] {
        let decision = json!({"kind": "inadmissible", "grounds": grounds});
        officer.refused(id(0), 1, &decision, (422, "grounds_malformed"));
    }
    // The fine is not paid: it cannot be said to stand.
    let maintained = json!({"kind": "fine_maintained"});
    officer.refused(id(0), 1, &maintained, (409, "refused"));
    only_the_officer_signs(service);
    let path = format!("/v1/contestations/{}/admissibility", id(0));
    let (status, found) = service.get(&path, "leroy", OMP);
    assert_eq!(
        (status, &found["grounds"]),
        (200, &json!([])),
        "in time, by the portal"
    );
    assert_eq!(service.get(&path, "leroy", "OMP-35-01").0, 404);
}

/// By their certificate, over this decision on this file in this version.
fn only_the_officer_signs(service: &Service) {
    let decision = json!({"kind": "classement", "reason": "procedure"});
    let statement = |omp: &str, version: i32| OfficerStatement::Decision {
        contestation: id(0),
        omp: omp.to_owned(),
        version,
        decision: decision.clone(),
    };
    for signature in [
        signed_by("OMP-35-01", &statement(OMP, 1)),
        signed_by(OMP, &statement(OMP, 2)),
        signed_by(OMP, &statement("OMP-35-01", 1)),
        String::new(),
    ] {
        let body = json!({"version": 1, "decision": decision, "signature": signature});
        let path = format!("/v1/contestations/{}/decide", id(0));
        let (status, problem) = service.post(&path, &body.to_string(), "leroy", OMP);
        assert_eq!((status, &problem["code"]), (422, &json!("unsigned")));
    }
}

fn what_is_decided(world: &World, service: &Service, officer: &Officer<'_>) {
    // Both letters about the avis are answered; the avis goes on as if nobody had written.
    let inadmissible = json!({"kind": "inadmissible", "grounds": ["IRR_PIECE"]});
    let (status, answer) = officer.decide(id(0), 1, &inadmissible);
    assert_eq!(
        (status, &answer["files"], &answer["letter"]),
        (200, &json!(2), &json!("IRR")),
        "{answer}"
    );
    assert_eq!(answer["state"], "sent");
    officer.refused(id(100), 1, &inadmissible, (409, "decided"));
    let last = steps(&service.life(FIRST)).pop().unwrap();
    assert_eq!(
        last,
        step("2026-12-03", "inadmissible", "sent", "CPP 529-10, R49-8")
    );

    let unmotivated = json!({"kind": "inadmissible", "grounds": ["IRR_MOTIF"]});
    let (_, answer) = officer.decide(id(1), 1, &unmotivated);
    assert_eq!(
        (&answer["state"], &answer["basis"]),
        (&json!("refused"), &json!("CPP R49-18"))
    );
    // That can be contested for a month, and then cannot be refused any more.
    assert_eq!(service.contest(id(101), FIRST + 1), 202);
    service.lives_in(FIRST + 1, "admitted");
    officer.refused(id(101), 1, &unmotivated, (409, "refused"));
    let classement = json!({"kind": "classement", "reason": "circumstances"});
    let (_, answer) = officer.decide(id(101), 1, &classement);
    assert_eq!(
        (&answer["state"], &answer["letter"]),
        (&json!("dropped"), &json!("CSS"))
    );

    // A file in another's hands is not decided under them.
    let claim = format!("/v1/omp/{OMP}/claim");
    let (status, file) = service.post(&claim, "", "martin", OMP);
    assert_eq!(status, 200);
    let held: Uuid = file["entry"]["id"].as_str().unwrap().parse().unwrap();
    let prosecution = json!({"kind": "prosecution", "court": "ordonnance_penale"});
    let version = file["entry"]["version"].as_i64().unwrap();
    officer.refused(held, version, &prosecution, (409, "held"));
    let release = format!("/v1/contestations/{held}/release");
    assert_eq!(service.post(&release, "", "martin", OMP).0, 204);
    let (status, answer) = officer.decide(held, version + 1, &prosecution);
    assert_eq!(
        (status, &answer["letter"]),
        (200, &json!("TTP")),
        "{answer}"
    );
    assert_eq!(answer["state"], "prosecuted");

    let journal =
        "SELECT count(*) || ' ' || count(request_lot) FROM decision WHERE decided_by = 'leroy'";
    assert_eq!(
        world.sql(journal),
        "5 4",
        "one letter for both files of the first avis"
    );
    let open =
        format!("SELECT count(*) FROM contestation WHERE omp = '{OMP}' AND state <> 'decided'");
    assert_eq!(world.sql(&open), "1");
}
