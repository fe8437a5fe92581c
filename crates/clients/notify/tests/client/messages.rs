use std::time::Duration;

use bheem_notify::{
    Client, Effect, Email, Error, ErrorKind, MeetingInvite, PasswordReset, Paths, RetryPolicy, Sms,
    Template, TemplateEmail, WhatsAppTemplate, WhatsAppText, WorkspaceInvite, WorkspaceWelcome,
};
use serde_json::json;
use wiremock::matchers::{header, header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, expect};

#[tokio::test]
async fn mail_is_sent_as_documented() {
    let server = MockServer::start().await;
    let body = json!({"to": "a@b.example", "subject": "s", "html_body": "<p>", "text_body": "t", "cc": ["c@b.example"],
        "bcc": ["d@b.example"], "from_email": "no@b.example", "from_name": "B"});
    expect(
        &server,
        "/api/v1/email/send",
        "k1",
        body,
        202,
        r#"{"success": true, "message_id": "m-1"}"#,
    )
    .await;
    let email = Email::new("a@b.example", "s", "<p>")
        .text_body("t")
        .cc("c@b.example")
        .bcc("d@b.example")
        .from("no@b.example", "B");
    assert_eq!(
        at(&server)
            .send_email("k1", &email)
            .await
            .unwrap()
            .id
            .as_deref(),
        Some("m-1")
    );
}

#[tokio::test]
async fn templates_have_their_documented_variables() {
    let server = MockServer::start().await;
    let target = "/api/v1/email/send/template";
    let cases = [
        (
            WorkspaceInvite::new("John", "Mary", "Shop", "https://x/1")
                .role("admin")
                .to("j@x.example"),
            json!({"to": "j@x.example", "template_name": "workspace_invite", "template_vars": {"invitee_name": "John",
                "inviter_name": "Mary", "workspace_name": "Shop", "invite_url": "https://x/1", "role": "admin"}}),
        ),
        (
            WorkspaceWelcome::new("John", "Shop", "https://x", "https://x/2", "help@x.example")
                .to("j@x.example"),
            json!({"to": "j@x.example", "template_name": "workspace_welcome", "template_vars": {"user_name": "John",
                "workspace_name": "Shop", "login_url": "https://x", "set_password_url": "https://x/2",
                "support_email": "help@x.example"}}),
        ),
        (
            PasswordReset::new("John", "https://x/3")
                .to("j@x.example")
                .subject("Again"),
            json!({"to": "j@x.example", "template_name": "password_reset", "subject": "Again", "template_vars":
                {"user_name": "John", "reset_url": "https://x/3", "expires_in": "24 hours"}}),
        ),
        (
            TemplateEmail::new("j@x.example", &Template::Other("o".to_owned()))
                .variable("n", 1)
                .cc("c")
                .bcc("d"),
            json!({"to": "j@x.example", "template_name": "o", "template_vars": {"n": 1}, "cc": ["c"], "bcc": ["d"]}),
        ),
    ];
    for (index, (email, body)) in cases.into_iter().enumerate() {
        assert!(!body.to_string().contains("temp_password"));
        let key = format!("key-{index}");
        expect(&server, target, &key, body, 200, "{}").await;
        assert_eq!(
            at(&server).send_template(&key, &email).await.unwrap().id,
            None
        );
    }
}

#[tokio::test]
async fn the_other_messages_are_sent_as_documented() {
    let server = MockServer::start().await;
    let notify = at(&server);
    let body = json!({"to": "a", "meeting_title": "t", "meeting_time": "now", "meeting_url": "u", "host_name": "h",
        "attendees": ["x", "y"]});
    expect(
        &server,
        "/api/v1/mail/bheem-tele/meeting-invite",
        "m",
        body,
        200,
        r#"{"id": 5}"#,
    )
    .await;
    let invite = MeetingInvite::new("a", "t", "now", "u", "h").attendees(["x", "y"]);
    assert_eq!(
        notify
            .send_meeting_invite("m", &invite)
            .await
            .unwrap()
            .id
            .as_deref(),
        Some("5")
    );

    let body = json!({"to": "+49", "message": "code", "sender_id": "BHEEM"});
    expect(
        &server,
        "/api/v1/bheem-tele/sms/send",
        "s",
        body,
        200,
        r#"{"data": {"sid": "x"}}"#,
    )
    .await;
    let sms = Sms::new("+49", "code").sender_id("BHEEM");
    assert_eq!(
        notify.send_sms("s", &sms).await.unwrap().id.as_deref(),
        Some("x")
    );

    let body = json!({"to": "+49", "template_name": "t", "language": "de", "components": [{"type": "body"}]});
    expect(&server, "/api/v1/whatsapp/template", "wt", body, 200, "{}").await;
    let message = WhatsAppTemplate::new("+49", "t")
        .language("de")
        .component(json!({"type": "body"}));
    notify.send_whatsapp_template("wt", &message).await.unwrap();

    expect(
        &server,
        "/api/v1/whatsapp/text",
        "wx",
        json!({"to": "+49", "message": "hi"}),
        200,
        "",
    )
    .await;
    notify
        .send_whatsapp_text("wx", &WhatsAppText::new("+49", "hi"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_success_that_reports_a_failure_is_one() {
    for answer in [
        r#"{"success": false, "message": "no"}"#,
        r#"{"error": "no"}"#,
        r#"{"status": "failed"}"#,
    ] {
        let server = MockServer::start().await;
        let body = json!({"to": "+49", "message": "hi"});
        expect(
            &server,
            "/api/v1/bheem-tele/sms/send",
            "k",
            body,
            200,
            answer,
        )
        .await;
        let error = at(&server)
            .send_sms("k", &Sms::new("+49", "hi"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::Rejected)
        );
    }
}

#[tokio::test]
async fn statuses_have_their_usual_meaning() {
    for (status, kind) in [
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (422, ErrorKind::Invalid),
    ] {
        let server = MockServer::start().await;
        let body = json!({"to": "+49", "message": "hi"});
        expect(
            &server,
            "/api/v1/bheem-tele/sms/send",
            "k",
            body,
            status,
            r#"{"detail": "x"}"#,
        )
        .await;
        let error = at(&server)
            .send_sms("k", &Sms::new("+49", "hi"))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::Rejected));
    }
}

#[tokio::test]
async fn a_send_may_be_repeated_because_it_carries_its_key() {
    let server = MockServer::start().await;
    let first = Mock::given(method("POST")).and(header("idempotency-key", "k"));
    first
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    let second = Mock::given(method("POST")).and(header("idempotency-key", "k"));
    second
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .expect(1)
        .mount(&server)
        .await;
    let policy = RetryPolicy {
        max_attempts: 2,
        base: Duration::ZERO,
        cap: Duration::ZERO,
    };
    let notify = Client::builder(server.uri(), "".into())
        .retry(policy)
        .build()
        .unwrap();
    notify.send_sms("k", &Sms::new("+49", "hi")).await.unwrap();
}

#[tokio::test]
async fn an_empty_key_sends_no_header_and_paths_are_configurable() {
    let server = MockServer::start().await;
    Mock::given(header_exists("x-api-key"))
        .respond_with(ResponseTemplate::new(400))
        .expect(0)
        .mount(&server)
        .await;
    Mock::given(path("/base/api/v1/bheem-tele/email/send/template"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .expect(1)
        .mount(&server)
        .await;
    let notify = Client::builder(format!("{}/base", server.uri()), "".into())
        .build()
        .unwrap();
    let notify = notify.with_paths(Paths::bheem_tele());
    notify
        .send_template("k", &PasswordReset::new("n", "u").to("a@b.example"))
        .await
        .unwrap();
}
