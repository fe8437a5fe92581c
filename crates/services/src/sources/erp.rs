//! People of an ERP, whose database is read and never written.

use async_trait::async_trait;
use bheem_domain::DomainName;
use bheem_identity::{IdentitySource, Ownership, Passwords, Verdict, Verified};
use bheem_persistence::ErpUsers;
use secrecy::SecretString;

use super::is_on;

/// See the module.
#[derive(Clone)]
pub struct ErpSource {
    users: ErpUsers,
    passwords: Passwords,
    domains: Vec<DomainName>,
}

impl std::fmt::Debug for ErpSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErpSource").finish_non_exhaustive()
    }
}

impl ErpSource {
    /// The people of the ERP; their passwords are checked among our own, a few at a time. Every address
    /// on `domains` is one of theirs.
    #[must_use]
    pub fn new(users: ErpUsers, passwords: Passwords, domains: Vec<DomainName>) -> Self {
        Self {
            users,
            passwords,
            domains,
        }
    }
}

#[async_trait]
impl IdentitySource for ErpSource {
    fn name(&self) -> &'static str {
        "erp_database"
    }

    async fn owns(&self, name: &str) -> Ownership {
        if is_on(&self.domains, name) {
            return Ownership::Owned;
        }
        match self.users.knows(name).await {
            Ok(true) => Ownership::Owned,
            Ok(false) => Ownership::Unclaimed,
            Err(error) => {
                tracing::warn!(%error, "the ERP's database cannot be asked");
                Ownership::Unavailable
            }
        }
    }

    async fn verify(&self, name: &str, password: &SecretString) -> Verdict {
        let user = match self.users.find(name).await {
            Ok(user) => user.filter(|user| user.is_active),
            Err(error) => {
                tracing::warn!(%error, "the ERP's database cannot be asked");
                return Verdict::Unavailable;
            }
        };
        let hash = user.as_ref().and_then(|user| user.hashed_password.clone());
        match (self.passwords.verify(password.clone(), hash).await, user) {
            (Ok(true), Some(user)) => Verdict::Verified(Box::new(Verified {
                subject: user.id,
                username: user.username,
                email: user.email,
                full_name: user.full_name,
                company_id: user.company_id,
                company_code: user.company_code,
                person_id: user.person_id,
                ..Verified::default()
            })),
            (Ok(_), _) => Verdict::Refused,
            (Err(error), _) => {
                tracing::warn!(%error, "a password of the ERP cannot be checked");
                Verdict::Unavailable
            }
        }
    }
}
