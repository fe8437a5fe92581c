//! A worker in a process of its own, and a peer whose memory is a table, so that it outlives every process.

use std::io::{BufRead, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bheem_domain::SystemClock;
use bheem_saga::{
    Apply, Graph, Probe, Registry, Saga, Step, StepContext, Store, Undo, Worker, WorkerConfig,
};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sagas::Params;

/// No unique key: two effects under one key would both be seen.
pub const TABLES: &str = "
CREATE TABLE public.effect (effect_key uuid NOT NULL, step text NOT NULL);
CREATE TABLE public.entered (label text NOT NULL);
CREATE TABLE public.gate (label text NOT NULL);
GRANT ALL ON public.effect, public.entered, public.gate TO bheem_system;";

pub struct Tabled<const N: usize>(Pool<AsyncPgConnection>);

const LETTERS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(QueryableByName)]
pub struct Count {
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

impl<const N: usize> Tabled<N> {
    async fn count(&self, table: &'static str, label: &str) -> i64 {
        let mut conn = self.0.get().await.unwrap();
        diesel::sql_query(format!("SELECT count(*) FROM {table} WHERE label = $1"))
            .bind::<Text, _>(label)
            .get_result::<Count>(&mut conn)
            .await
            .unwrap()
            .count
    }
}

impl<const N: usize> Step for Tabled<N> {
    const NAME: &'static str = LETTERS[N];
    type Params = Params;
    type Output = Uuid;

    async fn probe(&self, ctx: &StepContext<Params>) -> Probe<Uuid> {
        let mut conn = self.0.get().await.unwrap();
        let found = diesel::sql_query("SELECT count(*) FROM public.effect WHERE effect_key = $1")
            .bind::<SqlUuid, _>(ctx.effect_key())
            .get_result::<Count>(&mut conn)
            .await
            .unwrap();
        match found.count {
            0 => Probe::Absent,
            _ => Probe::Ours(ctx.effect_key()),
        }
    }

    async fn apply(&self, ctx: &StepContext<Params>) -> Apply<Uuid> {
        if ctx.params.label.starts_with("gated") {
            let mut conn = self.0.get().await.unwrap();
            diesel::sql_query("INSERT INTO public.entered VALUES ($1)")
                .bind::<Text, _>(&ctx.params.label)
                .execute(&mut conn)
                .await
                .unwrap();
            drop(conn);
            while self.count("public.gate", &ctx.params.label).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        // The way there and back takes time, so that a kill finds requests under way.
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..4))).await;
        let mut conn = self.0.get().await.unwrap();
        diesel::sql_query("INSERT INTO public.effect VALUES ($1, $2)")
            .bind::<SqlUuid, _>(ctx.effect_key())
            .bind::<Text, _>(LETTERS[N])
            .execute(&mut conn)
            .await
            .unwrap();
        drop(conn);
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..4))).await;
        Apply::Done(ctx.effect_key())
    }

    async fn undo(&self, _ctx: &StepContext<Params>, _ours: Uuid) -> Undo {
        unreachable!("nothing is refused here")
    }
}

/// a -> (b, c) -> d
pub struct Killed(pub Pool<AsyncPgConnection>);

impl Saga for Killed {
    const KIND: &'static str = "killed";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = None;
    type Params = Params;

    fn define(&self, graph: &mut Graph<Params>) {
        graph.step(Tabled::<0>(self.0.clone()));
        graph.step(Tabled::<1>(self.0.clone())).after::<Tabled<0>>();
        graph.step(Tabled::<2>(self.0.clone())).after::<Tabled<0>>();
        graph
            .step(Tabled::<3>(self.0.clone()))
            .after::<Tabled<1>>()
            .after::<Tabled<2>>();
    }
}

/// A worker for [`Killed`] on the database at `url`.
pub fn worker(url: &str, lease: Duration) -> (Worker, Store, Arc<Registry>) {
    let mut registry = Registry::new();
    registry.register(&Killed(super::pool(url))).unwrap();
    let config = WorkerConfig {
        lease,
        slots: 8,
        default_max_leased: 4,
        poll: Duration::from_millis(50),
        // Being killed all the time is what this is about.
        max_fruitless_claims: 1_000,
        ..super::config()
    };
    let store = Store::new(super::pool(url));
    let worker = Worker::new(store.clone(), registry.clone(), config, &SystemClock);
    (worker, store, Arc::new(registry))
}

/// The test binary again, running only the test that [`serve`]s.
pub struct Process(Child);

impl Process {
    pub fn start(url: &str, lease: Duration) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "worker_process", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{url}\n{}", lease.as_millis()).unwrap();
        Self(child)
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.0.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }
}

impl Drop for Process {
    /// SIGKILL, and no zombie stays.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The child's side: works until it is killed. Without instructions there is nothing to do.
pub async fn serve() {
    let mut lines = std::io::stdin().lock().lines();
    let (Some(Ok(url)), Some(Ok(lease))) = (lines.next(), lines.next()) else {
        return;
    };
    drop(lines);
    let lease = Duration::from_millis(lease.parse().unwrap());
    let (worker, _, _) = worker(&url, lease);
    worker.run(CancellationToken::new()).await;
}
