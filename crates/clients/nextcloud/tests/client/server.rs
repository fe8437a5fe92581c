use bheem_nextcloud::{Auth, ErrorKind};
use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{answer, at, data};

#[tokio::test]
async fn facts_are_read() {
    let server = MockServer::start().await;
    let status = json!({"installed": true, "maintenance": false, "needsDbUpgrade": false, "version": "32.0.1.2",
        "versionstring": "32.0.1", "edition": "", "productname": "Nextcloud", "extendedSupport": false});
    Mock::given(method("GET"))
        .and(path("/status.php"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status))
        .expect(1)
        .mount(&server)
        .await;
    let capabilities =
        data(&json!({"version": {"major": 32, "string": "32.0.1"}, "capabilities": {"dav": {}}}));
    answer(&server, "GET", "capabilities", 200, &capabilities).await;
    let status = at(&server).status().await.unwrap();
    assert!(status.is_installed && !status.is_in_maintenance && !status.needs_upgrade);
    assert_eq!(status.version.as_deref(), Some("32.0.1"));
    let capabilities = at(&server).capabilities().await.unwrap();
    assert_eq!(capabilities.version.major, Some(32));
    assert!(capabilities.capabilities.get("dav").is_some());
}

#[tokio::test]
async fn a_bearer_token_can_take_the_place_of_the_password() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer short-lived"))
        .respond_with(ResponseTemplate::new(404).set_body_string(crate::NOT_FOUND))
        .expect(1)
        .mount(&server)
        .await;
    let nextcloud = at(&server)
        .with_auth(&Auth::bearer("short-lived".into()))
        .unwrap();
    assert!(nextcloud.users().find("u").await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_not_ocs_says_nothing_about_the_object() {
    for (status, body, kind) in [
        (404, "<html>", ErrorKind::Protocol),
        (412, "CSRF check failed", ErrorKind::Protocol),
        (503, "<d:error/>", ErrorKind::Unavailable),
        (
            200,
            r#"{"ocs": {"meta": {"statuscode": 4711}, "data": []}}"#,
            ErrorKind::Protocol,
        ),
        (
            200,
            r#"{"ocs": {"meta": {}, "data": []}}"#,
            ErrorKind::Protocol,
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("DELETE"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        assert_eq!(
            at(&server).users().delete("u").await.unwrap_err().kind(),
            kind,
            "{status} {body}"
        );
    }
}
