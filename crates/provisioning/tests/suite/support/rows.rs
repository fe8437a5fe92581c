//! Tenants, domains and people, written as the API writes them.

use std::time::Duration;

use bheem_domain::{
    AccountId, DomainId, DomainName, EmailAddress, MemberId, PlanCode, PlatformRole, Slug,
    SystemClock, TenantId, TenantRole,
};
use bheem_mailcow::CreateDomain;
use bheem_persistence::{
    SystemScope, TenantTx,
    repo::{
        AccountRecord, DomainType, MemberRecord, NewAccount, NewDomain, NewMember, NewTenant,
        Origin, Verdict, VerificationStatus,
    },
};
use bheem_provisioning::Wanted;
use uuid::Uuid;

use super::{EVERYTHING, World};

/// A tenant with what most tests need of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) owner: AccountId,
}

/// Somebody who was added, and the run that gives them their services.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) tenant: Tenant,
    pub(crate) member: MemberId,
    pub(crate) account: AccountId,
    pub(crate) run: Uuid,
}

impl World {
    /// A tenant on the plan `free`, with an owner who has a password.
    pub(crate) async fn tenant(&self, slug: &str) -> Tenant {
        let clock = &SystemClock;
        let (id, now) = (TenantId::generate(clock), self.database.clock().now());
        let email = EmailAddress::parse(&format!("owner@{slug}.test")).unwrap();
        let scope = SystemScope::server("test");
        let mut tx = self.database.system(&scope).await.unwrap();
        let owner = NewAccount {
            origin: Origin::Registered,
            hashed_password: Some("$argon2id$not-a-hash".to_owned()),
            full_name: Some("Olivia Owner".to_owned()),
            email_verified_at: Some(now),
            ..new_account(&email, now)
        };
        let owner = tx.accounts().insert(&owner).await.unwrap().id;
        let plan = PlanCode::parse("free").unwrap();
        let quotas = tx.plans().find(&plan).await.unwrap().unwrap().quotas;
        tx.tenants()
            .insert(&NewTenant {
                id,
                name: format!("Tenant {slug}"),
                slug: Slug::parse(slug).unwrap(),
                domain: None,
                owner_email: email.clone(),
                owner_name: None,
                plan,
                quotas,
                trial_ends_at: None,
                created_by: Some(owner),
                created_at: now,
            })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Tenant { id, owner }
    }

    /// A proven domain of the tenant, unknown to Mailcow as yet.
    pub(crate) async fn proven_domain(&self, tenant: Tenant, name: &str) -> DomainId {
        let id = DomainId::generate(&SystemClock);
        let now = self.database.clock().now();
        let mut tx = self.tenant_tx(tenant).await;
        tx.domains()
            .insert(&NewDomain {
                id,
                domain: DomainName::parse(name).unwrap(),
                domain_type: DomainType::Email,
                verification_token: "bheem-verify=0".to_owned(),
                claim_expires_at: now + Duration::from_hours(24),
                created_by: None,
                created_at: now,
            })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.note(tenant, id, true).await;
        id
    }

    /// A look at the DNS: ownership holds, and the mail records do or do not.
    pub(crate) async fn note(&self, tenant: Tenant, id: DomainId, has_mail: bool) {
        let mut tx = self.tenant_tx(tenant).await;
        let verdict = Verdict {
            ownership: true,
            mx: has_mail,
            spf: has_mail,
            dkim: false,
            status: VerificationStatus::Partial,
            mail_allowed: has_mail,
            proof_seen: Some(true),
            checked_at: self.database.clock().now(),
        };
        tx.domains().note(id, &verdict).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The mail server has the domain, as far as the row says.
    pub(crate) async fn note_mail(&self, tenant: Tenant, id: DomainId) {
        let now = self.database.clock().now();
        let mut tx = self.tenant_tx(tenant).await;
        let noted = tx.domains().note_mail(id, true, None, now).await;
        noted.unwrap();
        tx.commit().await.unwrap();
    }

    /// A proven domain of the tenant that Mailcow serves.
    pub(crate) async fn mail_domain(&self, tenant: Tenant, name: &str) {
        let id = self.proven_domain(tenant, name).await;
        self.note_mail(tenant, id).await;
        let domain = CreateDomain::new(name)
            .max_mailboxes(1_000)
            .quotas_mib(1_024, 10_240, 10_240_000)
            .tag(format!("bheem-tenant:{}", tenant.id));
        self.mailcow.domains().create(&domain).await.unwrap();
    }

    /// A tenant with a domain that Mailcow serves.
    pub(crate) async fn mail_tenant(&self, slug: &str) -> Tenant {
        let tenant = self.tenant(slug).await;
        self.mail_domain(tenant, &format!("{slug}.test")).await;
        tenant
    }

    /// Adds somebody new as the API does: row, account and run in one transaction.
    pub(crate) async fn add(&self, tenant: Tenant, email: &str, wanted: Wanted) -> Person {
        let email = EmailAddress::parse(email).unwrap();
        let now = self.database.clock().now();
        let mut tx = self.tenant_tx(tenant).await;
        let mut account = tx
            .accounts()
            .insert(&new_account(&email, now))
            .await
            .unwrap();
        let managed = tx.accounts().set_managed_by(account.id, tenant.id).await;
        managed.unwrap();
        account.managed_by = Some(tenant.id);
        let member = insert_member(&mut tx, &account, &email, tenant.owner, now).await;
        let person = self
            .enqueue(&mut tx, tenant, &member, &account, wanted)
            .await;
        tx.commit().await.unwrap();
        person
    }

    /// Adds an account that exists.
    pub(crate) async fn add_account(
        &self,
        tenant: Tenant,
        account: AccountId,
        email: &str,
    ) -> Person {
        let email = EmailAddress::parse(email).unwrap();
        let now = self.database.clock().now();
        let mut tx = self.tenant_tx(tenant).await;
        let account = tx.accounts().find(account).await.unwrap().unwrap();
        let member = insert_member(&mut tx, &account, &email, tenant.owner, now).await;
        let person = self
            .enqueue(&mut tx, tenant, &member, &account, EVERYTHING)
            .await;
        tx.commit().await.unwrap();
        person
    }

    /// Enqueues a run that gives a member services.
    pub(crate) async fn enqueue(
        &self,
        tx: &mut TenantTx,
        tenant: Tenant,
        member: &MemberRecord,
        account: &AccountRecord,
        wanted: Wanted,
    ) -> Person {
        let domains = mail_domains(tx).await;
        let run = self
            .planner
            .provision_member(
                tenant.id,
                member,
                account,
                wanted,
                &domains,
                Some(tenant.owner),
            )
            .unwrap();
        let run = tx.runs().enqueue(&run).await.unwrap().run_id;
        tx.members().set_run(member.id, run.into()).await.unwrap();
        Person {
            tenant,
            member: member.id,
            account: account.id,
            run,
        }
    }
}

async fn mail_domains(tx: &mut TenantTx) -> Vec<DomainName> {
    let domains = tx.domains().list().await.unwrap();
    domains
        .into_iter()
        .filter(|domain| domain.ownership_verified && domain.mail_enabled)
        .map(|domain| domain.domain)
        .collect()
}

fn new_account(email: &EmailAddress, now: chrono::DateTime<chrono::Utc>) -> NewAccount {
    let id = AccountId::generate(&SystemClock);
    NewAccount {
        id,
        username: format!("{email}-{id}"),
        email: Some(email.clone()),
        hashed_password: None,
        full_name: Some("John Doe".to_owned()),
        phone: None,
        role: PlatformRole::Member,
        company_code: None,
        origin: Origin::Invited,
        invitation_email: Some(email.to_string()),
        email_verified_at: None,
        created_at: now,
    }
}

async fn insert_member(
    tx: &mut TenantTx,
    account: &AccountRecord,
    email: &EmailAddress,
    inviter: AccountId,
    now: chrono::DateTime<chrono::Utc>,
) -> MemberRecord {
    let id = MemberId::generate(&SystemClock);
    tx.members()
        .insert(&NewMember {
            id,
            user_id: account.id,
            email: email.clone(),
            name: "John Doe".to_owned(),
            personal_email: None,
            role: TenantRole::Member,
            is_confirmed: false,
            provisioned_by: "admin",
            invited_by: Some(inviter),
            invited_at: Some(now),
            joined_at: None,
            created_at: now,
        })
        .await
        .unwrap();
    tx.members().find(id).await.unwrap().unwrap()
}
