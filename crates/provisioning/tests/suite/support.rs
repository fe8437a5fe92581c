//! A database, the stand-ins, and a worker that does not wait long.

use std::{sync::Arc, time::Duration};

use bheem_domain::{
    AccountId, DomainId, DomainName, EmailAddress, MemberId, PlanCode, PlatformRole, Slug,
    SystemClock, TenantId, TenantRole,
};
use bheem_mailcow::CreateDomain;
use bheem_nextcloud::Auth;
use bheem_persistence::{
    Database, DatabaseSettings, SystemScope, TenantScope, TenantTx,
    repo::{
        AccountRecord, DomainType, MemberRecord, NewAccount, NewDomain, NewMember, NewTenant,
        Origin, Verdict, VerificationStatus,
    },
};
use bheem_provisioning::{
    NextcloudPeer, Outcome, Peers, Planner, ProvisioningConfig, Wanted, build, outcome,
};
use bheem_saga::{Backoff, NewRun, Policy, RunView, Store, Worker, WorkerConfig};
use bheem_sandbox::{Fault, FaultAction, PeerHandle, Sandbox};
use bheem_testkit::TestDatabase;
use bheem_vault::{KeyRing, MasterKey, Vault};
use futures::StreamExt;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Long enough for anything that works; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) const FRONTEND: &str = "https://workspace.example";
pub(crate) const EVERYTHING: Wanted = Wanted {
    mailbox: true,
    invitation: true,
};

/// Everything a test needs. Its worker works until the world ends.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) sandbox: Sandbox,
    pub(crate) vault: Vault,
    pub(crate) planner: Planner,
    pub(crate) store: Store,
    pub(crate) mailcow: bheem_mailcow::Client,
    shutdown: CancellationToken,
    workers: JoinSet<()>,
    _test_database: TestDatabase,
}

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

/// How a world differs from the usual one.
pub(crate) struct Options {
    pub(crate) config: ProvisioningConfig,
    /// How long clients wait for an answer.
    pub(crate) timeout: Duration,
    pub(crate) has_mailcow: bool,
    pub(crate) has_nextcloud: bool,
    pub(crate) has_notify: bool,
    /// What the workspace shows Mailcow instead of the right key.
    pub(crate) mailcow_key: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        let retry = Policy {
            backoff: Backoff {
                base: Duration::from_millis(5),
                cap: Duration::from_millis(40),
            },
            timeout: Duration::from_secs(20),
            ..Policy::default()
        };
        Self {
            config: ProvisioningConfig {
                retry,
                ..ProvisioningConfig::new(FRONTEND)
            },
            timeout: Duration::from_secs(10),
            has_mailcow: true,
            has_nextcloud: true,
            has_notify: true,
            mailcow_key: None,
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// Clients give up soon, for tests in which peers hang.
    pub(crate) async fn hasty() -> Self {
        let timeout = Duration::from_millis(400);
        Self::with(Options {
            timeout,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let mut world = Self::idle(options).await;
        world.work();
        world
    }

    /// Nobody works yet.
    pub(crate) async fn idle(options: Options) -> Self {
        let test_database = TestDatabase::create().await.unwrap();
        let settings = DatabaseSettings {
            max_connections: 6,
            wait: Duration::from_mins(1),
            ..DatabaseSettings::new(test_database.url())
        };
        let database = Database::connect(&settings, Arc::new(SystemClock))
            .await
            .unwrap();
        let sandbox = Sandbox::in_memory().await.unwrap();
        let key = MasterKey::generate("test").unwrap();
        let vault = Vault::new(KeyRing::new(vec![key]).unwrap());
        let planner = build(
            database.clone(),
            vault.clone(),
            peers(&sandbox, &options),
            options.config,
        )
        .unwrap();
        let api_key = sandbox.mailcow.credential("api_key").to_owned();
        let mailcow = bheem_mailcow::Client::builder(&sandbox.mailcow.base_url, api_key.into())
            .build()
            .unwrap();
        Self {
            store: Store::new(database.saga_pool()),
            database,
            sandbox,
            vault,
            planner,
            mailcow,
            shutdown: CancellationToken::new(),
            workers: JoinSet::new(),
            _test_database: test_database,
        }
    }

    /// Starts a worker.
    pub(crate) fn work(&mut self) {
        let config = WorkerConfig {
            poll: Duration::from_millis(50),
            default_max_leased: 16,
            circuit: Backoff {
                base: Duration::from_millis(10),
                cap: Duration::from_millis(40),
            },
            stop_grace: Duration::from_millis(100),
            ..WorkerConfig::default()
        };
        let registry = self.planner.registry().clone();
        let worker = Worker::new(self.store.clone(), registry, config, &SystemClock);
        self.workers.spawn(worker.run(self.shutdown.clone()));
    }

    /// Stops the workers, as at the end of a process.
    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        while self.workers.join_next().await.is_some() {}
        self.shutdown = CancellationToken::new();
    }

    pub(crate) async fn tenant_tx(&self, tenant: Tenant) -> TenantTx {
        let scope = TenantScope::for_run(tenant.id);
        self.database.tenant(&scope).await.unwrap()
    }

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
        let verdict = Verdict {
            ownership: true,
            mx: true,
            spf: true,
            dkim: false,
            status: VerificationStatus::Partial,
            mail_enabled: true,
            checked_at: now,
        };
        tx.domains().note(id, &verdict).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A proven domain of the tenant that Mailcow serves.
    pub(crate) async fn mail_domain(&self, tenant: Tenant, name: &str) {
        self.proven_domain(tenant, name).await;
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
        let account = tx
            .accounts()
            .insert(&new_account(&email, now))
            .await
            .unwrap();
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

    pub(crate) async fn enqueue_system(&self, run: &NewRun) -> Uuid {
        let scope = SystemScope::server("test");
        let mut read = self.database.system_read(&scope).await.unwrap();
        let enqueued = read.runs_of(run.tenant_id.into()).enqueue(run).await;
        enqueued.unwrap().run_id
    }

    pub(crate) async fn settled(&self, run: Uuid) -> RunView {
        let view = self.store.wait(run, PATIENCE).await.unwrap();
        assert!(view.is_settled(), "{view:#?}");
        view
    }

    pub(crate) async fn outcome(&self, run: Uuid) -> Outcome {
        outcome(&self.settled(run).await)
    }

    /// Waits until the run, which has not settled by then, is as `test` wants it.
    pub(crate) async fn until(&self, run: Uuid, test: impl Fn(&RunView) -> bool) -> RunView {
        let looking = async {
            let mut views = std::pin::pin!(self.store.watch(run));
            let mut last = None;
            while let Some(view) = views.next().await {
                let view = view.unwrap();
                if test(&view) {
                    return view;
                }
                last = Some(view);
            }
            panic!("settled before: {last:#?}");
        };
        let view = tokio::time::timeout(PATIENCE, looking).await;
        view.expect("the run never came to be as it should")
    }

    pub(crate) async fn account(&self, id: AccountId) -> Option<AccountRecord> {
        let scope = SystemScope::server("test");
        let mut read = self.database.system_read(&scope).await.unwrap();
        read.accounts().find(id).await.unwrap()
    }

    pub(crate) async fn member(&self, person: Person) -> Option<MemberRecord> {
        let mut tx = self.tenant_tx(person.tenant).await;
        let member = tx.members().find(person.member).await.unwrap();
        tx.commit().await.unwrap();
        member
    }

    pub(crate) fn mailboxes(&self) -> Vec<Value> {
        list(&self.sandbox.mailcow, "mailboxes")
    }

    pub(crate) fn app_passwords(&self) -> Vec<Value> {
        list(&self.sandbox.mailcow, "app_passwords")
    }

    pub(crate) fn messages(&self) -> Vec<Value> {
        list(&self.sandbox.notify, "messages")
    }

    /// Users beside those of a fresh installation.
    pub(crate) fn users(&self) -> Vec<Value> {
        let mut users = list(&self.sandbox.nextcloud, "users");
        users.retain(|user| !["admin", "sample"].contains(&text(&user["id"])));
        users
    }

    pub(crate) fn user(&self, account: AccountId) -> Option<Value> {
        let mut users = self.users().into_iter();
        users.find(|user| user["id"] == account.to_string())
    }

    /// Names of the calendars of an account.
    pub(crate) fn calendars(&self, account: AccountId) -> Vec<String> {
        let owner = account.to_string();
        list(&self.sandbox.nextcloud, "calendars")
            .iter()
            .filter(|calendar| calendar.to_string().contains(&owner))
            .map(ToString::to_string)
            .collect()
    }

    /// That the person has everything, once.
    pub(crate) fn assert_complete(&self, person: Person, address: &str) {
        let of_address = |list: Vec<Value>, key: &str| -> Vec<Value> {
            let mut list = list;
            list.retain(|one| one[key] == address);
            list
        };
        let mailboxes = of_address(self.mailboxes(), "username");
        assert_eq!(mailboxes.len(), 1, "{mailboxes:?}");
        assert_eq!(mailboxes[0]["active"], 1);
        let tag = format!("bheem:{}", person.member);
        let tags = mailboxes[0]["tags"].as_array().unwrap();
        assert!(tags.iter().any(|one| *one == *tag), "{tags:?}");
        let passwords = of_address(self.app_passwords(), "mailbox");
        assert_eq!(passwords.len(), 1, "{passwords:?}");
        let name = format!("bheem-workspace {}", person.member);
        assert_eq!(passwords[0]["name"], *name);
        self.assert_files(person);
        let invitations = of_address(self.messages(), "to");
        assert_eq!(invitations.len(), 1, "{invitations:?}");
    }

    /// That the person has an account, the group and a calendar at Nextcloud, once.
    pub(crate) fn assert_files(&self, person: Person) {
        let user = self.user(person.account).expect("a Nextcloud account");
        assert_eq!(user["enabled"], true);
        let group = format!("tenant-{}", person.tenant.id);
        let groups = user["groups"].as_array().unwrap();
        assert!(groups.iter().any(|one| *one == *group), "{groups:?}");
        let calendars = self.calendars(person.account);
        assert_eq!(calendars.len(), 1, "{calendars:?}");
        assert!(calendars[0].contains("personal"), "{calendars:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn list(peer: &PeerHandle, key: &str) -> Vec<Value> {
    peer.state()[key].as_array().cloned().unwrap_or_default()
}

pub(crate) fn fault(method: &str, path: &str, action: FaultAction) -> Fault {
    Fault {
        method: Some(method.to_owned()),
        path_prefix: path.to_owned(),
        action,
        ..Fault::default()
    }
}

/// Every request fails with a status until the faults are cleared.
pub(crate) fn outage(status: u16) -> Fault {
    Fault {
        action: FaultAction::Fail,
        status: Some(status),
        times: Some(0),
        ..Fault::default()
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

fn peers(sandbox: &Sandbox, options: &Options) -> Peers {
    let secret = |peer: &PeerHandle, name: &str| peer.credential(name).to_owned().into();
    let mailcow_key = options.mailcow_key.clone().map_or_else(
        || secret(&sandbox.mailcow, "api_key"),
        bheem_mailcow::SecretString::from,
    );
    let mailcow = bheem_mailcow::Client::builder(&sandbox.mailcow.base_url, mailcow_key)
        .timeout(options.timeout)
        .build()
        .unwrap();
    let admin = Auth::basic(
        sandbox.nextcloud.credential("admin_user"),
        secret(&sandbox.nextcloud, "admin_password"),
    );
    let ocs = bheem_nextcloud::Client::builder(&sandbox.nextcloud.base_url, admin)
        .timeout(options.timeout)
        .build()
        .unwrap();
    let nextcloud = NextcloudPeer::new(ocs, &sandbox.nextcloud.base_url, options.timeout).unwrap();
    let api_key = secret(&sandbox.notify, "api_key");
    let notify = bheem_notify::Client::builder(&sandbox.notify.base_url, api_key)
        .timeout(options.timeout)
        .build()
        .unwrap();
    Peers {
        mailcow: options.has_mailcow.then_some(mailcow),
        nextcloud: options.has_nextcloud.then_some(nextcloud),
        notify: options.has_notify.then_some(notify),
    }
}

/// Repeats an operator's verb while a worker holds the run, as a person would.
pub(crate) async fn insist<F>(verb: impl Fn() -> F)
where
    F: Future<Output = Result<(), bheem_saga::Error>>,
{
    loop {
        match verb().await {
            Err(bheem_saga::Error::Busy { .. }) => tokio::task::yield_now().await,
            done => return done.unwrap(),
        }
    }
}
