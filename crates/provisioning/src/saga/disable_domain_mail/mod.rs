//! Closes the mail of a domain that its tenant gives up or has lost: the domain takes no mail any more, its mailboxes
//! are closed, and their contents stay. The domain's row goes last, so nobody else can have the name before.

mod domain;
mod mailboxes;
mod row;

use std::sync::Arc;

use bheem_domain::{DomainId, DomainName};
use bheem_saga::{Graph, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use domain::DomainOffStep;
use mailboxes::MailboxesOffStep;
use row::{ClosingStep, RowStep};

/// Closes the mail of a domain. See the module.
#[derive(Debug, Clone)]
pub struct DisableDomainMail(Arc<Deps>);

/// Which domain it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisableDomainMailParams {
    /// The row.
    pub domain_id: DomainId,
    /// The name, which is needed once the row is gone.
    pub domain: DomainName,
}

impl DisableDomainMail {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for DisableDomainMail {
    const KIND: &'static str = "disable_domain_mail";
    const VERSION: i32 = 1;
    /// From the beginning: a domain that cannot be closed waits for a person and is not opened again by itself.
    const PIVOT: Option<&'static str> = Some(super::step_names::DOMAIN);
    type Params = DisableDomainMailParams;

    fn define(&self, graph: &mut Graph<DisableDomainMailParams>) {
        let deps = || Arc::clone(&self.0);
        graph.step(ClosingStep(deps()));
        graph.step(DomainOffStep(deps())).after::<ClosingStep>();
        graph
            .step(MailboxesOffStep(deps()))
            .after::<DomainOffStep>();
        graph.step(RowStep(deps())).after::<MailboxesOffStep>();
    }
}
