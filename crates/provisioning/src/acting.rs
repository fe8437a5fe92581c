//! Acting for a person at a peer: with a token of our own provider where the peer takes one, else with the app
//! password that is kept for the person there.

use std::{fmt, sync::Arc};

use bheem_domain::AccountId;
use bheem_http_kit::{Auth, CredentialSource, Fallback, Preference, SecretString, SourceError};
use futures::future::BoxFuture;

/// Makes tokens with which the workspace acts for a person.
pub trait ActingTokens: Send + Sync {
    /// A token of a minute for the account, good at `audience` alone.
    fn token<'a>(
        &'a self,
        account_id: AccountId,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>>;
}

/// How a peer is told for whom the workspace acts.
#[derive(Clone)]
pub(crate) struct Acting {
    tokens: Arc<dyn ActingTokens>,
    audience: Arc<str>,
    preference: Arc<Preference>,
}

impl fmt::Debug for Acting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acting")
            .field("audience", &self.audience)
            .field("preference", &self.preference)
            .finish_non_exhaustive()
    }
}

/// The tokens of one account.
struct Tokens {
    acting: Acting,
    account_id: AccountId,
}

impl Acting {
    pub(crate) fn new(
        tokens: Arc<dyn ActingTokens>,
        audience: &str,
        preference: Arc<Preference>,
    ) -> Self {
        Self {
            tokens,
            audience: audience.into(),
            preference,
        }
    }

    /// A token for one person, and nothing else.
    pub(crate) fn token_of(&self, account_id: AccountId) -> Auth {
        Auth::Source(Arc::new(Tokens {
            acting: self.clone(),
            account_id,
        }))
    }

    /// Credentials for one person: a token, and what is kept for a peer that refuses tokens.
    pub(crate) fn auth(&self, account_id: AccountId, kept: Auth) -> Auth {
        let tokens = Tokens {
            acting: self.clone(),
            account_id,
        };
        let preference = Arc::clone(&self.preference);
        let person = account_id.to_string();
        Auth::Source(Arc::new(Fallback::new(
            Arc::new(tokens),
            kept,
            person,
            preference,
        )))
    }
}

impl CredentialSource for Tokens {
    fn credentials(&self) -> BoxFuture<'_, Result<Auth, SourceError>> {
        Box::pin(async {
            let acting = &self.acting;
            let token = acting
                .tokens
                .token(self.account_id, &acting.audience)
                .await?;
            Ok(Auth::bearer(token))
        })
    }
}
