//! Whether a server really answers on its socket.
//!
//! A dying server still accepts connections for some milliseconds, so `connect` proves nothing;
//! an answer to an `SSLRequest` (PostgreSQL manual, "Message Flow", SSL session encryption) does.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// Length 8, then the code 80877103 that stands for "may we speak TLS?".
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The socket's file name for the port that we always use.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

/// Asks the server in `socket_directory`.
pub(crate) fn answers(socket_directory: &Path) -> bool {
    ask(socket_directory).is_ok_and(|answer| answer == b'S' || answer == b'N')
}

fn ask(socket_directory: &Path) -> std::io::Result<u8> {
    let mut stream = UnixStream::connect(socket_directory.join(SOCKET))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(&SSL_REQUEST)?;
    let mut answer = [0_u8; 1];
    stream.read_exact(&mut answer)?;
    let [byte] = answer;
    Ok(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_listener_that_accepts_and_hangs_up_is_no_server() {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let peer = std::thread::spawn(move || drop(listener.accept().unwrap()));
        assert!(!answers(directory.path()));
        peer.join().unwrap();
        assert!(!answers(directory.path()), "nobody listens any more");
    }
}
