use bheem_webdav::{Bytes, Error, ErrorKind, Overwrite, Precondition, Transferred};
use futures::TryStreamExt as _;
use wiremock::matchers::{body_string, header};
use wiremock::{MockServer, ResponseTemplate};

use crate::{BASE, answer, at, dav, to};

#[tokio::test]
async fn put_carries_its_precondition_and_reads_the_version() {
    for (precondition, name, value, status) in [
        (Precondition::Absent, "if-none-match", "*", 201),
        (
            Precondition::Etag("\"e1\"".to_owned()),
            "if-match",
            "\"e1\"",
            204,
        ),
    ] {
        let server = MockServer::start().await;
        dav("PUT", "/a.txt")
            .and(header(name, value))
            .and(header("content-type", "text/plain"))
            .and(body_string("hello"))
            .respond_with(ResponseTemplate::new(status).insert_header("etag", "\"e2\""))
            .expect(1)
            .mount(&server)
            .await;
        let put = at(&server)
            .put(&to("a.txt"), "text/plain", "hello", &precondition)
            .await
            .unwrap();
        assert_eq!(
            (put.is_new, put.etag.as_deref()),
            (status == 201, Some("\"e2\""))
        );
    }
}

#[tokio::test]
async fn put_without_a_precondition_sends_none() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(204).insert_header("oc-etag", "\"e3\"");
    dav("PUT", "/a")
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let put = at(&server)
        .put(&to("a"), "text/plain", "hello", &Precondition::None)
        .await
        .unwrap();
    assert_eq!(put.etag.as_deref(), Some("\"e3\""));
    let sent = &server.received_requests().await.unwrap()[0];
    assert!(!sent.headers.contains_key("if-match") && !sent.headers.contains_key("if-none-match"));
}

#[tokio::test]
async fn a_stream_can_be_written_and_read() {
    let server = MockServer::start().await;
    dav("PUT", "/a")
        .and(body_string("onetwo"))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    let large = "x".repeat(200_000);
    let answer = ResponseTemplate::new(200)
        .insert_header("etag", "\"e\"")
        .set_body_string(large.as_str());
    dav("GET", "/a")
        .respond_with(answer)
        .expect(2)
        .mount(&server)
        .await;
    let files = at(&server);
    let pieces = futures::stream::iter([
        Ok::<_, std::io::Error>(Bytes::from("one")),
        Ok(Bytes::from("two")),
    ]);
    assert!(
        files
            .put_stream(&to("a"), pieces, &Precondition::Absent)
            .await
            .unwrap()
            .is_new
    );
    let download = files.get_stream(&to("a")).await.unwrap();
    assert_eq!(
        (download.etag(), download.size_bytes()),
        (Some("\"e\""), Some(200_000))
    );
    let pieces: Vec<Bytes> = download.into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), large.as_bytes());
    // In memory it is larger than the cap.
    assert_eq!(
        files.get(&to("a")).await.unwrap_err().kind(),
        ErrorKind::Protocol
    );
}

#[tokio::test]
async fn a_small_file_is_read_whole() {
    let server = MockServer::start().await;
    let body = ResponseTemplate::new(200)
        .insert_header("etag", "\"e\"")
        .set_body_raw("hello", "text/plain");
    dav("GET", "/a")
        .respond_with(body)
        .expect(1)
        .mount(&server)
        .await;
    let file = at(&server).get(&to("a")).await.unwrap();
    assert_eq!(
        (file.etag.as_deref(), file.content_type.as_deref()),
        (Some("\"e\""), Some("text/plain"))
    );
    assert_eq!(file.content, "hello");
}

#[tokio::test]
async fn move_and_copy_name_their_destination() {
    for (verb, overwrite, flag, status, done) in [
        ("MOVE", Overwrite::Refuse, "F", 201, Transferred::Created),
        ("COPY", Overwrite::Replace, "T", 204, Transferred::Replaced),
    ] {
        let server = MockServer::start().await;
        dav(verb, "/a")
            .and(header(
                "destination",
                format!("{}{BASE}/b%20c/d", server.uri()).as_str(),
            ))
            .and(header("overwrite", flag))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let files = at(&server);
        let result = match verb {
            "MOVE" => files.move_to(&to("a"), &to("b c/d"), overwrite).await,
            _ => files.copy_to(&to("a"), &to("b c/d"), overwrite).await,
        };
        assert_eq!(result.unwrap(), done);
    }
}

#[tokio::test]
async fn a_transfer_done_in_part_is_not_a_success() {
    let server = MockServer::start().await;
    answer(&server, "MOVE", "/a", 207).await;
    let error = at(&server)
        .move_to(&to("a"), &to("b"), Overwrite::Refuse)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Partial { .. }), "{error:?}");
}
