use bheem_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{client, codes, json as read, mailcow};

async fn with_domain() -> Sandbox {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let body =
        json!({"domain": "A.test", "mailboxes": 2, "defquota": 100, "maxquota": 300, "quota": 500});
    let (status, answer) = mailcow(&sandbox.mailcow, Method::POST, "add/domain", body).await;
    assert_eq!(status, 200);
    assert_eq!(
        codes(&answer),
        ["success dkim_added", "success domain_added"]
    );
    sandbox
}

async fn add(sandbox: &Sandbox, object: &str, body: Value) -> Vec<String> {
    let path = format!("add/{object}");
    let (status, answer) = mailcow(&sandbox.mailcow, Method::POST, &path, body).await;
    assert_eq!(status, 200, "failures of an operation are HTTP 200");
    codes(&answer)
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let path = format!("get/{path}");
    mailcow(&sandbox.mailcow, Method::GET, &path, Value::Null)
        .await
        .1
}

fn mailbox(local_part: &str, quota: i64) -> Value {
    json!({
        "local_part": local_part, "domain": "a.test", "name": "John", "quota": quota,
        "password": "correct horse", "password2": "correct horse", "tags": ["t-1"],
    })
}

#[tokio::test]
async fn keys_are_checked_first_and_a_read_only_key_does_not_write() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let url = format!("{}/api/v1/get/status/version", sandbox.mailcow.base_url);
    let without = client().get(&url).send().await.unwrap();
    assert_eq!(without.status(), 200);
    assert!(
        without.text().await.unwrap().is_empty(),
        "nothing without a key"
    );
    let wrong = client().get(&url).header("X-API-Key", "nobody");
    let (status, answer) = read(wrong.send().await.unwrap()).await;
    assert_eq!(
        (status, &answer["msg"]),
        (401, &json!("authentication failed"))
    );
    let key = sandbox.mailcow.credential("read_only_api_key");
    let (status, answer) = read(
        client()
            .get(&url)
            .header("X-API-Key", key)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, 200);
    assert!(answer["version"].is_string());
    let url = format!("{}/api/v1/add/domain", sandbox.mailcow.base_url);
    let request = client()
        .post(&url)
        .header("X-API-Key", key)
        .json(&json!({"domain": "a.test"}));
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(
        (status, &answer["msg"]),
        (403, &json!("API read/write access denied"))
    );
}

#[tokio::test]
async fn what_fails_early_has_a_status_and_a_bare_object() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailcow;
    assert_eq!(
        mailcow(peer, Method::PUT, "add/domain", json!({})).await.0,
        405
    );
    assert_eq!(
        mailcow(peer, Method::POST, "get/domain/all", Value::Null)
            .await
            .0,
        405
    );
    assert_eq!(
        mailcow(peer, Method::GET, "get/nonsense", Value::Null)
            .await
            .0,
        404
    );
    let url = format!("{}/api/v1/add/domain", peer.base_url);
    let request = client()
        .post(&url)
        .header("X-API-Key", peer.credential("api_key"));
    let (status, answer) = read(
        request
            .header("Content-Type", "application/json")
            .body("{")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, 400);
    assert_eq!(answer["type"], "error");
}

#[tokio::test]
async fn a_domain_reads_back_in_bytes_and_a_missing_one_as_an_empty_object() {
    let sandbox = with_domain().await;
    assert_eq!(get(&sandbox, "domain/none.test").await, json!({}));
    let domain = get(&sandbox, "domain/a.test").await;
    assert_eq!(domain["domain_name"], "a.test");
    assert_eq!(domain["max_quota_for_domain"], 500 * 1_048_576);
    assert_eq!(domain["mboxes_left"], 2);
    let again = add(&sandbox, "domain", json!({"domain": "a.test"})).await;
    assert_eq!(again, ["danger domain_exists"]);
    let key = get(&sandbox, "dkim/a.test").await;
    assert_eq!(key["dkim_selector"], "dkim");
    assert!(
        key["dkim_txt"]
            .as_str()
            .unwrap()
            .starts_with("v=DKIM1;k=rsa;t=s;s=email;p=MIIBIjAN")
    );
    assert_eq!(
        add(&sandbox, "dkim", json!({"domains": "a.test"})).await,
        ["danger dkim_domain_or_sel_invalid"]
    );
}

#[tokio::test]
async fn international_domains_become_ascii() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    add(&sandbox, "domain", json!({"domain": "Bücher.test"})).await;
    assert_eq!(
        get(&sandbox, "domain/xn--bcher-kva.test").await["domain_name"],
        "xn--bcher-kva.test"
    );
}

#[tokio::test]
async fn a_mailbox_is_made_once_under_its_lower_case_address() {
    let sandbox = with_domain().await;
    assert_eq!(get(&sandbox, "mailbox/john@a.test").await, json!({}));
    assert_eq!(
        get(&sandbox, "mailbox/all/a.test").await,
        json!({}),
        "no list"
    );
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("John", 100)).await,
        ["success rl_saved", "success mailbox_added"]
    );
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("john", 100)).await,
        ["danger object_exists"]
    );
    let john = get(&sandbox, "mailbox/john@a.test").await;
    assert_eq!(john["username"], "john@a.test");
    assert_eq!(john["quota"], 100 * 1_048_576);
    assert_eq!(john["tags"], json!(["t-1"]));
    let state = sandbox.mailcow.state();
    assert_eq!(state["mailboxes"].as_array().unwrap().len(), 1);
    assert!(!state.to_string().contains("correct horse"));
}

#[tokio::test]
async fn passwords_are_repeated_and_long_enough() {
    let sandbox = with_domain().await;
    let mut body = mailbox("john", 100);
    body.as_object_mut().unwrap().remove("password2");
    assert_eq!(
        add(&sandbox, "mailbox", body.clone()).await,
        ["danger password_complexity"]
    );
    body["password2"] = json!("another one");
    assert_eq!(
        add(&sandbox, "mailbox", body.clone()).await,
        ["danger password_mismatch"]
    );
    body["password"] = json!("short");
    body["password2"] = json!("short");
    assert_eq!(
        add(&sandbox, "mailbox", body).await,
        ["danger password_complexity"]
    );
    assert_eq!(get(&sandbox, "passwordpolicy").await["length"], "6");
}

#[tokio::test]
async fn limits_are_failures_with_their_own_codes() {
    let sandbox = with_domain().await;
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("big", 301)).await,
        ["danger mailbox_quota_exceeded"]
    );
    add(&sandbox, "mailbox", mailbox("one", 300)).await;
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("two", 201)).await,
        ["danger mailbox_quota_left_exceeded"]
    );
    add(&sandbox, "mailbox", mailbox("two", 200)).await;
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("three", 1)).await,
        ["danger max_mailbox_exceeded"]
    );
}

#[tokio::test]
async fn what_is_missing_or_elsewhere_is_access_denied() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    let mut body = mailbox("john", 100);
    body["domain"] = json!("other.test");
    assert_eq!(
        add(&sandbox, "mailbox", body).await,
        ["danger access_denied"]
    );
    let edit = json!({"items": ["no@a.test"], "attr": {"active": 0}});
    let (_, answer) = mailcow(peer, Method::POST, "edit/mailbox", edit).await;
    assert_eq!(codes(&answer), ["danger access_denied"]);
    let (_, answer) = mailcow(peer, Method::POST, "delete/mailbox", json!(["no@a.test"])).await;
    assert_eq!(codes(&answer), ["danger access_denied"]);
    let (_, answer) = mailcow(peer, Method::POST, "delete/domain", json!(["never.test"])).await;
    assert_eq!(
        codes(&answer),
        ["success domain_removed"],
        "even if it never existed"
    );
}

#[tokio::test]
async fn a_batch_is_answered_entry_by_entry_and_a_domain_goes_when_it_is_empty() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    add(&sandbox, "mailbox", mailbox("john", 100)).await;
    let edit = json!({"items": ["john@a.test", "no@a.test"], "attr": {"active": "2"}});
    let (_, answer) = mailcow(peer, Method::POST, "edit/mailbox", edit).await;
    assert_eq!(
        codes(&answer),
        ["success mailbox_modified", "danger access_denied"]
    );
    assert_eq!(get(&sandbox, "mailbox/john@a.test").await["active"], 2);
    let (_, answer) = mailcow(peer, Method::POST, "delete/domain", json!(["a.test"])).await;
    assert_eq!(codes(&answer), ["danger domain_not_empty"]);
    mailcow(peer, Method::POST, "delete/mailbox", json!(["john@a.test"])).await;
    let (_, answer) = mailcow(peer, Method::POST, "delete/domain", json!(["a.test"])).await;
    assert_eq!(codes(&answer), ["success domain_removed"]);
    assert_eq!(get(&sandbox, "domain/all").await, json!({}));
}

#[tokio::test]
async fn app_passwords_are_added_without_an_id_and_listed_with_one() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    let body = json!({
        "username": "john@a.test", "app_name": "workspace", "active": 1,
        "app_passwd": "s3cret words", "app_passwd2": "s3cret words", "protocols": ["imap_access"],
    });
    assert_eq!(
        add(&sandbox, "app-passwd", body.clone()).await,
        ["danger access_denied"]
    );
    add(&sandbox, "mailbox", mailbox("john", 100)).await;
    let (_, answer) = mailcow(peer, Method::POST, "add/app-passwd", body).await;
    assert_eq!(answer[0]["msg"], "app_passwd_added");
    let list = get(&sandbox, "app-passwd/all/john@a.test").await;
    assert_eq!(
        (
            &list[0]["name"],
            &list[0]["imap_access"],
            &list[0]["smtp_access"]
        ),
        (&json!("workspace"), &json!(1), &json!(0))
    );
    let id = list[0]["id"].as_u64().unwrap();
    let (_, answer) = mailcow(peer, Method::POST, "delete/app-passwd", json!([id])).await;
    assert_eq!(codes(&answer), ["success app_passwd_removed"]);
    assert_eq!(get(&sandbox, "app-passwd/all/john@a.test").await, json!({}));
}

#[tokio::test]
async fn an_alias_is_in_the_way_of_a_mailbox() {
    let sandbox = with_domain().await;
    let alias = json!({"address": "john@a.test", "goto": "x@b.test", "active": 1});
    let (_, answer) = mailcow(&sandbox.mailcow, Method::POST, "add/alias", alias.clone()).await;
    assert_eq!(answer[0]["msg"], json!(["alias_added", "john@a.test", "1"]));
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("john", 100)).await,
        ["danger is_alias"]
    );
    assert_eq!(
        add(&sandbox, "alias", alias).await,
        ["danger is_alias_or_mailbox"]
    );
}

#[tokio::test]
async fn a_path_is_pasted_into_a_query() {
    let sandbox = with_domain().await;
    for local in ["john", "a+b", "r&d", "100%"] {
        let codes = add(&sandbox, "mailbox", mailbox(local, 10)).await;
        if local == "john" || local == "a+b" {
            assert_eq!(
                codes,
                ["success rl_saved", "success mailbox_added"],
                "{local}"
            );
        }
    }
    for (path, found) in [
        ("mailbox/a+b@a.test", json!(null)),
        ("mailbox/a%2Bb@a.test", json!(null)),
        ("mailbox/a%252Bb@a.test", json!("a+b@a.test")),
        ("mailbox/john@a.test%26x", json!("john@a.test")),
        // Another route, with the caller's own key.
        (
            "mailbox/z&query=get/mailbox/john@a.test&y@a.test",
            json!("john@a.test"),
        ),
        (
            "mailbox/z%26query=get%2Fmailbox%2Fjohn@a.test%26y",
            json!("john@a.test"),
        ),
    ] {
        assert_eq!(get(&sandbox, path).await["username"], found, "{path}");
    }
}

#[tokio::test]
async fn what_does_nothing_is_called_completed_and_limits_are_integers() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    let nothing = json!({"type": "success", "msg": "Task completed"});
    let itself = json!({"address": "x@a.test", "goto": "x@a.test"});
    let (_, answer) = mailcow(peer, Method::POST, "add/alias", itself).await;
    assert_eq!(answer, nothing);
    let (_, answer) = mailcow(peer, Method::POST, "delete/alias", json!([])).await;
    assert_eq!(answer, nothing);
    assert_eq!(get(&sandbox, "alias/all").await, json!({}));
    add(&sandbox, "mailbox", mailbox("a", 1)).await;
    add(&sandbox, "mailbox", mailbox("b", 1)).await;
    let (_, answer) = mailcow(peer, Method::POST, "add/mailbox", mailbox("c", 1)).await;
    assert_eq!(answer[0]["msg"], json!(["max_mailbox_exceeded", 2, 2]));
    let bad = json!({"address": "y@a.test", "goto": "nobody"});
    assert_eq!(add(&sandbox, "alias", bad).await, ["danger goto_invalid"]);
    let (_, answer) = mailcow(peer, Method::POST, "delete/alias", json!(["99"])).await;
    assert_eq!(codes(&answer), ["danger access_denied"]);
    let frame = json!({"items": ["a.test"], "attr": {"rl_value": 1, "rl_frame": "w"}});
    let (_, answer) = mailcow(peer, Method::POST, "edit/rl-domain", frame).await;
    assert_eq!(codes(&answer), ["danger rl_timeframe"]);
}

#[tokio::test]
async fn an_app_password_without_its_mailbox_is_an_exception_inside() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    add(&sandbox, "mailbox", mailbox("john", 100)).await;
    let body = json!({"username": "john@a.test", "app_name": "O'Brien", "app_passwd": "s3cret words",
        "app_passwd2": "s3cret words", "protocols": ["imap_access"]});
    add(&sandbox, "app-passwd", body).await;
    let listed = get(&sandbox, "app-passwd/all/john@a.test").await;
    assert_eq!(listed[0]["name"], "O&amp;#039;Brien");
    assert!(listed[0]["password"].is_string());
    let id = listed[0]["id"].as_u64().unwrap().to_string();
    let request = |attr: Value| {
        client()
            .post(format!("{}/api/v1/edit/app-passwd", peer.base_url))
            .header("X-API-Key", peer.credential("api_key"))
            .json(&json!({"items": [id], "attr": attr}))
    };
    let answer = request(json!({"active": 0})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().is_empty());
    assert_eq!(
        get(&sandbox, "app-passwd/all/john@a.test").await[0]["active"],
        1
    );
    let named = json!({"active": 0, "username": "john@a.test"});
    let (_, answer) = read(request(named).send().await.unwrap()).await;
    assert_eq!(codes(&answer), ["success object_modified"]);
}

#[tokio::test]
async fn a_mailbox_of_which_half_was_made_has_empty_fields() {
    let sandbox = with_domain().await;
    let peer = &sandbox.mailcow;
    peer.fault(bheem_sandbox::Fault {
        action: bheem_sandbox::FaultAction::DieHalfway,
        path_prefix: "/api/v1/add/mailbox".to_owned(),
        ..bheem_sandbox::Fault::default()
    });
    let url = format!("{}/api/v1/add/mailbox", peer.base_url);
    let request = client()
        .post(&url)
        .header("X-API-Key", peer.credential("api_key"))
        .json(&mailbox("john", 10));
    assert!(request.send().await.is_err(), "the connection breaks");
    let half = get(&sandbox, "mailbox/john@a.test").await;
    assert!(
        half.as_object().unwrap().values().all(Value::is_null),
        "{half}"
    );
    assert_eq!(
        add(&sandbox, "mailbox", mailbox("john", 10)).await,
        ["danger object_exists"]
    );
}

#[tokio::test]
async fn a_template_without_a_key_makes_none_and_a_key_outlives_its_domain() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.mailcow;
    assert!(peer.set_options(&json!({"template_without_dkim": true})));
    let made = add(&sandbox, "domain", json!({"domain": "a.test"})).await;
    assert_eq!(made, ["success domain_added"]);
    assert_eq!(get(&sandbox, "dkim/a.test").await, json!({}));
    let bad = json!({"domains": "a.test", "dkim_selector": "a b", "key_size": 2048});
    assert_eq!(
        add(&sandbox, "dkim", bad).await,
        ["danger dkim_domain_or_sel_invalid"]
    );
    let key = json!({"domains": "a.test", "dkim_selector": "s2", "key_size": 4096});
    assert_eq!(add(&sandbox, "dkim", key).await, ["success dkim_added"]);
    assert_eq!(get(&sandbox, "dkim/a.test").await["length"], "4096");
    mailcow(peer, Method::POST, "delete/domain", json!(["a.test"])).await;
    assert_eq!(get(&sandbox, "dkim/a.test").await["dkim_selector"], "s2");
    let nowhere = json!({"domains": "b.test"});
    assert_eq!(
        add(&sandbox, "dkim", nowhere).await,
        ["danger access_denied"]
    );
    let edit = json!({"items": ["b.test"], "attr": {"active": 1}});
    let (_, answer) = mailcow(peer, Method::POST, "edit/domain", edit).await;
    assert_eq!(codes(&answer), ["danger domain_invalid"]);
    assert!(peer.set_options(&json!({"refuses_address": true})));
    let (status, _) = mailcow(peer, Method::GET, "get/domain/all", Value::Null).await;
    assert_eq!(status, 401);
}
