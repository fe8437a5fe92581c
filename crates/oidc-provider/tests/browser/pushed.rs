use bheem_persistence::repo::ClientSettings;
use serde_json::Value;

use crate::support::{Bed, ISSUER, authorize, code, header, query, refused};

fn json(answer: &bheem_oidc_provider::Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn by_reference(app: &crate::support::App, reference: &str, more: &str) -> String {
    format!(
        "/api/v1/sso/authorize?client_id={}&request_uri={reference}&{more}",
        app.id
    )
}

#[tokio::test]
async fn a_pushed_request_is_good_once_and_for_its_client() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let settings = || ClientSettings {
        is_first_party: true,
        requires_par: true,
        ..Bed::settings("App")
    };
    let (app, other) = (
        bed.client_with(settings()).await,
        bed.client_with(settings()).await,
    );
    let pushed = bed
        .push(
            &app,
            &query(&app, "").replace(&format!("client_id={}&", app.id), ""),
        )
        .await;
    assert_eq!(pushed.status, 201, "{:?}", pushed.body);
    let body = json(&pushed);
    assert_eq!(body["expires_in"], 90);
    let reference = body["request_uri"].as_str().unwrap();
    let mut browser = bed.signed_in(&ada).await;
    let stolen = browser.get(&by_reference(&other, reference, "")).await;
    assert_eq!(stolen.status, 400);
    // What stands beside the reference does not count.
    let more = "redirect_uri=https://evil.example/&state=other&response_type=token";
    code(&browser.get(&by_reference(&app, reference, more)).await);
    let again = browser.get(&by_reference(&app, reference, "")).await;
    assert_eq!((again.status, header(&again, "location")), (400, None));
}

#[tokio::test]
async fn a_pushed_request_lapses() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let form = query(&app, "").replace(&format!("client_id={}&", app.id), "");
    let body = json(&bed.push(&app, &form).await);
    bed.pass(91);
    let mut browser = bed.signed_in(&ada).await;
    let reference = body["request_uri"].as_str().unwrap();
    assert_eq!(
        browser.get(&by_reference(&app, reference, "")).await.status,
        400
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_to_the_client_at_once() {
    let bed = Bed::new().await;
    let app = bed.client().await;
    let good = query(&app, "").replace(&format!("client_id={}&", app.id), "");
    for (form, error) in [
        (
            good.replace("https://app.example/cb", "https://evil.example/cb"),
            "invalid_request",
        ),
        (
            good.replace("response_type=code", "response_type=token"),
            "unsupported_response_type",
        ),
        (good.replace("S256", "plain"), "invalid_request"),
        (
            format!("{good}&request_uri=urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (format!("{good}&request=x.y.z"), "request_not_supported"),
        (format!("{good}&scope=x"), "invalid_request"),
        (
            format!("{good}&resource=https://evil.example"),
            "invalid_target",
        ),
    ] {
        let answer = bed.push(&app, &form).await;
        assert_eq!(
            (answer.status, json(&answer)["error"].as_str()),
            (400, Some(error)),
            "{form}"
        );
    }
    let thief = crate::support::App {
        id: app.id.clone(),
        secret: Some("wrong".to_owned()),
    };
    let answer = bed.push(&thief, &good).await;
    assert_eq!(
        (answer.status, json(&answer)["error"].as_str()),
        (401, Some("invalid_client"))
    );
}

#[tokio::test]
async fn prompt_none_of_a_pushed_request_is_answered_to_the_client() {
    let bed = Bed::new().await;
    let app = bed.client().await;
    let form = query(&app, "prompt=none").replace(&format!("client_id={}&", app.id), "");
    let body = json(&bed.push(&app, &form).await);
    let reference = body["request_uri"].as_str().unwrap();
    let mut browser = bed.browser();
    let answer = browser.get(&by_reference(&app, reference, "")).await;
    assert_eq!(refused(&answer), "login_required");
    assert!(ISSUER.starts_with("https://"));
    assert_eq!(
        refused(&browser.get(&authorize(&app, "prompt=none")).await),
        "login_required"
    );
}
