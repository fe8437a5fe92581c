//! Connections that are kept for a user between operations.
//!
//! Invariants: a connection goes to nobody but who has the credentials it was made with; one that is in the middle of
//! something, or about which the server has said anything unasked, goes to nobody; idle ones count towards the total, and
//! make room for who waits.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{command::Command, connection::Connection};
use crate::{Account, Credentials, Error, PoolLimits};

/// A connection unused for longer is asked whether it is still there: the way to the server forgets quiet ones.
const TRUSTED_FOR: Duration = Duration::from_secs(15);
/// How long that question may take.
const CHECK_WITHIN: Duration = Duration::from_secs(3);

struct Idle {
    connection: Connection,
    credentials: Credentials,
    since: Instant,
    /// Its place in the total.
    place: OwnedSemaphorePermit,
}

struct User {
    idle: Vec<Idle>,
    at_once: Arc<Semaphore>,
}

pub(crate) struct Pool {
    limits: PoolLimits,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    users: Mutex<HashMap<Arc<str>, User>>,
}

impl Pool {
    pub(crate) fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            places: Arc::new(Semaphore::new(limits.total)),
            waiting: AtomicUsize::new(0),
            users: Mutex::new(HashMap::new()),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Arc<str>, User>) -> T) -> T {
        work(&mut self.users.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn turn(&self, user: &Arc<str>) -> Arc<Semaphore> {
        self.with(|users| {
            let known = users.entry(Arc::clone(user)).or_insert_with(|| User {
                idle: Vec::new(),
                at_once: Arc::new(Semaphore::new(self.limits.per_user)),
            });
            Arc::clone(&known.at_once)
        })
    }

    /// The one most recently used, of those made with the same credentials.
    fn take(&self, user: &Arc<str>, credentials: &Credentials) -> Option<Idle> {
        self.with(|users| {
            let idle = &mut users.get_mut(user)?.idle;
            let at = idle
                .iter()
                .rposition(|one| one.credentials.is_same(credentials))?;
            Some(idle.remove(at))
        })
    }

    /// Closes what has been idle for too long, and forgets users that have nothing here.
    fn sweep(&self) {
        let now = Instant::now();
        self.with(|users| {
            users.retain(|_, user| {
                user.idle
                    .retain(|one| now.duration_since(one.since) < self.limits.idle);
                // Whoever has a turn, or waits for one, holds the semaphore too.
                !user.idle.is_empty() || Arc::strong_count(&user.at_once) > 1
            });
        });
    }

    /// Closes the one that has been idle longest, of whomever.
    fn make_room(&self) -> bool {
        self.with(|users| {
            let oldest = users
                .values_mut()
                .filter(|user| !user.idle.is_empty())
                .min_by_key(|user| user.idle.first().map(|one| one.since));
            oldest.is_some_and(|user| {
                drop(user.idle.remove(0));
                true
            })
        })
    }

    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        // After having said that we wait: who comes back from now on makes room himself.
        self.make_room();
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    fn keep(&self, user: &Arc<str>, idle: Idle) {
        self.sweep();
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return;
        }
        self.with(|users| {
            if let Some(known) = users.get_mut(user) {
                if known.idle.len() >= self.limits.per_user {
                    drop(known.idle.remove(0));
                }
                known.idle.push(idle);
            }
        });
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A connection for the length of an operation. Goes back when dropped, if it is fit for another.
pub(crate) struct Lease {
    connection: Option<Connection>,
    place: Option<OwnedSemaphorePermit>,
    // Held for its turn.
    _turn: OwnedSemaphorePermit,
    account: Account,
    pool: Weak<Pool>,
}

impl Deref for Lease {
    type Target = Connection;

    #[expect(
        clippy::expect_used,
        reason = "the connection is there until the lease is dropped; only `drop` takes it"
    )]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a lease has a connection")
    }
}

impl DerefMut for Lease {
    #[expect(
        clippy::expect_used,
        reason = "the connection is there until the lease is dropped; only `drop` takes it"
    )]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease has a connection")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(mut connection), Some(place), Some(pool)) = (
            self.connection.take(),
            self.place.take(),
            self.pool.upgrade(),
        ) else {
            return;
        };
        if connection.is_usable() {
            let idle = Idle {
                connection,
                credentials: self.account.credentials.clone(),
                since: Instant::now(),
                place,
            };
            pool.keep(&self.account.user, idle);
        }
    }
}

impl Account {
    /// A connection of this user's: one that is there, or a new one.
    pub(super) async fn lease(&self, operation: &'static str) -> Result<Lease, Error> {
        let pool = &self.shared.pool;
        pool.sweep();
        let turns = pool.turn(&self.user);
        let busy = || Error::Busy { operation };
        let deadline = Instant::now() + pool.limits.wait;
        let turn = tokio::time::timeout_at(deadline, turns.acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(busy)?;
        let (connection, place) = loop {
            let Some(idle) = pool.take(&self.user, &self.credentials) else {
                let place = tokio::time::timeout_at(deadline, pool.place())
                    .await
                    .ok()
                    .flatten()
                    .ok_or_else(busy)?;
                break (self.connect(operation).await?, place);
            };
            if let Some(connection) = still_there(operation, idle.connection, idle.since).await {
                break (connection, idle.place);
            }
        };
        Ok(Lease {
            connection: Some(connection),
            place: Some(place),
            _turn: turn,
            account: self.clone(),
            pool: Arc::downgrade(pool),
        })
    }
}

async fn still_there(
    operation: &'static str,
    mut connection: Connection,
    since: Instant,
) -> Option<Connection> {
    if !connection.is_usable() {
        return None;
    }
    if since.elapsed() > TRUSTED_FOR {
        let check = Command::new("NOOP");
        let asked = connection.run(operation, &check);
        tokio::time::timeout(CHECK_WITHIN, asked).await.ok()?.ok()?;
    }
    Some(connection)
}
