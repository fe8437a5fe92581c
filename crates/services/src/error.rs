//! The few ways in which a use case ends badly.

use std::time::Duration;

use bheem_domain::Invalid;
use bheem_identity::Reached;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing, or it is another tenant's.
    #[error("{0}")]
    NotFound(&'static str),
    /// Nobody is signed in, or not any more.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Known, and told no.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A field is not acceptable.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The state of things stands against it.
    #[error("{detail}")]
    Conflict {
        /// Stable, for programs.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// Signing in, or what was asked for, takes more proof of who it is.
    #[error("{detail}")]
    ProofRequired {
        /// Stable, for programs.
        code: &'static str,
        /// For people.
        detail: String,
        /// How it may be given.
        methods: Vec<&'static str>,
    },
    /// The plan does not allow more.
    #[error("{0}")]
    QuotaExceeded(String),
    /// The peer for it is not configured.
    #[error("{0} is not configured")]
    PeerNotConfigured(&'static str),
    /// Not now.
    #[error("busy")]
    Busy {
        /// When to come back.
        retry_after: Duration,
        /// Whether it is the caller who came too often.
        is_callers_fault: bool,
    },
    /// Something was asked for more often than it may be.
    #[error("too many requests")]
    LimitReached(Reached),
    /// A fault of ours.
    #[error("an internal failure")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Code of a conflict with a run that is at work on the same thing.
const OPERATION_RUNNING: &str = "operation_running";

impl Error {
    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            detail: detail.into(),
        }
    }
}

impl Error {
    fn proof(code: &'static str, error: &bheem_identity::Error) -> Self {
        Self::ProofRequired {
            code,
            detail: error.to_string(),
            methods: Vec::new(),
        }
    }
}

impl From<bheem_persistence::Error> for Error {
    fn from(error: bheem_persistence::Error) -> Self {
        use bheem_persistence::Error as E;
        let away = |seconds| Self::Busy {
            retry_after: Duration::from_secs(seconds),
            is_callers_fault: false,
        };
        match error {
            E::Unavailable(source) => {
                tracing::warn!(error = %source, "the database is not available");
                away(5)
            }
            E::Contention(_) => away(1),
            E::ShareTaken => Self::Busy {
                retry_after: Duration::from_secs(1),
                is_callers_fault: true,
            },
            E::KeyLost => Self::conflict(
                "idempotency_key_busy",
                "Another attempt with this Idempotency-Key is at work; ask again",
            ),
            E::NotFound { what: "tenant" } => Self::NotFound("Tenant not found"),
            E::NotFound { what: "member" } => Self::NotFound("User not found"),
            E::NotFound { what: "domain" } => Self::NotFound("Domain not found"),
            E::Duplicate { .. } => Self::conflict(
                "changed_meanwhile",
                "Somebody else changed this at the same moment; look again",
            ),
            E::Saga(source) => (*source).into(),
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<bheem_saga::Error> for Error {
    fn from(error: bheem_saga::Error) -> Self {
        use bheem_saga::Error as E;
        match error {
            E::ActiveRun { run_id } => Self::conflict(
                OPERATION_RUNNING,
                format!("Operation {run_id} is still at work on this"),
            ),
            E::Busy { run_id } => Self::conflict(
                OPERATION_RUNNING,
                format!("Operation {run_id} is at work at this moment; try again"),
            ),
            E::UnknownRun { .. } => Self::NotFound("Operation not found"),
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<bheem_provisioning::Error> for Error {
    fn from(error: bheem_provisioning::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<bheem_identity::Error> for Error {
    fn from(error: bheem_identity::Error) -> Self {
        use bheem_identity::Error as E;
        match error {
            E::BadCredentials => Self::Unauthenticated("Invalid username or password"),
            E::AccountDisabled => Self::Forbidden("User account is disabled"),
            E::InvalidToken => Self::Unauthenticated("Invalid token"),
            E::TooMany { retry_after } => Self::Busy {
                retry_after,
                is_callers_fault: true,
            },
            E::LimitReached(reached) => Self::LimitReached(reached),
            E::Invalid(invalid) => Self::Invalid(invalid),
            E::UsernameTaken => Self::conflict("username_taken", "Username already exists"),
            E::AccountNotFound => Self::NotFound("Account not found"),
            E::LastSuperAdmin => Self::conflict("last_super_admin", error.to_string()),
            E::SessionNotFound => Self::NotFound("Session not found"),
            E::SecondFactorRequired { ref methods } => Self::ProofRequired {
                code: "second_factor_required",
                methods: methods.iter().map(|method| method.as_str()).collect(),
                detail: error.to_string(),
            },
            E::LinkNeedsAccount => Self::proof("account_or_password_required", &error),
            E::Renamed { .. } => Self::proof("account_renamed", &error),
            E::BadSecondFactor => Self::proof("second_factor_invalid", &error),
            E::EnrolmentRequired => Self::proof("second_factor_enrolment_required", &error),
            E::RecentSignInRequired => Self::proof("recent_sign_in_required", &error),
            E::FactorExists => Self::conflict("factor_exists", error.to_string()),
            E::LastFactor => Self::conflict("last_factor", error.to_string()),
            E::FactorNotFound => Self::NotFound("There is no such second factor"),
            E::PasskeysUnavailable => Self::conflict("passkeys_unavailable", error.to_string()),
            E::Unavailable => Self::Busy {
                retry_after: Duration::from_secs(30),
                is_callers_fault: false,
            },
            E::BadLink => Self::Invalid(Invalid::new("token", "This link is not valid any more")),
            E::Database(error) => error.into(),
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<bheem_vault::Error> for Error {
    fn from(error: bheem_vault::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}
