use bheem_oidc_provider::Answer;
use bheem_vault::token;
use totp_rs::{Builder, Secret};

use crate::support::{Bed, Browser, Person, authorize, code, leads_to, location, text};

/// What an app would show now.
pub(crate) fn shown(bed: &Bed, secret: &str) -> String {
    use bheem_domain::Clock;
    let secret = Secret::try_from_base32(secret).unwrap();
    let app = Builder::new().with_secret(secret).build().unwrap();
    let now = u64::try_from(bed.clock.now().timestamp()).unwrap();
    app.generate(now).to_string()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start}: {text}"));
    rest.split_once(end).unwrap().0
}

/// Sets an app up on the account's page; answers its secret and the recovery codes.
async fn set_up(bed: &Bed, browser: &mut Browser<'_>) -> (String, Vec<String>) {
    let page = browser.get("/account/totp").await;
    let html = text(&page);
    assert!(html.contains("src=\"data:image/svg+xml;base64,"));
    let secret = between(&html, "<span class=\"show\">", "</span>").to_owned();
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(!text(&wrong).contains(&secret));
    let code = shown(bed, &secret);
    let done = browser.submit(&page, &[("code", &code)]).await;
    assert_eq!(done.status, 200, "{}", text(&done));
    let html = text(&done);
    let codes = between(&html, "<ul class=\"codes show\">", "</ul>");
    let codes = codes.split("<li>").skip(1);
    let codes: Vec<String> = codes
        .map(|code| code.split_once("</li>").unwrap().0.to_owned())
        .collect();
    assert!(codes.len() >= 8, "{html}");
    bed.pass(30);
    (secret, codes)
}

/// The page for the second factor, in a browser that knows nobody.
async fn half_way<'b>(bed: &'b Bed, ada: &Person) -> (Browser<'b>, Answer) {
    let mut browser = bed.browser();
    let login = browser.get("/login").await;
    let asked = browser.sign_in(&login, ada).await;
    leads_to(&asked, "/login/second-factor");
    assert!(!browser.cookies.contains_key("__Host-bheem-session"));
    let page = browser.follow(&asked).await;
    (browser, page)
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_asked_for() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let (secret, _) = set_up(&bed, &mut bed.signed_in(&ada).await).await;
    let (mut browser, page) = half_way(&bed, &ada).await;
    leads_to(&browser.get("/account").await, "/login");
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("This code is not valid"));
    let good = shown(&bed, &secret);
    let done = browser.submit(&wrong, &[("code", &good)]).await;
    assert_eq!(location(&done), "/account");
    assert!(!browser.cookies.contains_key("__Host-bheem-pending"));
    let (mut again, page) = half_way(&bed, &ada).await;
    let replayed = again.submit(&page, &[("code", &good)]).await;
    assert_eq!(replayed.status, 422, "a code is good once");
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let (_, codes) = set_up(&bed, &mut bed.signed_in(&ada).await).await;
    for (status, times) in [(303, 1), (422, 2)] {
        let (mut browser, page) = half_way(&bed, &ada).await;
        assert!(text(&page).contains("Use a recovery code instead"));
        let done = browser.submit(&page, &[("recovery_code", &codes[0])]).await;
        assert_eq!(done.status, status, "{times}");
    }
}

#[tokio::test]
async fn what_stands_between_the_factors_lapses_and_is_no_ones_to_make() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let (secret, _) = set_up(&bed, &mut bed.signed_in(&ada).await).await;
    let (mut browser, page) = half_way(&bed, &ada).await;
    bed.pass(11 * 60);
    let good = shown(&bed, &secret);
    leads_to(&browser.submit(&page, &[("code", &good)]).await, "/login");
    let mut forger = bed.browser();
    forger.get("/login").await;
    let made_up = format!("{}.tpr", token::encode(&[7; 72]));
    forger
        .cookies
        .insert("__Host-bheem-pending".to_owned(), made_up);
    let page = forger.get("/login/second-factor").await;
    leads_to(&forger.submit(&page, &[("code", &good)]).await, "/login");
}

#[tokio::test]
async fn a_client_that_wants_two_factors_gets_them_of_who_is_signed_in() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let app = bed
        .client_with(bheem_persistence::repo::ClientSettings {
            is_first_party: true,
            ..Bed::settings("App")
        })
        .await;
    let mut before = bed.signed_in(&ada).await;
    let essential = authorize(
        &app,
        r#"claims={"id_token":{"acr":{"essential":true,"value":"aal2"}}}"#,
    );
    let unmet = crate::support::refused(&before.get(&essential).await);
    assert_eq!(unmet, "unmet_authentication_requirements");
    let (secret, _) = set_up(&bed, &mut bed.signed_in(&ada).await).await;
    let asked = before.get(&essential).await;
    leads_to(&asked, "/login/second-factor");
    let page = before.follow(&asked).await;
    let good = shown(&bed, &secret);
    code(&before.submit(&page, &[("code", &good)]).await);
    code(
        &before
            .get(&authorize(&app, "prompt=none&acr_values=aal2"))
            .await,
    );
}

#[tokio::test]
async fn an_old_sign_in_does_not_change_factors() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut browser = bed.signed_in(&ada).await;
    bed.pass(16 * 60);
    for path in ["/account/totp", "/account/passkeys"] {
        let asked = browser.get(path).await;
        assert_eq!(location(&asked), "/login?again=1", "{path}");
    }
    let login = browser.get("/login?again=1").await;
    let done = browser.sign_in(&login, &ada).await;
    assert_eq!(location(&done), "/account");
    assert_eq!(browser.get("/account/totp").await.status, 200);
}
