//! What an administrator reads for each answer of Mattermost, or of what stands before it.

use bheem_mattermost::{Effect, Error, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::at;

async fn answered(status: u16, body: &str) -> Error {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(status).set_body_raw(body.to_owned(), "text/plain"))
        .mount(&server)
        .await;
    at(&server).users().me().await.unwrap_err()
}

fn refused(status: u16, id: &str, message: &str) -> String {
    json!({"id": id, "message": message, "request_id": "req1", "status_code": status}).to_string()
}

#[tokio::test]
async fn each_answer_has_its_cause_and_its_next_step() {
    let page = "<!DOCTYPE html><html>Sign in</html>";
    let (unauthorized, protocol) = (ErrorKind::Unauthorized, ErrorKind::Protocol);
    let (rejected, unknown) = (Effect::Rejected, Effect::Unknown);
    let table: Vec<(u16, String, ErrorKind, Effect, &[&str])> = vec![
        (
            401,
            refused(
                401,
                "api.context.session_expired.app_error",
                "Invalid or expired session",
            ),
            unauthorized,
            rejected,
            &[
                "Invalid or expired session",
                "personal access token",
                "req1",
            ],
        ),
        (
            403,
            refused(403, "api.context.permissions.app_error", "No permissions"),
            unauthorized,
            rejected,
            &["No permissions", "system administrator"],
        ),
        (
            403,
            page.to_owned(),
            unauthorized,
            rejected,
            &["in front of Mattermost", "/api/v4/"],
        ),
        (
            200,
            page.to_owned(),
            protocol,
            unknown,
            &["web page", "base URL"],
        ),
        (302, String::new(), protocol, unknown, &["web page", "302"]),
        (
            400,
            refused(
                400,
                "model.user.is_valid.pwd_min_length.app_error",
                "at least 10",
            ),
            ErrorKind::Invalid,
            rejected,
            &["at least 10", "PasswordSettings"],
        ),
        (
            400,
            refused(
                400,
                "app.team.join_user_to_team.max_accounts.app_error",
                "maximum",
            ),
            ErrorKind::Invalid,
            rejected,
            &["MaxUsersPerTeam"],
        ),
        (
            400,
            refused(
                400,
                "api.channel.add_user.to.channel.failed.deleted.app_error",
                "removed from the team",
            ),
            ErrorKind::NotFound,
            rejected,
            &["removed from the team"],
        ),
    ];
    for (status, body, kind, effect, words) in table {
        let error = answered(status, &body).await;
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{status} {body}: {error:?}"
        );
        let advice = error.advice();
        for word in words {
            assert!(advice.contains(word), "{status} {body}: {advice}");
        }
    }
}

#[tokio::test]
async fn one_broken_member_hides_no_other() {
    let server = MockServer::start().await;
    let user = |id: char| -> Value {
        json!({"id": id.to_string().repeat(26), "username": "u", "email": "u@a.test", "create_at": 1, "delete_at": 0})
    };
    let list = json!([user('a'), {"id": null}, user('b')]);
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&list))
        .mount(&server)
        .await;
    let search = bheem_mattermost::SearchUsers::new("u");
    let found = at(&server).users().search(&search).await.unwrap();
    assert_eq!((found.len(), found.left_out), (2, 1));
}
