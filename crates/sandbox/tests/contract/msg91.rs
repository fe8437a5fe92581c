//! MSG91: what its client is promised.

#[path = "../../../clients/msg91/tests/contract/mod.rs"]
mod suite;

use bheem_msg91::{Client, Mobile};
use bheem_sandbox::Sandbox;

#[tokio::test]
async fn the_contract_holds_and_what_was_sent_can_be_read_back() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.msg91;
    let client = |key: &str| {
        Client::builder(&peer.base_url, key.to_owned().into())
            .build()
            .unwrap()
    };
    let msg91 = client(peer.credential("auth_key"));
    let mobile = Mobile::parse("+919876543210").unwrap();
    suite::delivery(&msg91, &mobile, "code-template", "flow-template").await;
    suite::refusals(&msg91, &client("nobody"), &mobile).await;
    let state = peer.state();
    let messages = state["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[0]["text"], "482913");
    assert_eq!(messages[2]["recipients"][0]["NAME"], "John");
}
