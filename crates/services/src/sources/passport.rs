//! People of Passport. Their password is checked there each time; what it answers about the person is
//! read with the token it gave, which is then forgotten.

use async_trait::async_trait;
use bheem_domain::DomainName;
use bheem_identity::{IdentitySource, Ownership, Verdict, Verified};
use bheem_passport::{Client, Error, SignIn};
use secrecy::SecretString;

use super::is_on;

/// See the module.
#[derive(Debug, Clone)]
pub struct PassportSource {
    passport: Client,
    company_code: String,
    domains: Vec<DomainName>,
}

impl PassportSource {
    /// The people of one company of Passport, which cannot be asked for a name without a password. Every
    /// address on `domains` is one of theirs.
    #[must_use]
    pub fn new(
        passport: Client,
        company_code: impl Into<String>,
        domains: Vec<DomainName>,
    ) -> Self {
        Self {
            passport,
            company_code: company_code.into(),
            domains,
        }
    }

    async fn ask(&self, name: &str, password: &SecretString) -> Result<Verdict, Error> {
        let company = &self.company_code;
        let signed_in = self
            .passport
            .sign_in(name, password.clone(), company)
            .await?;
        let SignIn::Tokens(tokens) = signed_in else {
            return Ok(Verdict::Refused);
        };
        let person = self.passport.current_user(&tokens.access_token).await?;
        Ok(Verdict::Verified(Box::new(Verified {
            subject: person.id,
            username: person.username,
            email: person.email,
            full_name: person.full_name,
            company_id: person.company_id.and_then(|id| id.parse().ok()),
            company_code: person.company_code,
            person_id: person.person_id.and_then(|id| id.parse().ok()),
            ..Verified::default()
        })))
    }
}

#[async_trait]
impl IdentitySource for PassportSource {
    fn name(&self) -> &'static str {
        "passport"
    }

    async fn owns(&self, name: &str) -> Ownership {
        if is_on(&self.domains, name) {
            Ownership::Owned
        } else {
            Ownership::Unclaimed
        }
    }

    async fn verify(&self, name: &str, password: &SecretString) -> Verdict {
        self.ask(name, password).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "Passport cannot say who somebody is");
            Verdict::Unavailable
        })
    }
}
