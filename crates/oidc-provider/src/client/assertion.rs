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

#[cfg(test)]
mod tests {
    use bheem_persistence::repo::{ClientRecord, ClientSettings, KnownClient};
    use bheem_vault::token;
    use chrono::DateTime;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn client() -> Client {
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        });
        Client::new(KnownClient {
            record: ClientRecord {
                client_id: "app".to_owned(),
                tenant_id: None,
                settings: ClientSettings {
                    jwks: Some(json!({ "keys": [key] })),
                    ..crate::default_settings("App")
                },
                registration_token_hash: None,
                is_active: true,
                version: 1,
                created_at: DateTime::UNIX_EPOCH,
                updated_at: DateTime::UNIX_EPOCH,
            },
            secrets: Vec::new(),
            tenants: Vec::new(),
        })
        .unwrap()
    }

    proptest! {
        #[test]
        fn nothing_that_is_not_signed_with_its_key_passes(
            text in ".{0,120}",
            algorithm in "(EdDSA|ES256|HS256|none|.{0,5})",
            kid in proptest::option::of(".{0,5}"),
            exp in any::<i64>(),
            iat in any::<Option<i64>>(),
            jti in ".{0,10}",
            signature in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let (client, audiences) = (client(), ["https://work.example".to_owned()]);
            prop_assert!(check(&client, &text, &audiences, 0).is_err());
            let header = json!({"alg": algorithm, "kid": kid}).to_string();
            let claims = json!({
                "iss": "app", "sub": "app", "aud": "https://work.example",
                "exp": exp, "iat": iat, "jti": jti,
            })
            .to_string();
            let jwt = format!(
                "{}.{}.{}",
                token::encode(header.as_bytes()),
                token::encode(claims.as_bytes()),
                token::encode(&signature)
            );
            prop_assert!(check(&client, &jwt, &audiences, 0).is_err());
            let _ = claimed_client(&text);
        }
    }
}
