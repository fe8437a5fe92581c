//! Which server the tests use: one that the environment names, else the shared one of this checkout.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bheem_embedded_postgres::{Shared, SharedOptions, stop_shared};

use crate::Error;

/// A server that databases can be made on.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// The address of a database that always exists.
    pub(crate) maintenance_url: String,
    /// Whether it is ours alone, so that leftovers of other versions may be removed.
    pub(crate) private: bool,
}

/// Found once per process; every test of the process uses the same.
static SERVER: Mutex<Option<Server>> = Mutex::new(None);

impl Server {
    /// Blocks while the first caller starts the server.
    pub(crate) fn get() -> Result<Self, Error> {
        let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = &*server {
            return Ok(server.clone());
        }
        let found = match external_url() {
            Some(maintenance_url) => Self {
                maintenance_url,
                private: false,
            },
            None => Self {
                maintenance_url: Shared::start(&shared_options())?.connection_url("postgres"),
                private: true,
            },
        };
        *server = Some(found.clone());
        Ok(found)
    }
}

/// The shared test server of this checkout.
#[must_use]
pub fn shared_options() -> SharedOptions {
    let root = workspace();
    let mut hasher = DefaultHasher::new();
    root.hash(&mut hasher);
    let name = format!("{:016x}", hasher.finish());
    let mut options = SharedOptions::new(name, root.join("target"));
    options.bin_dir = variable("PG_BINDIR").map(PathBuf::from);
    options
}

/// Stops the shared test server of this checkout and removes its files. Answers whether it ran.
///
/// # Errors
///
/// [`Error::Server`] when it does not stop.
pub fn stop() -> Result<bool, Error> {
    Ok(stop_shared(&shared_options())?)
}

/// The checkout that this crate was built from.
pub(crate) fn workspace() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crate_folder.ancestors().nth(2).unwrap_or(crate_folder);
    root.to_path_buf()
}

fn external_url() -> Option<String> {
    variable("TEST_DATABASE_URL").or_else(|| variable("DATABASE_URL"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings file; this is where their environment is read"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
