//! A database, a scripted peer and sagas of several shapes.
#![expect(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod peer;
#[cfg(unix)]
pub mod process;
pub mod sagas;

use std::sync::Arc;
use std::time::Duration;

use bheem_domain::{Clock, SystemClock};
use bheem_saga::{
    Backoff, Enqueued, Error, Registry, RunView, Saga, Store, Worker, WorkerConfig, enqueue,
};
use bheem_testkit::TestDatabase;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use peer::Peer;
use sagas::Params;

/// Long enough for anything that works; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub struct Bed {
    pub db: TestDatabase,
    pub store: Store,
    pub peer: Arc<Peer>,
    pub registry: Registry,
    pub tenant: Uuid,
}

pub fn pool(url: &str) -> Pool<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| {
        let url = url.to_owned();
        async move {
            let mut conn = AsyncPgConnection::establish(&url).await?;
            conn.batch_execute("SET ROLE bheem_system")
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Pool::builder(manager).max_size(8).build().unwrap()
}

pub fn config() -> WorkerConfig {
    WorkerConfig {
        circuit: Backoff {
            base: Duration::from_millis(20),
            cap: Duration::from_millis(50),
        },
        stop_grace: Duration::from_millis(100),
        ..WorkerConfig::default()
    }
}

impl Bed {
    pub async fn new() -> Self {
        let db = TestDatabase::create().await.unwrap();
        let peer = Arc::new(Peer::default());
        Self {
            store: Store::new(pool(db.url())),
            registry: sagas::registry(&peer),
            peer,
            tenant: SystemClock.new_uuid(),
            db,
        }
    }

    pub async fn enqueue<S: Saga<Params = Params>>(&self, subject: &str) -> Uuid {
        self.try_enqueue::<S>(self.tenant, subject, subject)
            .await
            .unwrap()
            .run_id
    }

    pub async fn try_enqueue<S: Saga<Params = Params>>(
        &self,
        tenant: Uuid,
        subject: &str,
        dedupe: &str,
    ) -> Result<Enqueued, Error> {
        let params = Params {
            label: subject.to_owned(),
        };
        let run = self
            .registry
            .new_run::<S>(tenant, subject, dedupe, &params)?;
        let mut conn = self.db.connect().await.unwrap();
        enqueue(&mut conn, &SystemClock, &run).await
    }

    pub fn worker(&self) -> Working {
        self.worker_with(config())
    }

    pub fn worker_with(&self, config: WorkerConfig) -> Working {
        Working::start(Worker::new(
            self.store.clone(),
            self.registry.clone(),
            config,
            &SystemClock,
        ))
    }

    pub async fn settled(&self, run: Uuid) -> RunView {
        let view = self.store.wait(run, PATIENCE).await.unwrap();
        assert!(view.is_settled(), "{view:#?}");
        view
    }

    pub async fn sql(&self, sql: &str) {
        let mut conn = self.db.connect().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }

    /// As if the leases had run out. The epoch is raised as well: a write that a killed worker had already sent would
    /// otherwise extend its lease once more.
    pub async fn expire_leases(&self) {
        self.sql(
            "UPDATE saga.run SET lease_until = clock_timestamp() - interval '1 second',
                 lease_epoch = lease_epoch + 1
             WHERE lease_until IS NOT NULL",
        )
        .await;
    }

    /// A worker dies with the run at the point where the peer's fault holds it.
    pub async fn crash_when_reached(&self, step: &str, op: &str) {
        let worker = self.worker();
        self.peer.reached(step, op).await;
        worker.kill().await;
        self.expire_leases().await;
    }
}

/// A worker at work.
pub struct Working {
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Working {
    pub fn start(worker: Worker) -> Self {
        let stop = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(worker.run(stop.clone()));
        Self { stop, task }
    }

    /// The orderly way.
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.task.join_next().await.unwrap().unwrap();
    }

    /// As if the process had gone.
    pub async fn kill(mut self) {
        self.task.shutdown().await;
    }
}
