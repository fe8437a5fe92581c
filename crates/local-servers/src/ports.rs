//! Ports that nobody listens on.
//!
//! They are taken from below the range out of which the system gives ports to outgoing connections, at random, and
//! none is given twice by one process: between our look and the server's start only another chooser like us could
//! take one.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    sync::{Mutex, PoisonError},
};

use rand::Rng as _;

use crate::Error;

const ATTEMPTS: u32 = 200;
static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port of loopback that is free for TCP and UDP.
///
/// # Errors
/// [`Error::NoFreePort`] if many random ones are taken.
pub fn free_port() -> Result<u16, Error> {
    let mut rng = rand::rng();
    for _attempt in 0..ATTEMPTS {
        let port = rng.random_range(12_000_u16..32_000);
        let is_free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
            && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if is_free {
            let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
            if given.get_or_insert_default().insert(port) {
                return Ok(port);
            }
        }
    }
    Err(Error::NoFreePort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_can_be_bound() {
        let ports: Vec<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        let different: HashSet<u16> = ports.iter().copied().collect();
        assert_eq!(different.len(), ports.len());
        TcpListener::bind((Ipv4Addr::LOCALHOST, ports[0])).unwrap();
    }
}
