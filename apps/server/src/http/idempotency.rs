//! `Idempotency-Key`: an unsafe request that comes twice is answered once.
//!
//! The key belongs to whoever is signed in. The answer is kept in the database for a day, so any
//! replica gives it again. A server fault is not kept: the same request may be tried again.

use actix_web::{
    Error, FromRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web::Bytes,
};
use bheem_persistence::{
    Database, SystemScope,
    repo::{KeptAnswer, KeyState},
};
use chrono::TimeDelta;
use serde_json::json;
use tracing::Instrument;
use uuid::Uuid;

use super::request_id;
use crate::{
    app::App,
    extract::{CurrentUser, unreadable},
    problem::Problem,
};

const HEADER: &str = "idempotency-key";
/// Requests and answers below it hold passwords and tokens, of which nothing is kept, not even a hash.
const SECRETS: &str = "/api/v1/auth/";
/// Given again: it says that the answer is an old one.
const REPLAYED: &str = "idempotency-replayed";
/// An attempt that has not answered by then is taken for dead.
const LOCK: TimeDelta = TimeDelta::seconds(90);

struct Attempt {
    owner: Uuid,
    key: String,
    id: Uuid,
    database: Database,
}

/// The middleware.
///
/// # Errors
/// What the handler answers with.
pub async fn idempotency<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_unsafe = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    );
    let key = request.headers().get(HEADER).cloned();
    let may_keep = is_unsafe && !request.path().starts_with(SECRETS);
    let (true, Some(key)) = (may_keep, key) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    // Without somebody signed in there is nobody the key could belong to.
    let user = match CurrentUser::of(request.request()).await {
        Ok(user) => user,
        Err(problem) if problem.status_code() == StatusCode::UNAUTHORIZED => {
            return Ok(next.call(request).await?.map_into_boxed_body());
        }
        // Who it is cannot be told now; a moment later it may, and the key would not have counted.
        Err(problem) => return Ok(refuse(request, problem)),
    };
    let key = match key.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => key.to_owned(),
        _ => {
            let problem =
                Problem::invalid("Idempotency-Key", "must be 1 to 255 visible characters");
            return Ok(refuse(request, problem));
        }
    };
    let app = App::of(request.request());
    let database = app.services.database().clone();
    let attempt = Attempt {
        owner: user.claims.sub.as_uuid(),
        id: database.clock().new_uuid(),
        key,
        database,
    };
    let body = match take_body(&mut request).await {
        Ok(body) => body,
        Err(error) => return Ok(refuse(request, unreadable(&error))),
    };
    let state = attempt.take(&hash(&request, &body)).await;
    request.set_payload(Payload::from(body));
    match state {
        // A task of its own: a client that hangs up must find the answer kept when it comes back.
        Ok(KeyState::Ours) => {
            let work = async move { answer(request, next, &attempt).await };
            let work = request_id::scope(request_id::current(), work).in_current_span();
            actix_web::rt::spawn(work).await.unwrap_or_else(|_ended| {
                Err(Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Something went wrong on our side",
                )
                .into())
            })
        }
        Ok(KeyState::Answered(kept)) => Ok(request.into_response(replay(kept))),
        Ok(KeyState::Busy) => Ok(refuse(
            request,
            Problem::new(
                StatusCode::CONFLICT,
                "idempotency_key_busy",
                "The request with this Idempotency-Key is still being answered",
            ),
        )),
        Ok(KeyState::Mismatch) => Ok(refuse(
            request,
            Problem::invalid("Idempotency-Key", "was used for a different request"),
        )),
        Err(error) => Ok(refuse(request, bheem_services::Error::from(error).into())),
    }
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    attempt: &Attempt,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = match next.call(request).await {
        Ok(response) => response,
        Err(error) if error.as_response_error().status_code().is_server_error() => {
            attempt.release().await;
            return Err(error);
        }
        Err(error) => {
            let answer = error.error_response();
            attempt.keep(answer.status(), header_of(&answer), &[]).await;
            return Err(error);
        }
    };
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The answer broke off",
        )
    })?;
    if response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS {
        attempt.release().await;
    } else {
        attempt
            .keep(response.status(), header_of(&response), &body)
            .await;
    }
    let response = response.set_body(body).map_into_boxed_body();
    Ok(ServiceResponse::new(request, response))
}

fn header_of<T>(response: &HttpResponse<T>) -> serde_json::Value {
    let of = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    json!({"content-type": of(header::CONTENT_TYPE), "location": of(header::LOCATION)})
}

fn replay(kept: KeptAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((REPLAYED, "true"));
    for name in [header::CONTENT_TYPE, header::LOCATION] {
        if let Some(value) = kept.headers.get(name.as_str()).and_then(|v| v.as_str()) {
            response.insert_header((name, value));
        }
    }
    response.body(kept.body)
}

fn refuse(request: ServiceRequest, problem: Problem) -> ServiceResponse<BoxBody> {
    request.error_response(problem)
}

async fn take_body(request: &mut ServiceRequest) -> Result<Bytes, Error> {
    let (head, payload) = request.parts_mut();
    Bytes::from_request(head, payload).await
}

/// What makes a request the same: method, path, query and body.
fn hash(request: &ServiceRequest, body: &[u8]) -> [u8; 32] {
    let mut text = format!("{} {}\0", request.method(), request.uri()).into_bytes();
    text.extend_from_slice(body);
    bheem_vault::token::hash(&text)
}

impl Attempt {
    async fn take(&self, request_hash: &[u8]) -> bheem_persistence::Result<KeyState> {
        let now = self.database.clock().now();
        self.database
            .system_read(&SystemScope::server("take an idempotency key"))
            .await?
            .idempotency_keys()
            .take(
                self.owner,
                &self.key,
                request_hash,
                self.id,
                now,
                now + LOCK,
            )
            .await
    }

    async fn keep(&self, status: StatusCode, headers: serde_json::Value, body: &[u8]) {
        let answer = KeptAnswer {
            status: status.as_u16(),
            headers,
            body: body.to_vec(),
        };
        let kept = async {
            self.database
                .system_read(&SystemScope::server("keep an answer"))
                .await?
                .idempotency_keys()
                .answer(self.owner, &self.key, self.id, &answer)
                .await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "an answer was given and could not be kept");
        }
    }

    async fn release(&self) {
        let released = async {
            self.database
                .system_read(&SystemScope::server("release an idempotency key"))
                .await?
                .idempotency_keys()
                .release(self.owner, &self.key, self.id)
                .await
        };
        if let Err(error) = released.await {
            tracing::warn!(%error, "an idempotency key stays taken until its lock ends");
        }
    }
}
