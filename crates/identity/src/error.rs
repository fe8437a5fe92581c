//! Why somebody was not let in, or something was not done.

use std::time::Duration;

use bheem_domain::Invalid;

use crate::Method;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal or a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Wrong name or wrong password; which of the two is not told.
    #[error("Invalid username or password")]
    BadCredentials,
    /// Name and password are right, and the account may not sign in.
    #[error("User account is disabled")]
    AccountDisabled,
    /// No token, or one that is not valid (any more).
    #[error("Invalid token")]
    InvalidToken,
    /// Too many failures; or too many passwords waiting to be hashed.
    #[error("too many attempts")]
    TooMany {
        /// When to come back.
        retry_after: Duration,
    },
    /// A field is not acceptable.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The name is taken.
    #[error("Username already exists")]
    UsernameTaken,
    /// There is nothing of that kind which is yours.
    #[error("Session not found")]
    SessionNotFound,
    /// The link was used, has lapsed, or never was.
    #[error("This link is not valid any more")]
    BadLink,
    /// Name and password are right; a second factor is needed beside them.
    #[error("A second factor is required")]
    SecondFactorRequired {
        /// With what the person may prove it.
        methods: Vec<Method>,
    },
    /// The second factor is wrong, or was used before.
    #[error("The second factor is not valid")]
    BadSecondFactor,
    /// A tenant demands a second factor and the account has none yet.
    #[error("Your organisation requires a second factor; set one up on the sign-in page")]
    EnrolmentRequired,
    /// It takes a sign-in of the last minutes, or the password.
    #[error("Sign in again, or give your password, to change this")]
    RecentSignInRequired,
    /// There is an authenticator app already.
    #[error("An authenticator app is set up already")]
    FactorExists,
    /// There is no such factor.
    #[error("There is no such second factor")]
    FactorNotFound,
    /// A tenant demands a second factor, and this is the last one.
    #[error("Your organisation requires a second factor; add another one first")]
    LastFactor,
    /// The installation's address is none that passkeys can be bound to.
    #[error("Passkeys are not available at this address")]
    PasskeysUnavailable,
    /// Where the account comes from cannot be asked.
    #[error("Sign-in is not available at the moment")]
    Unavailable,
    /// The database failed.
    #[error("a failure of the database")]
    Database(#[from] bheem_persistence::Error),
    /// A key or seal failed.
    #[error("a failure of the vault")]
    Vault(#[from] bheem_vault::Error),
    /// Signing or hashing failed.
    #[error("a failure of the cryptographic library: {0}")]
    Crypto(&'static str),
}
