//! Where people come from who have no account of ours: other systems that check their passwords.
//!
//! Somebody whom a source knows gets an account that mirrors theirs, bound by the source's own id and
//! by nothing else: neither a name nor an address that happens to be the same makes two people one.

mod collisions;
mod mirror;

pub(crate) use collisions::is_proven_name;

use async_trait::async_trait;
use secrecy::SecretString;
use uuid::Uuid;

/// A system that checks passwords.
#[async_trait]
pub trait IdentitySource: Send + Sync {
    /// The name under which its people are kept: `passport` or `erp_database`.
    fn name(&self) -> &'static str;

    /// Whether a name is one of its people's, as far as it can tell without a password.
    async fn owns(&self, _name: &str) -> Ownership {
        Ownership::Unclaimed
    }

    /// Asks whether somebody is who they say. Never fails: a source that cannot be asked says so.
    async fn verify(&self, name: &str, password: &SecretString) -> Verdict;
}

/// Whose a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// A person's of the source, or it is on a domain of the source.
    Owned,
    /// Nobody's there, as far as it can tell.
    Unclaimed,
    /// It cannot be asked at the moment.
    Unavailable,
}

/// What a source says.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is this person.
    Verified(Box<Verified>),
    /// Wrong name or password, or not allowed to sign in.
    Refused,
    /// It cannot be asked at the moment.
    Unavailable,
}

/// A person as a source knows them.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// The source's own id of the person; never changes and is never given to anybody else.
    pub subject: String,
    /// The name there.
    pub username: String,
    /// The address there.
    pub email: Option<String>,
    /// Whether the source has proven that address.
    pub is_email_proven: bool,
    /// The person's name.
    pub full_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Company of an ERP.
    pub company_id: Option<Uuid>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
    /// Person of an ERP.
    pub person_id: Option<Uuid>,
}
