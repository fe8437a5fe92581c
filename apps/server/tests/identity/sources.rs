//! People of other systems sign in here: Passport, and the database of an ERP.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bheem_http_kit::Method;
use bheem_testkit::TestDatabase;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    PASSWORD,
    support::{Answer, TestApp},
};

/// Of a person there; made anew for each run of the tests.
fn password() -> String {
    use secrecy::ExposeSecret;
    let token = bheem_vault::token::generate().unwrap();
    token.expose_secret().to_owned()
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Answer {
    let body = json!({"username": name, "password": password});
    app.send(Method::POST, "/auth/login", &body).await
}

/// What every source must do for somebody whom it knows as "eve", with the address "ada@erp.example".
async fn behaves(
    app: &TestApp,
    password: &str,
    rename: impl AsyncFn(&str),
    deactivate: impl AsyncFn(),
) {
    // Somebody here has that very address, and has proven it.
    let body = json!({"username": "ada", "password": PASSWORD});
    let here = app.send(Method::POST, "/auth/register", &body).await;
    assert_eq!(here.status, 201, "{:?}", here.body);
    let prove = "UPDATE auth.users SET email = 'ada@erp.example', email_verified_at = now() \
        WHERE username = 'ada'";
    crate::flow::query(&app.database, prove);

    sign_in(app, "eve", "not this one")
        .await
        .is_problem(401, "unauthenticated");
    let first = sign_in(app, "eve", password).await;
    assert_eq!(first.status, 200, "{:?}", first.body);
    let user = &first.body["user"];
    assert_ne!(
        user["id"], here.body["id"],
        "an address makes two people one"
    );
    assert_eq!(user["company_code"], "BH");
    // It is no administrator here, whatever it is there.
    assert_eq!(user["role"], "Customer");
    let second = sign_in(app, "eve", password).await;
    assert_eq!(second.body["user"]["id"], user["id"]);
    // Under another name there it is the same person.
    rename("evelyn").await;
    let renamed = sign_in(app, "evelyn", password).await;
    assert_eq!(renamed.status, 200, "{:?}", renamed.body);
    assert_eq!(renamed.body["user"]["id"], user["id"]);
    rename("eve").await;
    // The one here signs in here, by name and by address.
    for name in ["ada", "ada@erp.example"] {
        let own = sign_in(app, name, PASSWORD).await;
        assert_eq!(own.body["user"]["id"], here.body["id"]);
        sign_in(app, name, password)
            .await
            .is_problem(401, "unauthenticated");
    }
    deactivate().await;
    sign_in(app, "eve", password)
        .await
        .is_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_an_erp_sign_in_with_the_passwords_that_it_keeps() {
    let erp = TestDatabase::create_empty().await.unwrap();
    let password = password();
    let hash = bcrypt::hash(&password, 4).unwrap();
    crate::flow::query(
        &erp,
        &format!(
            "CREATE SCHEMA auth; \
             CREATE TABLE auth.users (id bigint PRIMARY KEY, username text, email text, hashed_password text, \
               role text, is_active boolean, company_code text); \
             INSERT INTO auth.users VALUES (7, 'eve', 'ada@erp.example', '{hash}', 'SuperAdmin', true, 'BH')"
        ),
    );
    let app = TestApp::start_with(|settings| {
        settings.auth.erp_database_url = erp.url().into();
    })
    .await;
    let rename = async |name: &str| {
        let change = format!("UPDATE auth.users SET username = '{name}' WHERE id = 7");
        crate::flow::query(&erp, &change);
    };
    let deactivate = async || {
        crate::flow::query(&erp, "UPDATE auth.users SET is_active = false");
    };
    behaves(&app, &password, rename, deactivate).await;
    // The hash stays where it is.
    let kept = "SELECT count(*) FROM auth.users WHERE username LIKE 'eve%' AND hashed_password IS NOT NULL";
    assert_eq!(crate::flow::query(&app.database, kept), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_registers_the_name_of_a_person_of_the_erp_shuts_them_out_of_nothing() {
    let erp = TestDatabase::create_empty().await.unwrap();
    crate::flow::query(
        &erp,
        "CREATE SCHEMA auth; \
         CREATE TABLE auth.users (id bigint PRIMARY KEY, username text, email text, hashed_password text, \
           role text, is_active boolean, company_code text)",
    );
    let app = TestApp::start_with(|settings| {
        settings.auth.erp_database_url = erp.url().into();
        settings.auth.erp_domains = vec!["erp.example".to_owned()];
    })
    .await;
    let admin = app.super_admin().await;
    let squatter = app.person("eve").await;
    let password = password();
    let hash = bcrypt::hash(&password, 4).unwrap();
    crate::flow::query(
        &erp,
        &format!(
            "INSERT INTO auth.users VALUES (7, 'eve', 'eve@erp.example', '{hash}', 'x', true, 'BH')"
        ),
    );
    let person = sign_in(&app, "eve", &password).await;
    assert_eq!(person.status, 200, "{:?}", person.body);
    assert_ne!(person.body["user"]["id"], squatter.id);
    let own = sign_in(&app, "eve", PASSWORD).await;
    assert_eq!(own.body["user"]["id"], squatter.id);
    // The operator sees it.
    let listed = admin.get("/admin/name-collisions").await;
    assert_eq!(
        listed.body.as_array().unwrap().len(),
        1,
        "{:?}",
        listed.body
    );
    assert_eq!(listed.body[0]["name"], "eve");
    assert_eq!(listed.body[0]["account_id"], squatter.id);
    squatter
        .get("/admin/name-collisions")
        .await
        .is_problem(403, "forbidden");
    // From now on nobody registers what is the ERP's.
    crate::flow::query(&erp, "UPDATE auth.users SET username = 'evelyn'");
    let name = json!({"username": "evelyn", "password": PASSWORD});
    app.send(Method::POST, "/auth/register", &name)
        .await
        .is_problem(409, "username_taken");
    let address = json!({"username": "anybody@erp.example", "password": PASSWORD});
    let answer = app.send(Method::POST, "/auth/register", &address).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    let made =
        "SELECT count(*) FROM auth.users WHERE email = 'anybody@erp.example' AND NOT shares_name";
    assert_eq!(crate::flow::query(&app.database, made), "0");
}

/// A Passport that knows one person.
struct Passport {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _tasks: JoinSet<()>,
}

struct State {
    username: String,
    password: String,
    is_active: bool,
    is_broken: bool,
    token: String,
}

impl Passport {
    async fn start(password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            username: "eve".to_owned(),
            password: password.to_owned(),
            is_active: true,
            is_broken: false,
            token: self::password(),
        }));
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&state);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            state,
            _tasks: tasks,
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

/// Reads one request and answers it.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut text = String::new();
    let mut buffer = vec![0; 4 * 1024];
    while !is_whole(&text) {
        let length = stream.read(&mut buffer).await.unwrap_or_default();
        if length == 0 {
            return;
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let (status, body) = answer(&text, &state.lock().unwrap());
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Who has gone away does not want it.
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_lowercase();
    let length = head.split_once("content-length: ").map(|(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap()
    });
    body.len() >= length.unwrap_or_default()
}

fn answer(request: &str, state: &State) -> (u16, Value) {
    if state.is_broken {
        return (500, json!({"detail": "Internal Server Error"}));
    }
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let bearer = format!("bearer {}", state.token).to_lowercase();
    if head.starts_with("POST /api/v1/auth/login ") {
        let given: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        let is = |name: &str, value: &str| given.iter().any(|(n, v)| n == name && v == value);
        let is_known = (is("username", &state.username) || is("username", "ada@erp.example"))
            && is("password", &state.password)
            && head.to_lowercase().contains("x-company-code: bh");
        return if is_known && state.is_active {
            (
                200,
                json!({"access_token": state.token, "token_type": "bearer"}),
            )
        } else {
            (401, json!({"detail": "Incorrect username or password"}))
        };
    }
    if head.starts_with("GET /api/v1/auth/me ") && head.to_lowercase().contains(&bearer) {
        let me = json!({
            "id": 7, "username": state.username, "email": "ada@erp.example", "role": "SuperAdmin", "company_code": "BH",
        });
        return (200, me);
    }
    (404, json!({"detail": "Not Found"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_passport_sign_in_with_the_passwords_that_it_checks() {
    let password = password();
    let passport = Passport::start(&password).await;
    let app = TestApp::start_with(|settings| {
        settings.passport.url = format!("http://{}", passport.address);
        settings.passport.company_code = "BH".to_owned();
    })
    .await;
    let rename = async |name: &str| {
        passport.change(|state| name.clone_into(&mut state.username));
    };
    let deactivate = async || passport.change(|state| state.is_active = false);
    behaves(&app, &password, rename, deactivate).await;
    // One that fails says nothing about anybody.
    passport.change(|state| state.is_broken = true);
    sign_in(&app, "eve", &password)
        .await
        .is_problem(503, "unavailable");
    sign_in(&app, "stranger", &password)
        .await
        .is_problem(503, "unavailable");
    assert_eq!(sign_in(&app, "ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_away_keeps_only_its_own_people_out() {
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let app = TestApp::start_with(|settings| {
        settings.passport.url = format!("http://{address}");
        settings.auth.erp_database_url = format!("postgresql://erp@{address}/erp").as_str().into();
    })
    .await;
    app.person("ada").await;
    sign_in(&app, "eve", "whatever it is")
        .await
        .is_problem(503, "unavailable");
    sign_in(&app, "ada", "not this one")
        .await
        .is_problem(401, "unauthenticated");
}
