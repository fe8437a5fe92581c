//! Signing in survives the death of the server between any two requests, and within them.
#![cfg(test)]

mod support;

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bheem_http_kit::{Method, Url};
use bheem_sandbox::Sandbox;
use bheem_server::settings::Settings;
use bheem_testkit::TestDatabase;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::{
    Answer, PASSWORD, TestApp,
    browser::{Browser, Page},
    flow::{self, RelyingParty},
};
use tokio::net::TcpStream;

const SESSION: &str = "__Host-bheem-session";
/// Deaths within a request.
const KILLS: usize = 40;
/// They come within this time after a request began, sooner ones more often; later where answers are slow.
const LONGEST: Duration = Duration::from_millis(120);
/// More requests than any flow has.
const MOST_REQUESTS: usize = KILLS + 40;
/// For so long a lost answer to a refresh is given again.
const GRACE: Duration = Duration::from_secs(10);

/// What outlives the server: the database, the peers, the settings.
struct World {
    database: TestDatabase,
    settings: Settings,
    _sandbox: Sandbox,
    directory: tempfile::TempDir,
    party: RelyingParty,
}

/// The program itself.
struct Server(Child);

impl World {
    /// Somebody, and a relying party.
    async fn new() -> Self {
        let app = TestApp::at_localhost(|_| {}).await;
        let admin = app.super_admin().await;
        app.person("ada").await;
        let party = RelyingParty::register(&app, &admin, &json!({})).await;
        let TestApp {
            sandbox,
            running,
            database,
            settings,
            ..
        } = app;
        running.stop().await;
        Self {
            database,
            settings,
            _sandbox: sandbox,
            directory: tempfile::tempdir().unwrap(),
            party,
        }
    }

    fn address(&self) -> SocketAddr {
        self.settings.http.listen
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    async fn start(&self) -> Server {
        let settings = &self.settings;
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let keys = settings.vault.keys.iter();
        let keys: Vec<String> = keys
            .map(|key| key.get().expose_secret().to_owned())
            .collect();
        let child = Command::new(env!("CARGO_BIN_EXE_bheem-workspace"))
            .arg("serve")
            .env_remove("DATABASE_URL")
            .env(
                "BHEEM__DATABASE__URL",
                settings.database.url.get().expose_secret(),
            )
            .env("BHEEM__DATABASE__MAX_CONNECTIONS", "8")
            .env("BHEEM__VAULT__KEYS", keys.join(","))
            .env("BHEEM__HTTP__LISTEN", self.address().to_string())
            .env("BHEEM__HTTP__PUBLIC_URL", &settings.http.public_url)
            .env("BHEEM__HTTP__WORKERS", "1")
            .env("BHEEM__MAIL__MX_HOST", &settings.mail.mx_host)
            .env("BHEEM__MAIL__SPF_INCLUDE", &settings.mail.spf_include)
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server(child);
        for _ in 0..6_000 {
            if TcpStream::connect(self.address()).await.is_ok() {
                return server;
            }
            if let Some(status) = server.0.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.log()).unwrap();
                let end = log.lines().rev().take(10).collect::<Vec<_>>();
                panic!("it ended with {status}, the latest line first: {end:#?}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not start");
    }
}

impl Server {
    /// SIGKILL.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind; one that was killed already is no failure.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When the server dies.
enum Deaths {
    /// Before each request.
    Between,
    /// While requests are answered, so often still.
    Within(usize),
}

/// A server that dies, and is started again.
struct Mortal<'w> {
    world: &'w World,
    server: Server,
    deaths: Deaths,
    longest: Duration,
    /// Requests whose answers were lost.
    lost: usize,
}

impl<'w> Mortal<'w> {
    async fn new(world: &'w World, deaths: Deaths) -> Self {
        Self {
            server: world.start().await,
            world,
            deaths,
            longest: LONGEST,
            lost: 0,
        }
    }

    fn base_url(&self) -> String {
        self.world.settings.http.public_url.clone()
    }

    async fn restart(&mut self) {
        self.server.kill();
        self.server = self.world.start().await;
    }

    /// Asks; `None` when the answer was lost. The server is alive afterwards.
    async fn survive<T>(&mut self, request: impl Future<Output = Option<T>>) -> Option<T> {
        match &mut self.deaths {
            Deaths::Between => {
                self.restart().await;
                Some(request.await.expect("an answer of a server that lives"))
            }
            Deaths::Within(0) => Some(request.await.expect("an answer of a server that lives")),
            Deaths::Within(left) => {
                *left -= 1;
                let fraction = random_fraction();
                let moment = self.longest.mul_f32(fraction * fraction);
                let mut request = std::pin::pin!(request);
                let early = tokio::time::timeout(moment, &mut request).await;
                self.server.kill();
                let answer = match early {
                    Ok(answer) => answer,
                    Err(_) => request.await,
                };
                self.server = self.world.start().await;
                self.lost += usize::from(answer.is_none());
                // On a slow machine, too, some requests must come to their end.
                self.longest = if answer.is_none() {
                    self.longest.mul_f32(1.5)
                } else {
                    LONGEST
                };
                answer
            }
        }
    }
}

/// Between 0 and 1.
fn random_fraction() -> f32 {
    let bytes = bheem_vault::token::random_bytes::<2>().unwrap();
    f32::from(u16::from_be_bytes(*bytes)) / f32::from(u16::MAX)
}

/// What a browser does next.
enum Next {
    Open(Url),
    Send(Url, Vec<(String, String)>),
    Arrived(Url),
}

/// What a page leads to: a redirect, or its form filled in. `None` for a page that says only that something went wrong.
fn onward(page: &Page) -> Option<Next> {
    if let Some(next) = page.location() {
        let is_there = next.host_str() == Some("rp.example");
        return Some(if is_there {
            Next::Arrived(next)
        } else {
            Next::Open(next)
        });
    }
    if page.status != 200 {
        return None;
    }
    let (mark, filled): (&str, &[(&str, &str)]) = match page.url.path() {
        "/login" => ("password", &[("username", "ada"), ("password", PASSWORD)]),
        "/login/accounts" => ("/login/accounts", &[("choice", "continue")]),
        "/consent" => ("/consent", &[("choice", "allow")]),
        "/api/v1/sso/logout" => ("/api/v1/sso/logout", &[("choice", "leave")]),
        _ => return None,
    };
    let form = page.form(mark);
    let mut fields = form.fields;
    for (name, value) in filled {
        fields.retain(|(other, _)| other != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    Some(Next::Send(page.url.join(&form.action).unwrap(), fields))
}

/// Goes through pages until the relying party is reached. Whose answer is lost asks again; whose form is too old begins
/// again. Who was told that they are signed in is never asked for a password.
async fn travel(mortal: &mut Mortal<'_>, browser: &mut Browser, begin: &Url) -> Url {
    let origin = begin.origin().ascii_serialization();
    let mut next = Next::Open(begin.clone());
    for _ in 0..MOST_REQUESTS {
        let is_signed_in = browser.cookie(&origin, SESSION).is_some();
        let answer = match &next {
            Next::Arrived(url) => return url.clone(),
            Next::Open(url) => {
                if is_signed_in {
                    assert_ne!(url.path(), "/login", "a session was lost");
                }
                let fetched = browser.try_fetch(Method::GET, url, &[], None);
                mortal.survive(fetched).await
            }
            Next::Send(url, fields) => {
                let fetched = browser.try_fetch(Method::POST, url, &[], Some(fields));
                mortal.survive(fetched).await
            }
        };
        // A lost answer: the same is asked again, as a person presses a button again.
        if let Some(page) = answer {
            assert!(page.status < 500, "{}: {}", page.url, page.body);
            next = onward(&page).unwrap_or_else(|| Next::Open(begin.clone()));
        }
    }
    panic!("never there: {begin}");
}

/// The browser is signed in, as the server says that does not see who asks for what.
async fn is_signed_in(party: &RelyingParty, browser: &mut Browser) -> bool {
    let url = party.authorize("silent", &[("prompt", "none")]);
    let page = browser.fetch(Method::GET, &url, &[], None).await;
    let end = page.location().unwrap();
    match flow::parameter(&end, "error").as_deref() {
        Some("login_required") => false,
        None | Some("consent_required" | "interaction_required") => true,
        other => panic!("{other:?}"),
    }
}

fn text(answer: &Answer, name: &str) -> String {
    answer.text(name)
}

/// A code becomes tokens; `None` when the answer was lost and the code is used up.
async fn redeem(mortal: &mut Mortal<'_>, code: &str, nonce: &str) -> Option<Answer> {
    let (party, base_url) = (mortal.world.party.clone(), mortal.base_url());
    let mut answer = mortal.survive(party.redeem(&base_url, code)).await;
    let mut was_lost = false;
    while answer.is_none() {
        was_lost = true;
        answer = mortal.survive(party.redeem(&base_url, code)).await;
        let (all, alive) = flow::grants(&mortal.world.database, nonce);
        assert!(all <= 1 && alive <= all, "{all} families, {alive} alive");
    }
    let answer = answer.unwrap();
    let (all, alive) = flow::grants(&mortal.world.database, nonce);
    if answer.status == 200 {
        assert_eq!((all, alive), (1, 1), "one family");
        return Some(answer);
    }
    assert_eq!(answer.body["error"], "invalid_grant", "{:?}", answer.body);
    assert!(was_lost, "a code was refused at once: {:?}", answer.body);
    // Who has used it and who asks again cannot be told apart: what was given for it has ended.
    assert_eq!(alive, 0);
    None
}

/// A refresh token becomes the next; `None` when the answer was lost for longer than it is kept for.
async fn refresh(mortal: &mut Mortal<'_>, token: &str) -> Option<Answer> {
    let (party, base_url) = (mortal.world.party.clone(), mortal.base_url());
    let began = Instant::now();
    loop {
        let Some(answer) = mortal.survive(party.refresh(&base_url, token)).await else {
            continue;
        };
        if answer.status == 200 {
            return Some(answer);
        }
        assert!(
            began.elapsed() >= GRACE,
            "a lost answer is not given again: {:?}",
            answer.body
        );
        return None;
    }
}

/// A whole life of a sign-in; answers whether it came to its end, which it does not when what it lives by was lost.
async fn whole_flow(mortal: &mut Mortal<'_>, nonce: &str) -> bool {
    let (party, base_url) = (mortal.world.party.clone(), mortal.base_url());
    let mut browser = Browser::default();
    let end = travel(mortal, &mut browser, &party.authorize(nonce, &[])).await;
    let code = flow::code(&end).unwrap_or_else(|| panic!("{end}"));
    assert!(is_signed_in(&party, &mut browser).await);
    let Some(first) = redeem(mortal, &code, nonce).await else {
        assert!(is_signed_in(&party, &mut browser).await);
        return false;
    };
    let Some(second) = refresh(mortal, &text(&first, "refresh_token")).await else {
        return false;
    };
    let Some(third) = refresh(mortal, &text(&second, "refresh_token")).await else {
        return false;
    };
    assert_ne!(second.body["refresh_token"], third.body["refresh_token"]);
    let token = text(&third, "access_token");
    let mut person: Option<(u16, Value)> = None;
    while person.is_none() {
        person = mortal.survive(party.userinfo(&base_url, &token)).await;
    }
    let (status, person) = person.unwrap();
    assert_eq!(status, 200, "{person}");
    assert_eq!(person["preferred_username"], "ada");
    assert!(is_signed_in(&party, &mut browser).await);
    assert_eq!(flow::grants(&mortal.world.database, nonce), (1, 1));

    let id_token = third.body["id_token"]
        .as_str()
        .map_or_else(|| text(&first, "id_token"), str::to_owned);
    let bye = travel_away(mortal, &mut browser, &party.logout(&id_token)).await;
    assert!(bye.as_str().starts_with(flow::GOODBYE), "{bye}");
    assert!(!is_signed_in(&party, &mut browser).await);
    assert_eq!(flow::grants(&mortal.world.database, nonce).1, 0);
    let (status, _) = party.userinfo(&base_url, &token).await.unwrap();
    assert_eq!(status, 401, "a token of a session that ended");
    let last = text(&third, "refresh_token");
    party.is_refused(&base_url, &last).await;
    true
}

/// Signs out; asked twice, it is done once.
async fn travel_away(mortal: &mut Mortal<'_>, browser: &mut Browser, begin: &Url) -> Url {
    let mut next = begin.clone();
    for _ in 0..MOST_REQUESTS {
        let fetched = browser.try_fetch(Method::GET, &next, &[], None);
        let Some(page) = mortal.survive(fetched).await else {
            continue;
        };
        let to = page.location();
        let to = to.unwrap_or_else(|| panic!("{}: {} {}", page.url, page.status, page.body));
        if to.host_str() == Some("rp.example") {
            return to;
        }
        next = to;
    }
    panic!("never signed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_every_two_requests_a_flow_goes_on() {
    let world = World::new().await;
    let mut mortal = Mortal::new(&world, Deaths::Between).await;
    for round in 0..2 {
        // The second time the person has agreed already.
        assert!(whole_flow(&mut mortal, &format!("between-{round}")).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_requests_nothing_is_lost_and_nothing_is_honoured_twice() {
    let world = World::new().await;
    let mut mortal = Mortal::new(&world, Deaths::Within(KILLS)).await;
    let mut round = 0;
    while !matches!(mortal.deaths, Deaths::Within(0)) {
        whole_flow(&mut mortal, &format!("within-{round}")).await;
        round += 1;
    }
    assert!(
        mortal.lost > KILLS / 8,
        "only {} answers were lost",
        mortal.lost
    );
    // When nobody dies, all of it works as ever.
    assert!(whole_flow(&mut mortal, "after").await);
}
