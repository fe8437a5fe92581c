use std::time::Duration;

use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use proptest::prelude::*;

use super::*;
use crate::{AccessToken, VideoGrant};

fn credentials() -> Credentials {
    let secret = format!("{0}{0}", throwaway_password().expose_secret());
    Credentials::new("APIa", secret.into()).unwrap()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_246_655)
}

fn signature(credentials: &Credentials, body: &[u8]) -> String {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, body));
    let token = AccessToken::new("", VideoGrant::default()).sha256(hash);
    token
        .sign(credentials, now())
        .unwrap()
        .expose_secret()
        .to_owned()
}

const BODY: &[u8] = br#"{"event": "participant_left", "id": "EV_1", "createdAt": "1795246655", "room": {"sid": "RM_1",
    "name": "standup", "creationTime": "1795240000"}, "participant": {"sid": "PA_1", "identity": "u", "state": "DISCONNECTED",
    "joinedAt": "1795246000", "permission": {"canPublish": true}}, "tomorrow": 1}"#;

#[test]
fn an_event_is_read_when_it_is_signed_for_this_very_body() {
    let credentials = credentials();
    let receiver = WebhookReceiver::new([credentials.clone()]);
    let token = signature(&credentials, BODY);
    let event = receiver.receive(BODY, &token, now()).unwrap();
    assert_eq!(
        (event.kind, event.id.as_str(), event.created_at),
        (EventKind::ParticipantLeft, "EV_1", 1_795_246_655)
    );
    assert_eq!(event.room.unwrap().creation_time, 1_795_240_000);
    let who = event.participant.unwrap();
    assert_eq!(who.state, crate::ParticipantState::Disconnected);
    assert!(who.permission.unwrap().can_publish && !who.permission.unwrap().can_subscribe);

    let changed = [BODY, b" "].concat();
    let later = now() + Duration::from_hours(1);
    for (body, token, now) in [
        (changed.as_slice(), token.as_str(), now()),
        (BODY, token.as_str(), later),
        (BODY, "", now()),
        (BODY, signature(&self::credentials(), BODY).as_str(), now()),
    ] {
        assert_eq!(
            receiver.receive(body, token, now).unwrap_err(),
            WebhookError::Unsigned
        );
    }
}

#[test]
fn a_token_that_belongs_to_no_body_is_no_signature() {
    let credentials = credentials();
    let join = AccessToken::new("u", VideoGrant::join("r"))
        .sign(&credentials, now())
        .unwrap();
    let receiver = WebhookReceiver::new([credentials]);
    let error = receiver
        .receive(b"", join.expose_secret(), now())
        .unwrap_err();
    assert_eq!(error, WebhookError::Unsigned);
}

proptest! {
    #[test]
    fn fuzz_signed_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let credentials = credentials();
        let token = signature(&credentials, &body);
        let read = WebhookReceiver::new([credentials]).receive(&body, &token, now());
        prop_assert!(!matches!(read, Err(WebhookError::Unsigned)));
    }
}

/// `ProtoJSON`: enums are names or numbers, and `null` is the default.
#[test]
fn an_event_with_numbers_for_names_is_read() {
    let credentials = credentials();
    let receiver = WebhookReceiver::new([credentials.clone()]);
    let body = br#"{"event": "egress_ended", "id": "EV_2", "createdAt": 17, "room": null, "egressInfo": {"egressId": "EG_1",
        "status": 3, "error": null, "fileResults": [{"filename": "a.mp4", "size": "123", "location": null}]}}"#;
    let token = signature(&credentials, body);
    let event = receiver.receive(body, &token, now()).unwrap();
    let egress = event.egress.unwrap();
    assert_eq!(
        (egress.status, event.room.is_none()),
        (crate::EgressStatus::Complete, true)
    );
    assert_eq!(
        (
            egress.file_results[0].size,
            egress.file_results[0].location.as_str()
        ),
        (123, "")
    );
}
