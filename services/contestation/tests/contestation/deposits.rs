//! When the post really took the letters: delays run from then.

use cnt_contracts::events::SpoolDepositEvent;
use cnt_contracts::topics::SPOOL_DEPOSIT;
use cnt_flow::lot_ref;
use cnt_testkit::wait_for;
use cnt_vault::{LocalStore, LotAbout, LotKind, LotWriter, MemberInput, ObjectStore};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::support::{Avis, Service, World};

const FIRST: u64 = 9_900_930_000;

/// A spool of these avis was handed to the post.
fn deposited(world: &World, avis: &[u64], day: &str) {
    let about = LotAbout::new("2026-11-19T20:00:00Z".parse().unwrap(), "test", "0");
    let mut writer = LotWriter::new(LotKind::Spool, about).unwrap();
    let folds = avis.iter().zip(1..).map(|(avis, position)| {
        // As dispatch writes it: more than is read here.
        let meta = json!({"position": position, "avis": avis.to_string(), "kind": "ACO", "issue": 1, "sheets": 2});
        MemberInput::new(format!("{position:05}/{avis}"), b"%PDF".to_vec(), &meta).unwrap()
    });
    let manifest = MemberInput::new("manifest.json", b"{}".to_vec(), &()).unwrap();
    writer
        .add_members(folds.chain([manifest]).collect())
        .unwrap();
    let lot = writer.finish().unwrap();
    LocalStore::new(world.stack.objects_dir())
        .put(&lot)
        .unwrap();
    let event = SpoolDepositEvent {
        version: 1,
        lot: lot_ref(&lot),
        day: day.to_owned(),
    };
    let value = serde_json::to_vec(&event).unwrap();
    // Whoever tells it twice has told it once.
    for _ in 0..2 {
        world.send(SPOOL_DEPOSIT.name, &event.lot.id.0, &value);
    }
}

fn letter_deposited(service: &Service, avis: u64) -> Value {
    let path = format!("/v1/avis/{avis}/letters");
    let (status, letters) = service.get(&path, "martin", "OMP-35-01");
    assert_eq!(status, 200, "{letters}");
    letters["letters"][0]["deposited_on"].clone()
}

/// Sent on 20 November as they say; the post took two of them on Tuesday 1 December.
pub(crate) fn delays_run_from_the_true_day(world: &World, service: &Service) {
    let (late, in_time, unknown) = (FIRST, FIRST + 1, FIRST + 2);
    let avis = |number| Avis::new(number, "OMP-35-01", "2026-10-01");
    world.announce(&[avis(late), avis(in_time)]);
    service.lives_in(late, "sent");
    deposited(world, &[in_time], "2026-11-20");
    // Its plant was faster than its announcement.
    deposited(world, &[late, unknown], "2026-12-01");
    world.announce(&[avis(unknown)]);
    for number in [late, unknown] {
        let life = wait_for("the day of deposit", || {
            let life = service.life(number);
            Ok((life["sent"] == "2026-12-01").then_some(life))
        })
        .unwrap();
        assert_eq!(
            steps(&life),
            [step("2026-12-01", "deposited", "sent", "CPP 529-2")]
        );
        // D+45 is Friday 15 January; D+60 Saturday 30, prolonged to Monday 1 February.
        assert_eq!(life["deadlines"]["requete"], "2027-01-15");
        assert_eq!(life["titre_day"], "2027-02-02");
        assert_eq!(letter_deposited(service, number), "2026-12-01");
        let deadline = format!("SELECT requete_deadline FROM avis WHERE avis = {number}");
        assert_eq!(world.sql(&deadline), "2027-01-15");
    }
    let life = service.life(in_time);
    assert_eq!(
        (steps(&life), &life["sent"]),
        (vec![], &json!("2026-11-20"))
    );
    assert_eq!(letter_deposited(service, in_time), "2026-11-20");
    consigned_for_what_was_written(service, in_time);
}

/// A consignation by télépaiement stands with a contestation, and with nothing else.
fn consigned_for_what_was_written(service: &Service, avis: u64) {
    let consigned = |reference: &str| json!([{"reference": reference, "avis": avis.to_string(), "day": "2026-12-02", "amount_cents": 13_500, "means": "consignation"}]);
    let (_, early) = service.pay(&consigned("C1"));
    assert_eq!(early["refused"][0]["reference"], "C1", "{early}");
    assert_eq!(
        service.contest(Uuid::from_u128(u128::from(avis)), avis),
        202
    );
    service.lives_in(avis, "contested");
    let (_, answer) = service.pay(&consigned("C2"));
    assert_eq!(answer["applied"], 1, "{answer}");
    let life = service.life(avis);
    assert_eq!(
        (&life["consigned_cents"], &life["received_cents"]),
        (&json!(13_500), &json!(0))
    );
}
