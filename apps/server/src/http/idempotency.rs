//! `Idempotency-Key`: an unsafe request that comes twice is answered once.
//!
//! The key belongs to whoever is signed in. What the request does commits together with a mark at the key
//! (`bheem_persistence::HeldKey`); the answer is kept for a day, sealed, so any replica gives it again. An
//! answer that was lost with its process is made anew from what was done. A server fault is not kept: the
//! same request may be tried again.

use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse,
    body::to_bytes,
    dev::Payload,
    http::{Method, StatusCode, header},
    web::Bytes,
};
use bheem_domain::AccountId;
use bheem_persistence::{
    Database, Effect, HeldKey, SystemScope,
    repo::{KeptAnswer, KeyState, TakeKey},
};
use bheem_vault::{Context, Vault};
use chrono::TimeDelta;
use futures::future::LocalBoxFuture;
use tracing::Instrument;

use super::request_id;
use crate::{
    app::App,
    extract::{CurrentUser, unreadable},
    problem::{Answer, Problem},
};

const HEADER: &str = "idempotency-key";
/// Given again: it says that the answer is an old one.
const REPLAYED: &str = "idempotency-replayed";
/// An attempt that has not answered by then is taken for dead, also while its process lives.
const LOCK: TimeDelta = TimeDelta::seconds(90);
/// Who finds the key busy asks again after this time.
const ASK_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);
/// What kept bodies are sealed for, and requests told apart by: passwords and secrets are among both.
const PURPOSE: &str = "http.idempotency";

/// How a request is answered that was carried out, and whose answer was lost with its process.
#[derive(Debug, Clone, Copy)]
pub enum Recovery {
    /// By carrying it out again, which changes nothing any more: what methods other than POST promise (RFC
    /// 9110, 9.2.2), and PATCH here as well, as it says how a thing shall be.
    Again,
    /// From what was done.
    By(fn(HttpRequest, Effect) -> LocalBoxFuture<'static, Answer>),
    /// By saying what was done.
    Say,
}

impl Recovery {
    /// What goes without saying.
    pub(super) fn of(method: &Method) -> Self {
        if *method == Method::POST {
            Self::Say
        } else {
            Self::Again
        }
    }
}

/// How a request with a key goes on.
pub(super) enum Turn {
    /// As if nobody had asked before.
    Ours(Attempt),
    /// With the answer of before.
    Answered(HttpResponse),
    /// It was done, and how it was answered is lost.
    Committed(Effect),
}

/// An attempt that holds a key.
pub(super) struct Attempt {
    key: HeldKey,
    database: Database,
    vault: Vault,
}

/// The key, where one counts.
pub(super) fn key_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let is_unsafe = matches!(
        *request.method(),
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    );
    let Some(key) = request.headers().get(HEADER).filter(|_| is_unsafe) else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid(
            "Idempotency-Key",
            "must be 1 to 255 visible characters",
        )),
    }
}

/// Takes the key for this request, whose body is read for it.
pub(super) async fn take(
    request: &HttpRequest,
    payload: &mut Payload,
    account: AccountId,
    key: String,
    recovery: Recovery,
) -> Result<Turn, Error> {
    let app = App::of(request);
    let database = app.services.database().clone();
    let attempt = Attempt {
        key: HeldKey {
            owner: account.as_uuid(),
            key,
            attempt: database.clock().new_uuid(),
        },
        vault: app.vault.clone(),
        database,
    };
    let body = Bytes::from_request(request, payload).await;
    let body = body.map_err(|error| unreadable(&error))?;
    let state = attempt.take(request, &body, recovery).await?;
    *payload = Payload::from(body);
    match state {
        KeyState::Ours => Ok(Turn::Ours(attempt)),
        KeyState::Answered(kept, effect) => {
            still_belongs(request, effect.as_ref()).await?;
            Ok(Turn::Answered(attempt.replay(&kept)?))
        }
        KeyState::Committed(effect) => {
            still_belongs(request, Some(&effect)).await?;
            Ok(Turn::Committed(effect))
        }
        KeyState::Busy => Err(busy().into()),
        KeyState::Mismatch => {
            let problem = Problem::invalid("Idempotency-Key", "was used for a different request");
            Err(problem.into())
        }
    }
}

/// What was done in a tenant is told to those alone who may still come in, whatever the route's guard asks.
async fn still_belongs(request: &HttpRequest, effect: Option<&Effect>) -> Result<(), Problem> {
    let Some(tenant) = effect.and_then(|effect| effect.tenant_id) else {
        return Ok(());
    };
    let user = CurrentUser::of(request).await?;
    let services = &App::of(request).services;
    let entry = services
        .enter_tenant(&tenant.to_string(), &user.claims, user.actor)
        .await?;
    if entry.scope().is_none() {
        return Err(Problem::not_found("Tenant not found"));
    }
    Ok(())
}

/// The answer to a request that was carried out and whose answer was lost: by the route's own means, or else
/// by saying so.
pub(super) async fn recover(
    request: HttpRequest,
    effect: Effect,
    recovery: Recovery,
) -> Result<HttpResponse, Error> {
    let Recovery::By(recover) = recovery else {
        return Err(already_done(&effect).into());
    };
    let mut answer = recover(request, effect).await?;
    answer.headers_mut().insert(
        header::HeaderName::from_static(REPLAYED),
        header::HeaderValue::from_static("true"),
    );
    Ok(answer)
}

/// A task of its own: a client that hangs up must find the answer kept when it comes back.
pub(super) async fn detached(
    work: impl Future<Output = Result<HttpResponse, Error>> + 'static,
) -> Result<HttpResponse, Error> {
    let work = request_id::scope(request_id::current(), work).in_current_span();
    actix_web::rt::spawn(work)
        .await
        .unwrap_or_else(|_ended| Err(Problem::internal().into()))
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "idempotency_key_busy",
        "The request with this Idempotency-Key is still being answered",
    )
    .retry_after(ASK_AGAIN)
}

/// Says what was done, as far as it is known.
pub(crate) fn already_done(effect: &Effect) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "already_done",
        "The request with this Idempotency-Key was carried out, and its answer was lost",
    )
    .with_done(effect.clone())
}

impl Attempt {
    async fn take(
        &self,
        request: &HttpRequest,
        body: &[u8],
        recovery: Recovery,
    ) -> Result<KeyState, Problem> {
        // What makes a request the same: method, path, query and body.
        let mut text = format!("{} {}\0", request.method(), request.uri()).into_bytes();
        text.extend_from_slice(body);
        // Under a key of ours, as a body may hold a password that could be guessed from a plain hash.
        let hash = self.vault.authenticate(PURPOSE, &text);
        let hash = hash.map_err(|_error| Problem::internal())?;
        let now = self.database.clock().now();
        let wanted = TakeKey {
            key: &self.key,
            request_hash: &hash,
            holder: self.database.holder(),
            is_repeatable: matches!(recovery, Recovery::Again),
            now,
            locked_until: now + LOCK,
        };
        let scope = SystemScope::server("take an idempotency key");
        let taken = async {
            let mut read = self.database.system_read(&scope).await?;
            read.idempotency_keys().take(&wanted).await
        };
        taken
            .await
            .map_err(|error| bheem_services::Error::from(error).into())
    }

    fn sealed_for(&self) -> String {
        format!("{PURPOSE}:{}", self.key.key)
    }

    /// Carries the request out, and keeps how it was answered.
    pub(super) async fn answer(
        self,
        call: impl Future<Output = Result<HttpResponse, Error>>,
    ) -> Result<HttpResponse, Error> {
        let answer = self.key.scope(call).await;
        let answer = answer.unwrap_or_else(HttpResponse::from_error);
        let (response, body) = answer.into_parts();
        let status = response.status();
        let Ok(body) = to_bytes(body).await else {
            self.release().await;
            return Err(Problem::internal().into());
        };
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            self.release().await;
        } else {
            self.keep(status, header_of(&response), &body).await;
        }
        Ok(response.set_body(body).map_into_boxed_body())
    }

    fn replay(&self, kept: &KeptAnswer) -> Result<HttpResponse, Problem> {
        let purpose = self.sealed_for();
        let context = Context::new(&purpose).of(self.key.owner);
        let body = self.vault.open_bytes(&context, &kept.body);
        let body = body.map_err(|error| {
            tracing::error!(%error, "a kept answer does not open");
            Problem::internal()
        })?;
        let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.insert_header((REPLAYED, "true"));
        for name in KEPT_HEADERS {
            if let Some(value) = kept.headers.get(name.as_str()).and_then(|v| v.as_str()) {
                response.insert_header((name, value));
            }
        }
        Ok(response.body(body.to_vec()))
    }

    async fn keep(&self, status: StatusCode, headers: serde_json::Value, body: &[u8]) {
        let purpose = self.sealed_for();
        let context = Context::new(&purpose).of(self.key.owner);
        let kept = async {
            let answer = KeptAnswer {
                status: status.as_u16(),
                headers,
                body: self.vault.seal_bytes(&context, body)?,
            };
            let scope = SystemScope::server("keep an answer");
            let mut read = self.database.system_read(&scope).await?;
            read.idempotency_keys().answer(&self.key, &answer).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "an answer was given and could not be kept");
        }
    }

    async fn release(&self) {
        let scope = SystemScope::server("release an idempotency key");
        let released = async {
            let mut read = self.database.system_read(&scope).await?;
            read.idempotency_keys().release(&self.key).await
        };
        if let Err(error) = released.await {
            tracing::warn!(%error, "an idempotency key stays taken until its lock ends");
        }
    }
}

const KEPT_HEADERS: [header::HeaderName; 3] = [
    header::CONTENT_TYPE,
    header::LOCATION,
    header::CACHE_CONTROL,
];

fn header_of<T>(response: &HttpResponse<T>) -> serde_json::Value {
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.into()))
    });
    serde_json::Value::Object(kept.collect())
}
