//! A new name, and a new address, for a person.

use bheem_domain::{EmailAddress, Invalid, RunId};
use bheem_persistence::{
    TenantTx,
    repo::{AccountRecord, DomainRecord, MemberRecord},
};
use bheem_provisioning::mail_domains;

use crate::{Error, Result, Services, accounts::free_username};

impl Services {
    /// Gives a person the name and the address, and enqueues the run that tells the peers; the address before goes on
    /// reaching them. `None` when they have no services that could be told.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the address is not on a proven mail domain of the tenant; [`Error::Conflict`] when it
    /// is somebody's, when the account is not the tenant's to change, or while another run is at work on the person.
    pub(super) async fn rename(
        &self,
        tx: &mut TenantTx,
        member: &MemberRecord,
        name: &str,
        email: Option<&EmailAddress>,
    ) -> Result<Option<RunId>> {
        let domains = tx.domains().list().await?;
        let account = tx
            .accounts()
            .lock(member.user_id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let is_managed = is_managed_here(&account, member);
        if let Some(email) = email {
            if !is_managed {
                return Err(Error::conflict(
                    "account_not_managed",
                    "The account is the person's own; only they can change its address",
                ));
            }
            self.move_address(tx, member, &account, email, &domains)
                .await?;
        }
        if is_managed {
            tx.accounts().set_full_name(account.id, name).await?;
        }
        if !member.is_active || member.run_id.is_none() {
            return Ok(None);
        }
        let member = tx
            .members()
            .find(member.id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let occasion = self.clock.new_uuid();
        let run =
            self.planner
                .rename_member(&member, &mail_domains(&domains), is_managed, occasion)?;
        Ok(Some(tx.runs().enqueue(&run).await?.run_id.into()))
    }

    async fn move_address(
        &self,
        tx: &mut TenantTx,
        member: &MemberRecord,
        account: &AccountRecord,
        email: &EmailAddress,
        domains: &[DomainRecord],
    ) -> Result<()> {
        if !mail_domains(domains).contains(email.domain()) {
            return Err(
                Invalid::new("email", "must be on a proven mail domain of the workspace").into(),
            );
        }
        let is_taken = tx.members().find_by_email(email).await?.is_some()
            || tx
                .accounts()
                .find_by_email(email)
                .await?
                .is_some_and(|other| other.id != account.id);
        let former = tx.former_addresses().find(email).await?;
        if is_taken || former.is_some_and(|owner| owner != member.id) {
            return Err(address_taken());
        }
        let now = self.clock.now();
        tx.former_addresses().remove(email).await?;
        tx.former_addresses()
            .insert(member.id, &member.email, now)
            .await?;
        let moved = tx
            .members()
            .move_to(member.id, email, member.mailbox())
            .await;
        if let Err(bheem_persistence::Error::Duplicate { .. }) = moved {
            return Err(address_taken());
        }
        moved?;
        let username = if account.username == member.email.to_string() {
            free_username(&mut tx.accounts(), email).await?
        } else {
            account.username.clone()
        };
        tx.accounts()
            .move_to(account.id, email, &username, now)
            .await?;
        Ok(())
    }
}

/// Whether the account is the tenant's to name: one that it manages, known by the very address that the person has here.
fn is_managed_here(account: &AccountRecord, member: &MemberRecord) -> bool {
    account.managed_by == Some(member.tenant_id) && account.email.as_ref() == Some(&member.email)
}

pub(super) fn address_taken() -> Error {
    Error::conflict("address_taken", "Somebody has or had this address")
}
