//! A database, the stand-ins, and a worker that does not wait long.

mod options;
mod rows;
mod state;

use std::{sync::Arc, time::Duration};

use bheem_domain::SystemClock;
use bheem_persistence::{Database, DatabaseSettings, SystemScope, TenantScope, TenantTx};
use bheem_provisioning::{Outcome, Planner, Wanted, build, outcome};
use bheem_saga::{Backoff, NewRun, RunView, Store, Worker, WorkerConfig};
use bheem_sandbox::{Fault, FaultAction, Sandbox};
use bheem_testkit::TestDatabase;
use bheem_vault::{KeyRing, MasterKey, Vault};
use futures::StreamExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use options::Options;
pub(crate) use rows::{Person, Tenant};
pub(crate) use state::{list, text};

/// Long enough for anything that works; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) const FRONTEND: &str = "https://workspace.example";
pub(crate) const EVERYTHING: Wanted = Wanted {
    mailbox: true,
    invitation: true,
};

/// Everything a test needs. Its worker works until the world ends.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) sandbox: Sandbox,
    pub(crate) vault: Vault,
    pub(crate) planner: Planner,
    pub(crate) store: Store,
    pub(crate) mailcow: bheem_mailcow::Client,
    lease: Duration,
    shutdown: CancellationToken,
    workers: JoinSet<()>,
    _test_database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// Clients give up soon, for tests in which peers hang.
    pub(crate) async fn hasty() -> Self {
        let timeout = Duration::from_millis(400);
        Self::with(Options {
            timeout,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let mut world = Self::idle(options).await;
        world.work();
        world
    }

    /// Nobody works yet.
    pub(crate) async fn idle(options: Options) -> Self {
        let test_database = TestDatabase::create().await.unwrap();
        let settings = DatabaseSettings {
            max_connections: 6,
            wait: Duration::from_mins(1),
            ..DatabaseSettings::new(test_database.url())
        };
        let database = Database::connect(&settings, Arc::new(SystemClock))
            .await
            .unwrap();
        let sandbox = Sandbox::in_memory().await.unwrap();
        let key = MasterKey::generate("test").unwrap();
        let vault = Vault::new(KeyRing::new(vec![key]).unwrap());
        let planner = build(
            database.clone(),
            vault.clone(),
            options.peers(&sandbox),
            options.config.clone(),
        )
        .unwrap();
        let api_key = sandbox.mailcow.credential("api_key").to_owned();
        let mailcow = bheem_mailcow::Client::builder(&sandbox.mailcow.base_url, api_key.into())
            .build()
            .unwrap();
        Self {
            store: Store::new(database.saga_pool()),
            database,
            sandbox,
            vault,
            planner,
            mailcow,
            lease: options.lease,
            shutdown: CancellationToken::new(),
            workers: JoinSet::new(),
            _test_database: test_database,
        }
    }

    /// Ends the workers as SIGKILL does: no step ends, no lease is given back.
    pub(crate) async fn kill(&mut self) {
        self.workers.shutdown().await;
    }

    /// Starts a worker.
    pub(crate) fn work(&mut self) {
        let config = WorkerConfig {
            poll: Duration::from_millis(50),
            lease: self.lease,
            default_max_leased: 16,
            circuit: Backoff {
                base: Duration::from_millis(10),
                cap: Duration::from_millis(40),
            },
            stop_grace: Duration::from_millis(100),
            ..WorkerConfig::default()
        };
        let registry = self.planner.registry().clone();
        let worker = Worker::new(self.store.clone(), registry, config, &SystemClock);
        self.workers.spawn(worker.run(self.shutdown.clone()));
    }

    /// Stops the workers, as at the end of a process.
    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        while self.workers.join_next().await.is_some() {}
        self.shutdown = CancellationToken::new();
    }

    pub(crate) async fn tenant_tx(&self, tenant: Tenant) -> TenantTx {
        let scope = TenantScope::for_run(tenant.id);
        self.database.tenant(&scope).await.unwrap()
    }

    pub(crate) async fn enqueue_system(&self, run: &NewRun) -> Uuid {
        let scope = SystemScope::server("test");
        let mut read = self.database.system_read(&scope).await.unwrap();
        let enqueued = read.runs_of(run.tenant_id.into()).enqueue(run).await;
        enqueued.unwrap().run_id
    }

    pub(crate) async fn settled(&self, run: Uuid) -> RunView {
        let view = self.store.wait(run, PATIENCE).await.unwrap();
        assert!(view.is_settled(), "{view:#?}");
        view
    }

    pub(crate) async fn outcome(&self, run: Uuid) -> Outcome {
        outcome(&self.settled(run).await)
    }

    /// Waits until the run, which has not settled by then, is as `test` wants it.
    pub(crate) async fn until(&self, run: Uuid, test: impl Fn(&RunView) -> bool) -> RunView {
        let looking = async {
            let mut views = std::pin::pin!(self.store.watch(run));
            let mut last = None;
            while let Some(view) = views.next().await {
                let view = view.unwrap();
                if test(&view) {
                    return view;
                }
                last = Some(view);
            }
            panic!("settled before: {last:#?}");
        };
        let view = tokio::time::timeout(PATIENCE, looking).await;
        view.expect("the run never came to be as it should")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn fault(method: &str, path: &str, action: FaultAction) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        path_prefix: path.to_owned(),
        action,
        ..Fault::default()
    }
}

/// Every request fails with a status until the faults are cleared.
pub(crate) fn outage(status: u16) -> Fault {
    Fault {
        action: FaultAction::Fail,
        status: Some(status),
        times: Some(0),
        ..Fault::default()
    }
}

/// Repeats an operator's verb while a worker holds the run, as a person would.
pub(crate) async fn insist<F>(verb: impl Fn() -> F)
where
    F: Future<Output = Result<(), bheem_saga::Error>>,
{
    loop {
        match verb().await {
            Err(bheem_saga::Error::Busy { .. }) => tokio::task::yield_now().await,
            done => return done.unwrap(),
        }
    }
}
