//! Redeeming an authorization code (RFC 6749 section 4.1.3, RFC 7636, RFC 9449 section 10).
//!
//! A code is used up by whoever presents it, rightly or not, and in the transaction that begins the
//! grant: nobody can guess at its verifier twice, and of many who present it one gets tokens. When
//! its own client presents it again, somebody has a copy, and what was given for it ends.

use bheem_persistence::repo::AuthorizationCodeRecord;
use bheem_vault::token;
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use super::{TokenRequest, answer::Basis, grant::Agreed};
use crate::{Answer, OAuthError, Outcome, Provider, scope};

impl Provider {
    pub(super) async fn redeem_code(&self, request: TokenRequest<'_>) -> Outcome<Answer> {
        let code = request.parameters.required("code")?;
        let hash = token::hash(code.as_bytes());
        let now = self.inner.clock.now();
        let grant_id = self.inner.clock.new_uuid();
        let scope = Self::scope("redeem an authorization code");
        let mut tx = self.inner.database.system(&scope).await?;
        let Some(record) = tx
            .authorization_codes()
            .consume(&hash, grant_id, now)
            .await?
        else {
            tx.commit().await?;
            return self.refuse_used_code(&request, &hash, now).await;
        };
        let fits = check(&record, &request, now).and_then(|()| {
            scope::audience(
                &self.inner.config,
                request.client,
                request.parameters,
                &record.resources,
            )
        });
        let audience = match fits {
            Ok(audience) => audience,
            Err(refusal) => {
                // Used up all the same.
                tx.commit().await?;
                return Err(refusal.into());
            }
        };
        let agreed = Agreed {
            account_id: record.account_id,
            session_id: record.session_id,
            scopes: record.scopes,
            resources: record.resources,
            claims: record.claims,
            nonce: record.nonce,
            authenticated_at: record.authenticated_at,
            amr: record.amr,
        };
        let begun = self
            .begin_grant(&mut tx, &request, grant_id, agreed, now)
            .await?;
        tx.commit().await?;
        let (grant, person) = begun?;
        let basis = Basis::from(&grant);
        Ok(self.answer_grant(request, &basis, &person, audience, &grant.scopes, now)?)
    }

    /// Section 4.1.2: tokens that were given for a code which comes again are revoked.
    async fn refuse_used_code(
        &self,
        request: &TokenRequest<'_>,
        hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Outcome<Answer> {
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("refuse a used code"))
            .await?;
        if let Some(record) = read.authorization_codes().find(hash).await?
            && record.client_id == request.client.id()
            && let Some(grant_id) = record.grant_id
            && read.grants().revoke(grant_id, "code_reuse", now).await?
        {
            tracing::warn!(client.id = %record.client_id, "an authorization code came twice; its tokens end");
            metrics::counter!("oidc_code_reuse_total").increment(1);
            self.inner.identity.revocations().add(grant_id, now);
        }
        Err(invalid("the code is not valid").into())
    }
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new("invalid_grant", why)
}

/// Whether the request may have what the code stands for.
fn check(
    record: &AuthorizationCodeRecord,
    request: &TokenRequest<'_>,
    now: DateTime<Utc>,
) -> Result<(), OAuthError> {
    if record.client_id != request.client.id() {
        return Err(invalid("the code is not valid"));
    }
    if record.expires_at <= now {
        return Err(invalid("the code has expired"));
    }
    if request.parameters.get("redirect_uri") != Some(record.redirect_uri.as_str()) {
        return Err(invalid("redirect_uri is not that of the request"));
    }
    check_verifier(
        record.code_challenge.as_deref(),
        request.parameters.get("code_verifier"),
    )?;
    match (&record.dpop_jkt, &request.jkt) {
        (Some(wanted), Some(given)) if wanted == given => Ok(()),
        (Some(_), _) => Err(invalid("the code is bound to another key")),
        (None, _) => Ok(()),
    }
}

/// RFC 7636 section 4.6. A verifier without a challenge is a sign that somebody took the challenge
/// out of the request (RFC 9700 section 4.8.2).
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(invalid("the request had no code_challenge")),
        (Some(_), None) => Err(invalid("code_verifier is missing")),
        (Some(challenge), Some(verifier)) => {
            let is_verifier = (43..=128).contains(&verifier.len())
                && verifier
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
            let hash = token::encode(&token::hash(verifier.as_bytes()));
            if is_verifier && hash.as_bytes().ct_eq(challenge.as_bytes()).into() {
                Ok(())
            } else {
                Err(invalid("code_verifier does not fit"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_the_standard_fits_its_challenge() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(check_verifier(Some(challenge), Some(verifier)).is_ok());
        assert!(check_verifier(None, None).is_ok());
        for (challenge, verifier) in [
            (Some(challenge), None),
            (Some(challenge), Some(challenge)),
            (Some(challenge), Some("short")),
            (Some(verifier), Some(verifier)),
            (None, Some(verifier)),
        ] {
            let refused = check_verifier(challenge, verifier).unwrap_err();
            assert_eq!(refused.code, "invalid_grant");
        }
    }
}
