//! Ending access at our own doors, in the transaction that takes a seat or closes a tenant.

use bheem_domain::{AccountId, TenantId};
use bheem_persistence::SystemTx;

use crate::Result;

/// Ends what the people of a tenant, or one of them, have for that tenant alone, as the rows say now: grants of relying
/// parties that let them in for it; accounts that it manages and that have lost their seat in it; and, while it is
/// suspended, the sessions of those that it manages. Any other account is its holder's own.
pub(crate) async fn end_access(
    tx: &mut SystemTx,
    tenant_id: TenantId,
    only: Option<AccountId>,
) -> Result<()> {
    let mut closing = tx.closing(tenant_id);
    closing.hold_accounts(only).await?;
    closing.end_grants_of_bound_clients(only).await?;
    closing.close_managed_accounts(only).await?;
    closing.end_sessions_of_managed_accounts(only).await?;
    Ok(())
}
