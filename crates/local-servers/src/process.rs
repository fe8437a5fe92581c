//! A server as a child process that cannot outlive its owner.
//!
//! Between us and the server stands a few lines of shell. It starts the server in a session of its own, and waits both
//! for its end and for the end of a pipe whose other end we hold. The kernel closes that pipe when we drop it and also
//! when we are killed, so there is no way of dying that leaves a server behind. (A signal on the parent's death would be
//! bound to the thread that started the child, and threads of a runtime come and go.)

use std::{
    ffi::OsString,
    fs,
    io::{Read as _, Seek as _, SeekFrom},
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::net::TcpStream;

use crate::Error;

/// Runs "$@" until it ends or standard input does; ends its session in any case.
const KEEPER: &str = r#"
exec 3<&0
setsid "$@" </dev/null 3<&- &
child=$!
{
    read -r _ <&3
    kill -s TERM "$child" 2>/dev/null
    tries=0
    while kill -0 "$child" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -s KILL -- "-$child" 2>/dev/null
} &
watcher=$!
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
kill -s KILL -- "-$child" 2>/dev/null
exit "$status"
"#;

/// The keeper gives the server 5 s.
const LONGEST_STOP: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(10);
/// How much of a log goes into an error.
const TAIL_BYTES: u64 = 4096;

/// What to run.
#[derive(Debug)]
pub struct Program {
    server: &'static str,
    log: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    account: Option<(u32, u32)>,
}

impl Program {
    /// A program by its path or its name on `PATH`; `server` is what errors call it. What it writes goes to `log`.
    #[must_use]
    pub fn new(
        server: &'static str,
        program: impl Into<OsString>,
        log: impl Into<PathBuf>,
    ) -> Self {
        Self {
            server,
            log: log.into(),
            arguments: vec![program.into()],
            variables: Vec::new(),
            directory: None,
            account: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs it in a directory.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Runs it as another account, which only root can.
    #[must_use]
    pub fn account(mut self, user: u32, group: u32) -> Self {
        self.account = Some((user, group));
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// If the log cannot be opened or the program cannot be started. That it ends at once is seen by
    /// [`Process::wait_for_port`].
    pub fn start(self) -> Result<Process, Error> {
        let open = || {
            let mut options = fs::OpenOptions::new();
            let file = options.create(true).append(true).open(&self.log);
            file.map_err(Error::io("open", &self.log))
        };
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "keeper"])
            .args(&self.arguments)
            .envs(self.variables)
            .stdin(Stdio::piped())
            .stdout(open()?)
            .stderr(open()?)
            .process_group(0);
        if let Some(directory) = self.directory {
            command.current_dir(directory);
        }
        if let Some((user, group)) = self.account {
            // Also drops our supplementary groups.
            command.uid(user).gid(group);
        }
        let child = command.spawn().map_err(|source| Error::Spawn {
            program: self.server.to_owned(),
            source,
        })?;
        Ok(Process {
            server: self.server,
            log: self.log,
            child,
        })
    }
}

/// A running server. Dropping it stops it and waits until it is gone.
#[derive(Debug)]
pub struct Process {
    server: &'static str,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Waits until the server accepts connections on a port of loopback.
    ///
    /// # Errors
    /// [`Error::Ended`] or [`Error::NotReady`], both with the end of the log.
    pub async fn wait_for_port(&mut self, port: u16, limit: Duration) -> Result<(), Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let began_at = Instant::now();
        loop {
            let answers = TcpStream::connect(address).await.is_ok();
            // Asked after the port: whoever answers there, it is not this server if that has ended.
            if !self.is_running() {
                return Err(Error::Ended {
                    server: self.server,
                    log: self.log_tail(),
                });
            }
            if answers {
                return Ok(());
            }
            if began_at.elapsed() >= limit {
                return Err(Error::NotReady {
                    server: self.server,
                    seconds: limit.as_secs(),
                    log: self.log_tail(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Has it not ended?
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Where its output goes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The end of its output.
    #[must_use]
    pub fn log_tail(&self) -> String {
        tail(&self.log)
    }

    fn stop(&mut self) {
        drop(self.child.stdin.take());
        let began_at = Instant::now();
        while self.is_running() && began_at.elapsed() < LONGEST_STOP {
            pause();
        }
        if self.is_running() {
            tracing::warn!(server = self.server, "a server did not stop");
            if let Ok(group) = i32::try_from(self.child.id()) {
                let _gone = killpg(Pid::from_raw(group), Signal::SIGKILL);
            }
        }
        let _status = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The last few kilobytes of a file.
pub(crate) fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "dropping cannot await, and the end of a process can only be polled; it takes milliseconds"
)]
fn pause() {
    std::thread::sleep(POLL);
}

#[cfg(test)]
mod tests;
