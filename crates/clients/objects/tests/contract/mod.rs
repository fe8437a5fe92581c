//! What the client and an S3 bucket agree on, whoever serves it.

use std::time::Duration;

use bheem_objects::{Bucket, Deleted, ErrorKind, Key};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

/// Bytes that differ from part to part.
fn pattern(length: usize) -> Bytes {
    (0..length)
        .map(|at| u8::try_from((at / 251 + at) % 256).unwrap())
        .collect()
}

async fn content(bucket: &Bucket, key: &Key) -> Bytes {
    let object = bucket.get(key).await.unwrap().unwrap();
    object
        .body
        .try_collect::<Vec<_>>()
        .await
        .unwrap()
        .concat()
        .into()
}

/// Everything below a folder of its own, which is empty before and after.
pub(crate) async fn suite(bucket: &Bucket, folder: &Key) {
    bucket.check().await.unwrap();
    let small = folder.join("small #1.txt").unwrap();
    assert!(bucket.find(&small).await.unwrap().is_none());
    assert!(bucket.get(&small).await.unwrap().is_none());
    assert_eq!(bucket.delete(&small).await.unwrap(), Deleted::Absent);
    bucket
        .put(&small, "text/plain", "hello".into())
        .await
        .unwrap();
    bucket
        .put(&small, "text/plain", "hello, world".into())
        .await
        .unwrap();
    let object = bucket.get(&small).await.unwrap().unwrap();
    assert_eq!(object.content_type.as_deref(), Some("text/plain"));
    assert_eq!((object.meta.size, object.range), (12, 0..12));
    assert_eq!(content(bucket, &small).await, "hello, world");
    let part = bucket.get_range(&small, 7..100).await.unwrap().unwrap();
    assert_eq!(part.range, 7..12);
    assert_eq!(
        part.body.try_collect::<Vec<_>>().await.unwrap().concat(),
        b"world"
    );

    // Three parts, the last of which is short.
    let large = folder.join("large").unwrap();
    let body = pattern(20 * 1024 * 1024 + 17);
    let pieces: Vec<Result<Bytes, std::io::Error>> = body
        .chunks(100_000)
        .map(|piece| Ok(body.slice_ref(piece)))
        .collect();
    let written = bucket
        .put_stream(&large, "application/octet-stream", stream::iter(pieces))
        .await;
    assert_eq!(written.unwrap(), u64::try_from(body.len()).unwrap());
    assert_eq!(content(bucket, &large).await, body);
    let middle = bucket
        .get_range(&large, 9_000_000..9_000_100)
        .await
        .unwrap()
        .unwrap();
    let middle = middle.body.try_collect::<Vec<_>>().await.unwrap().concat();
    assert_eq!(middle, &body[9_000_000..9_000_100]);

    // One that breaks off leaves nothing.
    let broken = folder.join("broken").unwrap();
    let pieces = vec![
        Ok(pattern(9 * 1024 * 1024)),
        Err(std::io::Error::other("gone")),
    ];
    let error = bucket
        .put_stream(&broken, "text/plain", stream::iter(pieces))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(bucket.find(&broken).await.unwrap().is_none());
    let empty = folder.join("empty").unwrap();
    let nothing = stream::empty::<Result<Bytes, std::io::Error>>();
    assert_eq!(
        bucket
            .put_stream(&empty, "text/plain", nothing)
            .await
            .unwrap(),
        0
    );

    let first = bucket.page_below(folder, None, 2).await.unwrap();
    let names: Vec<_> = first.items.iter().map(|meta| meta.key.clone()).collect();
    assert_eq!(names, [empty, large]);
    let rest = bucket
        .page_below(folder, first.next.as_ref(), 2)
        .await
        .unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(bucket.stream_below(folder).count().await, 3);
    let url = bucket
        .signed_url(&small, Duration::from_mins(1), Some("Grüße\".txt"))
        .await;
    assert!(url.is_ok());
    assert_eq!(bucket.delete(&small).await.unwrap(), Deleted::Removed);
    assert_eq!(bucket.delete_below(folder).await.unwrap(), 2);
    assert_eq!(bucket.delete_below(folder).await.unwrap(), 0);
}

/// Somebody with the wrong secret, and a bucket that is not there.
pub(crate) async fn refusals(stranger: &Bucket, nowhere: &Bucket, key: &Key) {
    assert_eq!(
        stranger.check().await.unwrap_err().kind(),
        ErrorKind::Unauthorized
    );
    let written = stranger.put(key, "text/plain", "x".into()).await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(
        nowhere.check().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let written = nowhere.put(key, "text/plain", "x".into()).await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::NotFound);
}
