//! The main job: one action gives a person every service.
//!
//! The transaction writes what is wanted (a seat, the account, the membership) and enqueues the run
//! that makes it so. Either all of it is there or nothing is.

use std::time::Duration;

use bheem_domain::{
    AccountId, DomainName, EmailAddress, Invalid, MemberId, PlatformRole, SeatDecision, TenantRole,
    plan, text,
};
use bheem_persistence::{
    TenantScope, TenantTx,
    repo::{AccountRecord, DomainRecord, Entity, NewAccount, NewMember, Origin, TenantRecord},
};
use bheem_provisioning::Wanted;

use super::MemberView;
use crate::{Error, Result, Services, accounts::free_username};

/// Who is added, and what they get.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// Their address; or else `username`.
    pub email: Option<String>,
    /// What stands before the `@` on the tenant's primary domain, or a whole address.
    pub username: Option<String>,
    /// Their name.
    pub name: String,
    /// Their role in the tenant.
    pub role: TenantRole,
    /// A mailbox, where the address allows one.
    pub create_mailbox: bool,
    /// An invitation by mail.
    pub send_welcome_email: bool,
    /// A private address for the invitation.
    pub personal_email: Option<String>,
}

impl Services {
    /// Adds a person and waits at most `wait` for their services.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Forbidden`], [`Error::QuotaExceeded`], [`Error::Conflict`]; then
    /// nothing was done.
    pub async fn add_member(
        &self,
        scope: &TenantScope,
        new: AddMember,
        wait: Duration,
    ) -> Result<MemberView> {
        let name = text::required("name", &new.name, 255)?;
        may_grant(scope.role(), new.role)?;
        let personal_email = new
            .personal_email
            .as_deref()
            .filter(|email| !email.trim().is_empty())
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|error| error.in_field("personal_email"))?;

        let mut tx = self.database.tenant(scope).await?;
        let tenant = tx.tenant().lock().await?;
        let domains = tx.domains().list().await?;
        let email = address(&new, &domains)?;
        require_absent(&mut tx, &email).await?;
        require_seat(&tenant)?;
        let member_id = MemberId::generate(&*self.clock);
        let account = self
            .account_for(&mut tx, &email, &name, personal_email.as_ref(), &domains)
            .await?;
        let now = self.clock.now();
        let inserted = tx
            .members()
            .insert(&NewMember {
                id: member_id,
                user_id: account.id,
                email,
                name,
                personal_email,
                role: new.role,
                is_confirmed: false,
                provisioned_by: "admin",
                invited_by: scope.actor().account_id,
                invited_at: Some(now),
                joined_at: None,
                created_at: now,
            })
            .await;
        if let Err(bheem_persistence::Error::Duplicate { .. }) = inserted {
            return Err(already_a_member());
        }
        inserted?;
        let wanted = Wanted {
            mailbox: new.create_mailbox,
            invitation: new.send_welcome_email,
        };
        self.provision(&mut tx, member_id, &account, wanted, &domains)
            .await?;
        tx.activity()
            .record(
                "user_provisioned",
                Some(Entity::new("tenant_user", member_id)),
                "Person added",
                None,
            )
            .await?;
        tx.commit().await?;
        self.member_after(scope, member_id, wait).await
    }

    /// Enqueues the run that gives the person their services, and notes it at the membership.
    pub(super) async fn provision(
        &self,
        tx: &mut TenantTx,
        member_id: MemberId,
        account: &AccountRecord,
        wanted: Wanted,
        domains: &[DomainRecord],
    ) -> Result<()> {
        let member = tx
            .members()
            .find(member_id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let run = self.planner.provision_member(
            tx.tenant_id(),
            &member,
            account,
            wanted,
            &mail_domains(domains),
            member.invited_by,
        )?;
        let enqueued = tx.runs().enqueue(&run).await?;
        tx.members()
            .set_run(member_id, enqueued.run_id.into())
            .await?;
        Ok(())
    }

    /// The account behind the address; a new one when nobody has it.
    async fn account_for(
        &self,
        tx: &mut TenantTx,
        email: &EmailAddress,
        name: &str,
        personal_email: Option<&EmailAddress>,
        domains: &[DomainRecord],
    ) -> Result<AccountRecord> {
        if let Some(found) = tx.accounts().find_by_email(email).await? {
            let account = tx
                .accounts()
                .lock(found.id)
                .await?
                .ok_or_else(already_a_member)?;
            return reactivate(tx, account).await;
        }
        let now = self.clock.now();
        // The tenant has proven that the domain is its own, and with it each address there.
        let is_proven = domains
            .iter()
            .any(|domain| domain.ownership_verified && domain.domain == *email.domain());
        if is_proven {
            // Whoever has only named the address has nothing to do with the account that gets it.
            tx.accounts().release_address(email, None, now).await?;
        }
        let username = free_username(&mut tx.accounts(), email).await?;
        let new = NewAccount {
            id: AccountId::generate(&*self.clock),
            username,
            email: Some(email.clone()),
            hashed_password: None,
            full_name: Some(name.to_owned()),
            phone: None,
            role: PlatformRole::Member,
            company_code: None,
            origin: Origin::Invited,
            invitation_email: Some(personal_email.unwrap_or(email).to_string()),
            email_verified_at: is_proven.then_some(now),
            created_at: now,
        };
        Ok(tx.accounts().insert(&new).await?)
    }
}

/// An account that was closed when its last seat went opens again with a new one. One that was closed
/// for another reason stays closed.
pub(super) async fn reactivate(
    tx: &mut TenantTx,
    mut account: AccountRecord,
) -> Result<AccountRecord> {
    if !account.is_active {
        if account.origin != Origin::Invited {
            return Err(Error::conflict(
                "account_disabled",
                "User account is disabled",
            ));
        }
        tx.accounts().set_active(account.id, true).await?;
        account.is_active = true;
    }
    Ok(account)
}

/// Domains on which the tenant may have mailboxes.
pub(super) fn mail_domains(domains: &[DomainRecord]) -> Vec<DomainName> {
    domains
        .iter()
        .filter(|domain| domain.ownership_verified && domain.mail_enabled && domain.is_active)
        .map(|domain| domain.domain.clone())
        .collect()
}

fn address(new: &AddMember, domains: &[DomainRecord]) -> Result<EmailAddress> {
    let given = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if let Some(email) = given(&new.email) {
        return Ok(EmailAddress::parse(&email)?);
    }
    let username = given(&new.username)
        .ok_or_else(|| Invalid::new("email", "either email or username is needed"))?;
    if username.contains('@') {
        return Ok(EmailAddress::parse(&username).map_err(|error| error.in_field("username"))?);
    }
    // The primary one; until it is proven, the one that was there first.
    let proven = || domains.iter().filter(|domain| domain.ownership_verified);
    let primary = proven()
        .find(|domain| domain.is_primary)
        .or_else(|| proven().next())
        .ok_or_else(|| {
            Invalid::new(
                "username",
                "the workspace has no proven domain yet; give an email address",
            )
        })?;
    Ok(EmailAddress::from_parts(&username, primary.domain.clone())?)
}

async fn require_absent(tx: &mut TenantTx, email: &EmailAddress) -> Result<()> {
    match tx.members().find_by_email(email).await? {
        None => Ok(()),
        Some(member) if member.is_active => Err(already_a_member()),
        Some(_) => Err(Error::conflict(
            "member_deactivated",
            "User is a deactivated member; activate them again with PATCH",
        )),
    }
}

/// Called with the tenant's row held, so two cannot both get the last seat.
pub(super) fn require_seat(tenant: &TenantRecord) -> Result<()> {
    match plan::seat(tenant.quotas.max_users, tenant.seat_count) {
        SeatDecision::Free => Ok(()),
        SeatDecision::Full(max) => Err(Error::QuotaExceeded(format!(
            "User limit reached ({max}). Upgrade the plan or deactivate somebody"
        ))),
    }
}

/// Only an owner, or a platform administrator, makes owners.
pub(super) fn may_grant(actor: Option<TenantRole>, role: TenantRole) -> Result<()> {
    if role == TenantRole::Owner && !matches!(actor, None | Some(TenantRole::Owner)) {
        return Err(Error::Forbidden("Only an owner may make somebody owner"));
    }
    Ok(())
}

fn already_a_member() -> Error {
    Error::conflict("member_exists", "User is already a member")
}
