//! Notify: what its client is promised, by either set of paths.

#[path = "../../../clients/notify/tests/contract/mod.rs"]
mod suite;

use bheem_notify::{Client, Effect, Email, Paths, SecretString};
use bheem_sandbox::{Fault, FaultAction, PeerHandle, Sandbox};

const MAIL: &str = "john@a.test";
const PHONE: &str = "+919876543210";

fn client(peer: &PeerHandle) -> Client {
    let key = peer.credential("api_key").to_owned();
    Client::builder(&peer.base_url, key.into()).build().unwrap()
}

/// The code in the last message.
fn code_of(peer: &PeerHandle) -> SecretString {
    let state = peer.state();
    let messages = state["messages"].as_array().unwrap();
    let text = messages.last().unwrap()["message"].as_str().unwrap();
    text.rsplit(' ').next().unwrap().into()
}

#[tokio::test]
async fn the_contract_holds_by_either_set_of_paths() {
    for paths in [Paths::default(), Paths::bheem_tele()] {
        let sandbox = Sandbox::in_memory().await.unwrap();
        let peer = &sandbox.notify;
        let notify = client(peer).with_paths(paths);
        suite::mail(&notify, MAIL, "c").await;
        suite::telephone(&notify, PHONE, "c").await;
        suite::code(&notify, PHONE, "c", async || code_of(peer)).await;
        let stranger = Client::builder(&peer.base_url, "no-key".into()).build();
        suite::strangers(&stranger.unwrap(), MAIL).await;
        let messages = peer.state()["messages"].as_array().unwrap().len();
        // Two mails, four from templates, an invitation, a text, two by WhatsApp, a code.
        assert_eq!(messages, 11);
    }
}

#[tokio::test]
async fn after_an_unknown_outcome_the_same_key_sends_nothing_twice() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.notify;
    let notify = client(peer);
    peer.fault(Fault {
        path_prefix: "/api/v1/email/send".to_owned(),
        action: FaultAction::ApplyThenDrop,
        ..Fault::default()
    });
    let email = Email::new(MAIL, "s", "<p>");
    let error = notify.send_email("k-1", &email).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    notify.send_email("k-1", &email).await.unwrap();
    assert_eq!(peer.state()["messages"].as_array().unwrap().len(), 1);
}
