//! Devices without a browser ask whether somebody has agreed (RFC 8628 section 3.4).

use bheem_persistence::repo::{DeviceCodeRecord, DeviceCodeStatus};
use bheem_vault::token;
use chrono::{DateTime, TimeDelta, Utc};

use super::{TokenRequest, answer::Basis, grant::Agreed};
use crate::{Answer, Error, OAuthError, Outcome, Provider, scope};

/// Added to the interval of a device that asks too often (section 3.5).
const SLOWER: i32 = 5;
/// No slower than this.
const SLOWEST: i32 = 300;

impl Provider {
    pub(super) async fn redeem_device_code(&self, request: TokenRequest<'_>) -> Outcome<Answer> {
        let code = request.parameters.required("device_code")?;
        let hash = token::hash(code.as_bytes());
        let now = self.inner.clock.now();
        let scope = Self::scope("redeem a device code");
        let mut tx = self.inner.database.system(&scope).await?;
        let found = tx.device_codes().lock(&hash, request.client.id()).await?;
        let record = found.ok_or_else(|| invalid("the device code is not valid"))?;
        let (interval, outcome) = look_at(&record, now);
        tx.device_codes()
            .note_poll(record.id, interval, now)
            .await?;
        let fits = outcome.and_then(|()| {
            if record.dpop_jkt.is_some() && record.dpop_jkt != request.jkt {
                return Err(invalid("the code is bound to another key"));
            }
            let config = &self.inner.config;
            scope::audience(
                config,
                request.client,
                request.parameters,
                &record.resources,
            )
        });
        let audience = match fits {
            Ok(audience) => audience,
            Err(refusal) => {
                tx.commit().await?;
                return Err(refusal.into());
            }
        };
        let agreed = agreed(&record)?;
        if !tx.device_codes().consume(record.id).await? {
            return Err(invalid("the device code is not valid").into());
        }
        let grant_id = self.inner.clock.new_uuid();
        let begun = self
            .begin_grant(&mut tx, &request, grant_id, agreed, now)
            .await?;
        tx.commit().await?;
        let (grant, person) = begun?;
        let basis = Basis::from(&grant);
        Ok(self.answer_grant(request, &basis, &person, audience, &grant.scopes, now)?)
    }
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new("invalid_grant", why)
}

/// How long the device is to wait from now on, and whether it gets tokens.
fn look_at(record: &DeviceCodeRecord, now: DateTime<Utc>) -> (i32, Result<(), OAuthError>) {
    let interval = record.interval_seconds;
    if record.expires_at <= now {
        let expired = OAuthError::new("expired_token", "the device code has expired");
        return (interval, Err(expired));
    }
    let refusal = match record.status {
        DeviceCodeStatus::Approved => return (interval, Ok(())),
        DeviceCodeStatus::Denied => OAuthError::new("access_denied", "the person has refused"),
        DeviceCodeStatus::Used => invalid("the device code was used before"),
        DeviceCodeStatus::Pending => {
            let next = record
                .polled_at
                .map(|at| at + TimeDelta::seconds(interval.into()));
            if next.is_some_and(|next| now < next) {
                let slow = OAuthError::new("slow_down", "the device asks too often");
                return ((interval + SLOWER).min(SLOWEST), Err(slow));
            }
            OAuthError::new("authorization_pending", "nobody has answered yet")
        }
    };
    (interval, Err(refusal))
}

fn agreed(record: &DeviceCodeRecord) -> Outcome<Agreed> {
    let (Some(account_id), Some(session_id), Some(authenticated_at)) = (
        record.account_id,
        record.session_id,
        record.authenticated_at,
    ) else {
        return Err(Error::Inconsistent("an approved device code").into());
    };
    Ok(Agreed {
        account_id,
        session_id,
        scopes: record.scopes.clone(),
        resources: record.resources.clone(),
        claims: None,
        nonce: None,
        authenticated_at,
        amr: record.amr.clone(),
    })
}
