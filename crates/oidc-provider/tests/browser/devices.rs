use bheem_oidc_provider::Incoming;
use bheem_persistence::repo::ClientSettings;
use serde_json::Value;

use crate::support::{App, Bed, leads_to, location, text};

async fn device(bed: &Bed) -> App {
    bed.client_with(ClientSettings {
        grant_types: vec!["urn:ietf:params:oauth:grant-type:device_code".to_owned()],
        redirect_uris: Vec::new(),
        ..Bed::settings("The Printer")
    })
    .await
}

/// What the device shows, and what it asks with.
async fn begin(bed: &Bed, app: &App) -> (String, String) {
    let secret = app.secret.as_deref().unwrap();
    let body = format!(
        "client_id={}&client_secret={secret}&scope=openid+email",
        app.id
    );
    let request = Incoming {
        method: "POST",
        path: "/api/v1/sso/device_authorization",
        body: body.as_bytes(),
        ..Incoming::default()
    };
    let answer = bed.provider.device_authorization(&request).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let text = |name: &str| {
        body[name]
            .as_str()
            .unwrap_or_else(|| panic!("{body}"))
            .to_owned()
    };
    (text("user_code"), text("device_code"))
}

async fn poll(bed: &Bed, app: &App, device_code: &str) -> Value {
    let secret = app.secret.as_deref().unwrap();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let body = format!(
        "client_id={}&client_secret={secret}&grant_type={grant}&device_code={device_code}",
        app.id
    );
    let request = Incoming {
        method: "POST",
        path: "/api/v1/sso/token",
        body: body.as_bytes(),
        ..Incoming::default()
    };
    bed.pass(6);
    serde_json::from_slice(&bed.provider.token(&request).await.body).unwrap()
}

#[tokio::test]
async fn a_device_is_connected_by_whoever_signs_in() {
    let bed = Bed::new().await;
    let (app, ada) = (device(&bed).await, bed.person("ada").await);
    let (user_code, device_code) = begin(&bed, &app).await;
    let mut browser = bed.browser();
    let asked = browser.get(&format!("/device?user_code={user_code}")).await;
    leads_to(&asked, "/login");
    let login = browser.follow(&asked).await;
    let back = browser.sign_in(&login, &ada).await;
    assert_eq!(location(&back), format!("/device?user_code={user_code}"));
    let page = browser.follow(&back).await;
    assert!(text(&page).contains(&user_code));
    let confirm = browser.submit(&page, &[("user_code", &user_code)]).await;
    let html = text(&confirm);
    assert!(html.contains("Connect The Printer?") && html.contains("see your e-mail address"));
    assert_eq!(
        poll(&bed, &app, &device_code).await["error"],
        "authorization_pending"
    );
    let done = browser.agree(&confirm).await;
    assert!(text(&done).contains("Your device is connected"));
    assert!(poll(&bed, &app, &device_code).await["access_token"].is_string());
}

#[tokio::test]
async fn a_device_that_is_refused_gets_nothing() {
    let bed = Bed::new().await;
    let (app, ada) = (device(&bed).await, bed.person("ada").await);
    let (user_code, device_code) = begin(&bed, &app).await;
    let mut browser = bed.signed_in(&ada).await;
    let page = browser.get("/device").await;
    let typed = user_code.to_lowercase().replace('-', " ");
    let confirm = browser.submit(&page, &[("user_code", &typed)]).await;
    let done = browser.submit(&confirm, &[("choice", "deny")]).await;
    assert!(text(&done).contains("was not connected"));
    assert_eq!(
        poll(&bed, &app, &device_code).await["error"],
        "access_denied"
    );
}

#[tokio::test]
async fn codes_cannot_be_guessed_on_and_on() {
    let bed = Bed::new().await;
    let (app, ada) = (device(&bed).await, bed.person("ada").await);
    let (user_code, _) = begin(&bed, &app).await;
    let mut browser = bed.signed_in(&ada).await;
    let page = browser.get("/device").await;
    for _ in 0..10 {
        let wrong = browser.submit(&page, &[("user_code", "BCDF-GHJK")]).await;
        assert!(text(&wrong).contains("There is no such code"));
    }
    let right = browser.submit(&page, &[("user_code", &user_code)]).await;
    assert!(text(&right).contains("Too many attempts"));
    let other = bed.person("bob").await;
    let mut browser = bed.signed_in(&other).await;
    let page = browser.get("/device").await;
    let right = browser.submit(&page, &[("user_code", &user_code)]).await;
    assert!(
        text(&right).contains("Connect The Printer?"),
        "nobody else is held up"
    );
}
