//! Why somebody was not let in, or something was not done.

use std::time::Duration;

use bheem_domain::Invalid;

use crate::{Method, limits::Reached};

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
    /// Something was asked for more often than it may be.
    #[error("too many requests")]
    LimitReached(Reached),
    /// A field is not acceptable.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The name is taken.
    #[error("Username already exists")]
    UsernameTaken,
    /// There is no such account.
    #[error("Account not found")]
    AccountNotFound,
    /// Nobody would be left who may administer the platform.
    #[error("This is the last platform administrator")]
    LastSuperAdmin,
    /// There is nothing of that kind which is yours.
    #[error("Session not found")]
    SessionNotFound,
    /// The link was used, has lapsed, or never was.
    #[error("This link is not valid any more")]
    BadLink,
    /// The link proves an address, and nothing tells that the account which asked for it is of whoever
    /// opened it.
    #[error(
        "Sign in to the account that asked for this link, or choose a password for a new account with this address"
    )]
    LinkNeedsAccount,
    /// The name was an address, which somebody else has proven. The password is that of the account
    /// which had the name.
    #[error(
        "Somebody has proven that this address is theirs. Your account is called {username} now; sign in with that name"
    )]
    Renamed {
        /// What the account is called now.
        username: String,
    },
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
    #[error(
        "This workspace requires a second factor; set one up in your account, then sign in again"
    )]
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
