//! `private_key_jwt`: a client signs who it is with its own key (RFC 7523 section 3).
//!
//! The key is one of those that are registered, the algorithm one of that key's, all of them
//! asymmetric; a header that says otherwise is refused. An assertion is good once.

use serde::Deserialize;

use super::Client;
use crate::{audience::Audience, jose::Jws};

/// Clocks may differ by so much, in seconds.
const LEEWAY: i64 = 30;
/// An assertion that lives longer than this is refused: its `jti` must be remembered so long.
const LONGEST_LIFE: i64 = 10 * 60;
const LONGEST_JTI: usize = 256;

/// What an assertion says.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    jti: String,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
}

/// A good assertion, which was possibly used before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assertion {
    pub(super) jti: String,
    pub(super) exp: i64,
}

/// Who an assertion says it is from, before anything of it is checked.
pub(super) fn claimed_client(jwt: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Sub {
        sub: String,
    }
    Jws::parse(jwt)?
        .unverified::<Sub>()
        .map(|claims| claims.sub)
}

/// Checks an assertion; answers why it is refused.
pub(super) fn check(
    client: &Client,
    jwt: &str,
    audiences: &[String],
    now: i64,
) -> Result<Assertion, &'static str> {
    let jws = Jws::parse(jwt).ok_or("the assertion is no JWT")?;
    let claims = client
        .keys
        .iter()
        .filter(|key| match (&jws.header.kid, &key.id) {
            (Some(wanted), Some(id)) => wanted == id,
            _ => true,
        })
        .find_map(|key| jws.verify::<Claims>(key.decoding(), key.algorithm(&jws.header.alg)?))
        .ok_or("the assertion is not signed with a key of the client")?;
    if claims.iss != client.id() || claims.sub != client.id() {
        return Err("iss and sub of the assertion must be the client");
    }
    if !audiences.iter().any(|own| claims.aud.contains(own)) {
        return Err("the assertion is for somebody else");
    }
    if claims.exp <= now {
        return Err("the assertion has expired");
    }
    if claims.exp > now.saturating_add(LONGEST_LIFE) {
        return Err("the assertion lives too long");
    }
    if [claims.iat, claims.nbf]
        .into_iter()
        .flatten()
        .any(|from| from > now.saturating_add(LEEWAY))
    {
        return Err("the assertion is from the future");
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err("jti of the assertion is too short or too long");
    }
    Ok(Assertion {
        jti: claims.jti,
        exp: claims.exp,
    })
}
