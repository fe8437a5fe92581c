//! One request: built fluently, sent with retries.
//!
//! Faults of building are kept and reported by `send`, so that call sites stay one expression.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{TryStream, TryStreamExt as _};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use crate::exact::{Pieces, exactly};
use crate::progress::Progress;
use crate::retry::{Decision, Situation, decide};
use crate::{
    EncodedPath, Error, HttpClient, PathError, Response, StreamingResponse, trace_context,
};

type Credential = (HeaderName, HeaderValue);

enum Body {
    Empty,
    Bytes(Bytes),
    Once(reqwest::Body, Progress),
    /// Was read from a stream, and is gone.
    Spent,
}

/// A request being built.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    pub(crate) client: HttpClient,
    pub(crate) operation: &'static str,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
    is_repeatable: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_body_bytes: usize,
    fault: Option<Error>,
}

impl Request {
    pub(crate) fn new(
        client: HttpClient,
        operation: &'static str,
        method: Method,
        path: Result<EncodedPath, PathError>,
    ) -> Self {
        let (url, fault) = match path {
            Ok(path) => (client.url(&path), None),
            Err(error) => (
                client.inner.base.clone(),
                Some(Error::path(operation, error)),
            ),
        };
        let is_repeatable =
            method.is_idempotent() || matches!(method.as_str(), "PROPFIND" | "REPORT" | "SEARCH");
        let (timeout, max_body_bytes) = (client.settings.timeout, client.settings.max_body_bytes);
        let (headers, body) = (HeaderMap::new(), Body::Empty);
        Self {
            client,
            operation,
            method,
            url,
            headers,
            body,
            is_repeatable,
            timeout,
            max_body_bytes,
            fault,
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::try_from(value) {
            Ok(value) => {
                self.headers.insert(name, value);
            }
            Err(error) => self.blame(error),
        }
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sends `body` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(text) => self.bytes("application/json", text),
            Err(error) => {
                self.blame(error);
                self
            }
        }
    }

    /// Sends bytes of the given media type.
    pub fn bytes(mut self, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = Body::Bytes(body.into());
        self
    }

    /// Sends a stream. Such a request is never repeated, and its time limit is not for the whole but for each
    /// moment in which nothing moves.
    pub fn stream<S>(mut self, body: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let progress = Progress::new();
        let noted = progress.clone();
        // Asked for more: what came before is on its way.
        let body = body.inspect_ok(move |_piece| noted.made());
        self.body = Body::Once(reqwest::Body::wrap_stream(body), progress);
        self.is_repeatable = false;
        self
    }

    /// Sends a stream whose length is known, with a `Content-Length` instead of chunks. A stream that turns out
    /// shorter or longer breaks the connection before its last byte, so that no peer takes it for a whole one; of one
    /// that is to be empty nothing is read.
    pub fn stream_of<S>(self, length: u64, body: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        self.header(CONTENT_LENGTH, &length.to_string())
            .stream::<Pieces>(exactly(length, body))
    }

    /// Says that repeating is safe although the method alone does not, for example thanks to an idempotency key.
    pub fn repeatable(mut self) -> Self {
        self.is_repeatable = !matches!(self.body, Body::Once(..));
        self
    }

    /// Says that repeating is not safe although the method is, for peers whose GET does something.
    pub fn once(mut self) -> Self {
        self.is_repeatable = false;
        self
    }

    /// Another time limit for each attempt.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Another cap on the answer.
    pub fn max_body_bytes(mut self, limit: usize) -> Self {
        self.max_body_bytes = limit;
        self
    }

    fn blame(&mut self, source: impl std::error::Error + Send + Sync + 'static) {
        self.fault.get_or_insert(Error::Request {
            operation: self.operation,
            source: Box::new(source),
        });
    }

    /// Sends the request, asking again as the client's policy allows, and reads the whole answer. A failing
    /// status is **not** an error here: see [`Response::checked`].
    ///
    /// # Errors
    /// If no answer could be read.
    pub fn send(self) -> BoxFuture<'static, Result<Response, Error>> {
        // On the heap, so that the futures of callers stay small.
        Box::pin(self.send_with_retries())
    }

    async fn send_with_retries(mut self) -> Result<Response, Error> {
        let mut attempt = 1;
        loop {
            let header = self.credentials().await?;
            let mut result = self.attempt(header.clone()).await;
            let is_refused =
                matches!(&result, Ok(answer) if answer.status() == http::StatusCode::UNAUTHORIZED);
            if is_refused && let Some(other) = self.another(header).await? {
                result = self.attempt(Some(other.clone())).await;
                if matches!(&result, Ok(answer) if answer.status() == http::StatusCode::UNAUTHORIZED)
                {
                    self.client.auth.refused(&other.1);
                }
            }
            let Some((kind, effect, retry_after)) = failure(&result) else {
                self.client.inner.budget.reward();
                return result;
            };
            let situation = Situation {
                attempt,
                is_repeatable: self.is_repeatable,
                kind,
                effect,
                retry_after,
                draw: rand::random(),
            };
            match decide(&self.client.settings.retry, &situation) {
                Decision::RetryAfter(delay)
                    if self.may_resend() && self.client.inner.budget.take() =>
                {
                    tracing::debug!(attempt, kind = kind.as_str(), delay = ?delay, "asking the peer again");
                    tokio::time::sleep(delay).await;
                    attempt += 1;
                }
                _ => return result,
            }
        }
    }

    /// Sends the request once, and once more with other credentials if it was refused and there are any, and hands out
    /// the answer as soon as its headers are there. The time limit covers the headers, and then each wait for more of
    /// the body.
    ///
    /// # Errors
    /// If no answer came.
    pub fn send_streaming(self) -> BoxFuture<'static, Result<StreamingResponse, Error>> {
        Box::pin(self.send_once())
    }

    async fn send_once(mut self) -> Result<StreamingResponse, Error> {
        let header = self.credentials().await?;
        let answer = self.begin(header.clone()).await?;
        if answer.status() == http::StatusCode::UNAUTHORIZED
            && let Some(other) = self.another(header).await?
        {
            let answer = self.begin(Some(other.clone())).await?;
            if answer.status() == http::StatusCode::UNAUTHORIZED {
                self.client.auth.refused(&other.1);
            }
            return Ok(answer);
        }
        Ok(answer)
    }

    async fn begin(&mut self, header: Option<Credential>) -> Result<StreamingResponse, Error> {
        let (timeout, operation) = (self.timeout, self.operation);
        let (request, progress) = self.take(header)?;
        // Without a body to be sent nothing ever moves.
        let progress = progress.unwrap_or_else(Progress::new);
        match progress.watch(timeout, request.send()).await {
            Some(Ok(answer)) => Ok(StreamingResponse::new(operation, answer, timeout)),
            Some(Err(error)) => Err(Error::from_reqwest(operation, error)),
            None => Err(Error::Timeout { operation }),
        }
    }

    async fn credentials(&self) -> Result<Option<Credential>, Error> {
        let operation = self.operation;
        let header = self.client.auth.header().await;
        header.map_err(|source| Error::Credentials { operation, source })
    }

    /// Other credentials than those that were refused, if there are any and the request can be sent again.
    async fn another(&self, refused: Option<Credential>) -> Result<Option<Credential>, Error> {
        let Some((_, refused)) = refused else {
            return Ok(None);
        };
        self.client.auth.refused(&refused);
        if !self.may_resend() {
            return Ok(None);
        }
        let operation = self.operation;
        let other = self.client.auth.another(&refused).await;
        other.map_err(|source| Error::Credentials { operation, source })
    }

    fn may_resend(&self) -> bool {
        matches!(self.body, Body::Empty | Body::Bytes(_)) && self.fault.is_none()
    }

    async fn attempt(&mut self, header: Option<Credential>) -> Result<Response, Error> {
        let (timeout, operation, limit) = (self.timeout, self.operation, self.max_body_bytes);
        let (request, progress) = self.take(header)?;
        let exchange = |request: reqwest::RequestBuilder| async move {
            let answer = request
                .send()
                .await
                .map_err(|error| Error::from_reqwest(operation, error))?;
            Response::read(operation, answer, limit).await
        };
        match progress {
            None => exchange(request.timeout(timeout)).await,
            Some(progress) => {
                let outcome = progress.watch(timeout, exchange(request)).await;
                outcome.unwrap_or(Err(Error::Timeout { operation }))
            }
        }
    }

    /// The engine's form of this request. A streamed body can be taken once.
    fn take(
        &mut self,
        credentials: Option<Credential>,
    ) -> Result<(reqwest::RequestBuilder, Option<Progress>), Error> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let mut headers = self.headers.clone();
        if let Some((name, value)) = credentials {
            headers.insert(name, value);
        }
        if let Some(parent) = trace_context::current() {
            headers.insert(HeaderName::from_static("traceparent"), parent);
        }
        let request = self
            .client
            .inner
            .engine
            .request(self.method.clone(), self.url.clone())
            .headers(headers);
        Ok(match std::mem::replace(&mut self.body, Body::Empty) {
            Body::Empty => (request, None),
            Body::Bytes(bytes) => {
                self.body = Body::Bytes(bytes.clone());
                (request.body(bytes), None)
            }
            Body::Once(body, progress) => {
                self.body = Body::Spent;
                (request.body(body), Some(progress))
            }
            Body::Spent => {
                return Err(Error::Request {
                    operation: self.operation,
                    source: "the body was sent already".into(),
                });
            }
        })
    }
}

/// What a retry has to know about a result, if it is a failure at the level of HTTP.
fn failure(
    result: &Result<Response, Error>,
) -> Option<(crate::ErrorKind, crate::Effect, Option<Duration>)> {
    match result {
        Ok(response) if response.status().is_success() => None,
        Ok(response) => {
            let (status, after) = (response.status(), response.retry_after());
            Some((
                crate::ErrorKind::of_status(status, after),
                crate::Effect::of_status(status),
                after,
            ))
        }
        Err(error) => Some((error.kind(), error.effect(), error.retry_after())),
    }
}
