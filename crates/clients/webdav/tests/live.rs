//! Against a real server: runs only if `LIVE_WEBDAV_URL` is set, with `LIVE_WEBDAV_USER` and `LIVE_WEBDAV_PASSWORD`.
//! Makes one folder and removes it.
#![cfg(test)]

use bheem_webdav::{
    Auth, Client, Created, DavPath, Deleted, ErrorKind, Overwrite, Precondition, SecretString,
};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn a_folder_lives_and_dies() {
    let Some(url) = setting("LIVE_WEBDAV_URL") else {
        return;
    };
    let password = SecretString::from(setting("LIVE_WEBDAV_PASSWORD").unwrap());
    let auth = Auth::basic(setting("LIVE_WEBDAV_USER").unwrap(), password);
    let files = Client::builder(url, auth).build().unwrap();
    let folder = DavPath::parse("bheem live test ä").unwrap();
    let (first, second) = (
        folder.child("a#b.txt").unwrap(),
        folder.child("c%d.txt").unwrap(),
    );
    files.delete(&folder.as_collection(), None).await.unwrap();
    assert_eq!(
        files.create_collection(&folder).await.unwrap(),
        Created::Created
    );
    assert_eq!(
        files.create_collection(&folder).await.unwrap(),
        Created::Exists
    );
    assert!(
        files
            .put(&first, "text/plain", "hello", &Precondition::Absent)
            .await
            .unwrap()
            .is_new
    );
    let again = files
        .put(&first, "text/plain", "hello", &Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    files
        .move_to(&first, &second, Overwrite::Refuse)
        .await
        .unwrap();
    let listed = files.list(&folder).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        ["c%d.txt"]
    );
    assert_eq!(files.get(&listed[0].path).await.unwrap().content, "hello");
    assert_eq!(
        files.delete(&folder.as_collection(), None).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        files.delete(&folder.as_collection(), None).await.unwrap(),
        Deleted::Absent
    );
}
