//! The web server in front of the stand-ins: one thread serves them all, told apart by the port
//! a request came in on.

use std::{
    any::Any,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Extensions, Server},
    http::StatusCode,
    rt::time::sleep,
    web,
};
use bytes::Bytes;

use crate::{
    control, discovery,
    fault::FaultAction,
    http::{Answer, Request},
    peer::Peer,
    webhook,
};

const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// What a proxy with a sign-in of its own shows.
const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>\n";

/// How long a hanging request is held at most; longer than any client waits.
const HANG: Duration = Duration::from_mins(10);

/// A second handle of the connection's socket, with which an answer can be prevented.
struct Connection(Option<TcpStream>);

impl Connection {
    fn sever(&self) {
        if let Some(stream) = &self.0 {
            // It fails only when the client was faster.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Prepares the server; it runs when awaited.
pub(crate) fn build(peers: Vec<(TcpListener, Arc<Peer>)>) -> std::io::Result<Server> {
    let mut table = Vec::new();
    for (listener, peer) in &peers {
        table.push((listener.local_addr()?, Arc::clone(peer)));
    }
    let table: Arc<[(SocketAddr, Arc<Peer>)]> = table.into();
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(Arc::clone(&table)))
            .default_service(web::to(dispatch))
    })
    .workers(1)
    .worker_max_blocking_threads(1)
    .disable_signals()
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(1)
    .on_connect(remember);
    for (listener, _) in peers {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

fn remember(connection: &dyn Any, data: &mut Extensions) {
    let stream = connection
        .downcast_ref::<actix_web::rt::net::TcpStream>()
        .and_then(|stream| stream.as_fd().try_clone_to_owned().ok())
        .map(TcpStream::from);
    data.insert(Connection(stream));
}

type Table = Arc<[(SocketAddr, Arc<Peer>)]>;

async fn dispatch(
    http: HttpRequest,
    table: web::Data<Table>,
    payload: web::Payload,
) -> HttpResponse {
    let here = http.app_config().local_addr();
    let Some((_, peer)) = table.iter().find(|(address, _)| *address == here) else {
        return HttpResponse::NotFound().finish();
    };
    let mut request = convert(&http);
    let turn = match peer.begin(&request) {
        Ok(turn) => turn,
        Err(refusal) => return respond(refusal),
    };
    let Ok(Ok(body)) = payload.to_bytes_limited(BODY_LIMIT).await else {
        return HttpResponse::PayloadTooLarge().finish();
    };
    request.body = body;
    if let Some(path) = request.path.strip_prefix(control::PREFIX) {
        let answer = control::answer(peer, path, &request);
        send_webhooks(peer);
        return respond(answer);
    }
    if let Some(refusal) = peer.over_the_limit() {
        return respond(refusal);
    }
    if let Some(uri) = peer.wants(&request)
        && let Some(found) = discovery::read(&uri).await
        && let Err(error) = peer.learn(found)
    {
        tracing::error!(peer = peer.name, %error, "the stand-in cannot keep what it read");
    }
    let verdict = peer.verdict(&request);
    if !verdict.delay.is_zero() {
        sleep(verdict.delay).await;
    }
    let sever = || {
        if let Some(connection) = http.conn_data::<Connection>() {
            connection.sever();
        }
    };
    match verdict.action {
        None | Some(FaultAction::Delay) => {
            let answer = peer.answer(&request);
            send_webhooks(peer);
            respond(answer)
        }
        Some(FaultAction::Fail) => respond(peer.failure(verdict.status)),
        Some(FaultAction::Garbage) => {
            respond(Answer::text(200, "text/html", "<html><body>502 Bad Gat"))
        }
        Some(FaultAction::Empty) => respond(Answer::empty(200)),
        Some(FaultAction::Page) => respond(Answer::text(verdict.status, "text/html", PAGE)),
        Some(FaultAction::DieHalfway) => {
            peer.die(&request);
            sever();
            HttpResponse::Ok().finish()
        }
        Some(FaultAction::ApplyThenDrop) => {
            peer.answer(&request);
            send_webhooks(peer);
            sever();
            HttpResponse::Ok().finish()
        }
        Some(FaultAction::Hang) => {
            // A server that hangs has not begun.
            drop(turn);
            sleep(HANG).await;
            sever();
            HttpResponse::Ok().finish()
        }
    }
}

/// Sends what is to be sent beside the answers.
fn send_webhooks(peer: &Peer) {
    let outgoing = peer.take_outgoing();
    if !outgoing.is_empty() {
        // They go on by themselves, on this thread.
        drop(actix_web::rt::spawn(webhook::deliver(outgoing)));
    }
}

/// The head of a request.
fn convert(http: &HttpRequest) -> Request {
    let headers = http.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let query = url::form_urlencoded::parse(http.query_string().as_bytes());
    Request {
        method: http.method().as_str().to_ascii_uppercase(),
        path: http.uri().path().to_owned(),
        query: query.into_owned().collect(),
        headers: headers.collect(),
        body: Bytes::new(),
    }
}

fn respond(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers {
        response.append_header((name, value));
    }
    response.body(answer.body)
}
