//! A device without a browser asks for a pair of codes (RFC 8628 section 3.1).

use bheem_persistence::repo::NewDeviceCode;
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    Answer, Outcome, Parameters, Provider, Result, scope,
    token::DEVICE,
    wire::{Incoming, answer},
};

/// Letters that are not mistaken for one another, and spell no words (section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a code: with 20 of them, 34 bits for the few minutes it lives.
const LENGTH: usize = 8;
/// Seconds between two polls.
const INTERVAL: i32 = 5;
/// Codes tried before it is taken for a failure that each is in use.
const ATTEMPTS: usize = 5;

impl Provider {
    /// The device authorization endpoint.
    pub async fn device_authorization(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_device_authorization(request).await)
    }

    async fn try_device_authorization(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let parameters = Parameters::parse(request.body)?;
        let client = self.authenticate_client(request, &parameters).await?;
        client.must_use(DEVICE)?;
        let dpop_jkt = self.check_dpop(request, None).await?;
        let settings = &client.record.settings;
        let config = &self.inner.config;
        let resources = scope::targets(config, &client, parameters.all("resource"))?;
        let scopes = scope::narrowed(&parameters, &settings.scopes)?;
        let device_code = token::generate()?;
        let now = self.inner.clock.now();
        let life = TimeDelta::from_std(config.device_code_life).unwrap_or(TimeDelta::minutes(10));
        let mut new = NewDeviceCode {
            id: self.inner.clock.new_uuid(),
            device_code_hash: token::hash(device_code.expose_secret().as_bytes()),
            user_code_hash: [0; 32],
            client_id: client.id().to_owned(),
            scopes,
            resources,
            dpop_jkt,
            interval_seconds: INTERVAL,
            created_at: now,
            expires_at: now + life,
        };
        let user_code = self.insert_device_code(&mut new).await?;
        let verification_uri = config.url("/device");
        let body = json!({
            "device_code": device_code.expose_secret(),
            "user_code": user_code,
            "verification_uri": verification_uri,
            "verification_uri_complete": format!("{verification_uri}?user_code={user_code}"),
            "expires_in": life.num_seconds(),
            "interval": INTERVAL,
        });
        Ok(Answer::json(200, &body))
    }

    async fn insert_device_code(&self, new: &mut NewDeviceCode) -> Result<String> {
        let mut read = self
            .inner
            .database
            .system_read(&Self::scope("give out a device code"))
            .await?;
        let mut attempt = 1;
        loop {
            let code = user_code()?;
            new.user_code_hash = token::hash(code.as_bytes());
            match read.device_codes().insert(new).await {
                Ok(()) => {
                    let (first, second) = code.split_at_checked(LENGTH / 2).unwrap_or((&code, ""));
                    return Ok(format!("{first}-{second}"));
                }
                Err(bheem_persistence::Error::Duplicate { .. }) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn user_code() -> Result<String> {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        for byte in *token::random_bytes::<16>()? {
            // 240 is the largest multiple of 20 in a byte: no letter is likelier than another.
            let letter = LETTERS.get(usize::from(byte) % LETTERS.len());
            if let Some(letter) = letter
                && byte < 240
                && code.len() < LENGTH
            {
                code.push(char::from(*letter));
            }
        }
    }
    Ok(code)
}

/// The hash under which a code that a person typed is kept: case, spaces and hyphens are no matter.
/// `None` when it cannot be one.
pub(crate) fn user_code_hash(typed: &str) -> Option<[u8; 32]> {
    let code = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .take(LENGTH + 1)
        .collect::<String>();
    let is_code = code.len() == LENGTH && code.bytes().all(|b| LETTERS.contains(&b));
    is_code.then(|| token::hash(code.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = user_code().unwrap();
        let hash = token::hash(code.as_bytes());
        let (first, second) = code.split_at(4);
        for typed in [
            code.clone(),
            code.to_lowercase(),
            format!("{first}-{second}"),
            format!(" {first} {second} "),
        ] {
            assert_eq!(user_code_hash(&typed), Some(hash));
        }
        for bad in ["", "ABCD-EFGH", "BCDF-GHJ", "BCDF-GHJKL", "BCDF_GHJK"] {
            assert_eq!(user_code_hash(bad), None, "{bad}");
        }
    }
}
