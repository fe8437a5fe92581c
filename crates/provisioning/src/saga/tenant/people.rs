//! A run for each person of a tenant that is closed, and waiting for those runs.

use std::{sync::Arc, time::Duration};

use bheem_domain::{MemberId, RunId, TenantId};
use bheem_persistence::{SystemScope, repo::MemberRecord};
use bheem_saga::{Apply, Children, Failure, Policy, Probe, Retry, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{TenantParams, patient};
use crate::{
    connector::database,
    planner::domain_names,
    saga::{Deps, step_names},
};

/// People in one transaction.
pub(super) const PAGE: i64 = 50;
/// How often it is looked whether everybody's run has ended.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// The same while a person must act.
const STUCK_EVERY: Duration = Duration::from_secs(30);

type Context = StepContext<TenantParams>;

/// Enqueues the runs.
pub(super) struct AskPeopleStep(pub(super) Arc<Deps>);
/// Waits for them.
pub(super) struct PeopleStep(pub(super) Arc<Deps>);

/// How many there were.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct People {
    people: i64,
}

impl AskPeopleStep {
    async fn ask(&self, ctx: &Context) -> Result<People, Failure> {
        let mut after = None;
        let mut people = 0;
        loop {
            let (last, asked) = self.ask_page(ctx, after).await?;
            people += asked;
            match last {
                Some(last) => after = Some(last),
                None => return Ok(People { people }),
            }
        }
    }

    /// Answers the last one looked at, if there may be more, and how many were asked.
    async fn ask_page(
        &self,
        ctx: &Context,
        after: Option<MemberId>,
    ) -> Result<(Option<MemberId>, i64), Failure> {
        let deps = &self.0;
        let id = TenantId::from(ctx.tenant_id());
        let is_deleted = ctx.params.is_deleted;
        let planner = deps.planner().map_err(|error| planning(&error))?;
        let scope = SystemScope::server("take the services of a tenant's people");
        let now = deps.database.clock().now();
        let work = async {
            let mut tx = deps.database.system(&scope).await?;
            // Whoever gives or takes a seat waits here. Nobody does in a tenant that is gone.
            if !is_deleted && tx.tenant_of(id).lock().await?.is_open() {
                return Ok((None, 0));
            }
            let domains = domain_names(&tx.domains_of(id).list().await?);
            let page = tx.members_of(id).list_served(after, PAGE).await?;
            let last = page.last().map(|member| member.id);
            let mut asked = 0;
            for member in page.iter().filter(|member| is_deleted || member.is_active) {
                let run = planner
                    .deprovision_member(id, member, &domains)
                    .map_err(bheem_persistence::Error::from)?;
                let run = named_after(run.child_of(ctx.run_id()), "close", member);
                tx.app_passwords_of(id).revoke_all(member.id, now).await?;
                let enqueued = tx.runs_of(id).supersede(&run, REASON).await?;
                tx.members_of(id)
                    .set_run(member.id, enqueued.run_id.into())
                    .await?;
                asked += 1;
            }
            tx.commit().await?;
            Ok((last, asked))
        };
        work.await.map_err(|error| database(&error))
    }
}

const REASON: &str = "the workspace is closed";

/// One run of the kind for each person and each run of the tenant.
pub(super) fn named_after(
    mut run: bheem_saga::NewRun,
    what: &str,
    member: &MemberRecord,
) -> bheem_saga::NewRun {
    let parent = run.parent_id.unwrap_or_default();
    run.dedupe_key = format!("{what}:{parent}:{}", member.id);
    run
}

pub(super) fn planning(error: &crate::Error) -> Failure {
    Retry::because(error.to_string()).into()
}

impl PeopleStep {
    async fn look(&self, ctx: &Context) -> Result<People, Failure> {
        let id = TenantId::from(ctx.tenant_id());
        let scope = SystemScope::server("how the runs of a tenant's people stand");
        let work = async {
            let mut read = self.0.database.system_read(&scope).await?;
            read.runs_of(id)
                .count_children(RunId::from(ctx.run_id()))
                .await
        };
        let children: Children = work.await.map_err(|error| database(&error))?;
        let Children {
            total,
            active,
            stuck,
        } = children;
        if active > 0 {
            let done = children.ended();
            let reason = format!("{done} of {total} people are done");
            return Err(Retry::because(reason).after(LOOK_EVERY).into());
        }
        if stuck > 0 {
            let reason = format!("the services of {stuck} of {total} people need an operator");
            return Err(Retry::because(reason).after(STUCK_EVERY).into());
        }
        Ok(People { people: total })
    }
}

macro_rules! step {
    ($name:ident, $constant:expr, $work:ident) => {
        impl Step for $name {
            const NAME: &'static str = $constant;
            type Params = TenantParams;
            type Output = People;

            fn policy(&self) -> Policy {
                patient(&self.0)
            }

            /// Doing it twice is doing it once.
            async fn probe(&self, _ctx: &Context) -> Probe<People> {
                Probe::Absent
            }

            async fn apply(&self, ctx: &Context) -> Apply<People> {
                self.$work(ctx).await.into()
            }

            async fn undo(&self, _ctx: &Context, _ours: People) -> Undo {
                Undo::Done
            }
        }
    };
}

step!(AskPeopleStep, step_names::ASK_PEOPLE, ask);
step!(PeopleStep, step_names::PEOPLE, look);
