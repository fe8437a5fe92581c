//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_notify::{Email, MeetingInvite, Otp, PasswordReset, Sms, WhatsAppTemplate, WhatsAppText};

use crate::client;

#[tokio::test]
async fn every_operation_understands_misbehaviour() {
    for path in [
        "/api/v1/email/send",
        "/api/v1/email/send/template",
        "/api/v1/mail/bheem-tele/meeting-invite",
        "/api/v1/bheem-tele/sms/send",
        "/api/v1/bheem-tele/otp/send",
        "/api/v1/bheem-tele/otp/verify",
        "/api/v1/whatsapp/template",
        "/api/v1/whatsapp/text",
    ] {
        let route = Route {
            method: "POST",
            path,
            body: Some(r#"{"success": true, "id": "1"}"#),
        };
        misbehaving_peers(route, |peer| async move {
            let notify = client(&peer);
            match path.trim_start_matches("/api/v1/") {
                "email/send" => notify
                    .send_email("k", &Email::new("a", "s", "h"))
                    .await
                    .map(drop),
                "email/send/template" => notify
                    .send_template("k", &PasswordReset::new("n", "u").to("a"))
                    .await
                    .map(drop),
                "mail/bheem-tele/meeting-invite" => notify
                    .send_meeting_invite("k", &MeetingInvite::new("a", "t", "w", "u", "h"))
                    .await
                    .map(drop),
                "bheem-tele/sms/send" => notify.send_sms("k", &Sms::new("a", "m")).await.map(drop),
                "bheem-tele/otp/send" => notify.send_otp("k", &Otp::new("a")).await.map(drop),
                "bheem-tele/otp/verify" => notify.verify_otp("a", &"1".into()).await.map(drop),
                "whatsapp/template" => notify
                    .send_whatsapp_template("k", &WhatsAppTemplate::new("a", "t"))
                    .await
                    .map(drop),
                _ => notify
                    .send_whatsapp_text("k", &WhatsAppText::new("a", "m"))
                    .await
                    .map(drop),
            }
        })
        .await;
    }
}
