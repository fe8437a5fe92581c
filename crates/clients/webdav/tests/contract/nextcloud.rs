//! What Nextcloud has beside files.

use bheem_webdav::{
    Client, DavPath, Deleted, ErrorKind, Listed, MIN_CHUNK_BYTES, NextcloudFiles, Overwrite,
    Precondition, PutOptions, Restored, SearchCondition, SearchQuery, Upload,
};
use futures::TryStreamExt as _;

use super::{below, put, read};

pub(super) async fn suite(files: &Client, root: &DavPath) {
    let nextcloud = files.nextcloud().unwrap();
    let quota = files.quota(root).await.unwrap();
    assert!(quota.used_bytes.is_some(), "{quota:?}");
    Box::pin(favorites_and_search(&nextcloud, root)).await;
    Box::pin(trash(&nextcloud, root)).await;
    Box::pin(versions(&nextcloud, root)).await;
    Box::pin(uploads(&nextcloud, root)).await;
}

async fn favorites_and_search(nextcloud: &NextcloudFiles, root: &DavPath) {
    let files = nextcloud.client();
    let folder = below(root, "search");
    files.create_collection(&folder).await.unwrap();
    for name in ["Budget_2026 50%.txt", "budget x2026 500.txt", "notes.md"] {
        put(files, &below(&folder, name), name).await;
    }
    let marked = below(&folder, "notes.md");
    files.set_favorite(&marked, true).await.unwrap();
    assert!(files.find(&marked).await.unwrap().unwrap().is_favorite);
    let favorites = nextcloud.list_favorites(root).await.unwrap();
    assert_eq!(favorites.len(), 1);
    assert_eq!(favorites[0].name, "notes.md");

    let find = async |conditions: Vec<SearchCondition>| {
        let query = conditions
            .into_iter()
            .fold(SearchQuery::new(root.clone()), SearchQuery::with);
        let found: Vec<_> = nextcloud.search_stream(query).try_collect().await.unwrap();
        let found = found.into_iter().filter_map(Listed::item);
        let mut names: Vec<String> = found.map(|one| one.name).collect();
        names.sort();
        names
    };
    let name = |text: &str| SearchCondition::NameContains(text.to_owned());
    assert_eq!(find(vec![name("budget")]).await.len(), 2);
    assert_eq!(
        find(vec![name("_2026")]).await,
        ["Budget_2026 50%.txt"],
        "no wildcard"
    );
    assert_eq!(find(vec![name("50%")]).await, ["Budget_2026 50%.txt"]);
    assert_eq!(find(vec![name("<&'\"")]).await.len(), 0);
    assert_eq!(find(vec![SearchCondition::IsFavorite]).await, ["notes.md"]);
    let text = SearchCondition::ContentType("text/".to_owned());
    let found = find(vec![name("budget"), text.clone()]).await;
    assert_eq!(found.len(), 2);
    let not = SearchCondition::Not(Box::new(name("budget")));
    assert_eq!(find(vec![text, not, name("notes")]).await, ["notes.md"]);
    let any = SearchCondition::Any(vec![name("notes"), name("x2026")]);
    assert_eq!(find(vec![any]).await.len(), 2);
    let future = chrono_future();
    assert!(
        find(vec![SearchCondition::ModifiedSince(future)])
            .await
            .is_empty()
    );
    let past = find(vec![
        name("budget"),
        SearchCondition::ModifiedBefore(future),
    ])
    .await;
    assert_eq!(past.len(), 2);

    let query = SearchQuery::new(folder.clone()).with(name("budget"));
    let first = nextcloud.search(&query, 1, 0).await.unwrap();
    assert_eq!((first.items.len(), first.next), (1, Some(1)));
    let second = nextcloud.search(&query, 1, 1).await.unwrap();
    assert_ne!(second.items[0].path, first.items[0].path);

    files.set_favorite(&marked, false).await.unwrap();
    assert!(nextcloud.list_favorites(root).await.unwrap().is_empty());
}

fn chrono_future() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap()
}

async fn trash(nextcloud: &NextcloudFiles, root: &DavPath) {
    let files = nextcloud.client();
    let path = below(root, "thrown away.txt");
    let original = "bheem contract ä/thrown away.txt";
    // What earlier runs have left there.
    nextcloud.empty_trash().await.unwrap();
    put(files, &path, "rubbish").await;
    assert_eq!(files.delete(&path, None).await.unwrap(), Deleted::Removed);
    let found = nextcloud.find_trash(original).await.unwrap();
    let [item, ..] = found.items.as_slice() else {
        panic!("nothing in the trash bin")
    };
    assert_eq!(
        (item.name.as_str(), item.size_bytes),
        ("thrown away.txt", Some(7))
    );
    assert!(item.deleted_at.is_some());
    assert_eq!(
        nextcloud.restore_trash(&item.id).await.unwrap(),
        Restored::Restored
    );
    assert_eq!(
        nextcloud.restore_trash(&item.id).await.unwrap(),
        Restored::Absent
    );
    assert_eq!(read(files, &path).await, "rubbish");

    files.delete(&path, None).await.unwrap();
    let found = nextcloud.find_trash(original).await.unwrap();
    let id = &found[0].id;
    assert_eq!(nextcloud.delete_trash(id).await.unwrap(), Deleted::Removed);
    assert_eq!(nextcloud.delete_trash(id).await.unwrap(), Deleted::Absent);
    assert!(nextcloud.find_trash(original).await.unwrap().is_empty());
    let folder = below(root, "thrown away");
    files.create_collection(&folder).await.unwrap();
    put(files, &below(&folder, "inner"), "x").await;
    files.delete(&folder.as_collection(), None).await.unwrap();
    let found = nextcloud
        .find_trash("bheem contract ä/thrown away")
        .await
        .unwrap();
    assert!(found[0].is_collection);
    nextcloud.restore_trash(&found[0].id).await.unwrap();
    assert_eq!(read(files, &below(&folder, "inner")).await, "x");
    files.delete(&folder.as_collection(), None).await.unwrap();
    nextcloud.empty_trash().await.unwrap();
    assert!(nextcloud.list_trash().await.unwrap().is_empty());
}

async fn versions(nextcloud: &NextcloudFiles, root: &DavPath) {
    let files = nextcloud.client();
    let path = below(root, "versions.txt");
    let at = |seconds| {
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        PutOptions::new().modified_at(time)
    };
    let first = files
        .put_with(&path, "first", &at(1_700_000_000))
        .await
        .unwrap();
    assert!(first.is_time_kept);
    files
        .put_with(&path, "second one", &at(1_700_000_100))
        .await
        .unwrap();
    let file = files.find(&path).await.unwrap().unwrap();
    assert_eq!(file.modified_at.unwrap().timestamp(), 1_700_000_100);
    let id = file.file_id.unwrap();
    let versions = nextcloud.list_versions(&id).await.unwrap();
    let old = versions
        .iter()
        .find(|one| one.size_bytes == Some(5))
        .unwrap();
    assert_eq!(files.get(&old.path).await.unwrap().content, "first");
    nextcloud.restore_version(&id, &old.id).await.unwrap();
    assert_eq!(read(files, &path).await, "first");
    let gone = nextcloud.restore_version(&id, "1").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

/// Bytes that are different everywhere.
fn bytes(length: u64) -> Vec<u8> {
    (0..length / 8).flat_map(u64::to_be_bytes).collect()
}

async fn uploads(nextcloud: &NextcloudFiles, root: &DavPath) {
    let files = nextcloud.client();
    let content = bytes(2 * MIN_CHUNK_BYTES + 1024);
    let length = u64::try_from(content.len()).unwrap();
    let path = below(root, "large.bin");
    let time = chrono::DateTime::from_timestamp(1_600_000_000, 0).unwrap();
    let upload = Upload::new(path.clone(), "bheem-contract-1")
        .length(length)
        .chunk_bytes(MIN_CHUNK_BYTES)
        .options(
            PutOptions::new()
                .modified_at(time)
                .precondition(Precondition::Absent),
        );
    nextcloud.abort_upload("bheem-contract-1").await.unwrap();

    // It breaks off after the first chunk, and somebody else goes on.
    let mut session = nextcloud.begin_upload(&upload).await.unwrap();
    assert!(session.send_chunk(&mut content.as_slice()).await.unwrap());
    drop(session);
    let mut session = nextcloud.begin_upload(&upload).await.unwrap();
    assert_eq!(session.sent_bytes(), MIN_CHUNK_BYTES);
    let from = usize::try_from(MIN_CHUNK_BYTES).unwrap();
    let mut rest = &content[from..];
    while session.send_chunk(&mut rest).await.unwrap() {}
    let put = session.finish().await.unwrap();
    assert!(put.is_new);
    let found = files.find(&path).await.unwrap().unwrap();
    assert_eq!(
        (found.size_bytes, found.modified_at),
        (Some(length), Some(time))
    );
    let stored: Vec<_> = {
        let stream = files.get_stream(&path).await.unwrap().into_stream();
        stream.try_collect().await.unwrap()
    };
    assert!(stored.concat() == content, "it came in another order");
    let taken = nextcloud.begin_upload(&upload).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::Conflict);

    // A precondition that ceases to hold meanwhile.
    let upload = Upload::new(path.clone(), "bheem-contract-2")
        .length(length)
        .chunk_bytes(MIN_CHUNK_BYTES)
        .options(PutOptions::new().precondition(Precondition::Etag(found.etag.unwrap())));
    let mut session = nextcloud.begin_upload(&upload).await.unwrap();
    let mut rest = content.as_slice();
    while session.send_chunk(&mut rest).await.unwrap() {}
    super::put(files, &path, "somebody else's").await;
    let late = session.finish().await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict, "{late:?}");
    assert_eq!(read(files, &path).await, "somebody else's");
    assert_eq!(session.abort().await.unwrap(), Deleted::Removed);
    assert_eq!(session.abort().await.unwrap(), Deleted::Absent);

    // The short ways: a file, a small stream, and one of unknown length.
    let file = std::io::Cursor::new(content.clone());
    let large = bytes(4 * MIN_CHUNK_BYTES + 8);
    let upload = Upload::new(path.clone(), "bheem-contract-3");
    assert!(!nextcloud.upload_file(&upload, file).await.unwrap().is_new);
    let unknown = Upload::new(path.clone(), "bheem-contract-4");
    nextcloud.upload(&unknown, large.as_slice()).await.unwrap();
    let found = files.find(&path).await.unwrap().unwrap();
    assert_eq!(found.size_bytes, u64::try_from(large.len()).ok());
    let small = Upload::new(path.clone(), "bheem-contract-5");
    let stream = futures::stream::iter([Ok::<_, std::io::Error>("small".into())]);
    nextcloud.upload_stream(&small, stream).await.unwrap();
    assert_eq!(read(files, &path).await, "small");

    // Content that is shorter than was said.
    let short = Upload::new(path.clone(), "bheem-contract-6").length(100);
    let error = nextcloud.upload(&short, &b"short"[..]).await.unwrap_err();
    assert!(
        matches!(error, bheem_webdav::Error::Content { .. }),
        "{error:?}"
    );
    let there = files.move_to(&path, &path, Overwrite::Replace).await;
    assert!(there.is_err(), "onto itself");
}
