use bheem_mail::{
    Account, Created, Deleted, ErrorKind,
    imap::{ListQuery, SpecialUse},
};

use super::fresh;

pub(super) async fn live_and_die(account: &Account) {
    let folders = account.folders();
    let all = folders.list().await.unwrap();
    let inbox = all.iter().find(|one| one.name == "INBOX").unwrap();
    assert_eq!(inbox.special_use, Some(SpecialUse::Inbox));
    for wanted in [
        SpecialUse::Sent,
        SpecialUse::Trash,
        SpecialUse::Drafts,
        SpecialUse::Junk,
    ] {
        assert!(
            all.iter()
                .any(|one| one.special_use == Some(wanted.clone())),
            "{wanted:?}"
        );
    }
    // Letters beyond ASCII, and those with a meaning in the protocol.
    let name = format!("{} \"ü\" & 日本", fresh("folder"));
    assert_eq!(folders.find(&name).await.unwrap(), None);
    assert_eq!(folders.create(&name).await.unwrap(), Created::Created);
    assert_eq!(folders.create(&name).await.unwrap(), Created::Exists);
    let found = folders.find(&name).await.unwrap().unwrap();
    assert!(found.is_selectable && found.is_subscribed);
    folders.set_subscribed(&name, false).await.unwrap();
    assert!(!folders.find(&name).await.unwrap().unwrap().is_subscribed);
    let status = folders.status(&name).await.unwrap();
    assert_eq!((status.messages, status.unseen), (0, 0));
    let other = fresh("renamed");
    folders.rename(&name, &other).await.unwrap();
    assert_eq!(folders.find(&name).await.unwrap(), None);
    let missing = folders.rename(&name, &other).await.unwrap_err();
    assert!(
        matches!(missing.kind(), ErrorKind::NotFound | ErrorKind::Conflict),
        "{missing:?}"
    );
    assert_eq!(folders.delete(&other).await.unwrap(), Deleted::Removed);
    assert_eq!(folders.delete(&other).await.unwrap(), Deleted::Absent);
    let missing = folders.status(&other).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    let missing = account
        .messages(&other)
        .list(&ListQuery::new(), None)
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
}
