//! Guards answer first, everywhere, and administration asks for the same proof at every door.

use std::collections::BTreeSet;

use bheem_http_kit::{Auth, Method};
use bheem_server::{extract::Access, routes};
use serde_json::{Value, json};

use crate::{
    path_of, spoken,
    support::{TestApp, client, send},
};

/// What somebody does with what is their own; everything else that changes something is administration.
const OWN: [&str; 13] = [
    "DELETE /api/v1/auth/consents/{client_id}",
    "DELETE /api/v1/auth/passkeys/{id}",
    "DELETE /api/v1/auth/sessions/{session_id}",
    "DELETE /api/v1/auth/totp",
    "POST /api/v1/auth/change-password",
    "POST /api/v1/auth/email/verify",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/passkeys",
    "POST /api/v1/auth/passkeys/options",
    "POST /api/v1/auth/phone/send",
    "POST /api/v1/auth/phone/verify",
    "POST /api/v1/auth/recovery-codes",
    "POST /api/v1/auth/totp",
];

/// As [`OWN`], of which a table cannot hold more.
const ALSO_OWN: [&str; 8] = [
    "DELETE /api/v1/tenants/{tenant_id}/members/me",
    "DELETE /api/v1/workspace/app-passwords/{app_password_id}",
    "POST /api/v1/auth/totp/confirm",
    "POST /api/v1/tenants",
    "POST /api/v1/tenants/{tenant_id}/members/me/accept",
    "POST /api/v1/tenants/{tenant_id}/members/me/decline",
    "POST /api/v1/workspace/app-passwords",
    "POST /api/v1/workspace/provision",
];

fn is_administration(access: Access) -> bool {
    matches!(
        access,
        Access::TenantAdmin | Access::SuperAdmin | Access::Administrator
    )
}

#[test]
fn what_changes_something_is_ones_own_or_administration() {
    let others: BTreeSet<String> = routes::table()
        .iter()
        .filter(|entry| !matches!(entry.method.as_str(), "GET" | "HEAD" | "OPTIONS"))
        .filter(|entry| entry.access != Access::Public && !is_administration(entry.access))
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    let own: BTreeSet<String> = OWN
        .iter()
        .chain(&ALSO_OWN)
        .map(ToString::to_string)
        .collect();
    assert_eq!(others, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_of_administration_asks_for_a_second_factor() {
    let app = TestApp::start_with(|settings| settings.auth.admin_second_factor = true).await;
    let (root, owner) = (app.super_admin().await, app.person("owner").await);
    let slug = app.tenant(&owner, "Acme").await;
    let mut asked = BTreeSet::new();
    for entry in routes::table() {
        if !is_administration(entry.access) {
            continue;
        }
        let method = Method::from_bytes(entry.method.as_str().as_bytes()).unwrap();
        let path = format!("/{}", path_of(&entry, &slug));
        // Whoever has the right, and has proven it by a password alone.
        let person = if entry.access == Access::SuperAdmin {
            &root
        } else {
            &owner
        };
        let answer = person.send(method, &path, &[], &json!({})).await;
        answer.is_problem(401, "insufficient_user_authentication");
        asked.insert(format!("{} {}", entry.method, entry.path));
    }
    for door in [
        "POST /api/v1/domains",
        "POST /api/v1/domains/{domain_id}/verify",
        "GET /api/v1/operations/{operation_id}",
        "GET /api/v1/operations/{operation_id}/events",
        "POST /api/v1/admin/tenants/{tenant_id}/users",
        "PATCH /api/v1/admin/tenants/{tenant_id}",
    ] {
        assert!(asked.contains(door), "{door}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_answers_before_the_body_is_looked_at() {
    let app = TestApp::start().await;
    let (owner, eve) = (app.person("owner").await, app.person("eve").await);
    let slug = app.tenant(&owner, "Acme").await;
    let carl = json!({"email": "carl@else.test", "name": "Carl"});
    let carl = app.invited(&owner, &slug, carl).await;
    let mut looked_at = 0;
    for entry in routes::table() {
        let is_unsafe = !matches!(entry.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        if entry.access == Access::Public || !is_unsafe {
            continue;
        }
        let (method, path) = (&entry.method, path_of(&entry, &slug));
        let head = |token: &str, key: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nauthorization: Bearer {token}\r\n{key}content-length: 1"
            )
        };
        for key in ["", "idempotency-key: x\r\n"] {
            let nobody = spoken(&app, &head("not.a.token", key), b"{").await;
            assert!(nobody.starts_with("HTTP/1.1 401"), "{entry:?} {nobody}");
            let stranger = match entry.access {
                Access::TenantAdmin | Access::TenantMember => "HTTP/1.1 404",
                Access::SuperAdmin => "HTTP/1.1 403",
                _ => continue,
            };
            let answer = spoken(&app, &head(&eve.token, key), b"{").await;
            assert!(answer.starts_with(stranger), "{entry:?} {answer}");
            if entry.access == Access::TenantAdmin {
                let answer = spoken(&app, &head(&carl.token, key), b"{").await;
                assert!(answer.starts_with("HTTP/1.1 403"), "{entry:?} {answer}");
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "{looked_at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_names_addresses_and_roles_of_others_and_no_more() {
    let app = TestApp::start().await;
    let owner = app.person("owner@acme.test").await;
    let slug = app.tenant(&owner, "Acme").await;
    let users = format!("/admin/tenants/{slug}/users");
    let mut people = Vec::new();
    for name in ["carl", "dora"] {
        let body = json!({"email": format!("{name}@else.test"), "name": name});
        people.push(app.invited(&owner, &slug, body).await);
    }
    let [carl, dora] = &people[..] else { panic!() };
    let private = json!({"personal_email": "dora@private.test", "permissions": {"billing": true}});
    let changed = owner.patch(&format!("{users}/{}", dora.id), &private).await;
    assert_eq!(changed.status, 200, "{:?}", changed.body);

    let list = carl.get(&users).await;
    for person in list.body.as_array().unwrap() {
        let keys: BTreeSet<&str> = person
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        if person["user_id"] == carl.id.as_str() {
            assert!(keys.contains("services"), "{person}");
        } else {
            assert_eq!(keys, BTreeSet::from(["user_id", "name", "email", "role"]));
        }
    }
    let one = carl.get(&format!("{users}/{}", dora.id)).await;
    assert_eq!(
        one.body,
        json!({"user_id": dora.id, "name": "dora", "email": "dora@else.test", "role": "member"})
    );
    for answer in [&list, &one] {
        assert!(!answer.raw.contains("private.test"), "{}", answer.raw);
        assert!(!answer.raw.contains("billing"), "{}", answer.raw);
    }
    let whole = owner.get(&format!("{users}/{}", dora.id)).await;
    assert_eq!(whole.body["personal_email"], "dora@private.test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_tells_the_sentence_and_names_the_field_beside_it() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let refused = ada.post("/tenants", &json!({"slug": "acme"})).await;
    refused.is_problem(422, "invalid");
    assert_eq!(refused.body["detail"], "is required");
    assert_eq!(
        refused.body["errors"],
        json!([{"field": "name", "reason": "is required"}])
    );
    let http = client(&app.base_url, Auth::None);
    let body = json!({"username": "bob", "password": "short"});
    let weak = send(&http, Method::POST, "/auth/register", &[], &body).await;
    weak.is_problem(422, "invalid");
    assert_eq!(weak.body["errors"][0]["field"], "password");
    assert_eq!(weak.body["detail"], weak.body["errors"][0]["reason"]);
    assert_eq!(weak.body.get("done"), None::<&Value>);
}
