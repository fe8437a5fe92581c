//! A run for each person who had services when the tenant was closed, and is still a member: it gives them back.

use std::sync::Arc;

use bheem_domain::{MemberId, TenantId};
use bheem_persistence::SystemScope;
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{
    TenantParams, patient,
    people::{PAGE, named_after, planning},
};
use crate::{
    Wanted,
    connector::database,
    planner::mail_domains,
    saga::{Deps, step_names},
};

const REASON: &str = "the workspace is open again";

type Context = StepContext<TenantParams>;

pub(super) struct ReopenPeopleStep(pub(super) Arc<Deps>);

/// How many people there were.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reopened {
    people: i64,
}

impl ReopenPeopleStep {
    async fn ask(&self, ctx: &Context) -> Result<Reopened, Failure> {
        let mut after = None;
        let mut people = 0;
        loop {
            let (last, asked) = self.ask_page(ctx, after).await?;
            people += asked;
            match last {
                Some(last) => after = Some(last),
                None => return Ok(Reopened { people }),
            }
        }
    }

    async fn ask_page(
        &self,
        ctx: &Context,
        after: Option<MemberId>,
    ) -> Result<(Option<MemberId>, i64), Failure> {
        let deps = &self.0;
        let id = TenantId::from(ctx.tenant_id());
        let planner = deps.planner().map_err(|error| planning(&error))?;
        let scope = SystemScope::server("give a tenant's people their services back");
        let work = async {
            let mut tx = deps.database.system(&scope).await?;
            // Whoever gives or takes a seat, or closes the tenant again, waits here.
            if !tx.tenant_of(id).lock().await?.is_open() {
                return Ok(None);
            }
            let domains = mail_domains(&tx.domains_of(id).list().await?);
            let page = tx.members_of(id).list_served(after, PAGE).await?;
            let last = page.last().map(|member| member.id);
            let mut asked = 0;
            for member in page.iter().filter(|member| member.is_active) {
                let Some(account) = tx.accounts().find(member.user_id).await? else {
                    continue;
                };
                let wanted = Wanted {
                    mailbox: member.wants_mailbox,
                    invitation: account.hashed_password.is_none(),
                };
                let inviter = member.invited_by;
                let run = planner
                    .provision_member(id, member, &account, wanted, &domains, inviter)
                    .map_err(bheem_persistence::Error::from)?;
                let run = named_after(run.child_of(ctx.run_id()), "reopen", member);
                let enqueued = tx.runs_of(id).supersede(&run, REASON).await?;
                tx.members_of(id)
                    .set_run(member.id, enqueued.run_id.into())
                    .await?;
                asked += 1;
            }
            tx.commit().await?;
            Ok(Some((last, asked)))
        };
        let asked = work.await.map_err(|error| database(&error))?;
        asked.ok_or_else(|| {
            Reject::new("tenant_suspended", "the workspace is suspended again").into()
        })
    }
}

impl Step for ReopenPeopleStep {
    const NAME: &'static str = step_names::REOPEN_PEOPLE;
    type Params = TenantParams;
    type Output = Reopened;

    fn policy(&self) -> Policy {
        patient(&self.0)
    }

    /// Asking twice is asking once.
    async fn probe(&self, _ctx: &Context) -> Probe<Reopened> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<Reopened> {
        self.ask(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: Reopened) -> Undo {
        Undo::Done
    }
}
