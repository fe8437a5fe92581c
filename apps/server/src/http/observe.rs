//! Around every request: its id, its span, its metrics, headers that every answer has.

use std::time::{Duration, Instant};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use tracing::Instrument;

use super::request_id;
use crate::app::App;

/// An answer that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(2);

/// The middleware.
///
/// # Errors
/// What the handler answers with.
pub async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let clock = std::sync::Arc::clone(App::of(request.request()).services.database().clock());
    let id = request_id::choose(request.headers(), &*clock);
    let method = request.method().clone();
    let span = tracing::info_span!("request", request.id = %id, %method, path = request.path());
    let started = Instant::now();
    let mut response =
        request_id::scope(id.clone(), next.call(request).instrument(span.clone())).await?;
    let took = started.elapsed();
    let route = response.request().match_pattern();
    let status = response.status();
    count(method.as_str(), route.as_deref(), status.as_u16(), took);
    span.in_scope(|| {
        let millis = took.as_millis();
        if status.is_server_error() || took > SLOW {
            tracing::warn!(status = status.as_u16(), millis, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), millis, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(request_id::HEADER), value);
    }
    Ok(response)
}

/// Anybody may make up a method; each would be a series of its own.
fn known(method: &str) -> &str {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
        _ => "other",
    }
}

fn count(method: &str, route: Option<&str>, status: u16, took: Duration) {
    let labels = [
        ("method", known(method).to_owned()),
        // Never the path itself: it would make a series of its own for each id.
        ("route", route.unwrap_or("none").to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
}
