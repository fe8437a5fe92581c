//! Login flow v2 (`core/Controller/ClientFlowLoginV2Controller.php`). The browser is not imitated: whoever opens the
//! login's address with Basic credentials has signed in and agreed.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::accounts::{self, Caller};
use crate::{
    clock, digest,
    http::{Answer, Request},
    random,
    store::Store,
};

const PATH: &str = "/index.php/login/v2";
const TABLE: &str = "login_flow";
const LIFETIME: i64 = 20 * 60;

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    /// The digest of the token that is asked with.
    poll: String,
    name: String,
    made: i64,
    /// Who agreed, and the app password, until it is fetched.
    granted: Option<(String, String)>,
}

/// `None` for other paths.
pub(super) fn answer(request: &Request, store: &mut Store) -> Option<Answer> {
    let rest = request.path.strip_prefix(PATH)?;
    Some(match (request.method.as_str(), rest) {
        ("POST", "") => begin(request, store),
        ("POST", "/poll") => poll(request, store),
        (_, rest) => match rest.strip_prefix("/flow/") {
            Some(token) => grant(request, store, token),
            None => Answer::empty(404),
        },
    })
}

fn begin(request: &Request, store: &mut Store) -> Answer {
    let (token, poll) = (random::letters::<64>(), random::letters::<64>());
    let login = Login {
        poll: digest::of(&poll),
        name: request.header("user-agent").unwrap_or_default().to_owned(),
        made: clock::seconds(),
        granted: None,
    };
    store.put(TABLE, &token, &login);
    let base = base(request);
    Answer::json(
        200,
        &json!({
            "poll": {"token": poll, "endpoint": format!("{base}{PATH}/poll")},
            "login": format!("{base}{PATH}/flow/{token}"),
        }),
    )
}

fn base(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap_or("localhost"))
}

/// The credentials once, and 404 before and after.
fn poll(request: &Request, store: &mut Store) -> Answer {
    let given = request.form("token").unwrap_or_default();
    let alive = clock::seconds() - LIFETIME;
    let mut all = store.list::<Login>(TABLE).into_iter();
    let found = all.find(|(_, login)| login.made > alive && digest::matches(&given, &login.poll));
    let Some((
        key,
        Login {
            granted: Some((user, password)),
            ..
        },
    )) = found
    else {
        return Answer::json(404, &json!([]));
    };
    store.remove(TABLE, &key);
    Answer::json(
        200,
        &json!({"server": base(request), "loginName": user, "appPassword": password}),
    )
}

fn grant(request: &Request, store: &mut Store, token: &str) -> Answer {
    let Some(mut login) = store.get::<Login>(TABLE, token) else {
        return Answer::text(404, "text/html", "<!DOCTYPE html><title>404</title>");
    };
    let Caller::Known(mut account, _) = accounts::caller(store, request) else {
        return Answer::text(200, "text/html", "<!DOCTYPE html><title>Log in</title>");
    };
    let password = random::letters::<72>();
    let entry = (login.name.clone(), digest::of(&password));
    account.app_passwords.push(entry);
    accounts::save(store, &account);
    login.granted = Some((account.id.clone(), password));
    store.put(TABLE, token, &login);
    Answer::text(
        200,
        "text/html",
        "<!DOCTYPE html><title>Account connected</title>",
    )
}
