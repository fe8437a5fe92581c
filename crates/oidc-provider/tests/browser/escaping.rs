use bheem_oidc_provider::{Methods, Page};
use bheem_persistence::repo::ClientSettings;

use crate::support::{Bed, Person, authorize, leads_to, text};

const EVIL: &str = "\"><script>alert(1)</script>";
/// Encoded, as an address carries it.
const SENT: &str = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";

#[track_caller]
fn is_escaped(html: &str, what: &str) {
    assert!(!html.contains("<script>alert"), "{what}: {html}");
    assert!(!html.contains("\"><script"), "{what}");
}

#[tokio::test]
async fn no_parameter_of_a_request_becomes_markup() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let app = bed.client().await;
    for name in [
        "state",
        "nonce",
        "login_hint",
        "ui_locales",
        "acr_values",
        "display",
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "prompt",
        "max_age",
        "claims",
        "resource",
        "request",
        "request_uri",
        "id_token_hint",
        "code_challenge",
        "dpop_jkt",
        "x",
    ] {
        let path = authorize(&app, "");
        let (start, query) = path.split_once('?').unwrap();
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        let path = format!("{start}?{}&{name}={SENT}", kept.join("&"));
        let mut browser = bed.signed_in(&ada).await;
        for path in [path.clone(), format!("{path}&response_mode=form_post")] {
            let mut answer = browser.get(&path).await;
            is_escaped(&text(&answer), name);
            // Through the pages, until the client has it.
            while answer.status == 303
                && answer
                    .headers
                    .iter()
                    .any(|(header, value)| *header == "location" && value.starts_with('/'))
            {
                answer = browser.follow(&answer).await;
                is_escaped(&text(&answer), name);
            }
            if text(&answer).contains("action=\"/consent\"") {
                is_escaped(&text(&browser.agree(&answer).await), name);
            }
        }
    }
}

#[tokio::test]
async fn no_parameter_of_a_page_becomes_markup() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut signed_in = bed.signed_in(&ada).await;
    let mut nobody = bed.browser();
    for (_, path, methods) in Page::ALL {
        if methods == Methods::Post {
            continue;
        }
        for name in [
            "request",
            "device",
            "user_code",
            "again",
            "client_id",
            "state",
            "token",
            "post_logout_redirect_uri",
            "id_token_hint",
            "ui_locales",
            "error",
        ] {
            let path = format!("{path}?{name}={SENT}");
            is_escaped(&text(&signed_in.get(&path).await), &path);
            is_escaped(&text(&nobody.get(&path).await), &path);
        }
    }
}

#[tokio::test]
async fn no_field_of_a_form_becomes_markup() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut browser = bed.browser();
    let page = browser.get("/login").await;
    let evil = Person {
        name: EVIL.to_owned(),
        ..ada.clone()
    };
    is_escaped(&text(&browser.sign_in(&page, &evil).await), "username");
    let page = browser.get("/reset-password").await;
    let fields = [
        ("token", EVIL),
        ("new_password", EVIL),
        ("repeated_password", "other"),
    ];
    is_escaped(&text(&browser.submit(&page, &fields).await), "token");
    let mut browser = bed.signed_in(&ada).await;
    let page = browser.get("/device").await;
    is_escaped(
        &text(&browser.submit(&page, &[("user_code", EVIL)]).await),
        "user_code",
    );
}

#[tokio::test]
async fn what_a_client_calls_itself_is_text() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let app = bed
        .client_with(ClientSettings {
            name: EVIL.to_owned(),
            ..Bed::settings("App")
        })
        .await;
    let mut browser = bed.browser();
    let asked = browser.get(&authorize(&app, "")).await;
    let page = browser.follow(&asked).await;
    is_escaped(&text(&page), "sign in");
    let asked = browser.sign_in(&page, &ada).await;
    leads_to(&asked, "/consent");
    let page = browser.follow(&asked).await;
    is_escaped(&text(&page), "consent");
    assert!(text(&page).contains("&#60;script&#62;"));
    browser.agree(&page).await;
    is_escaped(&text(&browser.get("/account").await), "account");
}
