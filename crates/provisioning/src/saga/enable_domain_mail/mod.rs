//! Sets mail up on a domain whose ownership is proven: the domain in Mailcow, and the DKIM record which the domain's
//! owner shall publish.

mod dkim;
mod domain;
mod enabled;
mod row;
mod takeover;

use std::sync::Arc;

use bheem_domain::DomainId;
use bheem_persistence::repo::DomainRecord;
use bheem_saga::{Failure, Graph, Reject, Retry, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use dkim::DkimStep;
use domain::DomainStep;
use enabled::EnabledStep;
use row::RowStep;

/// Sets mail up on a proven domain. See the module.
#[derive(Debug, Clone)]
pub struct EnableDomainMail(Arc<Deps>);

/// Which domain it is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct EnableDomainMailParams {
    /// The domain.
    pub domain_id: DomainId,
}

impl EnableDomainMail {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for EnableDomainMail {
    const KIND: &'static str = "enable_domain_mail";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = Some(super::step_names::DOMAIN);
    type Params = EnableDomainMailParams;

    fn define(&self, graph: &mut Graph<EnableDomainMailParams>) {
        let deps = || Arc::clone(&self.0);
        graph.step(RowStep(deps()));
        graph.step(DomainStep(deps())).after::<RowStep>();
        graph.step(DkimStep(deps())).after::<DomainStep>();
        graph.step(EnabledStep(deps())).after::<DkimStep>();
    }
}

/// The domain, if the tenant may have mail on it at this moment.
fn require_proven(domain: Option<DomainRecord>) -> Result<DomainRecord, Failure> {
    let domain = domain
        .ok_or_else(|| Failure::from(Reject::new("domain_removed", "the domain was removed")))?;
    if !domain.ownership_verified {
        let unproven = "the ownership of the domain is not proven";
        return Err(Reject::new("domain_not_verified", unproven).into());
    }
    if domain.closing_at.is_some() {
        return Err(Reject::new("domain_removed", "the domain is being removed").into());
    }
    if !domain.mail_allowed {
        // It was there when the run began, so it may come back.
        return Err(Retry::because("the domain's MX or SPF record is missing").into());
    }
    Ok(domain)
}
