//! A relay between a client and servers: hands each connection to the next one, and remembers what clients sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// It relays as long as it exists.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    targets: Arc<Mutex<Vec<SocketAddr>>>,
    sent: Arc<Mutex<Vec<u8>>>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// It has nowhere to go yet.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let targets: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let sent: Arc<Mutex<Vec<u8>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let (to, log) = (Arc::clone(&targets), Arc::clone(&sent));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (client, _) = listener.accept().await.unwrap();
                let target = {
                    let targets = to.lock().unwrap();
                    targets[number % targets.len()]
                };
                connections.spawn(relay(client, target, Arc::clone(&log)));
            }
        });
        Self {
            address,
            targets,
            sent,
            _tasks: tasks,
        }
    }

    /// Sends connections there, in turn.
    pub(crate) fn lead_to(&self, targets: &[SocketAddr]) {
        targets.clone_into(&mut self.targets.lock().unwrap());
    }

    /// What clients have sent, in small letters.
    pub(crate) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).to_lowercase()
    }
}

async fn relay(client: TcpStream, target: SocketAddr, log: Arc<Mutex<Vec<u8>>>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length) = from_client.read(&mut buffer).await {
            if length == 0 {
                break;
            }
            log.lock().unwrap().extend_from_slice(&buffer[..length]);
            if to_server.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        // An end that is told late or not at all is none of a test's concerns.
        let _ = to_server.shutdown().await;
    };
    let down = async {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    tokio::join!(up, down);
}
