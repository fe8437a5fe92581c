//! A server that plays from a script.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bheem_mail::{Account, Client, ClientBuilder, Endpoint, Limits, Timeouts};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Says this; `{tag}` is the first word of the last line heard.
    Say(String),
    /// Hears a line that has this in it.
    Hear(&'static str),
    /// Hears lines until one is this.
    HearUntil(&'static str),
    /// Says this again and again, until the other side goes.
    Flood(&'static str),
    /// Says nothing more.
    Hang,
}

pub(crate) fn say(text: impl Into<String>) -> Step {
    Step::Say(text.into())
}

/// Each connection plays the next script; the last one is played again and again.
pub(crate) struct Peer {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    pub(crate) open_at_once: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
    // Ends with the test.
    _work: JoinSet<()>,
}

impl Peer {
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let open_at_once = Arc::new(AtomicUsize::new(0));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (count, most, lines) = (
            Arc::clone(&connections),
            Arc::clone(&open_at_once),
            Arc::clone(&heard),
        );
        let open = Arc::new(AtomicUsize::new(0));
        let now = Arc::clone(&open);
        let mut work = JoinSet::new();
        work.spawn(async move {
            let mut players = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let (lines, open, most) =
                    (Arc::clone(&lines), Arc::clone(&open), Arc::clone(&most));
                players.spawn(async move {
                    most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    play(stream, script, &lines).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            port,
            connections,
            open_at_once,
            open: now,
            heard,
            _work: work,
        }
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many connections there are.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// All lines heard.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// A client of this server for all three services, with small limits. Only a server that never answers is to be given
    /// up soon: an honest one could be slow by accident.
    pub(crate) fn client(&self, is_hanging: bool) -> ClientBuilder {
        let limit = Duration::from_millis(if is_hanging { 200 } else { 60_000 });
        Client::builder("localhost")
            .imap(Endpoint::plain(self.port).host("127.0.0.1"))
            .submission(Endpoint::plain(self.port).host("127.0.0.1"))
            .sieve(Endpoint::plain(self.port).host("127.0.0.1"))
            .timeouts(Timeouts {
                connect: Duration::from_mins(1),
                command: limit,
                submission: limit,
            })
            .limits(Limits {
                line: 10_000,
                literal: 10_000,
                answer: 50_000,
                message: 10_000,
                text: 1000,
            })
    }

    pub(crate) fn account(&self, is_hanging: bool) -> Account {
        self.client(is_hanging)
            .build()
            .unwrap()
            .account_with_password("alice@a.test", "correct horse")
    }
}

async fn play(stream: TcpStream, script: Vec<Step>, heard: &Mutex<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    let mut tag = String::new();
    for step in script {
        match step {
            Step::Say(text) => {
                let text = text.replace("{tag}", &tag);
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Step::Hear(part) => {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                assert!(line.contains(part), "{line:?} instead of {part:?}");
                tag = line.split(' ').next().unwrap().to_owned();
                heard.lock().unwrap().push(line);
            }
            Step::HearUntil(end) => loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line.trim_end() == end {
                    break;
                }
            },
            Step::Flood(text) => {
                while stream.write_all(text.as_bytes()).await.is_ok() {}
                return;
            }
            Step::Hang => std::future::pending().await,
        }
    }
}

/// A greeting and a login, and then the script.
pub(crate) fn imap(script: Vec<Step>) -> Vec<Step> {
    let mut all = vec![
        say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+] ready\r\n"),
        Step::Hear("AUTHENTICATE PLAIN"),
        say("{tag} OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE UIDPLUS MOVE] in\r\n"),
    ];
    all.extend(script);
    all
}
