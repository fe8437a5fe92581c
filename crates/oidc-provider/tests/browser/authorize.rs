use bheem_persistence::repo::ClientSettings;

use crate::support::{
    Bed, ISSUER, REDIRECT, answered, authorize, code, header, leads_to, location, query, refused,
    text,
};

fn ours(name: &str) -> ClientSettings {
    ClientSettings {
        is_first_party: true,
        ..Bed::settings(name)
    }
}

#[tokio::test]
async fn somebody_signs_in_and_the_client_gets_a_code() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.browser();
    let asked = browser.get(&authorize(&app, "nonce=n")).await;
    leads_to(&asked, "/login");
    let page = browser.follow(&asked).await;
    assert_eq!(page.status, 200);
    assert!(text(&page).contains("to continue to App"));
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.ends_with("form-action 'self'"), "{policy}");
    let done = browser.sign_in(&page, &ada).await;
    let first = code(&done);
    let silent = browser.get(&authorize(&app, "prompt=none")).await;
    assert_ne!(
        code(&silent),
        first,
        "whoever is signed in is not asked again"
    );
}

#[tokio::test]
async fn until_client_and_address_are_proven_nobody_is_sent_anywhere() {
    let bed = Bed::new().await;
    let app = bed.client().await;
    let good = query(&app, "");
    for bad in [
        good.replace(&app.id, "nobody"),
        good.replace(&app.id, ""),
        good.replace(REDIRECT, ""),
        good.replace(REDIRECT, "https://evil.example/cb"),
        good.replace(REDIRECT, "https://app.example/cb/../evil"),
        good.replace(REDIRECT, "https://app.example/cb%23"),
        good.replace(REDIRECT, "https://app.example@evil.example/cb"),
        format!("{good}&redirect_uri=https://evil.example/cb"),
        format!("{good}&client_id=other"),
        format!("{good}&state=other"),
        good.replace("response_type=code", "response_type=token")
            .replace(REDIRECT, "https://evil.example/cb"),
    ] {
        let mut browser = bed.browser();
        let answer = browser.get(&format!("/api/v1/sso/authorize?{bad}")).await;
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(header(&answer, "location"), None, "{bad}");
    }
}

#[tokio::test]
async fn refusals_go_back_to_the_proven_address() {
    let bed = Bed::new().await;
    let app = bed.client().await;
    let pushed = bed
        .client_with(ClientSettings {
            requires_par: true,
            ..Bed::settings("Pushing")
        })
        .await;
    let mut browser = bed.browser();
    for (more, error) in [
        ("prompt=none", "login_required"),
        ("prompt=none&max_age=0", "login_required"),
        ("request=x.y.z", "request_not_supported"),
        (
            "request_uri=https://evil.example/",
            "request_uri_not_supported",
        ),
        ("id_token_hint=x.y.z", "invalid_request"),
        ("resource=https://evil.example/", "invalid_target"),
        ("claims=x", "invalid_request"),
        ("response_mode=fragment", "invalid_request"),
    ] {
        let answer = browser.get(&authorize(&app, more)).await;
        assert_eq!(refused(&answer), error, "{more}");
    }
    let unmet = r#"claims={"id_token":{"acr":{"essential":true,"value":"aal9"}}}"#;
    let answer = browser.get(&authorize(&app, unmet)).await;
    assert_eq!(refused(&answer), "unmet_authentication_requirements");
    let answer = browser.get(&authorize(&pushed, "")).await;
    assert_eq!(refused(&answer), "invalid_request");
}

#[tokio::test]
async fn a_form_carries_the_answer_where_the_client_wants_one() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let answer = browser
        .get(&authorize(&app, "response_mode=form_post"))
        .await;
    assert_eq!(answer.status, 200);
    let (html, policy) = (
        text(&answer),
        header(&answer, "content-security-policy").unwrap(),
    );
    assert!(html.contains(&format!("action=\"{REDIRECT}\"")), "{html}");
    for name in ["code", "state", "iss"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(
        html.contains("<button type=\"submit\">"),
        "works without a script"
    );
    assert!(policy.ends_with("form-action 'self' https://app.example https:"));
    assert!(policy.contains("script-src 'self'"));
}

#[tokio::test]
async fn a_request_that_is_posted_finds_who_is_signed_in() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    // Another site's form brings no cookies along.
    let cookies = std::mem::take(&mut browser.cookies);
    let query = query(&app, "");
    let fields: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let posted = browser.post("/api/v1/sso/authorize", &fields).await;
    browser.cookies = cookies;
    code(&browser.follow(&posted).await);
}

#[tokio::test]
async fn a_request_is_answered_once_and_in_the_browser_it_came_from() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.browser();
    let asked = browser.get(&authorize(&app, "")).await;
    let mut other = bed.browser();
    assert_eq!(
        other.follow(&asked).await.status,
        400,
        "it is not that browser's"
    );
    let page = browser.follow(&asked).await;
    code(&browser.sign_in(&page, &ada).await);
    assert_eq!(
        browser.sign_in(&page, &ada).await.status,
        400,
        "it is used up"
    );
    let asked = browser.get(&authorize(&app, "prompt=login")).await;
    bed.pass(31 * 60);
    assert_eq!(browser.follow(&asked).await.status, 400, "it has lapsed");
}

#[tokio::test]
async fn many_at_once_get_one_code() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    bed.pass(1);
    let asked = browser.get(&authorize(&app, "prompt=select_account")).await;
    leads_to(&asked, "/login/accounts");
    let page = browser.follow(&asked).await;
    let many = (0..8).map(|_| async {
        let mut tab = bed.browser();
        tab.cookies.clone_from(&browser.cookies);
        tab.submit(&page, &[("choice", "continue")]).await
    });
    let answers = futures::future::join_all(many).await;
    let codes = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(codes, 1, "{answers:?}");
}

#[tokio::test]
async fn signing_in_again_is_asked_for_and_counts_for_the_request() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    for more in ["prompt=login", "max_age=60"] {
        bed.pass(120);
        let before = browser.cookies.clone();
        let asked = browser.get(&authorize(&app, more)).await;
        leads_to(&asked, "/login");
        let page = browser.follow(&asked).await;
        bed.pass(1);
        code(&browser.sign_in(&page, &ada).await);
        assert_ne!(before, browser.cookies, "the cookie is another one");
    }
    let living = bed.identity.sessions(ada.id).await.unwrap();
    assert_eq!(living.len(), 1, "the session went on");
}

#[tokio::test]
async fn another_account_takes_the_place_of_the_one_that_was_signed_in() {
    let bed = Bed::new().await;
    let app = bed.client_with(ours("App")).await;
    let (ada, bob) = (bed.person("ada").await, bed.person("bob").await);
    let mut browser = bed.signed_in(&ada).await;
    bed.pass(1);
    let asked = browser.get(&authorize(&app, "prompt=select_account")).await;
    let page = browser.follow(&asked).await;
    let other = browser.submit(&page, &[("choice", "other")]).await;
    leads_to(&other, "/login");
    let page = browser.follow(&other).await;
    code(&browser.sign_in(&page, &bob).await);
    assert!(bed.identity.sessions(ada.id).await.unwrap().is_empty());
    assert_eq!(bed.identity.sessions(bob.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_planted_session_cookie_is_worth_nothing() {
    let bed = Bed::new().await;
    let app = bed.client_with(ours("App")).await;
    let mut browser = bed.browser();
    let planted = "AAAA".repeat(18);
    browser
        .cookies
        .insert("__Host-bheem-session".to_owned(), planted);
    let answer = browser.get(&authorize(&app, "prompt=none")).await;
    assert_eq!(refused(&answer), "login_required");
}

#[tokio::test]
async fn a_code_is_of_the_one_who_signed_in() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let code = code(&browser.get(&authorize(&app, "nonce=n-7")).await);
    let hash = bheem_vault::token::hash(code.as_bytes());
    let mut read = bed.read().await;
    let kept = read
        .authorization_codes()
        .find(&hash)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.account_id, kept.client_id), (ada.id, app.id.clone()));
    assert_eq!(kept.nonce.as_deref(), Some("n-7"));
    assert_eq!(kept.redirect_uri, REDIRECT);
    assert!(kept.code_challenge.is_some());
}

#[tokio::test]
async fn a_native_application_gets_its_answer_at_any_port() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let app = bed
        .client_with(ClientSettings {
            is_native: true,
            redirect_uris: vec!["http://127.0.0.1/cb".to_owned()],
            ..ours("App")
        })
        .await;
    let mut browser = bed.signed_in(&ada).await;
    let path = authorize(&app, "").replace(REDIRECT, "http://127.0.0.1:51004/cb");
    let answer = browser.get(&path).await;
    assert!(location(&answer).starts_with("http://127.0.0.1:51004/cb?code="));
    assert!(location(&answer).ends_with(&format!(
        "iss={}",
        form_urlencoded::byte_serialize(ISSUER.as_bytes()).collect::<String>()
    )));
}

#[tokio::test]
async fn a_form_ends_at_a_page_of_ours_or_at_a_program_of_the_device() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let native = ClientSettings {
        is_native: true,
        redirect_uris: vec!["com.example.app:/cb".to_owned()],
        ..ours("App")
    };
    for (settings, address, status, sources) in [
        (ours("App"), REDIRECT, 200, "'self'"),
        (
            native,
            "com.example.app:/cb",
            303,
            "'self' com.example.app:",
        ),
    ] {
        let app = bed.client_with(settings).await;
        let mut browser = bed.browser();
        let path = authorize(&app, "").replace(REDIRECT, address);
        let asked = browser.get(&path).await;
        let page = browser.follow(&asked).await;
        let policy = header(&page, "content-security-policy").unwrap();
        assert!(
            policy.ends_with(&format!("form-action {sources}")),
            "{policy}"
        );
        let done = browser.sign_in(&page, &ada).await;
        assert_eq!(done.status, status, "{done:?}");
        let end = location(&done).to_owned();
        assert!(end.starts_with(&format!("{address}?code=")), "{end}");
        // Whoever is told not to go on by itself finds the same address in a link.
        let link = end.replace('&', "&#38;");
        assert_eq!(text(&done).contains(&link), status == 200, "{done:?}");
        // Without a form there is nothing to end.
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 303);
        assert!(location(&answer).starts_with(address));
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_on_the_page_and_nowhere_else() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client_with(ours("App")).await, bed.person("ada").await);
    let mut browser = bed.browser();
    let asked = browser.get(&authorize(&app, "")).await;
    let page = browser.follow(&asked).await;
    let wrong = [("username", ada.name.as_str()), ("password", "wrong-wrong")];
    let answer = browser.submit(&page, &wrong).await;
    assert_eq!(answer.status, 422);
    let html = text(&answer);
    assert!(html.contains("role=\"alert\"") && html.contains("aria-invalid=\"true\""));
    assert!(
        !html.contains("wrong-wrong"),
        "the password is not repeated"
    );
    assert!(!browser.cookies.contains_key("__Host-bheem-session"));
    code(&browser.sign_in(&answer, &ada).await);
}

#[tokio::test]
async fn a_hint_of_somebody_else_is_not_answered_for() {
    let bed = Bed::new().await;
    let app = bed.client_with(ours("App")).await;
    let (ada, bob) = (bed.person("ada").await, bed.person("bob").await);
    let mut browser = bed.signed_in(&ada).await;
    let hint = |person: &crate::support::Person| {
        let claims = serde_json::json!({"iss": ISSUER, "sub": person.id, "aud": app.id, "exp": 1});
        let keys = bed.identity.keys();
        keys.sign(bheem_identity::Algorithm::Es256, Some("JWT"), &claims)
            .unwrap()
    };
    let path = authorize(&app, &format!("prompt=none&id_token_hint={}", hint(&ada)));
    code(&browser.get(&path).await);
    let path = authorize(&app, &format!("prompt=none&id_token_hint={}", hint(&bob)));
    assert_eq!(refused(&browser.get(&path).await), "login_required");
    let path = authorize(&app, &format!("id_token_hint={}", hint(&bob)));
    let asked = browser.get(&path).await;
    let page = browser.follow(&asked).await;
    bed.pass(1);
    let answer = browser.sign_in(&page, &ada).await;
    assert_eq!(refused(&answer), "login_required");
    assert!(answered(&answer).contains_key("error_description"));
}
