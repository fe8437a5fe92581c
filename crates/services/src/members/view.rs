//! A person with how their services stand.

use std::collections::HashMap;

use bheem_persistence::{TenantTx, repo::MemberRecord};
use bheem_saga::RunView;

use crate::Result;

/// A person, and the run that gives or takes their services.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// The stored row.
    pub member: MemberRecord,
    /// The latest run, if there was one.
    pub run: Option<RunView>,
    /// The run that tells the peers of a change that was just made.
    pub changing: Option<RunView>,
}

/// Joins people with their runs, in one query for all.
pub(super) async fn with_runs(
    tx: &mut TenantTx,
    members: Vec<MemberRecord>,
) -> Result<Vec<MemberView>> {
    let ids: Vec<_> = members.iter().filter_map(|member| member.run_id).collect();
    let mut runs = HashMap::new();
    if !ids.is_empty() {
        for run in tx.runs().find_many(&ids).await? {
            runs.insert(run.run_id, run);
        }
    }
    Ok(members
        .into_iter()
        .map(|member| MemberView {
            run: member.run_id.and_then(|id| runs.remove(&id.as_uuid())),
            member,
            changing: None,
        })
        .collect())
}
