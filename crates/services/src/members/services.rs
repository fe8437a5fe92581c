//! Giving services to somebody who is a member already: an owner, who was there before any domain was, or
//! somebody whose mail was set up late.

use std::time::Duration;

use bheem_domain::{AccountId, EmailAddress, Invalid, TenantRole};
use bheem_persistence::{
    SystemScope, SystemTx, TenantScope,
    repo::{Consent, DomainRecord, Entity, MemberChange, MemberRecord},
};
use bheem_provisioning::mail_domains;

use super::{
    MemberView,
    add::not_answered,
    manage::{find, require_power_over},
};
use crate::{Error, Result, Services};

impl Services {
    /// Gives a member every service, at the address they have or at the one that is chosen now. Who has all of
    /// it keeps it; what is missing is made.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] when the caller may not choose; [`Error::Invalid`] when the
    /// address is not on a mail domain of the tenant; [`Error::Conflict`] when it is taken, or the member has
    /// one there already.
    pub async fn provision_services(
        &self,
        scope: &TenantScope,
        user: AccountId,
        address: Option<&str>,
        wait: Duration,
    ) -> Result<MemberView> {
        let tenant_id = scope.tenant_id();
        let system = SystemScope::person("give a member services", scope.actor().clone());
        let mut tx = self.database.system(&system).await?;
        tx.tenant_of(tenant_id).lock().await?;
        let member = find(&mut tx.members_of(tenant_id), user).await?;
        require_power_over(scope, &member)?;
        if member.consent == Consent::Pending {
            return Err(not_answered());
        }
        if !member.is_active {
            return Err(Error::conflict(
                "member_deactivated",
                "User is a deactivated member; activate them again with PATCH",
            ));
        }
        let domains = tx.domains_of(tenant_id).list().await?;
        if let Some(address) = address {
            if matches!(scope.role(), Some(TenantRole::Member | TenantRole::Manager)) {
                return Err(Error::Forbidden("You must be an admin of this workspace"));
            }
            choose_address(&mut tx, &member, address, &domains).await?;
        }
        tx.members_of(tenant_id)
            .set_wants_mailbox(member.id, true)
            .await?;
        // A new generation, so that this is a run of its own.
        let again = MemberChange {
            is_active: Some(true),
            ..MemberChange::default()
        };
        tx.members_of(tenant_id).update(member.id, &again).await?;
        self.give_back(&mut tx, tenant_id, &member).await?;
        tx.activity(Some(tenant_id))
            .record(
                "user_provisioned",
                Some(Entity::new("tenant_user", member.id)),
                "Services given",
                None,
            )
            .await?;
        tx.commit().await?;
        self.member_after(scope, member.id, wait).await
    }
}

/// The member's address becomes one on a mail domain of the tenant that nobody has.
async fn choose_address(
    tx: &mut SystemTx,
    member: &MemberRecord,
    address: &str,
    domains: &[DomainRecord],
) -> Result<()> {
    let mail = mail_domains(domains);
    let email = if address.contains('@') {
        EmailAddress::parse(address)?
    } else {
        let primary = domains
            .iter()
            .filter(|domain| mail.contains(&domain.domain))
            .max_by_key(|domain| domain.is_primary)
            .ok_or_else(no_mail_domain)?;
        EmailAddress::from_parts(address, primary.domain.clone())?
    };
    if email == member.email {
        return Ok(());
    }
    if !mail.contains(email.domain()) {
        return Err(no_mail_domain().into());
    }
    if mail.contains(member.email.domain()) {
        return Err(Error::conflict(
            "address_already_set",
            "User has an address on a mail domain of the workspace",
        ));
    }
    let former = tx
        .former_addresses_of(member.tenant_id)
        .find(&email)
        .await?;
    let holder = tx.accounts().find_by_email(&email).await?;
    let mut members = tx.members_of(member.tenant_id);
    if holder.is_some_and(|account| account.id != member.user_id)
        || members.find_by_email(&email).await?.is_some()
        || former.is_some_and(|owner| owner != member.id)
    {
        return Err(Error::conflict(
            "address_taken",
            "Somebody has this address already",
        ));
    }
    tx.members_of(member.tenant_id)
        .set_email(member.id, &email)
        .await?;
    Ok(())
}

fn no_mail_domain() -> Invalid {
    Invalid::new(
        "email",
        "must be on a domain of the workspace that mail is set up on",
    )
}
