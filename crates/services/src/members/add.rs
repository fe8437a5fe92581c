//! The main job: one action gives a person every service.
//!
//! The transaction writes what is wanted (a seat, the account, the membership) and enqueues the run
//! that makes it so. Either all of it is there or nothing is.
//!
//! An account that the tenant makes on a domain which it has proven is the tenant's to manage, and a
//! member at once. Any other account is its holder's: they are invited, hold a seat, and become a member
//! when they accept.

use std::time::Duration;

use bheem_domain::{
    AccountId, EmailAddress, Invalid, MemberId, PlatformRole, SeatDecision, TenantId, TenantRole,
    plan, text,
};
use bheem_persistence::{
    SystemScope, SystemTx, TenantScope, TenantTx,
    repo::{
        AccountRecord, Accounts, Consent, DomainRecord, Entity, NewAccount, NewMember, Origin,
        TenantRecord,
    },
};
use bheem_provisioning::{Wanted, mail_domains};

use super::{MemberView, rename::address_taken};
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

        let anothers = self.anothers_domain(scope, &new).await?;
        let mut tx = self.database.tenant(scope).await?;
        let tenant = tx.tenant().lock().await?;
        let domains = tx.domains().list().await?;
        let email = address(&new, &domains)?;
        require_absent(&mut tx, &email).await?;
        require_seat(&tenant)?;
        let member_id = MemberId::generate(&*self.clock);
        let account = self
            .account_for(
                &mut tx,
                &email,
                &name,
                personal_email.as_ref(),
                &domains,
                anothers,
            )
            .await?;
        let is_managed = account.managed_by == Some(tx.tenant_id());
        let now = self.clock.now();
        let member = NewMember {
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
        };
        let inserted = if is_managed {
            tx.members().insert(&member).await
        } else {
            tx.members().invite(&member).await
        };
        if let Err(bheem_persistence::Error::Duplicate { .. }) = inserted {
            return Err(already_a_member());
        }
        inserted?;
        if !new.create_mailbox {
            tx.members().set_wants_mailbox(member_id, false).await?;
        }
        let (action, text) = if is_managed {
            let wanted = Wanted {
                mailbox: new.create_mailbox,
                invitation: new.send_welcome_email,
            };
            self.provision(&mut tx, member_id, &account, wanted, &domains)
                .await?;
            ("user_provisioned", "Person added")
        } else {
            self.ask(&mut tx, member_id).await?;
            ("user_invited", "Person invited")
        };
        tx.activity()
            .record(
                action,
                Some(Entity::new("tenant_user", member_id)),
                text,
                None,
            )
            .await?;
        tx.commit().await?;
        self.member_after(scope, member_id, wait).await
    }

    /// Whether the address lies on a domain that another tenant has proven. What is there only its holder
    /// makes.
    async fn anothers_domain(&self, scope: &TenantScope, new: &AddMember) -> Result<bool> {
        let given = new.email.as_ref().or(new.username.as_ref());
        let Some(Ok(email)) = given.map(|text| EmailAddress::parse(text.trim())) else {
            return Ok(false);
        };
        let system = SystemScope::person("whose domain an address is on", scope.actor().clone());
        let mut read = self.database.system_read(&system).await?;
        let holder = read.domain_claims().holder(email.domain()).await?;
        Ok(holder.is_some_and(|holder| holder.tenant_id != scope.tenant_id()))
    }

    /// Enqueues the run that asks somebody whether they want to be a member.
    pub(super) async fn ask(&self, tx: &mut TenantTx, member_id: MemberId) -> Result<()> {
        let member = tx
            .members()
            .find(member_id)
            .await?
            .ok_or(Error::NotFound("User not found"))?;
        let run = self
            .planner
            .invite_member(tx.tenant_id(), &member, member.invited_by)?;
        if let Some(run) = run {
            let enqueued = tx.runs().enqueue(&run).await?;
            tx.members()
                .set_run(member_id, enqueued.run_id.into())
                .await?;
        }
        Ok(())
    }

    /// The same in a transaction across tenants.
    pub(crate) async fn ask_in(
        &self,
        tx: &mut SystemTx,
        tenant_id: TenantId,
        member_id: MemberId,
    ) -> Result<()> {
        let member = tx.members_of(tenant_id).find(member_id).await?;
        let member = member.ok_or(Error::NotFound("User not found"))?;
        let run = self
            .planner
            .invite_member(tenant_id, &member, member.invited_by)?;
        if let Some(run) = run {
            let run_id = tx.runs_of(tenant_id).enqueue(&run).await?.run_id;
            tx.members_of(tenant_id)
                .set_run(member_id, run_id.into())
                .await?;
        }
        Ok(())
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

    /// The account behind the address; a new one when nobody has it. The tenant manages what it makes on a
    /// domain that it has proven.
    async fn account_for(
        &self,
        tx: &mut TenantTx,
        email: &EmailAddress,
        name: &str,
        personal_email: Option<&EmailAddress>,
        domains: &[DomainRecord],
        is_anothers: bool,
    ) -> Result<AccountRecord> {
        let is_ours = domains.iter().any(|domain| {
            domain.ownership_verified && domain.is_active && domain.domain == *email.domain()
        });
        if let Some(found) = tx.accounts().find_by_email(email).await? {
            let account = tx
                .accounts()
                .lock(found.id)
                .await?
                .ok_or_else(already_a_member)?;
            let tenant_id = tx.tenant_id();
            return if is_ours && account.email_verified_at.is_none() {
                self.adopt(tx, account, email).await
            } else {
                reactivate(&mut tx.accounts(), tenant_id, account).await
            };
        }
        if is_anothers {
            return Err(Error::conflict(
                "domain_of_another_tenant",
                "Accounts on this domain are made by the organisation that has proven it",
            ));
        }
        let now = self.clock.now();
        if is_ours {
            // Whoever has only named the address has nothing to do with the account that gets it.
            tx.accounts().release_address(email, None, now).await?;
        }
        let username = free_username(&mut tx.accounts(), email).await?;
        // To another address than the person's own goes only the link of an account that is the tenant's.
        let invitation_email = personal_email.filter(|_| is_ours).unwrap_or(email);
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
            invitation_email: Some(invitation_email.to_string()),
            email_verified_at: is_ours.then_some(now),
            created_at: now,
        };
        let mut account = tx.accounts().insert(&new).await?;
        if is_ours {
            let tenant_id = tx.tenant_id();
            tx.accounts().set_managed_by(account.id, tenant_id).await?;
            account.managed_by = Some(tenant_id);
        }
        Ok(account)
    }

    /// An account that somebody else invited at an address of the tenant's own domain and that nobody has used:
    /// the proof of the domain is the first proof of the address.
    async fn adopt(
        &self,
        tx: &mut TenantTx,
        mut account: AccountRecord,
        email: &EmailAddress,
    ) -> Result<AccountRecord> {
        let (tenant_id, now) = (tx.tenant_id(), self.clock.now());
        tx.link_tokens().void_all(account.id, now).await?;
        let proven = tx.accounts().prove_address(account.id, email, now).await?;
        if proven.is_none() {
            return Err(already_a_member());
        }
        tx.accounts().set_managed_by(account.id, tenant_id).await?;
        account.email_verified_at = Some(now);
        account.managed_by = Some(tenant_id);
        Ok(account)
    }
}

/// An account that its tenant closed opens again when that tenant, and no other, gives it a seat. One that
/// was closed for another reason stays closed.
pub(super) async fn reactivate(
    accounts: &mut Accounts<'_>,
    tenant_id: TenantId,
    mut account: AccountRecord,
) -> Result<AccountRecord> {
    if !account.is_active {
        if account.managed_by != Some(tenant_id) {
            return Err(Error::conflict(
                "account_disabled",
                "User account is disabled",
            ));
        }
        accounts.set_active(account.id, true).await?;
        account.is_active = true;
    }
    Ok(account)
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
    if tx.former_addresses().find(email).await?.is_some() {
        return Err(address_taken());
    }
    match tx.members().find_by_email(email).await? {
        None => Ok(()),
        Some(member) if member.is_active => Err(already_a_member()),
        Some(member) if member.consent == Consent::Pending => Err(not_answered()),
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

/// Somebody is invited and has not answered.
pub(super) fn not_answered() -> Error {
    Error::conflict(
        "invitation_pending",
        "User is invited and has not answered yet",
    )
}

fn already_a_member() -> Error {
    Error::conflict("member_exists", "User is already a member")
}
