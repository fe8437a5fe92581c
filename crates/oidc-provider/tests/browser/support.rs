//! An installation with a clock that stands still, clients, people, and browsers without scripts.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bheem_domain::{AccountId, ManualClock};
use bheem_identity::{Client, Identity, IdentityConfig, Registered, Registration};
use bheem_oidc_provider::{
    Answer, ClientScope, Incoming, NewClientRequest, Page, PageRequest, Provider, ProviderConfig,
    default_settings,
};
use bheem_persistence::{
    Database, DatabaseSettings, SystemRead, SystemScope, repo::ClientSettings,
};
use bheem_testkit::TestDatabase;
use bheem_vault::{KeyRing, MasterKey, Vault, token};
use chrono::{DateTime, TimeDelta};
use secrecy::ExposeSecret;
use url::Url;

/// Long enough for anything that works; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const ISSUER: &str = "https://work.example";
pub(crate) const REDIRECT: &str = "https://app.example/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Bed {
    pub(crate) provider: Provider,
    pub(crate) identity: Identity,
    pub(crate) database: Database,
    pub(crate) clock: ManualClock,
    password: String,
    _test: TestDatabase,
}

pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) name: String,
}

/// A browser: it keeps cookies and fills in forms, and runs no script.
pub(crate) struct Browser<'b> {
    bed: &'b Bed,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Further headers of the next requests.
    pub(crate) headers: BTreeMap<&'static str, String>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::at(ISSUER).await
    }

    pub(crate) async fn at(issuer: &str) -> Self {
        let test = TestDatabase::create().await.unwrap();
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let mut settings = DatabaseSettings::new(test.url());
        settings.wait = PATIENCE;
        let database = Database::connect(&settings, Arc::new(clock.clone()));
        let database = database.await.unwrap();
        let vault = Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap());
        let config = IdentityConfig::new(issuer);
        let identity = Identity::start(database.clone(), vault.clone(), config);
        let identity = identity.await.unwrap();
        let config = ProviderConfig::new(issuer);
        Self {
            provider: Provider::new(database.clone(), vault, identity.clone(), config),
            identity,
            database,
            clock,
            password: token::generate().unwrap().expose_secret().to_owned(),
            _test: test,
        }
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

    pub(crate) fn settings(name: &str) -> ClientSettings {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        ClientSettings {
            redirect_uris: words(&[REDIRECT]),
            post_logout_redirect_uris: words(&["https://app.example/bye"]),
            grant_types: words(&["authorization_code"]),
            scopes: words(&["openid", "profile", "email"]),
            ..default_settings(name)
        }
    }

    pub(crate) async fn client_with(&self, settings: ClientSettings) -> App {
        let request = NewClientRequest {
            client_id: None,
            settings,
            tenants: Vec::new(),
        };
        let scope = Self::system();
        let created = self
            .provider
            .create_client(ClientScope::Platform(&scope), request);
        let created = created.await.unwrap();
        App {
            id: created.record.client_id,
            secret: created
                .secret
                .map(|secret| secret.expose_secret().to_owned()),
        }
    }

    pub(crate) async fn client(&self) -> App {
        self.client_with(Self::settings("The App")).await
    }

    pub(crate) async fn person(&self, name: &str) -> Person {
        let new = Registration {
            username: name.to_owned(),
            password: self.password.as_str().into(),
            email: None,
            full_name: None,
            phone: None,
            company_code: None,
        };
        match self.identity.register(new).await.unwrap() {
            Registered::Account(account) => Person {
                id: account.id,
                name: account.username,
            },
            Registered::AddressTaken { .. } => panic!("{name} is taken"),
        }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            bed: self,
            cookies: BTreeMap::new(),
            headers: BTreeMap::new(),
        }
    }

    /// Somebody's browser, signed in.
    pub(crate) async fn signed_in(&self, person: &Person) -> Browser<'_> {
        let mut browser = self.browser();
        let page = browser.get("/login").await;
        let done = browser.sign_in(&page, person).await;
        assert_eq!(location(&done), "/account", "{}", text(&done));
        browser
    }

    /// Sends an authorization request of a client to the endpoint for pushed ones.
    pub(crate) async fn push(&self, app: &App, form: &str) -> Answer {
        let secret = app.secret.as_deref().unwrap_or_default();
        let body = format!("client_id={}&client_secret={secret}&{form}", app.id);
        let request = Incoming {
            method: "POST",
            path: "/api/v1/sso/par",
            body: body.as_bytes(),
            ..Incoming::default()
        };
        self.provider.push(&request).await
    }
}

/// The query of a good authorization request, with more.
pub(crate) fn query(app: &App, more: &str) -> String {
    format!(
        "client_id={}&redirect_uri={REDIRECT}&response_type=code&scope=openid&state=st-1\
         &code_challenge={CHALLENGE}&code_challenge_method=S256&{more}",
        app.id
    )
}

/// The path of a good authorization request, with more.
pub(crate) fn authorize(app: &App, more: &str) -> String {
    format!("/api/v1/sso/authorize?{}", query(app, more))
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(false, path, "").await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(true, path, &form).await
    }

    async fn send(&mut self, is_post: bool, path: &str, form: &str) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (page, ..) = Page::ALL
            .into_iter()
            .find(|(_, known, _)| *known == path)
            .unwrap_or_else(|| panic!("no page at {path}"));
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let request = PageRequest::new(
            Client {
                ip: Some("192.0.2.1".parse().unwrap()),
                user_agent: Some("a test".to_owned()),
            },
            is_post,
            query,
            form.as_bytes().to_vec(),
            |name| match name {
                "cookie" => Some(cookies.clone()),
                name => self.headers.get(name).cloned(),
            },
        );
        let answer = self.bed.provider.page(page, &request).await;
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for (name, value) in &answer.headers {
            if *name != "set-cookie" {
                continue;
            }
            let (pair, rest) = value.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Follows an answer to a page of ours.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        let path = location(answer).to_owned();
        self.get(&path).await
    }

    /// Posts the form of a page with what its hidden fields hold, and more.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let html = text(page);
        let (_, form) = html.split_once("<form method=\"post\" action=\"").unwrap();
        let (action, form) = form.split_once('"').unwrap();
        let (form, _) = form.split_once("</form>").unwrap();
        let hidden = hidden_fields(form);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend_from_slice(fields);
        self.post(&unescape(action), &all).await
    }

    pub(crate) async fn sign_in(&mut self, page: &Answer, person: &Person) -> Answer {
        let password = self.bed.password.clone();
        let fields = [("username", person.name.as_str()), ("password", &password)];
        self.submit(page, &fields).await
    }

    pub(crate) async fn agree(&mut self, page: &Answer) -> Answer {
        self.submit(page, &[("choice", "allow")]).await
    }
}

fn hidden_fields(form: &str) -> Vec<(String, String)> {
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            (name.to_owned(), unescape(value))
        })
        .collect()
}

fn unescape(html: &str) -> String {
    let mut text = html.to_owned();
    for (entity, sign) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text
}

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut found = answer.headers.iter().filter(|(other, _)| *other == name);
    found.next().map(|(_, value)| value.as_str())
}

/// Where an answer leads.
#[track_caller]
pub(crate) fn location(answer: &Answer) -> &str {
    if answer.status == 200 {
        let refresh = header(answer, "refresh").unwrap_or_else(|| panic!("{}", text(answer)));
        return refresh.strip_prefix("0;url=").unwrap();
    }
    assert_eq!(answer.status, 303, "{}", text(answer));
    header(answer, "location").unwrap()
}

/// The parameters that a client gets at its address.
#[track_caller]
pub(crate) fn answered(answer: &Answer) -> BTreeMap<String, String> {
    let url = Url::parse(location(answer)).unwrap();
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    assert_eq!(address, REDIRECT);
    url.query_pairs().into_owned().collect()
}

/// The error that a client gets.
#[track_caller]
pub(crate) fn refused(answer: &Answer) -> String {
    let fields = answered(answer);
    assert_eq!(
        (fields["state"].as_str(), fields["iss"].as_str()),
        ("st-1", ISSUER)
    );
    assert!(!fields.contains_key("code"));
    fields["error"].clone()
}

/// The code that a client gets.
#[track_caller]
pub(crate) fn code(answer: &Answer) -> String {
    let fields = answered(answer);
    assert_eq!(
        (fields["state"].as_str(), fields["iss"].as_str()),
        ("st-1", ISSUER)
    );
    fields["code"].clone()
}

/// Whether an answer leads to a page.
#[track_caller]
pub(crate) fn leads_to(answer: &Answer, page: &str) {
    let path = location(answer).split('?').next();
    assert_eq!(path, Some(page), "{answer:?}");
}
