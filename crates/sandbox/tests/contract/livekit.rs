//! LiveKit: what its client is promised, and people who come and go.

#[path = "../../../clients/livekit/tests/contract/mod.rs"]
mod suite;

use std::time::SystemTime;

use bheem_livekit::{
    AccessToken, Client, CreateRoom, Credentials, Deleted, EgressFilter, EgressStatus, ErrorKind,
    EventKind, ExposeSecret as _, Permission, RoomComposite, S3Upload, UpdateParticipant,
    VideoGrant, WebhookReceiver,
};
use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::{Value, json};

use crate::support::{Receiver, control, refused};

fn credentials(peer: &PeerHandle) -> Credentials {
    let secret = peer.credential("api_secret").to_owned();
    Credentials::new(peer.credential("api_key"), secret.into()).unwrap()
}

fn client(peer: &PeerHandle) -> Client {
    Client::builder(&peer.base_url, credentials(peer))
        .build()
        .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in's clock is the machine's"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn token(peer: &PeerHandle, identity: &str, room: &str) -> String {
    let token = AccessToken::new(identity, VideoGrant::join(room)).name(identity);
    token
        .sign(&credentials(peer), now())
        .unwrap()
        .expose_secret()
        .to_owned()
}

async fn join(peer: &PeerHandle, identity: &str, room: &str) -> Value {
    let body = json!({"token": token(peer, identity, room), "sources": ["CAMERA"]});
    control(peer, "join", &body).await
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.livekit;
    suite::rooms(&client(peer), "standup").await;
    let foreign = Credentials::new("APInobody", "x".repeat(32).into()).unwrap();
    let stranger = Client::builder(&peer.base_url, foreign).build().unwrap();
    suite::strangers(&stranger).await;
}

#[tokio::test]
async fn people_come_are_ruled_over_and_go() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.livekit;
    let livekit = client(peer);
    for room in ["a", "b"] {
        let room = CreateRoom::new(room).max_participants(2);
        livekit.rooms().create(&room).await.unwrap();
    }
    join(peer, "john", "a").await;
    let first = join(peer, "jane", "a").await;
    let people = livekit.participants("a");
    // Whoever joins again takes their own place, and a third one finds none.
    let second = join(peer, "jane", "a").await;
    assert_ne!(first["sid"], second["sid"]);
    assert_eq!(people.list().await.unwrap().len(), 2);
    let late = json!({"token": token(peer, "late", "a")});
    assert_eq!(refused(peer, "join", &late).await, 403);
    let nowhere = json!({"token": token(peer, "late", "nowhere")});
    assert_eq!(refused(peer, "join", &nowhere).await, 404);

    let jane = people.find("jane").await.unwrap().unwrap();
    let muted = people
        .mute("jane", &jane.tracks[0].sid, true)
        .await
        .unwrap();
    assert!(muted.unwrap().muted);
    let mut update = UpdateParticipant::default();
    update.permission = Some(Permission::watch());
    let jane = people.update("jane", &update).await.unwrap();
    assert!(jane.tracks.is_empty() && !jane.permission.unwrap().can_publish);
    people.move_to("jane", "b").await.unwrap();
    let elsewhere = livekit.participants("b");
    assert!(elsewhere.find("jane").await.unwrap().is_some());
    assert_eq!(elsewhere.remove("jane").await.unwrap(), Deleted::Removed);
    assert_eq!(elsewhere.remove("jane").await.unwrap(), Deleted::Absent);
}

#[tokio::test]
async fn a_meeting_and_its_recording_are_told_by_webhooks() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.livekit;
    let receiver = Receiver::start().await;
    assert!(peer.set_options(&json!({"webhook_url": receiver.url})));
    let livekit = client(peer);
    livekit.rooms().create(&CreateRoom::new("a")).await.unwrap();
    join(peer, "john", "a").await;
    let upload = S3Upload::new("key", "secret".into(), "eu", "recordings");
    let wish = RoomComposite::new("a", "tenant/1.mp4", upload);
    let egress = livekit.egress();
    let begun = egress.start_room_composite(&wish).await.unwrap();
    let mut active = EgressFilter::default();
    active.is_active = true;
    assert_eq!(egress.list(&active).await.unwrap().len(), 1);
    egress
        .update_layout(&begun.egress_id, "speaker")
        .await
        .unwrap();
    assert_eq!(
        egress.stop(&begun.egress_id).await.unwrap().status,
        EgressStatus::Ending
    );
    let again = egress.stop(&begun.egress_id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert!(egress.list(&active).await.unwrap().is_empty());
    control(peer, "leave", &json!({"room": "a", "identity": "john"})).await;
    control(peer, "close_empty_rooms", &json!({})).await;

    let judge = WebhookReceiver::new([credentials(peer)]);
    let mut seen = Vec::new();
    for _ in 0..7 {
        let came = receiver.next().await;
        let event = judge
            .receive(&came.body, came.header("authorization"), now())
            .unwrap();
        if event.kind == EventKind::EgressEnded {
            let file = &event.egress.as_ref().unwrap().file_results[0];
            assert_eq!(
                (file.filename.as_str(), file.size),
                ("tenant/1.mp4", 1_048_576)
            );
        }
        seen.push(event.kind.to_string());
    }
    seen.sort();
    let expected = [
        "egress_ended",
        "egress_started",
        "participant_joined",
        "participant_left",
        "room_finished",
        "room_started",
        "track_published",
    ];
    assert_eq!(seen, expected);
}
