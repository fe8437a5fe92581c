//! Random tokens and passwords, and the hashes under which tokens are kept.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::Error;

/// Random bytes from the operating system.
///
/// # Errors
/// [`Error::Crypto`] when there are none.
pub fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes).map_err(|_error| Error::Crypto)?;
    Ok(bytes)
}

/// A token of 256 bits, in 43 characters that are safe in a URL.
///
/// # Errors
/// [`Error::Crypto`] when there are no random bytes.
pub fn generate() -> Result<SecretString, Error> {
    Ok(encode(&*random_bytes::<32>()?).into())
}

/// A password for a machine: 256 bits, with a letter, a digit and a sign for peers that count kinds
/// of characters.
///
/// # Errors
/// [`Error::Crypto`] when there are no random bytes.
pub fn generate_password() -> Result<SecretString, Error> {
    Ok(format!("{}-aA1", encode(&*random_bytes::<32>()?)).into())
}

/// 32 lower-case hexadecimal digits; for marks that are shown, such as DNS challenges.
///
/// # Errors
/// [`Error::Crypto`] when there are no random bytes.
pub fn generate_hex32() -> Result<String, Error> {
    let bytes = random_bytes::<16>()?;
    Ok(format!("{:032x}", u128::from_be_bytes(*bytes)))
}

/// SHA-256. Enough for tokens, which have 256 random bits; never for passwords.
#[must_use]
pub fn hash(token: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token).as_ref());
    hash
}

/// Base64 for URLs, without padding (RFC 4648, 5).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`encode`] wrote; `None` for anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn tokens_do_not_repeat_and_fit_a_url() {
        let tokens: HashSet<String> = (0..1_000)
            .map(|_| generate().unwrap().expose_secret().to_owned())
            .collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(tokens.iter().all(|token| {
            token.len() == 43
                && token
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        }));
    }

    #[test]
    fn hash_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
