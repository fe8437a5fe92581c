use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_webdav::{Auth, Client, Precondition};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::to;

#[tokio::test]
async fn neither_password_nor_content_is_shown() {
    let server = MockServer::start().await;
    let (password, content) = (throwaway_password(), throwaway_password());
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(423))
        .mount(&server)
        .await;
    let file = ResponseTemplate::new(200).set_body_string(content.expose_secret());
    Mock::given(method("GET"))
        .respond_with(file)
        .mount(&server)
        .await;
    let work = async {
        let files = Client::builder(server.uri(), Auth::basic("john", password.clone()))
            .build()
            .unwrap();
        let text = content.expose_secret().to_owned();
        let error = files
            .put(&to("a"), "text/plain", text, &Precondition::None)
            .await
            .unwrap_err();
        let file = files.get(&to("a")).await.unwrap();
        format!("{files:?} {error:?} {error} {file:?}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(
        log.contains("operation=\"put\"") && log.contains("outcome=\"conflict\""),
        "{log}"
    );
    for secret in [&password, &content] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
