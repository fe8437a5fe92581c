//! Names that Mailcow's web server would garble, and lists of which a member is broken (mailcow-dockerized of 2026-08).

use bheem_mailcow::{Effect, Error, ErrorKind, NewAlias};
use serde_json::json;
use wiremock::MockServer;

use crate::{answer, answer_write, at, expect_write, success};

const MAILBOX: &str = include_str!("../recorded/mailbox.json");

fn at_address(address: &str) -> String {
    MAILBOX.replace("john@shop.example", address)
}

#[tokio::test]
async fn hostile_local_parts_are_encoded_twice_and_looked_for_among_all() {
    for (local, sent) in [
        ("john+news", "john%252Bnews@shop.example"),
        ("r&d", "r%2526d@shop.example"),
        ("100%", "100%2525@shop.example"),
        ("a%2fb", "a%25252fb@shop.example"),
        ("o'b", "o%2527b@shop.example"),
    ] {
        let server = MockServer::start().await;
        let address = format!("{local}@shop.example");
        // An empty answer about such a name proves nothing: the list of the domain has it.
        answer(&server, &format!("mailbox/{sent}"), "{}", 1).await;
        let all = format!("[{MAILBOX}, {}]", at_address(&address));
        answer(&server, "mailbox/all/shop.example", &all, 1).await;
        let found = at(&server).mailboxes().find(&address).await.unwrap();
        assert_eq!(found.unwrap().address, address);
    }
}

#[tokio::test]
async fn a_name_with_a_slash_is_found_in_the_list_and_never_sent() {
    let server = MockServer::start().await;
    let (address, route) = ("a/b@shop.example", "z&query=get/domain/all&y@shop.example");
    let all = format!("[{MAILBOX}, {}]", at_address(address));
    answer(&server, "mailbox/all/shop.example", &all, 2).await;
    let mailcow = at(&server);
    assert!(mailcow.mailboxes().find(address).await.unwrap().is_some());
    assert!(mailcow.mailboxes().find(route).await.unwrap().is_none());
    for error in [
        mailcow.app_passwords().list(route).await.unwrap_err(),
        mailcow
            .domains()
            .find("a.test/../all")
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::NotSent)
        );
    }
}

#[tokio::test]
async fn a_text_of_a_tenant_never_becomes_a_parameter() {
    let server = MockServer::start().await;
    answer(&server, "dkim/z%2526query%253Dx%2526y", "{}", 1).await;
    let none = at(&server).find_dkim("z&query=x&y").await.unwrap();
    assert!(none.is_none());
}

#[tokio::test]
async fn a_half_made_mailbox_is_neither_absent_nor_whole() {
    let server = MockServer::start().await;
    let half = r#"{"username": null, "domain": null, "active": null, "quota": null, "tags": null}"#;
    answer(&server, "mailbox/john@shop.example", half, 1).await;
    let error = at(&server)
        .mailboxes()
        .find("john@shop.example")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::HalfMade { .. }), "{error:?}");
}

#[tokio::test]
async fn one_broken_member_hides_no_other_and_is_told() {
    let server = MockServer::start().await;
    let (one, two) = (at_address("a@shop.example"), at_address("b@shop.example"));
    let broken = r#"{"username": null, "domain": null}"#;
    let list = format!("[{one}, {broken}, {two}]");
    answer(&server, "mailbox/all/shop.example", &list, 2).await;
    let domain = include_str!("../recorded/domain.json");
    answer(
        &server,
        "domain/all",
        &format!("[{domain}, {{\"domain_name\": null}}, {domain}]"),
        1,
    )
    .await;
    let aliases = r#"[{"id": 1, "address": "a@shop.example"}, {"id": null}, {"id": 2, "address": "b@shop.example"}]"#;
    answer(&server, "alias/all", aliases, 1).await;
    let passwords = r#"[{"id": 1, "name": "a"}, {"name": "b"}, {"id": 3, "name": "c"}]"#;
    answer(&server, "app-passwd/all/john@shop.example", passwords, 1).await;
    let mailcow = at(&server);
    let mailboxes = mailcow.mailboxes().list("shop.example").await.unwrap();
    assert_eq!((mailboxes.len(), mailboxes.left_out), (2, 1));
    // The one that cannot be read may be the one that is looked for.
    let hidden = mailcow.mailboxes().find("x+y@shop.example").await;
    assert_eq!(hidden.unwrap_err().kind(), ErrorKind::Protocol);
    let domains = mailcow.domains().list().await.unwrap();
    assert_eq!((domains.len(), domains.left_out), (2, 1));
    let aliases = mailcow.aliases().list("shop.example").await.unwrap();
    assert_eq!((aliases.len(), aliases.left_out), (2, 1));
    let passwords = mailcow
        .app_passwords()
        .list("john@shop.example")
        .await
        .unwrap();
    assert_eq!((passwords.len(), passwords.left_out), (2, 1));
}

#[tokio::test]
async fn app_passwords_are_switched_with_their_mailbox_and_named_as_they_were() {
    let server = MockServer::start().await;
    let list = r#"[
        {"id": 7, "name": "O&amp;#039;Brien", "mailbox": "john@shop.example", "password": "{BLF-CRYPT}$2y$"},
        {"id": 8, "name": "R&amp;D", "mailbox": "john@shop.example"},
        {"id": 9, "name": "another's", "mailbox": "jane@shop.example"}
    ]"#;
    answer(&server, "app-passwd/all/john@shop.example", list, 3).await;
    let body = json!({"items": ["7"], "attr": {"username": "john@shop.example", "active": 0}});
    expect_write(
        &server,
        "edit/app-passwd",
        body,
        &success("object_modified"),
    )
    .await;
    let mailcow = at(&server);
    let passwords = mailcow.app_passwords();
    let names: Vec<String> = passwords
        .list("john@shop.example")
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["O'Brien", "R&D"]);
    let found = passwords
        .find_by_name("john@shop.example", "R&D")
        .await
        .unwrap();
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [8]);
    passwords
        .set_active("John@shop.example", 7, false)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_alias_to_itself_is_not_taken_for_made() {
    let server = MockServer::start().await;
    let nothing = json!({"type": "success", "msg": "Task completed"});
    answer_write(&server, "add/alias", &nothing).await;
    let itself = NewAlias::new("a@shop.example", ["a@shop.example"]);
    let error = at(&server).aliases().create(&itself).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::Rejected)
    );
}
