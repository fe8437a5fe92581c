//! The provider's endpoints as they are on the wire.
#![cfg(test)]

mod support;

use support::TestApp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a request as it is written, and reads the answer: its head in small letters, and its body.
async fn raw(app: &TestApp, head: &str, body: &str) -> (String, String) {
    let address = app.base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address.trim_end_matches('/'))
        .await
        .unwrap();
    let request = format!(
        "{head}\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_is_the_same_at_both_places_whatever_the_host() {
    let app = TestApp::start().await;
    let (head, one) = raw(&app, "GET /.well-known/openid-configuration HTTP/1.1", "").await;
    let (_, two) = raw(
        &app,
        "GET /.well-known/oauth-authorization-server HTTP/1.1",
        "",
    )
    .await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for line in [
        "cache-control: public, max-age=3600",
        "access-control-allow-origin: *",
    ] {
        assert!(head.contains(line), "{head}");
    }
    assert!(!head.contains("access-control-allow-credentials"));
    assert_eq!(one, two);
    assert!(one.contains("/api/v1/sso/token") && !one.contains("evil.example"));
    let (head, keys) = raw(&app, "GET /api/v1/sso/jwks HTTP/1.1", "").await;
    assert!(
        head.contains("cache-control: public, max-age=3600"),
        "{head}"
    );
    assert!(keys.contains("\"kid\"") && keys.contains("\"ES256\"") && !keys.contains("\"d\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_speak_oauth_and_are_not_kept() {
    let app = TestApp::start().await;
    let token = "POST /api/v1/sso/token HTTP/1.1";
    let basic = format!("{token}\r\nAuthorization: Basic eDp5");
    let twice = format!("{basic}\r\nAuthorization: Basic eDp5");
    for (head, body, status, error) in [
        (token, "", 400, "invalid_request"),
        (
            token,
            "grant_type=client_credentials",
            401,
            "invalid_client",
        ),
        (token, "grant_type=a&grant_type=b", 400, "invalid_request"),
        (
            &basic,
            "grant_type=client_credentials",
            401,
            "invalid_client",
        ),
        (
            &twice,
            "grant_type=client_credentials",
            401,
            "invalid_client",
        ),
    ] {
        let (head, body) = raw(&app, head, body).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        assert!(head.contains("cache-control: no-store"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(body.contains(&format!("\"error\":\"{error}\"")), "{body}");
    }
    let (head, _) = raw(&app, &basic, "grant_type=client_credentials").await;
    assert!(head.contains("www-authenticate: basic"), "{head}");
    let (head, _) = raw(&app, "GET /api/v1/sso/userinfo HTTP/1.1", "").await;
    assert!(head.starts_with("http/1.1 401") && head.contains("www-authenticate: bearer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_grants_no_credentials() {
    let app = TestApp::start().await;
    let head = "OPTIONS /api/v1/sso/token HTTP/1.1\r\nOrigin: https://app.example\r\n\
                Access-Control-Request-Method: POST";
    let (head, _) = raw(&app, head, "").await;
    assert!(head.starts_with("http/1.1 204"), "{head}");
    assert!(head.contains("access-control-allow-headers: authorization, content-type, dpop"));
    assert!(!head.contains("access-control-allow-credentials"));
}
