//! A cluster for tests that many processes share and none owns.
//!
//! Whoever comes first starts it, detached; the others adopt it; it stays up until
//! [`stop_shared`]. Nothing in it is worth keeping, so it trades durability for speed and lives
//! in memory (`/dev/shm`) where there is room.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{sys::statvfs::statvfs, unistd::geteuid};

use crate::{
    Binaries, Error, InstanceLock, command, initdb, layout::Layout, ownership::ensure_private,
    server, stale,
};

/// Below this much free memory file system the disk is used.
const ENOUGH_BYTES: u64 = 1 << 30;

const SETTINGS: [(&str, &str); 10] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "256MB"),
    ("autovacuum", "off"),
    ("max_connections", "500"),
    ("shared_buffers", "64MB"),
    ("log_min_messages", "fatal"),
];

/// Which shared cluster.
#[derive(Debug, Clone)]
pub struct SharedOptions {
    /// Part of the directory's name: clusters of different names are different.
    pub name: String,
    /// Where the cluster goes when there is no room in memory.
    pub fallback_dir: PathBuf,
    /// Where `initdb` and `postgres` are; searched for when `None`.
    pub bin_dir: Option<PathBuf>,
    /// Use this base directory instead of `/dev/shm` or the fallback.
    pub base_dir: Option<PathBuf>,
}

impl SharedOptions {
    /// A cluster called `name`, in memory if possible, else below `fallback_dir`.
    #[must_use]
    pub fn new(name: impl Into<String>, fallback_dir: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            fallback_dir: fallback_dir.into(),
            bin_dir: None,
            base_dir: None,
        }
    }

    fn directory(&self) -> Result<PathBuf, Error> {
        let base = match &self.base_dir {
            Some(base) => server::existing(base)?,
            None if has_room(Path::new("/dev/shm")) => PathBuf::from("/dev/shm"),
            None => server::existing(&self.fallback_dir)?,
        };
        let us = geteuid().as_raw();
        let directory = base.join(format!("bheem-postgres-{us}-{}", self.name));
        ensure_private(&directory, 0o711, us)?;
        Ok(directory)
    }

    /// The directory, locked. [`stop_shared`] removes the directory with its lock file, so the
    /// lock may turn out to be on a file that is no longer there.
    fn lock(&self) -> Result<(PathBuf, InstanceLock), Error> {
        loop {
            let directory = self.directory()?;
            let path = directory.join("lock");
            match InstanceLock::wait(&path) {
                Ok(lock) if lock.is_current() => return Ok((directory, lock)),
                Err(error) if directory.exists() => return Err(error),
                _ => {}
            }
        }
    }
}

/// A reference to a shared cluster; dropping it leaves the cluster up.
#[derive(Debug, Clone)]
pub struct Shared {
    layout: Layout,
    binaries: Binaries,
}

impl Shared {
    /// Adopts the cluster if it answers, else starts it.
    ///
    /// # Errors
    ///
    /// As [`crate::Cluster::start`], except that a concurrent start is waited for.
    pub fn start(options: &SharedOptions) -> Result<Self, Error> {
        let (wanted, _lock) = options.lock()?;
        let layout = Layout::prepare(&wanted)?;
        if server::is_ready(&layout, None) {
            let binaries = initdb::ensure(&layout, options.bin_dir.as_deref())?;
            return Ok(Self { layout, binaries });
        }
        stale::clear(&layout)?;
        let binaries = match initdb::ensure(&layout, options.bin_dir.as_deref()) {
            Err(Error::VersionMismatch { path, .. }) => {
                fs::remove_dir_all(&path).map_err(Error::io("remove", path))?;
                initdb::ensure(&layout, options.bin_dir.as_deref())?
            }
            other => other?,
        };
        start_detached(&layout, &binaries)?;
        Ok(Self { layout, binaries })
    }

    /// The address of a database.
    #[must_use]
    pub fn connection_url(&self, database: &str) -> String {
        server::url(&self.layout.sockets, database)
    }

    /// Which PostgreSQL runs.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The directory that holds the cluster; a place for lock files of its users.
    #[must_use]
    pub fn location(&self) -> &Path {
        &self.layout.root
    }
}

/// Stops the shared cluster and removes its files. Answers whether there was one.
///
/// # Errors
///
/// [`Error::Timeout`] when the server does not end, [`Error::Io`] when a file cannot be removed.
pub fn stop_shared(options: &SharedOptions) -> Result<bool, Error> {
    let (wanted, _lock) = options.lock()?;
    let layout = Layout::prepare(&wanted)?;
    let existed = layout.data().exists();
    stale::clear(&layout)?;
    for directory in [&layout.sockets, &layout.root, &wanted] {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", directory)(error));
            }
            _ => {}
        }
    }
    Ok(existed)
}

fn start_detached(layout: &Layout, binaries: &Binaries) -> Result<(), Error> {
    let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut command = server::command(layout, binaries, &settings)?;
    command::outlive_us(&mut command);
    let mut child = command.spawn().map_err(|source| Error::Spawn {
        program: binaries.program("postgres"),
        source,
    })?;
    server::await_ready(layout, child.id(), Duration::from_mins(1), || {
        matches!(child.try_wait(), Ok(Some(_)) | Err(_))
    })
}

fn has_room(directory: &Path) -> bool {
    statvfs(directory).is_ok_and(|stats| {
        stats
            .blocks_available()
            .saturating_mul(stats.fragment_size())
            >= ENOUGH_BYTES
    })
}
