use bheem_cloudflare::{Client, NewRecord};
use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

#[tokio::test]
async fn neither_the_token_nor_the_peers_words_are_shown() {
    let server = MockServer::start().await;
    let token = throwaway_password();
    let echo = serde_json::json!({
        "success": false, "result": null,
        "errors": [{"code": 1004, "message": token.expose_secret(),
                    "error_chain": [{"code": 9005, "message": token.expose_secret()}]}],
    });
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(echo))
        .mount(&server)
        .await;
    let work = async {
        let client = Client::builder(server.uri(), token.clone())
            .build()
            .unwrap();
        let record = NewRecord::txt("a.test", "x");
        let error = client.records("z1").create(&record).await.unwrap_err();
        format!("{client:?} {error:?} {error}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"create_record\""), "{log}");
    assert!(shown.contains("1004"), "{shown}");
    assert!(!log.contains(token.expose_secret()) && !shown.contains(token.expose_secret()));
}
