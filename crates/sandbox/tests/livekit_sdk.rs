//! Tokens, webhooks and the stand-in against LiveKit's own libraries, for JavaScript and Python: what one signs, the other
//! must believe. The one for Python speaks protocol buffers to the server, which the stand-in does not.
#![cfg(test)]

use std::{path::Path, process::Stdio, time::SystemTime};

use bheem_livekit::{
    AccessToken, CreateRoom, Credentials, EventKind, ExposeSecret as _, TokenVerifier, VideoGrant,
    WebhookReceiver,
};
use bheem_local_servers::tools;
use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, process::Command};

fn credentials(peer: &PeerHandle) -> Credentials {
    let secret = peer.credential("api_secret").to_owned();
    Credentials::new(peer.credential("api_key"), secret.into()).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the libraries judge by the time of day"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Runs a script with a question in JSON and answers what it says.
async fn ask(mut command: Command, question: &Value) -> Value {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(question.to_string().as_bytes())
        .await
        .unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn hold_against(command: Command) -> Value {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.livekit;
    let credentials = credentials(peer);
    let livekit = bheem_livekit::Client::builder(&peer.base_url, credentials.clone())
        .build()
        .unwrap();
    let room = CreateRoom::new("standup").max_participants(9);
    livekit.rooms().create(&room).await.unwrap();
    let grant = VideoGrant::join("standup").with_admin();
    let token = AccessToken::new("user-1", grant)
        .name("John")
        .attribute("tenant", "acme")
        .sign(&credentials, now())
        .unwrap();
    let body =
        r#"{"event": "room_started", "id": "EV_1", "room": {"name": "standup", "sid": "RM_1"}}"#;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
    let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    let webhook = AccessToken::new("", VideoGrant::default())
        .sha256(&digest)
        .sign(&credentials, now())
        .unwrap();
    let question = json!({
        "url": peer.base_url,
        "api_key": credentials.api_key(),
        "api_secret": peer.credential("api_secret"),
        "token": token.expose_secret(),
        "webhook_body": body,
        "webhook_token": webhook.expose_secret(),
        "digest": digest,
    });
    let said = ask(command, &question).await;
    // Ours, judged by theirs.
    assert_eq!(said["identity"], "user-1");
    assert_eq!(said["room"], "standup");
    assert_eq!(said["wrong_secret"], "refused");
    assert_eq!(said["event"], "room_started");
    assert_eq!(said["changed_body"], "refused");
    // Theirs, judged by ours.
    let claims = TokenVerifier::new([credentials.clone()])
        .verify(said["their_token"].as_str().unwrap(), now())
        .unwrap();
    assert_eq!(
        (claims.identity.as_str(), claims.video.room.as_str()),
        ("their-user", "their-room")
    );
    assert!(claims.video.room_join && claims.video.can_publish == Some(false));
    let event = WebhookReceiver::new([credentials])
        .receive(
            body.as_bytes(),
            said["their_webhook_token"].as_str().unwrap(),
            now(),
        )
        .unwrap();
    assert_eq!(event.kind, EventKind::RoomStarted);
    said
}

fn script(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/livekit_sdk");
    path.join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_library_for_javascript_and_ours_believe_each_other() {
    let Some(modules) = tools("node").await.unwrap() else {
        return;
    };
    let mut command = Command::new("node");
    command.arg(script("server_sdk.mjs")).arg(modules);
    let said = hold_against(command).await;
    assert_eq!(said["rooms"], json!(["standup"]));
    assert_eq!(said["missing_room"], "not_found");
}

#[tokio::test]
async fn the_library_for_python_and_ours_believe_each_other() {
    let Some(python) = tools("python").await.unwrap() else {
        return;
    };
    let mut command = Command::new(python);
    command.arg(script("server_sdk.py"));
    hold_against(command).await;
}
