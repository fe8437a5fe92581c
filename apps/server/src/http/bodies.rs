//! Bodies of requests: in the form they have, and in a bounded time.
//!
//! A compressed body may be a thousand times what was sent, so none is taken. A body that comes in drops
//! holds a connection and a place for as long as its sender likes, so each must have come within a time.

use std::{cell::Cell, rc::Rc, time::Duration};

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{ConnectionType, StatusCode, header},
    middleware::Next,
    web::Bytes,
};
use futures::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::{app::App, problem::Problem};

/// The middleware.
///
/// # Errors
/// What the handler answers with.
pub async fn bodies<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_encoded(&request) {
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "compressed_body",
            "Send the body as it is, not compressed",
        );
        let mut response = request.error_response(problem);
        // RFC 9110, 12.5.3: what would be taken.
        let accepted = header::HeaderValue::from_static("identity");
        response
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, accepted);
        return Ok(response);
    }
    let patience = App::of(request.request()).body_patience;
    let is_late = Rc::new(Cell::new(false));
    let payload: Payload = match request.take_payload() {
        Payload::None => Payload::None,
        payload => Payload::Stream {
            payload: Box::pin(until(payload, patience, Rc::clone(&is_late))),
        },
    };
    request.set_payload(payload);
    let answered = next.call(request).await;
    if !is_late.get() {
        return Ok(answered?.map_into_boxed_body());
    }
    let problem = Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "The body did not come in time",
    );
    // What the handler made of half a body is of no interest.
    let (request, _) = answered?.into_parts();
    let mut response = problem.error_response();
    response
        .head_mut()
        .set_connection_type(ConnectionType::Close);
    Ok(ServiceResponse::new(request, response))
}

fn is_encoded(request: &ServiceRequest) -> bool {
    let encodings = request.headers().get_all(header::CONTENT_ENCODING);
    encodings.into_iter().any(|value| {
        let value = value.to_str().unwrap_or("unreadable");
        value
            .split(',')
            .map(str::trim)
            .any(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
    })
}

/// The body until the time is over; then an error, and `is_late` says so.
fn until(
    payload: Payload,
    patience: Duration,
    is_late: Rc<Cell<bool>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let begun: Option<Instant> = None;
    stream::unfold(
        (payload, begun, is_late),
        move |(mut payload, begun, is_late)| async move {
            if is_late.get() {
                return None;
            }
            // A handler that does not read has nobody to wait for.
            let until = begun.unwrap_or_else(|| Instant::now() + patience);
            match timeout_at(until, payload.next()).await {
                Ok(chunk) => chunk.map(|chunk| (chunk, (payload, Some(until), is_late))),
                Err(_elapsed) => {
                    is_late.set(true);
                    let late = PayloadError::Io(std::io::ErrorKind::TimedOut.into());
                    Some((Err(late), (payload, Some(until), is_late)))
                }
            }
        },
    )
}
