use bheem_sandbox::{PeerHandle, Sandbox};
use serde_json::{Value, json};

use crate::support::{client, code, json as read, ocs, ocs_as};

const USERS: &str = "v2.php/cloud/users";

fn john() -> Value {
    json!({"userid": "john", "password": "correct horse", "displayName": "John", "quota": "1 GB"})
}

async fn call(peer: &PeerHandle, method: &str, path: &str, body: Value) -> (u16, i64) {
    let (status, answer) = ocs(peer, method, &format!("v2.php/cloud/{path}"), body).await;
    (status, code(&answer))
}

#[tokio::test]
async fn the_second_version_puts_codes_into_the_status_and_the_first_does_not() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let (status, answer) = ocs(peer, "POST", USERS, john()).await;
    assert_eq!((status, code(&answer)), (200, 200));
    assert_eq!(answer["ocs"]["data"]["id"], "john");
    let (status, answer) = ocs(peer, "POST", USERS, john()).await;
    assert_eq!((status, code(&answer)), (400, 102));
    assert_eq!(answer["ocs"]["data"], json!([]));
    let (status, answer) = ocs(peer, "POST", "v1.php/cloud/users", john()).await;
    assert_eq!(
        (status, code(&answer)),
        (200, 102),
        "every failure is HTTP 200"
    );
    let (status, answer) = ocs(peer, "GET", "v1.php/cloud/users/john", Value::Null).await;
    assert_eq!((status, code(&answer)), (200, 100));
    let (status, answer) = ocs(peer, "GET", "v2.php/cloud/users/nobody", Value::Null).await;
    assert_eq!((status, code(&answer)), (404, 404));
}

#[tokio::test]
async fn callers_are_checked() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let wrong = ("admin", "wrong");
    let (status, answer) = ocs_as(peer, wrong, "GET", USERS, Value::Null).await;
    assert_eq!((status, code(&answer)), (401, 997));
    let (status, answer) = ocs_as(peer, wrong, "GET", "v1.php/cloud/users", Value::Null).await;
    assert_eq!((status, code(&answer)), (401, 997));
    let sample = (
        peer.credential("sample_user"),
        peer.credential("sample_password"),
    );
    let (status, answer) = ocs_as(peer, sample, "GET", USERS, Value::Null).await;
    assert_eq!((status, code(&answer)), (403, 403));
    let url = format!("{}/ocs/{USERS}?format=json", peer.base_url);
    let request = client()
        .get(url)
        .basic_auth("admin", Some(peer.credential("admin_password")));
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 412, "no OCS-APIRequest header");
    assert_eq!(
        answer,
        json!({"message": "CSRF check failed"}),
        "and no envelope"
    );
    // Whoever is no administrator learns nothing of others, not even whether they are there.
    for other in ["admin", "nobody"] {
        let path = format!("{USERS}/{other}");
        let (status, answer) = ocs_as(peer, sample, "GET", &path, Value::Null).await;
        assert_eq!((status, code(&answer)), (404, 998), "{other}");
    }
}

#[tokio::test]
async fn an_account_of_which_half_was_made_has_its_groups_and_nothing_else() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let team = json!({"groupid": "team"});
    call(peer, "POST", "groups", team).await;
    peer.fault(bheem_sandbox::Fault {
        action: bheem_sandbox::FaultAction::DieHalfway,
        method: Some("POST".to_owned()),
        ..bheem_sandbox::Fault::default()
    });
    let mut body = john();
    body["groups"] = json!(["team"]);
    body["displayName"] = json!("John");
    let url = format!("{}/ocs/{USERS}", peer.base_url);
    let request = client()
        .post(url)
        .basic_auth("admin", Some(peer.credential("admin_password")))
        .header("OCS-APIRequest", "true")
        .json(&body);
    assert!(request.send().await.is_err(), "the connection breaks");
    let (_, answer) = ocs(peer, "GET", &format!("{USERS}/john"), Value::Null).await;
    let user = &answer["ocs"]["data"];
    assert_eq!(
        (&user["groups"], &user["enabled"]),
        (&json!(["team"]), &json!(true))
    );
    assert_eq!(
        (&user["displayname"], &user["email"]),
        (&json!("john"), &Value::Null)
    );
    assert_eq!(user["quota"]["quota"], "none");
}

#[tokio::test]
async fn after_some_wrong_passwords_nobody_is_served() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert!(peer.set_options(&json!({"brute_force_protection": true})));
    for _ in 0..10 {
        let guess = ("sample", "a guess");
        let (status, _) = ocs_as(peer, guess, "GET", USERS, Value::Null).await;
        assert_eq!(status, 401);
    }
    let admin = ("admin", peer.credential("admin_password"));
    let (status, answer) = ocs_as(peer, admin, "GET", USERS, Value::Null).await;
    assert_eq!(
        (status, &answer["message"]),
        (429, &json!("Reached maximum delay"))
    );
}

#[tokio::test]
async fn creation_is_refused_with_the_documented_codes() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    for (body, expected) in [
        (json!({"userid": "x/y", "password": "correct horse"}), 101),
        (
            json!({"userid": "x".repeat(65), "password": "correct horse"}),
            101,
        ),
        (
            json!({"userid": "SAMPLE", "password": "correct horse"}),
            102,
        ),
        (
            json!({"userid": "x", "password": "correct horse", "groups": ["none"]}),
            104,
        ),
        (json!({"userid": "x", "password": "short"}), 107),
        (json!({"userid": "x"}), 108),
        (
            json!({"userid": "x", "password": "correct horse", "subadmin": ["none"]}),
            109,
        ),
    ] {
        let (status, code) = call(peer, "POST", "users", body.clone()).await;
        assert_eq!((status, code), (400, expected), "{body}");
    }
}

#[tokio::test]
async fn a_user_reads_back_what_was_set() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    ocs(
        peer,
        "POST",
        "v2.php/cloud/groups",
        json!({"groupid": "team"}),
    )
    .await;
    let mut body = john();
    body["groups"] = json!(["team"]);
    body["email"] = json!("john@a.test");
    ocs(peer, "POST", USERS, body).await;
    let edit = json!({"key": "displayname", "value": "Johnny"});
    assert_eq!(call(peer, "PUT", "users/john", edit).await, (200, 200));
    assert_eq!(
        call(
            peer,
            "PUT",
            "users/john",
            json!({"key": "nonsense", "value": "1"})
        )
        .await,
        (500, 999)
    );
    for (key, value, expected) in [
        ("language", "klingon!", (400, 101)),
        ("language", "de_DE", (200, 200)),
        ("quota", "a lot", (200, 200)),
        ("quota", "1 GB", (200, 200)),
    ] {
        let edit = json!({"key": key, "value": value});
        assert_eq!(
            call(peer, "PUT", "users/john", edit).await,
            expected,
            "{value}"
        );
    }
    let (_, answer) = ocs(peer, "GET", &format!("{USERS}/john"), Value::Null).await;
    let data = &answer["ocs"]["data"];
    assert_eq!(data["displayname"], "Johnny");
    assert_eq!(data["email"], "john@a.test");
    assert_eq!(data["groups"], json!(["team"]));
    assert_eq!(data["quota"]["quota"], 1_073_741_824_i64, "in bytes");
    assert!(
        !sandbox
            .nextcloud
            .state()
            .to_string()
            .contains("correct horse")
    );
}

#[tokio::test]
async fn forms_and_xml_work_too() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let url = format!("{}/ocs/v1.php/cloud/users", peer.base_url);
    let response = client()
        .post(url)
        .basic_auth("admin", Some(peer.credential("admin_password")))
        .header("OCS-APIRequest", "true")
        .form(&[
            ("userid", "john"),
            ("password", "correct horse"),
            ("groups[]", "admin"),
        ])
        .send()
        .await
        .unwrap();
    let text = response.text().await.unwrap();
    assert!(text.contains("<statuscode>100</statuscode>"), "{text}");
    assert!(text.contains("<data><id>john</id></data>"), "{text}");
    let (_, answer) = ocs(peer, "GET", "v2.php/cloud/groups/admin", Value::Null).await;
    assert_eq!(answer["ocs"]["data"]["users"], json!(["admin", "john"]));
}

#[tokio::test]
async fn membership_is_idempotent_and_names_what_is_missing() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    assert_eq!(
        call(peer, "POST", "groups", json!({"groupid": "team"})).await,
        (200, 200)
    );
    assert_eq!(
        call(peer, "POST", "groups", json!({"groupid": "team"})).await,
        (400, 102)
    );
    assert_eq!(
        call(peer, "POST", "groups", json!({"groupid": ""})).await,
        (400, 101)
    );
    let team = json!({"groupid": "team"});
    for _ in 0..2 {
        assert_eq!(
            call(peer, "POST", "users/sample/groups", team.clone()).await,
            (200, 200)
        );
    }
    assert_eq!(
        call(peer, "POST", "users/sample/groups", json!({})).await.1,
        101
    );
    assert_eq!(
        call(
            peer,
            "POST",
            "users/sample/groups",
            json!({"groupid": "none"})
        )
        .await
        .1,
        102
    );
    assert_eq!(
        call(peer, "POST", "users/nobody/groups", team.clone())
            .await
            .1,
        103
    );
    assert_eq!(
        call(peer, "DELETE", "users/sample/groups", team).await,
        (200, 200)
    );
    assert_eq!(
        call(peer, "DELETE", "groups/team", Value::Null).await,
        (200, 200)
    );
    assert_eq!(
        call(peer, "DELETE", "groups/team", Value::Null).await,
        (400, 101)
    );
}

#[tokio::test]
async fn disabling_ends_access_and_deleting_is_998_the_second_time() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let sample = (
        peer.credential("sample_user"),
        peer.credential("sample_password"),
    );
    let myself = "v2.php/cloud/user";
    assert_eq!(
        ocs_as(peer, sample, "GET", myself, Value::Null).await.0,
        200
    );
    assert_eq!(
        call(peer, "PUT", "users/sample/disable", Value::Null).await,
        (200, 200)
    );
    assert_eq!(
        ocs_as(peer, sample, "GET", myself, Value::Null).await.0,
        401
    );
    let url = format!("{}/remote.php/dav/files/sample/", peer.base_url);
    let dav = client().request("PROPFIND".parse().unwrap(), url);
    let dav = dav
        .basic_auth(sample.0, Some(sample.1))
        .header("Depth", "0");
    assert_eq!(dav.send().await.unwrap().status(), 503, "not 401");
    assert_eq!(
        call(peer, "PUT", "users/sample/enable", Value::Null).await,
        (200, 200)
    );
    assert_eq!(
        ocs_as(peer, sample, "GET", myself, Value::Null).await.0,
        200
    );
    assert_eq!(
        call(peer, "DELETE", "users/sample", Value::Null).await,
        (200, 200)
    );
    assert_eq!(
        call(peer, "DELETE", "users/sample", Value::Null).await,
        (404, 998)
    );
    assert_eq!(
        call(peer, "PUT", "users/sample/disable", Value::Null).await,
        (400, 101)
    );
    assert_eq!(
        call(peer, "DELETE", "users/admin", Value::Null).await,
        (404, 998),
        "oneself"
    );
}

#[tokio::test]
async fn lists_are_cut_by_limit_offset_and_search() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    for id in ["one-1", "one-2", "one-3"] {
        ocs(
            peer,
            "POST",
            USERS,
            json!({"userid": id, "password": "correct horse"}),
        )
        .await;
    }
    let list = |query: &'static str| async move {
        let (_, answer) = ocs(peer, "GET", &format!("{USERS}?{query}"), Value::Null).await;
        answer["ocs"]["data"]["users"].clone()
    };
    assert_eq!(list("search=ONE&limit=2").await, json!(["one-1", "one-2"]));
    assert_eq!(list("search=ONE&limit=2&offset=2").await, json!(["one-3"]));
    assert_eq!(list("search=none").await, json!([]));
}

#[tokio::test]
async fn the_rate_of_edits_is_limited_once_that_is_switched_on() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let url = format!("{}/__sandbox/options", peer.control_url);
    client()
        .put(url)
        .json(&json!({"edit_rate_limit": true}))
        .send()
        .await
        .unwrap();
    let edit = json!({"key": "displayname", "value": "S"});
    for _ in 0..50 {
        assert_eq!(call(peer, "PUT", "users/sample", edit.clone()).await.0, 200);
    }
    assert_eq!(call(peer, "PUT", "users/sample", edit).await, (429, 429));
}

#[tokio::test]
async fn an_app_password_is_made_with_the_real_password_only() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let user = peer.credential("sample_user");
    let path = "v2.php/core/getapppassword";
    let real = (user, peer.credential("sample_password"));
    let (_, answer) = ocs_as(peer, real, "GET", path, Value::Null).await;
    let made = answer["ocs"]["data"]["apppassword"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(made.len(), 72);
    let app = (user, made.as_str());
    assert_eq!(
        ocs_as(peer, app, "GET", "v2.php/cloud/user", Value::Null)
            .await
            .0,
        200
    );
    assert_eq!(ocs_as(peer, app, "GET", path, Value::Null).await.0, 403);
    assert_eq!(
        ocs_as(peer, app, "DELETE", "v2.php/core/apppassword", Value::Null)
            .await
            .0,
        200
    );
    assert_eq!(
        ocs_as(peer, app, "GET", "v2.php/cloud/user", Value::Null)
            .await
            .0,
        401
    );
}

#[tokio::test]
async fn shares_are_held_to_their_rules() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let sample = (
        peer.credential("sample_user"),
        peer.credential("sample_password"),
    );
    crate::support::dav(peer, "PUT", "files/sample/a", &[], "x").await;
    ocs(peer, "POST", USERS, john()).await;
    let shares = "v2.php/apps/files_sharing/api/v1/shares";
    for (body, expected) in [
        (
            json!({"path": "/a", "shareType": 0, "shareWith": "john", "permissions": 31}),
            200,
        ),
        (
            // The share that is there, and what is asked of it is ignored.
            json!({"path": "/a", "shareType": 0, "shareWith": "john", "permissions": 1}),
            200,
        ),
        (
            json!({"path": "/a", "shareType": 0, "shareWith": "sample"}),
            403,
        ),
        (
            json!({"path": "/a", "shareType": 0, "shareWith": "nobody"}),
            404,
        ),
        (json!({"path": "/b", "shareType": 3}), 404),
        (json!({"path": "/a", "shareType": 77}), 400),
        (
            json!({"path": "/a", "shareType": 3, "permissions": 64}),
            404,
        ),
        (
            json!({"path": "/a", "shareType": 3, "expireDate": "tomorrow"}),
            404,
        ),
        (
            json!({"path": "/a", "shareType": 3, "password": "short"}),
            403,
        ),
        (json!({"path": "/a", "shareType": 3}), 200),
        (json!({"path": "/a", "shareType": 3}), 200),
    ] {
        let (_, answer) = ocs_as(peer, sample, "POST", shares, body.clone()).await;
        assert_eq!(code(&answer), expected, "{body}");
    }
    let (_, answer) = ocs_as(peer, sample, "GET", shares, Value::Null).await;
    let found = answer["ocs"]["data"].as_array().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0]["permissions"], 19,
        "a file can be neither made nor deleted"
    );
    // Whoever received it may look at it, and not change it.
    let one = format!("{shares}/{}", found[0]["id"].as_str().unwrap());
    let (_, seen) = ocs_as(peer, ("john", "correct horse"), "GET", &one, Value::Null).await;
    assert_eq!(code(&seen), 200);
    let (_, kept) = ocs_as(peer, ("john", "correct horse"), "DELETE", &one, Value::Null).await;
    assert_eq!(code(&kept), 404);
    // They go with their owner.
    call(peer, "DELETE", "users/sample", Value::Null).await;
    assert_eq!(peer.state()["shares"], json!([]));
}

#[tokio::test]
async fn sub_administrators_have_codes_of_their_own() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    call(peer, "POST", "groups", json!({"groupid": "team"})).await;
    let subadmins = "users/sample/subadmins";
    for (method, path, group, expected) in [
        ("POST", subadmins, "team", 200),
        ("POST", subadmins, "none", 102),
        ("POST", subadmins, "admin", 103),
        ("POST", "users/nobody/subadmins", "team", 101),
        ("DELETE", subadmins, "team", 200),
        ("DELETE", subadmins, "team", 102),
    ] {
        let (_, found) = call(peer, method, path, json!({"groupid": group})).await;
        assert_eq!(found, expected, "{method} {path} {group}");
    }
}
