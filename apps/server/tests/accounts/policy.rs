//! A tenant that begins to demand two factors.

use serde_json::json;

use crate::{
    support::{TestApp, browser::Browser, flow::RelyingParty},
    tokens,
    totp::App,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenant_demands_binds_what_is_done_in_it_and_nothing_else() {
    let app = TestApp::at_localhost(|_| {}).await;
    let admin = app.super_admin().await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    let elsewhere = app.tenant(&owner, "Elsewhere").await;
    let path = format!("/admin/tenants/{slug}");
    let other = owner
        .get(&format!("/admin/tenants/{elsewhere}"))
        .await
        .text("id");
    let tenant = owner.get(&path).await.text("id");
    let ours = json!({"tenants": [&tenant]});
    let ours = RelyingParty::register(&app, &admin, &ours).await;
    let everybodys = json!({"scopes": ["openid", "profile", "groups", "offline_access"]});
    let everybodys = RelyingParty::register(&app, &admin, &everybodys).await;
    let mut browser = Browser::default();
    let offline = [("scope", "openid offline_access")];
    let with_us = tokens(&ours, &mut browser, "owner", "ours", &offline).await;
    let groups = [("scope", "openid groups offline_access")];
    let with_all = tokens(&everybodys, &mut browser, "owner", "all", &groups).await;
    let told = async |token: &str| {
        let (status, body) = everybodys.userinfo(&app.base_url, token).await.unwrap();
        assert_eq!(status, 200);
        body["groups"].to_string()
    };
    let access = with_all.text("access_token");
    assert!(told(&access).await.contains(&tenant));

    let authenticator = App::enrol(&owner).await;
    let strong = app
        .sign_in_with("owner", crate::PASSWORD, Some(&authenticator.code(1)))
        .await;
    let demand = json!({"requires_second_factor": true});
    let demanded = strong.patch(&path, &demand).await;
    assert_eq!(demanded.status, 200, "{:?}", demanded.body);

    // At every door of the tenant, and at none other.
    for closed in [
        path.clone(),
        format!("{path}/users"),
        format!("/workspace/me?tenant_id={slug}"),
    ] {
        let refused = owner.get(&closed).await;
        refused.is_problem(401, "second_factor_required");
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("acr_values=\"aal2\""), "{challenge}");
    }
    let open = format!("/admin/tenants/{elsewhere}/users");
    for open in ["/auth/me", "/auth/sessions", open.as_str()] {
        assert_eq!(owner.get(open).await.status, 200, "{open}");
    }
    // What was granted with one factor to who serves the tenant has ended; what was granted to others
    // goes on, and is not told of this tenant.
    let ended = with_us.text("refresh_token");
    ours.is_refused(&app.base_url, &ended).await;
    let (status, _) = ours
        .userinfo(&app.base_url, &with_us.text("access_token"))
        .await
        .unwrap();
    assert_eq!(status, 401);
    let refreshed = everybodys
        .refresh(&app.base_url, &with_all.text("refresh_token"))
        .await
        .unwrap();
    assert_eq!(refreshed.status, 200, "{:?}", refreshed.body);
    let groups = told(&refreshed.text("access_token")).await;
    assert!(!groups.contains(&tenant), "{groups}");
    assert!(groups.contains(&other), "{groups}");
}
