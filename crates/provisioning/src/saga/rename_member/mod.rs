//! A person's new name, and new address, at every peer.
//!
//! The mailbox stays where it was made: the new address and those of before are aliases of it, so no mail is lost and no
//! program has to be set up again.

mod mailbox;
mod nextcloud;
mod row;

use std::sync::Arc;

use bheem_domain::MemberId;
use bheem_saga::{Graph, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use mailbox::MailboxStep;
use nextcloud::NextcloudStep;
use row::RowStep;

/// A person's new name and address at every peer. See the module.
#[derive(Debug, Clone)]
pub struct RenameMember(Arc<Deps>);

/// Whom it is about. What they are called is read when a step runs.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RenameParams {
    /// The membership.
    pub member_id: MemberId,
}

impl RenameMember {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for RenameMember {
    const KIND: &'static str = "rename_member";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = Some(super::step_names::RENAMED);
    type Params = RenameParams;

    fn define(&self, graph: &mut Graph<RenameParams>) {
        let deps = || Arc::clone(&self.0);
        graph.step(RowStep(deps()));
        graph.step(MailboxStep(deps())).after::<RowStep>();
        graph.step(NextcloudStep(deps())).after::<RowStep>();
    }
}
