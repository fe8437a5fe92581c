//! The HTTP server: listens, answers, and drains when it is told to stop.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::ServerHandle,
    middleware::from_fn,
    web::{self, Data, PayloadConfig},
};
use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{
    net::TcpSocket,
    signal::unix::{SignalKind, signal},
};

use crate::{
    app::App,
    http::{bodies::bodies, credentials::credentials, observe::observe},
    routes,
    settings::Settings,
    wiring::{Wired, wire},
};

/// Requests that are being answered get this long when the server stops.
const DRAIN: Duration = Duration::from_secs(4);
/// Work beside requests gets this long after that.
const SETTLE: Duration = Duration::from_secs(4);
/// Connections that wait to be taken.
const BACKLOG: u32 = 2_048;

/// A server that answers.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where `/metrics` is.
    pub metrics: Option<SocketAddr>,
    wired: Wired,
    handles: Vec<ServerHandle>,
    ends: tokio::task::JoinSet<std::io::Result<()>>,
}

/// Starts everything and begins to answer where the settings say.
///
/// # Errors
/// When a part cannot be built or an address is taken.
pub async fn start(settings: &Settings) -> anyhow::Result<Running> {
    start_on(listen(settings.http.listen)?, settings).await
}

/// Takes an address before anything is started. Must be called in a Tokio runtime.
///
/// # Errors
/// When it is taken.
pub fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    listen().with_context(|| format!("listening on {address}"))
}

/// Starts everything and begins to answer on a socket that listens already, whatever the settings say of it.
///
/// # Errors
/// When a part cannot be built or another address is taken.
pub async fn start_on(listener: TcpListener, settings: &Settings) -> anyhow::Result<Running> {
    // One recorder a process; a second server in it shares the first one's.
    let metrics = metrics_handle();
    let address = listener.local_addr()?;
    let wired = wire(settings).await?;
    let app = wired.app.clone();
    let max_body = settings.http.max_body_bytes;
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(Data::new(app.clone()))
            .app_data(Data::new(utoipa_swagger_ui::Config::from("/openapi.json")))
            .app_data(PayloadConfig::new(max_body))
            .wrap(from_fn(bodies))
            .wrap(from_fn(credentials))
            .wrap(from_fn(observe))
            .configure(routes::configure)
    });
    let workers = match settings.http.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    };
    let server = server
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(DRAIN.as_secs())
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?;
    let mut running = Running {
        address,
        metrics: None,
        wired,
        handles: Vec::new(),
        ends: tokio::task::JoinSet::new(),
    };
    running.spawn(server.run());
    if let (Some(listen), Some(handle)) = (settings.http.metrics_listen, metrics) {
        running.serve_metrics(listen, handle)?;
    }
    Ok(running)
}

impl Running {
    fn spawn(&mut self, server: actix_web::dev::Server) {
        self.handles.push(server.handle());
        self.ends.spawn(server);
    }

    fn serve_metrics(
        &mut self,
        listen: SocketAddr,
        handle: PrometheusHandle,
    ) -> anyhow::Result<()> {
        let listener = self::listen(listen)?;
        self.metrics = Some(listener.local_addr()?);
        let server = HttpServer::new(move || {
            let handle = handle.clone();
            let render = move || std::future::ready(handle.render());
            ActixApp::new().route("/metrics", web::get().to(render))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?;
        self.spawn(server.run());
        Ok(())
    }

    /// What requests work with.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.wired.app
    }

    /// Lets requests end, then everything else.
    pub async fn stop(mut self) {
        self.wired.app.health.stopping();
        for handle in &self.handles {
            handle.stop(true).await;
        }
        while self.ends.join_next().await.is_some() {}
        self.wired.shut_down(SETTLE).await;
    }
}

fn metrics_handle() -> Option<PrometheusHandle> {
    use std::sync::OnceLock;
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets(&[
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
                ])
                .and_then(PrometheusBuilder::install_recorder)
                .ok()
        })
        .clone()
}

/// Waits for SIGTERM or SIGINT, from the moment of the call on.
///
/// # Errors
/// When signals cannot be had.
pub fn until_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
