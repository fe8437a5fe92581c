//! Aliases, DKIM keys and limits: what is sent, and what refusals mean.

use bheem_mailcow::{ErrorKind, Frame, Limit, NewAlias, RateLimit, UpdateMailbox};
use serde_json::json;
use wiremock::MockServer;

use crate::{answer, answer_write, at, code, danger, expect_write, success};

const LIST: &str = r#"[
    {"id": 3, "address": "sales@shop.example", "domain": "shop.example", "goto": "john@shop.example, jane@shop.example", "active": "1"},
    {"id": "4", "address": "@other.example", "domain": "other.example", "goto": "", "active": 0}
]"#;

#[tokio::test]
async fn an_alias_is_found_by_its_address_whatever_its_case() {
    let server = MockServer::start().await;
    answer(&server, "alias/all", LIST, 3).await;
    let mailcow = at(&server);
    let aliases = mailcow.aliases();
    let found = aliases.find_by_address("Sales@Shop.example").await.unwrap();
    assert_eq!(
        found.unwrap().targets,
        ["john@shop.example", "jane@shop.example"]
    );
    let others = aliases.list("other.example").await.unwrap();
    assert_eq!((others[0].id, others[0].is_active), (4, false));
    assert!(others[0].targets.is_empty());
    assert!(
        aliases
            .find_by_address("nobody@shop.example")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_alias_is_made_and_changed_as_documented() {
    let server = MockServer::start().await;
    answer(&server, "alias/all", LIST, 1).await;
    let body = json!({"address": "new@shop.example", "goto": "a@shop.example,b@else.example", "active": 1});
    expect_write(&server, "add/alias", body, &success("alias_added")).await;
    let body = json!({"items": ["3"], "attr": {"address": "sales@shop.example", "goto": "c@shop.example", "active": 0}});
    expect_write(&server, "edit/alias", body, &success("alias_modified")).await;
    let mailcow = at(&server);
    let new = NewAlias::new(
        "New@Shop.example",
        ["A@shop.example", "b@else.example", "c,d@else.example"],
    );
    mailcow.aliases().create(&new).await.unwrap();
    let changed = NewAlias::new("sales@shop.example", ["c@shop.example"]).active(false);
    mailcow.aliases().update(&changed).await.unwrap();
}

#[tokio::test]
async fn refusals_of_aliases_are_told_apart() {
    for (message, kind) in [
        (
            json!(["is_alias_or_mailbox", "a@shop.example"]),
            ErrorKind::Conflict,
        ),
        (json!("max_alias_exceeded"), ErrorKind::Invalid),
        (json!("goto_empty"), ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        answer_write(&server, "add/alias", &danger(&message)).await;
        let new = NewAlias::new("a@shop.example", ["b@shop.example"]);
        let error = at(&server).aliases().create(&new).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{message}");
        let is_a_limit = matches!(error.limit(), Some(Limit::Other(_)));
        assert_eq!(is_a_limit, message == "max_alias_exceeded");
    }
}

#[tokio::test]
async fn a_key_that_is_there_is_a_conflict_and_a_bad_selector_is_not() {
    for (found, kind) in [
        (
            r#"{"dkim_txt": "v", "dkim_selector": "dkim"}"#,
            ErrorKind::Conflict,
        ),
        ("{}", ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        let body = danger(&json!(["dkim_domain_or_sel_invalid", "shop.example"]));
        answer_write(&server, "add/dkim", &body).await;
        answer(&server, "dkim/shop.example", found, 1).await;
        let made = at(&server).create_dkim("shop.example", "dkim", 2048).await;
        let error = made.unwrap_err();
        assert_eq!(
            (error.kind(), code(&error)),
            (kind, "dkim_domain_or_sel_invalid")
        );
    }
}

#[tokio::test]
async fn limits_and_passwords_are_sent_as_documented() {
    let server = MockServer::start().await;
    let body = json!({"items": ["john@shop.example"], "attr": {"rl_value": 10, "rl_frame": "h"}});
    expect_write(&server, "edit/rl-mbox", body, &success("rl_saved")).await;
    let body = json!({"items": ["shop.example"], "attr": {"rl_value": 0, "rl_frame": "s"}});
    expect_write(&server, "edit/rl-domain", body, &success("rl_saved")).await;
    let body =
        json!({"items": ["john@shop.example"], "attr": {"password": "pw", "password2": "pw"}});
    expect_write(&server, "edit/mailbox", body, &success("mailbox_modified")).await;
    let mailcow = at(&server);
    let limit = RateLimit {
        messages: 10,
        frame: Frame::Hour,
    };
    mailcow
        .limit_mailbox("john@shop.example", Some(limit))
        .await
        .unwrap();
    mailcow.limit_domain("shop.example", None).await.unwrap();
    let change = UpdateMailbox::new().password("pw".into());
    assert!(!format!("{change:?}").contains("pw\""));
    mailcow
        .mailboxes()
        .update("john@shop.example", &change)
        .await
        .unwrap();
}
