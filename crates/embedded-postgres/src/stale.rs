//! Clearing up after a server that did not end in an orderly way.
//!
//! The caller holds our lock, so whatever still runs in the data directory is an orphan. It is
//! asked to stop and waited for; only when no process lives there any more are the pid file and
//! the socket removed. Removing them earlier would let two servers write to one directory.
//! PostgreSQL's own test, "does the process of the pid file exist", is fooled by zombies and by
//! reused process ids.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Error, layout::Layout, pid_file::PidFile, probe::SOCKET, processes, wait};

const LIMIT: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(10);

/// Leaves the data directory without processes, pid file and socket.
pub(crate) fn clear(layout: &Layout) -> Result<(), Error> {
    let data = layout.data();
    if data.join("postmaster.pid").exists() {
        end_orphans(layout, &data)?;
    }
    for path in [
        data.join("postmaster.pid"),
        layout.sockets.join(SOCKET),
        layout.sockets.join(format!("{SOCKET}.lock")),
    ] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn end_orphans(layout: &Layout, data: &Path) -> Result<(), Error> {
    let started = Instant::now();
    let mut sent = None;
    let gone = wait::until(LIMIT, || {
        let living = processes::living_in(data);
        if living.is_empty() {
            return Ok(Some(()));
        }
        let signal = escalation(started.elapsed());
        if sent != Some(signal) {
            tracing::debug!(?living, %signal, "ending orphaned PostgreSQL processes");
            send(data, &living, signal);
            sent = Some(signal);
        }
        Ok::<_, Error>(None)
    })?;
    gone.ok_or_else(|| Error::Timeout {
        what: "stop an orphaned server",
        seconds: LIMIT.as_secs(),
        log: layout.log_tail(),
    })
}

/// Fast shutdown, then immediate shutdown, then force.
fn escalation(elapsed: Duration) -> Signal {
    if elapsed < PATIENCE {
        Signal::SIGINT
    } else if elapsed < PATIENCE * 2 {
        Signal::SIGQUIT
    } else {
        Signal::SIGKILL
    }
}

/// To the main process if it lives, which passes it on; else to all. Processes that outlive the
/// main one notice by themselves, so the gentle signal would only disturb them.
fn send(data: &Path, living: &[u32], signal: Signal) {
    let main = PidFile::read(data)
        .map(|file| file.pid)
        .filter(|pid| living.contains(pid));
    match main {
        Some(pid) => deliver(pid, signal),
        None if signal == Signal::SIGINT => {}
        None => living.iter().for_each(|pid| deliver(*pid, signal)),
    }
}

/// A process that is gone already is what we want.
pub(crate) fn deliver(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
