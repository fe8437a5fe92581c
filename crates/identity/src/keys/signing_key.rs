//! One pair of keys, ready to sign and to check.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    },
};
use bheem_domain::{Clock, SigningKeyId};
use bheem_persistence::repo::SigningKeyRecord;
use bheem_vault::{Context, Vault, token};
use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Algorithm;
use crate::{Error, Result};

/// A key that is published, and signs when it is its time.
pub struct SigningKey {
    /// The `kid` of tokens.
    pub id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// When it begins to sign.
    pub sign_from: DateTime<Utc>,
    /// When it stops, if that is known.
    pub sign_until: Option<DateTime<Utc>>,
    pub(super) publish_until: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pair: Pair,
    decoding: DecodingKey,
    jwk: Value,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
    Ed(Ed25519KeyPair),
}

impl std::fmt::Debug for SigningKey {
    /// Without the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .field("sign_from", &self.sign_from)
            .field("sign_until", &self.sign_until)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The signature of a JWS (RFC 7515, 5.1) over `message`, in JOSE's form.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_error| Error::Crypto("signing");
        Ok(match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map_err(failed)?
                .as_ref()
                .to_vec(),
            Pair::Ed(pair) => pair.try_sign(message).map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(failed)?;
                signature
            }
        })
    }

    /// What checks its signatures.
    #[must_use]
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The public half as it is published (RFC 7517), with `kid`, `alg` and `use`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        self.jwk.clone()
    }

    pub(super) fn open(record: &SigningKeyRecord, vault: &Vault) -> Result<Self> {
        let broken = |_error| Error::Crypto("a stored key does not parse");
        let algorithm: Algorithm = record
            .algorithm
            .parse()
            .map_err(|_error| Error::Crypto("a stored key has an unknown algorithm"))?;
        let document = vault.open_bytes(&context(record.id), &record.sealed)?;
        let pair = match algorithm {
            Algorithm::Es256 => Pair::Ec(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document)
                    .map_err(broken)?,
            ),
            Algorithm::Rs256 => Pair::Rsa(rsa::KeyPair::from_pkcs8(&document).map_err(broken)?),
            Algorithm::EdDsa => Pair::Ed(Ed25519KeyPair::from_pkcs8(&document).map_err(broken)?),
        };
        let (id, public) = (record.id.to_string(), record.public_key.as_slice());
        let (decoding, mut jwk) = published(algorithm, public)
            .ok_or(Error::Crypto("a stored public key does not parse"))?;
        for (name, value) in [
            ("kid", id.as_str()),
            ("alg", algorithm.as_str()),
            ("use", "sig"),
        ] {
            jwk.insert(name.to_owned(), value.into());
        }
        Ok(Self {
            id,
            algorithm,
            sign_from: record.sign_from,
            sign_until: record.sign_until,
            publish_until: record.publish_until,
            created_at: record.created_at,
            pair,
            decoding,
            jwk: jwk.into(),
        })
    }
}

/// Bits of RSA keys.
const RSA_SIZE: rsa::KeySize = rsa::KeySize::Rsa2048;

/// Makes a key and seals it. It has no time to sign yet. RSA takes a while: not for async threads.
pub(super) fn generate(
    algorithm: Algorithm,
    vault: &Vault,
    clock: &dyn Clock,
) -> Result<SigningKeyRecord> {
    let failed = |_error| Error::Crypto("making a key");
    let (public_key, document) = match algorithm {
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            let document = pair.to_pkcs8v1().map_err(failed)?;
            let document = Zeroizing::new(document.as_ref().to_vec());
            (pair.public_key().as_ref().to_vec(), document)
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            let document = pair.to_pkcs8v1().map_err(failed)?;
            let document = Zeroizing::new(document.as_ref().to_vec());
            (pair.public_key().as_ref().to_vec(), document)
        }
        Algorithm::Rs256 => {
            let pair = rsa::KeyPair::generate(RSA_SIZE).map_err(failed)?;
            let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
            let document = Zeroizing::new(document.as_ref().to_vec());
            (pair.public_key().as_ref().to_vec(), document)
        }
    };
    let (id, now) = (SigningKeyId::generate(clock), clock.now());
    Ok(SigningKeyRecord {
        id,
        algorithm: algorithm.as_str().to_owned(),
        public_key,
        sealed: vault.seal_bytes(&context(id), &document)?,
        created_at: now,
        sign_from: now,
        sign_until: None,
        publish_until: None,
    })
}

fn context(id: SigningKeyId) -> Context<'static> {
    Context::new("identity.signing_key").of(id)
}

/// What checks signatures, and the members of the JWK that are the key's own (RFC 7518, 6; RFC
/// 8037, 2).
fn published(
    algorithm: Algorithm,
    public: &[u8],
) -> Option<(DecodingKey, serde_json::Map<String, Value>)> {
    let (decoding, jwk) = match algorithm {
        Algorithm::Es256 => {
            // An uncompressed point (SEC 1, 2.3.3).
            let (head, point) = public.split_first()?;
            let (x, y) = point.split_at_checked(32)?;
            if *head != 4 || y.len() != 32 {
                return None;
            }
            let (x, y) = (token::encode(x), token::encode(y));
            (
                DecodingKey::from_ec_der(public),
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
            )
        }
        Algorithm::EdDsa => (
            DecodingKey::from_ed_der(public),
            json!({"kty": "OKP", "crv": "Ed25519", "x": token::encode(public)}),
        ),
        Algorithm::Rs256 => {
            let (modulus, exponent) = rsa_parts(public)?;
            let (n, e) = (token::encode(modulus), token::encode(exponent));
            (
                DecodingKey::from_rsa_raw_components(modulus, exponent),
                json!({"kty": "RSA", "n": n, "e": e}),
            )
        }
    };
    match jwk {
        Value::Object(jwk) => Some((decoding, jwk)),
        _ => None,
    }
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017, A.1.1), without leading zeros.
fn rsa_parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, rest) = element(0x30, der)?;
    if !rest.is_empty() {
        return None;
    }
    let (modulus, rest) = element(0x02, sequence)?;
    let (exponent, rest) = element(0x02, rest)?;
    let positive = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    let (modulus, exponent) = (
        modulus.get(positive(modulus)..)?,
        exponent.get(positive(exponent)..)?,
    );
    (rest.is_empty() && !modulus.is_empty() && !exponent.is_empty()).then_some((modulus, exponent))
}

/// The content of a DER element with this tag (X.690, 8.1), and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *found != tag {
        return None;
    }
    if *first < 0x80 {
        return rest.split_at_checked(usize::from(*first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    if length.len() > 4 {
        return None;
    }
    let length = length
        .iter()
        .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use bheem_domain::SystemClock;
    use bheem_vault::{KeyRing, MasterKey};
    use jsonwebtoken::crypto;

    use super::*;

    fn vault() -> Vault {
        Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap())
    }

    #[test]
    fn what_it_signs_is_checked_by_what_it_publishes() {
        let vault = vault();
        for algorithm in Algorithm::ALL {
            let record = generate(algorithm, &vault, &SystemClock).unwrap();
            let key = SigningKey::open(&record, &vault).unwrap();
            let signature = token::encode(&key.sign(b"message").unwrap());
            let jwk = key.jwk();
            assert_eq!(jwk["kid"], record.id.to_string());
            assert_eq!(jwk["alg"], algorithm.as_str());
            assert_eq!(jwk["use"], "sig");
            for private in ["d", "p", "q"] {
                assert!(jwk.get(private).is_none());
            }
            let published: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk).unwrap();
            let published = DecodingKey::from_jwk(&published).unwrap();
            for decoding in [key.decoding(), &published] {
                let is_good = |message| {
                    crypto::verify(&signature, message, decoding, algorithm.jose()).unwrap()
                };
                assert!(is_good(b"message".as_slice()), "{algorithm}");
                assert!(!is_good(b"massage".as_slice()), "{algorithm}");
            }
        }
    }

    #[test]
    fn an_rsa_key_has_at_least_2048_bits() {
        let vault = vault();
        let record = generate(Algorithm::Rs256, &vault, &SystemClock).unwrap();
        let (modulus, exponent) = rsa_parts(&record.public_key).unwrap();
        assert!(modulus.len() >= 256 && modulus[0] >= 0x80);
        assert_eq!(exponent, [1, 0, 1]);
    }

    #[test]
    fn broken_public_keys_are_refused() {
        for bad in [
            [].as_slice(),
            &[0x30],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x30, 0x82, 0xff],
            &[0x30, 3, 2, 1, 0],
            &[0x30, 0],
        ] {
            assert!(rsa_parts(bad).is_none(), "{bad:?}");
        }
        assert!(published(Algorithm::Es256, &[4; 64]).is_none());
        assert!(published(Algorithm::Es256, &[2; 65]).is_none());
    }
}
