//! The titre of an OMP: proposed from D+61, nothing without its signature, exactly one request for letters.

use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{LetterRequestV1, LetterV1};
use cnt_contracts::officer::OfficerStatement;
use cnt_evidence::SigningKey;
use cnt_flow::lot_id;
use cnt_testkit::wait_for;
use cnt_vault::{LocalStore, LotKind, LotReader, ObjectStore};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::life::{step, steps};
use crate::officers::signed_by;
use crate::support::{Avis, Service, World};

const OMP: &str = "OMP-29-07";
const FIRST: u64 = 9_900_200_000;

/// It is 20 January 2027, D+61 of avis sent on 20 November.
pub(crate) fn titres(world: &World, service: &Service) {
    let sent: Vec<Avis> = (0..4)
        .map(|n| Avis::new(FIRST + n, OMP, "2026-10-01"))
        .collect();
    world.announce(&sent);
    for avis in FIRST..FIRST + 4 {
        service.lives_in(avis, "titre_proposed");
    }
    // Whoever writes after the proposal and before the signature is not signed for.
    assert_eq!(
        service.contest(Uuid::from_u128(u128::from(FIRST)), FIRST),
        202
    );
    service.lives_in(FIRST, "contested");
    let path = format!("/v1/omp/{OMP}/titre");
    let (status, titre) = service.get(&path, "leroy", OMP);
    assert_eq!(
        (status, &titre["avis"], &titre["total_cents"]),
        (200, &json!(3), &json!(112_500))
    );
    assert_eq!(titre["number"], "T270120-29-07-1");
    assert_eq!(titre["list"][0], format!("{};37500", FIRST + 1));
    assert_eq!(service.get(&path, "leroy", "OMP-35-01").0, 404);

    let text = titre["text"].as_str().unwrap();
    let key = SigningKey::from_seed(OMP, &[7; 32]).unwrap();
    let note = json!({ "note": key.sign(text).unwrap() }).to_string();
    let sign = |note: &str| service.post(&format!("{path}/sign"), note, "leroy", OMP);
    let (status, problem) = sign(&note);
    assert_eq!((status, problem["code"].as_str()), (409, Some("no_key")));
    let other = a_key_is_vouched_for(service, &key);
    let forged = json!({ "note": other.sign(text).unwrap() }).to_string();
    assert_eq!(sign(&forged).0, 422);
    let otherwise = text.replace("3 avis", "2 avis");
    let otherwise = json!({ "note": key.sign(&otherwise).unwrap() }).to_string();
    let (status, problem) = sign(&otherwise);
    assert_eq!((status, problem["code"].as_str()), (409, Some("changed")));
    assert_eq!(
        service.life(FIRST + 1)["state"],
        "titre_proposed",
        "nothing was signed"
    );

    let (status, signed) = sign(&note);
    assert_eq!((status, &signed["avis"]), (200, &json!(3)), "{signed}");
    assert_eq!(sign(&note).0, 204, "nothing is left to sign");
    let life = service.life(FIRST + 1);
    assert_eq!(life["state"], "majoree");
    let last = steps(&life).pop().unwrap();
    assert_eq!(
        last,
        step("2027-01-20", "titre_signed", "majoree", "CPP R49-5")
    );
    assert_eq!(service.life(FIRST)["state"], "contested");
    letters_are_asked_for_once(world);

    the_one_who_acts_signs(world, service);
    letters_start_the_month(world, service);
    a_new_address_is_judged(world, service);
}

/// By order, OMP-51-01 acts for OMP-08-01: one titre holds the avis of both, and the replaced one signs nothing.
fn the_one_who_acts_signs(world: &World, service: &Service) {
    let (replaced, own) = (FIRST + 10, FIRST + 11);
    let sent = [(replaced, "OMP-08-01"), (own, "OMP-51-01")]
        .map(|(avis, omp)| Avis::new(avis, omp, "2026-10-01"));
    world.announce(&sent);
    for avis in [replaced, own] {
        service.lives_in(avis, "titre_proposed");
    }
    let titre = |omp: &str| service.get(&format!("/v1/omp/{omp}/titre"), "martin", omp);
    assert_eq!(titre("OMP-08-01").0, 204);
    let (status, proposed) = titre("OMP-51-01");
    assert_eq!((status, &proposed["avis"]), (200, &json!(2)), "{proposed}");
    assert_eq!(proposed["number"], "T270120-51-01-1");
    let (_, titres) = service.get("/v1/titres", "martin", "OMP-51-01");
    assert_eq!(titres["waiting"], json!([{"omp": "OMP-51-01", "avis": 2}]));
    let (_, titres) = service.get("/v1/titres", "martin", "OMP-08-01");
    assert_eq!(titres["waiting"], json!([]));

    let key = SigningKey::from_seed("OMP-51-01", &[9; 32]).unwrap();
    assert_eq!(
        register(service, "OMP-51-01", &vouched(&key, "OMP-51-01")),
        204
    );
    let note = key.sign(proposed["text"].as_str().unwrap()).unwrap();
    let note = json!({ "note": note }).to_string();
    let (status, signed) =
        service.post("/v1/omp/OMP-51-01/titre/sign", &note, "martin", "OMP-51-01");
    assert_eq!((status, &signed["avis"]), (200, &json!(2)), "{signed}");
    service.lives_in(replaced, "majoree");
}

fn letters_start_the_month(world: &World, service: &Service) {
    // Edition answers with the letters: the month of CPP R49-6 begins.
    let letter = |n: u64| {
        Avis::new(FIRST + n, OMP, "2026-10-01")
            .letter("AFM")
            .dated("2027-01-20")
    };
    world.announce(&[letter(1), letter(2), letter(3)]);
    wait_for("the letters to be known", || {
        let life = service.life(FIRST + 1);
        Ok((life["steps"].as_array().unwrap().len() == 3).then_some(()))
    })
    .unwrap();
    let life = service.life(FIRST + 1);
    let last = steps(&life).pop().unwrap();
    assert_eq!(
        last,
        step("2027-01-20", "majoree_sent", "majoree", "CPP R49-6")
    );
    assert_eq!(life["owed_paper"]["tariff"], "majoree_reduced");
    assert_eq!(life["owed_paper"]["cents"], 30_000);
    let (_, titres) = service.get("/v1/titres", "leroy", OMP);
    assert_eq!(
        (&titres["waiting"], &titres["signed"][0]["avis"]),
        (&json!([]), &json!(3))
    );
}

/// An address that is declared on the portal after the majoration is kept at once; whether it was declared in time is for
/// the CNT to judge, and with that the majoration falls (CPP R49-6-1).
fn a_new_address_is_judged(world: &World, service: &Service) {
    let avis = FIRST + 2;
    let id = Uuid::from_u128(u128::from(avis) << 8);
    let body = json!({"id": id, "address": ["12 rue de la Gare", "29200 Brest"]});
    let path = format!("/v1/portal/avis/{avis}/address");
    assert_eq!(service.asked(&path, &[("CNT-Key", "")], Some(&body)).0, 202);
    let outcome = format!("SELECT outcome FROM courrier WHERE id = '{id}'");
    wait_for("the envelope", || {
        Ok((world.sql(&outcome) == "open").then_some(()))
    })
    .unwrap();
    let path = format!("/v1/courriers/{id}");
    let (_, courrier) = service.get(&path, "accueil", "-");
    assert_eq!(courrier["address"], body["address"], "{courrier}");
    let declared = json!({"kind": "address_declared", "declared_on": courrier["received_on"]});
    let answer = format!("{path}/answer");
    let answered = service.post(&answer, &declared.to_string(), "accueil", "-");
    assert_eq!(answered.0, 204, "{}", answered.1);
    service.lives_in(avis, "sent");
}

fn letters_are_asked_for_once(world: &World) {
    let lots = world.sql(&format!(
        "SELECT encode(request_lot, 'hex') FROM titre WHERE omp = '{OMP}'"
    ));
    let mut name = [0; 32];
    for (byte, digits) in name.iter_mut().zip(lots.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    }
    let objects = LocalStore::new(world.stack.objects_dir());
    let object = objects.get(LotKind::Request, lot_id(Hex32(name))).unwrap();
    let reader = LotReader::open(object).unwrap();
    let members = reader.members().unwrap();
    assert_eq!(members.len(), 3);
    let request: LetterRequestV1 = members[0].meta().unwrap();
    assert_eq!(members[0].id, format!("{}/AFM/1", FIRST + 1));
    assert_eq!(request.sent_on, "2027-01-20");
    let LetterV1::AmendeMajoree(letter) = request.letter else {
        panic!("another letter");
    };
    assert_eq!((letter.full.cents, letter.reduced.cents), (37_500, 30_000));
    assert_eq!(letter.claim_until, "2027-02-19");
    assert_eq!(letter.titre, "T270120-29-07-1");
    // The event leaves with the next sweep of the outbox.
    wait_for("the request to leave", || {
        Ok((world.sql("SELECT count(*) FROM outbox") == "0").then_some(()))
    })
    .unwrap();
}

/// A key as its OMP registers it: the officer of `officer` vouches for it.
fn vouched(key: &SigningKey, officer: &str) -> Value {
    let omp = key.verifier().key().name().to_owned();
    let verifier = key.verifier().to_string();
    let signature = signed_by(
        officer,
        &OfficerStatement::Key {
            omp,
            verifier: verifier.clone(),
        },
    );
    json!({ "verifier": verifier, "signature": signature })
}

fn register(service: &Service, omp: &str, key: &Value) -> u16 {
    service.put(&format!("/v1/omp/{omp}/signer"), key, "leroy", omp)
}

/// The first key that the officer vouches for is the OMP's. Gives another one.
fn a_key_is_vouched_for(service: &Service, key: &SigningKey) -> SigningKey {
    assert_eq!(register(service, OMP, &vouched(key, "OMP-35-01")), 422);
    let other = SigningKey::from_seed(OMP, &[8; 32]).unwrap();
    let mut unvouched = vouched(key, OMP);
    unvouched["signature"] = vouched(&other, OMP)["signature"].clone();
    assert_eq!(register(service, OMP, &unvouched), 422);
    let stranger = SigningKey::from_seed("OMP-35-01", &[7; 32]).unwrap();
    assert_eq!(register(service, OMP, &vouched(&stranger, OMP)), 422);
    for (key, status) in [(key, 204), (key, 204), (&other, 409)] {
        assert_eq!(register(service, OMP, &vouched(key, OMP)), status);
    }
    other
}
