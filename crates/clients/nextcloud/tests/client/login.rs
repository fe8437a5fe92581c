use bheem_http_kit::ExposeSecret as _;
use bheem_nextcloud::ErrorKind;
use serde_json::json;
use wiremock::matchers::{body_string, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

#[tokio::test]
async fn a_login_is_polled_at_our_own_host_and_without_credentials() {
    let server = MockServer::start().await;
    let started = json!({"poll": {"token": "t&1", "endpoint": "https://elsewhere.example/cloud/index.php/login/v2/poll"},
        "login": "https://x/login"});
    Mock::given(method("POST"))
        .and(path("/index.php/login/v2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(started))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/cloud/index.php/login/v2/poll"))
        .and(body_string("token=t%261"))
        .respond_with(ResponseTemplate::new(404))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let ended = json!({"server": "https://x", "loginName": "john", "appPassword": "secret"});
    Mock::given(method("POST"))
        .and(path("/cloud/index.php/login/v2/poll"))
        .respond_with(ResponseTemplate::new(200).set_body_json(ended))
        .mount(&server)
        .await;
    let nextcloud = at(&server);
    let flow = nextcloud.start_login().await.unwrap();
    assert!(nextcloud.poll_login(&flow).await.unwrap().is_none());
    let found = nextcloud.poll_login(&flow).await.unwrap().unwrap();
    assert_eq!(found.app_password.expose_secret(), "secret");
    assert!(!format!("{flow:?} {found:?}").contains("secret"));
    for request in server.received_requests().await.unwrap() {
        assert!(!request.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_refused() {
    let server = MockServer::start().await;
    let started = json!({"poll": {"token": "t", "endpoint": "javascript:alert(1)"}, "login": "x"});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(started))
        .mount(&server)
        .await;
    let error = at(&server).start_login().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}
