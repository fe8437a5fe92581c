//! Webhooks (<https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>): HMAC-SHA256 of
//! time and token in hexadecimal digits.
//!
//! The signature does not cover the event. Whoever sees one signature can put another event beside it, for as long as the
//! signature counts: hence the window, and hence the token must be taken once only, which is for the caller to remember.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use bheem_http_kit::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::Event;

/// For so long, and so far ahead, a signature counts.
const WINDOW: Duration = Duration::from_mins(15);
/// Mailgun's have 50 letters.
const LONGEST_TOKEN: usize = 128;

/// Why something that claims to be from Mailgun is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The signature fits none of the keys.
    #[error("the signature is wrong")]
    Wrong,
    /// It was signed more than a quarter of an hour ago, or ahead.
    #[error("the signature is too old, or of the future")]
    Stale,
    /// It is no webhook, or no event.
    #[error("the webhook cannot be read")]
    Unreadable,
}

/// A webhook that is believed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// What happened.
    pub event: Event,
    /// Refuse it if it came before; remember it for half an hour.
    pub token: String,
}

/// Judges webhooks.
pub struct Webhooks {
    keys: Vec<hmac::Key>,
}

/// The keys are left out.
impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Body {
    signature: Signature,
    #[serde(rename = "event-data")]
    event: Value,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: Value,
    token: String,
    #[serde(rename = "signature")]
    tag: String,
    /// Of the account above, for events of one below it.
    #[serde(default, rename = "parent-signature")]
    parent: Option<String>,
}

impl Webhooks {
    /// Takes the signing keys that count: the current one, and while it is being replaced the one before. An empty key is
    /// none: anybody could sign with it.
    pub fn new<'a>(signing_keys: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let keys = signing_keys
            .into_iter()
            .map(|key| key.expose_secret().as_bytes())
            .filter(|key| !key.is_empty())
            .map(|key| hmac::Key::new(hmac::HMAC_SHA256, key))
            .collect();
        Self { keys }
    }

    /// Reads a webhook. `body` is the body as it came, `now` the time.
    ///
    /// # Errors
    /// [`WebhookError`]; the event is not looked at before its signature was found right.
    pub fn receive(&self, body: &[u8], now: SystemTime) -> Result<Received, WebhookError> {
        let body: Body =
            serde_json::from_slice(body).map_err(|_hidden| WebhookError::Unreadable)?;
        let signature = body.signature;
        let timestamp = match &signature.timestamp {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(WebhookError::Unreadable),
        };
        let is_digits = !timestamp.is_empty() && timestamp.bytes().all(|one| one.is_ascii_digit());
        let is_token = (1..=LONGEST_TOKEN).contains(&signature.token.len())
            && signature
                .token
                .bytes()
                .all(|one| one.is_ascii_alphanumeric());
        // Otherwise a digit could move from one to the other.
        if !is_digits || !is_token {
            return Err(WebhookError::Wrong);
        }
        let signed = format!("{timestamp}{}", signature.token);
        let parent = signature.parent.as_deref();
        let mut tags = [Some(signature.tag.as_str()), parent].into_iter().flatten();
        if !tags.any(|tag| self.is_signed(signed.as_bytes(), tag)) {
            return Err(WebhookError::Wrong);
        }
        let seconds = timestamp.parse().map_err(|_huge| WebhookError::Stale)?;
        check_time(seconds, now)?;
        let event =
            serde_json::from_value(body.event).map_err(|_hidden| WebhookError::Unreadable)?;
        Ok(Received {
            event,
            token: signature.token,
        })
    }

    fn is_signed(&self, message: &[u8], tag: &str) -> bool {
        let Some(tag) = digits(tag.trim()) else {
            return false;
        };
        let mut keys = self.keys.iter();
        keys.any(|key| hmac::verify(key, message, &tag).is_ok())
    }
}

fn check_time(seconds: u64, now: SystemTime) -> Result<(), WebhookError> {
    let signed = UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or(WebhookError::Stale)?;
    let apart = match now.duration_since(signed) {
        Ok(past) => past,
        Err(ahead) => ahead.duration(),
    };
    (apart <= WINDOW).then_some(()).ok_or(WebhookError::Stale)
}

/// The 32 bytes behind 64 hexadecimal digits.
fn digits(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
