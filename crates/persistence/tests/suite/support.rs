//! A database with a clock that stands still, and people and tenants to put in it.

use std::{sync::Arc, time::Duration};

use bheem_domain::{
    AccountId, Clock, DomainId, DomainName, EmailAddress, Limit, ManualClock, MemberId, PlanCode,
    PlatformRole, Quotas, Slug, TenantId, TenantRole,
};
use bheem_persistence::{
    Database, DatabaseSettings, SystemRead, SystemScope, SystemTx, TenantScope, TenantTx,
    repo::{
        AccountRecord, DomainType, NewAccount, NewDomain, NewMember, NewTenant, Origin,
        TenantRecord,
    },
};
use bheem_saga::{NewRun, NewStep};
use bheem_testkit::TestDatabase;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

/// Long enough for anything that works; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Bed {
    pub(crate) database: Database,
    pub(crate) clock: ManualClock,
    pub(crate) test: TestDatabase,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The column `text` of all rows.
pub(crate) async fn texts(connection: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Row> = sql_query(query).load(connection).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let test = TestDatabase::create().await.unwrap();
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let database = connect(&test, &clock).await;
        Self {
            database,
            clock,
            test,
        }
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> Database {
        connect(&self.test, &self.clock).await
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn later(&self, seconds: i64) -> DateTime<Utc> {
        self.clock.advance(TimeDelta::seconds(seconds));
        self.clock.now()
    }

    /// A connection as the owner of the tables.
    pub(crate) async fn owner(&self) -> AsyncPgConnection {
        self.test.connect().await.unwrap()
    }

    /// A statement as the owner of the tables.
    pub(crate) async fn sql(&self, statements: &str) {
        self.owner().await.batch_execute(statements).await.unwrap();
    }

    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        texts(&mut self.owner().await, query).await
    }

    /// A number, as the owner of the tables sees it.
    pub(crate) async fn number(&self, expression: &str) -> i64 {
        let found = self
            .texts(&format!("SELECT ({expression})::text AS text"))
            .await;
        found[0].parse().unwrap()
    }

    /// Asks until the expression is true.
    pub(crate) async fn until(&self, expression: &str) {
        let mut connection = self.owner().await;
        let query = format!("SELECT ({expression})::text AS text");
        let holds = async { while texts(&mut connection, &query).await != ["true"] {} };
        tokio::time::timeout(PATIENCE, holds)
            .await
            .unwrap_or_else(|_| panic!("never came true: {expression}"));
    }

    pub(crate) async fn system(&self) -> SystemTx {
        let scope = SystemScope::server("test");
        self.database.system(&scope).await.unwrap()
    }

    pub(crate) async fn read(&self) -> SystemRead {
        let scope = SystemScope::server("test");
        self.database.system_read(&scope).await.unwrap()
    }

    pub(crate) async fn tenant_tx(&self, tenant: TenantId) -> TenantTx {
        let scope = TenantScope::for_run(tenant);
        self.database.tenant(&scope).await.unwrap()
    }

    pub(crate) fn new_account(&self, username: &str) -> NewAccount {
        NewAccount {
            id: AccountId::generate(&self.clock),
            username: username.to_owned(),
            email: None,
            hashed_password: None,
            full_name: None,
            phone: None,
            role: PlatformRole::Customer,
            company_code: None,
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: None,
            created_at: self.clock.now(),
        }
    }

    pub(crate) async fn account(&self, username: &str) -> AccountRecord {
        let new = self.new_account(username);
        self.add(&new).await
    }

    pub(crate) async fn add(&self, new: &NewAccount) -> AccountRecord {
        self.read().await.accounts().insert(new).await.unwrap()
    }

    pub(crate) fn new_tenant(&self, slug: &str, max_users: Limit) -> NewTenant {
        NewTenant {
            id: TenantId::generate(&self.clock),
            name: format!("Tenant {slug}"),
            slug: Slug::parse(slug).unwrap(),
            domain: None,
            owner_email: email("owner@a.example"),
            owner_name: None,
            plan: PlanCode::parse("free").unwrap(),
            quotas: Quotas {
                max_users,
                meet_hours: Limit::at_most(10),
                docs_mb: Limit::at_most(1024),
                mail_mb: Limit::at_most(512),
                recordings_mb: Limit::UNLIMITED,
            },
            trial_ends_at: None,
            created_by: None,
            created_at: self.clock.now(),
        }
    }

    pub(crate) async fn tenant(&self, slug: &str) -> TenantRecord {
        let new = self.new_tenant(slug, Limit::at_most(5));
        self.read().await.tenants().insert(&new).await.unwrap()
    }

    pub(crate) fn new_member(&self, account: AccountId, address: &str) -> NewMember {
        NewMember {
            id: MemberId::generate(&self.clock),
            user_id: account,
            email: email(address),
            name: "Ada".to_owned(),
            personal_email: None,
            role: TenantRole::Member,
            is_confirmed: false,
            provisioned_by: "admin",
            invited_by: None,
            invited_at: None,
            joined_at: None,
            created_at: self.clock.now(),
        }
    }

    /// A new account `name`, and its membership with the address `name@a.example`.
    pub(crate) async fn member(&self, tenant: TenantId, name: &str) -> (AccountId, MemberId) {
        let account = self.account(name).await.id;
        let new = self.new_member(account, &format!("{name}@a.example"));
        let mut tx = self.tenant_tx(tenant).await;
        tx.members().insert(&new).await.unwrap();
        tx.commit().await.unwrap();
        (account, new.id)
    }

    pub(crate) fn new_domain(&self, name: &str) -> NewDomain {
        NewDomain {
            id: DomainId::generate(&self.clock),
            domain: DomainName::parse(name).unwrap(),
            domain_type: DomainType::Email,
            verification_token: "bheem-verify=00".to_owned(),
            claim_expires_at: self.clock.now() + TimeDelta::days(7),
            created_by: None,
            created_at: self.clock.now(),
        }
    }

    pub(crate) async fn domain(&self, tenant: TenantId, name: &str) -> DomainId {
        let new = self.new_domain(name);
        let mut tx = self.tenant_tx(tenant).await;
        tx.domains().insert(&new).await.unwrap();
        tx.commit().await.unwrap();
        new.id
    }
}

async fn connect(test: &TestDatabase, clock: &ManualClock) -> Database {
    let mut settings = DatabaseSettings::new(test.url());
    settings.wait = PATIENCE;
    let clock = Arc::new(clock.clone());
    Database::connect(&settings, clock).await.unwrap()
}

pub(crate) fn email(address: &str) -> EmailAddress {
    EmailAddress::parse(address).unwrap()
}

pub(crate) fn new_run(tenant: TenantId, subject: &str) -> NewRun {
    NewRun {
        tenant_id: tenant.as_uuid(),
        kind: "test".to_owned(),
        kind_version: 1,
        subject: subject.to_owned(),
        dedupe_key: subject.to_owned(),
        params: serde_json::json!({}),
        priority: NewRun::ORDINARY,
        is_closing: false,
        parent_id: None,
        pivot: None,
        steps: vec![NewStep {
            name: "only".to_owned(),
            depends_on: vec![],
            skipped: None,
        }],
    }
}
