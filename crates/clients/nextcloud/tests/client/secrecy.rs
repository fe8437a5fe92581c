use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_nextcloud::{Auth, Client, CreateUser};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::verdict;

#[tokio::test]
async fn no_password_is_shown() {
    let server = MockServer::start().await;
    let (admin, password) = (throwaway_password(), throwaway_password());
    let refusal = ResponseTemplate::new(400).set_body_string(verdict(107));
    Mock::given(method("POST"))
        .respond_with(refusal)
        .mount(&server)
        .await;
    let user = CreateUser::new("u").password(password.clone());
    let work = async {
        let auth = Auth::basic("admin", admin.clone());
        let shown_auth = format!("{auth:?}");
        let nextcloud = Client::builder(server.uri(), auth).build().unwrap();
        let error = nextcloud.users().create(&user).await.unwrap_err();
        format!("{shown_auth} {nextcloud:?} {error:?} {error} {user:?}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(
        log.contains("operation=\"create_user\"") && log.contains("outcome=\"invalid\""),
        "{log}"
    );
    for secret in [&admin, &password] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
