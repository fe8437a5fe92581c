//! An installation with a clock that stands still, with clients and people.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bheem_domain::{
    AccountId, Clock, EmailAddress, ManualClock, MemberId, PlatformRole, SessionId, TenantId,
    TenantRole,
};
use bheem_identity::{Identity, IdentityConfig};
use bheem_oidc_provider::{
    Answer, ClientScope, Incoming, NewClientRequest, Provider, ProviderConfig, default_settings,
};
use bheem_persistence::{
    Database, DatabaseSettings, SystemRead, SystemScope, TenantScope,
    repo::{
        ClientSettings, NewAccount, NewAuthorizationCode, NewMember, NewSession, NewTenant, Origin,
        SessionKind,
    },
};
use bheem_testkit::TestDatabase;
use bheem_vault::{KeyRing, MasterKey, Vault, token};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde_json::Value;

/// Long enough for anything that works; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const ISSUER: &str = "https://work.example";
pub(crate) const REDIRECT: &str = "https://app.example/cb";

pub(crate) struct Bed {
    pub(crate) provider: Provider,
    pub(crate) identity: Identity,
    pub(crate) database: Database,
    pub(crate) clock: ManualClock,
    vault: Vault,
    verifier: String,
    test: Arc<TestDatabase>,
}

/// A client and how it authenticates.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// A person in a browser.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            body: serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
            headers: answer.headers,
        }
    }
}

impl Reply {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} is in {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(other, _)| *other == name);
        found.next().map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.text("error")),
            (status, code),
            "{self:?}"
        );
    }

    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.status, 200, "{self:?}");
        self
    }
}

/// The claims of a JWT, whoever signed it.
pub(crate) fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&token::decode(payload).unwrap()).unwrap()
}

impl App {
    pub(crate) fn header(&self) -> Option<String> {
        let secret = self.secret.as_ref()?;
        Some(basic(&self.id, secret))
    }
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let test = TestDatabase::create().await.unwrap();
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let vault = Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap());
        let verifier = token::generate().unwrap().expose_secret().to_owned();
        Self::on(Arc::new(test), clock, vault, verifier).await
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> Self {
        Self::on(
            Arc::clone(&self.test),
            self.clock.clone(),
            self.vault.clone(),
            self.verifier.clone(),
        )
        .await
    }

    async fn on(
        test: Arc<TestDatabase>,
        clock: ManualClock,
        vault: Vault,
        verifier: String,
    ) -> Self {
        let mut settings = DatabaseSettings::new(test.url());
        settings.wait = PATIENCE;
        let database = Database::connect(&settings, Arc::new(clock.clone()))
            .await
            .unwrap();
        let config = IdentityConfig::new(ISSUER);
        let identity = Identity::start(database.clone(), vault.clone(), config)
            .await
            .unwrap();
        let provider = Provider::new(
            database.clone(),
            vault.clone(),
            identity.clone(),
            ProviderConfig::new(ISSUER),
        );
        Self {
            provider,
            identity,
            database,
            clock,
            vault,
            verifier,
            test,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) fn system() -> SystemScope {
        SystemScope::server("test")
    }

    pub(crate) async fn read(&self) -> SystemRead {
        self.database.system_read(&Self::system()).await.unwrap()
    }

    /// Settings of a client that may do everything.
    pub(crate) fn settings(name: &str) -> ClientSettings {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        ClientSettings {
            redirect_uris: vec![REDIRECT.to_owned()],
            grant_types: words(&[
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ]),
            scopes: words(&[
                "openid",
                "profile",
                "email",
                "groups",
                "roles",
                "offline_access",
                "files",
            ]),
            resources: vec!["https://files.example".to_owned()],
            ..default_settings(name)
        }
    }

    pub(crate) async fn client_with(
        &self,
        settings: ClientSettings,
        tenants: Vec<TenantId>,
    ) -> App {
        let request = NewClientRequest {
            client_id: None,
            settings,
            tenants,
        };
        let scope = Self::system();
        let created = self
            .provider
            .create_client(ClientScope::Platform(&scope), request)
            .await
            .unwrap();
        App {
            id: created.record.client_id,
            secret: created
                .secret
                .map(|secret| secret.expose_secret().to_owned()),
        }
    }

    pub(crate) async fn client(&self, name: &str) -> App {
        self.client_with(Self::settings(name), Vec::new()).await
    }

    pub(crate) async fn person(&self, username: &str) -> Person {
        let account = AccountId::generate(&self.clock);
        let address = EmailAddress::parse(&format!("{username}@people.example")).unwrap();
        let new = NewAccount {
            id: account,
            username: username.to_owned(),
            email: Some(address),
            hashed_password: None,
            full_name: Some("Ada King Lovelace".to_owned()),
            phone: None,
            role: PlatformRole::Employee,
            company_code: Some("BHM".to_owned()),
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: Some(self.now()),
            created_at: self.now(),
        };
        self.read().await.accounts().insert(&new).await.unwrap();
        self.sign_in(account).await
    }

    /// Another browser of the person.
    pub(crate) async fn sign_in(&self, account: AccountId) -> Person {
        let session = SessionId::generate(&self.clock);
        let new = NewSession {
            id: session,
            account_id: account,
            ip_address: None,
            user_agent: None,
            created_at: self.now(),
            expires_at: self.now() + TimeDelta::days(7),
            kind: SessionKind::Browser,
            amr: vec!["pwd".to_owned(), "otp".to_owned(), "mfa".to_owned()],
            idle_expires_at: None,
        };
        self.read().await.sessions().insert(&new).await.unwrap();
        Person { account, session }
    }

    pub(crate) async fn tenant(&self, slug: &str) -> TenantId {
        let id = TenantId::generate(&self.clock);
        let mut tx = self.database.system(&Self::system()).await.unwrap();
        let plan = tx.plans().list().await.unwrap().remove(0);
        tx.tenants()
            .insert(&NewTenant {
                id,
                name: slug.to_owned(),
                slug: bheem_domain::Slug::parse(slug).unwrap(),
                domain: None,
                owner_email: EmailAddress::parse("owner@people.example").unwrap(),
                owner_name: None,
                plan: plan.code,
                quotas: plan.quotas,
                trial_ends_at: None,
                created_by: None,
                created_at: self.now(),
            })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn join(&self, tenant: TenantId, account: AccountId, role: TenantRole) {
        let mut tx = self
            .database
            .tenant(&TenantScope::for_run(tenant))
            .await
            .unwrap();
        tx.members()
            .insert(&NewMember {
                id: MemberId::generate(&self.clock),
                user_id: account,
                email: EmailAddress::parse(&format!("{account}@people.example")).unwrap(),
                name: "Ada".to_owned(),
                personal_email: None,
                role,
                is_confirmed: true,
                provisioned_by: "admin",
                invited_by: None,
                invited_at: None,
                joined_at: Some(self.now()),
                created_at: self.now(),
            })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A code as the authorization endpoint gives it out.
    pub(crate) async fn code_with(
        &self,
        app: &App,
        person: Person,
        scopes: &[&str],
        change: impl FnOnce(&mut NewAuthorizationCode),
    ) -> String {
        let code = token::generate().unwrap().expose_secret().to_owned();
        let mut new = NewAuthorizationCode {
            code_hash: token::hash(code.as_bytes()),
            client_id: app.id.clone(),
            account_id: person.account,
            session_id: person.session,
            redirect_uri: REDIRECT.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            resources: Vec::new(),
            claims: None,
            nonce: Some("n-0".to_owned()),
            code_challenge: Some(token::encode(&token::hash(self.verifier.as_bytes()))),
            dpop_jkt: None,
            authenticated_at: self.now(),
            amr: vec!["pwd".to_owned()],
            created_at: self.now(),
            expires_at: self.now() + TimeDelta::seconds(60),
        };
        change(&mut new);
        let mut read = self.read().await;
        read.authorization_codes().insert(&new).await.unwrap();
        code
    }

    pub(crate) async fn code(&self, app: &App, person: Person, scopes: &[&str]) -> String {
        self.code_with(app, person, scopes, |_| {}).await
    }

    pub(crate) fn verifier(&self) -> &str {
        &self.verifier
    }

    pub(crate) async fn token_with(
        &self,
        app: &App,
        pairs: &[(&str, &str)],
        dpop: Option<&str>,
    ) -> Reply {
        let header = app.header();
        let mut pairs = pairs.to_vec();
        if header.is_none() {
            pairs.push(("client_id", &app.id));
        }
        let body = form(&pairs);
        let request = Incoming {
            method: "POST",
            path: "/api/v1/sso/token",
            authorization: header.as_deref(),
            dpop,
            origin: None,
            body: body.as_bytes(),
        };
        self.provider.token(&request).await.into()
    }

    pub(crate) async fn token(&self, app: &App, pairs: &[(&str, &str)]) -> Reply {
        self.token_with(app, pairs, None).await
    }

    pub(crate) async fn redeem(&self, app: &App, code: &str) -> Reply {
        self.token(
            app,
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT),
                ("code_verifier", &self.verifier),
            ],
        )
        .await
    }

    /// Tokens of a person for a client.
    pub(crate) async fn tokens(&self, app: &App, person: Person, scopes: &[&str]) -> Reply {
        let code = self.code(app, person, scopes).await;
        self.redeem(app, &code).await.good()
    }

    pub(crate) async fn refresh(&self, app: &App, token: &str) -> Reply {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(app, &pairs).await
    }

    pub(crate) async fn userinfo(&self, token: &str) -> Reply {
        let header = format!("Bearer {token}");
        let request = Incoming {
            method: "GET",
            path: "/api/v1/sso/userinfo",
            authorization: Some(&header),
            ..Incoming::default()
        };
        self.provider.userinfo(&request).await.into()
    }

    pub(crate) async fn introspect(&self, app: &App, token: &str) -> Reply {
        let (header, body) = (app.header(), form(&[("token", token)]));
        let request = Incoming {
            method: "POST",
            path: "/api/v1/sso/introspect",
            authorization: header.as_deref(),
            body: body.as_bytes(),
            ..Incoming::default()
        };
        self.provider.introspect(&request).await.into()
    }

    pub(crate) async fn is_active(&self, app: &App, token: &str) -> bool {
        let reply = self.introspect(app, token).await.good();
        reply.body["active"] == true
    }

    pub(crate) async fn revoke(&self, app: &App, token: &str) -> Reply {
        let (header, body) = (app.header(), form(&[("token", token)]));
        let request = Incoming {
            method: "POST",
            path: "/api/v1/sso/revoke",
            authorization: header.as_deref(),
            body: body.as_bytes(),
            ..Incoming::default()
        };
        self.provider.revoke(&request).await.into()
    }

    /// Runs `work` while this process hears of changes, which it does by the time the work begins.
    pub(crate) async fn watching<T>(&self, work: impl Future<Output = T>) -> T {
        let begun = Box::pin(async {
            self.until("the view is current", async || {
                self.identity.revocations().is_current()
            })
            .await;
            work.await
        });
        tokio::select! {
            () = self.identity.revocations().watch(&self.database) => panic!("nobody watches"),
            done = begun => done,
        }
    }

    /// Gives way until the condition holds.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("never came true: {what}"));
    }
}
