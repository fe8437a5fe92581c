use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_mailcow::{Client, CreateAppPassword, CreateMailbox};
use serde_json::json;
use wiremock::MockServer;

use crate::{answer_write, danger};

#[tokio::test]
async fn neither_key_nor_passwords_are_shown() {
    let server = MockServer::start().await;
    let (key, password) = (throwaway_password(), throwaway_password());
    answer_write(
        &server,
        "add/mailbox",
        &danger(&json!(["object_exists", "x"])),
    )
    .await;
    answer_write(
        &server,
        "add/app-passwd",
        &json!([{"type": "success", "msg": "app_passwd_added"}]),
    )
    .await;
    let mailbox = CreateMailbox::new("john", "shop.example").password(password.clone());
    let app_password = CreateAppPassword::new("john@shop.example", "workspace", password.clone());
    let work = async {
        let builder = Client::builder(server.uri(), key.clone());
        let built = format!("{builder:?}");
        let mailcow = builder.build().unwrap();
        let error = mailcow.mailboxes().create(&mailbox).await.unwrap_err();
        mailcow.app_passwords().create(&app_password).await.unwrap();
        format!("{built} {mailcow:?} {error:?} {error} {mailbox:?} {app_password:?}")
    };
    let (shown, log) = Box::pin(captured_log(work)).await;
    assert!(
        log.contains("operation=\"create_mailbox\"") && log.contains("outcome=\"conflict\""),
        "{log}"
    );
    for secret in [&key, &password] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
