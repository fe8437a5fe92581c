//! Starting programs as the right account, and tying their life to ours or cutting it loose.
//!
//! This is the only module of the workspace with unsafe code: what runs between fork and exec.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::ownership::Account;

/// Variables by which a caller's environment would change what PostgreSQL's programs do.
const FOREIGN: [&str; 14] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGOPTIONS",
    "PGDATA",
    "PGTZ",
    "PGCLIENTENCODING",
    "PGSSLMODE",
];

/// A command for `program` as `account`, away from our working directory (which the account may
/// not be allowed to enter) and from our terminal's input.
pub(crate) fn program(program: &Path, account: Account) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .env("LC_ALL", "C");
    for name in FOREIGN {
        command.env_remove(name);
    }
    if account.drop {
        // The standard library clears the supplementary groups along with this.
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Makes the child stop cleanly (SIGINT, PostgreSQL's fast shutdown) when the thread that spawns
/// it ends, and keeps the terminal's Ctrl-C away from it: stopping it is ours to do.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "a parent-death signal can only be asked for by the child itself, after fork; the closure \
              makes system calls only (prctl, getppid), which are async-signal-safe, and allocates nothing"
)]
pub(crate) fn die_with_us(command: &mut Command) {
    use nix::{sys::prctl, sys::signal::Signal, unistd::getppid};
    let parent = nix::unistd::getpid();
    command.process_group(0);
    // After the change of user, which would clear the signal: the standard library runs these last.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGINT)?;
            if getppid() == parent {
                Ok(())
            } else {
                // We died between fork and prctl.
                Err(std::io::Error::from_raw_os_error(nix::libc::ESRCH))
            }
        });
    }
}

/// Other systems have no parent-death signal: an orphan is found and stopped at the next start.
#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_us(command: &mut Command) {
    command.process_group(0);
}

/// Puts the child into a session of its own, so that it outlives us, our terminal and whoever
/// kills our process group.
#[expect(
    unsafe_code,
    reason = "a session can only be started by the child itself, after fork; setsid is async-signal-safe"
)]
pub(crate) fn outlive_us(command: &mut Command) {
    unsafe {
        command.pre_exec(|| {
            nix::unistd::setsid()?;
            Ok(())
        });
    }
}
