//! Bodies are taken as they are, and within a time.

use actix_web::http::Method;
use bheem_server::routes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{path_of, spoken, support::TestApp};

/// `{"username":"ada","password":"x"}`, compressed by gzip.
const GZIP: [u8; 10] = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03];

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_refused_at_every_door() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let token = &ada.token;
    let mut doors = 0;
    for entry in routes::table() {
        if matches!(entry.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            continue;
        }
        let (method, path) = (&entry.method, path_of(&entry, "acme"));
        for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "made-up"] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nauthorization: Bearer {token}\r\n\
                 content-encoding: {encoding}\r\ncontent-length: {}",
                GZIP.len()
            );
            let answer = spoken(&app, &head, &GZIP).await;
            assert!(answer.starts_with("HTTP/1.1 415"), "{entry:?} {answer}");
            assert!(answer.contains("\"code\":\"compressed_body\""), "{answer}");
            assert!(answer.contains("accept-encoding: identity"), "{answer}");
        }
        doors += 1;
    }
    assert!(doors > 50, "{doors}");
    let body = br#"{"name":"Acme"}"#;
    let head = format!(
        "POST /api/v1/tenants HTTP/1.1\r\nauthorization: Bearer {token}\r\n\
         content-encoding: identity\r\ncontent-length: {}",
        body.len()
    );
    let answer = spoken(&app, &head, body).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_whatever_form_the_body_has() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let token = &ada.token;
    let tenant = br#"{"name":"Acme"}"#;
    let chunked = b"5\r\n{\"nam\r\na\r\ne\":\"Acme\"}\r\n0\r\n\r\n";
    let head = |rest: &str| {
        format!(
            "POST /api/v1/tenants HTTP/1.1\r\nauthorization: Bearer {token}\r\n\
             idempotency-key: the-same\r\n{rest}"
        )
    };
    let length = format!("content-length: {}", tenant.len());
    let first = spoken(&app, &head("transfer-encoding: chunked"), chunked).await;
    assert!(first.starts_with("HTTP/1.1 201"), "{first}");
    assert!(!first.contains("idempotency-replayed"), "{first}");
    // In pieces or in one, of whatever type: the bytes are the same.
    for rest in [
        length.clone(),
        format!("content-type: text/plain\r\n{length}"),
        format!("content-type: application/octet-stream\r\n{length}"),
    ] {
        let again = spoken(&app, &head(&rest), tenant).await;
        assert!(again.starts_with("HTTP/1.1 201"), "{again}");
        assert!(again.contains("idempotency-replayed: true"), "{again}");
    }
    // No body at all, and one that is no text.
    for (path, key, body) in [
        ("/api/v1/auth/logout", "none", &b""[..]),
        ("/api/v1/auth/totp/confirm", "bytes", &[0xff, 0, 0xfe][..]),
    ] {
        let person = app.sign_in("ada", crate::support::PASSWORD).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nauthorization: Bearer {}\r\nidempotency-key: {key}\r\n\
             content-length: {}",
            person.token,
            body.len()
        );
        let first = spoken(&app, &head, body).await;
        assert!(!first.contains("HTTP/1.1 5"), "{first}");
        assert!(!first.contains("idempotency-replayed"), "{first}");
    }
    assert_eq!(
        ada.get("/tenants/my").await.body.as_array().unwrap().len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let app = TestApp::start_with(|settings| settings.http.body_seconds = 1).await;
    let ada = app.person("ada").await;
    for (path, key) in [
        ("/api/v1/tenants", ""),
        ("/api/v1/tenants", "idempotency-key: slow\r\n"),
        ("/api/v1/auth/login", ""),
        ("/api/v1/sso/token", ""),
        ("/login", ""),
    ] {
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: workspace.test\r\nauthorization: Bearer {}\r\n{key}\
             content-length: 100\r\n\r\n{{\"name\":",
            ada.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Never the rest; the server ends it.
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408"), "{path} {answer}");
        assert!(answer.contains("body_too_slow"), "{path} {answer}");
    }
    assert_eq!(app.tenant(&ada, "Acme").await, "acme");
}
