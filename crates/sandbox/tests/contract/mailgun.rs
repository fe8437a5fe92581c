//! Mailgun: what its client is promised, and what becomes of domains and messages.

#[path = "../../../clients/mailgun/tests/contract/mod.rs"]
mod suite;

use std::time::SystemTime;

use bheem_mailgun::{
    Client, Deleted, DomainState, Effect, Error, ErrorKind, EventFilter, EventKind, NewDomain,
    NewMessage, SecretString, Severity, SuppressionList, Validity, WebhookError, Webhooks,
};
use bheem_sandbox::{Fault, FaultAction, Options, PeerHandle, Sandbox};
use futures::TryStreamExt as _;
use serde_json::json;

use crate::support::{Receiver, control, refused};

fn client(peer: &PeerHandle) -> Client {
    let key = peer.credential("api_key").to_owned();
    Client::builder(&peer.base_url, key.into()).build().unwrap()
}

fn message(to: &str) -> NewMessage {
    NewMessage::new("Acme <noreply@acme.test>", "Hello")
        .to(to)
        .text("Hello")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the stand-in's clock is the system's"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    suite::domains(&client(peer), "contract.test").await;
    let stranger = Client::builder(&peer.base_url, "no-key".into()).build();
    suite::strangers(&stranger.unwrap()).await;
}

#[tokio::test]
async fn a_domain_becomes_active_when_its_records_are_seen() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    assert!(peer.set_options(&json!({"blind_verifications": 1})));
    let mailgun = client(peer);
    let domains = mailgun.domains();
    let new = NewDomain::new("acme.test").automatic_sender_security(true);
    let made = domains.create(&new).await.unwrap();
    assert_eq!(
        made.sending
            .iter()
            .filter(|record| record.is_dkim())
            .count(),
        2
    );
    control(
        peer,
        "publish",
        &json!({"domain": "acme.test", "records": ["dkim"]}),
    )
    .await;
    assert_eq!(
        domains.verify("acme.test").await.unwrap().dkim(),
        Validity::Unknown,
        "not seen yet"
    );
    let found = domains.verify("acme.test").await.unwrap();
    assert_eq!(
        (found.dkim(), found.spf()),
        (Validity::Valid, Validity::Unknown)
    );
    assert_eq!(found.domain.state, DomainState::Unverified);
    control(peer, "publish", &json!({"domain": "acme.test"})).await;
    domains.verify("acme.test").await.unwrap();
    let found = domains.verify("acme.test").await.unwrap();
    assert_eq!(found.domain.state, DomainState::Active);
    assert_eq!(
        (found.spf(), found.mx()),
        (Validity::Valid, Validity::Valid)
    );
    let status = refused(
        peer,
        "publish",
        &json!({"domain": "acme.test", "records": ["x"]}),
    )
    .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_domain_of_another_account_is_told_apart_from_ours() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    assert!(peer.set_options(&json!({"domains_of_others": ["theirs.test"], "domain_limit": 1})));
    let domains = client(peer);
    let domains = domains.domains();
    let taken = domains
        .ensure(&NewDomain::new("theirs.test"))
        .await
        .unwrap_err();
    assert!(matches!(taken, Error::DomainTaken { .. }), "{taken:?}");
    domains.create(&NewDomain::new("ours.test")).await.unwrap();
    let ours = domains
        .create(&NewDomain::new("ours.test"))
        .await
        .unwrap_err();
    assert!(matches!(ours, Error::DomainExists { .. }), "{ours:?}");
    let more = domains
        .create(&NewDomain::new("more.test"))
        .await
        .unwrap_err();
    assert_eq!(more.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn an_unverified_domain_may_send_so_many_a_day() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    assert!(peer.set_options(&json!({"unverified_daily_limit": 2, "finds_all_records": true})));
    let mailgun = client(peer);
    mailgun
        .domains()
        .create(&NewDomain::new("acme.test"))
        .await
        .unwrap();
    let messages = mailgun.messages("acme.test");
    for id in ["n-1", "n-2"] {
        messages.send(id, &message("j@a.test")).await.unwrap();
    }
    let error = messages
        .send("n-3", &message("j@a.test"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unauthorized, Effect::Rejected)
    );
    mailgun.domains().verify("acme.test").await.unwrap();
    messages.send("n-3", &message("j@a.test")).await.unwrap();
    let filter = EventFilter::since(0).kind(EventKind::Delivered).limit(1);
    let found: Vec<_> = mailgun
        .events("acme.test")
        .stream(filter)
        .try_collect()
        .await
        .unwrap();
    let ids: Vec<_> = found
        .iter()
        .filter_map(|event| event.notification_id())
        .collect();
    assert_eq!(ids, ["n-1", "n-2", "n-3"]);
}

#[tokio::test]
async fn after_an_unknown_outcome_events_say_whether_it_was_taken() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    let mailgun = client(peer);
    mailgun
        .domains()
        .create(&NewDomain::new("acme.test"))
        .await
        .unwrap();
    for (action, is_taken) in [
        (FaultAction::ApplyThenDrop, true),
        (FaultAction::Garbage, false),
    ] {
        peer.fault(Fault {
            method: Some("POST".to_owned()),
            path_prefix: "/v3/acme.test/messages".to_owned(),
            action,
            ..Fault::default()
        });
        let id = format!("n-{is_taken}");
        let error = mailgun
            .messages("acme.test")
            .send(&id, &message("j@a.test"))
            .await
            .unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown);
        let events = mailgun
            .events("acme.test")
            .find_by_notification_id(&id)
            .await
            .unwrap();
        assert_eq!(!events.is_empty(), is_taken);
    }
}

#[tokio::test]
async fn what_becomes_of_a_message_is_told_by_signed_webhooks() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailgun;
    let receiver = Receiver::start().await;
    let outcomes =
        json!({"gone@a.test": "bounced", "slow@a.test": "delayed", "void@a.test": "lost"});
    assert!(peer.set_options(&json!({"webhook_url": receiver.url, "outcomes": outcomes})));
    let mailgun = client(peer);
    mailgun
        .domains()
        .create(&NewDomain::new("acme.test"))
        .await
        .unwrap();
    let key = SecretString::from(peer.credential("signing_key").to_owned());
    let webhooks = Webhooks::new([&key]);
    let messages = mailgun.messages("acme.test");
    for (id, to, kind, severity) in [
        ("n-1", "john@a.test", EventKind::Delivered, None),
        (
            "n-2",
            "gone@a.test",
            EventKind::Failed,
            Some(Severity::Permanent),
        ),
        (
            "n-3",
            "slow@a.test",
            EventKind::Failed,
            Some(Severity::Temporary),
        ),
        (
            "n-4",
            "gone@a.test",
            EventKind::Failed,
            Some(Severity::Permanent),
        ),
    ] {
        messages.send(id, &message(to)).await.unwrap();
        let came = receiver.next().await;
        let told = webhooks.receive(&came.body, now()).unwrap();
        assert_eq!(told.event.notification_id(), Some(id));
        assert_eq!((told.event.kind, told.event.severity), (kind, severity));
        let other = Webhooks::new([&SecretString::from("another key")]);
        assert_eq!(
            other.receive(&came.body, now()).unwrap_err(),
            WebhookError::Wrong
        );
    }
    let suppressions = mailgun.suppressions("acme.test");
    let list = suppressions.stream(SuppressionList::Bounces);
    let bounced: Vec<_> = list.try_collect().await.unwrap();
    assert_eq!(
        (bounced.len(), bounced[0].address.as_str()),
        (1, "gone@a.test")
    );
    assert!(bounced[0].created_at.is_some());
    let gone = suppressions
        .delete(SuppressionList::Bounces, "gone@a.test")
        .await;
    assert_eq!(gone.unwrap(), Deleted::Removed);

    let happens = json!({"message_id": "n-1@acme.test", "event": "complained"});
    control(peer, "event", &happens).await;
    let first = webhooks
        .receive(&receiver.next().await.body, now())
        .unwrap();
    assert_eq!(first.event.kind, EventKind::Complained);
    control(peer, "repeat_webhook", &json!({})).await;
    let again = webhooks
        .receive(&receiver.next().await.body, now())
        .unwrap();
    assert_eq!(again.token, first.token, "the caller must refuse it");
    let complaint = suppressions
        .find(SuppressionList::Complaints, "john@a.test")
        .await;
    assert!(complaint.unwrap().is_some());
}

#[tokio::test]
async fn what_was_made_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options {
        data_dir: Some(directory.path().to_path_buf()),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options()).await.unwrap();
    let mailgun = client(&sandbox.mailgun);
    let made = mailgun
        .domains()
        .create(&NewDomain::new("acme.test"))
        .await
        .unwrap();
    mailgun
        .messages("acme.test")
        .send("n-1", &message("j@a.test"))
        .await
        .unwrap();
    sandbox.shutdown().await;
    let sandbox = Sandbox::start(options()).await.unwrap();
    let mailgun = client(&sandbox.mailgun);
    let found = mailgun.domains().find("acme.test").await.unwrap().unwrap();
    assert_eq!(found.domain.id, made.domain.id);
    let key = |details: &bheem_mailgun::DomainDetails| details.sending[1].value.clone();
    assert_eq!(key(&found), key(&made));
    let events = mailgun
        .events("acme.test")
        .find_by_notification_id("n-1")
        .await
        .unwrap();
    assert_eq!(events.len(), 2, "accepted and delivered");
    sandbox.shutdown().await;
}
