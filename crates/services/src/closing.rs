//! Ending access at our own doors, in the transaction that takes a seat or closes a tenant.

use bheem_domain::{AccountId, TenantId};
use bheem_persistence::SystemTx;

use crate::Result;

/// Ends what the people of a tenant, or one of them, have for that tenant alone, as the rows say now: grants of relying
/// parties that let them in for it; sessions of accounts that a tenant made and that no open tenant has a seat for; and
/// such accounts themselves when no tenant has one.
pub(crate) async fn end_access(
    tx: &mut SystemTx,
    tenant_id: TenantId,
    only: Option<AccountId>,
) -> Result<()> {
    let mut closing = tx.closing(tenant_id);
    closing.hold_accounts(only).await?;
    let standings = closing.standings(only).await?;
    closing.end_grants_of_bound_clients(only).await?;
    let seatless: Vec<AccountId> = standings
        .iter()
        .filter(|standing| !standing.has_seat)
        .map(|standing| standing.account_id)
        .collect();
    closing.close_made_accounts(&seatless).await?;
    let shut_out: Vec<AccountId> = standings
        .iter()
        .filter(|standing| !standing.has_open_seat)
        .map(|standing| standing.account_id)
        .collect();
    closing.end_sessions_of_made_accounts(&shut_out).await?;
    Ok(())
}
