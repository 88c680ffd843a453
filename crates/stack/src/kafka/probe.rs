//! Asks a broker whether it answers, without a Kafka client.
//!
//! A connection alone proves nothing: the port is bound long before requests are answered. The broker
//! answers on its client port only once it has caught up with the metadata and has been unfenced.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// An `ApiVersions` request, version 0: size, API key 18, version 0, correlation id, client id "cnt".
const REQUEST: [u8; 17] = [
    0, 0, 0, 13, 0, 18, 0, 0, b'c', b'n', b't', b'?', 0, 3, b'c', b'n', b't',
];
/// Longest wait for each step; a broker under load gets another try.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Whether a broker on this loopback port answers an `ApiVersions` request without error.
pub(super) fn answers(port: u16) -> bool {
    ask(port).unwrap_or(false)
}

fn ask(port: u16) -> io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(&REQUEST)?;
    // Response: size, correlation id, error code (0 = none), then the versions, which are not read.
    let mut response = [0_u8; 10];
    stream.read_exact(&mut response)?;
    let [_, _, _, _, correlation @ .., error_high, error_low] = response;
    Ok(&correlation == b"cnt?" && (error_high, error_low) == (0, 0))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answer_once(response: &'static [u8]) -> bool {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0_u8; 17];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(response).unwrap();
        });
        let answered = answers(port);
        server.join().unwrap();
        answered
    }

    #[test]
    fn the_size_field_counts_the_rest_of_the_request() {
        assert_eq!(usize::from(REQUEST[3]), REQUEST.len() - 4);
    }

    #[test]
    fn only_our_answer_without_error_counts() {
        assert!(answer_once(b"\0\0\0\x0acnt?\0\0\0\0\0\0"));
        assert!(!answer_once(b"\0\0\0\x0acnt?\0\x23\0\0\0\0"));
        assert!(!answer_once(b"HTTP/1.1 400 Bad Request\r\n"));
        assert!(!answer_once(b""));
    }
}
