//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_nextcloud::{CreateShare, CreateUser, OidcUser, Permissions, UpdateShare, UserField};
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

const SHARES: &str = "/ocs/v2.php/apps/files_sharing/api/v1/shares";
const FOLDERS: &str = "/index.php/apps/groupfolders/folders";

#[tokio::test]
async fn the_other_reads_understand_misbehaviour() {
    let share = data(&json!([{"id": "1", "share_type": 0}]));
    let folder = data(&json!({"id": 1, "mount_point": "x"}));
    let cloud = "/ocs/v2.php/cloud";
    for (operation, path, body) in [
        ("shares", SHARES.to_owned(), share.clone()),
        ("share", format!("{SHARES}/1"), share),
        ("folders", FOLDERS.to_owned(), data(&json!([]))),
        ("folder", format!("{FOLDERS}/1"), folder),
        (
            "user details",
            format!("{cloud}/users/details"),
            data(&json!({"users": []})),
        ),
        (
            "group details",
            format!("{cloud}/groups/details"),
            data(&json!({"groups": []})),
        ),
        (
            "members",
            format!("{cloud}/groups/g/users"),
            data(&json!({"users": []})),
        ),
        (
            "subadmins",
            format!("{cloud}/users/u/subadmins"),
            data(&json!([])),
        ),
        (
            "password",
            "/ocs/v2.php/core/getapppassword".to_owned(),
            data(&json!({"apppassword": "x"})),
        ),
    ] {
        let route = Route {
            method: "GET",
            path: &path,
            body: Some(&body),
        };
        misbehaving_peers(route, |peer| async move {
            let nextcloud = client(&peer);
            match operation {
                "shares" => nextcloud.shares().list().await.map(drop),
                "share" => nextcloud.shares().find("1").await.map(drop),
                "folders" => nextcloud.group_folders().list().await.map(drop),
                "folder" => nextcloud.group_folders().find(1).await.map(drop),
                "user details" => nextcloud.users().list_details("", 1, 0).await.map(drop),
                "group details" => nextcloud.groups().list_details("", 1, 0).await.map(drop),
                "members" => nextcloud.groups().members("g").await.map(drop),
                "subadmins" => nextcloud.users().subadmin_of("u").await.map(drop),
                _ => nextcloud.app_passwords().create().await.map(drop),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn the_other_writes_understand_misbehaviour() {
    let share = data(&json!({"id": "1", "share_type": 3}));
    let made = data(&json!({"id": 1}));
    let password = data(&json!({"apppassword": "x"}));
    let verdict = verdict(200);
    for (method, operation, path, body) in [
        ("POST", "share", SHARES.to_owned(), share.as_str()),
        ("PUT", "share", format!("{SHARES}/1"), &share),
        ("DELETE", "share", format!("{SHARES}/1"), &verdict),
        ("POST", "folder", FOLDERS.to_owned(), &made),
        ("POST", "quota", format!("{FOLDERS}/1/quota"), &verdict),
        ("POST", "group", format!("{FOLDERS}/1/groups"), &verdict),
        (
            "POST",
            "permissions",
            format!("{FOLDERS}/1/groups/g"),
            &verdict,
        ),
        ("POST", "name", format!("{FOLDERS}/1/mountpoint"), &verdict),
        ("DELETE", "group", format!("{FOLDERS}/1/groups/g"), &verdict),
        ("DELETE", "folder", format!("{FOLDERS}/1"), &verdict),
        (
            "POST",
            "rotate",
            "/ocs/v2.php/core/apppassword/rotate".to_owned(),
            &password,
        ),
        (
            "DELETE",
            "password",
            "/ocs/v2.php/core/apppassword".to_owned(),
            &verdict,
        ),
        (
            "POST",
            "subadmin",
            "/ocs/v2.php/cloud/users/u/subadmins".to_owned(),
            &verdict,
        ),
        (
            "DELETE",
            "subadmin",
            "/ocs/v2.php/cloud/users/u/subadmins".to_owned(),
            &verdict,
        ),
        (
            "POST",
            "oidc",
            "/ocs/v2.php/apps/user_oidc/api/v1/user".to_owned(),
            &verdict,
        ),
        (
            "DELETE",
            "oidc",
            "/ocs/v2.php/apps/user_oidc/api/v1/user/u".to_owned(),
            &verdict,
        ),
    ] {
        let route = Route {
            method,
            path: &path,
            body: Some(body),
        };
        misbehaving_peers(route, |peer| async move {
            let nextcloud = client(&peer);
            let (shares, folders) = (nextcloud.shares(), nextcloud.group_folders());
            match (method, operation) {
                ("POST", "share") => shares.create(&CreateShare::link("/a")).await.map(drop),
                ("PUT", "share") => shares.update("1", &UpdateShare::new()).await.map(drop),
                ("DELETE", "share") => shares.delete("1").await.map(drop),
                ("POST", "folder") => folders.create("x").await.map(drop),
                (_, "quota") => folders.set_quota(1, None).await,
                ("POST", "group") => folders.add_group(1, "g").await,
                (_, "permissions") => folders.set_permissions(1, "g", Permissions::READ).await,
                (_, "name") => folders.rename(1, "x").await,
                (_, "group") => folders.remove_group(1, "g").await.map(drop),
                (_, "folder") => folders.delete(1).await.map(drop),
                (_, "rotate") => nextcloud.app_passwords().rotate().await.map(drop),
                (_, "password") => nextcloud.app_passwords().delete().await,
                ("POST", "subadmin") => nextcloud.users().promote("u", "g").await,
                (_, "subadmin") => nextcloud.users().demote("u", "g").await.map(drop),
                ("POST", _) => nextcloud.oidc().ensure_user(&OidcUser::new(1, "u")).await,
                _ => nextcloud.oidc().delete_user("u").await.map(drop),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_no_ocs_understands_misbehaviour() {
    let started = json!({"poll": {"token": "t", "endpoint": "http://x/index.php/login/v2/poll"}, "login": "http://x"});
    let route = Route {
        method: "POST",
        path: "/index.php/login/v2",
        body: Some(&started.to_string()),
    };
    misbehaving_peers(
        route,
        |peer| async move { client(&peer).start_login().await },
    )
    .await;
    let route = Route {
        method: "POST",
        path: "/index.php/apps/user_oidc/backchannel-logout/p",
        body: None,
    };
    misbehaving_peers(route, |peer| async move {
        let token = "t".into();
        client(&peer).oidc().back_channel_logout("p", &token).await
    })
    .await;
}
