//! Tokens with which the workspace acts for people, made by our own provider. Nobody is acted for who has no seat in an
//! open tenant.

use bheem_domain::AccountId;
use bheem_http_kit::SourceError;
use bheem_identity::Identity;
use bheem_persistence::{Database, SystemScope};
use bheem_provisioning::ActingTokens;
use futures::future::BoxFuture;
use secrecy::SecretString;

/// What such a token may do; peers look at the audience.
const SCOPE: &str = "openid";

/// See the module.
pub(crate) struct OwnTokens {
    pub(crate) identity: Identity,
    pub(crate) database: Database,
}

/// Nobody acts for the person any more.
#[derive(Debug, thiserror::Error)]
#[error("the person has no seat in an open workspace")]
struct NoSeat;

impl ActingTokens for OwnTokens {
    fn token<'a>(
        &'a self,
        account_id: AccountId,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>> {
        Box::pin(async move {
            let scope = SystemScope::server("whether somebody may be acted for");
            let mut read = self.database.system_read(&scope).await?;
            if read.tenants().count_open_seats_of(account_id).await? == 0 {
                return Err(SourceError::from(NoSeat));
            }
            drop(read);
            let tokens = self.identity.user_tokens();
            tokens
                .token(account_id, audience, SCOPE)
                .await
                .map_err(SourceError::from)
        })
    }
}
