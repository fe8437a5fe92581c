use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_razorpay::{Client, NewOrder};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

#[tokio::test]
async fn neither_the_secret_nor_the_peers_words_are_shown() {
    let server = MockServer::start().await;
    let secret = throwaway_password();
    let echo = format!(
        r#"{{"error": {{"code": "BAD_REQUEST_ERROR", "description": "{}"}}}}"#,
        secret.expose_secret()
    );
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_string(echo))
        .mount(&server)
        .await;
    let work = async {
        let client = Client::builder(server.uri(), "rzp_test", secret.clone())
            .build()
            .unwrap();
        let order = NewOrder::new(100, "INR", "r");
        let error = client.orders().create(&order).await.unwrap_err();
        format!("{client:?} {error:?} {error}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"create_order\""), "{log}");
    assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
}
