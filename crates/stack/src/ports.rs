//! Free loopback ports that nobody is given by accident while a server is down.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::StackError;
use crate::random::random_bytes;

/// Ports are taken below the range from which Linux gives ports to outgoing connections (32768 up):
/// a client that retries a dead server inside that range can be given the server's own port, connect
/// to itself, and keep the server from coming back.
const FIRST: u16 = 17_000;
/// Last port tried.
const LAST: u16 = 31_999;

/// Whether `port` can be listened on now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// `N` distinct loopback ports that are free now. A caller that loses one of them before it listens asks again.
///
/// # Errors
/// [`StackError::NoFreePort`] when all are taken.
pub fn free_ports<const N: usize>() -> Result<[u16; N], StackError> {
    let span = LAST - FIRST + 1;
    let mut port = FIRST + u16::from_le_bytes(random_bytes()?) % span;
    let mut found = [0_u16; N];
    for slot in &mut found {
        let mut tried = 0;
        while !is_free(port) {
            tried += 1;
            if tried > span {
                return Err(StackError::NoFreePort {
                    first: FIRST,
                    last: LAST,
                });
            }
            port = next(port);
        }
        *slot = port;
        port = next(port);
    }
    Ok(found)
}

fn next(port: u16) -> u16 {
    if port >= LAST { FIRST } else { port + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_distinct_and_below_the_ephemeral_range() {
        let mut ports = free_ports::<8>().unwrap();
        ports.sort_unstable();
        assert!(ports.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(ports.iter().all(|port| (FIRST..=LAST).contains(port)));
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
