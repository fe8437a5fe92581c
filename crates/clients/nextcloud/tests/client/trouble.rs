//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_nextcloud::{CreateUser, UserField};
use serde_json::json;

use crate::{client, data, verdict};

#[tokio::test]
async fn reads_understand_misbehaviour() {
    let cloud = "/ocs/v2.php/cloud";
    for (path, body) in [
        (format!("{cloud}/users/u"), data(&json!({"id": "u"}))),
        (format!("{cloud}/users"), data(&json!({"users": []}))),
        (
            format!("{cloud}/users/u/groups"),
            data(&json!({"groups": []})),
        ),
        (format!("{cloud}/groups"), data(&json!({"groups": []}))),
        (
            format!("{cloud}/capabilities"),
            data(&json!({"version": {}})),
        ),
        (
            "/status.php".to_owned(),
            json!({"installed": true}).to_string(),
        ),
    ] {
        let target = path.clone();
        misbehaving_peers(
            Route {
                method: "GET",
                path: &path,
                body: Some(&body),
            },
            |peer| {
                let target = target.clone();
                async move {
                    let nextcloud = client(&peer);
                    match target
                        .rsplit_once("/cloud/")
                        .map_or("status", |(_, rest)| rest)
                    {
                        "users/u" => nextcloud.users().find("u").await.map(drop),
                        "users" => nextcloud.users().list("", 10, 0).await.map(drop),
                        "users/u/groups" => nextcloud.users().groups("u").await.map(drop),
                        "groups" => nextcloud.groups().find("g").await.map(drop),
                        "capabilities" => nextcloud.capabilities().await.map(drop),
                        _ => nextcloud.status().await.map(drop),
                    }
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn writes_understand_misbehaviour() {
    let body = verdict(200);
    for (method, target) in [
        ("POST", "users"),
        ("PUT", "users/u"),
        ("PUT", "users/u/enable"),
        ("PUT", "users/u/disable"),
        ("DELETE", "users/u"),
        ("POST", "users/u/groups"),
        ("DELETE", "users/u/groups"),
        ("POST", "groups"),
        ("PUT", "groups/g"),
        ("DELETE", "groups/g"),
    ] {
        let path = format!("/ocs/v2.php/cloud/{target}");
        misbehaving_peers(
            Route {
                method,
                path: &path,
                body: Some(&body),
            },
            |peer| async move {
                let nextcloud = client(&peer);
                match (method, target) {
                    ("POST", "users") => nextcloud.users().create(&CreateUser::new("u")).await,
                    ("PUT", "users/u") => {
                        nextcloud.users().edit("u", &UserField::Quota, "none").await
                    }
                    ("PUT", "users/u/enable") => nextcloud.users().enable("u").await,
                    ("PUT", "users/u/disable") => nextcloud.users().disable("u").await,
                    ("DELETE", "users/u") => nextcloud.users().delete("u").await.map(drop),
                    ("POST", "users/u/groups") => nextcloud.users().add_to_group("u", "g").await,
                    ("DELETE", "users/u/groups") => nextcloud
                        .users()
                        .remove_from_group("u", "g")
                        .await
                        .map(drop),
                    ("POST", _) => nextcloud.groups().ensure("g").await.map(drop),
                    ("PUT", _) => nextcloud.groups().set_display_name("g", "G").await,
                    _ => nextcloud.groups().delete("g").await.map(drop),
                }
            },
        )
        .await;
    }
}
