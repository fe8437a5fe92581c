//! Public keys of clients (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use bheem_vault::token;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// A public key, and what it may check.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) id: Option<String>,
    decoding: DecodingKey,
    algorithms: &'static [(&'static str, Algorithm)],
    /// The one algorithm it is for, when the key names one.
    only: Option<String>,
    thumbprint: String,
}

const ES256: &[(&str, Algorithm)] = &[("ES256", Algorithm::ES256)];
const ES384: &[(&str, Algorithm)] = &[("ES384", Algorithm::ES384)];
const EDDSA: &[(&str, Algorithm)] = &[("EdDSA", Algorithm::EdDSA)];
const RSA: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("RS384", Algorithm::RS384),
    ("PS384", Algorithm::PS384),
    ("RS512", Algorithm::RS512),
    ("PS512", Algorithm::PS512),
];

/// Algorithms that are taken in proofs and assertions.
pub(crate) const SUPPORTED: &[&str] = &[
    "ES256", "ES384", "EdDSA", "RS256", "PS256", "RS384", "PS384", "RS512", "PS512",
];

/// Members that only a private or a symmetric key has.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Bytes of the smallest and the largest modulus: 2048 and 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

impl PublicKey {
    /// Reads a JWK; `None` for anything but a public key of a kind that is supported.
    pub(crate) fn parse(jwk: &Value) -> Option<Self> {
        let jwk = jwk.as_object()?;
        if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return None;
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        // Decoded and encoded anew: one spelling, and nothing but letters, digits, `-` and `_`.
        let bytes = |name: &str| token::decode(text(name)?);
        let (decoding, algorithms, members) = match text("kty")? {
            "EC" => {
                let (curve, size, algorithms) = match text("crv")? {
                    "P-256" => ("P-256", 32, ES256),
                    "P-384" => ("P-384", 48, ES384),
                    _ => return None,
                };
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != size || y.len() != size {
                    return None;
                }
                let (x, y) = (token::encode(&x), token::encode(&y));
                (
                    DecodingKey::from_ec_components(&x, &y).ok()?,
                    algorithms,
                    format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#),
                )
            }
            "OKP" => {
                let x = bytes("x")?;
                if text("crv")? != "Ed25519" || x.len() != 32 {
                    return None;
                }
                (
                    DecodingKey::from_ed_der(&x),
                    EDDSA,
                    format!(
                        r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
                        token::encode(&x)
                    ),
                )
            }
            "RSA" => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                if !MODULUS.contains(&n.len()) || e.is_empty() || e.len() > 8 {
                    return None;
                }
                (
                    DecodingKey::from_rsa_raw_components(&n, &e),
                    RSA,
                    format!(
                        r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                        token::encode(&e),
                        token::encode(&n)
                    ),
                )
            }
            _ => return None,
        };
        let only = text("alg").map(str::to_owned);
        if let Some(only) = &only
            && !algorithms.iter().any(|(name, _)| name == only)
        {
            return None;
        }
        Some(Self {
            id: text("kid").map(str::to_owned),
            decoding,
            algorithms,
            only,
            thumbprint: token::encode(&token::hash(members.as_bytes())),
        })
    }

    /// Every key of a JWK set that can be read (RFC 7517 section 5: others are passed over).
    pub(crate) fn parse_set(set: &Value) -> Vec<Self> {
        set.get("keys")
            .and_then(Value::as_array)
            .map(|keys| keys.iter().filter_map(Self::parse).collect())
            .unwrap_or_default()
    }

    /// The algorithm of this name, if the key is for it.
    pub(crate) fn algorithm(&self, name: &str) -> Option<Algorithm> {
        if self.only.as_ref().is_some_and(|only| only != name) {
            return None;
        }
        self.algorithms
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, algorithm)| *algorithm)
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The thumbprint of RFC 7638, as RFC 9449 section 6.1 writes it.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The key of RFC 7638 section 3.1.
    fn example() -> Value {
        json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        })
    }

    #[test]
    fn the_thumbprint_is_that_of_the_standard() {
        let key = PublicKey::parse(&example()).unwrap();
        assert_eq!(
            key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
        assert_eq!(key.algorithm("RS256"), Some(Algorithm::RS256));
        // It names its algorithm, so it checks no other.
        assert_eq!(key.algorithm("PS256"), None);
        for foreign in ["HS256", "none", "ES256", ""] {
            assert_eq!(key.algorithm(foreign), None);
        }
    }

    #[test]
    fn private_symmetric_and_weak_keys_are_refused() {
        for (member, value) in [("d", "AA"), ("k", "AA"), ("use", "enc"), ("alg", "HS256")] {
            let mut jwk = example();
            jwk[member] = value.into();
            assert!(PublicKey::parse(&jwk).is_none(), "{member}");
        }
        let mut weak = example();
        weak["n"] = token::encode(&[0xff; 128]).into();
        assert!(PublicKey::parse(&weak).is_none());
        for bad in [
            json!({"kty": "oct", "k": "AA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
            json!({"kty": "OKP", "crv": "X25519", "x": token::encode(&[1; 32])}),
            json!([]),
            json!("RSA"),
        ] {
            assert!(PublicKey::parse(&bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_no_key_makes_it_panic(
            kind in "(EC|OKP|RSA|oct|.{0,5})",
            curve in "(P-256|P-384|Ed25519|.{0,5})",
            x in ".{0,60}",
            y in ".{0,60}",
        ) {
            let _ = PublicKey::parse(&json!({"kty": kind, "crv": curve, "x": x, "y": y, "n": x, "e": y}));
        }
    }
}
