//! A cluster that belongs to this process.
//!
//! A keeper thread spawns the server and waits for it. The parent-death signal follows the
//! *thread* that spawned, so the keeper lives as long as the server does; when our process is
//! killed, the keeper goes with it and the server stops cleanly. When the server is killed, the
//! keeper starts it again.

use std::{
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{
    Binaries, Error, InstanceLock, admin, command, initdb,
    layout::Layout,
    server,
    stale::{self, deliver},
    wait,
};

const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the cluster lives; made when missing.
    pub data_dir: PathBuf,
    /// Where `initdb` and `postgres` are; searched for when `None`.
    pub bin_dir: Option<PathBuf>,
    /// Server settings by name, such as `("max_connections", "50")`.
    pub settings: Vec<(String, String)>,
    /// What a second start on the same directory is told about us.
    pub note: String,
    /// How long the server may take to accept connections.
    pub start_limit: Duration,
}

impl Options {
    /// The defaults for a cluster in `data_dir`.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: None,
            settings: Vec::new(),
            note: String::new(),
            start_limit: Duration::from_mins(1),
        }
    }
}

/// A running server; dropping it stops the server.
#[derive(Debug)]
pub struct Cluster {
    layout: Layout,
    binaries: Binaries,
    shared: Arc<Mutex<State>>,
    lock: InstanceLock,
}

#[derive(Debug, Default)]
struct State {
    pid: Option<u32>,
    stopping: bool,
    ended: bool,
}

impl Cluster {
    /// Starts the server, making the cluster first if the directory has none. Clears up what a
    /// killed predecessor left. Blocks for up to a second or so the first time.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyRunning`] when another process holds the directory,
    /// [`Error::BinariesNotFound`] when PostgreSQL is not installed, and the other variants for
    /// what went wrong on the way.
    pub fn start(options: Options) -> Result<Self, Error> {
        let wanted = server::existing(&options.data_dir)?;
        let lock = InstanceLock::acquire(&wanted.join("lock"), &options.note)?;
        let layout = Layout::prepare(&wanted)?;
        let binaries = initdb::ensure(&layout, options.bin_dir.as_deref())?;
        let shared = Arc::new(Mutex::new(State::default()));
        let keeper = Keeper {
            layout: layout.clone(),
            binaries: binaries.clone(),
            settings: options.settings,
            shared: Arc::clone(&shared),
        };
        let pid = keeper.start()?;
        let cluster = Self {
            layout,
            binaries,
            shared,
            lock,
        };
        server::await_ready(&cluster.layout, pid, options.start_limit, || {
            state(&cluster.shared).pid != Some(pid)
        })?;
        Ok(cluster)
    }

    /// The address of a database for libpq and tokio-postgres: `postgresql://postgres@%2Fdir/name`.
    #[must_use]
    pub fn connection_url(&self, database: &str) -> String {
        server::url(&self.layout.sockets, database)
    }

    /// Creates a database unless it exists.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] for a name that needs quoting; [`Error::Program`] when `psql` fails.
    pub fn create_database_if_missing(&self, name: &str) -> Result<(), Error> {
        let url = self.connection_url("postgres");
        admin::create_database_if_missing(&self.binaries, self.layout.account, &url, name)
    }

    /// Replaces what a second start is told.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the lock file cannot be written.
    pub fn set_note(&self, note: &str) -> Result<(), Error> {
        self.lock.set_note(note)
    }

    /// The server's process id; `None` for the moment of a restart after it was killed.
    #[must_use]
    pub fn server_pid(&self) -> Option<u32> {
        state(&self.shared).pid
    }

    /// Which PostgreSQL runs.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The directory of the server's files, which can differ from the wanted one (see the crate's
    /// introduction).
    #[must_use]
    pub fn location(&self) -> &std::path::Path {
        &self.layout.root
    }

    /// Ends all connections, stops the server and waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when it had to be killed; the next start then recovers from its log.
    pub fn stop(self) -> Result<(), Error> {
        self.shut_down()
    }

    fn shut_down(&self) -> Result<(), Error> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL] {
            {
                let mut state = state(&self.shared);
                state.stopping = true;
                if let Some(pid) = state.pid {
                    deliver(pid, signal);
                }
            }
            let ended = wait::until(STOP_PATIENCE, || {
                Ok::<_, Error>(state(&self.shared).ended.then_some(()))
            })?;
            if ended.is_some() && signal == Signal::SIGINT {
                return Ok(());
            }
            if ended.is_some() {
                break;
            }
        }
        Err(Error::Timeout {
            what: "stop",
            seconds: STOP_PATIENCE.as_secs(),
            log: self.layout.log_tail(),
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let ended = state(&self.shared).ended;
        if !ended && let Err(error) = self.shut_down() {
            tracing::warn!(%error, "PostgreSQL did not stop in an orderly way");
        }
    }
}

fn state(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Owns the server process.
struct Keeper {
    layout: Layout,
    binaries: Binaries,
    settings: Vec<(String, String)>,
    shared: Arc<Mutex<State>>,
}

impl Keeper {
    /// Starts the thread and answers the first server's process id.
    fn start(self) -> Result<u32, Error> {
        let (sender, first) = mpsc::channel();
        let shared = Arc::clone(&self.shared);
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || {
                self.keep(&sender);
                state(&shared).ended = true;
            })
            .map_err(Error::io("start a thread for", "postgres"))?;
        first.recv().unwrap_or_else(|_| {
            Err(Error::ServerExited {
                log: "its keeper ended".to_owned(),
            })
        })
    }

    /// Runs servers until told to stop. One that dies is replaced, but one that dies within
    /// seconds of its start is not: it would die again.
    fn keep(&self, first: &mpsc::Sender<Result<u32, Error>>) {
        loop {
            let started = Instant::now();
            match self.run_once(first) {
                Ok(()) => {}
                Err(error) => {
                    tracing::error!(%error, "PostgreSQL could not be started");
                    let _ = first.send(Err(error));
                    return;
                }
            }
            if state(&self.shared).stopping {
                return;
            }
            if started.elapsed() < Duration::from_secs(2) {
                tracing::error!(log = self.layout.log_tail(), "PostgreSQL ended at once");
                return;
            }
            tracing::warn!("PostgreSQL ended unexpectedly and is started again");
        }
    }

    fn run_once(&self, first: &mpsc::Sender<Result<u32, Error>>) -> Result<(), Error> {
        stale::clear(&self.layout)?;
        let mut command: Command = server::command(&self.layout, &self.binaries, &self.settings)?;
        command::die_with_us(&mut command);
        let mut child = {
            let mut state = state(&self.shared);
            if state.stopping {
                return Ok(());
            }
            let child = command.spawn().map_err(|source| Error::Spawn {
                program: self.binaries.program("postgres"),
                source,
            })?;
            state.pid = Some(child.id());
            child
        };
        // The receiver is gone after the first start.
        let _ = first.send(Ok(child.id()));
        let status = child.wait();
        state(&self.shared).pid = None;
        tracing::debug!(?status, "PostgreSQL ended");
        Ok(())
    }
}
