//! Control of stand-ins, and a receiver of their webhooks.

use std::{net::Ipv4Addr, sync::Arc};

use bheem_sandbox::PeerHandle;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

/// Sends a control request, which is done.
pub(crate) async fn control(peer: &PeerHandle, path: &str, body: &Value) -> Value {
    let (status, body) = send(peer, path, body).await;
    assert!((200..300).contains(&status), "{status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

/// Sends a control request, and answers with which status it is refused.
pub(crate) async fn refused(peer: &PeerHandle, path: &str, body: &Value) -> u16 {
    let (status, body) = send(peer, path, body).await;
    assert!(status >= 400, "{status} {body}");
    status
}

#[expect(
    clippy::disallowed_methods,
    reason = "the control endpoints are no peer's"
)]
async fn send(peer: &PeerHandle, path: &str, body: &Value) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/__sandbox/{path}", peer.control_url);
    let answer = client.post(url).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A request that came.
pub(crate) struct Came {
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    }
}

/// Takes whatever is posted to it.
pub(crate) struct Receiver {
    pub(crate) url: String,
    came: Arc<Mutex<mpsc::UnboundedReceiver<Came>>>,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let (sender, came) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move { drop(sender.send(take(stream).await)) });
            }
        });
        let came = Arc::new(Mutex::new(came));
        Self { url, came }
    }

    /// The next one, whenever it comes.
    pub(crate) async fn next(&self) -> Came {
        self.came.lock().await.recv().await.unwrap()
    }
}

async fn take(mut stream: TcpStream) -> Came {
    let mut bytes = Vec::new();
    let head = loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "cut off");
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let headers: Vec<_> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut came = Came {
        headers,
        body: bytes.split_off(head + 4),
    };
    let length: usize = came.header("content-length").parse().unwrap();
    while came.body.len() < length {
        assert!(
            stream.read_buf(&mut came.body).await.unwrap() > 0,
            "cut off"
        );
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    came
}
