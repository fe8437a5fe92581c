use std::time::Duration;

use bheem_notify::Client;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::KEY;

#[tokio::test]
async fn health_is_true_only_for_a_success_in_time() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    for (answer, is_healthy) in [
        (ResponseTemplate::new(200), true),
        (ResponseTemplate::new(503), false),
        (ResponseTemplate::new(401), false),
        (slow, false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/health"))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        // The client's own limit is shorter than that of the health check here, and then it holds.
        let limit = Duration::from_millis(if is_healthy { 30_000 } else { 500 });
        let notify = Client::builder(server.uri(), KEY.into())
            .timeout(limit)
            .build()
            .unwrap();
        assert_eq!(notify.is_healthy().await, is_healthy);
    }
}

#[tokio::test]
async fn nobody_listening_is_not_healthy() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(
        !Client::builder(url, KEY.into())
            .build()
            .unwrap()
            .is_healthy()
            .await
    );
}
