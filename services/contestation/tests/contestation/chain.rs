//! The service on a real broker and a real database. One stack for all tests of the file; each uses avis, OMP and ids of
//! its own.

use std::collections::HashSet;

use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_service_kit::failpoint;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Avis, Service, World};

#[test]
fn the_chain() {
    let world = World::start();
    let mut service = Service::start(&world);
    a_contestation_waits_for_its_avis(&world, &service);
    a_request_repeated_is_one_contestation(&world, &service);
    the_portal_refuses_what_makes_no_sense(&service);
    the_queue_is_ordered_and_paged(&world, &service);
    claims_never_give_the_same_file(&world, &service);
    crate::courriers::courriers(&world, &service);
    crate::addressee::addressees(&world, &service);
    crate::transfers::files_change_hands(&world, &service);
    a_lease_ends(&world, &service);
    a_file_belongs_to_one_omp(&world, &service);
    poison_is_quarantined_and_replayed(&world, &service);
    service = what_was_acknowledged_survives(&world, service);
    service = a_broker_that_is_away_is_said(&world, service);
    service.stop();
}

fn a_contestation_waits_for_its_avis(world: &World, service: &Service) {
    let avis = Avis::new(9_900_000_001, "OMP-35-01", "2026-10-01");
    let id = Uuid::from_u128(0x101);
    assert_eq!(service.contest(id, avis.number), 202);
    wait_for("the contestation to wait", || {
        let sql = format!("SELECT state FROM contestation WHERE id = '{id}'");
        Ok((world.sql(&sql) == "awaiting_routing").then_some(()))
    })
    .unwrap();
    world.announce(std::slice::from_ref(&avis));
    let entry = service.queued("OMP-35-01", 1).remove(0);
    assert_eq!(entry["id"], id.to_string());
    assert_eq!(entry["prescription"], "2027-10-01");
    assert_eq!(entry["admissible_deadline_ok"], true);
    assert!(entry.get("motivation").is_none());
    let late = Avis::new(9_900_000_003, "OMP-06-01", "2026-06-01").dated("2026-09-01");
    world.announce(std::slice::from_ref(&late));
    assert_eq!(service.contest(Uuid::from_u128(0x102), late.number), 202);
    let entry = service.queued("OMP-06-01", 1).remove(0);
    assert_eq!(entry["admissible_deadline_ok"], false);
    // The same lot announced again changes nothing.
    world.announce(&[avis]);
    assert_eq!(
        world.sql("SELECT count(*) FROM avis WHERE avis = 9900000001"),
        "1"
    );
}

fn a_request_repeated_is_one_contestation(world: &World, service: &Service) {
    let avis = Avis::new(9_900_000_002, "OMP-29-01", "2026-10-01");
    world.announce(std::slice::from_ref(&avis));
    let id = Uuid::from_u128(0x201);
    assert_eq!(service.contest(id, avis.number), 202);
    assert_eq!(service.contest(id, avis.number), 202);
    let counted = format!(
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE is_duplicate) FROM courrier WHERE contestation = '{id}'"
    );
    wait_for("both envelopes", || {
        Ok((world.sql(&counted) == "2 1").then_some(()))
    })
    .unwrap();
    assert_eq!(service.queued("OMP-29-01", 1).len(), 1);
}

fn the_portal_refuses_what_makes_no_sense(service: &Service) {
    let id = Uuid::from_u128(0x301);
    assert_eq!(service.contest(id, 1_234_567_890), 422);
    assert_eq!(service.contest(Uuid::nil(), 9_900_000_001), 422);
    let (status, _) = service.post("/v1/contestations", &"x".repeat(70_000), "x", "x");
    assert_eq!(status, 413);
    assert_eq!(service.get("/v1/omps", "", "").0, 400);
    assert_eq!(service.get("/nowhere", "a", "b").0, 404);
}

/// Announces avis of these days of offence and contests each; gives the ids in the order of the days.
fn contested(world: &World, service: &Service, first: u64, omp: &str, days: &[&str]) -> Vec<Uuid> {
    let avis: Vec<Avis> = (first..)
        .zip(days)
        .map(|(number, day)| Avis::new(number, omp, day))
        .collect();
    world.announce(&avis);
    let mut by_day: Vec<(&str, Uuid)> = Vec::new();
    for (avis, day) in avis.iter().zip(days) {
        let id = Uuid::from_u128(u128::from(avis.number));
        assert_eq!(service.contest(id, avis.number), 202);
        by_day.push((day, id));
    }
    by_day.sort();
    service.queued(omp, days.len());
    by_day.into_iter().map(|(_, id)| id).collect()
}

fn ids(entries: &[Value]) -> Vec<Uuid> {
    entries
        .iter()
        .map(|entry| entry["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

fn the_queue_is_ordered_and_paged(world: &World, service: &Service) {
    let days = ["2026-10-03", "2026-10-01", "2026-10-05", "2026-10-02"];
    let expected = contested(world, service, 9_900_000_010, "OMP-75-01", &days);
    let mut seen = Vec::new();
    let mut path = "/v1/omp/OMP-75-01/queue?limit=3".to_owned();
    loop {
        let (status, page) = service.get(&path, "leroy", "OMP-75-01");
        assert_eq!(status, 200);
        seen.extend(ids(page["entries"].as_array().unwrap()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/omp/OMP-75-01/queue?limit=3&after={next}");
    }
    assert_eq!(seen, expected);
    let (_, omps) = service.get("/v1/omps", "leroy", "OMP-75-01");
    assert_eq!(omps["omps"][0]["queued"], 4);
    assert_eq!(omps["omps"][0]["oldest_prescription"], "2027-10-01");
    let (status, first) = service.claim("OMP-75-01", "leroy");
    assert_eq!(
        (status, first["entry"]["id"].as_str()),
        (200, Some(expected[0].to_string().as_str()))
    );
}

fn claims_never_give_the_same_file(world: &World, service: &Service) {
    let days = ["2026-10-01"; 12];
    let expected = contested(world, service, 9_900_000_030, "OMP-13-01", &days);
    let claimed: Vec<Uuid> = std::thread::scope(|scope| {
        let operators: Vec<_> = (0..4)
            .map(|operator| {
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    loop {
                        let (status, file) =
                            service.claim("OMP-13-01", &format!("operator{operator}"));
                        match status {
                            200 => {
                                mine.push(file["entry"]["id"].as_str().unwrap().parse().unwrap())
                            }
                            204 => break mine,
                            other => panic!("status {other}"),
                        }
                    }
                })
            })
            .collect();
        operators
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    // Somebody may be told "empty" while others still hold the last rows' locks, but all operators together go on until
    // nothing is left.
    let distinct: HashSet<Uuid> = claimed.iter().copied().collect();
    assert_eq!(distinct.len(), claimed.len());
    assert_eq!(distinct, expected.into_iter().collect());
}

fn a_lease_ends(world: &World, service: &Service) {
    let id = contested(world, service, 9_900_000_050, "OMP-33-01", &["2026-10-01"]).remove(0);
    assert_eq!(service.claim("OMP-33-01", "leroy").0, 200);
    assert_eq!(service.claim("OMP-33-01", "martin").0, 204);
    let release = format!("/v1/contestations/{id}/release");
    let (status, problem) = service.post(&release, "", "martin", "OMP-33-01");
    assert_eq!((status, problem["code"].as_str()), (409, Some("not_held")));
    // Time passes.
    world.sql(&format!(
        "UPDATE contestation SET lease_until = lease_until - interval '1 day' WHERE id = '{id}'"
    ));
    service.queued("OMP-33-01", 1);
    let (status, file) = service.claim("OMP-33-01", "martin");
    assert_eq!((status, file["claimed_by"].as_str()), (200, Some("martin")));
    assert_eq!(service.post(&release, "", "martin", "OMP-33-01").0, 204);
    assert_eq!(service.queued("OMP-33-01", 1).len(), 1);
}

fn a_file_belongs_to_one_omp(world: &World, service: &Service) {
    let id = contested(world, service, 9_900_000_060, "OMP-44-01", &["2026-10-01"]).remove(0);
    let path = format!("/v1/contestations/{id}");
    assert_eq!(service.get(&path, "leroy", "OMP-35-01").0, 404);
    assert_eq!(
        service
            .post(&format!("{path}/release"), "", "leroy", "OMP-35-01")
            .0,
        404
    );
    assert_eq!(
        service
            .get("/v1/omp/OMP-44-01/queue", "leroy", "OMP-35-01")
            .0,
        404
    );
    assert_eq!(service.claim_as("OMP-44-01", "leroy", "OMP-35-01").0, 404);
    let (status, file) = service.get(&path, "leroy", "OMP-44-01");
    assert_eq!(
        (status, file["motivation"].as_str()),
        (200, Some(crate::support::MOTIVATION))
    );
    assert_eq!(file["avis"]["commune"], "35238");
    let journal = format!("SELECT who || ' ' || what FROM consultation WHERE id = '{id}'");
    assert_eq!(world.sql(&journal), "leroy read", "refusals read nothing");
}

fn poison_is_quarantined_and_replayed(world: &World, service: &Service) {
    let before = world.sql("SELECT count(*) FROM courrier");
    world.send(COURRIER_INBOUND.name, b"9900000001", b"{\"version\": 1");
    let waiting = "SELECT count(*) FROM quarantine WHERE reason = 'courrier_unreadable' AND state = 'waiting'";
    wait_for("the quarantine", || {
        Ok((world.sql(waiting) == "1").then_some(()))
    })
    .unwrap();
    assert_eq!(world.sql("SELECT count(*) FROM courrier"), before);
    // Replayed as it is, it waits again; mended, it is taken in at its own place in the topic.
    let replay = "UPDATE quarantine SET state = 'replay' WHERE reason = 'courrier_unreadable'";
    world.sql(replay);
    wait_for("the failed replay", || {
        Ok((world.sql(waiting) == "1").then_some(()))
    })
    .unwrap();
    let mended = json!({
        "version": 1, "received_at_us": 1_795_424_400_000_000_i64, "channel": "mail",
        "contestation": {
            "id": Uuid::from_u128(0x800), "avis": "illisible", "ground": "autre", "motivation": "x",
        },
    });
    world.sql(&format!(
        "UPDATE quarantine SET value = convert_to('{mended}', 'UTF8') WHERE state = 'waiting'"
    ));
    world.sql(replay);
    let taken = "SELECT c.kind || ' ' || s.state FROM courrier c \
                 JOIN quarantine q USING (topic_id, partition, record_offset) \
                 JOIN contestation s ON s.id = c.contestation WHERE q.state = 'replayed'";
    wait_for("the replay", || {
        Ok((world.sql(taken) == "unidentifiable awaiting_routing").then_some(()))
    })
    .unwrap();
    // The partition goes on.
    assert_eq!(service.contest(Uuid::from_u128(0x801), 9_900_000_001), 202);
    service.queued("OMP-35-01", 2);
}

fn what_was_acknowledged_survives(world: &World, service: Service) -> Service {
    // Nothing is committed from here on: what is acknowledged lies with the broker alone when the service dies.
    let armed = failpoint::arm("contestation.before_commit=error#contestation-courrier").unwrap();
    let id = Uuid::from_u128(0x901);
    assert_eq!(service.contest(id, 9_900_000_001), 202);
    service.stop();
    drop(armed);
    assert_eq!(
        world.sql(&format!(
            "SELECT count(*) FROM contestation WHERE id = '{id}'"
        )),
        "0"
    );
    let service = Service::start(world);
    let entries = service.queued("OMP-35-01", 3);
    assert!(ids(&entries).contains(&id));
    service
}

fn a_broker_that_is_away_is_said(world: &World, service: Service) -> Service {
    world.stack.stack().kafka().kill_hard().unwrap();
    let id = Uuid::from_u128(0xa01);
    let (status, retry_after) = service.contest_with_retry(id, 9_900_000_001);
    assert_eq!((status, retry_after.as_deref()), (503, Some("5")));
    world.stack.stack().kafka().restart().unwrap();
    wait_for("the broker to be found again", || {
        Ok((service.contest(id, 9_900_000_001) == 202).then_some(()))
    })
    .unwrap();
    let entries = service.queued("OMP-35-01", 4);
    assert!(ids(&entries).contains(&id));
    service
}
