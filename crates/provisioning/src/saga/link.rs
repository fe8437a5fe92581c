//! Single-use links that set a password or prove an address. The token is a keyed hash of the step's effect key: a step that is repeated
//! sends the same link, and nobody without the key can guess it. Only its hash is kept.

use bheem_domain::{AccountId, EmailAddress, LinkTokenId, TenantId};
use bheem_persistence::repo::{LinkPurpose, LinkTokens, NewLinkToken};
use bheem_saga::Failure;
use bheem_vault::token;
use uuid::Uuid;

use super::Deps;
use crate::connector::{database, vault};

/// A link that is to be sent.
pub(crate) struct Link {
    purpose: LinkPurpose,
    token: String,
    invited_to: Option<TenantId>,
}

impl Link {
    pub(crate) fn new(
        deps: &Deps,
        purpose: LinkPurpose,
        effect_key: Uuid,
    ) -> Result<Self, Failure> {
        let name = match purpose {
            LinkPurpose::SetPassword => "identity.set_password_link",
            LinkPurpose::ResetPassword => "identity.reset_password_link",
            LinkPurpose::VerifyEmail => "identity.verify_email_link",
        };
        let tag = deps
            .vault
            .authenticate(name, effect_key.as_bytes())
            .map_err(|error| vault(&error))?;
        Ok(Self {
            purpose,
            token: token::encode(&tag),
            invited_to: None,
        })
    }

    /// Whoever redeems it accepts the invitation of this tenant.
    pub(crate) fn inviting_to(mut self, tenant_id: TenantId) -> Self {
        self.invited_to = Some(tenant_id);
        self
    }

    /// Keeps the hash, before anybody is sent the link.
    pub(crate) async fn keep(
        &self,
        deps: &Deps,
        mut links: LinkTokens<'_>,
        account_id: AccountId,
        delivered_to: &EmailAddress,
    ) -> Result<(), Failure> {
        let clock = deps.database.clock();
        let now = clock.now();
        links
            .upsert(&NewLinkToken {
                id: LinkTokenId::generate(&**clock),
                account_id,
                purpose: self.purpose,
                token_hash: &token::hash(self.token.as_bytes()),
                delivered_to: &delivered_to.to_string(),
                invited_to: self.invited_to,
                created_at: now,
                expires_at: now + deps.config.link_life,
            })
            .await
            .map_err(|error| database(&error))
    }

    /// The address of the page that redeems it. The token is in the fragment, which browsers send to no server.
    pub(crate) fn url(&self, deps: &Deps) -> String {
        let page = match self.purpose {
            LinkPurpose::SetPassword => "/set-password",
            LinkPurpose::ResetPassword => "/reset-password",
            LinkPurpose::VerifyEmail => "/verify-email",
        };
        format!("{}#token={}", deps.config.page(page), self.token)
    }
}
