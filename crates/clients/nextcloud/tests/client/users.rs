use bheem_nextcloud::{CreateUser, Deleted, Effect, Error, ErrorKind, Page, UserField};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::{NOT_FOUND, answer, at, data, expect_body, ocs, verdict};

const USER: &str = include_str!("../recorded/user.json");

#[tokio::test]
async fn find_reads_a_user_before_and_after_the_first_login() {
    let server = MockServer::start().await;
    answer(&server, "GET", "users/u-0193", 200, USER).await;
    answer(
        &server,
        "GET",
        "users/new",
        200,
        include_str!("../recorded/new_user.json"),
    )
    .await;
    answer(&server, "GET", "users/gone", 404, NOT_FOUND).await;
    answer(&server, "GET", "users/a%2Fb%20c@d", 404, &verdict(998)).await;
    let own = data(&json!({"id": "admin", "groups": ["admin"]}));
    answer(&server, "GET", "user", 200, &own).await;
    let users = at(&server);
    let found = users.users().find("u-0193").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.is_enabled, found.groups),
        ("u-0193", true, vec!["tenant-7".to_owned()])
    );
    assert_eq!(
        (found.quota.limit_bytes, found.display_name.as_deref()),
        (Some(5_368_709_120), Some("John"))
    );
    let fresh = users.users().find("new").await.unwrap().unwrap();
    assert_eq!(
        (fresh.is_enabled, fresh.email, fresh.quota.limit_bytes),
        (true, None, None)
    );
    assert!(users.users().find("gone").await.unwrap().is_none());
    assert!(users.users().find("a/b c@d").await.unwrap().is_none());
}

#[tokio::test]
async fn lists_come_in_pages_and_as_a_stream() {
    let server = MockServer::start().await;
    let ids: Vec<String> = (0..200).map(|index| format!("u-{index}")).collect();
    for (offset, users) in [("0", json!(ids)), ("200", json!(["last"]))] {
        ocs("GET", "users")
            .and(query_param("search", "u"))
            .and(query_param("limit", "200"))
            .and(query_param("offset", offset))
            .respond_with(
                ResponseTemplate::new(200).set_body_string(data(&json!({"users": users}))),
            )
            .mount(&server)
            .await;
    }
    let nextcloud = at(&server);
    let page: Page<String> = nextcloud.users().list("u", 200, 0).await.unwrap();
    assert_eq!((page.items.len(), page.next), (200, Some(200)));
    assert_eq!(
        nextcloud.users().list("u", 200, 200).await.unwrap().next,
        None
    );
    let all: Vec<String> = nextcloud.users().stream("u").try_collect().await.unwrap();
    assert_eq!((all.len(), all.last().unwrap().as_str()), (201, "last"));
}

#[tokio::test]
async fn create_sends_everything_at_once() {
    let server = MockServer::start().await;
    let body = json!({"userid": "u", "password": "pw", "displayName": "John", "email": "j@x.example", "quota": "5368709120",
        "language": "de", "groups": ["tenant-7", "staff"]});
    expect_body(&server, "POST", "users", body).await;
    let user = CreateUser::new("u")
        .password("pw".into())
        .display_name("John")
        .email("j@x.example")
        .quota("5 GB".parse().unwrap())
        .language("de")
        .group("tenant-7")
        .group("staff");
    at(&server).users().create(&user).await.unwrap();
}

#[tokio::test]
async fn create_without_a_password_invents_one() {
    let server = MockServer::start().await;
    answer(&server, "POST", "users", 200, &verdict(200)).await;
    at(&server)
        .users()
        .create(&CreateUser::new("u"))
        .await
        .unwrap();
    let sent: Value = server.received_requests().await.unwrap()[0]
        .body_json()
        .unwrap();
    assert!(sent["password"].as_str().unwrap().len() >= 32);
    assert_eq!(sent.as_object().unwrap().len(), 2, "{sent}");
}

#[tokio::test]
async fn refusals_to_create_are_told_apart() {
    for (http, code, kind) in [
        (400, 102, ErrorKind::Conflict),
        (400, 101, ErrorKind::Invalid),
        (400, 104, ErrorKind::Invalid),
        (400, 107, ErrorKind::Invalid),
        (401, 997, ErrorKind::Unauthorized),
        (403, 403, ErrorKind::Unauthorized),
        (500, 996, ErrorKind::Unavailable),
    ] {
        let server = MockServer::start().await;
        answer(&server, "POST", "users", http, &verdict(code)).await;
        let error = at(&server)
            .users()
            .create(&CreateUser::new("u"))
            .await
            .unwrap_err();
        let effect = if code == 996 {
            Effect::Unknown
        } else {
            Effect::Rejected
        };
        assert_eq!(
            (error.kind(), error.effect(), error.code()),
            (kind, effect, Some(code))
        );
    }
}

#[tokio::test]
async fn a_failure_in_an_http_success_is_a_failure() {
    let server = MockServer::start().await;
    answer(&server, "POST", "users", 200, &verdict(102)).await;
    let error = at(&server)
        .users()
        .create(&CreateUser::new("u"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn the_reason_of_a_refused_password_can_be_read() {
    let server = MockServer::start().await;
    answer(&server, "POST", "users", 400, &verdict(107)).await;
    let error = at(&server)
        .users()
        .create(&CreateUser::new("u"))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { message, .. } if message.as_str() == "why"),
        "{error:?}"
    );
}

#[tokio::test]
async fn edit_sends_one_field() {
    let server = MockServer::start().await;
    let fields = [
        (UserField::Quota, "quota"),
        (UserField::DisplayName, "displayname"),
        (UserField::Email, "email"),
        (UserField::Language, "language"),
        (UserField::Other("phone".to_owned()), "phone"),
    ];
    for (field, key) in fields {
        expect_body(&server, "PUT", "users/u", json!({"key": key, "value": "v"})).await;
        at(&server).users().edit("u", &field, "v").await.unwrap();
    }
}

#[tokio::test]
async fn enable_and_disable_tell_missing_from_refused() {
    let server = MockServer::start().await;
    answer(&server, "PUT", "users/u/enable", 200, &verdict(200)).await;
    answer(&server, "PUT", "users/u/disable", 200, &verdict(200)).await;
    at(&server).users().enable("u").await.unwrap();
    at(&server).users().disable("u").await.unwrap();
    for (http, code) in [(400, 101), (404, 998), (404, 404)] {
        for (known, body, kind) in [
            (404, NOT_FOUND, ErrorKind::NotFound),
            (200, USER, ErrorKind::Invalid),
        ] {
            let server = MockServer::start().await;
            answer(&server, "PUT", "users/u/disable", http, &verdict(code)).await;
            answer(&server, "GET", "users/u", known, body).await;
            let error = at(&server).users().disable("u").await.unwrap_err();
            assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        }
    }
}

#[tokio::test]
async fn deleting_a_missing_user_is_a_success_and_a_refused_one_is_not() {
    let server = MockServer::start().await;
    answer(&server, "DELETE", "users/u", 200, &verdict(200)).await;
    assert_eq!(
        at(&server).users().delete("u").await.unwrap(),
        Deleted::Removed
    );
    for (http, code) in [(400, 101), (404, 998)] {
        let server = MockServer::start().await;
        answer(&server, "DELETE", "users/u", http, &verdict(code)).await;
        answer(&server, "GET", "users/u", 404, NOT_FOUND).await;
        assert_eq!(
            at(&server).users().delete("u").await.unwrap(),
            Deleted::Absent
        );
        let server = MockServer::start().await;
        answer(&server, "DELETE", "users/u", http, &verdict(code)).await;
        answer(&server, "GET", "users/u", 200, USER).await;
        assert_eq!(
            at(&server).users().delete("u").await.unwrap_err().kind(),
            ErrorKind::Invalid
        );
    }
}

#[tokio::test]
async fn memberships() {
    let server = MockServer::start().await;
    answer(
        &server,
        "GET",
        "users/u/groups",
        200,
        &data(&json!({"groups": ["a", "b"]})),
    )
    .await;
    expect_body(&server, "POST", "users/u/groups", json!({"groupid": "g"})).await;
    ocs("DELETE", "users/u/groups")
        .and(query_param("groupid", "g h"))
        .respond_with(ResponseTemplate::new(200).set_body_string(verdict(200)))
        .expect(1)
        .mount(&server)
        .await;
    let nextcloud = at(&server);
    assert_eq!(nextcloud.users().groups("u").await.unwrap(), ["a", "b"]);
    nextcloud.users().add_to_group("u", "g").await.unwrap();
    assert_eq!(
        nextcloud
            .users()
            .remove_from_group("u", "g h")
            .await
            .unwrap(),
        Deleted::Removed
    );
    for code in [102, 103] {
        let server = MockServer::start().await;
        answer(&server, "POST", "users/u/groups", 400, &verdict(code)).await;
        answer(&server, "DELETE", "users/u/groups", 400, &verdict(code)).await;
        let error = at(&server)
            .users()
            .add_to_group("u", "g")
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::NotFound, Some(code))
        );
        assert_eq!(
            at(&server)
                .users()
                .remove_from_group("u", "g")
                .await
                .unwrap(),
            Deleted::Absent
        );
    }
}
