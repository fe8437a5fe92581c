//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_mailgun::{Cursor, EventFilter, NewDomain, SuppressionList, UpdateDomain};

use crate::{client, message};

const DOMAIN: &str =
    r#"{"domain": {"name": "acme.test", "state": "unverified"}, "sending_dns_records": []}"#;
const DOMAINS: &str = r#"{"total_count": 0, "items": []}"#;
const QUEUED: &str = r#"{"id": "<n-1@acme.test>", "message": "Queued. Thank you."}"#;
const PAGE: &str = r#"{"items": [], "paging": {"next": ""}}"#;
const BOUNCE: &str = r#"{"address": "john@a.test", "code": "550"}"#;
const DONE: &str = r#"{"message": "It is gone"}"#;

macro_rules! case {
    ($method:literal $path:literal $body:ident, |$mailgun:ident| $call:expr) => {
        let route = Route {
            method: $method,
            path: $path,
            body: Some($body),
        };
        misbehaving_peers(route, |peer| async move {
            let $mailgun = client(&peer);
            $call.await
        })
        .await;
    };
}

#[tokio::test]
async fn domains_understand_misbehaviour() {
    let new = || NewDomain::new("acme.test");
    case!("POST" "/v4/domains" DOMAIN, |it| it.domains().create(&new()));
    case!("GET" "/v4/domains/acme.test" DOMAIN, |it| it.domains().ensure(&new()));
    case!("GET" "/v4/domains/acme.test" DOMAIN, |it| it.domains().find("acme.test"));
    case!("GET" "/v4/domains" DOMAINS, |it| it.domains().page(10, 0));
    case!("PUT" "/v4/domains/acme.test" DOMAIN, |it| it.domains().update("acme.test", &UpdateDomain::new()));
    case!("PUT" "/v4/domains/acme.test/verify" DOMAIN, |it| it.domains().verify("acme.test"));
    case!("DELETE" "/v3/domains/acme.test" DONE, |it| it.domains().delete("acme.test"));
}

#[tokio::test]
async fn messages_and_events_understand_misbehaviour() {
    let all = EventFilter::new;
    case!("POST" "/v3/acme.test/messages" QUEUED, |it| it.messages("acme.test").send("n-1", &message()));
    case!("GET" "/v3/acme.test/events" PAGE, |it| it.events("acme.test").page(&all(), &Cursor::start()));
    case!("GET" "/v3/acme.test/events" PAGE, |it| it.events("acme.test").find_by_notification_id("n-1"));
}

#[tokio::test]
async fn suppressions_understand_misbehaviour() {
    let list = SuppressionList::Bounces;
    case!("GET" "/v3/acme.test/bounces" PAGE, |it| it.suppressions("acme.test").page(list, &Cursor::start()));
    case!("GET" "/v3/acme.test/bounces/john@a.test" BOUNCE, |it| it.suppressions("acme.test").find(list, "john@a.test"));
    case!("DELETE" "/v3/acme.test/bounces/john@a.test" DONE, |it| it.suppressions("acme.test").delete(list, "john@a.test"));
}
