use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_mattermost::{Client, NewAccessToken, NewUser};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any, matchers::path};

use crate::{USER, user};

#[tokio::test]
async fn no_token_and_no_password_is_shown() {
    let server = MockServer::start().await;
    let (token, password, made) = (
        throwaway_password(),
        throwaway_password(),
        throwaway_password(),
    );
    let echo = json!({"id": "model.user.is_valid.pwd.app_error", "message": password.expose_secret(), "status_code": 400});
    Mock::given(path("/api/v4/users/login"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("Token", made.expose_secret())
                .set_body_json(json!({"id": USER, "username": "john"})),
        )
        .mount(&server)
        .await;
    Mock::given(path(format!("/api/v4/users/{USER}/tokens")))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"id": crate::TOKEN, "token": made.expose_secret()})),
        )
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(400).set_body_json(echo))
        .mount(&server)
        .await;
    let work = async {
        let client = Client::builder(server.uri(), token.clone())
            .build()
            .unwrap();
        let new = NewUser::with_password("j@a.example", "john", password.clone());
        let error = client.users().create(&new).await.unwrap_err();
        let signed_in = client.sessions().sign_in("john", &password).await.unwrap();
        let access = client
            .tokens()
            .create(&user(), &NewAccessToken::new("d"))
            .await
            .unwrap();
        format!("{client:?} {new:?} {error:?} {error} {signed_in:?} {access:?}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"create_user\""), "{log}");
    for secret in [&token, &password, &made] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
