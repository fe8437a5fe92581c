//! Against a real Nextcloud: runs only if `LIVE_NEXTCLOUD_URL` is set, with `LIVE_NEXTCLOUD_USER` and
//! `LIVE_NEXTCLOUD_PASSWORD` of an administrator. Makes one user and one group and removes them.
#![cfg(test)]

use bheem_nextcloud::{Auth, Client, CreateUser, Created, Deleted, ErrorKind, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_user_lives_and_dies() {
    let Some(url) = setting("LIVE_NEXTCLOUD_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_NEXTCLOUD_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_NEXTCLOUD_USER").unwrap(), password);
    let nextcloud = Client::builder(url, auth).build().unwrap();
    let (id, group) = ("bheem-live-test", "bheem-live-group");
    nextcloud.users().delete(id).await.unwrap();
    nextcloud.groups().delete(group).await.unwrap();
    let group_made = nextcloud.groups().ensure(group).await;
    let group_again = nextcloud.groups().ensure(group).await;
    let user = CreateUser::new(id)
        .display_name("Live")
        .quota("1 GB")
        .group(group);
    let made = nextcloud.users().create(&user).await;
    let again = nextcloud.users().create(&user).await;
    let disabled = nextcloud.users().disable(id).await;
    let found = nextcloud.users().find(id).await;
    let removed = nextcloud.users().delete(id).await;
    let group_removed = nextcloud.groups().delete(group).await;
    assert_eq!(
        (group_made.unwrap(), group_again.unwrap()),
        (Created::Created, Created::Exists)
    );
    made.unwrap();
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    disabled.unwrap();
    let found = found.unwrap().unwrap();
    assert!(!found.is_enabled && found.groups == [group]);
    assert_eq!(
        (removed.unwrap(), group_removed.unwrap()),
        (Deleted::Removed, Deleted::Removed)
    );
    assert_eq!(nextcloud.users().delete(id).await.unwrap(), Deleted::Absent);
}
