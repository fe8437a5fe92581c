//! A compact JWS, taken apart (RFC 7515 section 3.1).

use bheem_vault::token;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Longer ones are not read.
const LONGEST: usize = 16 * 1024;

/// A signed text whose signature was not checked yet.
pub(crate) struct Jws<'a> {
    pub(crate) header: JwsHeader,
    message: &'a str,
    payload: Vec<u8>,
    signature: &'a str,
}

/// The members of a header that mean something here.
#[derive(Deserialize)]
pub(crate) struct JwsHeader {
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) typ: Option<String>,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    /// The key that a proof brings along (RFC 9449 section 4.2).
    #[serde(default)]
    pub(crate) jwk: Option<Value>,
    /// Extensions that must be understood; there are none.
    #[serde(default)]
    crit: Option<Value>,
}

impl<'a> Jws<'a> {
    /// Takes a compact JWS apart; `None` when it is none.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        if payload.contains('.') || signature.is_empty() {
            return None;
        }
        let (header, payload) = (token::decode(header)?, token::decode(payload)?);
        // A list of values in order would do for serde.
        if !is_object(&header) || !is_object(&payload) {
            return None;
        }
        let header: JwsHeader = serde_json::from_slice(&header).ok()?;
        if header.crit.is_some() {
            return None;
        }
        Some(Self {
            header,
            message,
            payload,
            signature,
        })
    }

    /// The claims, if the signature is that of the key by this algorithm.
    pub(crate) fn verify<T: DeserializeOwned>(
        &self,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Option<T> {
        let is_signed =
            crypto::verify(self.signature, self.message.as_bytes(), key, algorithm).ok()?;
        if !is_signed {
            return None;
        }
        serde_json::from_slice(&self.payload).ok()
    }

    /// The claims, whoever signed: only to learn who says so, before that is checked.
    pub(crate) fn unverified<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.payload).ok()
    }
}

/// Whether a text can be a JSON object, which headers and claims are (RFC 7515 section 4).
fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_jws_is_not_read() {
        let header = token::encode(br#"{"alg":"ES256"}"#);
        let critical = token::encode(br#"{"alg":"ES256","crit":["b64"]}"#);
        for bad in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{header}.e30"),
            format!("{header}.e30."),
            format!("{header}.e30.AA.AA"),
            format!("{critical}.e30.AA"),
            "e30.e30.AA".to_owned(),
            format!("{}.e30.AA", token::encode(br#"["ES256"]"#)),
            format!("{header}.{}.AA", token::encode(b"[]")),
        ] {
            assert!(Jws::parse(&bad).is_none(), "{bad}");
        }
        assert!(Jws::parse(&format!("{header}.e30.AA")).is_some());
    }

    proptest! {
        #[test]
        fn fuzz_no_text_makes_it_panic(text in ".{0,200}") {
            let _ = Jws::parse(&text);
        }

        #[test]
        fn fuzz_no_header_makes_it_panic(header in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
            let text = format!("{}.{}.AA", token::encode(&header), token::encode(&payload));
            if let Some(jws) = Jws::parse(&text) {
                let _ = jws.unverified::<Value>();
            }
        }
    }
}
