use bheem_mailcow::{
    CreateMailbox, Deleted, Effect, Error, ErrorKind, Limit, MailboxState, UpdateMailbox,
};
use serde_json::{Value, json};
use wiremock::MockServer;

use crate::{answer, answer_write, at, code, danger, expect_write, success};

const MAILBOX: &str = include_str!("../recorded/mailbox.json");
const DOMAIN: &str = include_str!("../recorded/domain.json");

#[tokio::test]
async fn find_reads_what_mailcow_writes() {
    let server = MockServer::start().await;
    answer(&server, "mailbox/john@shop.example", MAILBOX, 1).await;
    answer(&server, "mailbox/x%252By@shop.example", "{}", 1).await;
    answer(&server, "mailbox/all/shop.example", "{}", 1).await;
    let found = at(&server)
        .mailboxes()
        .find("John@Shop.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.address.as_str(), found.state),
        ("john@shop.example", MailboxState::Active)
    );
    assert_eq!(
        (found.quota_bytes, found.used_bytes),
        (Some(1_073_741_824), Some(2048))
    );
    assert_eq!(
        (found.last_imap_login, found.tags),
        (Some(1_795_000_000), vec!["tenant-7".to_owned()])
    );
    assert!(
        at(&server)
            .mailboxes()
            .find("x+y@shop.example")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn another_mailbox_in_the_answer_is_not_believed() {
    let server = MockServer::start().await;
    answer(&server, "mailbox/jane@shop.example", MAILBOX, 1).await;
    let error = at(&server)
        .mailboxes()
        .find("jane@shop.example")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn states_are_read_leniently() {
    for (active, state) in [
        (json!("2"), MailboxState::LoginDisallowed),
        (json!(0), MailboxState::Inactive),
        (json!(9), MailboxState::Other(9)),
        (Value::Null, MailboxState::Inactive),
    ] {
        let server = MockServer::start().await;
        let mut body: Value = serde_json::from_str(MAILBOX).unwrap();
        body["active"] = active;
        answer(&server, "mailbox/john@shop.example", &body.to_string(), 1).await;
        assert_eq!(
            at(&server)
                .mailboxes()
                .find("john@shop.example")
                .await
                .unwrap()
                .unwrap()
                .state,
            state
        );
    }
}

#[tokio::test]
async fn list_holds_only_the_domain_that_was_asked_for() {
    let server = MockServer::start().await;
    let foreign = MAILBOX.replace("shop.example", "other.example");
    answer(
        &server,
        "mailbox/all/shop.example",
        &format!("[{MAILBOX},{foreign}]"),
        1,
    )
    .await;
    answer(&server, "mailbox/all/empty.example", "{}", 1).await;
    let found = at(&server).mailboxes().list("shop.example").await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|mailbox| mailbox.address.as_str())
            .collect::<Vec<_>>(),
        ["john@shop.example"]
    );
    assert!(
        at(&server)
            .mailboxes()
            .list("empty.example")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn create_sends_the_password_twice() {
    let server = MockServer::start().await;
    let body = json!({"local_part": "john", "domain": "shop.example", "name": "John", "password": "pw", "password2": "pw",
        "quota": 5, "active": 2, "force_pw_update": 0, "authsource": "mailcow", "tags": ["tenant-7"]});
    expect_write(
        &server,
        "add/mailbox",
        body,
        include_str!("../recorded/mailbox_added.json"),
    )
    .await;
    let mailbox = CreateMailbox::new("John", "Shop.example")
        .name("John")
        .password("pw".into())
        .quota_mib(5)
        .state(MailboxState::LoginDisallowed)
        .tag("tenant-7");
    assert_eq!(mailbox.address(), "john@shop.example");
    at(&server).mailboxes().create(&mailbox).await.unwrap();
}

#[tokio::test]
async fn create_without_a_password_invents_one() {
    let server = MockServer::start().await;
    answer_write(
        &server,
        "add/mailbox",
        &serde_json::from_str(&success("mailbox_added")).unwrap(),
    )
    .await;
    at(&server)
        .mailboxes()
        .create(&CreateMailbox::new("john", "shop.example"))
        .await
        .unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0]
        .body_json()
        .unwrap();
    assert!(sent["password"].as_str().unwrap().len() >= 32);
    assert_eq!(sent["password"], sent["password2"]);
    assert_eq!((&sent["quota"], &sent["active"]), (&json!(1024), &json!(1)));
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    for (msg, kind, limit) in [
        (
            json!(["object_exists", "john@shop.example"]),
            ErrorKind::Conflict,
            None,
        ),
        (
            json!(["is_alias", "john@shop.example"]),
            ErrorKind::Conflict,
            None,
        ),
        (
            json!(["domain_not_found", "shop.example"]),
            ErrorKind::NotFound,
            None,
        ),
        (
            json!(["mailbox_quota_exceeded", 10]),
            ErrorKind::Invalid,
            Some(Limit::MailboxQuota),
        ),
        (
            json!(["mailbox_quota_left_exceeded", 10]),
            ErrorKind::Invalid,
            Some(Limit::DomainQuota),
        ),
        (
            json!(["max_mailbox_exceeded", 10, 10]),
            ErrorKind::Invalid,
            Some(Limit::Mailboxes),
        ),
        (json!("password_complexity"), ErrorKind::Invalid, None),
    ] {
        let server = MockServer::start().await;
        answer_write(&server, "add/mailbox", &danger(&msg)).await;
        let error = at(&server)
            .mailboxes()
            .create(&CreateMailbox::new("john", "shop.example"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect(), error.limit()),
            (kind, Effect::Rejected, limit.as_ref()),
            "{msg}"
        );
    }
}

#[tokio::test]
async fn a_refusal_beside_a_success_leaves_the_effect_open() {
    let server = MockServer::start().await;
    let answer = json!([
        {"type": "success", "msg": ["mailbox_added", "john@shop.example"]},
        {"type": "danger", "msg": "password_complexity"}
    ]);
    answer_write(&server, "add/mailbox", &answer).await;
    let error = at(&server)
        .mailboxes()
        .create(&CreateMailbox::new("john", "shop.example"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::Unknown)
    );
}

#[tokio::test]
async fn a_missing_domain_is_found_behind_access_denied() {
    for (known, kind) in [("{}", ErrorKind::NotFound), (DOMAIN, ErrorKind::Invalid)] {
        let server = MockServer::start().await;
        answer_write(&server, "add/mailbox", &danger(&json!("access_denied"))).await;
        answer(&server, "domain/shop.example", known, 1).await;
        let error = at(&server)
            .mailboxes()
            .create(&CreateMailbox::new("john", "shop.example"))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), code(&error)), (kind, "access_denied"));
    }
}

#[tokio::test]
async fn update_names_only_what_changes() {
    let server = MockServer::start().await;
    let body =
        json!({"items": ["john@shop.example"], "attr": {"active": 0, "quota": 7, "name": "J"}});
    expect_write(&server, "edit/mailbox", body, &success("mailbox_modified")).await;
    let changes = UpdateMailbox::new()
        .state(MailboxState::Inactive)
        .quota_mib(7)
        .name("J");
    at(&server)
        .mailboxes()
        .update("john@shop.example", &changes)
        .await
        .unwrap();
}

#[tokio::test]
async fn updating_a_missing_mailbox_is_not_found() {
    for (known, kind) in [("{}", ErrorKind::NotFound), (MAILBOX, ErrorKind::Invalid)] {
        let server = MockServer::start().await;
        answer_write(&server, "edit/mailbox", &danger(&json!("access_denied"))).await;
        answer(&server, "mailbox/john@shop.example", known, 1).await;
        let error = at(&server)
            .mailboxes()
            .update("john@shop.example", &UpdateMailbox::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn delete_succeeds_in_spite_of_warnings() {
    let server = MockServer::start().await;
    let answer = json!([
        {"type": "warning", "msg": "Could not move maildir to garbage collector"},
        {"type": "success", "msg": ["mailbox_removed", "john@shop.example"]}
    ]);
    expect_write(
        &server,
        "delete/mailbox",
        json!(["john@shop.example"]),
        &answer.to_string(),
    )
    .await;
    assert_eq!(
        at(&server)
            .mailboxes()
            .delete("john@shop.example")
            .await
            .unwrap(),
        Deleted::Removed
    );
}

#[tokio::test]
async fn deleting_a_missing_mailbox_is_told_from_one_we_may_not_touch() {
    let server = MockServer::start().await;
    answer_write(&server, "delete/mailbox", &danger(&json!("access_denied"))).await;
    answer(&server, "mailbox/john@shop.example", "{}", 1).await;
    assert_eq!(
        at(&server)
            .mailboxes()
            .delete("john@shop.example")
            .await
            .unwrap(),
        Deleted::Absent
    );

    let server = MockServer::start().await;
    answer_write(&server, "delete/mailbox", &danger(&json!("access_denied"))).await;
    answer(&server, "mailbox/john@shop.example", MAILBOX, 1).await;
    let error = at(&server)
        .mailboxes()
        .delete("john@shop.example")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
}

#[tokio::test]
async fn rename_names_both_parts_and_the_alias() {
    let server = MockServer::start().await;
    let body = json!({"items": ["john@shop.example"], "attr": {"domain": "shop.example",
        "old_local_part": "john", "new_local_part": "closed-1", "create_alias": 0}});
    let renamed = success("mailbox_renamed");
    expect_write(&server, "edit/rename-mbox", body, &renamed).await;
    let mailcow = at(&server);
    mailcow
        .mailboxes()
        .rename("John@Shop.example", "closed-1", false)
        .await
        .unwrap();
}

#[tokio::test]
async fn renaming_an_absent_mailbox_is_told_from_a_refusal() {
    let server = MockServer::start().await;
    answer(&server, "mailbox/john@shop.example", "{}", 1).await;
    answer_write(
        &server,
        "edit/rename-mbox",
        &danger(&json!("access_denied")),
    )
    .await;
    let error = at(&server)
        .mailboxes()
        .rename("john@shop.example", "j", true)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
