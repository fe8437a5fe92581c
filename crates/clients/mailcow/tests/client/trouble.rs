//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_mailcow::{
    CreateAppPassword, CreateDomain, CreateMailbox, ErrorKind, NewAlias, RetryPolicy, UpdateDomain,
    UpdateMailbox,
};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{KEY, client, success};

const DOMAIN: &str = include_str!("../recorded/domain.json");
const MAILBOX: &str = include_str!("../recorded/mailbox.json");
const NAME: &str = "shop.example";
const ADDRESS: &str = "john@shop.example";

#[tokio::test]
async fn reads_understand_misbehaviour() {
    let read = |target, body| (format!("/api/v1/get/{target}"), body);
    let list = format!("[{MAILBOX}]");
    let passwords = r#"[{"id": 7, "name": "workspace"}]"#;
    let aliases = r#"[{"id": 7, "address": "a@shop.example", "goto": "b@shop.example"}]"#;
    for (target, body) in [
        read("domain/shop.example", DOMAIN),
        read("domain/all", DOMAIN),
        read("mailbox/john@shop.example", MAILBOX),
        read("mailbox/all/shop.example", &list),
        read("app-passwd/all/john@shop.example", passwords),
        read("passwordpolicy", r#"{"length": "6"}"#),
        read(
            "dkim/shop.example",
            r#"{"dkim_txt": "v", "dkim_selector": "dkim"}"#,
        ),
        read("status/version", r#"{"version": "2026-08"}"#),
        read(
            "status/containers",
            r#"{"dovecot-mailcow": {"state": "running"}}"#,
        ),
        read("alias/all", aliases),
    ] {
        let route = Route {
            method: "GET",
            path: &target,
            body: Some(body),
        };
        misbehaving_peers(route, |peer| {
            let target = target.clone();
            async move {
                let mailcow = client(&peer);
                match target.trim_start_matches("/api/v1/get/") {
                    "domain/shop.example" => mailcow.domains().find(NAME).await.map(drop),
                    "domain/all" => mailcow.domains().list().await.map(drop),
                    "mailbox/john@shop.example" => {
                        mailcow.mailboxes().find(ADDRESS).await.map(drop)
                    }
                    "mailbox/all/shop.example" => mailcow.mailboxes().list(NAME).await.map(drop),
                    "passwordpolicy" => mailcow.password_policy().await.map(drop),
                    "dkim/shop.example" => mailcow.find_dkim(NAME).await.map(drop),
                    "status/version" => mailcow.version().await.map(drop),
                    "status/containers" => mailcow.containers().await.map(drop),
                    "alias/all" => mailcow.aliases().list(NAME).await.map(drop),
                    _ => mailcow.app_passwords().list(ADDRESS).await.map(drop),
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn writes_understand_misbehaviour() {
    let answer = success("done");
    for target in [
        "add/domain",
        "edit/domain",
        "add/mailbox",
        "edit/mailbox",
        "delete/mailbox",
        "add/app-passwd",
        "add/alias",
        "add/dkim",
        "edit/rl-mbox",
        "edit/rl-domain",
    ] {
        let path = format!("/api/v1/{target}");
        misbehaving_peers(
            Route {
                method: "POST",
                path: &path,
                body: Some(&answer),
            },
            |peer| async move {
                let mailcow = client(&peer);
                match target {
                    "add/domain" => mailcow.domains().create(&CreateDomain::new(NAME)).await,
                    "edit/domain" => mailcow.domains().update(NAME, &UpdateDomain::new()).await,
                    "add/mailbox" => {
                        mailcow
                            .mailboxes()
                            .create(&CreateMailbox::new("john", NAME))
                            .await
                    }
                    "edit/mailbox" => {
                        mailcow
                            .mailboxes()
                            .update(ADDRESS, &UpdateMailbox::new())
                            .await
                    }
                    "delete/mailbox" => mailcow.mailboxes().delete(ADDRESS).await.map(drop),
                    "add/alias" => {
                        mailcow
                            .aliases()
                            .create(&NewAlias::new(ADDRESS, [NAME]))
                            .await
                    }
                    "add/dkim" => mailcow.create_dkim(NAME, "dkim", 2048).await,
                    "edit/rl-mbox" => mailcow.limit_mailbox(ADDRESS, None).await,
                    "edit/rl-domain" => mailcow.limit_domain(NAME, None).await,
                    _ => {
                        let password = CreateAppPassword::new(ADDRESS, "workspace", "pw".into());
                        mailcow.app_passwords().create(&password).await
                    }
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn deletes_that_look_first_understand_misbehaviour() {
    let route = Route {
        method: "GET",
        path: "/api/v1/get/domain/shop.example",
        body: Some(DOMAIN),
    };
    misbehaving_peers(route, |peer| async move {
        client(&peer).domains().delete(NAME).await
    })
    .await;
    let path = "/api/v1/get/app-passwd/all/john@shop.example";
    let route = Route {
        method: "GET",
        path,
        body: Some(r#"[{"id": 7, "name": "workspace"}]"#),
    };
    misbehaving_peers(route, |peer| async move {
        client(&peer).app_passwords().delete(ADDRESS, 7).await
    })
    .await;
    misbehaving_peers(route, |peer| async move {
        let passwords = client(&peer);
        passwords.app_passwords().set_active(ADDRESS, 7, true).await
    })
    .await;
    let route = Route {
        method: "GET",
        path: "/api/v1/get/dkim/shop.example",
        body: Some(r#"{"dkim_txt": "v", "dkim_selector": "dkim"}"#),
    };
    misbehaving_peers(route, |peer| async move {
        client(&peer).delete_dkim(NAME).await
    })
    .await;
    let route = Route {
        method: "GET",
        path: "/api/v1/get/alias/all",
        body: Some(r#"[{"id": 7, "address": "a@shop.example"}]"#),
    };
    misbehaving_peers(route, |peer| async move {
        client(&peer).aliases().delete("a@shop.example").await
    })
    .await;
    misbehaving_peers(route, |peer| async move {
        let changed = NewAlias::new("a@shop.example", [ADDRESS]);
        client(&peer).aliases().update(&changed).await
    })
    .await;
}

#[tokio::test]
async fn a_refused_key_is_shown_once() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .expect(2)
        .mount(&server)
        .await;
    let mailcow = bheem_mailcow::Client::builder(server.uri(), KEY.into())
        .build()
        .unwrap();
    let first = mailcow.version().await.unwrap_err();
    assert_eq!(first.effect(), bheem_mailcow::Effect::Rejected);
    for error in [
        mailcow.clone().mailboxes().find(ADDRESS).await.unwrap_err(),
        mailcow.mailboxes().delete(ADDRESS).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(error.effect(), bheem_mailcow::Effect::NotSent);
    }
    mailcow.try_again();
    let again = mailcow.version().await.unwrap_err();
    assert_eq!(again.effect(), bheem_mailcow::Effect::Rejected);
}

#[tokio::test]
async fn an_unknown_route_says_nothing_about_the_object() {
    let server = MockServer::start().await;
    let mailcow = bheem_mailcow::Client::builder(server.uri(), KEY.into())
        .build()
        .unwrap();
    assert_eq!(
        mailcow.mailboxes().find(ADDRESS).await.unwrap_err().kind(),
        ErrorKind::Protocol
    );
    assert_eq!(
        mailcow
            .mailboxes()
            .delete(ADDRESS)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Protocol
    );
}

#[tokio::test]
async fn a_refused_key_is_not_tried_again_because_that_gets_us_banned() {
    let server = MockServer::start().await;
    let refusal = r#"{"type":"error","msg":"authentication failed"}"#;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401).set_body_raw(refusal, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let mailcow = bheem_mailcow::Client::builder(server.uri(), KEY.into())
        .retry(RetryPolicy::standard())
        .build()
        .unwrap();
    assert_eq!(
        mailcow.domains().find(NAME).await.unwrap_err().kind(),
        ErrorKind::Unauthorized
    );
}
