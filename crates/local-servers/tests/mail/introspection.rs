//! An authorization server that is asked about tokens (RFC 7662), and can revoke them.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bheem_http_kit::{ExposeSecret as _, SecretString, throwaway_password};
use bheem_local_servers::mail::OAuth;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

const CLIENT: &str = "dovecot";

/// Whose each token is.
type Tokens = Arc<Mutex<HashMap<String, String>>>;

pub(crate) struct Introspection {
    address: SocketAddr,
    secret: SecretString,
    tokens: Tokens,
    // Ends with the test.
    _work: JoinSet<()>,
}

impl Introspection {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let secret = throwaway_password();
        let basic = STANDARD.encode(format!("{CLIENT}:{}", secret.expose_secret()));
        let tokens = Tokens::default();
        let known = Arc::clone(&tokens);
        let mut work = JoinSet::new();
        work.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (tokens, basic) = (Arc::clone(&known), format!("Basic {basic}"));
                talks.spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while answer(&mut stream, &basic, &tokens).await.is_some() {}
                });
            }
        });
        Self {
            address,
            secret,
            tokens,
            _work: work,
        }
    }

    /// How a mail server finds it.
    pub(crate) fn oauth(&self) -> OAuth {
        let url = format!("http://{}/introspect", self.address);
        OAuth::new(url, CLIENT, self.secret.clone())
    }

    /// A token of that user, as long as told.
    pub(crate) fn issue(&self, user: &str, length: usize) -> SecretString {
        let random = throwaway_password();
        let random = random.expose_secret().chars();
        let mut token: String = random.filter(char::is_ascii_alphanumeric).collect();
        while token.len() < length {
            token.push('x');
        }
        let mut tokens = self.tokens.lock().unwrap();
        tokens.insert(token.clone(), user.to_owned());
        token.into()
    }

    pub(crate) fn revoke(&self, token: &SecretString) {
        let mut tokens = self.tokens.lock().unwrap();
        assert!(tokens.remove(token.expose_secret()).is_some());
    }
}

/// Answers one request; `None` at the end of the connection.
async fn answer(stream: &mut BufReader<TcpStream>, basic: &str, tokens: &Tokens) -> Option<()> {
    let (mut length, mut is_known, mut is_first) = (0, false, true);
    let mut is_ours = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if is_first {
            is_ours = line == "POST /introspect HTTP/1.1";
            is_first = false;
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => is_known = value.trim() == basic,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    let user = body
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))
        .and_then(|token| tokens.lock().unwrap().get(token).cloned());
    let (status, body) = match (is_ours, is_known, user) {
        (false, _, _) => ("404 Not Found", String::new()),
        (_, false, _) => ("401 Unauthorized", String::new()),
        (_, _, None) => ("200 OK", r#"{"active":false}"#.to_owned()),
        (_, _, Some(user)) => (
            "200 OK",
            format!(r#"{{"active":true,"username":"{user}"}}"#),
        ),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()
}
