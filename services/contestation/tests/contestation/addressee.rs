//! What an addressee does with the number and the key of the avis.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::support::{Avis, Service, World};

const OMP: &str = "OMP-86-01";
const AVIS: u64 = 9_900_800_001;
const KEY: [(&str, &str); 1] = [("CNT-Key", "QRST2345")];
const GUESS: [(&str, &str); 1] = [("CNT-Key", "QRST2346")];

fn id() -> Uuid {
    Uuid::from_u128(u128::from(AVIS))
}

fn posted(service: &Service, key: &[(&str, &str)], body: &Value) -> (u16, Value) {
    let path = format!("/v1/portal/avis/{AVIS}/contestations");
    let (status, _, answer) = service.asked(&path, key, Some(body));
    (status, serde_json::from_slice(&answer).unwrap())
}

fn followed(service: &Service, key: &[(&str, &str)]) -> (u16, Value) {
    let (status, _, answer) = service.asked(&format!("/v1/portal/avis/{AVIS}"), key, None);
    (status, serde_json::from_slice(&answer).unwrap())
}

pub(crate) fn addressees(world: &World, service: &Service) {
    world.announce(&[Avis::new(AVIS, OMP, "2026-10-01").with_key("QRST2345")]);
    service.lives_in(AVIS, "sent");
    let contestation = |attachments: Value| json!({"id": id(), "ground": "autre", "motivation": "J'ai la quittance.", "attachments": attachments});
    for (attachments, code) in [
        (json!(["%"]), "attachment_malformed"),
        (json!([STANDARD.encode("<script>")]), "attachment_malformed"),
        (json!(vec![STANDARD.encode("%PDF-1"); 6]), "too_many"),
    ] {
        let (status, problem) = posted(service, &KEY, &contestation(attachments));
        assert_eq!((status, problem["code"].as_str()), (422, Some(code)));
    }
    let joined = json!([
        STANDARD.encode("%PDF-1.4 quittance"),
        STANDARD.encode(b"\xff\xd8\xff photo")
    ]);
    for _ in 0..2 {
        let (status, registered) = posted(service, &KEY, &contestation(joined.clone()));
        assert_eq!((status, &registered["id"]), (202, &json!(id())));
    }
    service.lives_in(AVIS, "contested");
    what_was_joined_is_in_the_file(world, service);
    // The file is followed to its decision.
    let (status, file) = followed(service, &KEY);
    assert_eq!(
        (status, &file["state"]),
        (200, &json!("contested")),
        "{file}"
    );
    assert!(file["contestations"][0].get("decision").is_none());
    let decision = json!({"kind": "classement", "reason": "circumstances"});
    assert_eq!(service.decide((id(), OMP), 1, &decision).0, 200);
    let (_, file) = followed(service, &KEY);
    assert_eq!(
        (&file["state"], &file["contestations"][0]["decision"]),
        (&json!("dropped"), &json!("classement"))
    );
    // Many looks of a day are one step.
    let looks = steps(&service.life(AVIS));
    let looks: Vec<_> = looks.iter().filter(|step| step.1 == "consulted").collect();
    assert_eq!(
        looks,
        [&step(
            "2026-11-23",
            "consulted",
            "contested",
            "the file is looked at"
        )]
    );
    guessing_is_throttled(service);
}

fn what_was_joined_is_in_the_file(world: &World, service: &Service) {
    let path = format!("/v1/contestations/{}", id());
    wait_for("both envelopes", || {
        let sql = format!("SELECT count(*) FROM courrier WHERE id = '{}'", id());
        Ok((world.sql(&sql) == "2").then_some(()))
    })
    .unwrap();
    let (_, file) = service.get(&path, "leroy", OMP);
    let attachments = file["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 2, "{file}");
    assert_eq!(
        (&attachments[1]["n"], &attachments[1]["media"]),
        (&json!(2), &json!("image/jpeg"))
    );
    let operator = [("CNT-User", "leroy"), ("CNT-Omp", OMP)];
    let stranger = [("CNT-User", "leroy"), ("CNT-Omp", "OMP-35-01")];
    let first = format!("{path}/attachments/1");
    let (status, media, bytes) = service.asked(&first, &operator, None);
    assert_eq!(
        (status, media.as_str(), &bytes[..]),
        (200, "application/pdf", &b"%PDF-1.4 quittance"[..])
    );
    assert_eq!(service.asked(&first, &stranger, None).0, 404);
    assert_eq!(
        service
            .asked(&format!("{path}/attachments/3"), &operator, None)
            .0,
        404
    );
    let journal = format!(
        "SELECT count(*) FROM consultation WHERE id = '{}' AND what = 'attachment'",
        id()
    );
    assert_eq!(world.sql(&journal), "1");
}

fn guessing_is_throttled(service: &Service) {
    for _ in 0..5 {
        assert_eq!(followed(service, &GUESS).0, 404);
    }
    for key in [&GUESS, &KEY] {
        let (status, problem) = followed(service, key);
        assert_eq!(
            (status, problem["code"].as_str()),
            (429, Some("too_many_guesses"))
        );
    }
}
