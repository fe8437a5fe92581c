//! Demonstrating proof of possession (RFC 9449).
//!
//! A proof is good once, for one method and one URL, for a short time. Nonces are a message
//! authentication code over a span of time, so that any replica knows them and none is kept.

use bheem_vault::{Vault, token};
use chrono::TimeDelta;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    Outcome, Provider, Refusal, Result,
    jose::{Jws, PublicKey},
    wire::Incoming,
};

/// How old a proof may be, and how far ahead a clock may be, in seconds.
const OLDEST: i64 = 120;
const LEEWAY: i64 = 30;
const LONGEST_JTI: usize = 256;
/// Length of the span that a nonce stands for; it is good in the next one, too.
const SPAN: i64 = 300;
const PURPOSE: &str = "oidc.dpop_nonce";

/// What a proof says.
#[derive(Debug, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// A proof that is good, unless it was used before.
struct Proof {
    jkt: String,
    claims: Claims,
}

/// What a proof is checked against.
struct Expected<'a> {
    method: &'a str,
    url: &'a str,
    access_token: Option<&'a str>,
    now: i64,
}

impl Provider {
    /// The thumbprint of the key that a request proves to hold; `None` when it brings no proof. For
    /// the use of an access token, the proof must be for that very token.
    ///
    /// # Errors
    /// `invalid_dpop_proof`; `use_dpop_nonce` with a fresh nonce when that of the proof is not good
    /// (any more).
    pub(crate) async fn check_dpop(
        &self,
        request: &Incoming<'_>,
        access_token: Option<&str>,
    ) -> Outcome<Option<String>> {
        let Some(text) = request.dpop else {
            return Ok(None);
        };
        let now = self.inner.clock.now();
        let expected = Expected {
            method: request.method,
            url: &self.inner.config.url(request.path),
            access_token,
            now: now.timestamp(),
        };
        let proof = check(text, &expected).map_err(|why| {
            metrics::counter!("oidc_dpop_refused_total").increment(1);
            Refusal::new("invalid_dpop_proof", why)
        })?;
        if let Some(nonce) = &proof.claims.nonce
            && !is_nonce(&self.inner.vault, nonce, now.timestamp())?
        {
            return Err(
                Refusal::new("use_dpop_nonce", "the nonce is not good any more")
                    .dpop_nonce(self.dpop_nonce()?),
            );
        }
        let key = token::hash(format!("dpop\0{}\0{}", proof.jkt, proof.claims.jti).as_bytes());
        let expires_at = now + TimeDelta::seconds(OLDEST + LEEWAY + 1);
        let is_first = self
            .inner
            .database
            .system_read(&Self::scope("use a proof"))
            .await?
            .used_assertions()
            .insert(&key, expires_at, now)
            .await?;
        if is_first {
            Ok(Some(proof.jkt))
        } else {
            Err(Refusal::new(
                "invalid_dpop_proof",
                "the proof was used before",
            ))
        }
    }

    /// A nonce for the next proof.
    ///
    /// # Errors
    /// When the vault fails.
    pub(crate) fn dpop_nonce(&self) -> Result<String> {
        nonce(&self.inner.vault, self.inner.clock.now().timestamp() / SPAN)
    }
}

fn nonce(vault: &Vault, span: i64) -> Result<String> {
    Ok(token::encode(
        &vault.authenticate(PURPOSE, &span.to_be_bytes())?,
    ))
}

fn is_nonce(vault: &Vault, given: &str, now: i64) -> Result<bool> {
    let span = now / SPAN;
    for span in [span, span - 1] {
        if nonce(vault, span)?
            .as_bytes()
            .ct_eq(given.as_bytes())
            .into()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Section 4.3, all but the nonce and the use.
fn check(text: &str, expected: &Expected<'_>) -> Result<Proof, &'static str> {
    let jws = Jws::parse(text).ok_or("the proof is no JWS")?;
    if jws.header.typ.as_deref() != Some("dpop+jwt") {
        return Err("typ of the proof is not dpop+jwt");
    }
    let jwk = jws.header.jwk.as_ref().ok_or("the proof brings no key")?;
    let key = PublicKey::parse(jwk).ok_or("the key of the proof is not a supported public key")?;
    let claims = key
        .algorithm(&jws.header.alg)
        .and_then(|algorithm| jws.verify::<Claims>(key.decoding(), algorithm))
        .ok_or("the proof is not signed with its key")?;
    if claims.htm != expected.method {
        return Err("htm of the proof is another method");
    }
    if !is_same_url(&claims.htu, expected.url) {
        return Err("htu of the proof is another URL");
    }
    if claims.iat < expected.now.saturating_sub(OLDEST) {
        return Err("the proof is too old");
    }
    if claims.iat > expected.now.saturating_add(LEEWAY) {
        return Err("the proof is from the future");
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err("jti of the proof is too short or too long");
    }
    if let Some(access_token) = expected.access_token {
        let hash = token::encode(&token::hash(access_token.as_bytes()));
        if claims.ath.as_deref() != Some(&hash) {
            return Err("ath of the proof is that of another token");
        }
    }
    Ok(Proof {
        jkt: key.thumbprint().to_owned(),
        claims,
    })
}

/// Compares without query and fragment, in the normal form of RFC 3986 section 6.2.
fn is_same_url(given: &str, ours: &str) -> bool {
    let normal = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    match (normal(given), normal(ours)) {
        (Some(given), Some(ours)) => given == ours,
        _ => false,
    }
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
