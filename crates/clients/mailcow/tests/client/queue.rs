use std::time::Duration;

use bheem_mailcow::{CreateMailbox, MailboxState, UpdateMailbox};
use futures::FutureExt as _;
use serde_json::json;
use wiremock::matchers::body_partial_json;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, success};

#[tokio::test]
async fn writes_to_one_domain_queue_up_and_a_dropped_one_lets_the_next_pass() {
    let server = MockServer::start().await;
    let stuck = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    Mock::given(body_partial_json(json!({"items": ["stuck@shop.example"]})))
        .respond_with(stuck)
        .mount(&server)
        .await;
    for free in ["john@shop.example", "jane@other.example"] {
        let done = ResponseTemplate::new(200)
            .set_body_raw(success("mailbox_modified"), "application/json");
        Mock::given(body_partial_json(json!({"items": [free]})))
            .respond_with(done)
            .mount(&server)
            .await;
    }
    let mailcow = at(&server);
    let changes = UpdateMailbox::new().quota_mib(1);
    let mailboxes = mailcow.mailboxes();
    let mut first = Box::pin(mailboxes.update("stuck@shop.example", &changes));
    assert!((&mut first).now_or_never().is_none());
    let clone = mailcow.clone();
    let clones = clone.mailboxes();
    let mut second = Box::pin(clones.update("john@shop.example", &changes));
    assert!((&mut second).now_or_never().is_none());
    // The second write has all the time in which the other domain is served three times.
    for _ in 0..3 {
        tokio::select! {
            biased;
            passed = &mut second => panic!("two writes to one domain at once: {passed:?}"),
            done = mailboxes.update("jane@other.example", &changes) => done.unwrap(),
        }
    }
    let sent = server.received_requests().await.unwrap();
    assert!(
        !sent
            .iter()
            .any(|request| String::from_utf8_lossy(&request.body).contains("john@"))
    );
    drop(first);
    second.await.unwrap();
}

#[tokio::test]
async fn a_mailbox_is_closed_without_waiting_for_what_is_made_on_its_domain() {
    let server = MockServer::start().await;
    let stuck = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    Mock::given(body_partial_json(json!({"local_part": "stuck"})))
        .respond_with(stuck)
        .mount(&server)
        .await;
    let done =
        ResponseTemplate::new(200).set_body_raw(success("mailbox_modified"), "application/json");
    Mock::given(body_partial_json(json!({"items": ["john@shop.example"]})))
        .respond_with(done)
        .mount(&server)
        .await;
    let mailcow = at(&server);
    let mailboxes = mailcow.mailboxes();
    let new = CreateMailbox::new("stuck", "shop.example");
    let mut made = Box::pin(mailboxes.create(&new));
    assert!((&mut made).now_or_never().is_none());
    let closed = UpdateMailbox::new().state(MailboxState::Inactive);
    tokio::select! {
        biased;
        passed = &mut made => panic!("it was to hang: {passed:?}"),
        done = mailboxes.update("john@shop.example", &closed) => done.unwrap(),
    }
}
