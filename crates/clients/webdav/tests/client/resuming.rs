//! Downloads over connections that break.

use std::net::Ipv4Addr;

use bheem_webdav::{Auth, Bytes, Client, Error};
use futures::TryStreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::to;

/// Answers one connection after the other with these words, and tells what it was asked.
async fn serve(listener: TcpListener, answers: Vec<&'static str>) -> Vec<String> {
    let mut asked = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
        asked.push(String::from_utf8(bytes).unwrap().to_ascii_lowercase());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
    asked
}

async fn read(answers: Vec<&'static str>, resumes: u32) -> (Result<Vec<u8>, Error>, Vec<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let files = Client::builder(url, Auth::None).build().unwrap();
    let path = to("a");
    let reading = async {
        let content = files.get_resuming(&path, resumes).await?;
        let pieces: Vec<Bytes> = content.try_collect().await?;
        Ok(pieces.concat())
    };
    futures::join!(reading, serve(listener, answers))
}

const BROKEN: &str = "HTTP/1.1 200 OK\r\netag: \"e1\"\r\ncontent-length: 10\r\n\r\n01234";

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let rest = "HTTP/1.1 206 Partial Content\r\netag: \"e1\"\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5\r\n\r\n56789";
    let (content, asked) = read(vec![BROKEN, rest], 1).await;
    assert_eq!(content.unwrap(), b"0123456789");
    assert!(asked[0].contains("accept-encoding: identity"));
    assert!(asked[1].contains("range: bytes=5-\r\n") && asked[1].contains("if-range: \"e1\""));
}

#[tokio::test]
async fn another_version_is_never_mixed_in() {
    let other = "HTTP/1.1 200 OK\r\netag: \"e2\"\r\ncontent-length: 3\r\n\r\nnew";
    let (content, _) = read(vec![BROKEN, other], 3).await;
    let error = content.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error:?}");
}

#[tokio::test]
async fn it_is_given_up_after_so_many_times() {
    let again =
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5\r\n\r\n";
    let (content, asked) = read(vec![BROKEN, again, again], 2).await;
    content.unwrap_err();
    assert_eq!(asked.len(), 3);
    let (content, asked) = read(vec![BROKEN], 0).await;
    content.unwrap_err();
    assert_eq!(asked.len(), 1);
}
