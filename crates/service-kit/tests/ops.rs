//! The ops server answers over a real socket.

#![cfg(test)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use cnt_service_kit::ServiceContext;
use cnt_service_kit::ops::{Readiness, ReadyState};

fn get(address: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
fn ready_only_when_every_check_is_and_not_when_stopping() {
    let context = ServiceContext::new("archive", false, 1).unwrap();
    assert!(context.legal_clock.is_none());
    let server = context.start_ops("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = server.address();
    assert_ne!(address.port(), 0);
    let check = |path: &str, status: &str, part: &str| {
        let (line, body) = get(address, path);
        assert_eq!(line, format!("HTTP/1.1 {status}"), "{body}");
        assert!(body.contains(part), "{part} is not in {body}");
    };
    check("/health/live", "200 OK", "live");
    check(
        "/health/ready",
        "503 Service Unavailable",
        "no check is set yet",
    );
    let readiness = context.for_service("archive").readiness;
    readiness.set("database", ReadyState::Ready);
    readiness.set("broker", ReadyState::NotReady("no answer".to_owned()));
    check(
        "/health/ready",
        "503 Service Unavailable",
        r#""not_ready":{"archive.broker":"no answer"}"#,
    );
    readiness.set("broker", ReadyState::Ready);
    check("/health/ready", "200 OK", "ready");
    check(
        "/metrics",
        "200 OK",
        "\nprocess_resident_memory_peak_bytes ",
    );
    check(
        "/metrics",
        "200 OK",
        "\ncnt_cpu_pool_ongoing{pool=\"cpu\"} 0",
    );
    check("/unknown", "404 Not Found", "");
    context.shutdown.request();
    check("/health/ready", "503 Service Unavailable", "shutdown");
    check("/health/live", "200 OK", "live");
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn each_service_of_a_process_must_set_a_check() {
    let process = Readiness::new();
    let [first, second] = ["edition", "archive"].map(|name| process.for_service(name));
    first.set("database", ReadyState::Ready);
    let waiting: Vec<String> = process.not_ready().into_keys().collect();
    assert_eq!(waiting, ["archive.boot"]);
    second.set("database", ReadyState::Ready);
    assert!(process.for_service("archive").is_ready());
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let context = ServiceContext::new("archive", false, 1).unwrap();
    let error = context.start_ops(address).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the ops server cannot listen on {address}")
    );
}
