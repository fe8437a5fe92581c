use bheem_mailcow::{CreateAppPassword, Deleted, ErrorKind, Protocol};
use serde_json::json;
use wiremock::MockServer;

use crate::{answer, answer_write, at, danger, expect_write, success};

const LIST: &str =
    r#"[{"id": 7, "name": "workspace", "active": 1}, {"id": "8", "name": "phone", "active": "0"}]"#;

#[tokio::test]
async fn list_and_find_by_name() {
    let server = MockServer::start().await;
    answer(&server, "app-passwd/all/john@shop.example", LIST, 2).await;
    answer(&server, "app-passwd/all/jane@shop.example", "{}", 1).await;
    let mailcow = at(&server);
    let all = mailcow
        .app_passwords()
        .list("john@shop.example")
        .await
        .unwrap();
    assert_eq!(
        all.iter()
            .map(|one| (one.id, one.is_active))
            .collect::<Vec<_>>(),
        [(7, true), (8, false)]
    );
    let found = mailcow
        .app_passwords()
        .find_by_name("john@shop.example", "phone")
        .await
        .unwrap();
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [8]);
    assert!(
        mailcow
            .app_passwords()
            .list("jane@shop.example")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn create_sends_the_password_twice_and_the_protocols() {
    let server = MockServer::start().await;
    let body = json!({"username": "john@shop.example", "app_name": "workspace", "app_passwd": "pw", "app_passwd2": "pw",
        "active": 1, "protocols": ["imap_access", "smtp_access", "dav_access", "x"]});
    expect_write(
        &server,
        "add/app-passwd",
        body,
        &success("app_passwd_added"),
    )
    .await;
    let protocols = [
        Protocol::Imap,
        Protocol::Smtp,
        Protocol::Dav,
        Protocol::Other("x".to_owned()),
    ];
    let password =
        CreateAppPassword::new("John@shop.example", "workspace", "pw".into()).protocols(protocols);
    at(&server).app_passwords().create(&password).await.unwrap();
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    let password = CreateAppPassword::new("john@shop.example", "workspace", "pw".into());
    let server = MockServer::start().await;
    answer_write(
        &server,
        "add/app-passwd",
        &danger(&json!("password_complexity")),
    )
    .await;
    assert_eq!(
        at(&server)
            .app_passwords()
            .create(&password)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );

    for (mailbox, kind) in [
        ("{}", ErrorKind::NotFound),
        (include_str!("../recorded/mailbox.json"), ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        answer_write(&server, "add/app-passwd", &danger(&json!("access_denied"))).await;
        answer(&server, "mailbox/john@shop.example", mailbox, 1).await;
        assert_eq!(
            at(&server)
                .app_passwords()
                .create(&password)
                .await
                .unwrap_err()
                .kind(),
            kind
        );
    }
}

#[tokio::test]
async fn only_a_password_of_that_mailbox_is_deleted() {
    let server = MockServer::start().await;
    answer(&server, "app-passwd/all/john@shop.example", LIST, 2).await;
    expect_write(
        &server,
        "delete/app-passwd",
        json!(["7"]),
        &success("app_passwd_removed"),
    )
    .await;
    let mailcow = at(&server);
    assert_eq!(
        mailcow
            .app_passwords()
            .delete("john@shop.example", 7)
            .await
            .unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        mailcow
            .app_passwords()
            .delete("john@shop.example", 9)
            .await
            .unwrap(),
        Deleted::Absent
    );
}
