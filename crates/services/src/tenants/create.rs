//! Making a tenant.

use bheem_domain::{
    AccountId, EmailAddress, Invalid, MemberId, PlanCode, PlatformRole, Slug, TenantId, TenantRole,
    text,
};
use bheem_persistence::{
    Actor, SystemScope, SystemTx,
    repo::{AccountRecord, Entity, NewAccount, NewMember, NewTenant, Origin, TenantRecord},
};
use chrono::TimeDelta;

use crate::{Error, Result, Services, accounts::free_username};

/// How often a derived slug is made anew when others take theirs at the same moment.
const TURNS: usize = 5;

/// What a platform administrator makes a tenant of.
#[derive(Debug, Clone)]
pub struct CreateTenant {
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// Free text.
    pub domain: Option<String>,
    /// The owner's address.
    pub owner_email: String,
    /// Code of its plan.
    pub plan: String,
}

/// What a person makes their own tenant of.
#[derive(Debug, Clone)]
pub struct OwnTenant {
    /// Its name.
    pub name: String,
    /// Its name in URLs; made from the name when absent.
    pub slug: Option<String>,
    /// Label: the owner's address.
    pub owner_email: Option<String>,
    /// Label: the owner's name.
    pub owner_name: Option<String>,
    /// `free` or `trial`; other plans are bought.
    pub plan: Option<String>,
}

impl Services {
    /// Makes a tenant for somebody else; the owner becomes a member, invited if unknown.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field; [`Error::Conflict`] when the slug is taken.
    pub async fn create_tenant(
        &self,
        scope: &SystemScope,
        new: CreateTenant,
    ) -> Result<TenantRecord> {
        let owner_email =
            EmailAddress::parse(&new.owner_email).map_err(|error| error.in_field("owner_email"))?;
        let name = text::required("name", &new.name, 255)?;
        let slug = Slug::claim(&new.slug)?;
        let domain = new
            .domain
            .map_or(Ok(None), |domain| text::optional("domain", &domain, 255))?;
        let mut tx = self.database.system(scope).await?;
        let tenant = self
            .new_tenant(&mut tx, &new.plan, name, slug, owner_email.clone())
            .await?;
        let tenant = NewTenant {
            domain,
            created_by: scope.actor().account_id,
            ..tenant
        };
        let record = insert(&mut tx, &tenant).await?;
        let owner = self.owner_account(&mut tx, &owner_email).await?;
        self.add_owner(&mut tx, &record, &owner, &owner_email, scope.actor())
            .await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Makes a tenant for the person who asks; they become its owner.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field; [`Error::Conflict`] when the slug is taken.
    pub async fn create_own_tenant(&self, actor: Actor, new: OwnTenant) -> Result<TenantRecord> {
        let account_id = actor
            .account_id
            .ok_or(Error::Unauthenticated("Invalid token"))?;
        let name = text::required("name", &new.name, 255)?;
        let wanted = new.slug.as_deref().map(Slug::claim).transpose()?;
        let plan = new.plan.as_deref().unwrap_or("free");
        if !matches!(plan, "free" | "trial") {
            return Err(Invalid::new("plan", "only free or trial; other plans are bought").into());
        }
        let label = new
            .owner_email
            .as_deref()
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|error| error.in_field("owner_email"))?;
        let owner_name = new
            .owner_name
            .map_or(Ok(None), |name| text::optional("owner_name", &name, 255))?;
        let scope = SystemScope::person("make an own tenant", actor);
        for _ in 0..TURNS {
            let mut tx = self.database.system(&scope).await?;
            let owner = tx
                .accounts()
                .lock(account_id)
                .await?
                .ok_or(Error::Unauthenticated("Invalid token"))?;
            let slug = match &wanted {
                Some(slug) => slug.clone(),
                None => free_slug(&mut tx, &Slug::derive(&name)).await?,
            };
            let email = owner_address(&owner, label.clone(), &slug)?;
            let tenant = self
                .new_tenant(&mut tx, plan, name.clone(), slug, email.clone())
                .await?;
            let tenant = NewTenant {
                owner_name: owner_name.clone(),
                created_by: Some(account_id),
                ..tenant
            };
            match insert(&mut tx, &tenant).await {
                // Somebody took the derived slug meanwhile; the next one is tried.
                Err(Error::Conflict { .. }) if wanted.is_none() => {}
                Err(error) => return Err(error),
                Ok(record) => {
                    let email = owner.email.clone().unwrap_or(email);
                    self.add_owner(&mut tx, &record, &owner, &email, scope.actor())
                        .await?;
                    tx.commit().await?;
                    return Ok(record);
                }
            }
        }
        Err(Error::conflict("slug_taken", "Slug already exists"))
    }

    async fn new_tenant(
        &self,
        tx: &mut SystemTx,
        plan: &str,
        name: String,
        slug: Slug,
        owner_email: EmailAddress,
    ) -> Result<NewTenant> {
        let plan = tx
            .plans()
            .find(&PlanCode::parse(plan)?)
            .await?
            .ok_or_else(|| Invalid::new("plan", "is not a plan"))?;
        let now = self.clock.now();
        Ok(NewTenant {
            id: TenantId::generate(&*self.clock),
            name,
            slug,
            domain: None,
            owner_email,
            owner_name: None,
            quotas: plan.quotas,
            trial_ends_at: plan
                .trial_days
                .map(|days| now + TimeDelta::days(days.into())),
            plan: plan.code,
            created_by: None,
            created_at: now,
        })
    }

    async fn owner_account(
        &self,
        tx: &mut SystemTx,
        email: &EmailAddress,
    ) -> Result<AccountRecord> {
        if let Some(account) = tx.accounts().find_by_email(email).await? {
            return Ok(account);
        }
        let username = free_username(&mut tx.accounts(), email).await?;
        let account = NewAccount {
            id: AccountId::generate(&*self.clock),
            username,
            email: Some(email.clone()),
            hashed_password: None,
            full_name: None,
            phone: None,
            role: PlatformRole::Customer,
            company_code: None,
            origin: Origin::Invited,
            invitation_email: Some(email.to_string()),
            email_verified_at: None,
            created_at: self.clock.now(),
        };
        Ok(tx.accounts().insert(&account).await?)
    }

    async fn add_owner(
        &self,
        tx: &mut SystemTx,
        tenant: &TenantRecord,
        owner: &AccountRecord,
        email: &EmailAddress,
        actor: &Actor,
    ) -> Result<()> {
        let now = self.clock.now();
        let is_own = actor.account_id == Some(owner.id);
        let member = NewMember {
            id: MemberId::generate(&*self.clock),
            user_id: owner.id,
            email: email.clone(),
            name: owner
                .full_name
                .clone()
                .unwrap_or_else(|| owner.username.clone()),
            personal_email: None,
            role: TenantRole::Owner,
            is_confirmed: is_own,
            provisioned_by: if is_own { "self" } else { "platform" },
            invited_by: actor.account_id.filter(|_| !is_own),
            invited_at: (!is_own).then_some(now),
            joined_at: is_own.then_some(now),
            created_at: now,
        };
        if is_own {
            tx.members_of(tenant.id).insert(&member).await?;
        } else {
            // Whoever is named owner by somebody else is asked first, like everybody.
            tx.members_of(tenant.id).invite(&member).await?;
            self.ask_in(tx, tenant.id, member.id).await?;
        }
        tx.activity(Some(tenant.id))
            .record(
                "tenant.created",
                Some(Entity::new("tenant", tenant.id)),
                &format!("Tenant {} created", tenant.slug),
                None,
            )
            .await?;
        Ok(())
    }
}

async fn insert(tx: &mut SystemTx, tenant: &NewTenant) -> Result<TenantRecord> {
    tx.tenants().insert(tenant).await.map_err(|error| {
        if error.is_duplicate_of("idx_tenants_slug") {
            Error::conflict("slug_taken", "Slug already exists")
        } else {
            error.into()
        }
    })
}

async fn free_slug(tx: &mut SystemTx, stem: &Slug) -> Result<Slug> {
    let taken = tx.tenants().slugs_like(stem).await?;
    let is_free = |slug: &Slug| !taken.iter().any(|other| other == slug.as_str());
    std::iter::once(stem.clone())
        .chain((2..100_000).map(|number| stem.numbered(number)))
        .find(is_free)
        .ok_or_else(|| Error::conflict("slug_taken", "Slug already exists"))
}

/// An account need not have an address; the label then names the slug under a domain that cannot
/// exist (RFC 2606).
fn owner_address(
    owner: &AccountRecord,
    label: Option<EmailAddress>,
    slug: &Slug,
) -> Result<EmailAddress> {
    if let Some(email) = label.or_else(|| owner.email.clone()) {
        return Ok(email);
    }
    Ok(EmailAddress::parse(&format!("owner@{slug}.invalid"))?)
}
