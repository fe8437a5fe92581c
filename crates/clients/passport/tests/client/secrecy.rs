use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_passport::NewUser;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::{COMPANY, at};

#[tokio::test]
async fn neither_passwords_nor_tokens_are_shown() {
    let server = MockServer::start().await;
    let (password, token) = (throwaway_password(), throwaway_password());
    let echo = format!("{} {}", password.expose_secret(), token.expose_secret());
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(500).set_body_string(echo))
        .mount(&server)
        .await;
    let work = async {
        let passport = at(&server);
        let new = NewUser::new("john", password.clone(), COMPANY);
        let login = passport
            .sign_in("john", password.clone(), COMPANY)
            .await
            .unwrap_err();
        let refresh = passport.refresh(&token).await.unwrap_err();
        let register = passport.register(&new).await.unwrap_err();
        format!(
            "{passport:?} {new:?} {login:?} {login} {refresh:?} {refresh} {register:?} {register}"
        )
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"refresh\""), "{log}");
    for secret in [&password, &token] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}
