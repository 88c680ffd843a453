//! Handing in: what is acknowledged is in the topic, what is refused is said precisely.

use std::io::{Read, Write};
use std::sync::PoisonError;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cnt_contracts::receipt::SubmissionAcknowledged;
use cnt_contracts::stamp::seal_of;
use cnt_trust::sha256;

use crate::world::{FORMER, NOW, PEACE, siren, world};

fn jws(service: &str, number: usize) -> String {
    let payload = format!(r#"{{"n":{number},"service":{{"code_service":"{service}"}}}}"#);
    format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
}

#[test]
fn acknowledged_records_are_in_the_topic_with_their_stamps() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let mut mifs: Vec<_> = (0..300)
        .map(|number| jws(["75AB1", "13XYZ9"][number % 2], number))
        .collect();
    mifs.push("unreadable".to_owned());
    let mut compressor = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    compressor.write_all(mifs.join("\n").as_bytes()).unwrap();
    let seal = world.seal_over(1, mifs.iter().map(String::as_bytes));
    let headers = [
        ("Content-Type", "application/jose-lines; charset=utf-8"),
        ("Content-Encoding", "gzip"),
        ("CNT-Seal", seal.as_str()),
    ];
    let answer = world.submit_as_is(1, &headers, &compressor.finish().unwrap());
    assert_eq!(answer.status, 202, "{}", answer.body);
    let acknowledged: SubmissionAcknowledged = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(acknowledged.received_at, NOW);
    assert_eq!(acknowledged.acknowledgements.len(), mifs.len());
    let one = [("Content-Type", "application/jose")];
    let single = world.submit(1, &one, jws("75AB1", 999).as_bytes());
    assert_eq!(single.status, 202, "{}", single.body);

    let version = world.version();
    let inbound = world.inbound(1);
    assert_eq!(inbound.len(), mifs.len() + 1);
    let told = &acknowledged.acknowledgements;
    let (first, _) = &inbound[&told[0].reception];
    let submission = first.submission.unwrap();
    for (index, (mif, told)) in mifs.iter().zip(told).enumerate() {
        let (stamp, record) = &inbound[&told.reception];
        // The first carries the seal of all, the others the submission's id.
        let carried = seal_of(|name| record.headers.get(name)).unwrap();
        assert_eq!(carried.is_some(), index == 0);
        if let Some(carried) = carried {
            let hashes: Vec<_> = mifs.iter().map(|mif| sha256(mif.as_bytes())).collect();
            let attached = cnt_trust::seal::attached(seal.as_bytes(), &hashes).unwrap();
            assert_eq!(carried, attached);
        }
        assert_eq!(record.value, mif.as_bytes());
        assert_eq!(stamp.received_at.to_string(), NOW);
        assert_eq!(
            (stamp.registry_version, stamp.submission),
            (version, Some(submission))
        );
        let key = record.key.as_deref().unwrap();
        match mif.as_str() {
            "unreadable" => assert_eq!(key, siren(1).as_bytes()),
            _ => assert!(key == b"75AB1" || key == b"13XYZ9"),
        }
    }
}

#[test]
fn what_is_refused_is_said_precisely_and_nothing_of_it_is_taken() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let too_long = [b"e.y.J\n".as_slice(), &[b'a'; 65_537]].concat();
    for (body, status, code, pointer) in [
        (b"".as_slice(), 400, "empty_body", None),
        (b"e.y.J\n\ne.y.J", 400, "empty_line", Some("/1")),
        (&too_long, 413, "mif_too_large", Some("/1")),
        (&b"a\n".repeat(1_001), 413, "too_many_mifs", None),
    ] {
        let answer = world.submit_lines(2, body);
        let problem = answer.problem();
        assert_eq!((answer.status, problem.code.as_str()), (status, code));
        assert_eq!(problem.pointer.as_deref(), pointer);
    }
    let bomb = zstd::encode_all(vec![b'a'; 64 << 20].as_slice(), 1).unwrap();
    let lines = ("Content-Type", "application/jose-lines");
    for (headers, body, status, code) in [
        (
            &[lines, ("Content-Encoding", "zstd")][..],
            bomb.as_slice(),
            413,
            "body_too_large",
        ),
        (
            &[lines, ("Content-Encoding", "gzip")],
            b"e.y.J",
            400,
            "bad_encoding",
        ),
        (
            &[lines, ("Content-Encoding", "br")],
            b"e.y.J",
            415,
            "content_encoding",
        ),
        (
            &[("Content-Type", "application/json")],
            b"{}",
            415,
            "content_type",
        ),
    ] {
        let answer = world.submit(2, headers, body);
        assert_eq!(
            (answer.status, answer.problem().code.as_str()),
            (status, code)
        );
    }
    assert!(world.inbound(2).is_empty());
}

#[test]
fn only_stations_of_the_registry_come_in() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(
        world.submit_lines(99, b"e.y.J").problem().code,
        "unauthorized"
    );
    assert_eq!(
        world.submit_lines(FORMER, b"e.y.J").problem().code,
        "forbidden"
    );
    assert_eq!(world.get(99, "/v1/receipts").status, 401);
    assert_eq!(world.get(FORMER, "/v1/receipts").status, 403);
}

#[test]
fn a_body_that_claims_too_much_is_refused_before_it_is_sent() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let mut socket = world.socket(Some(&world.issued(3))).unwrap();
    let head = "POST /v1/mifs HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/jose\r\n\
                CNT-Seal: e..s\r\nContent-Length: 9000000\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn the_status_tells_version_time_and_limits() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let status = world.get(1, "/v1/status").json();
    assert_eq!(status["registry_version"], world.version());
    assert_eq!(status["legal_time"], NOW);
    assert_eq!(status["limits"]["mifs_max"], 1_000);
    assert_eq!(
        world.get(1, "/v1/mifs").problem().code,
        "method_not_allowed"
    );
    assert_eq!(world.get(1, "/v1/nothing").problem().code, "not_found");
}
