//! Second factors, and tenants that demand one.

use bheem_http_kit::Method;
use serde_json::json;

use crate::{
    PASSWORD,
    support::TestApp,
    totp::{self, App},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_app_is_needed_then_and_good_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let authenticator = App::enrol(&ada).await;
    let factors = ada.get("/auth/second-factors").await;
    assert_eq!(factors.body["totp"], true);
    assert_eq!(factors.body["recovery_codes_left"], 10);
    ada.post("/auth/totp", &json!({}))
        .await
        .is_problem(409, "factor_exists");

    let password = json!({"username": "ada", "password": PASSWORD});
    let asked = app.send(Method::POST, "/auth/login", &password).await;
    asked.is_problem(401, "second_factor_required");
    assert_eq!(asked.body["methods"], json!(["totp", "recovery_code"]));
    let wrong = totp::sign_in(&app, "ada", "12345").await;
    wrong.is_problem(401, "second_factor_invalid");
    // A wrong password is told as such, whatever code comes with it.
    let both = json!({"username": "ada", "password": "not this one", "otp": authenticator.code(1)});
    app.send(Method::POST, "/auth/login", &both)
        .await
        .is_problem(401, "unauthenticated");

    let code = authenticator.code(1);
    let signed_in = totp::sign_in(&app, "ada", &code).await;
    assert_eq!(signed_in.status, 200, "{:?}", signed_in.body);
    totp::sign_in(&app, "ada", &code)
        .await
        .is_problem(401, "second_factor_invalid");
    // The code that confirmed the app is used up, too.
    totp::sign_in(&app, "ada", &authenticator.code(0))
        .await
        .is_problem(401, "second_factor_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_is_good_once_and_new_ones_end_the_old() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let authenticator = App::enrol(&ada).await;
    let [first, second, ..] = authenticator.recovery_codes.as_slice() else {
        panic!("no codes");
    };
    let signed_in = totp::sign_in(&app, "ada", first).await;
    assert_eq!(signed_in.status, 200, "{:?}", signed_in.body);
    totp::sign_in(&app, "ada", first)
        .await
        .is_problem(401, "second_factor_invalid");
    let left = ada.get("/auth/second-factors").await;
    assert_eq!(left.body["recovery_codes_left"], 9);
    let renewed = ada.post("/auth/recovery-codes", &json!({})).await;
    assert_eq!(renewed.status, 200, "{:?}", renewed.body);
    totp::sign_in(&app, "ada", second)
        .await
        .is_problem(401, "second_factor_invalid");
    let new = renewed.body["recovery_codes"][0].as_str().unwrap();
    assert_eq!(totp::sign_in(&app, "ada", new).await.status, 200);
    // Nobody else's code is good here.
    let eve = app.person("eve").await;
    let hers = App::enrol(&eve).await;
    totp::sign_in(&app, "ada", &hers.recovery_codes[0])
        .await
        .is_problem(401, "second_factor_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_use_a_recovery_code_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let authenticator = App::enrol(&ada).await;
    let code = &authenticator.recovery_codes[0];
    let tries = (0..8).map(|_| totp::sign_in(&app, "ada", code));
    let answers = futures::future::join_all(tries).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_demands_two_factors_is_closed_to_one() {
    let app = TestApp::start().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    let path = format!("/admin/tenants/{slug}");
    let body = json!({"email": "carl@else.test", "name": "Carl"});
    let carl = app.invited(&owner, &slug, body).await;
    let demand = json!({"requires_second_factor": true});
    // Who would be locked out by it cannot demand it.
    let refused = owner.patch(&path, &demand).await;
    refused.is_problem(401, "insufficient_user_authentication");
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("acr_values=\"aal2\""), "{challenge}");

    let authenticator = App::enrol(&owner).await;
    totp::sign_in(&app, "owner", "x")
        .await
        .is_problem(401, "second_factor_invalid");
    let strong = strong(&app, "owner", &authenticator.code(1)).await;
    let demanded = strong.patch(&path, &demand).await;
    assert_eq!(demanded.status, 200, "{:?}", demanded.body);
    assert_eq!(demanded.body["requires_second_factor"], true);

    // Sign-ins of one factor end at the door.
    let users = format!("/admin/tenants/{slug}/users");
    owner
        .get(&users)
        .await
        .is_problem(401, "second_factor_required");
    carl.get(&users)
        .await
        .is_problem(403, "second_factor_enrolment_required");
    assert_eq!(strong.get(&path).await.status, 200);
    let factors = carl.get("/auth/second-factors").await;
    assert_eq!(factors.body["required"], true, "{:?}", factors.body);
    let carls = App::enrol(&carl).await;
    let strong_carl = self::strong(&app, "carl@else.test", &carls.code(1)).await;
    assert_eq!(strong_carl.get(&path).await.status, 200);
    // The last one is not taken away.
    let last = strong.delete("/auth/totp").await;
    assert_eq!(last.status, 409, "{:?}", last.body);
}

/// Somebody who has proven two factors.
pub(crate) async fn strong(app: &TestApp, username: &str, otp: &str) -> crate::support::Person {
    app.sign_in_with(username, PASSWORD, Some(otp)).await
}
