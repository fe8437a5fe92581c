//! An installation with a clock that stands still, and people in it.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bheem_domain::{AccountId, Clock, EmailAddress, LinkTokenId, ManualClock, PlatformRole};
use bheem_embedded_postgres::Binaries;
use bheem_identity::{
    Client, Identity, IdentityConfig, PasswordChange, Passwords, Result, SignedIn,
};
use bheem_persistence::{
    Database, DatabaseSettings, SystemRead, SystemScope,
    repo::{AccountRecord, LinkPurpose, NewAccount, NewLinkToken, Origin},
};
use bheem_testkit::TestDatabase;
use bheem_vault::{KeyRing, MasterKey, Vault, token};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

/// Long enough for anything that works; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The password of everybody, made anew in each run, and its hash, made once.
static PASSWORD: OnceCell<(String, String)> = OnceCell::const_new();

async fn password_and_hash() -> &'static (String, String) {
    PASSWORD
        .get_or_init(async || {
            let password = token::generate().unwrap();
            let hash = Passwords::new(1, 8).unwrap().hash(password.clone()).await;
            (password.expose_secret().to_owned(), hash.unwrap())
        })
        .await
}

pub(crate) struct Bed {
    pub(crate) identity: Identity,
    pub(crate) database: Database,
    pub(crate) vault: Vault,
    pub(crate) clock: ManualClock,
    test: TestDatabase,
}

pub(crate) fn config() -> IdentityConfig {
    IdentityConfig {
        failures_per_account: 3,
        failures_per_address: 5,
        ..IdentityConfig::new("https://work.example")
    }
}

pub(crate) fn vault() -> Vault {
    Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap())
}

pub(crate) fn email(address: &str) -> EmailAddress {
    EmailAddress::parse(address).unwrap()
}

pub(crate) fn from(ip: &str) -> Client {
    Client {
        ip: Some(ip.parse().unwrap()),
        user_agent: Some("curl".to_owned()),
    }
}

/// A new password, with which everything else ends.
pub(crate) fn password_change(old: SecretString, new: SecretString) -> PasswordChange {
    PasswordChange {
        old,
        new,
        keep_applications: false,
    }
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let test = TestDatabase::create().await.unwrap();
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let database = connect(&test, &clock).await;
        let vault = vault();
        let identity = Identity::start(database.clone(), vault.clone(), config())
            .await
            .unwrap();
        Self {
            identity,
            database,
            vault,
            clock,
            test,
        }
    }

    /// Another connection to the same database.
    pub(crate) async fn connect(&self) -> Database {
        connect(&self.test, &self.clock).await
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> (Identity, Database) {
        let database = self.connect().await;
        let identity = Identity::start(database.clone(), self.vault.clone(), config());
        (identity.await.unwrap(), database)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn clock_uuid(&self) -> uuid::Uuid {
        self.clock.new_uuid()
    }

    pub(crate) async fn read(&self) -> SystemRead {
        let scope = SystemScope::server("test");
        self.database.system_read(&scope).await.unwrap()
    }

    /// Statements as the owner of the tables; answers what they print.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let binaries = Binaries::find(None, None).unwrap();
        let output = Command::new(binaries.directory().join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"])
            .args(["--set", "ON_ERROR_STOP=1", "--dbname", self.test.url()])
            .args(["--command", statements])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn number(&self, query: &str) -> i64 {
        self.sql(query).parse().unwrap()
    }

    pub(crate) async fn password(&self) -> SecretString {
        password_and_hash().await.0.clone().into()
    }

    pub(crate) async fn new_account(&self, username: &str) -> NewAccount {
        NewAccount {
            id: AccountId::generate(&self.clock),
            username: username.to_owned(),
            email: None,
            hashed_password: Some(password_and_hash().await.1.clone()),
            full_name: None,
            phone: None,
            role: PlatformRole::Customer,
            company_code: None,
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: None,
            created_at: self.now(),
        }
    }

    pub(crate) async fn add(&self, new: &NewAccount) -> AccountRecord {
        self.read().await.accounts().insert(new).await.unwrap()
    }

    pub(crate) async fn account(&self, username: &str) -> AccountRecord {
        let new = self.new_account(username).await;
        self.add(&new).await
    }

    pub(crate) async fn try_sign_in(&self, name: &str, client: &Client) -> Result<SignedIn> {
        let password = self.password().await;
        self.identity.sign_in(name, password, client).await
    }

    pub(crate) async fn fail(&self, name: &str, client: &Client) -> bheem_identity::Error {
        let wrong = token::generate().unwrap();
        let refused = self.identity.sign_in(name, wrong, client).await;
        refused.unwrap_err()
    }

    pub(crate) async fn sign_in(&self, name: &str) -> SignedIn {
        let client = from("192.0.2.1");
        self.try_sign_in(name, &client).await.unwrap()
    }

    /// A link that was sent to `delivered_to`.
    pub(crate) async fn link(&self, account_id: AccountId, delivered_to: &str) -> SecretString {
        let link = token::generate().unwrap();
        let new = NewLinkToken {
            id: LinkTokenId::generate(&self.clock),
            account_id,
            purpose: LinkPurpose::SetPassword,
            token_hash: &token::hash(link.expose_secret().as_bytes()),
            delivered_to,
            invited_to: None,
            created_at: self.now(),
            expires_at: self.now() + TimeDelta::hours(24),
        };
        self.read().await.link_tokens().upsert(&new).await.unwrap();
        link
    }
}

async fn connect(test: &TestDatabase, clock: &ManualClock) -> Database {
    let mut settings = DatabaseSettings::new(test.url());
    settings.wait = PATIENCE;
    let clock = Arc::new(clock.clone());
    Database::connect(&settings, clock).await.unwrap()
}

/// Gives way until the condition holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never came true: {what}"));
}

/// Runs `work` while the identity hears of revocations, which it does by the time the work begins.
pub(crate) async fn watching<T>(
    identity: &Identity,
    database: &Database,
    work: impl Future<Output = T>,
) -> T {
    let begun = Box::pin(async {
        let is_current = async || identity.revocations().is_current();
        until("the view is current", is_current).await;
        work.await
    });
    tokio::select! {
        () = identity.revocations().watch(database) => panic!("nobody watches"),
        done = begun => done,
    }
}

/// Counts hashes that were begun on this thread.
#[derive(Default, Clone)]
pub(crate) struct HashCount(Arc<Count>);

#[derive(Default)]
struct Count(AtomicU64);

impl HashCount {
    pub(crate) fn get(&self) -> u64 {
        self.0.0.load(Ordering::Relaxed)
    }
}

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl Recorder for HashCount {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        if key.name() == "password_hashes_total" {
            Counter::from_arc(Arc::clone(&self.0))
        } else {
            Counter::noop()
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
