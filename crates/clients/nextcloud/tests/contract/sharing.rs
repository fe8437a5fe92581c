//! Shares, between two users.

use bheem_nextcloud::{
    Client, CreateShare, Deleted, ErrorKind, Permissions, SecretString, ShareType, UpdateShare,
};
use bheem_webdav::{DavPath, Precondition};

use super::{JOHN, MARY, TEAM};

pub(super) async fn suite(john: &Client, mary: &Client) {
    let files = john.files(JOHN).unwrap();
    let folder = DavPath::parse("bheem contract").unwrap();
    files.client().ensure_collection(&folder).await.unwrap();
    let file = folder.child("shared ä.txt").unwrap();
    let put = files
        .client()
        .put(&file, "text/plain", "x", &Precondition::None);
    put.await.unwrap();
    Box::pin(with_people(john, mary)).await;
    Box::pin(by_link(john)).await;
    for share in john.shares().list().await.unwrap() {
        john.shares().delete(&share.id).await.unwrap();
    }
    files
        .client()
        .delete(&folder.as_collection(), None)
        .await
        .unwrap();
}

async fn with_people(john: &Client, mary: &Client) {
    let shares = john.shares();
    let path = "/bheem contract/shared ä.txt";
    let with_mary = CreateShare::user(path, MARY)
        .permissions(Permissions::READ)
        .note("Look <here>");
    assert!(shares.find_same(&with_mary).await.unwrap().is_none());
    let share = shares.create(&with_mary).await.unwrap();
    assert_eq!(
        (share.share_type, share.permissions),
        (ShareType::User, Permissions::READ)
    );
    assert_eq!(share.share_with.as_deref(), Some(MARY));
    assert_eq!(share.note.as_deref(), Some("Look <here>"));
    // Nextcloud answers the share that is there, and ignores what was asked of it.
    let more = with_mary
        .clone()
        .permissions(Permissions::READ | Permissions::SHARE);
    let again = shares.create(&more).await.unwrap();
    assert_eq!(again.id, share.id);
    assert_eq!(again.permissions, Permissions::READ | Permissions::SHARE);
    let again = shares.create(&with_mary).await.unwrap();
    assert_eq!(
        (again.id.as_str(), again.permissions),
        (share.id.as_str(), Permissions::READ)
    );
    assert_eq!(
        shares.find_same(&with_mary).await.unwrap().unwrap().id,
        share.id
    );
    let received = mary.shares().shared_with_me().await.unwrap();
    assert!(received.iter().any(|one| one.id == share.id));
    let group = CreateShare::group("/bheem contract", TEAM).permissions(Permissions::ALL);
    let group = shares.create(&group).await.unwrap();
    assert_eq!(group.item_type.as_deref(), Some("folder"));
    assert_eq!(shares.list_of(path).await.unwrap().len(), 1);
    assert_eq!(shares.list_in("/bheem contract").await.unwrap().len(), 1);
    assert_eq!(shares.list().await.unwrap().len(), 2);
    let more = Permissions::READ | Permissions::UPDATE;
    let changed = shares
        .update(&share.id, &UpdateShare::new().permissions(more))
        .await
        .unwrap();
    assert_eq!(changed.permissions, more);
    let read = shares.find(&share.id).await.unwrap().unwrap();
    assert_eq!(read.permissions, more);

    for (wrong, kind) in [
        (
            CreateShare::user("/bheem contract/none", MARY),
            ErrorKind::NotFound,
        ),
        (
            CreateShare::user(path, "bheem-contract-nobody"),
            ErrorKind::NotFound,
        ),
        (CreateShare::user(path, JOHN), ErrorKind::Unauthorized),
        (
            CreateShare::group(path, "bheem-contract-none"),
            ErrorKind::NotFound,
        ),
    ] {
        assert_eq!(
            shares.create(&wrong).await.unwrap_err().kind(),
            kind,
            "{wrong:?}"
        );
    }
    assert_eq!(
        shares
            .list_of("/bheem contract/none")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert_eq!(shares.delete(&share.id).await.unwrap(), Deleted::Removed);
    assert_eq!(shares.delete(&share.id).await.unwrap(), Deleted::Absent);
    assert!(shares.find(&share.id).await.unwrap().is_none());
    let late = shares
        .update(&share.id, &UpdateShare::new().note("x"))
        .await
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::NotFound);
}

async fn by_link(john: &Client) {
    let shares = john.shares();
    let day = chrono::NaiveDate::from_ymd_opt(2096, 2, 29).unwrap();
    let password = SecretString::from(format!("contract {}", "pässword"));
    let link = CreateShare::link("/bheem contract")
        .label("for the customer")
        .password(password)
        .expires_on(day)
        .permissions(Permissions::READ);
    let share = shares.create(&link).await.unwrap();
    assert!(share.has_password && share.token.is_some() && share.url.is_some());
    assert_eq!(share.expires_on, Some(day));
    assert_eq!(share.label.as_deref(), Some("for the customer"));
    let second = shares.create(&link).await.unwrap();
    assert_ne!(second.token, share.token, "links are never the same");
    assert!(shares.find_same(&link).await.unwrap().is_some());
    let other = CreateShare::link("/bheem contract").label("for nobody");
    assert!(shares.find_same(&other).await.unwrap().is_none());
    let open = UpdateShare::new()
        .password(None)
        .expires_on(None)
        .label("open");
    let changed = shares.update(&share.id, &open).await.unwrap();
    assert!(!changed.has_password && changed.expires_on.is_none());
    assert_eq!(changed.label.as_deref(), Some("open"));
    let past = chrono::NaiveDate::from_ymd_opt(2001, 1, 1).unwrap();
    let error = shares
        .create(&CreateShare::link("/bheem contract").expires_on(past))
        .await;
    assert_eq!(
        error.unwrap_err().kind(),
        ErrorKind::NotFound,
        "that is Nextcloud's code for it"
    );
    let mail = CreateShare::mail("/bheem contract", "customer@contract.example");
    let mail = shares.create(&mail).await.unwrap();
    assert_eq!(mail.share_type, ShareType::Mail);
}
