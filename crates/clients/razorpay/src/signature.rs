//! Signatures of checkout and of webhooks: HMAC-SHA256 in hexadecimal digits.

use aws_lc_rs::hmac;
use bheem_http_kit::{ExposeSecret as _, SecretString};

use crate::Event;

/// Why something that claims to be from Razorpay is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature fits none of the secrets.
    #[error("the signature is wrong")]
    Wrong,
    /// It is signed, but it is no event.
    #[error("the event cannot be read")]
    Unreadable,
}

/// Judges what a browser brings back from checkout.
pub struct Checkout {
    keys: Vec<hmac::Key>,
}

impl Checkout {
    /// Takes the key secrets that count: the current one, and while it is being replaced the one before.
    pub fn new<'a>(key_secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        Self {
            keys: keys(key_secrets),
        }
    }

    /// Whether a payment was made for an order. `order_id` must come from your own records, not from the browser.
    ///
    /// # Errors
    /// [`SignatureError::Wrong`].
    pub fn verify(
        &self,
        order_id: &str,
        payment_id: &str,
        signature: &str,
    ) -> Result<(), SignatureError> {
        verify(
            &self.keys,
            format!("{order_id}|{payment_id}").as_bytes(),
            signature,
        )
    }
}

/// Judges webhooks.
pub struct Webhooks {
    keys: Vec<hmac::Key>,
}

impl Webhooks {
    /// Takes the webhook secrets that count: the current one, and for a day after a change the one before, as repeats
    /// are signed with the secret of the first try.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        Self {
            keys: keys(secrets),
        }
    }

    /// Reads an event. `body` is the body as it came, `signature` the header `X-Razorpay-Signature`.
    ///
    /// # Errors
    /// [`SignatureError`]; nothing of the body is looked at before its signature was found right.
    pub fn receive(&self, body: &[u8], signature: &str) -> Result<Event, SignatureError> {
        verify(&self.keys, body, signature)?;
        Event::read(body).ok_or(SignatureError::Unreadable)
    }
}

/// The secrets are left out.
impl std::fmt::Debug for Checkout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkout").finish_non_exhaustive()
    }
}

/// The secrets are left out.
impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

/// An empty secret is none: anybody could sign with it.
fn keys<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Vec<hmac::Key> {
    secrets
        .into_iter()
        .map(|secret| secret.expose_secret().as_bytes())
        .filter(|secret| !secret.is_empty())
        .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret))
        .collect()
}

fn verify(keys: &[hmac::Key], message: &[u8], signature: &str) -> Result<(), SignatureError> {
    let tag = digits(signature.trim()).ok_or(SignatureError::Wrong)?;
    keys.iter()
        .any(|key| hmac::verify(key, message, &tag).is_ok())
        .then_some(())
        .ok_or(SignatureError::Wrong)
}

/// The 32 bytes behind 64 hexadecimal digits.
fn digits(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        // `from_str_radix` would take a sign.
        if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
