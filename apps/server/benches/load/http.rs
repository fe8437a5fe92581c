//! As little of HTTP/1.1 as it takes to load a server without loading the machine.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// A request, ready to be sent.
#[derive(Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    pub(crate) fn get(path: &str, token: Option<&str>) -> Self {
        let authorization =
            token.map_or_else(String::new, |t| format!("Authorization: Bearer {t}\r\n"));
        Self(format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{authorization}\r\n").into_bytes())
    }

    pub(crate) fn post(path: &str, token: Option<&str>, body: &str) -> Self {
        let authorization =
            token.map_or_else(String::new, |t| format!("Authorization: Bearer {t}\r\n"));
        Self(
            format!(
                "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{authorization}\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    }
}

impl Request {
    /// A form, with further header lines, each ending in CRLF.
    pub(crate) fn form(path: &str, lines: &str, body: &str) -> Self {
        Self(
            format!(
                "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{lines}\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    }

    /// A GET with further header lines, each ending in CRLF.
    pub(crate) fn get_with(path: &str, lines: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{lines}\r\n").into_bytes())
    }

    /// The same with another method.
    pub(crate) fn method(self, method: &str) -> Self {
        let mut bytes = method.as_bytes().to_vec();
        bytes.extend_from_slice(&self.0["POST".len()..]);
        Self(bytes)
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        }
    }

    /// The value of a header of the last answer.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = find(&self.buffer, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.buffer[..head]).unwrap();
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// A cookie that the last answer sets, as `name=value`.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let head = find(&self.buffer, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.buffer[..head]).unwrap();
        head.lines().find_map(|line| {
            let (header, value) = line.split_once(": ")?;
            let pair = value.split_once(';').map_or(value, |(pair, _)| pair);
            let is_it = header.eq_ignore_ascii_case("set-cookie")
                && pair.split_once('=').is_some_and(|(found, _)| found == name);
            is_it.then(|| pair.to_owned())
        })
    }

    /// Status and body.
    pub(crate) async fn send(&mut self, request: &Request) -> (u16, &[u8]) {
        self.stream.write_all(&request.0).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server hung up");
            if let Some(head) = find(&self.buffer, b"\r\n\r\n") {
                let length = content_length(&self.buffer[..head]);
                let total = head + 4 + length;
                while self.buffer.len() < total {
                    assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0);
                }
                let status = std::str::from_utf8(&self.buffer[9..12])
                    .unwrap()
                    .parse()
                    .unwrap();
                return (status, &self.buffer[head + 4..total]);
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap();
    head.lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().unwrap())
        })
        .unwrap_or(0)
}

/// What was measured.
pub(crate) struct Figures {
    name: &'static str,
    latencies: Vec<Duration>,
    seconds: f64,
}

impl Figures {
    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.latencies.len()
    }

    pub(crate) fn print(mut self) {
        self.latencies.sort_unstable();
        let at = |share: f64| {
            let index = (self.latencies.len() as f64 * share) as usize;
            self.latencies[index.min(self.latencies.len() - 1)].as_secs_f64() * 1_000.0
        };
        println!(
            "{:<36} {:>8.0} /s   p50 {:>7.2} ms   p99 {:>7.2} ms",
            self.name,
            self.latencies.len() as f64 / self.seconds,
            at(0.5),
            at(0.99)
        );
    }
}

/// As many as go, over some connections.
pub(crate) async fn run(
    name: &'static str,
    address: SocketAddr,
    connections: usize,
    seconds: u64,
    requests: &[Request],
) -> Figures {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    for _ in 0..connections {
        let requests = requests.to_vec();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut latencies = Vec::new();
            for request in requests.iter().cycle() {
                let sent = Instant::now();
                if sent > end {
                    break;
                }
                let (status, body) = connection.send(request).await;
                assert!(
                    status < 300,
                    "{name}: {status} {}",
                    String::from_utf8_lossy(body)
                );
                latencies.push(sent.elapsed());
            }
            latencies
        });
    }
    gather(name, tasks, started).await
}

/// So many a second, one after another: what one user sees.
pub(crate) async fn paced(
    name: &'static str,
    address: SocketAddr,
    per_second: u32,
    seconds: u64,
    requests: &[Request],
) -> Figures {
    let mut connection = Connection::open(address).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    let started = Instant::now();
    let mut latencies = Vec::new();
    for request in requests.iter().cycle() {
        ticks.tick().await;
        if started.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        let sent = Instant::now();
        let (status, _) = connection.send(request).await;
        assert!(status < 300, "{name}: {status}");
        latencies.push(sent.elapsed());
    }
    Figures {
        name,
        latencies,
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// Each connection refreshes its own session, again and again.
pub(crate) async fn run_refresh(address: SocketAddr, seconds: u64, tokens: Vec<String>) -> Figures {
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    for mut token in tokens {
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut latencies = Vec::new();
            while Instant::now() < end {
                let body = format!("{{\"refresh_token\":\"{token}\"}}");
                let request = Request::post("/api/v1/auth/refresh", None, &body);
                let sent = Instant::now();
                let (status, body) = connection.send(&request).await;
                latencies.push(sent.elapsed());
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
                let body: serde_json::Value = serde_json::from_slice(body).unwrap();
                body["refresh_token"]
                    .as_str()
                    .unwrap()
                    .clone_into(&mut token);
            }
            latencies
        });
    }
    gather("POST /auth/refresh", tasks, started).await
}

pub(crate) async fn gather(
    name: &'static str,
    mut tasks: JoinSet<Vec<Duration>>,
    started: Instant,
) -> Figures {
    let mut latencies = Vec::new();
    while let Some(part) = tasks.join_next().await {
        latencies.extend(part.unwrap());
    }
    Figures {
        name,
        latencies,
        seconds: started.elapsed().as_secs_f64(),
    }
}
