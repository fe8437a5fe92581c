//! People: what ends with them, how they sign in, and who may sign in with what.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    bed::{BROWSER, Bed, SESSION},
    support::{PASSWORD, eventually},
    wire::Reply,
};

fn text(value: &serde_json::Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

/// The value of a field of a form.
fn field(html: &str, name: &str) -> String {
    let (_, rest) = html
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {html}"));
    rest.split_once('"').unwrap().0.to_owned()
}

/// Posts the form of `/login` with these cookies; more fields may follow.
async fn sign_in(bed: &Bed, cookies: &str, csrf: &str, name: &str, password: &str) -> Reply {
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf", csrf)
        .append_pair("username", name)
        .append_pair("password", password)
        .append_pair("again", "1")
        .finish();
    let headers = [("Cookie", cookies.to_owned())];
    bed.send("POST /login", &headers, &form).await
}

/// A browser that has opened the form: its cookie, and the mark of its forms.
async fn fresh_browser(bed: &Bed) -> (String, String) {
    let page = bed.send("GET /login", &[], "").await;
    let cookie = page.cookie(BROWSER).unwrap();
    (format!("{BROWSER}={cookie}"), field(&page.body, "csrf"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deactivated_is_out_at_once_and_everywhere() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("web").await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let code = bed.code("web").await;
    bed.sql("UPDATE auth.users SET is_active = false WHERE username = 'ada'");
    eventually("the token is dead", async || {
        bed.userinfo(&access).await.status == 401
    })
    .await;
    assert!(!bed.is_active("web", &access).await);
    assert!(!bed.is_active("web", &refresh).await);
    assert_eq!(
        bed.refresh("web", &refresh).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(
        bed.redeem("web", &code).await.json()["error"],
        "invalid_grant"
    );
    let asked = bed.authorize("ada", "web", "").await;
    assert!(
        asked.header("location").unwrap().starts_with("/login"),
        "{asked:?}"
    );
    let body = json!({"refresh_token": bed.ada.refresh_token});
    let again = bed.app.send(Method::POST, "/auth/refresh", &body).await;
    assert!((400..500).contains(&again.status), "{:?}", again.body);
    let (cookies, csrf) = fresh_browser(&bed).await;
    let reply = sign_in(&bed, &cookies, &csrf, "ada", PASSWORD).await;
    assert!(reply.cookie(SESSION).is_none(), "{reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_closes_the_clients_that_are_bound_to_it() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("bound").await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let (_, claims) = crate::jose::open(&access);
    assert_eq!(claims["tid"], bed.tenant.as_str());
    let code = bed.code("bound").await;
    let elsewhere = text(&bed.tokens("web").await, "access_token");
    let path = format!("/admin/tenants/{}", bed.tenant);
    let suspend = json!({"is_suspended": true, "suspended_reason": "unpaid"});
    assert_eq!(bed.admin.patch(&path, &suspend).await.status, 200);
    eventually("the token is dead", async || {
        bed.userinfo(&access).await.status == 401
    })
    .await;
    for reply in [
        bed.refresh("bound", &refresh).await,
        bed.redeem("bound", &code).await,
    ] {
        assert_eq!(
            (reply.status, &reply.json()["error"]),
            (401, &json!("invalid_client"))
        );
    }
    assert_eq!(bed.authorize("ada", "bound", "").await.status, 400);
    assert_eq!(
        bed.userinfo(&elsewhere).await.status,
        200,
        "others are not concerned"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_a_tenant_leaves_its_clients() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("bound").await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    bed.sql(&format!(
        "UPDATE workspace.tenant_users SET is_active = false WHERE tenant_id = '{}'",
        bed.tenant
    ));
    eventually("the token is dead", async || {
        bed.userinfo(&access).await.status == 401
    })
    .await;
    assert_eq!(
        bed.refresh("bound", &refresh).await.json()["error"],
        "invalid_grant"
    );
    let asked = bed.authorize("ada", "bound", "").await;
    assert_eq!(asked.parameter("error").as_deref(), Some("access_denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_company_are_told_of_like_everybody() {
    let bed = Bed::start().await;
    bed.sql(
        "UPDATE auth.users SET company_id = gen_random_uuid(), company_code = 'BHM001' WHERE username = 'ada'",
    );
    let access = text(&bed.tokens("web").await, "access_token");
    let told = bed.userinfo(&access).await;
    assert_eq!(
        (told.status, &told.json()["sub"]),
        (200, &json!(bed.ada.id))
    );
    assert!(bed.is_active("web", &access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_never_tells_whether_a_name_exists() {
    let bed = Bed::start().await;
    let mut told = Vec::new();
    for name in ["ada", "eve", "' OR 1=1 --", "\u{202e}ada"] {
        let (cookies, csrf) = fresh_browser(&bed).await;
        let page = sign_in(&bed, &cookies, &csrf, name, "a wrong password indeed").await;
        assert!(page.cookie(SESSION).is_none());
        let rest: Vec<&str> = page
            .body
            .lines()
            .filter(|line| !line.contains("name=\"csrf\"") && !line.contains("name=\"username\""))
            .collect();
        told.push((page.status, rest.join("\n").replace(name, "")));
    }
    for other in &told[1..] {
        assert_eq!(*other, told[0]);
    }
    let mut answers = Vec::new();
    for name in ["ada", "eve", "' OR 1=1 --"] {
        let body = json!({"username": name, "password": "a wrong password indeed"});
        let answer = bed.app.send(Method::POST, "/auth/login", &body).await;
        answers.push((
            answer.status,
            answer.body["code"].clone(),
            answer.body["detail"].clone(),
        ));
    }
    assert_eq!(answers[0].0, 401);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_session_is_never_the_one_that_is_signed_in() {
    let bed = Bed::start().await;
    let (mallory, csrf) = fresh_browser(&bed).await;
    // What an attacker plants: a made-up session, and the session of somebody else.
    let bobs = bed.cookies["bob"].split("; ").next().unwrap().to_owned();
    for planted in [format!("{SESSION}=planted"), bobs.clone()] {
        let cookies = format!("{mallory}; {planted}");
        let reply = sign_in(&bed, &cookies, &csrf, "ada", PASSWORD).await;
        let fresh = reply.cookie(SESSION).expect("a session");
        assert!(!planted.ends_with(&fresh), "the session is another");
        let headers = [("Cookie", planted)];
        let account = bed.send("GET /account", &headers, "").await;
        assert_eq!(
            account.header("location"),
            Some("/login"),
            "the planted one is worth nothing"
        );
    }
    // Signing in again raises the session, under another cookie.
    let before = bed.cookies["ada"].clone();
    let page = bed
        .send("GET /login?again=1", &[("Cookie", before.clone())], "")
        .await;
    let reply = sign_in(&bed, &before, &field(&page.body, "csrf"), "ada", PASSWORD).await;
    let raised = reply.cookie(SESSION).expect("a session");
    assert!(!before.contains(&raised));
    let account = bed.send("GET /account", &[("Cookie", before)], "").await;
    assert_eq!(
        account.header("location"),
        Some("/login"),
        "the cookie before is void"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_belongs_to_one_browser() {
    let bed = Bed::start().await;
    let asked = bed.authorize("", "third", "").await;
    let to = asked.header("location").unwrap().to_owned();
    assert!(to.starts_with("/login?request="), "{to}");
    let (_, request) = to.split_once('=').unwrap();
    for path in [
        "/login",
        "/login/continue",
        "/login/accounts",
        "/consent",
        "/login/passkey",
    ] {
        let headers = [("Cookie", bed.cookies["bob"].clone())];
        let line = format!("GET {path}?request={request}");
        let reply = bed.send(&line, &headers, "").await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (400, None),
            "{path}"
        );
    }
    let own = [(
        "Cookie",
        format!("{BROWSER}={}", asked.cookie(BROWSER).unwrap()),
    )];
    assert_eq!(bed.send(&format!("GET {to}"), &own, "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_of_one_browser_is_no_good_in_another() {
    let bed = Bed::start().await;
    let (mine, csrf) = fresh_browser(&bed).await;
    let (other, _) = fresh_browser(&bed).await;
    assert_eq!(
        sign_in(&bed, &other, &csrf, "ada", PASSWORD).await.status,
        403
    );
    assert_eq!(sign_in(&bed, "", &csrf, "ada", PASSWORD).await.status, 403);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
    ] {
        let form = format!("csrf={csrf}&username=ada&password=x");
        let headers = [("Cookie", mine.clone()), (name, value.to_owned())];
        assert_eq!(
            bed.send("POST /login", &headers, &form).await.status,
            403,
            "{name}"
        );
    }
    assert!(
        sign_in(&bed, &mine, &csrf, "ada", PASSWORD)
            .await
            .cookie(SESSION)
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_for_this_host_and_for_no_script() {
    let bed = Bed::start().await;
    let (cookies, csrf) = fresh_browser(&bed).await;
    let reply = sign_in(&bed, &cookies, &csrf, "ada", PASSWORD).await;
    let set: Vec<&str> = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, line)| line.as_str())
        .collect();
    assert!(!set.is_empty());
    for line in set {
        assert!(line.starts_with("__Host-"), "{line}");
        for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_nobody_out_and_a_good_hint_does() {
    let bed = Bed::start().await;
    let own = [("Cookie", bed.cookies["ada"].clone())];
    let is_in = async || bed.send("GET /account", &own, "").await.status == 200;
    let tokens = bed.tokens("web").await;
    let hint = text(&tokens, "id_token");
    let access = text(&tokens, "access_token");
    bed.send("GET /api/v1/sso/logout", &own, "").await;
    bed.send("GET /api/v1/sso/logout?client_id=x", &own, "")
        .await;
    assert!(is_in().await);
    let line = format!(
        "GET /api/v1/sso/logout?id_token_hint={hint}&state=%0d%0aX%3A1&post_logout_redirect_uri=https%3A%2F%2Fweb.example%2Fbye"
    );
    let reply = bed.send(&line, &own, "").await;
    let to = reply.header("location").unwrap();
    assert_eq!(to, "https://web.example/bye?state=%0D%0AX%3A1");
    assert!(!is_in().await);
    // A grant that asked for offline access goes on; that is what it is for.
    assert_eq!(bed.userinfo(&access).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_tokens_end_with_the_session() {
    let bed = Bed::start().await;
    let more = "&scope=openid";
    let code = bed
        .authorize("ada", "web", more)
        .await
        .parameter("code")
        .unwrap();
    let tokens = bed.redeem("web", &code).await.json();
    let code = bed.code("web").await;
    let own = [("Cookie", bed.cookies["ada"].clone())];
    let line = format!(
        "GET /api/v1/sso/logout?id_token_hint={}",
        text(&tokens, "id_token")
    );
    assert_eq!(
        bed.send(&line, &own, "").await.header("location"),
        Some("/signed-out")
    );
    let access = text(&tokens, "access_token");
    eventually("the token is dead", async || {
        bed.userinfo(&access).await.status == 401
    })
    .await;
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(
        bed.refresh("web", &refresh).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(
        bed.redeem("web", &code).await.json()["error"],
        "invalid_grant"
    );
    assert!(
        bed.authorize("ada", "web", "")
            .await
            .header("location")
            .unwrap()
            .starts_with("/login")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_any_field_is_a_failure_of_the_server() {
    const FIELDS: &[&str] = &[
        "username",
        "password",
        "name",
        "code",
        "token",
        "request",
        "device",
        "user_code",
        "account",
        "choice",
        "current_password",
        "new_password",
        "repeated_password",
        "session",
        "session_id",
        "id",
        "passkey",
        "client_id",
        "ceremony",
        "response",
        "credential",
        "method",
        "again",
        "state",
        "ui_locales",
        "recovery_code",
        "secret",
        "otp",
    ];
    let bed = Bed::start().await;
    for value in [
        "%00",
        "%ff%fe",
        "%F0%9F%98%80%E2%80%AE",
        "-1",
        "%27%22%3C%3E",
        "00000000-0000-0000-0000-000000000000",
    ] {
        for path in [
            "/login",
            "/login/second-factor",
            "/login/enrol",
            "/login/passkey",
            "/login/accounts",
            "/consent",
            "/device",
            "/forgot-password",
            "/set-password",
            "/reset-password",
            "/verify-email",
            "/account/password",
            "/account/totp",
            "/account/totp/remove",
            "/account/recovery-codes",
            "/account/passkeys",
            "/account/passkeys/remove",
            "/account/sessions/end",
            "/account/consents/remove",
        ] {
            let cookies = bed.cookies["bob"].clone();
            let headers = [("Cookie", cookies)];
            let page = bed.send("GET /account", &headers, "").await;
            assert_eq!(page.status, 200, "{page:?}");
            let csrf = field(&page.body, "csrf");
            for skipped in ["", "request", "choice"] {
                let form: String = FIELDS
                    .iter()
                    .filter(|name| **name != skipped)
                    .fold(format!("csrf={csrf}"), |form, name| {
                        form + "&" + name + "=" + value
                    });
                let reply = bed.send(&format!("POST {path}"), &headers, &form).await;
                assert!(reply.status < 500, "{path} {value}: {reply:?}");
            }
        }
    }
    let bearer = [("Authorization", format!("Bearer {}", bed.ada.token))];
    let line = "DELETE /api/v1/auth/consents/%00";
    assert_eq!(bed.send(line, &bearer, "").await.status, 404);
    for path in [
        "/auth/login",
        "/auth/register",
        "/auth/refresh",
        "/auth/logout",
        "/auth/forgot-password",
        "/auth/reset-password",
        "/auth/set-password",
        "/auth/verify-email",
        "/auth/login/second-factor",
    ] {
        for value in ["a\u{0}b", "\u{feff}", "' OR 1=1 --"] {
            let body: serde_json::Map<String, serde_json::Value> = FIELDS
                .iter()
                .map(|name| ((*name).to_owned(), json!(value)))
                .collect();
            let answer = bed.app.send(Method::POST, path, &json!(body)).await;
            assert!(answer.status < 500, "{path}: {:?}", answer.body);
        }
    }
}
