//! The server's command line, and waiting until it is ready.

use std::{
    fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::PathBuf, process::Command, time::Duration,
};

use crate::{
    Binaries, Error, command, initdb::SUPERUSER, layout::Layout, pid_file::PidFile, probe, wait,
};

/// `postgres` on a socket only, logging to the layout's log file, which starts empty each time.
pub(crate) fn command(
    layout: &Layout,
    binaries: &Binaries,
    settings: &[(String, String)],
) -> Result<Command, Error> {
    let log = layout.log();
    let output = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&log)
        .map_err(Error::io("open", &log))?;
    let errors = output.try_clone().map_err(Error::io("open", &log))?;
    let mut command = command::program(&binaries.program("postgres"), layout.account);
    command.arg("-D").arg(layout.data());
    command.args(["-c", "listen_addresses=", "-c", "port=5432"]);
    command.args(["-c", "unix_socket_permissions=0700"]);
    let mut sockets = std::ffi::OsString::from("unix_socket_directories=");
    sockets.push(&layout.sockets);
    command.arg("-c").arg(sockets);
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command.stdout(output).stderr(errors);
    Ok(command)
}

/// Whether process `pid` is the server of this layout and takes connections.
pub(crate) fn is_ready(layout: &Layout, pid: Option<u32>) -> bool {
    PidFile::read(&layout.data())
        .is_some_and(|file| file.ready && pid.is_none_or(|pid| pid == file.pid))
        && probe::answers(&layout.sockets)
}

/// Waits until `pid` is ready; `has_ended` tells whether it gave up.
pub(crate) fn await_ready(
    layout: &Layout,
    pid: u32,
    limit: Duration,
    mut has_ended: impl FnMut() -> bool,
) -> Result<(), Error> {
    let ready = wait::until(limit, || {
        if has_ended() {
            return Err(Error::ServerExited {
                log: layout.log_tail(),
            });
        }
        Ok(is_ready(layout, Some(pid)).then_some(()))
    })?;
    ready.ok_or_else(|| Error::Timeout {
        what: "accept connections",
        seconds: limit.as_secs(),
        log: layout.log_tail(),
    })
}

/// `postgresql://postgres@%2Fdir/name`, which libpq and tokio-postgres both read.
pub(crate) fn url(sockets: &std::path::Path, database: &str) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut host = String::new();
    for byte in sockets.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                host.push(char::from(*byte));
            }
            _ => {
                host.push('%');
                host.extend([byte >> 4, byte & 15].map(hex_digit));
            }
        }
    }
    format!("postgresql://{SUPERUSER}@{host}/{database}")
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}

/// An absolute path of an existing directory, made if missing.
pub(crate) fn existing(directory: &std::path::Path) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
    std::fs::canonicalize(directory).map_err(Error::io("find", directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_hides_nothing_of_the_path_from_its_reader() {
        assert_eq!(
            url(std::path::Path::new("/tmp/a b/@"), "bheem"),
            "postgresql://postgres@%2Ftmp%2Fa%20b%2F%40/bheem"
        );
    }
}
