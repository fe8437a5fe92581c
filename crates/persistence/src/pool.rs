//! Connections. Two pools on one database: one whose connections see a single tenant, and one for
//! work across tenants. The role is set when a connection is made, not per statement.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use bheem_domain::Clock;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use futures::FutureExt;

use crate::{
    Error, Result, SystemScope, TenantScope,
    share::{Lease, Shares},
    tx::{SystemRead, SystemTx, TenantTx},
};

/// How to reach the database.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// A URL (`postgres://…`) or a key-value string (`host=/run/x user=app dbname=app`).
    pub url: String,
    /// Most connections for tenant work, and again as many for work across tenants.
    pub max_connections: usize,
    /// How long a request waits for a free connection.
    pub wait: Duration,
}

impl std::fmt::Debug for DatabaseSettings {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("max_connections", &self.max_connections)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

impl DatabaseSettings {
    /// Ten connections a pool, five seconds of patience.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 10,
            wait: Duration::from_secs(5),
        }
    }
}

/// A connection out of a pool, and the right to it.
pub(crate) struct Connection {
    object: Object<AsyncPgConnection>,
    _lease: Option<Lease>,
}

impl Connection {
    /// Closes it instead of giving it back.
    pub(crate) fn discard(self) {
        drop(Object::take(self.object));
    }
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.object
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.object
    }
}

/// The database: cheap to clone, shared by everything in the process.
#[derive(Clone)]
pub struct Database {
    app: Pool<AsyncPgConnection>,
    system: Pool<AsyncPgConnection>,
    shares: Arc<Shares>,
    holder: i64,
    url: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("app", &self.app.status())
            .field("system", &self.system.status())
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Makes the pools and proves that the database answers. Connections live on the runtime that
    /// calls this, whoever uses them later.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn connect(settings: &DatabaseSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        let database = Self {
            app: pool(settings, "bheem_app")?,
            system: pool(settings, "bheem_system")?,
            shares: Arc::new(Shares::new(settings.max_connections, settings.wait)),
            holder: holder(&*clock),
            url: settings.url.as_str().into(),
            clock,
        };
        database.ping().await?;
        Ok(database)
    }

    /// The clock that stamps rows.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is none.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.get(&self.app).await?;
        connection
            .batch_execute("SELECT 1")
            .await
            .map_err(|error| Error::Unavailable(Box::new(error)))
    }

    /// Sends a heartbeat to whoever listens for revocations, in this process and in others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat(&self) -> Result<()> {
        let mut connection = self.get(&self.app).await?;
        connection.batch_execute("NOTIFY heartbeat").await?;
        Ok(())
    }

    /// Opens a transaction in which there is one tenant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tenant(&self, scope: &TenantScope) -> Result<TenantTx> {
        TenantTx::begin(self.get(&self.app).await?, scope, Arc::clone(&self.clock)).await
    }

    /// Opens a transaction across tenants.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn system(&self, scope: &SystemScope) -> Result<SystemTx> {
        SystemTx::begin(
            self.get(&self.system).await?,
            scope,
            Arc::clone(&self.clock),
        )
        .await
    }

    /// A connection across tenants without a transaction: for single statements.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn system_read(&self, scope: &SystemScope) -> Result<SystemRead> {
        Ok(SystemRead::new(
            self.get(&self.system).await?,
            scope,
            Arc::clone(&self.clock),
        ))
    }

    /// What stands for this process in the advisory locks of the database; see [`crate::Presence`].
    #[must_use]
    pub fn holder(&self) -> i64 {
        self.holder
    }

    async fn get(&self, pool: &Pool<AsyncPgConnection>) -> Result<Connection> {
        let lease = self.shares.lease().await?;
        let object = pool
            .get()
            .await
            .map_err(|error| Error::Unavailable(Box::new(error)))?;
        Ok(Connection {
            object,
            _lease: lease,
        })
    }

    /// The store of durable runs on this database.
    #[must_use]
    pub fn saga_pool(&self) -> Pool<AsyncPgConnection> {
        self.system.clone()
    }

    /// Where the database is; for connections outside the pools, such as listeners.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes both pools; whoever asks for a connection afterwards gets [`Error::Unavailable`].
    pub fn close(&self) {
        self.app.close();
        self.system.close();
    }
}

/// A number that no other process has.
fn holder(clock: &dyn Clock) -> i64 {
    // The last eight bytes of such an id are random but for two bits.
    let (_, random) = clock.new_uuid().as_u64_pair();
    random.cast_signed()
}

fn pool(settings: &DatabaseSettings, role: &'static str) -> Result<Pool<AsyncPgConnection>> {
    let runtime = tokio::runtime::Handle::current();
    let mut config = ManagerConfig::default();
    // A connection that died or has a transaction open is found without asking the server.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (runtime, url) = (runtime.clone(), url.to_owned());
        async move {
            // The task that drives the connection must not live on a web worker's runtime, which
            // ends before the last request of another worker.
            runtime
                .spawn(establish(url, role))
                .await
                .map_err(|error| ConnectionError::BadConnection(error.to_string()))?
        }
        .boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(
        &settings.url,
        config,
    ))
    .max_size(settings.max_connections)
    .wait_timeout(Some(settings.wait))
    .create_timeout(Some(settings.wait))
    .runtime(deadpool::Runtime::Tokio1)
    .build()
    .map_err(|error| Error::Unavailable(Box::new(error)))
}

/// A statement that waits for a lock ends soon after its connection was closed, and with it the locks
/// that its transaction holds; by default it would only notice when its own wait is over. Servers
/// before version 14, and those on systems that cannot tell, do without.
const NOTICE_CLOSED_CLIENTS: &str = "DO $$ BEGIN SET client_connection_check_interval = '250ms'; \
     EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN NULL; END $$";

async fn establish(url: String, role: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut connection = AsyncPgConnection::establish(&url).await?;
    connection
        .batch_execute(&format!(
            "SET ROLE {role}; SET TIME ZONE 'UTC'; \
             SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = '30s'; \
             {NOTICE_CLOSED_CLIENTS}"
        ))
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
