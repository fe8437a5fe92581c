//! A domain that another tenant of this installation had at the mail server, and that this tenant has proven now. Its
//! mailboxes are closed before the domain changes hands: nobody reads there what others had, and no old mailbox
//! receives what is meant for new people.

use bheem_domain::TenantId;
use bheem_mailcow::{Domain, UpdateDomain};
use bheem_persistence::SystemScope;
use bheem_saga::Failure;
use uuid::Uuid;

use crate::{
    connector::{
        database,
        mailcow::{close_mailbox, refused, set_aside, tagged_member, tagged_tenant, tenant_tag},
        unanswered,
    },
    saga::Deps,
};

/// Whether the domain bears the tag of another tenant of this installation.
pub(super) async fn is_anothers(deps: &Deps, domain: &Domain) -> Result<bool, Failure> {
    let Some(tenant_id) = tagged_tenant(&domain.tags) else {
        return Ok(false);
    };
    let scope = SystemScope::server("whether a domain at the mail server is this installation's");
    let known = async {
        let mut read = deps.database.system_read(&scope).await?;
        read.tenants().is_known(tenant_id).await
    };
    known.await.map_err(|error| database(&error))
}

/// Makes the domain the tenant's. Each line of it may be done again.
pub(super) async fn take_over(
    deps: &Deps,
    tenant_id: Uuid,
    name: &str,
    domain: &Domain,
) -> Result<(), Failure> {
    let mailcow = deps.mailcow()?;
    let domains = mailcow.domains();
    let off = UpdateDomain::new().active(false);
    domains
        .update(name, &off)
        .await
        .map_err(|error| refused(&error))?;
    let listed = mailcow.mailboxes().list(name).await;
    for mailbox in listed.map_err(|error| unanswered(&error))? {
        let member_id = tagged_member(&mailbox.tags);
        let is_ours = match member_id {
            Some(member_id) => deps.find_member(tenant_id, member_id).await?.is_some(),
            None => false,
        };
        if is_ours {
            continue;
        }
        close_mailbox(mailcow, &mailbox.address).await?;
        if let Some(member_id) = member_id {
            set_aside(mailcow, &mailbox.address, member_id).await?;
        }
    }
    let own = tenant_tag(TenantId::from(tenant_id));
    let tagged = UpdateDomain::new().tag(&own);
    domains
        .update(name, &tagged)
        .await
        .map_err(|error| refused(&error))?;
    for tag in domain.tags.iter().filter(|tag| **tag != own) {
        domains
            .remove_tag(name, tag)
            .await
            .map_err(|error| refused(&error))?;
    }
    tracing::info!(tenant.id = %tenant_id, "a mail domain was taken over from another tenant");
    Ok(())
}
