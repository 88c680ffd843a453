//! Who may open a connection, and how long it may be held.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::PoisonError;
use std::time::Duration;

use cnt_testkit::wait_for;
use cnt_trust::issue::{Hierarchy, HierarchyParams, Issued};

use crate::connections::identity;
use crate::world::{CONNECTIONS_MAX, LISTED, PEACE, World, answer, real_now, world};

const DAY: i64 = 86_400;

/// What the alert says to whoever connects with this certificate; nothing when the status is answered.
fn refusal(world: &World, issued: Option<&Issued>) -> Option<String> {
    let agent = world.agent_with(issued);
    match agent.get(world.url("/v1/status")).call() {
        Ok(response) => {
            assert_eq!(response.status(), 200);
            None
        }
        Err(error) => Some(format!("{error:?}")),
    }
}

#[test]
fn only_a_good_connection_certificate_opens_a_connection() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(refusal(&world, Some(&world.issued(1))), None);
    let by_address = format!("https://{}/v1/status", world.address);
    let agent = world.agent_with(Some(&world.issued(1)));
    assert_eq!(agent.get(by_address).call().unwrap().status(), 200);
    let stranger = Hierarchy::generate(HierarchyParams::from_number(8, real_now() - 200 * DAY))
        .unwrap()
        .issue_station_connection(&identity(1), real_now() - 100 * DAY)
        .unwrap();
    let ours = &world.hierarchy;
    let expired = ours.issue_station_connection(&identity(1), real_now() - 3 * 365 * DAY - 10);
    let early = ours.issue_station_connection(&identity(1), real_now() + DAY);
    let seal = ours.issue_station_seal(&identity(1), real_now() - DAY);
    for (issued, alert) in [
        (None, "CertificateRequired"),
        (Some(stranger), "UnknownCA"),
        (Some(expired.unwrap()), "CertificateExpired"),
        (Some(early.unwrap()), "UnknownCA"),
        (Some(seal.unwrap()), "UnsupportedCertificate"),
        (Some(world.issued(LISTED)), "CertificateRevoked"),
    ] {
        let said = refusal(&world, issued.as_ref()).unwrap_or_default();
        assert!(said.contains(alert), "{alert}: {said}");
    }
}

#[test]
fn older_versions_of_tls_and_plain_http_are_not_spoken() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let issued = world.issued(1);
    let mut socket = world.raw(Some(&issued), &[&rustls::version::TLS12]);
    let refused = socket.conn.complete_io(&mut socket.sock).unwrap_err();
    assert!(
        format!("{refused:?}").contains("ProtocolVersion"),
        "{refused:?}"
    );

    let mut plain = TcpStream::connect(world.address).unwrap();
    plain
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    plain
        .write_all(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    // The connection may end with a reset; what counts is what was said before.
    let _ended = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}

#[test]
fn slow_heads_and_slow_handshakes_are_cut() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let mut slow = world.socket(Some(&world.issued(12))).unwrap();
    slow.write_all(b"GET /v1/status HTTP/1.1\r\nHost: loc")
        .unwrap();
    let mut said = Vec::new();
    let _ended = slow.read_to_end(&mut said);
    assert!(said.starts_with(b"HTTP/1.1 408"), "{said:?}");

    let mut silent = TcpStream::connect(world.address).unwrap();
    silent
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let ended = silent.read(&mut [0; 16]);
    let is_cut = match &ended {
        Ok(bytes) => *bytes == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    };
    assert!(is_cut, "{ended:?}");
}

#[test]
fn one_station_cannot_take_all_connections() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let issued = world.issued(13);
    let held: Vec<_> = (0..CONNECTIONS_MAX)
        .map(|_| {
            let mut socket = world.socket(Some(&issued)).unwrap();
            socket
                .write_all(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .unwrap();
            socket.read_exact(&mut [0; 12]).unwrap();
            socket
        })
        .collect();
    assert_eq!(world.get(13, "/v1/receipts").status, 429);
    assert_eq!(world.get(14, "/v1/receipts").status, 200);
    drop(held);
    wait_for("a place", || {
        let agent = world.agent_with(Some(&issued));
        let response = agent.get(world.url("/v1/receipts")).call()?;
        Ok((answer(response).status == 200).then_some(()))
    })
    .unwrap();
}

#[test]
fn who_is_cut_or_listed_is_refused_at_the_next_request_of_an_open_connection() {
    let world = world();
    let _war = PEACE.write().unwrap_or_else(PoisonError::into_inner);
    for station in [15, 16] {
        assert_eq!(world.get(station, "/v1/receipts").status, 200);
    }
    let mut open = world.socket(Some(&world.issued(16))).unwrap();
    let ask = b"GET /v1/receipts HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut status = || {
        open.write_all(ask).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            open.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        open.read_exact(&mut vec![0; length]).unwrap();
        head.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status(), "200");
    let before = world.version();
    world.announce_registry(before + 1, &[LISTED, 16], &[15]);
    world.follows(before + 1);
    assert_eq!(status(), "401");
    assert_eq!(world.get(15, "/v1/receipts").problem().code, "unauthorized");
    world.announce_registry(before + 2, &[LISTED], &[]);
    world.follows(before + 2);
    assert_eq!(status(), "200");
}
