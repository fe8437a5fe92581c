use bheem_mailcow::{CreateDomain, Deleted, Effect, Error, ErrorKind, UpdateDomain};
use serde_json::json;
use wiremock::MockServer;

use crate::{answer, answer_write, at, code, danger, expect_write, success};

const DOMAIN: &str = include_str!("../recorded/domain.json");

#[tokio::test]
async fn find_reads_php_spellings_and_normalises_the_name() {
    let server = MockServer::start().await;
    answer(&server, "domain/shop.example", DOMAIN, 1).await;
    let found = at(&server)
        .domains()
        .find("Shop.EXAMPLE")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.name.as_str(), found.is_active, found.mailboxes_left),
        ("shop.example", true, Some(9))
    );
    assert_eq!(
        (found.quota_bytes, found.tags.len(), found.description),
        (Some(10_737_418_240), 0, None)
    );
}

#[tokio::test]
async fn an_empty_object_is_not_found_and_an_empty_list() {
    let server = MockServer::start().await;
    answer(&server, "domain/shop.example", "{}", 1).await;
    answer(&server, "domain/all", "{}", 1).await;
    assert!(
        at(&server)
            .domains()
            .find("shop.example")
            .await
            .unwrap()
            .is_none()
    );
    assert!(at(&server).domains().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_alias_domain_is_not_mistaken_for_its_target() {
    let server = MockServer::start().await;
    answer(&server, "domain/alias.example", DOMAIN, 2).await;
    let error = at(&server)
        .domains()
        .find("alias.example")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::AliasDomain { target, .. } if target == "shop.example"),
        "{error:?}"
    );
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::Rejected)
    );
    let error = at(&server)
        .domains()
        .delete("alias.example")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn list_reads_all() {
    let server = MockServer::start().await;
    answer(&server, "domain/all", &format!("[{DOMAIN}]"), 1).await;
    assert_eq!(at(&server).domains().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn create_sends_mebibytes_and_accepts_several_entries() {
    let server = MockServer::start().await;
    let body = json!({"domain": "xn--bcher-kva.example", "description": "d", "mailboxes": 5, "aliases": 7,
        "defquota": 1, "maxquota": 2, "quota": 3, "active": 1, "tags": ["t"], "restart_sogo": 0});
    expect_write(
        &server,
        "add/domain",
        body,
        include_str!("../recorded/domain_added.json"),
    )
    .await;
    let domain = CreateDomain::new("Bücher.example")
        .description("d")
        .max_mailboxes(5)
        .max_aliases(7)
        .quotas_mib(1, 2, 3)
        .tag("t");
    at(&server).domains().create(&domain).await.unwrap();
}

#[tokio::test]
async fn creating_a_taken_name_is_a_conflict() {
    let server = MockServer::start().await;
    answer_write(
        &server,
        "add/domain",
        &danger(&json!(["domain_exists", "shop.example"])),
    )
    .await;
    let error = at(&server)
        .domains()
        .create(&CreateDomain::new("shop.example"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::Rejected)
    );
}

#[tokio::test]
async fn update_names_only_what_changes() {
    let server = MockServer::start().await;
    let body = json!({"items": ["shop.example"], "attr": {"active": 0, "maxquota": 5, "quota": 9}});
    expect_write(&server, "edit/domain", body, &success("domain_modified")).await;
    at(&server)
        .domains()
        .update(
            "shop.example",
            &UpdateDomain::new().active(false).quotas_mib(5, 9),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn updating_a_missing_domain_is_told_from_one_we_may_not_touch() {
    for (known, kind) in [("{}", ErrorKind::NotFound), (DOMAIN, ErrorKind::Invalid)] {
        let server = MockServer::start().await;
        answer_write(&server, "edit/domain", &danger(&json!("access_denied"))).await;
        answer(&server, "domain/shop.example", known, 1).await;
        let error = at(&server)
            .domains()
            .update("shop.example", &UpdateDomain::new())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), code(&error)), (kind, "access_denied"));
    }
}

#[tokio::test]
async fn delete_looks_first_because_mailcow_always_says_removed() {
    let server = MockServer::start().await;
    answer(&server, "domain/shop.example", DOMAIN, 1).await;
    answer(&server, "domain/gone.example", "{}", 1).await;
    expect_write(
        &server,
        "delete/domain",
        json!(["shop.example"]),
        &success("domain_removed"),
    )
    .await;
    assert_eq!(
        at(&server).domains().delete("shop.example").await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        at(&server).domains().delete("gone.example").await.unwrap(),
        Deleted::Absent
    );
}

#[tokio::test]
async fn a_domain_with_mailboxes_is_not_deleted() {
    let server = MockServer::start().await;
    answer(&server, "domain/shop.example", DOMAIN, 1).await;
    answer_write(
        &server,
        "delete/domain",
        &danger(&json!(["domain_not_empty", "shop.example"])),
    )
    .await;
    let error = at(&server)
        .domains()
        .delete("shop.example")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), code(&error)),
        (ErrorKind::Conflict, "domain_not_empty")
    );
}

#[tokio::test]
async fn a_tag_is_taken_from_a_domain_that_bears_it() {
    let server = MockServer::start().await;
    let tagged = DOMAIN.replace("\"tags\": {}", "\"tags\": [\"one\", \"two\"]");
    assert_ne!(tagged, DOMAIN);
    answer(&server, "domain/shop.example", &tagged, 2).await;
    let modified = success("domain_modified");
    let target = "delete/domain/tag/shop.example";
    expect_write(&server, target, json!(["one"]), &modified).await;
    let mailcow = at(&server);
    let domains = mailcow.domains();
    domains.remove_tag("Shop.example", "one").await.unwrap();
    // Nothing is sent for one that it does not bear.
    domains.remove_tag("shop.example", "three").await.unwrap();
}

#[tokio::test]
async fn a_tag_of_an_absent_domain_is_told() {
    let server = MockServer::start().await;
    answer(&server, "domain/shop.example", "{}", 1).await;
    let error = at(&server)
        .domains()
        .remove_tag("shop.example", "one")
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
}
