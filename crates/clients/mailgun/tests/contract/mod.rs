//! What the client and a Mailgun account agree on, whether the account is a stand-in or real.
//!
//! `domain` is a name that nobody has; it is added and taken away again. Nothing is really sent: messages are in test mode.

use bheem_mailgun::{
    Attachment, Client, Cursor, Deleted, DnsRecord, DomainState, Error, ErrorKind, EventFilter,
    NewDomain, NewMessage, RecordType, SuppressionList, UpdateDomain, Validity,
};
use futures::TryStreamExt as _;

/// A domain, from adding to taking away.
pub(crate) async fn domains(mailgun: &Client, domain: &str) {
    let domains = mailgun.domains();
    assert!(domains.find(domain).await.unwrap().is_none());
    assert_eq!(domains.delete(domain).await.unwrap(), Deleted::Absent);
    let missing = domains.verify(domain).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);

    let new = NewDomain::new(domain).dkim_key_size(2048);
    let made = domains.create(&new).await.unwrap();
    assert_eq!(
        (made.domain.name.as_str(), &made.domain.state),
        (domain, &DomainState::Unverified)
    );
    let again = domains.create(&new).await.unwrap_err();
    assert!(matches!(again, Error::DomainExists { .. }), "{again:?}");
    assert_eq!(domains.ensure(&new).await.unwrap().domain.name, domain);

    let found = domains.find(domain).await.unwrap().unwrap();
    assert!(found.sending.iter().any(DnsRecord::is_spf));
    assert!(found.sending.iter().any(DnsRecord::is_dkim));
    let receiving = found.receiving.first().unwrap();
    assert_eq!(
        (&receiving.record_type, receiving.priority),
        (&RecordType::Mx, Some(10))
    );
    let verified = domains.verify(domain).await.unwrap();
    assert_eq!(verified.domain.state, DomainState::Unverified);
    assert_ne!(verified.spf(), Validity::Valid, "nothing is published");
    assert_ne!(verified.dkim(), Validity::Valid);

    let change = UpdateDomain::new().require_tls(true);
    assert!(
        domains
            .update(domain, &change)
            .await
            .unwrap()
            .domain
            .require_tls
    );
    let listed: Vec<_> = domains.stream(1).try_collect().await.unwrap();
    assert!(listed.iter().any(|one| one.name == domain));
    let wrong = domains
        .create(&NewDomain::new("no domain at all"))
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Invalid);

    messages(mailgun, domain).await;
    assert_eq!(domains.delete(domain).await.unwrap(), Deleted::Removed);
    assert!(domains.find(domain).await.unwrap().is_none());
    let to = message(domain);
    let error = mailgun
        .messages(domain)
        .send("late", &to)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn message(domain: &str) -> NewMessage {
    NewMessage::new(format!("Contract <noreply@{domain}>"), "Contract")
        .to("nobody@contract.example")
        .text("Hello")
        .test_mode()
}

async fn messages(mailgun: &Client, domain: &str) {
    let plain = message(domain).tag("contract").variable("tenant", "acme");
    let queued = mailgun
        .messages(domain)
        .send("contract-1", &plain)
        .await
        .unwrap();
    assert_eq!(queued.id, format!("<contract-1@{domain}>"));
    let with_file = message(domain).attach(Attachment::new("a.txt", "text/plain", "file"));
    mailgun
        .messages(domain)
        .send("contract-2", &with_file)
        .await
        .unwrap();
    let events = mailgun.events(domain);
    // They may come late: what is there must be right.
    for event in events.find_by_notification_id("contract-1").await.unwrap() {
        assert_eq!(event.notification_id(), Some("contract-1"));
    }
    assert!(
        events
            .find_by_notification_id("never-sent")
            .await
            .unwrap()
            .is_empty()
    );
    let filter = EventFilter::new().limit(1);
    let _events: Vec<_> = events.stream(filter).try_collect().await.unwrap();

    let suppressions = mailgun.suppressions(domain);
    for list in [
        SuppressionList::Bounces,
        SuppressionList::Unsubscribes,
        SuppressionList::Complaints,
    ] {
        assert!(
            suppressions
                .page(list, &Cursor::start())
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            suppressions
                .find(list, "nobody@contract.example")
                .await
                .unwrap()
                .is_none()
        );
        let gone = suppressions
            .delete(list, "nobody@contract.example")
            .await
            .unwrap();
        assert_eq!(gone, Deleted::Absent);
    }
}

/// A key that is none.
pub(crate) async fn strangers(stranger: &Client) {
    let error = stranger.domains().page(1, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}
