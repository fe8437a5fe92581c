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
        client_with(&json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }))
    }

    fn client_with(key: &serde_json::Value) -> Client {
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
        fn fuzz_nothing_that_is_not_signed_with_its_key_passes(
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

        #[test]
        fn fuzz_no_bytes_make_it_panic(
            header in prop::collection::vec(any::<u8>(), 0..60),
            payload in prop::collection::vec(any::<u8>(), 0..60),
            signature in prop::collection::vec(any::<u8>(), 0..70),
        ) {
            let jwt = [&header, &payload, &signature].map(|part| token::encode(part)).join(".");
            prop_assert!(check(&client(), &jwt, &["https://work.example".to_owned()], 0).is_err());
            let _ = claimed_client(&jwt);
        }

        #[test]
        fn fuzz_what_passes_is_timely_and_meant_for_us(
            iss in "app|web", sub in "app|web", aud in "https://(work|evil)\\.example/?",
            exp in -700_i64..1_300, iat in proptest::option::of(-100_i64..100), jti in "[a-z]{0,3}",
            changed in proptest::option::of((0_usize..400, any::<u8>())),
        ) {
            use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
            let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
            let key = json!({"kty": "OKP", "crv": "Ed25519", "x": token::encode(pair.public_key().as_ref())});
            let claims = json!({"iss": iss, "sub": sub, "aud": aud, "exp": exp, "iat": iat, "jti": jti});
            let message = format!(
                "{}.{}",
                token::encode(br#"{"alg":"EdDSA"}"#),
                token::encode(claims.to_string().as_bytes())
            );
            let mut jwt = format!("{message}.{}", token::encode(pair.sign(message.as_bytes()).as_ref()));
            let mut is_changed = false;
            if let Some((at, to)) = changed {
                let mut bytes = jwt.clone().into_bytes();
                let at = at % bytes.len();
                // The last letter of the signature has bits that mean nothing.
                is_changed = bytes[at] != to && at + 1 < bytes.len();
                bytes[at] = if is_changed { to } else { bytes[at] };
                jwt = String::from_utf8_lossy(&bytes).into_owned();
            }
            let is_good = !is_changed && iss == "app" && sub == "app" && aud == "https://work.example"
                && (1..=LONGEST_LIFE).contains(&exp) && iat.is_none_or(|iat| iat <= LEEWAY) && !jti.is_empty();
            let answer = check(&client_with(&key), &jwt, &["https://work.example".to_owned()], 0);
            prop_assert_eq!(answer.is_ok(), is_good, "{:?}", answer);
        }
    }
}
