//! Keys of an attacker or of a client, and what they sign, well or badly.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use bheem_vault::token::{self, encode};
use serde_json::{Value, json};

/// A key pair on P-256.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
    id: &'static str,
}

impl Key {
    pub(crate) fn generate(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, id }
    }

    /// The public half, as a proof carries it.
    pub(crate) fn bare(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
    }

    /// The public half, as a set of keys has it.
    pub(crate) fn public(&self) -> Value {
        let mut jwk = self.bare();
        jwk["kid"] = self.id.into();
        jwk["alg"] = "ES256".into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", encode(signature.unwrap().as_ref()))
    }

    /// A proof for a method and an address, changed before it is signed.
    pub(crate) fn proof(&self, claims: &Value) -> String {
        self.sign(&self.proof_header(), claims)
    }

    pub(crate) fn proof_header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.bare()})
    }
}

pub(crate) fn message(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

/// Signed with a secret, as HS256 is.
pub(crate) fn sign_with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret),
        message.as_bytes(),
    );
    format!("{message}.{}", encode(tag.as_ref()))
}

/// Header and claims of a JWS.
pub(crate) fn open(jwt: &str) -> (Value, Value) {
    let mut parts = jwt.split('.');
    let mut next = || {
        let bytes = token::decode(parts.next().unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (next(), next())
}

/// The point of a public key, and the same as text, as programs put it into files.
pub(crate) fn public_texts(jwk: &Value) -> (Vec<u8>, String) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let coordinate = |name: &str| token::decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    // SubjectPublicKeyInfo of a key on P-256 (RFC 5480).
    let prefix = STANDARD
        .decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
        .unwrap();
    let der = [prefix, point[1..].to_vec()].concat();
    let text = STANDARD.encode(der);
    let (first, second) = text.split_at(64);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n");
    (point, pem)
}
