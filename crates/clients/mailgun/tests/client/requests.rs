//! What is sent, and what is read of a domain.

use bheem_mailgun::{
    Attachment, Client, DomainState, Effect, ErrorKind, NewDomain, NewMessage, Region, SpamAction,
    UpdateDomain, Validity,
};
use serde_json::{Value, json};
use wiremock::matchers::{basic_auth, body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{at, message};

async fn expect(server: &MockServer, verb: &str, target: &str, body: &str, answer: Value) {
    Mock::given(method(verb))
        .and(path(target))
        .and(basic_auth("api", "the-key"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(server)
        .await;
}

#[test]
fn a_region_has_its_own_server() {
    for (region, host) in [
        (Region::Us, "api.mailgun.net"),
        (Region::Eu, "api.eu.mailgun.net"),
    ] {
        let client = Client::of_region(region, "k".into()).build().unwrap();
        assert!(format!("{client:?}").contains(host));
    }
}

#[tokio::test]
async fn a_domain_is_added_with_a_form_and_its_records_are_judged_one_by_one() {
    let server = MockServer::start().await;
    let body = "name=acme.test&smtp_password=s%26cret&dkim_key_size=2048&use_automatic_sender_security=true";
    let answer = json!({
        "message": "Domain has been created",
        "domain": {"id": "5", "name": "acme.test", "state": "active", "is_disabled": false, "created_at": "Thu, 13 Oct 2011 18:02:00 GMT"},
        "receiving_dns_records": [
            {"record_type": "MX", "value": "mxa.mailgun.org", "priority": "10", "valid": "unknown", "is_active": true, "cached": []},
            {"record_type": "MX", "value": "mxb.mailgun.org", "priority": 20, "valid": "valid", "cached": null},
        ],
        "sending_dns_records": [
            {"record_type": "TXT", "name": "acme.test", "value": "v=spf1 include:mailgun.org ~all", "valid": "invalid", "cached": ["v=spf1 -all"]},
            {"record_type": "CNAME", "name": "pdk1._domainkey.acme.test", "value": "pdk1._domainkey.x.mgsend.org", "valid": "valid", "is_active": true},
            {"record_type": "CNAME", "name": "pdk2._domainkey.acme.test", "value": "pdk2._domainkey.x.mgsend.org", "valid": "unknown", "is_active": false},
            {"record_type": "CNAME", "name": "email.acme.test", "value": "mailgun.org", "valid": "valid"},
        ],
    });
    expect(&server, "POST", "/v4/domains", body, answer).await;
    let new = NewDomain::new("acme.test")
        .smtp_password("s&cret".into())
        .dkim_key_size(2048)
        .automatic_sender_security(true);
    let made = at(&server).domains().create(&new).await.unwrap();
    assert_eq!(made.domain.state, DomainState::Active);
    assert_eq!(made.spf(), Validity::Invalid, "whatever the state says");
    assert_eq!(made.dkim(), Validity::Valid, "the one in use");
    assert_eq!(made.mx(), Validity::Unknown);
    assert_eq!(made.domain.created_at, Some(1_318_528_920));
    let first = &made.receiving[0];
    assert_eq!((first.name.as_deref(), first.priority), (None, Some(10)));
    assert_eq!(made.receiving[1].priority, Some(20));
    assert_eq!(made.sending[0].cached, ["v=spf1 -all"]);
}

#[tokio::test]
async fn a_key_may_be_a_text_and_nothing_is_valid_that_is_not_there() {
    let server = MockServer::start().await;
    let answer = json!({
        "domain": {"name": "acme.test", "state": "active"},
        "sending_dns_records": [
            {"record_type": "TXT", "name": "mta._domainkey.acme.test", "value": "k=rsa; p=AAAA", "valid": "valid"},
            {"record_type": "TXT", "name": "notdomainkey.acme.test", "value": "x", "valid": "invalid"},
        ],
    });
    expect(
        &server,
        "PUT",
        "/v4/domains/acme.test",
        "spam_action=tag&require_tls=true",
        answer,
    )
    .await;
    let change = UpdateDomain::new()
        .require_tls(true)
        .spam_action(SpamAction::Tag);
    let found = at(&server)
        .domains()
        .update("acme.test", &change)
        .await
        .unwrap();
    assert_eq!(found.dkim(), Validity::Valid);
    assert_eq!(
        (found.spf(), found.mx()),
        (Validity::Unknown, Validity::Unknown)
    );
}

#[tokio::test]
async fn a_message_bears_its_name() {
    let server = MockServer::start().await;
    let body = "from=Acme+%3Cnoreply%40acme.test%3E&to=john%40a.test&to=mary%40a.test&cc=c%40a.test&bcc=b%40a.test\
        &subject=Hello&text=Hello+John&html=%3Cp%3E&template=welcome&t%3Avariables=%7B%22name%22%3A%22John%22%7D\
        &h%3AReply-To=help%40acme.test&v%3Atenant=acme&o%3Atag=welcome&o%3Atag=first&o%3Atestmode=yes\
        &h%3AMessage-Id=%3Cn-1%40acme.test%3E&v%3Anotification_id=n-1";
    let answer = json!({"id": "<n-1@acme.test>", "message": "Queued. Thank you."});
    expect(&server, "POST", "/v3/acme.test/messages", body, answer).await;
    let variables = json!({"name": "John"}).as_object().unwrap().clone();
    let message = message()
        .to("mary@a.test")
        .cc("c@a.test")
        .bcc("b@a.test")
        .html("<p>")
        .template("welcome", variables)
        .reply_to("help@acme.test")
        .variable("tenant", "acme")
        .tag("welcome")
        .tag("first")
        .test_mode();
    let queued = at(&server)
        .messages("acme.test")
        .send("n-1", &message)
        .await
        .unwrap();
    assert_eq!(queued.id, "<n-1@acme.test>");
}

#[tokio::test]
async fn files_go_in_parts() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v3/acme.test/messages"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "<x>"})))
        .expect(1)
        .mount(&server)
        .await;
    let binary: Vec<u8> = (0..=255).collect();
    let message = message()
        .attach(Attachment::new(
            "a\"b\r\nc.pdf",
            "application/pdf",
            binary.clone(),
        ))
        .attach(Attachment::new("logo.png", "image/png", "png").inline());
    at(&server)
        .messages("acme.test")
        .send("n-1", &message)
        .await
        .unwrap();
    let request = server.received_requests().await.unwrap().remove(0);
    let media_type = request.headers["content-type"].to_str().unwrap();
    let boundary = media_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    assert!(
        (1..=70).contains(&boundary.len()),
        "RFC 2046, section 5.1.1"
    );
    let count = |needle: &[u8]| {
        let windows = request.body.windows(needle.len());
        windows.filter(|part| *part == needle).count()
    };
    // Sender, recipient, subject, text, id, variable, two files and the end.
    assert_eq!(count(format!("--{boundary}").as_bytes()), 9);
    assert_eq!(count(format!("--{boundary}--\r\n").as_bytes()), 1);
    assert_eq!(count(&binary), 1);
    let head = "name=\"attachment\"; filename=\"a%22b%0D%0Ac.pdf\"\r\nContent-Type: application/pdf\r\n\r\n";
    assert_eq!(count(head.as_bytes()), 1);
    assert_eq!(
        count(b"name=\"inline\"; filename=\"logo.png\"\r\nContent-Type: image/png\r\n\r\npng\r\n"),
        1
    );
}

#[tokio::test]
async fn what_cannot_be_sent_as_it_is_is_not_sent() {
    let server = MockServer::start().await;
    let bare = || NewMessage::new("a@acme.test", "s");
    let many = (0..1001).fold(bare().text("t"), |it, number| {
        it.to(format!("{number}@a.test"))
    });
    for (id, message) in [
        ("n 1", message()),
        ("", message()),
        ("n>\r\nBcc: x", message()),
        ("n-1", bare().text("t")),
        ("n-1", bare().to("j@a.test")),
        ("n-1", many),
        ("n-1", message().to("a@b.test\r\nBcc: everybody@c.test")),
        ("n-1", message().header("X-A", "b\nX-C: d")),
        ("n-1", message().header("X A:", "b")),
        (
            "n-1",
            message().attach(Attachment::new("n", "text/plain\r\nX: y", "")),
        ),
    ] {
        let error = at(&server)
            .messages("acme.test")
            .send(id, &message)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::NotSent)
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
