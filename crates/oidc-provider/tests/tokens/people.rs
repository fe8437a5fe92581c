//! What clients are told about people.

use bheem_domain::TenantRole;
use bheem_oidc_provider::Incoming;
use serde_json::json;

use crate::support::{Bed, Reply, claims, form};

#[tokio::test]
async fn claims_follow_scopes() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid", "profile"]).await;
    let told = bed.userinfo(reply.text("access_token")).await.good().body;
    assert_eq!(told["sub"], ada.account.to_string());
    assert_eq!(
        (&told["name"], &told["given_name"], &told["family_name"]),
        (
            &json!("Ada King Lovelace"),
            &json!("Ada King"),
            &json!("Lovelace")
        )
    );
    assert_eq!(
        (&told["role"], &told["company_code"]),
        (&json!("Employee"), &json!("BHM"))
    );
    assert!(told.get("email").is_none() && told.get("groups").is_none());
}

#[tokio::test]
async fn a_token_comes_in_one_place() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid"]).await;
    let access = reply.text("access_token");
    let body = form(&[("access_token", access)]);
    let header = format!("Bearer {access}");
    let mut request = Incoming {
        method: "POST",
        path: "/api/v1/sso/userinfo",
        body: body.as_bytes(),
        ..Incoming::default()
    };
    Reply::from(bed.provider.userinfo(&request).await).good();
    request.authorization = Some(&header);
    let twice = Reply::from(bed.provider.userinfo(&request).await);
    twice.is_refused(400, "invalid_request");
    let none = Incoming {
        method: "GET",
        path: "/api/v1/sso/userinfo",
        ..Incoming::default()
    };
    let none = Reply::from(bed.provider.userinfo(&none).await);
    assert_eq!(none.status, 401);
    assert_eq!(
        none.header("www-authenticate"),
        Some(r#"Bearer realm="workspace""#)
    );
}

#[tokio::test]
async fn only_scripts_of_the_client_may_read_the_answer() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid"]).await;
    let header = format!("Bearer {}", reply.text("access_token"));
    for (origin, allowed) in [
        ("https://app.example", Some("https://app.example")),
        ("https://evil.example", None),
        ("https://app.example.evil.example", None),
        ("null", None),
    ] {
        let request = Incoming {
            method: "GET",
            path: "/api/v1/sso/userinfo",
            authorization: Some(&header),
            origin: Some(origin),
            ..Incoming::default()
        };
        let reply = Reply::from(bed.provider.userinfo(&request).await).good();
        assert_eq!(reply.header("access-control-allow-origin"), allowed);
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn signed_userinfo_names_issuer_and_audience() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut settings = Bed::settings("app");
    settings.userinfo_alg = Some("RS256".to_owned());
    let app = bed.client_with(settings, Vec::new()).await;
    let reply = bed.tokens(&app, ada, &["openid"]).await;
    let header = format!("Bearer {}", reply.text("access_token"));
    let request = Incoming {
        method: "GET",
        path: "/api/v1/sso/userinfo",
        authorization: Some(&header),
        ..Incoming::default()
    };
    let answer = bed.provider.userinfo(&request).await;
    assert!(
        answer
            .headers
            .contains(&("content-type", "application/jwt".to_owned()))
    );
    let told = claims(std::str::from_utf8(&answer.body).unwrap());
    assert_eq!(
        (&told["aud"], &told["iss"]),
        (&json!(app.id), &json!("https://work.example"))
    );
    assert_eq!(told["sub"], ada.account.to_string());
}

#[tokio::test]
async fn a_bound_client_is_for_members_of_its_tenants() {
    let bed = Bed::new().await;
    let (ada, bob) = (bed.person("ada").await, bed.person("bob").await);
    let (acme, other) = (bed.tenant("acme").await, bed.tenant("other").await);
    bed.join(acme, ada.account, TenantRole::Admin).await;
    bed.pass(1);
    bed.join(other, ada.account, TenantRole::Member).await;
    bed.join(other, bob.account, TenantRole::Owner).await;
    let mut settings = Bed::settings("app");
    settings.is_bound = true;
    let app = bed.client_with(settings, vec![acme]).await;
    let reply = bed.tokens(&app, ada, &["openid", "groups", "roles"]).await;
    assert_eq!(claims(reply.text("access_token"))["tid"], acme.to_string());
    let told = bed.userinfo(reply.text("access_token")).await.good().body;
    // The slug is told to a client that is bound to the tenant by its id.
    let by_id = [acme.to_string(), format!("{acme}:admin")];
    let by_slug = ["acme".to_owned(), "acme:admin".to_owned()];
    assert_eq!(told["groups"], json!([by_id, by_slug].concat()));
    assert_eq!(
        (&told["roles"], &told["tid"]),
        (&json!(["admin"]), &json!(acme))
    );
    let code = bed.code(&app, bob, &["openid"]).await;
    bed.redeem(&app, &code)
        .await
        .is_refused(400, "invalid_grant");

    let free = bed.client("free").await;
    let reply = bed.tokens(&free, ada, &["openid", "groups", "roles"]).await;
    let told = bed.userinfo(reply.text("access_token")).await.good().body;
    let (in_acme, in_other) = (format!("{acme}:admin"), format!("{other}:member"));
    assert_eq!(told["roles"], json!([in_acme, in_other]));
    // A slug may be given to another tenant one day: nobody else authorizes by one.
    let groups = json!([acme.to_string(), in_acme, other.to_string(), in_other]);
    assert_eq!(told["groups"], groups);
    assert!(told.get("tid").is_none());
}

#[tokio::test]
async fn gitlab_shaped_applications_get_a_number() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid", "email"]).await;
    let header = format!("Bearer {}", reply.text("access_token"));
    let request = Incoming {
        method: "GET",
        path: "/api/v4/user",
        authorization: Some(&header),
        ..Incoming::default()
    };
    let told = Reply::from(bed.provider.gitlab_user(&request).await).good();
    assert!(told.body["id"].as_i64().unwrap() > 0);
    assert_eq!(
        (
            told.text("username"),
            told.text("email"),
            told.text("state")
        ),
        ("ada", "ada@people.example", "active")
    );
    let none = Incoming {
        authorization: None,
        ..request
    };
    assert_eq!(bed.provider.gitlab_user(&none).await.status, 401);
}

#[tokio::test]
async fn what_is_remembered_of_a_person_is_kept_right() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let acme = bed.tenant("acme").await;
    let reply = bed.tokens(&app, ada, &["openid", "groups"]).await;
    let access = reply.text("access_token");
    bed.watching(async {
        let told = bed.userinfo(access).await.good();
        assert_eq!(told.body["groups"], json!([]));
        bed.join(acme, ada.account, TenantRole::Member).await;
        bed.until("the membership is told", async || {
            bed.userinfo(access).await.body["groups"]
                == json!([acme.to_string(), format!("{acme}:member")])
        })
        .await;
    })
    .await;
}
