//! A line at a time, without any client.

use std::net::SocketAddr;

use bheem_local_servers::mail::{MailOptions, MailServers};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// A server, unless it cannot be installed here.
pub(crate) async fn servers(options: MailOptions) -> Option<MailServers> {
    bheem_local_servers::tools("mail").await.unwrap()?;
    Some(MailServers::start(options).await.unwrap())
}

pub(crate) struct Talk(BufReader<TcpStream>);

impl Talk {
    /// Connects and hears the greeting.
    pub(crate) async fn with(address: SocketAddr) -> (Self, String) {
        let mut talk = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        let greeting = talk.hear().await;
        (talk, greeting)
    }

    pub(crate) async fn say(&mut self, line: &str) {
        let line = format!("{line}\r\n");
        self.0.write_all(line.as_bytes()).await.unwrap();
    }

    /// A line; empty at the end.
    pub(crate) async fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line
    }

    /// The first line that begins so.
    pub(crate) async fn hear_until(&mut self, start: &str) -> String {
        loop {
            let line = self.hear().await;
            assert!(!line.is_empty(), "ended before {start}");
            if line.starts_with(start) {
                return line;
            }
        }
    }
}

/// What the server says to a login.
pub(crate) async fn login(address: SocketAddr, user: &str, password: &str) -> (Talk, String) {
    let (mut talk, greeting) = Talk::with(address).await;
    assert!(greeting.starts_with("* OK"), "{greeting}");
    talk.say(&format!("a LOGIN {user} {password}")).await;
    let answer = talk.hear_until("a ").await;
    (talk, answer)
}
