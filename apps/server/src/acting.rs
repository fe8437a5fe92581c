//! Tokens with which the workspace acts for people, made by our own provider.

use bheem_domain::AccountId;
use bheem_http_kit::SourceError;
use bheem_identity::Identity;
use bheem_provisioning::ActingTokens;
use futures::future::BoxFuture;
use secrecy::SecretString;

/// What such a token may do; peers look at the audience.
const SCOPE: &str = "openid";

/// See the module.
pub(crate) struct OwnTokens(pub(crate) Identity);

impl ActingTokens for OwnTokens {
    fn token<'a>(
        &'a self,
        account_id: AccountId,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>> {
        Box::pin(async move {
            let tokens = self.0.user_tokens();
            tokens
                .token(account_id, audience, SCOPE)
                .await
                .map_err(SourceError::from)
        })
    }
}
