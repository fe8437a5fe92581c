//! Clients that register themselves.

use std::time::Duration;

use bheem_oidc_provider::{ClientScope, Incoming};
use bheem_persistence::TenantScope;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{App, Bed, Reply};

async fn initial(bed: &Bed, scope: ClientScope<'_>, uses: i32) -> String {
    let made = bed
        .provider
        .create_initial_access_token(scope, uses, Duration::from_hours(1));
    made.await.unwrap().token.expose_secret().to_owned()
}

async fn send(bed: &Bed, method: &str, id: &str, token: &str, body: &Value) -> Reply {
    let (header, body) = (format!("Bearer {token}"), body.to_string());
    let request = Incoming {
        method,
        path: "/api/v1/sso/register",
        authorization: Some(&header),
        body: body.as_bytes(),
        ..Incoming::default()
    };
    match method {
        "POST" => bed.provider.register(&request).await,
        "GET" => bed.provider.registration(&request, id).await,
        "PUT" => bed.provider.change_registration(&request, id).await,
        _ => bed.provider.end_registration(&request, id).await,
    }
    .into()
}

fn metadata() -> Value {
    json!({"client_name": "App", "redirect_uris": ["https://app.example/cb"],
        "grant_types": ["authorization_code", "client_credentials"]})
}

#[tokio::test]
async fn a_client_registers_and_manages_itself() {
    let bed = Bed::new().await;
    let scope = Bed::system();
    let token = initial(&bed, ClientScope::Platform(&scope), 1).await;
    let made = send(&bed, "POST", "", &token, &metadata()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.text("client_id").to_owned();
    let own = made.text("registration_access_token").to_owned();
    let app = App {
        id: id.clone(),
        secret: Some(made.text("client_secret").to_owned()),
    };
    bed.token(&app, &[("grant_type", "client_credentials")])
        .await
        .good();
    // The token was for one.
    send(&bed, "POST", "", &token, &metadata())
        .await
        .is_refused(401, "invalid_token");

    let shown = send(&bed, "GET", &id, &own, &json!(null)).await.good();
    assert_eq!(shown.text("client_name"), "App");
    assert!(shown.body.get("client_secret").is_none());
    send(&bed, "GET", &id, &token, &json!(null))
        .await
        .is_refused(401, "invalid_token");
    let mut change = metadata();
    change["client_name"] = "Renamed".into();
    let nameless = send(&bed, "PUT", &id, &own, &change).await;
    nameless.is_refused(400, "invalid_client_metadata");
    change["client_id"] = id.as_str().into();
    let changed = send(&bed, "PUT", &id, &own, &change).await.good();
    assert_eq!(changed.text("client_name"), "Renamed");
    assert_eq!(
        send(&bed, "DELETE", &id, &own, &json!(null)).await.status,
        204
    );
    send(&bed, "GET", &id, &own, &json!(null))
        .await
        .is_refused(401, "invalid_token");
}

#[tokio::test]
async fn bad_metadata_is_refused_and_costs_no_use() {
    let bed = Bed::new().await;
    let scope = Bed::system();
    let token = initial(&bed, ClientScope::Platform(&scope), 1).await;
    for (member, value, code) in [
        (
            "redirect_uris",
            json!(["http://app.example/cb"]),
            "invalid_redirect_uri",
        ),
        (
            "redirect_uris",
            json!(["https://app.example/#x"]),
            "invalid_redirect_uri",
        ),
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        (
            "grant_types",
            json!(["implicit"]),
            "invalid_client_metadata",
        ),
        ("scope", json!("admin"), "invalid_client_metadata"),
        ("client_name", json!("a\u{0}b"), "invalid_client_metadata"),
        (
            "jwks",
            json!({"keys": [{"kty": "oct", "k": "AA"}]}),
            "invalid_client_metadata",
        ),
        ("redirect_uris", json!("x"), "invalid_client_metadata"),
    ] {
        let mut bad = metadata();
        bad[member] = value;
        send(&bed, "POST", "", &token, &bad)
            .await
            .is_refused(400, code);
    }
    assert_eq!(
        send(&bed, "POST", "", &token, &metadata()).await.status,
        201
    );
}

#[tokio::test]
async fn what_registers_with_a_tenants_token_is_the_tenants() {
    let bed = Bed::new().await;
    let acme = bed.tenant("acme").await;
    let scope = TenantScope::for_run(acme);
    let token = initial(&bed, ClientScope::Tenant(&scope), 2).await;
    let mut wanted = metadata();
    wanted["is_bound"] = false.into();
    let made = send(&bed, "POST", "", &token, &wanted).await;
    let record = bed
        .provider
        .client(ClientScope::Tenant(&scope), made.text("client_id"))
        .await
        .unwrap();
    assert_eq!(record.tenant_id, Some(acme));
    assert!(record.settings.is_bound && !record.settings.is_first_party);
    bed.pass(3_600);
    let lapsed = send(&bed, "POST", "", &token, &metadata()).await;
    lapsed.is_refused(401, "invalid_token");
}
