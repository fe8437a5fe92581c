//! What refusals mean, and that a code is never taken for an id.

use std::time::Duration;

use bheem_mattermost::{
    Deleted, Effect, Error, ErrorId, ErrorKind, NewAccessToken, NewTeam, NewUser,
};
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, team, user};

fn refusal(status: u16, id: &str) -> ResponseTemplate {
    let body = json!({"id": id, "message": "Übersetzt.", "detailed_error": "", "request_id": "r1", "status_code": status});
    ResponseTemplate::new(status).set_body_json(body)
}

async fn refusing(status: u16, id: &str) -> MockServer {
    let server = MockServer::start().await;
    let mock = Mock::given(any()).respond_with(refusal(status, id));
    mock.expect(1).mount(&server).await;
    server
}

fn john() -> NewUser {
    NewUser::with_password("j@a.example", "john", "secret".into())
}

#[tokio::test]
async fn refusals_are_sorted_by_their_codes() {
    let known = [
        (
            400,
            "app.user.save.email_exists.app_error",
            ErrorId::EmailTaken,
            ErrorKind::Conflict,
        ),
        (
            400,
            "store.sql_user.save.username_exists.app_error",
            ErrorId::UsernameTaken,
            ErrorKind::Conflict,
        ),
        (
            400,
            "app.team.save.existing.app_error",
            ErrorId::TeamNameTaken,
            ErrorKind::Conflict,
        ),
        (
            400,
            "api.user.create_user.user_limits.exceeded",
            ErrorId::UserLimitReached,
            ErrorKind::Invalid,
        ),
        (
            400,
            "model.user.is_valid.username.app_error",
            ErrorId::UsernameInvalid,
            ErrorKind::Invalid,
        ),
        (
            400,
            "app.something.new",
            ErrorId::Other("app.something.new".to_owned()),
            ErrorKind::Invalid,
        ),
        (
            401,
            "api.context.session_expired.app_error",
            ErrorId::SessionExpired,
            ErrorKind::Unauthorized,
        ),
        (
            403,
            "api.context.permissions.app_error",
            ErrorId::PermissionDenied,
            ErrorKind::Unauthorized,
        ),
        (
            404,
            "api.context.404.app_error",
            ErrorId::UnknownPath,
            ErrorKind::NotFound,
        ),
        (
            413,
            "api.context.request_body_too_large.app_error",
            ErrorId::Other("api.context.request_body_too_large.app_error".to_owned()),
            ErrorKind::Invalid,
        ),
        (
            501,
            "app.user_access_token.disabled",
            ErrorId::TokensDisabled,
            ErrorKind::Invalid,
        ),
    ];
    for (status, code, id, kind) in known {
        let server = refusing(status, code).await;
        let error = at(&server).users().create(&john()).await.unwrap_err();
        assert_eq!((error.id(), error.kind()), (Some(&id), kind));
        assert_eq!(error.effect(), Effect::Rejected, "{code}");
    }
    let server = refusing(500, "app.user.save.app_error").await;
    let error = at(&server).users().create(&john()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::Unknown)
    );
}

#[tokio::test]
async fn the_code_of_an_error_is_never_taken_for_an_id() {
    // As it is, with a lying status, with all that an entity has, and as long as an id.
    for (status, id) in [
        (400, "app.user.save.email_exists.app_error"),
        (200, "app.user.save.email_exists.app_error"),
        (201, "app.user.missing.app_error"),
        (201, "UPPERCASEUPPERCASEUPPERCAS"),
    ] {
        let server = MockServer::start().await;
        let body = json!({
            "id": id, "message": "no", "status_code": 400, "username": "john", "name": "acme", "type": "I",
            "email": "j@a.example", "token": "t",
        });
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&server)
            .await;
        let mattermost = at(&server);
        let expected = if status == 400 {
            ErrorKind::Conflict
        } else {
            ErrorKind::Protocol
        };
        let made = mattermost.users().create(&john()).await.map(drop);
        assert_eq!(made.unwrap_err().kind(), expected);
        let new = NewTeam::new("acme", "Acme");
        let made = mattermost.teams().create(&new).await.map(drop);
        assert_eq!(made.unwrap_err().kind(), expected);
        let new = NewAccessToken::new("d");
        let made = mattermost.tokens().create(&user(), &new).await.map(drop);
        assert_eq!(made.unwrap_err().kind(), expected);
    }
}

#[tokio::test]
async fn only_mattermosts_own_word_makes_something_absent() {
    let server = refusing(404, "app.user.missing_account.const").await;
    assert!(at(&server).users().find(&user()).await.unwrap().is_none());
    let server = refusing(404, "app.team.get.find.app_error").await;
    assert_eq!(
        at(&server).teams().archive(&team()).await.unwrap(),
        Deleted::Absent
    );
    let server = refusing(400, "api.team.remove_user_from_team.missing.app_error").await;
    let gone = at(&server).members(&team()).remove(&user()).await.unwrap();
    assert_eq!(gone, Deleted::Absent);

    let elsewhere = [
        refusal(404, "api.context.404.app_error"),
        ResponseTemplate::new(404).set_body_raw("<html>404", "text/html"),
        ResponseTemplate::new(404),
        ResponseTemplate::new(404).set_body_json(json!({"id": 7})),
    ];
    for answer in elsewhere {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let error = at(&server).users().find(&user()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(at(&server).teams().archive(&team()).await.is_err());
    }
}

#[tokio::test]
async fn the_limit_of_requests_speaks_plain_text() {
    for (header, value, after) in [
        ("retry-after", "3", Some(3)),
        ("x-ratelimit-reset", "1", Some(1)),
        ("x-ratelimit-reset", "1795246655", None),
        ("x-ratelimit-remaining", "0", None),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(429)
            .insert_header(header, value)
            .set_body_raw("limit exceeded\n", "text/plain");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let error = at(&server).users().me().await.unwrap_err();
        let after = after.map(Duration::from_secs);
        assert_eq!(error.kind(), ErrorKind::RateLimited { after });
        assert_eq!(error.effect(), Effect::Rejected);
    }
}

#[tokio::test]
async fn a_lost_race_finds_what_the_other_made() {
    let server = MockServer::start().await;
    let missing = refusal(404, "app.team.get_by_name.missing.app_error");
    let looking = || Mock::given(method("GET")).and(path("/api/v4/teams/name/acme"));
    looking()
        .respond_with(missing)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let there = json!({"id": crate::TEAM, "name": "acme", "type": "I", "delete_at": 5});
    looking()
        .respond_with(ResponseTemplate::new(200).set_body_json(there))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/v4/teams"))
        .respond_with(refusal(400, "app.team.save.existing.app_error"))
        .expect(1)
        .mount(&server)
        .await;
    let new = NewTeam::new("acme", "Acme");
    let found = at(&server).teams().ensure(&new).await.unwrap();
    assert!(found.is_archived());
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_not_made_ours() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(refusal(404, "app.user.missing_account.const"))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(refusal(400, "app.user.save.username_exists.app_error"))
        .expect(1)
        .mount(&server)
        .await;
    let error = at(&server).users().ensure(&john()).await.unwrap_err();
    assert_eq!(error.id(), Some(&ErrorId::UsernameTaken));
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        r#"{"id": 7, "username": [], "props": "x"}"#.as_bytes(),
        b"\xff\xfe{\"id\": 1}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        let error = at(&server).users().find(&user()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        Mock::given(any())
            .respond_with(ResponseTemplate::new(400).set_body_bytes(body))
            .with_priority(1)
            .mount(&server)
            .await;
        let error = at(&server).users().find(&user()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_session_without_its_token_is_none() {
    let server = MockServer::start().await;
    let john: Value = json!({"id": crate::USER, "username": "john"});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(john))
        .mount(&server)
        .await;
    let error = at(&server)
        .sessions()
        .sign_in("john", &"x".into())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Incomplete { what: "token", .. }));
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Protocol, Effect::Unknown)
    );
}
