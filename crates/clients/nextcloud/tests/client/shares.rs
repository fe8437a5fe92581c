use bheem_nextcloud::{CreateShare, ErrorKind, Permissions, ShareType, UpdateShare};
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use crate::{at, data, verdict};

fn shares(verb: &str, rest: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!(
            "/ocs/v2.php/apps/files_sharing/api/v1/shares{rest}"
        )))
        .and(header("ocs-apirequest", "true"))
        .and(header("authorization", "Basic YWRtaW46cHc="))
}

fn answer(status: u16, body: String) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

#[tokio::test]
async fn a_share_is_made_with_all_that_was_said() {
    let server = MockServer::start().await;
    let sent = json!({"path": "/a b", "shareType": 3, "permissions": 17, "password": "pw", "expireDate": "2026-12-31",
        "label": "L", "note": "N"});
    let made = json!({"id": "7", "share_type": 3, "permissions": 17, "path": "/a b", "token": "tok", "url": "http://x/s/tok",
        "expiration": "2026-12-31 00:00:00", "label": "L", "note": "N", "password": "hash", "file_source": 12,
        "item_type": "folder", "share_with": ""});
    shares("POST", "")
        .and(body_json(sent))
        .respond_with(answer(200, data(&made)))
        .expect(1)
        .mount(&server)
        .await;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let link = CreateShare::link("/a b")
        .permissions(Permissions::READ | Permissions::SHARE)
        .password("pw".into())
        .expires_on(day)
        .label("L")
        .note("N");
    let share = at(&server).shares().create(&link).await.unwrap();
    assert_eq!(
        (share.id.as_str(), share.share_type),
        ("7", ShareType::Link)
    );
    assert_eq!((share.expires_on, share.has_password), (Some(day), true));
    assert_eq!(share.file_id.as_deref(), Some("12"));
    assert!(
        !format!("{share:?} {link:?}").contains("tok"),
        "the link is a secret"
    );
}

#[tokio::test]
async fn already_shared_is_told_apart_from_not_allowed() {
    for (known, kind) in [
        (
            json!([{"id": 1, "share_type": "0", "share_with": "mary"}]),
            ErrorKind::Conflict,
        ),
        (
            json!([{"id": 1, "share_type": "1", "share_with": "mary"}]),
            ErrorKind::Unauthorized,
        ),
    ] {
        let server = MockServer::start().await;
        shares("POST", "")
            .respond_with(answer(403, verdict(403)))
            .expect(1)
            .mount(&server)
            .await;
        shares("GET", "")
            .and(query_param("path", "/a"))
            .respond_with(answer(200, data(&known)))
            .expect(1)
            .mount(&server)
            .await;
        let error = at(&server)
            .shares()
            .create(&CreateShare::user("/a", "mary"))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(403)));
    }
}

#[tokio::test]
async fn a_change_names_what_changes_and_empties_what_goes() {
    let server = MockServer::start().await;
    let sent = json!({"password": "", "expireDate": "", "permissions": 1});
    let now = data(&json!({"id": 7, "share_type": 3, "permissions": 1}));
    shares("PUT", "/7")
        .and(body_json(sent))
        .respond_with(answer(200, now))
        .expect(1)
        .mount(&server)
        .await;
    let change = UpdateShare::new()
        .password(None)
        .expires_on(None)
        .permissions(Permissions::READ);
    let share = at(&server).shares().update("7", &change).await.unwrap();
    assert!(!share.has_password);
}

#[tokio::test]
async fn hostile_shares_are_refused_or_read_as_far_as_they_go() {
    let good =
        json!({"id": 1, "share_type": 99, "expiration": "é", "permissions": "x", "token": []});
    for (body, read) in [
        (json!([{"id": {}, "share_type": 0}]), Some((0, 1))),
        (json!([good, {"id": 1}, good]), Some((2, 1))),
        (json!("x"), None),
        (json!([good]), Some((1, 0))),
        (json!({}), Some((0, 0))),
    ] {
        let server = MockServer::start().await;
        shares("GET", "")
            .respond_with(answer(200, data(&body)))
            .mount(&server)
            .await;
        let found = at(&server).shares().list().await;
        match found {
            Ok(found) => assert_eq!(Some((found.len(), found.left_out)), read, "{body}"),
            Err(error) => assert_eq!((error.kind(), None), (ErrorKind::Protocol, read), "{body}"),
        }
    }
}
