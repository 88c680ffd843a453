//! Another driver is designated: the avis is closed, the driver gets one of their own, and every later letter about it goes
//! to them. It is 3 December 2026, D+13.

use cnt_contracts::letter::{LetterRequestV1, LetterV1};
use cnt_flow::lot_id;
use cnt_testkit::wait_for;
use cnt_vault::{LocalStore, LotKind, LotReader, ObjectStore};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::support::{Avis, Service, World, hex32};

const OMP: &str = "OMP-61-01";
const FIRST: u64 = 9_900_600_000;
/// The number that edition gives out for the driver.
const DRIVERS: u64 = 9_900_700_000;

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(FIRST + n))
}

fn decide(service: &Service, id: Uuid, decision: &Value) -> (u16, Value) {
    service.decide((id, OMP), 1, decision)
}

fn driver(address: &[&str]) -> Value {
    json!({
        "kind": "redesignation", "last_name": "MÜLLER", "first_names": "Anna", "address": address,
        "birth": "1990-02-28", "licence": "12AB34567",
    })
}

/// What a request lot asks for.
fn asked(world: &World, lot: &str) -> (String, LetterRequestV1) {
    let objects = LocalStore::new(world.stack.objects_dir());
    let object = objects.get(LotKind::Request, lot_id(hex32(lot))).unwrap();
    let reader = LotReader::open(object).unwrap();
    let member = &reader.members().unwrap()[0];
    (member.id.clone(), member.meta().unwrap())
}

pub(crate) fn designations(world: &World, service: &Service) {
    let sent: Vec<Avis> = (0..2)
        .map(|n| Avis::new(FIRST + n, OMP, "2026-10-01"))
        .collect();
    world.announce(&sent);
    for n in 0..2 {
        service.lives_in(FIRST + n, "sent");
        assert_eq!(service.contest(id(n), FIRST + n), 202);
        service.lives_in(FIRST + n, "contested");
    }
    let nowhere = driver(&["1 RUE X", "RENNES"]);
    let (status, problem) = decide(service, id(0), &nowhere);
    assert_eq!(
        (status, problem["code"].as_str()),
        (422, Some("ADRESSE_NON_NORMALISABLE"))
    );
    let (status, decided) = decide(
        service,
        id(0),
        &driver(&["3 Bahnhofstraße", "10115 Berlin", "DE"]),
    );
    assert_eq!(
        (status, &decided["letter"]),
        (200, &json!("ACD")),
        "{decided}"
    );
    assert_eq!(
        steps(&service.life(FIRST)).pop().unwrap(),
        step("2026-12-03", "redesignation", "redesignated", "CPP 529-10")
    );
    assert_eq!(
        decide(service, id(1), &driver(&["1 rue du Four", "35000 Rennes"])).0,
        200
    );
    let lots: Vec<String> = (0..2)
        .map(|n| {
            world.sql(&format!(
                "SELECT encode(request_lot, 'hex') FROM designation WHERE contestation = '{}'",
                id(n)
            ))
        })
        .collect();
    let (member, request) = asked(world, &lots[0]);
    assert_eq!(member, format!("{FIRST}/ACD/1"));
    let to = request.addressee.unwrap();
    assert_eq!((to.last_name.as_str(), to.address.len()), ("MÜLLER", 3));
    let LetterV1::Designated(said) = request.letter else {
        panic!("another letter");
    };
    assert_eq!(said.replaces, format!("{FIRST}/ACO/1"));
    // Told apart: who lives abroad has a month more, and no postcode of ours.
    let abroad = "SELECT string_agg(is_abroad::text, ' ' ORDER BY avis) FROM designation";
    assert_eq!(world.sql(abroad), "true false");

    the_drivers_lives_begin(world, service, &lots);
    later_letters_go_to_the_driver(world, service);
}

fn the_drivers_lives_begin(world: &World, service: &Service, lots: &[String]) {
    // Edition answers with the avis; the driver's life begins, and it knows where it comes from.
    for (n, lot) in (0..).zip(lots) {
        let avis = Avis::new(DRIVERS + n, OMP, "2026-10-01")
            .letter("ACD")
            .dated("2026-12-03");
        world.announce_made_of(&[avis], hex32(lot));
        service.lives_in(DRIVERS + n, "sent");
    }
    let life = service.life(DRIVERS);
    assert_eq!(
        (&life["designated_from"], &life["sent"]),
        (&json!(FIRST.to_string()), &json!("2026-12-03"))
    );
    assert_eq!(service.life(FIRST)["redesignated_to"], DRIVERS.to_string());
    let verdict = format!("SELECT encode(verdict_lot, 'hex') FROM avis WHERE avis = {DRIVERS}");
    assert_eq!(
        world.sql(&verdict),
        "09".repeat(32),
        "the lot that holds the MIF"
    );
}

fn later_letters_go_to_the_driver(world: &World, service: &Service) {
    let contestation = Uuid::from_u128(u128::from(DRIVERS));
    assert_eq!(service.contest(contestation, DRIVERS), 202);
    service.lives_in(DRIVERS, "contested");
    let classement = json!({"kind": "classement", "reason": "not_the_author"});
    assert_eq!(decide(service, contestation, &classement).0, 200);
    let lot = wait_for("the letter to be asked for", || {
        let sql = format!(
            "SELECT encode(request_lot, 'hex') FROM decision WHERE contestation = '{contestation}'"
        );
        let lot = world.sql(&sql);
        Ok((lot.len() == 64).then_some(lot))
    })
    .unwrap();
    let (_, request) = asked(world, &lot);
    assert_eq!(request.addressee.unwrap().last_name, "MÜLLER");
}
