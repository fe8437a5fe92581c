use bheem_caldav::{Auth, Client, Precondition};
use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::home;

#[tokio::test]
async fn neither_token_nor_event_is_shown() {
    let server = MockServer::start().await;
    let (token, text) = (throwaway_password(), throwaway_password());
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(412))
        .mount(&server)
        .await;
    let stored = ResponseTemplate::new(200).set_body_string(text.expose_secret());
    Mock::given(method("GET"))
        .respond_with(stored)
        .mount(&server)
        .await;
    let calendar = home().calendar("personal").unwrap();
    let work = async {
        let calendars = Client::builder(server.uri(), Auth::bearer(token.clone()))
            .build()
            .unwrap();
        let body = text.expose_secret().to_owned();
        let error = calendars
            .put_event(&calendar, "a", body, &Precondition::Absent)
            .await
            .unwrap_err();
        let event = calendars.find_event(&calendar, "a").await.unwrap();
        format!("{calendars:?} {error:?} {error} {event:?}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(
        log.contains("peer=\"caldav\"") && log.contains("outcome=\"conflict\""),
        "{log}"
    );
    for secret in [&token, &text] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
