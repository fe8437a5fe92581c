//! The expected signatures were computed by another implementation, Python's `hmac`, with keys that are no secret of
//! anybody.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{EventKind, Severity};

const TIMESTAMP: u64 = 1_795_246_655;
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
const BY_THE_NEW: &str = "cd83689a9e73a0b2193e20148fefd727462a89875f6628a52528861043d5281e";
const BY_THE_OLD: &str = "2a379e9be5e322277e980a5d7818d1fbdd694d7b709ccb0d764336f41e6f8cdb";

fn new_key() -> SecretString {
    SecretString::from("signing-key-of-the-test-vectors")
}

fn old_key() -> SecretString {
    SecretString::from("its-predecessor")
}

fn at(offset: i64) -> SystemTime {
    let seconds = i64::try_from(TIMESTAMP).unwrap() + offset;
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap())
}

fn body(signature: &Value) -> Vec<u8> {
    let event = json!({
        "id": "ev-1", "event": "failed", "timestamp": 1_795_246_650.25, "severity": "permanent", "reason": "bounce",
        "recipient": "john@a.test", "tags": ["welcome"],
        "delivery-status": {"code": 550, "message": "no such user", "attempt-no": 1},
        "message": {"headers": {"message-id": "n-1@acme.test", "to": "john@a.test"}, "attachments": []},
        "user-variables": {"notification_id": "n-1"},
    });
    json!({"signature": signature, "event-data": event})
        .to_string()
        .into_bytes()
}

fn signed(signature: &str) -> Vec<u8> {
    body(&json!({"timestamp": TIMESTAMP.to_string(), "token": TOKEN, "signature": signature}))
}

#[test]
fn a_webhook_is_believed_and_read() {
    let webhooks = Webhooks::new([&new_key()]);
    let received = webhooks.receive(&signed(BY_THE_NEW), at(0)).unwrap();
    assert_eq!(received.token, TOKEN);
    let event = received.event;
    assert_eq!(event.kind, EventKind::Failed);
    assert_eq!(event.severity, Some(Severity::Permanent));
    assert_eq!(event.timestamp, 1_795_246_650);
    assert_eq!(event.notification_id(), Some("n-1"));
    assert_eq!(event.message_id(), Some("n-1@acme.test"));
    assert_eq!(event.delivery_status.unwrap().code, Some(550));
    let upper = signed(&BY_THE_NEW.to_uppercase());
    assert!(webhooks.receive(&upper, at(0)).is_ok());
    let number = body(&json!({"timestamp": TIMESTAMP, "token": TOKEN, "signature": BY_THE_NEW}));
    assert!(webhooks.receive(&number, at(0)).is_ok());
}

#[test]
fn either_key_of_a_rotation_counts_and_no_other() {
    let both = Webhooks::new([&new_key(), &old_key()]);
    for signature in [BY_THE_NEW, BY_THE_OLD] {
        assert!(both.receive(&signed(signature), at(0)).is_ok());
    }
    let wrong = |webhooks: &Webhooks, body: &[u8]| {
        assert_eq!(
            webhooks.receive(body, at(0)).unwrap_err(),
            WebhookError::Wrong
        );
    };
    wrong(&Webhooks::new([&old_key()]), &signed(BY_THE_NEW));
    wrong(&Webhooks::new([]), &signed(BY_THE_NEW));
    wrong(
        &Webhooks::new([&SecretString::from("")]),
        &signed(BY_THE_NEW),
    );
    let parent = json!({
        "timestamp": TIMESTAMP.to_string(), "token": TOKEN, "signature": "00", "parent-signature": BY_THE_NEW,
    });
    assert!(both.receive(&body(&parent), at(0)).is_ok());
}

#[test]
fn what_was_signed_is_time_and_token_and_nothing_may_move_between_them() {
    let webhooks = Webhooks::new([&new_key()]);
    let time = TIMESTAMP.to_string();
    let token_without_its_first = TOKEN.strip_prefix('0').unwrap();
    let time_without_its_last = time.strip_suffix('5').unwrap();
    for (timestamp, token) in [
        (format!("{time}0"), token_without_its_first.to_owned()),
        (time_without_its_last.to_owned(), format!("5{TOKEN}")),
        (String::new(), format!("{time}{TOKEN}")),
        (format!("{time}{TOKEN}"), String::new()),
        (time.clone(), format!("{TOKEN}0")),
        (format!("+{time}"), TOKEN.to_owned()),
    ] {
        let forged = json!({"timestamp": timestamp, "token": token, "signature": BY_THE_NEW});
        let error = webhooks.receive(&body(&forged), at(0)).unwrap_err();
        assert!(
            matches!(error, WebhookError::Wrong | WebhookError::Stale),
            "{timestamp}"
        );
    }
}

#[test]
fn a_signature_counts_for_a_quarter_of_an_hour() {
    let webhooks = Webhooks::new([&new_key()]);
    for offset in [900, -900, 1] {
        assert!(webhooks.receive(&signed(BY_THE_NEW), at(offset)).is_ok());
    }
    for offset in [901, -901, 1_000_000] {
        let error = webhooks
            .receive(&signed(BY_THE_NEW), at(offset))
            .unwrap_err();
        assert_eq!(error, WebhookError::Stale);
    }
}

#[test]
fn what_is_no_event_is_not_read() {
    let webhooks = Webhooks::new([&new_key()]);
    let signature = json!({"timestamp": TIMESTAMP, "token": TOKEN, "signature": BY_THE_NEW});
    for event in [
        json!(null),
        json!({}),
        json!({"id": 1, "event": "failed", "timestamp": []}),
    ] {
        let body = json!({"signature": signature, "event-data": event}).to_string();
        let error = webhooks.receive(body.as_bytes(), at(0)).unwrap_err();
        assert_eq!(error, WebhookError::Unreadable);
    }
    let deep = "[".repeat(1_000_000);
    for body in ["", "null", "{}", "\u{feff}{}", deep.as_str()] {
        let error = webhooks.receive(body.as_bytes(), at(0)).unwrap_err();
        assert_eq!(error, WebhookError::Unreadable);
    }
}

proptest! {
    #[test]
    fn fuzz_nothing_unsigned_is_believed(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Webhooks::new([&new_key()]).receive(&bytes, at(0)).is_err());
    }

    #[test]
    fn fuzz_no_other_signature_is_believed(timestamp in "\\PC{0,12}", token in "\\PC{0,60}", signature in "[0-9a-f]{64}|\\PC{0,70}") {
        prop_assume!(signature != BY_THE_NEW);
        let forged = json!({"timestamp": timestamp, "token": token, "signature": signature});
        prop_assert!(Webhooks::new([&new_key()]).receive(&body(&forged), at(0)).is_err());
    }
}
