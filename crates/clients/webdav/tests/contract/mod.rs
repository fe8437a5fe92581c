//! What every WebDAV server must do with this client: written once, run against the stand-in, against `WsgiDAV`, and
//! against whatever `LIVE_WEBDAV_URL` names. Works in one folder and removes it.

mod nextcloud;

use std::time::Duration;

use bheem_webdav::{
    Bytes, Client, Created, DavPath, Deleted, ErrorKind, Listed, LockRequest, LockScope, Name,
    Overwrite, Precondition, PropertyChange, Range, Resource, Transferred,
};
use futures::TryStreamExt as _;

/// What a server offers beyond RFC 4918's class 1. Given by whoever knows the server, so that nothing is left out
/// because it happens to fail.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are what a server has")]
pub(crate) struct Offers {
    /// Class 2.
    pub(crate) locks: bool,
    /// Properties of the client's own are kept.
    pub(crate) dead_properties: bool,
    /// Answers to `If-Range` with a version that is gone are the whole file.
    pub(crate) if_range: bool,
    /// All that Nextcloud has.
    pub(crate) nextcloud: bool,
}

/// Exercises every operation. `files` is a client of a tree that may be written to.
pub(crate) async fn suite(files: &Client, offers: Offers) {
    let root = DavPath::parse("bheem contract ä").unwrap();
    files.delete(&root.as_collection(), None).await.unwrap();
    Box::pin(folders(files, &root)).await;
    Box::pin(content(files, &root, offers)).await;
    Box::pin(streams(files, &root)).await;
    Box::pin(transfers(files, &root)).await;
    Box::pin(odd_names(files, &root)).await;
    Box::pin(properties(files, &root, offers)).await;
    Box::pin(locks(files, &root, offers)).await;
    if offers.nextcloud {
        Box::pin(nextcloud::suite(files, &root)).await;
    }
    let removed = files.delete(&root.as_collection(), None).await;
    assert_eq!(removed.unwrap(), Deleted::Removed);
    let again = files.delete(&root.as_collection(), None).await;
    assert_eq!(again.unwrap(), Deleted::Absent);
}

fn below(root: &DavPath, name: &str) -> DavPath {
    root.child(name).unwrap()
}

async fn put(files: &Client, path: &DavPath, text: &str) -> Option<String> {
    let put = files.put(path, "text/plain", text.to_owned(), &Precondition::None);
    put.await.unwrap().etag
}

async fn read(files: &Client, path: &DavPath) -> String {
    String::from_utf8(files.get(path).await.unwrap().content.to_vec()).unwrap()
}

async fn folders(files: &Client, root: &DavPath) {
    assert!(files.find(root).await.unwrap().is_none());
    let missing = files.list(root).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(files.list_stream(root).await.is_err());
    let deep = below(&below(root, "one"), "two");
    let orphan = files.create_collection(&deep).await.unwrap_err();
    assert_eq!(orphan.kind(), ErrorKind::Conflict);
    assert_eq!(
        files.ensure_collection(&deep).await.unwrap(),
        Created::Created
    );
    assert_eq!(
        files.ensure_collection(&deep).await.unwrap(),
        Created::Exists
    );
    assert_eq!(
        files.create_collection(root).await.unwrap(),
        Created::Exists
    );
    assert!(files.find(&deep).await.unwrap().unwrap().is_collection);
    let members = files.list(root).await.unwrap();
    let names: Vec<&str> = members.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["one"]);
}

async fn content(files: &Client, root: &DavPath, offers: Offers) {
    let path = below(root, "text.txt");
    let first = files
        .put(&path, "text/plain", "one", &Precondition::Absent)
        .await;
    let first = first.unwrap();
    assert!(first.is_new);
    let taken = files
        .put(&path, "text/plain", "two", &Precondition::Absent)
        .await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::Conflict);
    let found = files.find(&path).await.unwrap().unwrap();
    assert_eq!((found.size_bytes, found.is_collection), (Some(3), false));
    let version = found.etag.unwrap();
    let wrong = Precondition::Etag("\"another\"".to_owned());
    let changed = files
        .put(&path, "text/plain", "two", &wrong)
        .await
        .unwrap_err();
    assert_eq!(changed.kind(), ErrorKind::Conflict);
    let right = Precondition::Etag(version.clone());
    let second = files.put(&path, "text/plain", "0123456789", &right).await;
    assert!(!second.unwrap().is_new);
    assert_eq!(read(files, &path).await, "0123456789");
    let lost = files.delete(&path, Some(&version)).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::Conflict);
    let orphan = below(&below(root, "none"), "a.txt");
    let orphan = files
        .put(&orphan, "text/plain", "x", &Precondition::None)
        .await;
    // 409 by RFC 4918 (9.7.1), 404 at Nextcloud.
    let kind = orphan.unwrap_err().kind();
    assert!(
        matches!(kind, ErrorKind::Conflict | ErrorKind::NotFound),
        "{kind:?}"
    );

    let now = files.find(&path).await.unwrap().unwrap().etag.unwrap();
    for (range, text) in [
        (Range::From(7), "789"),
        (Range::Between(2, 3), "23"),
        (Range::Last(2), "89"),
    ] {
        let part = files.get_range(&path, range, None).await.unwrap();
        assert_eq!(part.range().unwrap().total, Some(10), "{range}");
        let pieces: Vec<Bytes> = part.into_stream().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), text.as_bytes(), "{range}");
    }
    let same = files
        .get_range(&path, Range::From(5), Some(&now))
        .await
        .unwrap();
    assert_eq!(same.range().unwrap().first, 5);
    if offers.if_range {
        let gone = files.get_range(&path, Range::From(5), Some(&version)).await;
        let pieces: Vec<Bytes> = gone.unwrap().into_stream().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), b"0123456789");
    }
    let past = files
        .get_range(&path, Range::From(50), None)
        .await
        .unwrap_err();
    assert_eq!(past.kind(), ErrorKind::Invalid);
    let gone = files.get(&below(root, "gone")).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

async fn streams(files: &Client, root: &DavPath) {
    let folder = below(root, "streams");
    files.create_collection(&folder).await.unwrap();
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    for (name, length) in [("known", Some(640 * 1024)), ("unknown", None)] {
        let path = below(&folder, name);
        let pieces = vec![piece.clone(); 10]
            .into_iter()
            .map(Ok::<_, std::io::Error>);
        let options = bheem_webdav::PutOptions::new().precondition(Precondition::Absent);
        let content = futures::stream::iter(pieces);
        let put = files
            .put_stream_with(&path, content, length, &options)
            .await;
        assert!(put.unwrap().is_new);
        let download = files.get_stream(&path).await.unwrap();
        assert_eq!(download.size_bytes(), Some(640 * 1024));
        let pieces: Vec<Bytes> = download.into_stream().try_collect().await.unwrap();
        assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 640 * 1024);
        let resuming = files.get_resuming(&path, 2).await.unwrap();
        let pieces: Vec<Bytes> = resuming.try_collect().await.unwrap();
        assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 640 * 1024);
    }
    let listed = files.list(&folder).await.unwrap();
    assert!(listed.is_complete());
    let mut listed = listed.items;
    let mut streamed: Vec<Resource> = {
        let stream = files.list_stream(&folder).await.unwrap();
        let all: Vec<Listed<Resource>> = stream.try_collect().await.unwrap();
        all.into_iter().filter_map(Listed::item).collect()
    };
    listed.sort_by(|one, two| one.name.cmp(&two.name));
    streamed.sort_by(|one, two| one.name.cmp(&two.name));
    assert_eq!(listed, streamed);
    assert_eq!(listed.len(), 2);
}

async fn transfers(files: &Client, root: &DavPath) {
    let folder = below(root, "transfers");
    files.create_collection(&folder).await.unwrap();
    let (one, two, three) = (
        below(&folder, "1"),
        below(&folder, "2"),
        below(&folder, "3"),
    );
    put(files, &one, "one").await;
    put(files, &two, "two").await;
    let taken = files
        .move_to(&one, &two, Overwrite::Refuse)
        .await
        .unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::Conflict);
    let copied = files.copy_to(&one, &three, Overwrite::Refuse).await;
    assert_eq!(copied.unwrap(), Transferred::Created);
    let moved = files.move_to(&one, &two, Overwrite::Replace).await;
    assert_eq!(moved.unwrap(), Transferred::Replaced);
    assert!(files.find(&one).await.unwrap().is_none());
    assert_eq!(read(files, &two).await, "one");
    let orphan = below(&below(&folder, "none"), "4");
    let orphan = files.move_to(&two, &orphan, Overwrite::Refuse).await;
    assert_eq!(orphan.unwrap_err().kind(), ErrorKind::Conflict);
    let gone = files.copy_to(&one, &three, Overwrite::Replace).await;
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
    let copy = below(root, "transfers copy");
    files
        .copy_to(
            &folder.as_collection(),
            &copy.as_collection(),
            Overwrite::Refuse,
        )
        .await
        .unwrap();
    assert_eq!(files.list(&copy).await.unwrap().len(), 2);
    assert_eq!(read(files, &below(&copy, "3")).await, "one");
}

/// Names that break clients which build URLs from text.
async fn odd_names(files: &Client, root: &DavPath) {
    let folder = below(root, "odd");
    files.create_collection(&folder).await.unwrap();
    let names = [
        "a+b.txt",
        "a b.txt",
        "a%20b.txt",
        "100%.txt",
        "#hash",
        "q?x=1&y=2",
        "semi;colon",
        "März.txt",
        "漢字 😀.txt",
        "'quotes'",
        "(brackets) [x] {y}",
        "a@b,c=d$e!f",
        "~tilde^caret`",
        ".hidden",
        "e\u{301}",
        "трава",
    ];
    for name in names {
        let path = below(&folder, name);
        put(files, &path, name).await;
        assert_eq!(read(files, &path).await, name);
        assert!(files.find(&path).await.unwrap().is_some(), "{name}");
    }
    let listed = files.list(&folder).await.unwrap();
    let mut found: Vec<&str> = listed.iter().map(|one| one.name.as_str()).collect();
    let mut expected = names.map(|name| if name == "e\u{301}" { "é" } else { name });
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for one in &listed {
        assert_eq!(
            read(files, &one.path).await,
            if one.name == "é" {
                "e\u{301}"
            } else {
                &one.name
            }
        );
    }
    // As source and as destination.
    let (from, to) = (below(&folder, "a+b.txt"), below(&folder, "100% # new+.txt"));
    files.move_to(&from, &to, Overwrite::Refuse).await.unwrap();
    assert_eq!(read(files, &to).await, "a+b.txt");
    assert_eq!(files.delete(&to, None).await.unwrap(), Deleted::Removed);
    assert_eq!(files.delete(&to, None).await.unwrap(), Deleted::Absent);
}

async fn properties(files: &Client, root: &DavPath, offers: Offers) {
    const COLOUR: Name = Name::new("urn:bheem:contract", "colour");
    let path = below(root, "text.txt");
    let protected = PropertyChange::Set(Name::new(bheem_webdav::DAV, "getetag"), "x".to_owned());
    let refused = files
        .patch_properties(&path, &[protected])
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused.kind(),
            ErrorKind::Invalid | ErrorKind::Unauthorized | ErrorKind::Conflict
        ),
        "{refused:?}"
    );
    if !offers.dead_properties {
        return;
    }
    let blue = PropertyChange::Set(COLOUR, "<blue> & green".to_owned());
    files.patch_properties(&path, &[blue]).await.unwrap();
    let read = async || {
        let answer = files.propfind(&path, bheem_webdav::Depth::Zero, &[COLOUR]);
        let found = answer.await.unwrap().responses.remove(0);
        found.text(COLOUR).map(str::to_owned)
    };
    assert_eq!(read().await.as_deref(), Some("<blue> & green"));
    files
        .patch_properties(&path, &[PropertyChange::Remove(COLOUR)])
        .await
        .unwrap();
    assert_eq!(read().await, None);
}

async fn locks(files: &Client, root: &DavPath, offers: Offers) {
    let features = files.features(root).await.unwrap();
    assert_eq!(features.has_locks(), offers.locks, "{features:?}");
    let has = |wanted: &str| features.methods.iter().any(|method| method == wanted);
    assert!(has("PUT"), "{features:?}");
    let path = below(root, "locked.txt");
    put(files, &path, "one").await;
    let wanted = LockRequest::new(LockScope::Exclusive)
        .owner("the <contract> suite")
        .timeout(Duration::from_mins(2));
    if !offers.locks {
        files.lock(&path, &wanted).await.unwrap_err();
        return;
    }
    let lock = files.lock(&path, &wanted).await.unwrap();
    let second = files.lock(&path, &wanted).await.unwrap_err();
    assert!(
        matches!(second, bheem_webdav::Error::Locked { .. }),
        "{second:?}"
    );
    for refused in [
        files
            .put(&path, "text/plain", "two", &Precondition::None)
            .await
            .map(drop),
        files.delete(&path, None).await.map(drop),
        files
            .move_to(&path, &below(root, "elsewhere"), Overwrite::Refuse)
            .await
            .map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, bheem_webdav::Error::Locked { .. }),
            "{refused:?}"
        );
        assert_eq!(refused.kind(), ErrorKind::Conflict);
    }
    let holder = files.with_lock(&lock);
    put(&holder, &path, "two").await;
    assert_eq!(read(files, &path).await, "two");
    let longer = files
        .refresh_lock(&lock, Some(Duration::from_mins(5)))
        .await
        .unwrap();
    assert_eq!(longer.token, lock.token);
    assert!(
        longer
            .timeout
            .is_none_or(|left| left > Duration::from_mins(2)),
        "{longer:?}"
    );
    assert_eq!(files.unlock(&lock).await.unwrap(), Deleted::Removed);
    assert_eq!(files.unlock(&lock).await.unwrap(), Deleted::Absent);
    let late = files.refresh_lock(&lock, None).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict, "{late:?}");
    put(files, &path, "three").await;

    // A collection with all in it.
    let folder = below(root, "locked");
    files.create_collection(&folder).await.unwrap();
    let wanted = LockRequest::new(LockScope::Exclusive).deep();
    let lock = files.lock(&folder.as_collection(), &wanted).await.unwrap();
    assert!(lock.is_deep);
    let inner = below(&folder, "inner.txt");
    let refused = files
        .put(&inner, "text/plain", "x", &Precondition::None)
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    put(&files.with_lock(&lock), &inner, "x").await;
    files.unlock(&lock).await.unwrap();

    // Several at once.
    let shared = LockRequest::new(LockScope::Shared);
    let (one, two) = (
        files.lock(&inner, &shared).await.unwrap(),
        files.lock(&inner, &shared).await.unwrap(),
    );
    assert_ne!(one.token, two.token);
    let exclusive = LockRequest::new(LockScope::Exclusive);
    let refused = files.lock(&inner, &exclusive).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    for lock in [one, two] {
        assert_eq!(files.unlock(&lock).await.unwrap(), Deleted::Removed);
    }
}
