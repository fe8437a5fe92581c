//! Answers to requests that end badly: RFC 9457 problems. The only place that picks a status.

use std::time::Duration;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use bheem_domain::Invalid;
use bheem_identity::Limit;
use bheem_persistence::Effect;
use bheem_services::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem, as it is sent (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Stable, for programs.
    pub code: String,
    /// Find it in the log under this id.
    pub trace_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// How a second factor may be proven, where one is needed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<&'static str>,
    /// What an earlier request with the same `Idempotency-Key` did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub done: Option<Effect>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field, as a path into the request.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// When to come back, and what limit says so.
#[derive(Debug)]
struct Wait {
    after: Duration,
    limit: Option<Limit>,
}

/// A problem on its way out.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    methods: Box<[&'static str]>,
    wait: Option<Box<Wait>>,
    challenge: Option<Box<str>>,
    done: Option<Box<Effect>>,
}

/// What a handler answers with.
pub type Answer<T = HttpResponse> = Result<T, Problem>;

impl Problem {
    /// A problem with its status, stable code and detail.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            methods: Box::default(),
            wait: None,
            challenge: None,
            done: None,
        }
    }

    /// Says what was done before.
    #[must_use]
    pub(crate) fn with_done(mut self, effect: Effect) -> Self {
        self.done = Some(Box::new(effect));
        self
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// Somebody is signed in, but not strongly or not recently enough (RFC 9470). `wanted` is what a new
    /// sign-in has to be asked for, as parameters of the challenge.
    #[must_use]
    pub fn insufficient_authentication(wanted: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "insufficient_user_authentication",
            "Sign in again, more strongly or more recently, to do this",
        );
        problem.challenge = Some(Box::from(format!(
            "Bearer realm=\"bheem-workspace\", error=\"insufficient_user_authentication\", {wanted}"
        )));
        problem
    }

    /// Known, and told no.
    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// It is our fault; what it was is in the log.
    #[must_use]
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
        )
    }

    /// A field is not acceptable. The field stands among the errors, and the detail is the sentence alone.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", reason.clone());
        problem.errors.push(FieldProblem { field, reason });
        problem
    }

    /// The same problem, but one that says "not found" says it of another thing.
    #[must_use]
    pub fn or_not_found(self, detail: &str) -> Self {
        if self.status == StatusCode::NOT_FOUND {
            Self::not_found(detail)
        } else {
            self
        }
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.wait = Some(Box::new(Wait { after, limit: None }));
        self
    }

    /// The body, naming the request.
    pub(crate) fn body(&self, trace_id: String) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:bheem:problem:{}", self.code),
            title: self
                .status
                .canonical_reason()
                .unwrap_or("Problem")
                .to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            trace_id,
            errors: self.errors.clone(),
            methods: self.methods.to_vec(),
            done: self.done.as_deref().cloned(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)?;
        for error in &self.errors {
            write!(f, " ({})", error.field)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = self.challenge.as_deref();
            let challenge = challenge.unwrap_or("Bearer realm=\"bheem-workspace\"");
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if let Some(wait) = &self.wait {
            let seconds = wait.after.as_secs().max(1);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            // As draft-ietf-httpapi-ratelimit-headers has them.
            if let Some(Limit {
                name,
                quota,
                window,
            }) = wait.limit
            {
                let window = window.as_secs();
                let policy = format!("\"{name}\";q={quota};w={window}");
                response.insert_header(("RateLimit-Policy", policy));
                response.insert_header(("RateLimit", format!("\"{name}\";r=0;t={seconds}")));
            }
        }
        response.json(self.body(crate::http::request_id::current()))
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(invalid.field, invalid.reason)
    }
}

impl From<bheem_identity::Error> for Problem {
    fn from(error: bheem_identity::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<bheem_oidc_provider::AdminError> for Problem {
    fn from(error: bheem_oidc_provider::AdminError) -> Self {
        use bheem_oidc_provider::AdminError;
        match error {
            AdminError::Invalid(invalid) => invalid.into(),
            AdminError::NotFound => Self::not_found("Client not found"),
            AdminError::Taken => Self::new(
                StatusCode::CONFLICT,
                "client_id_taken",
                "Client id already exists",
            ),
            AdminError::Conflict => Self::new(
                StatusCode::CONFLICT,
                "changed",
                "The client has changed in the meantime",
            ),
            AdminError::Forbidden => Self::forbidden("You must be an admin of this workspace"),
            error => {
                tracing::error!(error = %crate::logging::chain(&error), "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<bheem_oidc_provider::Error> for Problem {
    fn from(error: bheem_oidc_provider::Error) -> Self {
        tracing::error!(error = %crate::logging::chain(&error), "a request failed");
        Self::internal()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NotFound(detail) => Self::not_found(detail),
            Error::Unauthenticated(detail) => Self::unauthenticated(detail),
            Error::Forbidden(detail) => Self::forbidden(detail),
            Error::Invalid(invalid) => invalid.into(),
            Error::Conflict { code, detail } => Self::new(StatusCode::CONFLICT, code, detail),
            Error::ProofRequired {
                code,
                detail,
                methods,
            } => {
                // What a new sign-in alone cannot mend is not answered by a challenge to sign in.
                let status = if code.starts_with("second_factor_") && !code.contains("enrolment") {
                    StatusCode::UNAUTHORIZED
                } else {
                    StatusCode::FORBIDDEN
                };
                let mut problem = Self::new(status, code, detail);
                problem.methods = methods.into();
                if code == "second_factor_required" {
                    problem.challenge = Some(Box::from(
                        "Bearer realm=\"bheem-workspace\", error=\"insufficient_user_authentication\", acr_values=\"aal2\"",
                    ));
                }
                problem
            }
            Error::QuotaExceeded(detail) => {
                Self::new(StatusCode::FORBIDDEN, "quota_exceeded", detail)
            }
            Error::PeerNotConfigured(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "peer_not_configured",
                detail,
            ),
            Error::Busy {
                retry_after,
                is_callers_fault: true,
            } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many attempts; try again later",
            )
            .retry_after(retry_after),
            Error::LimitReached(reached) => {
                let mut problem = Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_requests",
                    "Too many attempts; try again later",
                );
                problem.wait = Some(Box::new(Wait {
                    after: reached.retry_after,
                    limit: Some(reached.limit),
                }));
                problem
            }
            Error::Busy { retry_after, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service is busy; try again",
            )
            .retry_after(retry_after),
            // The chain goes to the log, here and once; the client gets the id to find it by.
            other => {
                tracing::error!(error = %crate::logging::chain(&other), "a request failed");
                Self::internal()
            }
        }
    }
}
