use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_notify::{
    Client, Email, MeetingInvite, PasswordReset, Sms, WhatsAppTemplate, WhatsAppText,
    WorkspaceInvite, WorkspaceWelcome,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

#[tokio::test]
async fn neither_key_nor_code_is_shown() {
    let server = MockServer::start().await;
    let (key, code) = (throwaway_password(), throwaway_password());
    let refusal = serde_json::json!({"success": false, "message": code.expose_secret()});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(refusal))
        .mount(&server)
        .await;
    let sms = Sms::new("+49", code.expose_secret());
    let work = async {
        let notify = Client::builder(server.uri(), key.clone()).build().unwrap();
        let error = notify.send_sms("k", &sms).await.unwrap_err();
        let is_right = notify.verify_otp("+49", &code).await.unwrap();
        format!("{notify:?} {error:?} {error} {sms:?} {is_right}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"send_sms\""), "{log}");
    for secret in [&key, &code] {
        assert!(!log.contains(secret.expose_secret()) && !shown.contains(secret.expose_secret()));
    }
}

#[test]
fn no_message_shows_what_it_says() {
    let secret = throwaway_password();
    let link = secret.expose_secret();
    let shown = [
        format!("{:?}", Email::new("a", link, link).text_body(link)),
        format!("{:?}", WorkspaceInvite::new(link, link, link, link)),
        format!("{:?}", WorkspaceInvite::new(link, link, link, link).to("a")),
        format!("{:?}", WorkspaceWelcome::new(link, link, link, link, link)),
        format!("{:?}", PasswordReset::new(link, link)),
        format!("{:?}", MeetingInvite::new("a", link, link, link, link)),
        format!("{:?}", Sms::new("a", link)),
        format!("{:?}", WhatsAppText::new("a", link)),
        format!(
            "{:?}",
            WhatsAppTemplate::new("a", "t").component(link.into())
        ),
    ];
    assert!(shown.iter().all(|text| !text.contains(link)), "{shown:?}");
}
