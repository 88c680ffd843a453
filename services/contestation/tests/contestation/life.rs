//! The lives of avis on a real broker and a real database. The avis are sent on Friday 20 November 2026: D+45 is Monday
//! 4 January, D+60 Tuesday 19 January, so titres are proposed from 20 January on. The clock starts on 23 November.

use cnt_service_kit::failpoint;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Avis, Service, World};

const FIRST: u64 = 9_900_100_000;

fn avis(n: u64) -> u64 {
    FIRST + n
}

pub(crate) fn steps(life: &Value) -> Vec<(String, String, String, String)> {
    let word = |step: &Value, member: &str| step[member].as_str().unwrap_or("–").to_owned();
    life["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                word(step, "day"),
                word(step, "event"),
                word(step, "after"),
                word(step, "basis"),
            )
        })
        .collect()
}

pub(crate) fn step(
    day: &str,
    event: &str,
    after: &str,
    basis: &str,
) -> (String, String, String, String) {
    (day.into(), event.into(), after.into(), basis.into())
}

fn remote(reference: &str, avis: u64, day: &str, cents: i64) -> Value {
    json!({"reference": reference, "avis": avis.to_string(), "day": day, "amount_cents": cents, "means": "remote"})
}

#[test]
fn lives() {
    let world = World::start();
    let mut service = Service::start(&world);
    let sent: Vec<Avis> = (0..8)
        .map(|n| Avis::new(avis(n), "OMP-35-01", "2026-10-01"))
        .collect();
    world.announce(&sent);
    let life = service.lives_in(avis(0), "sent");
    assert_eq!(life["sent"], "2026-11-20");
    assert_eq!(life["titre_day"], "2027-01-20");
    assert_eq!(life["next_day"], "2027-01-20");
    assert_eq!(steps(&life), []);

    payments_count_once(&service);
    contested_in_time(&world, &service);
    crate::deposits::delays_run_from_the_true_day(&world, &service);
    crate::decisions::decisions(&world, &service);
    crate::designations::designations(&world, &service);
    // D+46 and D+60: nobody is majoré, no titre is proposed.
    for day in [46, 60] {
        service.advance_to_day(day - 3);
        assert_eq!(service.lives_in(avis(0), "sent")["state"], "sent");
    }
    service = nothing_is_half_lived(&world, service);
    crate::titres::titres(&world, &service);
    crate::procedure::reclamations_are_received(&world, &service);
    crate::procedure::the_tribunal_judges(&world, &service);
    late_days(&world, &service);
    service.stop();
}

/// A payment at D+13 is the reduced fine; the same reference again is the same payment.
fn payments_count_once(service: &Service) {
    service.advance_to_day(10);
    let lot = json!([
        remote("T1", avis(1), "2026-12-02", 9_000),
        remote("T2", 9_900_199_999, "2026-12-02", 9_000),
        remote("T3", avis(2), "2026-12-02", 1_000),
    ]);
    let (status, answer) = service.pay(&lot);
    assert_eq!((status, &answer["applied"]), (200, &json!(2)), "{answer}");
    assert_eq!(answer["unknown"][0]["reference"], "T2");
    let (_, again) = service.pay(&lot);
    assert_eq!((&again["applied"], &again["known"]), (&json!(0), &json!(3)));
    let (_, other) = service.pay(&json!([remote("T1", avis(1), "2026-12-02", 9_100)]));
    assert_eq!(other["conflicting"][0]["reference"], "T1");
    let (_, late) = service.pay(&json!([remote("T4", avis(1), "2026-12-03", 9_000)]));
    assert_eq!(late["refused"][0]["reference"], "T4", "{late}");
    let life = service.life(avis(1));
    assert_eq!(
        steps(&life),
        [
            step("2026-12-02", "payment", "paid", "CPP 529"),
            step("2026-12-03", "payment", "paid", "–"),
        ]
    );
    assert!(life.get("owed_paper").is_none() && life.get("next_day").is_none());
    let part = service.life(avis(2));
    assert_eq!(
        (part["state"].as_str(), &part["received_cents"]),
        (Some("sent"), &json!(1_000))
    );
    for (payment, code) in [
        (remote("T5", avis(2), "2027-12-02", 1), "day_in_the_future"),
        (remote("T5", avis(2), "2026-12-02", 0), "amount_malformed"),
        (remote("", avis(2), "2026-12-02", 1), "reference_malformed"),
    ] {
        let (status, problem) = service.pay(&json!([payment]));
        assert_eq!((status, problem["code"].as_str()), (422, Some(code)));
    }
}

/// Whoever contests in time has their life stopped before any titre is proposed, also while the envelope waits in the
/// broker when the day comes.
fn contested_in_time(world: &World, service: &Service) {
    let id = Uuid::from_u128(u128::from(avis(3)));
    assert_eq!(service.contest(id, avis(3)), 202);
    let life = service.lives_in(avis(3), "contested");
    assert_eq!(
        steps(&life),
        [step("2026-12-03", "requete", "contested", "CPP 529-2")]
    );
    assert_eq!(life["steps"][0]["cause"], format!("contestation {id}"));
    assert_eq!(life["steps"][0]["duties"], json!(["decide"]));
    // A contestation that comes before its avis is told to the life with which it begins.
    let early = avis(20);
    let id = Uuid::from_u128(u128::from(early));
    assert_eq!(service.contest(id, early), 202);
    wait_for("the contestation to wait", || {
        let sql = format!("SELECT state FROM contestation WHERE id = '{id}'");
        Ok((world.sql(&sql) == "awaiting_routing").then_some(()))
    })
    .unwrap();
    world.announce(&[Avis::new(early, "OMP-35-01", "2026-10-01")]);
    wait_for("the life", || {
        let sql = format!("SELECT state FROM life WHERE avis = {early}");
        Ok((world.sql(&sql) == "contested").then_some(()))
    })
    .unwrap();
}

/// The envelope is acknowledged, nothing takes it in, and D+61 comes: no day passes for anybody. The service dies; the
/// next one takes the envelope in first.
fn nothing_is_half_lived(world: &World, service: Service) -> Service {
    let armed = failpoint::arm("contestation.before_commit=error#contestation-courrier").unwrap();
    let id = Uuid::from_u128(u128::from(avis(4)));
    assert_eq!(service.contest(id, avis(4)), 202);
    service.advance_to_day(58);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let proposed = "SELECT count(*) FROM life WHERE state = 'titre_proposed'";
    assert_eq!(world.sql(proposed), "0", "the envelope is still on its way");
    service.stop();
    drop(armed);
    // A lot of days that is not committed leaves nothing behind.
    let armed = failpoint::arm("contestation.before_days_commit=error").unwrap();
    let service = Service::start(world);
    service.advance_to_day(58);
    service.lives_in(avis(4), "contested");
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert_eq!(world.sql(proposed), "0");
    drop(armed);
    let life = service.lives_in(avis(0), "titre_proposed");
    assert_eq!(
        steps(&life),
        [step("2027-01-20", "day", "titre_proposed", "CPP 529-2")]
    );
    assert_eq!(life["steps"][0]["duties"], json!(["sign_titre"]));
    assert_eq!(service.life(avis(4))["state"], "contested");
    assert_eq!(steps(&service.life(avis(4))).len(), 1);
    service
}

/// A télépaiement at D+50 that the Treasury tells after D+61 is still the fixed fine; a year later all is prescribed,
/// each on its own day.
fn late_days(world: &World, service: &Service) {
    let (_, answer) = service.pay(&json!([remote("T6", avis(5), "2027-01-09", 13_500)]));
    assert_eq!(answer["applied"], 1, "{answer}");
    let life = service.life(avis(5));
    assert_eq!(life["state"], "paid");
    let paid = steps(&life).pop().unwrap();
    assert_eq!(paid, step("2027-01-09", "payment", "paid", "CPP 529"));
    let owed = service.life(avis(6));
    assert_eq!(
        owed["owed_remote"]["tariff"], "forfaitaire",
        "no titre, no majoration"
    );
    service.advance_to_day(400);
    let life = service.lives_in(avis(6), "prescribed");
    let days = steps(&life);
    assert_eq!(days.len(), 2);
    assert_eq!(days[1], step("2027-10-02", "day", "prescribed", "CPP 9"));
    service.lives_in(avis(3), "prescribed");
    let torn = "SELECT count(*) FROM life l WHERE steps <> (SELECT count(*) FROM life_step s WHERE s.avis = l.avis)";
    assert_eq!(world.sql(torn), "0");
    let read = format!(
        "SELECT count(*) > 0 FROM life_consultation WHERE avis = {}",
        avis(6)
    );
    assert_eq!(world.sql(&read), "t");
}
