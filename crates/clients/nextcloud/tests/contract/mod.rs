//! What every Nextcloud must do with this client: written once, run against the stand-in and against whatever
//! `LIVE_NEXTCLOUD_URL` names. Makes users, groups and files whose names begin with `bheem-contract`, and removes them.

mod sharing;

use bheem_nextcloud::{
    Auth, Client, CreateUser, Created, Deleted, ErrorKind, Permissions, QuotaLimit, SecretString,
    UserField,
};
use futures::TryStreamExt as _;

const JOHN: &str = "bheem-contract-john";
const MARY: &str = "bheem-contract-mary";
const TEAM: &str = "bheem-contract-team";

/// What a server offers. Given by whoever knows the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offers {
    /// The app `groupfolders`.
    pub(crate) group_folders: bool,
}

/// Exercises every operation. `admin` is a client of an administrator.
pub(crate) async fn suite(admin: &Client, offers: Offers) {
    clean(admin).await;
    Box::pin(server(admin)).await;
    Box::pin(users(admin)).await;
    Box::pin(groups(admin)).await;
    let john = signed_in(admin, JOHN).await;
    // Whoever is no administrator does not see others: that is not taken for their absence.
    let blind = john.users().find(MARY).await.unwrap_err();
    assert!(
        matches!(blind, bheem_nextcloud::Error::NotAdministrator { .. }),
        "{blind:?}"
    );
    let mary = signed_in(admin, MARY).await;
    Box::pin(app_passwords(&john)).await;
    Box::pin(sharing::suite(&john, &mary)).await;
    Box::pin(callers(admin, &john)).await;
    if offers.group_folders {
        Box::pin(group_folders(admin)).await;
    }
    clean(admin).await;
}

async fn clean(admin: &Client) {
    for user in [JOHN, MARY] {
        admin.users().delete(user).await.unwrap();
    }
    admin.groups().delete(TEAM).await.unwrap();
}

/// Somebody with a password of the test's own.
async fn signed_in(admin: &Client, id: &str) -> Client {
    let password = SecretString::from(format!("contract {id} {}", "pässword"));
    admin.users().set_password(id, &password).await.unwrap();
    admin.with_auth(&Auth::basic(id, password)).unwrap()
}

async fn server(admin: &Client) {
    let status = admin.status().await.unwrap();
    assert!(status.is_installed && !status.is_in_maintenance);
    let capabilities = admin.capabilities().await.unwrap();
    assert!(capabilities.version.major.is_some());
    assert!(capabilities.has_chunked_upload() && capabilities.has_links());
    assert!(capabilities.theme_name().is_some() && capabilities.theme_color().is_some());
}

async fn users(admin: &Client) {
    let users = admin.users();
    assert!(users.find(JOHN).await.unwrap().is_none());
    assert_eq!(users.delete(JOHN).await.unwrap(), Deleted::Absent);
    let orphan = CreateUser::new(JOHN).group(TEAM);
    let error = users.create(&orphan).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Invalid, Some(104))
    );
    let error = users
        .create(&CreateUser::new(JOHN).subadmin_of(TEAM))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Invalid, Some(109))
    );
    let weak = CreateUser::new(JOHN).password(SecretString::from("weak"));
    let error = users.create(&weak).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Invalid, Some(107))
    );
    assert!(error.message().is_some_and(|message| !message.is_empty()));
    assert_eq!(admin.groups().ensure(TEAM).await.unwrap(), Created::Created);
    let john = CreateUser::new(JOHN)
        .display_name("John Contract")
        .email("john@contract.example")
        .quota("5 GB".parse().unwrap())
        .language("de")
        .group(TEAM)
        .subadmin_of(TEAM);
    users.create(&john).await.unwrap();
    let again = users.create(&john).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    users.create(&CreateUser::new(MARY)).await.unwrap();

    let found = users.find(JOHN).await.unwrap().unwrap();
    assert_eq!(found.display_name.as_deref(), Some("John Contract"));
    assert_eq!(found.email.as_deref(), Some("john@contract.example"));
    assert_eq!(found.groups, [TEAM]);
    assert_eq!(found.quota.limit_bytes, Some(5 << 30));
    assert!(found.is_enabled);
    for (field, value) in [
        (UserField::DisplayName, "Johnny"),
        (UserField::Email, "johnny@contract.example"),
        (UserField::Language, "en"),
        (UserField::Phone, "+49 30 123456"),
        (UserField::Organisation, "Contract <& Co>"),
    ] {
        users.edit(JOHN, &field, value).await.unwrap();
    }
    let gigabyte: QuotaLimit = "1 GB".parse().unwrap();
    users.set_quota(JOHN, gigabyte).await.unwrap();
    let bad_language = users.edit(JOHN, &UserField::Language, "klingon!").await;
    assert_eq!(bad_language.unwrap_err().kind(), ErrorKind::Invalid);
    let nobody = users
        .set_quota("bheem-contract-nobody", gigabyte)
        .await
        .unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
    let found = users.find(JOHN).await.unwrap().unwrap();
    assert_eq!(found.display_name.as_deref(), Some("Johnny"));
    assert_eq!(found.quota.limit_bytes, Some(1 << 30));

    users.disable(JOHN).await.unwrap();
    users.disable(JOHN).await.unwrap();
    assert!(!users.find(JOHN).await.unwrap().unwrap().is_enabled);
    users.enable(JOHN).await.unwrap();
    assert!(users.find(JOHN).await.unwrap().unwrap().is_enabled);
    for missing in [
        users.enable("bheem-contract-nobody").await,
        users.disable("bheem-contract-nobody").await,
    ] {
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    }

    let page = users.list("bheem-contract", 1, 0).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, Some(1)));
    let all: Vec<String> = users.stream("bheem-contract").try_collect().await.unwrap();
    assert_eq!(all, [JOHN, MARY]);
    let details: Vec<_> = users
        .stream_details("bheem-contract")
        .try_collect()
        .await
        .unwrap();
    assert_eq!(details.len(), 2);
    let page = users.list_details("bheem-contract", 1, 1).await.unwrap();
    assert_eq!((page.items[0].id.as_str(), page.next), (MARY, Some(2)));
}

async fn groups(admin: &Client) {
    let (users, groups) = (admin.users(), admin.groups());
    assert_eq!(groups.ensure(TEAM).await.unwrap(), Created::Exists);
    assert_eq!(
        groups.create(TEAM).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    groups.set_display_name(TEAM, "The Team").await.unwrap();
    let details: Vec<_> = groups.stream_details(TEAM).try_collect().await.unwrap();
    assert_eq!(details[0].display_name.as_deref(), Some("The Team"));
    assert_eq!(groups.members(TEAM).await.unwrap(), [JOHN]);
    users.add_to_group(MARY, TEAM).await.unwrap();
    users.add_to_group(MARY, TEAM).await.unwrap();
    assert_eq!(groups.members(TEAM).await.unwrap(), [JOHN, MARY]);
    assert_eq!(users.groups(MARY).await.unwrap(), [TEAM]);
    assert_eq!(
        users.remove_from_group(MARY, TEAM).await.unwrap(),
        Deleted::Removed
    );
    let missing = users
        .add_to_group(MARY, "bheem-contract-none")
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let absent = users.remove_from_group(MARY, "bheem-contract-none").await;
    assert_eq!(absent.unwrap(), Deleted::Absent);
    assert_eq!(
        groups
            .members("bheem-contract-none")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert!(groups.find(TEAM).await.unwrap().is_some());
    assert!(groups.find("bheem-contract").await.unwrap().is_none());

    assert_eq!(users.subadmin_of(JOHN).await.unwrap(), [TEAM]);
    users.promote(MARY, TEAM).await.unwrap();
    users.promote(MARY, TEAM).await.unwrap();
    assert_eq!(users.demote(MARY, TEAM).await.unwrap(), Deleted::Removed);
    assert_eq!(users.demote(MARY, TEAM).await.unwrap(), Deleted::Absent);
    let missing = users
        .promote(MARY, "bheem-contract-none")
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

async fn app_passwords(john: &Client) {
    let password = john.app_passwords().create().await.unwrap();
    let with_it = john.with_auth(&Auth::basic(JOHN, password)).unwrap();
    let refused = with_it.app_passwords().create().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
    let next = with_it.app_passwords().rotate().await.unwrap();
    let gone = with_it.shares().list().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unauthorized);
    let with_next = john.with_auth(&Auth::basic(JOHN, next)).unwrap();
    with_next.app_passwords().delete().await.unwrap();
    let gone = with_next.app_passwords().delete().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unauthorized);
}

/// Whoever is no administrator is told no, and so is whoever is nobody.
async fn callers(admin: &Client, john: &Client) {
    let error = john
        .users()
        .create(&CreateUser::new("bheem-contract-x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let nobody = Auth::basic(JOHN, SecretString::from("wrong"));
    let nobody = admin.with_auth(&nobody).unwrap();
    assert_eq!(
        nobody.users().find(JOHN).await.unwrap_err().kind(),
        ErrorKind::Unauthorized
    );
}

async fn group_folders(admin: &Client) {
    let folders = admin.group_folders();
    if let Some(old) = folders.find_by_mount_point(TEAM).await.unwrap() {
        folders.delete(old.id).await.unwrap();
    }
    let (id, made) = folders.ensure(TEAM).await.unwrap();
    assert_eq!(made, Created::Created);
    assert_eq!(folders.ensure(TEAM).await.unwrap(), (id, Created::Exists));
    folders.add_group(id, TEAM).await.unwrap();
    let permissions = Permissions::READ | Permissions::SHARE;
    folders
        .set_permissions(id, TEAM, permissions)
        .await
        .unwrap();
    folders.set_quota(id, Some(1 << 30)).await.unwrap();
    let found = folders.find(id).await.unwrap().unwrap();
    assert_eq!(
        (found.mount_point.as_str(), found.limit_bytes),
        (TEAM, Some(1 << 30))
    );
    assert_eq!(found.groups[TEAM], permissions);
    folders.set_quota(id, None).await.unwrap();
    folders.rename(id, "bheem-contract-renamed").await.unwrap();
    let renamed = folders
        .find_by_mount_point("bheem-contract-renamed")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((renamed.id, renamed.limit_bytes), (id, None));
    assert_eq!(
        folders.remove_group(id, TEAM).await.unwrap(),
        Deleted::Removed
    );
    assert!(folders.find(id).await.unwrap().unwrap().groups.is_empty());
    assert_eq!(folders.delete(id).await.unwrap(), Deleted::Removed);
    assert_eq!(folders.delete(id).await.unwrap(), Deleted::Absent);
    assert!(folders.find(id).await.unwrap().is_none());
    assert_eq!(
        folders.rename(id, "x").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
