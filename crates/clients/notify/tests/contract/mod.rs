//! What the client and a Notify agree on, whether it is a stand-in or real. Messages go to `mail` and `phone`, which
//! must be the tester's own; `unique` is a word that was never used, for the keys.

use bheem_notify::{
    Client, Email, ErrorKind, MeetingInvite, Otp, PasswordReset, SecretString, SecurityAlert, Sms,
    Template, TemplateEmail, WhatsAppTemplate, WhatsAppText, WorkspaceInvite, WorkspaceWelcome,
};

/// Mail of every kind. The same key is the same message.
pub(crate) async fn mail(notify: &Client, mail: &str, unique: &str) {
    assert!(notify.is_healthy().await);
    let plain = Email::new(mail, "Contract", "<p>This is a test.</p>").text_body("This is a test.");
    let key = |name: &str| format!("{unique}-{name}");
    let first = notify.send_email(&key("mail"), &plain).await.unwrap();
    let again = notify.send_email(&key("mail"), &plain).await.unwrap();
    assert_eq!(first.id, again.id, "the same key");
    let other = notify.send_email(&key("other"), &plain).await.unwrap();
    assert!(other.id.is_none() || other.id != first.id, "another key");

    let link = "https://workspace.example/one-time";
    let templates = [
        WorkspaceInvite::new("John", "Mary", "The Shop", link)
            .role("member")
            .to(mail),
        WorkspaceWelcome::new("John", "The Shop", link, link, "help@workspace.example").to(mail),
        PasswordReset::new("John", link).to(mail),
        SecurityAlert::new("Sign-in", "10:00")
            .ip("192.0.2.1")
            .to(mail),
    ];
    for (index, template) in templates.iter().enumerate() {
        let key = key(&format!("template-{index}"));
        notify.send_template(&key, template).await.unwrap();
    }
    let unknown = TemplateEmail::new(mail, &Template::Other("no_such_template".to_owned()));
    let error = notify
        .send_template(&key("unknown"), &unknown)
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound),
        "{error:?}"
    );
    let nowhere = Email::new("nobody", "Contract", "<p>");
    let error = notify
        .send_email(&key("nowhere"), &nowhere)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let invite = MeetingInvite::new(mail, "Contract", "Monday, 10:00", link, "Mary");
    let invite = invite.attendees(["John"]);
    notify
        .send_meeting_invite(&key("meeting"), &invite)
        .await
        .unwrap();
}

/// Messages to a telephone.
pub(crate) async fn telephone(notify: &Client, phone: &str, unique: &str) {
    let key = |name: &str| format!("{unique}-{name}");
    let sms = Sms::new(phone, "This is a test.");
    notify.send_sms(&key("sms"), &sms).await.unwrap();
    let error = notify
        .send_sms(&key("short"), &Sms::new("12", "x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let template = WhatsAppTemplate::new(phone, "hello_world").language("en");
    notify
        .send_whatsapp_template(&key("template"), &template)
        .await
        .unwrap();
    let text = WhatsAppText::new(phone, "This is a test.");
    notify
        .send_whatsapp_text(&key("text"), &text)
        .await
        .unwrap();
}

/// A code that Notify makes; `read` tells what came to the telephone.
pub(crate) async fn code(
    notify: &Client,
    phone: &str,
    unique: &str,
    read: impl AsyncFnOnce() -> SecretString,
) {
    let otp = Otp::new(phone).length(6);
    notify
        .send_otp(&format!("{unique}-otp"), &otp)
        .await
        .unwrap();
    assert!(!notify.verify_otp(phone, &"wrong".into()).await.unwrap());
    let code = read().await;
    assert!(notify.verify_otp(phone, &code).await.unwrap());
    assert!(
        !notify.verify_otp(phone, &code).await.unwrap(),
        "it works once"
    );
}

/// A key that is none.
pub(crate) async fn strangers(stranger: &Client, mail: &str) {
    let plain = Email::new(mail, "Contract", "<p>");
    let error = stranger.send_email("stranger", &plain).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}
