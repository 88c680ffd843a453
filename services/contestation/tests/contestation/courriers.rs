//! Envelopes of the mail room: each once, with its owner, its answer or the reason why none is needed. It is 23 November
//! 2026, three days after the avis.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_contracts::letter::LetterV1;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::support::{Avis, Service, World};

const OMP: &str = "OMP-22-01";
const FIRST: u64 = 9_900_400_000;

/// Envelope `n` is about avis `n`.
fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(FIRST + n))
}

fn scan(n: u64) -> String {
    format!("%PDF-1.4 {n}")
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

fn envelope(n: u64, kind: &str) -> Value {
    let paper = matches!(kind, "requete" | "reclamation" | "designation").then(|| {
        let ground = if kind == "designation" {
            "designation"
        } else {
            "autre"
        };
        json!({"ground": ground, "text": "", "pieces": ["recommande"], "consigned_cents": 0})
    });
    let mut envelope = json!({
        "id": id(n), "kind": kind, "avis": (FIRST + n).to_string(),
        "received_on": "2026-11-23", "posted_on": "2026-11-21",
    });
    if let Some(paper) = paper {
        envelope["paper"] = paper;
    }
    if kind == "npai" {
        envelope["undelivered"] = json!("PND_INCONNU");
    }
    json!({"envelope": envelope, "scan": base64(&scan(n))})
}

fn import(service: &Service, envelopes: &[Value]) -> (u16, Value) {
    let body = json!({ "envelopes": envelopes }).to_string();
    service.post("/v1/courriers", &body, "courrier", "-")
}

fn read(service: &Service, n: u64) -> Value {
    let path = format!("/v1/courriers/{}", id(n));
    let (status, courrier) = service.get(&path, "courrier", "-");
    assert_eq!(status, 200, "{courrier}");
    courrier
}

fn answer(service: &Service, n: u64, answer: &Value) -> (u16, Value) {
    let path = format!("/v1/courriers/{}/answer", id(n));
    service.post(&path, &answer.to_string(), "agent", "-")
}

const KINDS: [&str; 11] = [
    "requete",
    "reclamation",
    "designation",
    "npai",
    "photo_request",
    "pv_request",
    "address_change",
    "payment",
    "time_request",
    "data_protection",
    "unidentifiable",
];

pub(crate) fn courriers(world: &World, service: &Service) {
    let sent: Vec<Avis> = (0..14)
        .map(|n| Avis::new(FIRST + n, OMP, "2026-10-01"))
        .collect();
    world.announce(&sent);
    // Routed at once, so that the versions of the files are known.
    for n in 0..14 {
        service.lives_in(FIRST + n, "sent");
    }
    what_makes_no_sense_is_refused_whole(world, service);
    let mut envelopes: Vec<Value> = (0..)
        .zip(KINDS)
        .map(|(n, kind)| envelope(n, kind))
        .collect();
    // The number cannot be read; the postmark neither.
    let mut unreadable = envelope(11, "requete");
    unreadable["envelope"]["avis"] = json!("99 004 …");
    unreadable["envelope"]["posted_on"] = Value::Null;
    envelopes.push(unreadable);
    let (status, registered) = import(service, &envelopes);
    assert_eq!(
        (status, &registered["envelopes"]),
        (202, &json!(12)),
        "{registered}"
    );
    // Sent again, it is the same lot, in the same object.
    envelopes.reverse();
    let (status, again) = import(service, &envelopes);
    assert_eq!((status, &again["lot"]), (202, &registered["lot"]));
    let ids = (0..12)
        .map(|n| format!("'{}'", id(n)))
        .collect::<Vec<_>>()
        .join(",");
    let counted = format!(
        "SELECT count(*) || ' ' || count(*) FILTER (WHERE is_duplicate) || ' ' || count(contestation) \
         FROM courrier WHERE id IN ({ids})"
    );
    wait_for("both lots", || {
        Ok((world.sql(&counted) == "24 12 8").then_some(()))
    })
    .unwrap();
    a_copy_of_the_proces_verbal_is_asked_for(world);
    each_has_an_owner(service);
    what_came_back_is_told(service);
    the_scan_is_kept(world, service);
    the_pieces_decide(world, service);
    answers(world, service);
    what_was_unidentifiable_goes_its_way(service);
}

fn what_makes_no_sense_is_refused_whole(world: &World, service: &Service) {
    let refused = |change: fn(&mut Value), code: &str, pointer: &str| {
        let mut bad = envelope(1, "npai");
        change(&mut bad);
        let (status, problem) = import(service, &[envelope(0, "pv_request"), bad]);
        let found = (
            status,
            problem["code"].as_str(),
            problem["pointer"].as_str(),
        );
        assert_eq!(found, (422, Some(code), Some(pointer)), "{problem}");
    };
    let of = "/envelopes/1/envelope";
    refused(
        |bad| bad["envelope"]["undelivered"] = Value::Null,
        "undelivered_mismatch",
        &format!("{of}/undelivered"),
    );
    refused(
        |bad| bad["envelope"]["received_on"] = json!("2026-11-24"),
        "day_malformed",
        &format!("{of}/received_on"),
    );
    refused(
        |bad| bad["envelope"]["id"] = json!(id(0)),
        "id_repeated",
        &format!("{of}/id"),
    );
    let scan = "/envelopes/1/scan";
    refused(|bad| bad["scan"] = json!("%"), "scan_malformed", scan);
    refused(
        |bad| bad["scan"] = json!(base64("<html>")),
        "scan_malformed",
        scan,
    );
    refused(
        |bad| bad["scan"] = json!(base64(&format!("%PDF-{}", "x".repeat(1_000)))),
        "scan_malformed",
        scan,
    );
    assert_eq!(import(service, &[]).0, 422);
    assert_eq!(
        world.sql("SELECT count(*) FROM courrier WHERE channel = 'mail'"),
        "0"
    );
}

/// The envelope that asks for it is answered by its letter, which goes by post.
fn a_copy_of_the_proces_verbal_is_asked_for(world: &World) {
    let outcome = format!(
        "SELECT outcome || ' ' || outcome_detail FROM courrier WHERE id = '{}' AND NOT is_duplicate",
        id(5)
    );
    wait_for("the answer", || {
        Ok((world.sql(&outcome) == "answered letter PVE/1").then_some(()))
    })
    .unwrap();
    let lot = format!(
        "SELECT encode(request_lot, 'hex') FROM proces_verbal WHERE avis = {} AND courrier = '{}'",
        FIRST + 5,
        id(5)
    );
    let requests = world.letters_of(&world.sql(&lot));
    let own: Vec<_> = requests
        .iter()
        .filter(|request| request.avis == (FIRST + 5).to_string())
        .collect();
    assert_eq!(own.len(), 1);
    assert!(matches!(own[0].letter, LetterV1::ProcesVerbal(_)) && !own[0].is_kept);
    // Each contested file has its own, which never goes by post.
    let file = format!("SELECT encode(request_lot, 'hex') FROM proces_verbal WHERE avis = {FIRST}");
    let lot = wait_for("the procès-verbal of the file", || {
        Ok(Some(world.sql(&file)).filter(|lot| !lot.is_empty()))
    })
    .unwrap();
    let requests = world.letters_of(&lot);
    let own = requests
        .iter()
        .find(|request| request.avis == FIRST.to_string());
    assert!(own.unwrap().is_kept);
}

fn each_has_an_owner(service: &Service) {
    let outcomes: Vec<(String, String)> = (0..12)
        .map(|n| {
            let courrier = read(service, n);
            let word = |member: &str| courrier[member].as_str().unwrap().to_owned();
            (word("owner"), word("outcome"))
        })
        .collect();
    let expected = [
        ("omp", "open"),
        ("omp", "open"),
        ("omp", "open"),
        ("cnt", "none_needed"),
        ("cnt", "open"),
        ("cnt", "answered"),
        ("cnt", "open"),
        ("comptable", "none_needed"),
        ("comptable", "none_needed"),
        ("dpo", "open"),
        ("mail_room", "open"),
        ("mail_room", "open"),
    ];
    for (found, expected) in outcomes.iter().zip(expected) {
        assert_eq!((found.0.as_str(), found.1.as_str()), expected);
    }
    assert_eq!(read(service, 9)["answer_until"], "2026-12-23", "a month");
    let list = |path: &str| service.get(path, "tresor", "-").1["entries"].clone();
    assert_eq!(list("/v1/courriers?owner=comptable"), json!([]));
    let handed_over = list("/v1/courriers?owner=comptable&all=true");
    let kinds: Vec<&str> = handed_over
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["payment", "time_request"]);
    let (_, page) = service.get("/v1/courriers?owner=cnt&limit=1", "agent", "-");
    assert_eq!(page["entries"].as_array().unwrap().len(), 1);
    let next = page["next"].as_str().unwrap();
    let (_, page) = service.get(
        &format!("/v1/courriers?owner=cnt&after={next}"),
        "agent",
        "-",
    );
    assert_eq!(page["entries"][0]["id"], id(6).to_string());
    assert!(page.get("next").is_none());
    // An OMP sees its own files' envelopes and no others.
    let mine = service.get("/v1/courriers?owner=omp", "leroy", OMP).1;
    assert_eq!(mine["entries"].as_array().unwrap().len(), 3);
    let path = format!("/v1/courriers/{}", id(5));
    assert_eq!(service.get(&path, "leroy", OMP).0, 404);
    assert_eq!(service.get("/v1/courriers?owner=x", "leroy", OMP).0, 400);
}

fn what_came_back_is_told(service: &Service) {
    let life = wait_for("the life to know", || {
        let life = service.life(FIRST + 3);
        Ok((!steps(&life).is_empty()).then_some(life))
    })
    .unwrap();
    assert_eq!(
        steps(&life),
        [step("2026-11-23", "returned", "sent", "CR R322-7")]
    );
    assert_eq!(life["steps"][0]["duties"], json!(["seek_address"]));
    assert_eq!(life["returned"], "2026-11-23");
    assert_eq!(life["titre_day"], "2027-01-20", "no delay stops");
}

fn the_scan_is_kept(world: &World, service: &Service) {
    let path = format!("/v1/courriers/{}/scan", id(5));
    let (status, media, bytes) = service.get_bytes(&path, "agent");
    assert_eq!((status, media.as_str()), (200, "application/pdf"));
    assert_eq!(bytes, scan(5).into_bytes());
    let row = format!(
        "SELECT scan_sha256 = sha256('{}') FROM courrier WHERE id = '{}' AND NOT is_duplicate",
        scan(5),
        id(5)
    );
    assert_eq!(world.sql(&row), "t");
    let journal = format!(
        "SELECT string_agg(who || ' ' || what, ', ' ORDER BY at) FROM courrier_consultation WHERE id = '{}'",
        id(5)
    );
    assert_eq!(world.sql(&journal), "courrier read, agent scan");
}

/// What the mail room found in the envelope says which grounds there are, and the decision answers the envelope.
fn the_pieces_decide(world: &World, service: &Service) {
    let path = format!("/v1/contestations/{}", id(0));
    let (_, found) = service.get(&format!("{path}/admissibility"), "leroy", OMP);
    let codes: Vec<&str> = found["grounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ground| ground["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["IRR_MOTIF", "IRR_AVIS", "IRR_QUALITE"]);
    service.lives_in(FIRST, "contested");
    assert_eq!(
        steps(&service.life(FIRST))[0].0,
        "2026-11-21",
        "the postmark"
    );
    let decision = json!({"kind": "inadmissible", "grounds": ["IRR_AVIS"]});
    let (status, decided) = service.decide((id(0), OMP), 1, &decision);
    assert_eq!(status, 200, "{decided}");
    let courrier = read(service, 0);
    assert_eq!(
        (
            &courrier["outcome"],
            &courrier["outcome_detail"],
            &courrier["outcome_by"]
        ),
        (&json!("answered"), &json!("letter IRR"), &json!("leroy"))
    );
    let disagree = "SELECT count(*) FROM courrier k JOIN contestation c ON c.id = k.contestation \
                    WHERE NOT is_duplicate AND (outcome = 'open') = (state = 'decided')";
    assert_eq!(world.sql(disagree), "0");
}

fn answers(world: &World, service: &Service) {
    let done = json!({"kind": "answered", "how": "copie envoyée"});
    assert_eq!(answer(service, 9, &done).0, 204);
    // The copy of the procès-verbal went by itself.
    for n in [9, 5] {
        let (status, problem) = answer(service, n, &done);
        assert_eq!((status, problem["code"].as_str()), (409, Some("closed")));
    }
    assert_eq!(read(service, 9)["outcome_detail"], "copie envoyée");
    let (status, problem) = answer(service, 1, &done);
    assert_eq!(
        (status, problem["code"].as_str()),
        (409, Some("contestation"))
    );
    assert_eq!(answer(service, 99, &done).0, 404);
    // Nothing was majoré: there is no majoration that could fall.
    let declared = json!({"kind": "address_declared", "declared_on": "2026-11-22"});
    let (status, problem) = answer(service, 6, &declared);
    assert_eq!((status, problem["code"].as_str()), (409, Some("refused")));
    let (status, problem) = answer(service, 4, &declared);
    assert_eq!(
        (status, problem["code"].as_str()),
        (409, Some("not_an_address"))
    );
    let none = json!({"kind": "none_needed", "why": "déjà servie"});
    assert_eq!(answer(service, 4, &none).0, 204);
    let open = format!(
        "SELECT outcome FROM courrier WHERE id = '{}' AND NOT is_duplicate",
        id(6)
    );
    assert_eq!(world.sql(&open), "open");
}

fn what_was_unidentifiable_goes_its_way(service: &Service) {
    let identify = |n: u64, found: &Value| {
        let path = format!("/v1/courriers/{}/identify", id(n));
        service.post(&path, &found.to_string(), "courrier", "-")
    };
    let about = |n: u64| json!({ "avis": (FIRST + n).to_string() });
    // It was read as a requête, whose number alone was missing; without a postmark nothing is held against it.
    let mut as_npai = about(12);
    as_npai["kind"] = json!("npai");
    assert_eq!(identify(11, &as_npai).0, 422);
    assert_eq!(identify(11, &about(12)).0, 204);
    assert_eq!(identify(11, &about(12)).1["code"], "identified");
    service.lives_in(FIRST + 12, "contested");
    let courrier = read(service, 11);
    assert_eq!(
        (&courrier["kind"], &courrier["omp"]),
        (&json!("requete"), &json!(OMP))
    );
    // Nobody had known what it is.
    assert_eq!(identify(10, &about(13)).0, 422, "what is it?");
    let mut requete = about(13);
    requete["kind"] = json!("requete");
    assert_eq!(identify(10, &requete).0, 422, "on what ground?");
    requete["ground"] = json!("autre");
    requete["text"] = json!("Je n'y étais pas.");
    assert_eq!(identify(10, &requete).0, 204);
    service.lives_in(FIRST + 13, "contested");
    let (status, file) = service.get(&format!("/v1/contestations/{}", id(10)), "leroy", OMP);
    assert_eq!(
        (status, &file["motivation"]),
        (200, &json!("Je n'y étais pas."))
    );
}
