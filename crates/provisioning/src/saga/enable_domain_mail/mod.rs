//! Sets mail up on a domain whose ownership is proven: the domain in Mailcow, and the DKIM record which the domain's
//! owner shall publish.

mod dkim;
mod domain;

use std::sync::Arc;

use bheem_domain::DomainId;
use bheem_persistence::repo::DomainRecord;
use bheem_saga::{Failure, Graph, Reject, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use dkim::DkimStep;
use domain::DomainStep;

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
    const PIVOT: Option<&'static str> = None;
    type Params = EnableDomainMailParams;

    fn define(&self, graph: &mut Graph<EnableDomainMailParams>) {
        graph.step(DomainStep(Arc::clone(&self.0)));
        graph
            .step(DkimStep(Arc::clone(&self.0)))
            .after::<DomainStep>();
    }
}

/// The domain, if the tenant may have mail on it at this moment.
fn require_proven(domain: Option<DomainRecord>) -> Result<DomainRecord, Failure> {
    domain
        .filter(|domain| domain.ownership_verified && domain.mail_enabled)
        .ok_or_else(|| {
            Reject::new(
                "domain_not_verified",
                "the domain is not a proven mail domain of the workspace",
            )
            .into()
        })
}
