//! The domain takes no mail any more. One that is not the tenant's at the mail server is left alone.

use std::sync::Arc;

use bheem_domain::TenantId;
use bheem_http_kit::ErrorKind;
use bheem_mailcow::{Error, UpdateDomain};
use bheem_saga::{Apply, Failure, Policy, Probe, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::DisableDomainMailParams;
use crate::{
    connector::{
        mailcow::{refused, tenant_tag},
        unanswered,
    },
    credential,
    saga::{Deps, step_names},
};

pub(super) struct DomainOffStep(pub(super) Arc<Deps>);

/// What was found at the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DomainOff {
    /// It is closed.
    Closed,
    /// The mail server does not have it.
    Absent,
    /// It is there and bears another tag than the tenant's; it was left alone.
    Foreign,
}

type Context = StepContext<DisableDomainMailParams>;

impl DomainOffStep {
    async fn close(&self, ctx: &Context) -> Result<DomainOff, Failure> {
        let domains = self.0.mailcow()?.domains();
        let name = ctx.params.domain.as_str();
        let found = match domains.find(name).await {
            Err(Error::AliasDomain { .. }) => return Ok(DomainOff::Foreign),
            found => found.map_err(|error| unanswered(&error))?,
        };
        let tag = tenant_tag(TenantId::from(ctx.tenant_id()));
        match found {
            None => Ok(DomainOff::Absent),
            Some(domain) if !domain.tags.contains(&tag) => Ok(DomainOff::Foreign),
            Some(_) => {
                let closed = UpdateDomain::new().active(false);
                match domains.update(name, &closed).await {
                    Ok(()) => Ok(DomainOff::Closed),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(DomainOff::Absent),
                    Err(error) => Err(refused(&error)),
                }
            }
        }
    }
}

impl Step for DomainOffStep {
    const NAME: &'static str = step_names::DOMAIN_OFF;
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = DisableDomainMailParams;
    type Output = DomainOff;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Closing twice is closing once.
    async fn probe(&self, _ctx: &Context) -> Probe<DomainOff> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<DomainOff> {
        self.close(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: DomainOff) -> Undo {
        Undo::Done
    }
}
