//! Waiting for a run, wherever it is worked.

use std::time::Duration;

use diesel::sql_types::Text;
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use futures::Stream;
use futures::stream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::sql::Statement;
use crate::view::find_run;
use crate::{Error, Result, RunState, RunView, Store};

/// How often a run is looked at that another process may be working on.
const POLL: Duration = Duration::from_millis(250);

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    state: String,
}

impl Store {
    /// Waits until the run settles (succeeded, undone or stuck), or `timeout` has passed; answers how it then stands.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownRun`] if there is no such run, [`Error::Database`] if a statement fails.
    pub async fn wait(&self, run_id: Uuid, timeout: Duration) -> Result<RunView> {
        let until = Instant::now() + timeout;
        let mut moved = self.hub().subscribe(run_id);
        while !self.state(run_id).await?.is_settled() && Instant::now() < until {
            moved_or_poll(&mut moved, until).await;
        }
        self.view(run_id).await
    }

    /// How the run stands, now and after every change, until it has settled.
    pub fn watch(&self, run_id: Uuid) -> impl Stream<Item = Result<RunView>> + Send + use<> {
        let moved = self.hub().subscribe(run_id);
        stream::try_unfold(
            (self.clone(), moved, None::<RunView>),
            move |(store, mut moved, last)| async move {
                if last.as_ref().is_some_and(RunView::is_settled) {
                    return Ok(None);
                }
                if last.is_none() {
                    store.mark_watched(run_id).await?;
                }
                loop {
                    store.hub().looked();
                    let view = store.view(run_id).await?;
                    if last.as_ref() != Some(&view) {
                        return Ok(Some((view.clone(), (store, moved, Some(view)))));
                    }
                    store.moved(&mut moved).await;
                }
            },
        )
    }

    /// Returns when the run may have moved: as soon as it is heard of, or, while nobody hears, after a while.
    async fn moved(&self, moved: &mut watch::Receiver<u64>) {
        let mut hearing = self.hub().hearing();
        if !*hearing.borrow_and_update() {
            moved_or_poll(moved, Instant::now() + POLL).await;
            return;
        }
        tokio::select! {
            changed = moved.changed() => if changed.is_err() {
                tokio::time::sleep(POLL).await;
            },
            _ = hearing.changed() => {}
        }
    }

    async fn state(&self, run_id: Uuid) -> Result<RunState> {
        let mut conn = self.conn().await?;
        let row: Option<State> = Statement::new("SELECT state FROM saga.run WHERE id = $1")
            .bind(run_id)
            .get_result(&mut conn)
            .await
            .optional()?;
        RunState::parse(&row.ok_or(Error::UnknownRun { run_id })?.state)
    }

    async fn view(&self, run_id: Uuid) -> Result<RunView> {
        let mut conn = self.conn().await?;
        find_run(&mut conn, run_id)
            .await?
            .ok_or(Error::UnknownRun { run_id })
    }
}

/// Returns on a hint, on the poll or at `until`; which one does not matter, the caller looks again.
async fn moved_or_poll(moved: &mut watch::Receiver<u64>, until: Instant) {
    let poll = until.min(Instant::now() + POLL);
    if let Ok(Err(_)) = timeout_at(poll, moved.changed()).await {
        tokio::time::sleep_until(poll).await;
    }
}
