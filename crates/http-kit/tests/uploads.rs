//! Bodies of a length that was told beforehand.
#![cfg(test)]

use std::io;

use bheem_http_kit::{
    Auth, Bytes, ClientBuilder, Effect, Error, ErrorKind, HttpClient, Method, Response,
};
use futures::stream;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

/// What a server heard of one request.
struct Heard {
    /// Lines of the head, in lower case.
    head: Vec<String>,
    body: Vec<u8>,
    /// The connection ended before the body did.
    is_broken: bool,
}

/// Hears one request, and answers it if it is whole.
async fn serve(listener: TcpListener) -> Heard {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_ascii_lowercase()),
        }
    }
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    // Without a head the connection ended before it.
    let length = length.map_or(usize::MAX, |length| length.parse().unwrap());
    let mut body = Vec::new();
    while body.len() < length {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            return Heard {
                head,
                body,
                is_broken: true,
            };
        }
    }
    let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    Heard {
        head,
        body,
        is_broken: false,
    }
}

async fn upload(
    length: u64,
    pieces: Vec<Result<&'static str, io::Error>>,
) -> (Result<Response, Error>, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let build = |http: HttpClient| http;
    let http = ClientBuilder::new("peer", url, Auth::None, build)
        .build()
        .unwrap();
    let pieces: Vec<_> = pieces
        .into_iter()
        .map(|piece| piece.map(Bytes::from))
        .collect();
    let request = http
        .request("op", Method::PUT, &["x"])
        .stream_of(length, stream::iter(pieces));
    tokio::join!(request.send(), serve(listener))
}

/// An error with its source, and the source of that, and so on.
fn told(error: &Error) -> String {
    let first: Option<&dyn std::error::Error> = Some(error);
    let chain = std::iter::successors(first, |error| error.source());
    let texts: Vec<String> = chain.map(ToString::to_string).collect();
    texts.join(": ")
}

#[tokio::test]
async fn the_length_is_told_and_the_body_is_not_cut_into_chunks() {
    for pieces in [vec!["onetwo"], vec!["one", "", "two", ""]] {
        let pieces = pieces.into_iter().map(Ok).collect();
        let (result, heard) = upload(6, pieces).await;
        assert_eq!(result.unwrap().status(), 201);
        assert_eq!(heard.body, b"onetwo");
        let about_length: Vec<&String> = heard
            .head
            .iter()
            .filter(|line| line.starts_with("content-length") || line.starts_with("transfer"))
            .collect();
        assert_eq!(about_length, ["content-length: 6"]);
    }
}

#[tokio::test]
async fn nothing_can_be_sent_too() {
    let (result, heard) = upload(0, Vec::new()).await;
    assert_eq!(result.unwrap().status(), 201);
    assert!(!heard.is_broken);
}

#[tokio::test]
async fn a_body_of_another_length_never_arrives_as_a_whole_one() {
    for (what, pieces) in [
        ("shorter", vec!["one", "tw"]),
        ("longer within a piece", vec!["one", "two!"]),
        ("longer by a piece", vec!["one", "two", "!"]),
        ("empty", vec![]),
    ] {
        let pieces = pieces.into_iter().map(Ok).collect();
        let (result, heard) = upload(6, pieces).await;
        let error = result.expect_err(what);
        assert!(heard.is_broken && heard.body.len() < 6, "{what}");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unavailable, Effect::Unknown),
            "{what}: {error:?}"
        );
        assert!(
            told(&error).ends_with("the stream is not as long as was told"),
            "{what}: {}",
            told(&error)
        );
    }
}

#[tokio::test]
async fn a_source_that_fails_breaks_the_connection_and_is_told() {
    let pieces = vec![Ok("one"), Err(io::Error::other("the disk is gone"))];
    let (result, heard) = upload(6, pieces).await;
    let error = result.unwrap_err();
    assert!(heard.is_broken);
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(
        told(&error).contains("the disk is gone"),
        "{}",
        told(&error)
    );
}
