use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_mailgun::{Client, NewDomain, NewMessage};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

#[tokio::test]
async fn neither_key_nor_password_nor_link_is_shown() {
    let server = MockServer::start().await;
    let (key, password, link) = (
        throwaway_password(),
        throwaway_password(),
        throwaway_password(),
    );
    let echo = serde_json::json!({"message": format!("{} {}", password.expose_secret(), link.expose_secret())});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(403).set_body_json(echo))
        .mount(&server)
        .await;
    let message = NewMessage::new("a@acme.test", "s")
        .to("j@a.test")
        .text(link.expose_secret());
    let new = NewDomain::new("acme.test").smtp_password(password.clone());
    let work = async {
        let client = Client::builder(server.uri(), key.clone()).build().unwrap();
        let one = client.domains().create(&new).await.unwrap_err();
        let two = client
            .messages("acme.test")
            .send("n-1", &message)
            .await
            .unwrap_err();
        format!("{client:?} {new:?} {message:?} {one:?} {one} {two:?} {two}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"send_message\""), "{log}");
    for secret in [&key, &password, &link] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
