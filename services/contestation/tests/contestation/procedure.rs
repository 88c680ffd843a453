//! After the decision: réclamations received, judgments, acts that interrupt, what the comptable is told, what an officer
//! asks. It is 20 January 2027, D+61, and three fines were majorées that day.

use cnt_contracts::letter::LetterV1;
use cnt_contracts::report::{ReportRequest, ReportV1};
use cnt_contracts::topics::REPORT_INBOUND;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::support::{Avis, Service, World};

const OMP: &str = "OMP-29-07";
const FIRST: u64 = 9_900_200_000;
const COURT_OMP: &str = "OMP-53-01";
const COURT_FIRST: u64 = 9_900_500_000;

fn id(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(COURT_FIRST + n))
}

fn decide(service: &Service, omp: &str, id: Uuid, decision: &Value) -> (u16, Value) {
    let path = format!("/v1/contestations/{id}");
    let (_, file) = service.get(&path, "leroy", omp);
    let version = file["entry"]["version"].as_i64().unwrap();
    service.decide((id, omp), version, decision)
}

fn acts(service: &Service, acts: &Value) -> Value {
    let body = json!({ "acts": acts }).to_string();
    let (status, answer) = service.post("/v1/acts", &body, "greffe", "-");
    assert_eq!(status, 200, "{answer}");
    answer
}

fn notices(service: &Service, avis: u64) -> Vec<Value> {
    let (status, answer) = service.get("/v1/comptable/notices", "tresor", "-");
    assert_eq!(status, 200, "{answer}");
    let all = answer["notices"].as_array().unwrap().clone();
    let avis = json!(avis.to_string());
    let of = |notice: &Value| notice["avis"] == avis;
    all.into_iter().filter(of).collect()
}

/// `titres` has left FIRST + 1 and FIRST + 3 majorées, each with its letter.
pub(crate) fn reclamations_are_received(world: &World, service: &Service) {
    let avis = FIRST + 3;
    let id = Uuid::from_u128(u128::from(avis) << 8);
    assert_eq!(service.contest(id, avis), 202);
    service.lives_in(avis, "reclaimed");
    assert_eq!(notices(service, avis), Vec::<Value>::new());
    let admission = json!({"kind": "admission"});
    let (status, answer) = decide(service, OMP, id, &admission);
    assert_eq!(
        (status, &answer["state"]),
        (200, &json!("admitted")),
        "{answer}"
    );
    assert_eq!(
        (&answer["basis"], &answer["files"]),
        (&json!("CPP 530, R49-8"), &json!(0)),
        "the file still waits for its decision"
    );
    // The comptable is told in the same transaction.
    let told = notices(service, avis);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["what"], &told[0]["titre"]),
        (&json!("titre_annulled"), &json!("T270120-29-07-1"))
    );
    let (_, file) = service.get(&format!("/v1/contestations/{id}"), "leroy", OMP);
    assert_eq!(
        (&file["admitted_on"], &file["state"]),
        (&json!("2027-01-20"), &json!("queued"))
    );
    let (status, problem) = decide(service, OMP, id, &admission);
    assert_eq!((status, &problem["code"]), (409, &json!("refused")), "once");
    let taken = json!({"ids": [told[0]["id"]]}).to_string();
    for count in [1, 0] {
        let (_, answer) = service.post("/v1/comptable/notices/taken", &taken, "tresor", "-");
        assert_eq!(answer["taken"], count);
    }
    assert_eq!(notices(service, avis), Vec::<Value>::new());
    // It can be refused no more, and every notice stands for a duty of a step.
    let refused = json!({"kind": "inadmissible", "grounds": ["IRR_PIECE"]});
    assert_eq!(decide(service, OMP, id, &refused).0, 409);
    let disagree = "SELECT (SELECT count(*) FROM life_step s, unnest(s.duties) d \
                            WHERE d = 'tell_comptable' OR d LIKE 'refund %' OR d LIKE 'set_off %') \
                         - (SELECT count(*) FROM comptable_notice)";
    assert_eq!(world.sql(disagree), "0");
}

/// Prosecuted, judged, opposed, judged again; and what interrupts prescription.
pub(crate) fn the_tribunal_judges(world: &World, service: &Service) {
    let sent: Vec<Avis> = (0..4)
        .map(|n| Avis::new(COURT_FIRST + n, COURT_OMP, "2026-10-01").dated("2027-01-18"))
        .collect();
    world.announce(&sent);
    for n in 0..4 {
        service.lives_in(COURT_FIRST + n, "sent");
        assert_eq!(service.contest(id(n), COURT_FIRST + n), 202);
        service.lives_in(COURT_FIRST + n, "contested");
    }
    inquiries_are_dated(service);
    the_agent_reports(world, service);
    the_applicant_is_written_to(world, service);
    files_are_linked(service);
    let prosecution = json!({"kind": "prosecution", "court": "ordonnance_penale"});
    for n in 0..2 {
        assert_eq!(decide(service, COURT_OMP, id(n), &prosecution).0, 200);
    }
    judgments_are_taken_in(service);
    prescription_moves(service);
}

fn act(reference: &str, n: u64, kind: &str, fine: &Value) -> Value {
    json!({"reference": reference, "avis": (COURT_FIRST + n).to_string(), "day": "2027-01-20",
           "kind": kind, "fine_cents": fine})
}

fn judgments_are_taken_in(service: &Service) {
    let lot = json!([
        act("J1", 0, "conviction", &json!(15_000)),
        act("J2", 1, "conviction", &json!(100)),
        act("J3", 2, "relaxe", &Value::Null),
        act("J4", 3, "interruption", &Value::Null),
        {"reference": "J5", "avis": "9900599999", "day": "2027-01-20", "kind": "relaxe"},
    ]);
    let answer = acts(service, &lot);
    assert_eq!(answer["applied"], 2, "{answer}");
    let refused: Vec<&Value> = answer["refused"].as_array().unwrap().iter().collect();
    // Below the floor of CPP 530-1; and nobody was prosecuted in the third.
    assert_eq!(
        (&refused[0]["reference"], &refused[1]["reference"]),
        (&json!("J2"), &json!("J3"))
    );
    assert_eq!(answer["unknown"][0]["reference"], "J5");
    assert_eq!(acts(service, &lot)["known"], 5, "each reference once");
    let other = json!([act("J1", 0, "conviction", &json!(16_000))]);
    assert_eq!(acts(service, &other)["conflicting"][0]["reference"], "J1");
    let last = steps(&service.life(COURT_FIRST)).pop().unwrap();
    assert_eq!(
        last,
        step("2027-01-20", "conviction", "convicted", "CPP 530-1")
    );
    let opposed = json!([
        act("J6", 0, "opposition", &Value::Null),
        act("J7", 0, "relaxe", &Value::Null)
    ]);
    assert_eq!(acts(service, &opposed)["applied"], 2);
    assert_eq!(service.life(COURT_FIRST)["state"], "acquitted");
    assert_eq!(
        acts(service, &json!([act("J8", 0, "opposition", &Value::Null)]))["refused"][0]["reference"],
        "J8",
        "there is none to a judgment after a hearing"
    );
}

fn prescription_moves(service: &Service) {
    // The interruption moved the prescription of the life, and with it the place in the queue.
    assert_eq!(service.life(COURT_FIRST + 3)["prescription"], "2028-01-20");
    let queue: Vec<(Value, Value)> = service
        .queued(COURT_OMP, 2)
        .iter()
        .map(|entry| (entry["id"].clone(), entry["prescription"].clone()))
        .collect();
    assert_eq!(
        queue,
        [
            (json!(id(2)), json!("2027-10-01")),
            (json!(id(3)), json!("2028-01-20"))
        ]
    );
    for (bad, code) in [
        (act("J9", 0, "conviction", &Value::Null), "amount_malformed"),
        (act("J9", 0, "relaxe", &json!(1)), "amount_malformed"),
        (act("", 0, "relaxe", &Value::Null), "reference_malformed"),
    ] {
        let body = json!({ "acts": [bad] }).to_string();
        let (status, problem) = service.post("/v1/acts", &body, "greffe", "-");
        assert_eq!((status, problem["code"].as_str()), (422, Some(code)));
    }
}

fn inquiries_are_dated(service: &Service) {
    let question = Uuid::from_u128(0x9001);
    let ask = |file: Uuid, what: &str, omp: &str| {
        let body = json!({"id": question, "kind": "report", "what": what}).to_string();
        let path = format!("/v1/contestations/{file}/inquiries");
        service.post(&path, &body, "leroy", omp).0
    };
    assert_eq!(
        ask(id(2), "Où était le panneau ?", "OMP-35-01"),
        409,
        "another OMP's"
    );
    for _ in 0..2 {
        assert_eq!(
            ask(id(2), "Où était le panneau ?", COURT_OMP),
            204,
            "the same id is one"
        );
    }
    assert_eq!(
        ask(id(3), "Où était le panneau ?", COURT_OMP),
        409,
        "another's id"
    );
    let answer = |day: &str| {
        let body = json!({"answer": "À vingt mètres.", "day": day}).to_string();
        let path = format!("/v1/inquiries/{question}/answer");
        service.post(&path, &body, "leroy", COURT_OMP).0
    };
    assert_eq!(answer("2027-01-21"), 422);
    assert_eq!(answer("2027-01-19"), 409, "it was asked later");
    assert_eq!(answer("2027-01-20"), 204);
    assert_eq!(answer("2027-01-20"), 409, "once");
    let (_, file) = service.get(&format!("/v1/contestations/{}", id(2)), "leroy", COURT_OMP);
    let asked = file["inquiries"].as_array().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (
            &asked[0]["asked_on"],
            &asked[0]["answered_on"],
            &asked[0]["answer"]
        ),
        (
            &json!("2027-01-20"),
            &json!("2027-01-20"),
            &json!("À vingt mètres.")
        )
    );
}

/// The collectivity is told by its receipts; what it hands in answers the question, once.
fn the_agent_reports(world: &World, service: &Service) {
    let question = Uuid::from_u128(0x9003);
    let body = json!({"id": question, "kind": "report", "what": "Qui conduisait ?"}).to_string();
    let path = format!("/v1/contestations/{}/inquiries", id(2));
    assert_eq!(service.post(&path, &body, "leroy", COURT_OMP).0, 204);
    let lot = format!("SELECT encode(request_lot, 'hex') FROM inquiry WHERE id = '{question}'");
    let requests = world.letters_of(&world.sql(&lot));
    let LetterV1::ReportAsked(said) = &requests[0].letter else {
        panic!("not a demand of a report")
    };
    assert_eq!((said.inquiry, requests[0].is_kept), (question, true));
    let siren = world.sql(&format!(
        "SELECT siren FROM avis WHERE avis = {}",
        COURT_FIRST + 2
    ));
    let report = |siren: &str, text: &str| {
        let report = ReportV1 {
            version: 1,
            received_at_us: 1_800_442_800_000_000,
            siren: siren.to_owned(),
            inquiry: question,
            report: ReportRequest {
                agent: "990017".to_owned(),
                text: text.to_owned(),
            },
        };
        let value = serde_json::to_vec(&report).unwrap();
        world.send(REPORT_INBOUND.name, question.to_string().as_bytes(), &value);
    };
    report("130005481", "Un autre.");
    report(&format!("{siren:0>9}"), "Le titulaire.");
    report(&format!("{siren:0>9}"), "Je ne sais plus.");
    let outcomes = format!(
        "SELECT string_agg(outcome, ' ' ORDER BY n) FROM agent_report WHERE inquiry = '{question}'"
    );
    wait_for("the reports", || {
        Ok((world.sql(&outcomes) == "unknown answered known").then_some(()))
    })
    .unwrap();
    let answer =
        format!("SELECT answer || ' ' || answered_by FROM inquiry WHERE id = '{question}'");
    assert_eq!(world.sql(&answer), "Le titulaire. agent 990017");
}

/// A piece is asked for by a letter, once.
fn the_applicant_is_written_to(world: &World, service: &Service) {
    let question = Uuid::from_u128(0x9002);
    let ask = |what: &str| {
        let body = json!({"id": question, "kind": "piece", "what": what}).to_string();
        let path = format!("/v1/contestations/{}/inquiries", id(3));
        service.post(&path, &body, "leroy", COURT_OMP).0
    };
    assert_eq!(ask(&"x".repeat(601)), 422, "a letter has room for less");
    for _ in 0..2 {
        assert_eq!(ask("La copie de la carte."), 204);
    }
    let lot = format!("SELECT encode(request_lot, 'hex') FROM inquiry WHERE id = '{question}'");
    let requests = world.letters_of(&world.sql(&lot));
    assert_eq!(requests.len(), 1);
    let LetterV1::PieceAsked(said) = &requests[0].letter else {
        panic!("not a demand of a piece")
    };
    // Thirty days from Wednesday 20 January end on Friday 19 February.
    assert_eq!(
        (said.wanted.as_str(), said.until.as_str()),
        ("La copie de la carte.", "2027-02-19")
    );
    assert_eq!(requests[0].issue, 1);
}

/// Every avis of these tests bears the same plate, and the same name at the same place.
fn files_are_linked(service: &Service) {
    let (_, file) = service.get(&format!("/v1/contestations/{}", id(2)), "leroy", COURT_OMP);
    let linked = file["linked"].as_array().unwrap();
    let number = |n: u64| json!((COURT_FIRST + n).to_string());
    let (own, other) = (number(2), number(3));
    let other = linked.iter().find(|linked| linked["avis"] == other);
    let other = other.unwrap();
    assert_eq!(
        (&other["by"], &other["state"], &other["contestations"]),
        (&json!(["plate", "person"]), &json!("contested"), &json!(1))
    );
    assert!(linked.iter().all(|linked| linked["avis"] != own));
}
