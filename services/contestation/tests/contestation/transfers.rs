//! Which OMP has a file where it is not that of the place: a substitute by order, another by transfer.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Avis, Service, World};

const FIRST: u64 = 9_900_910_000;
const REPLACED: &str = "OMP-08-01";
const OTHER: &str = "OMP-10-01";
const ACTING: &str = "OMP-51-01";

fn transfer(service: &Service, id: Uuid, version: i64, to: &str) -> (u16, Value) {
    let body = json!({"version": version, "omp": to, "reason": "lieu de résidence (CPP 522)"});
    let path = format!("/v1/contestations/{id}/transfer");
    service.post(&path, &body.to_string(), "leroy", OTHER)
}

pub(crate) fn files_change_hands(world: &World, service: &Service) {
    let replaced = Avis::new(FIRST, REPLACED, "2026-10-01");
    let other = Avis::new(FIRST + 1, OTHER, "2026-10-01");
    world.announce(&[replaced, other]);
    for avis in [FIRST, FIRST + 1] {
        service.lives_in(avis, "sent");
        let id = Uuid::from_u128(u128::from(avis));
        assert_eq!(service.contest(id, avis), 202);
    }
    // The file of the one who is replaced is in the queue of the one who acts, who sees the avis too.
    let entry = service.queued(ACTING, 1).remove(0);
    assert_eq!(entry["avis"], FIRST.to_string());
    for (omp, status) in [(ACTING, 200), ("OMP-75-01", 404)] {
        let path = format!("/v1/avis/{FIRST}");
        assert_eq!(service.get(&path, "martin", omp).0, status);
        let path = format!("/v1/avis/{FIRST}/letters");
        assert_eq!(service.get(&path, "martin", omp).0, status);
    }

    let entry = service.queued(OTHER, 1).remove(0);
    let id = Uuid::from_u128(u128::from(FIRST + 1));
    let version = entry["version"].as_i64().unwrap();
    for (version, to, status) in [
        (version, "OMP-99-99", 422),
        (version, OTHER, 422),
        (version + 7, ACTING, 409),
        (version, ACTING, 204),
        (version, ACTING, 404),
    ] {
        assert_eq!(transfer(service, id, version, to).0, status, "{to}");
    }
    assert_eq!(service.queued(ACTING, 2).len(), 2);
    let journal = format!(
        "SELECT from_omp || ' ' || to_omp || ' ' || transferred_by FROM transfer WHERE contestation = '{id}'"
    );
    assert_eq!(world.sql(&journal), "OMP-10-01 OMP-51-01 leroy");
    // The new officer reads from whom the file comes and why, and decides.
    let (status, file) = service.get(&format!("/v1/contestations/{id}"), "martin", ACTING);
    assert_eq!((status, &file["omp"]), (200, &json!(ACTING)));
    let transfers = file["transfers"].as_array().unwrap();
    let told: Vec<_> = ["from", "to", "reason", "by"]
        .iter()
        .map(|key| transfers[0][key].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [OTHER, ACTING, "lieu de résidence (CPP 522)", "leroy"]
    );
    assert_eq!(transfers.len(), 1);
    let decision = json!({"kind": "classement", "reason": "circumstances"});
    let (status, decided) = service.decide((id, ACTING), version + 1, &decision);
    assert_eq!(status, 200, "{decided}");
    // Its letter comes from the one who decides.
    let lot =
        format!("SELECT encode(request_lot, 'hex') FROM decision WHERE contestation = '{id}'");
    let letters = world.letters_of(&world.sql(&lot));
    assert_eq!(letters[0].omp.as_deref(), Some(ACTING));
}
