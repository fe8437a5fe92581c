use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::{Value, json};

use crate::support::{client, json as read};

async fn post(peer: &PeerHandle, path: &str, key: Option<&str>, body: Value) -> (u16, Value) {
    let url = format!("{}/api/v1/{path}", peer.base_url);
    let mut request = client()
        .post(url)
        .header("X-API-Key", peer.credential("api_key"))
        .json(&body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    read(request.send().await.unwrap()).await
}

fn invitation() -> Value {
    json!({
        "to": "john@a.test", "template_name": "workspace_invite",
        "template_vars": {"workspace_name": "A", "invite_url": "https://a.test/x", "role": "member"},
    })
}

#[tokio::test]
async fn a_message_is_kept_as_it_was_sent() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let (status, answer) = post(peer, "email/send/template", None, invitation()).await;
    assert_eq!((status, &answer["success"]), (200, &json!(true)));
    let message = &peer.state()["messages"][0];
    assert_eq!(message["id"], answer["message_id"]);
    assert_eq!(message["kind"], "template_email");
    assert_eq!(message["to"], "john@a.test");
    assert_eq!(message["template_name"], "workspace_invite");
    assert_eq!(message["template_vars"]["invite_url"], "https://a.test/x");
}

#[tokio::test]
async fn the_same_key_sends_once_and_another_key_again() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let (_, first) = post(peer, "email/send/template", Some("k-1"), invitation()).await;
    let (_, second) = post(peer, "email/send/template", Some("k-1"), invitation()).await;
    assert_eq!(first["message_id"], second["message_id"]);
    let (_, third) = post(peer, "email/send/template", Some("k-2"), invitation()).await;
    assert_ne!(first["message_id"], third["message_id"]);
    assert_eq!(peer.state()["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_kind_of_message_has_its_place() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let mail =
        json!({"to": "a@b.test", "subject": "s", "html_body": "<p>h</p>", "cc": ["c@b.test"]});
    let meeting = json!({
        "to": "a@b.test", "meeting_title": "t", "meeting_time": "2026-11-21T10:00:00Z",
        "meeting_url": "https://a.test/m", "host_name": "h", "attendees": [],
    });
    let text = json!({"to": "+919876543210", "message": "hello"});
    let template = json!({"to": "919876543210", "template_name": "any", "language": "en"});
    for (path, body, kind) in [
        ("email/send", mail, "email"),
        (
            "bheem-tele/email/send/template",
            invitation(),
            "template_email",
        ),
        ("mail/bheem-tele/meeting-invite", meeting, "meeting_invite"),
        ("bheem-tele/sms/send", text.clone(), "sms"),
        ("whatsapp/text", text, "whatsapp_text"),
        ("meta/whatsapp/send/template", template, "whatsapp_template"),
    ] {
        let (status, answer) = post(peer, path, None, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let state = peer.state();
        assert_eq!(
            state["messages"].as_array().unwrap().last().unwrap()["kind"],
            kind
        );
    }
}

#[tokio::test]
async fn refusals_name_the_field() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let mut unknown = invitation();
    unknown["template_name"] = json!("nonsense");
    for (path, body, field) in [
        (
            "email/send",
            json!({"subject": "s", "html_body": "h"}),
            "to",
        ),
        (
            "email/send",
            json!({"to": "nobody", "subject": "s", "html_body": "h"}),
            "to",
        ),
        ("email/send/template", unknown, "template_name"),
        (
            "bheem-tele/sms/send",
            json!({"to": "12", "message": "m"}),
            "to",
        ),
    ] {
        let (status, answer) = post(peer, path, None, body).await;
        assert_eq!(
            (status, &answer["detail"][0]["loc"][1]),
            (422, &json!(field)),
            "{path}"
        );
    }
    let url = format!("{}/api/v1/email/send", peer.base_url);
    let (status, _) = read(
        client()
            .post(url)
            .header("X-API-Key", "wrong")
            .json(&invitation())
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, 401);
    let health = client()
        .get(format!("{}/health", peer.base_url))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200, "needs no key");
    assert_eq!(peer.state()["messages"], json!([]));
}

#[tokio::test]
async fn a_one_time_password_works_once() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let to = "+919876543210";
    post(
        peer,
        "bheem-tele/otp/send",
        None,
        json!({"to": to, "otp_length": 6}),
    )
    .await;
    let state = peer.state();
    let text = state["messages"][0]["message"].as_str().unwrap();
    let code = text.rsplit(' ').next().unwrap().to_owned();
    assert_eq!(code.len(), 6);
    let verify = |otp: String| {
        post(
            peer,
            "bheem-tele/otp/verify",
            None,
            json!({"to": to, "otp": otp}),
        )
    };
    assert_eq!(verify("wrong".to_owned()).await.1["verified"], false);
    assert_eq!(verify(code.clone()).await.1["verified"], true);
    assert_eq!(verify(code).await.1["verified"], false);
}

#[tokio::test]
async fn guessing_a_one_time_password_ends_after_five_attempts() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let to = "+919876543210";
    post(peer, "bheem-tele/otp/send", None, json!({"to": to})).await;
    let state = peer.state();
    let code = state["messages"][0]["message"]
        .as_str()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    for _ in 0..5 {
        post(
            peer,
            "bheem-tele/otp/verify",
            None,
            json!({"to": to, "otp": "x"}),
        )
        .await;
    }
    let (_, answer) = post(
        peer,
        "bheem-tele/otp/verify",
        None,
        json!({"to": to, "otp": code}),
    )
    .await;
    assert_eq!(answer["verified"], false);
}
