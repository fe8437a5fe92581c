//! What is sent, what unusual answers mean, and what is not shown.

use std::time::SystemTime;

use bheem_http_kit::testing::captured_log;
use bheem_http_kit::{ExposeSecret as _, throwaway_password};
use bheem_livekit::{
    Claims, Client, CreateRoom, Credentials, DataMessage, Effect, EgressFilter, EgressStatus,
    ErrorKind, Permission, RoomComposite, S3Upload, TokenVerifier, UpdateParticipant,
};
use serde_json::{Value, json};
use wiremock::matchers::{any, body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, credentials};

async fn answering(status: u16, body: &Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header("content-type", "application/json"))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
}

/// What the only request carried.
#[expect(
    clippy::disallowed_methods,
    reason = "the client's tokens are good now"
)]
async fn claims(server: &MockServer) -> Claims {
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let header = requests[0].headers["authorization"].to_str().unwrap();
    let token = header.strip_prefix("Bearer ").unwrap();
    TokenVerifier::new([credentials()])
        .verify(token, SystemTime::now())
        .unwrap()
}

#[tokio::test]
async fn each_call_carries_a_token_that_allows_it_alone_for_a_minute() {
    let server = answering(
        200,
        &json!({"sid": "RM_1", "name": "r", "creationTime": "17", "emptyTimeout": 5}),
    )
    .await;
    let room = at(&server)
        .rooms()
        .create(&CreateRoom::new("r"))
        .await
        .unwrap();
    assert_eq!((room.creation_time, room.empty_timeout), (17, 5));
    let said = claims(&server).await;
    assert!(said.video.room_create && !said.video.room_admin && !said.video.room_list);
    assert_eq!(said.expires_at - said.not_before, 70);

    let server = answering(200, &json!({})).await;
    at(&server)
        .participants("r")
        .move_to("u", "s")
        .await
        .unwrap();
    let said = claims(&server).await;
    assert!(said.video.room_admin && !said.video.room_create);
    assert_eq!(
        (
            said.video.room.as_str(),
            said.video.destination_room.as_deref()
        ),
        ("r", Some("s"))
    );
    assert_eq!(
        at(&server)
            .participants("")
            .list()
            .await
            .unwrap_err()
            .effect(),
        Effect::NotSent
    );
}

#[tokio::test]
async fn bodies_are_as_documented() {
    let server = MockServer::start().await;
    let upload =
        S3Upload::new("key", "secret".into(), "eu", "bucket").endpoint("https://s3.example");
    for (route, body) in [
        (
            "/twirp/livekit.RoomService/SendData",
            json!({
                "room": "r", "data": "aGk=", "kind": "RELIABLE", "destination_identities": ["u"], "topic": "t", "nonce": null,
            }),
        ),
        (
            "/twirp/livekit.RoomService/UpdateParticipant",
            json!({
                "room": "r", "identity": "u", "name": "J", "permission": {
                    "can_subscribe": true, "can_publish": false, "can_publish_data": false,
                    "can_update_metadata": false, "hidden": false, "recorder": false,
                },
            }),
        ),
        (
            "/twirp/livekit.Egress/StartRoomCompositeEgress",
            json!({
                "room_name": "r", "layout": "", "audio_only": false, "file_outputs": [{
                    "file_type": "MP4", "filepath": "t/f.mp4", "s3": {
                        "access_key": "key", "secret": "secret", "bucket": "bucket", "region": "eu",
                        "endpoint": "https://s3.example", "force_path_style": true,
                    },
                }],
            }),
        ),
        (
            "/twirp/livekit.Egress/ListEgress",
            json!({"room_name": "r", "egress_id": "", "active": true}),
        ),
    ] {
        Mock::given(path(route))
            .and(body_json(body))
            .respond_with(ResponseTemplate::new(200).set_body_json(
                json!({"status": "EGRESS_NEW", "items": [{"status": "EGRESS_COMPLETE"}]}),
            ))
            .expect(1)
            .mount(&server)
            .await;
    }
    let livekit = at(&server);
    let people = livekit.participants("r");
    people
        .send(&DataMessage::new("hi").topic("t").to("u"))
        .await
        .unwrap();
    let mut update = UpdateParticipant::default();
    update.name = Some("J".to_owned());
    update.permission = Some(Permission::watch());
    people.update("u", &update).await.unwrap();
    let egress = livekit.egress();
    let begun = egress
        .start_room_composite(&RoomComposite::new("r", "t/f.mp4", upload))
        .await
        .unwrap();
    assert_eq!(begun.status, EgressStatus::Other("EGRESS_NEW".to_owned()));
    let mut filter = EgressFilter::default();
    filter.room = Some("r".to_owned());
    filter.is_active = true;
    assert!(egress.list(&filter).await.unwrap()[0].status.is_over());
}

#[tokio::test]
async fn codes_say_what_happened_and_whether_it_may_have_been_done() {
    use Effect::{Rejected, Unknown};
    for (status, code, kind, effect) in [
        (404, "not_found", ErrorKind::NotFound, Rejected),
        (409, "already_exists", ErrorKind::Conflict, Rejected),
        (412, "failed_precondition", ErrorKind::Conflict, Rejected),
        (400, "invalid_argument", ErrorKind::Invalid, Rejected),
        (401, "unauthenticated", ErrorKind::Unauthorized, Rejected),
        (403, "permission_denied", ErrorKind::Unauthorized, Rejected),
        (500, "internal", ErrorKind::Unavailable, Unknown),
        (503, "unavailable", ErrorKind::Unavailable, Unknown),
        (408, "deadline_exceeded", ErrorKind::Timeout, Unknown),
        (500, "something_new", ErrorKind::Protocol, Unknown),
    ] {
        let server = answering(status, &json!({"code": code, "msg": "words"})).await;
        let error = at(&server).egress().stop("EG_1").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, effect), "{code}");
    }
}

#[tokio::test]
async fn hostile_answers_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    for body in [
        br#"{"rooms": 7}"#.as_slice(),
        br#"{"rooms": [{"sid": []}]}"#,
        b"\xff\xfe{}",
        b"null",
        deep.as_bytes(),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_bytes(body))
            .mount(&server)
            .await;
        let error = at(&server).rooms().list(&[]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn neither_secrets_nor_tokens_are_shown() {
    let server = answering(500, &json!({"code": "internal", "msg": "redis required"})).await;
    let (secret, key) = (throwaway_password(), throwaway_password());
    let doubled = format!("{0}{0}", secret.expose_secret());
    let work = async {
        let credentials = Credentials::new("APItest", doubled.into()).unwrap();
        let livekit = Client::builder(server.uri(), credentials).build().unwrap();
        let upload = S3Upload::new("k", key.clone(), "eu", "b");
        let wish = RoomComposite::new("r", "f", upload);
        let error = livekit
            .egress()
            .start_room_composite(&wish)
            .await
            .unwrap_err();
        format!("{livekit:?} {wish:?} {error:?} {error}")
    };
    let (shown, log) = captured_log(work).await;
    assert!(log.contains("operation=\"start_recording\""), "{log}");
    let requests = server.received_requests().await.unwrap();
    let header = requests[0].headers["authorization"].to_str().unwrap();
    let token = header.strip_prefix("Bearer ").unwrap();
    for hidden in [secret.expose_secret(), key.expose_secret(), token] {
        assert!(!log.contains(hidden) && !shown.contains(hidden));
    }
}

/// `ProtoJSON`: enums are names or numbers, and `null` is the default of every field.
#[tokio::test]
async fn one_odd_entry_hides_no_other() {
    let good = |sid: &str| json!({"sid": sid, "name": sid, "egress_id": sid, "identity": sid});
    let all = json!([good("a"), {"sid": [], "egress_id": []}, good("c")]);
    for kind in ["rooms", "participants", "items"] {
        let server = answering(200, &json!({ kind: all })).await;
        let client = at(&server);
        let (count, left_out) = match kind {
            "rooms" => {
                let found = client.rooms().list(&[]).await.unwrap();
                (found.len(), found.left_out)
            }
            "participants" => {
                let found = client.participants("r").list().await.unwrap();
                (found.len(), found.left_out)
            }
            _ => {
                let found = client
                    .egress()
                    .list(&EgressFilter::default())
                    .await
                    .unwrap();
                (found.len(), found.left_out)
            }
        };
        assert_eq!((count, left_out), (2, 1), "{kind}");
    }
    let server = answering(200, &json!({"items": null})).await;
    assert!(
        at(&server)
            .egress()
            .list(&EgressFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn enums_are_read_by_name_and_by_number() {
    for (status, expected) in [
        (json!(3), EgressStatus::Complete),
        (json!("EGRESS_COMPLETE"), EgressStatus::Complete),
        (json!(0), EgressStatus::Starting),
        (json!(null), EgressStatus::Starting),
        (json!(6), EgressStatus::LimitReached),
        (json!(99), EgressStatus::Other("99".to_owned())),
        (
            json!("EGRESS_NEW"),
            EgressStatus::Other("EGRESS_NEW".to_owned()),
        ),
    ] {
        let odd = json!({"egressId": "EG_1", "status": status, "error": null, "startedAt": "17", "fileResults": null});
        let server = answering(200, &json!({ "items": [odd] })).await;
        let found = at(&server)
            .egress()
            .list(&EgressFilter::default())
            .await
            .unwrap();
        assert_eq!(
            (found[0].status.clone(), found[0].started_at),
            (expected, 17),
            "{status}"
        );
    }
    let who = json!({"identity": "u", "state": 2, "metadata": null, "attributes": null, "permission": {"canPublish": true, "hidden": null},
        "tracks": [{"sid": "TR_1", "type": 1, "source": 3, "muted": null}, {"sid": "TR_2", "type": "AUDIO", "source": "MICROPHONE"}]});
    let server = answering(200, &json!({ "participants": [who] })).await;
    let found = at(&server).participants("r").list().await.unwrap();
    let who = &found[0];
    assert_eq!(
        (who.state, who.permission.unwrap().can_publish),
        (bheem_livekit::ParticipantState::Active, true)
    );
    let tracks: Vec<(&str, &str)> = who
        .tracks
        .iter()
        .map(|one| (one.kind.as_str(), one.source.as_str()))
        .collect();
    assert_eq!(tracks, [("VIDEO", "SCREEN_SHARE"), ("AUDIO", "MICROPHONE")]);
}
