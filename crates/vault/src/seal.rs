//! Sealing and message authentication under the key ring.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Error, KeyRing, MasterKey};

/// Whose secret it is and what for; bound to the sealed bytes as associated data.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    purpose: &'a str,
    tenant: Uuid,
    owner: Uuid,
}

impl<'a> Context<'a> {
    /// Names the purpose, such as `mailcow.app_password`.
    #[must_use]
    pub const fn new(purpose: &'a str) -> Self {
        Self {
            purpose,
            tenant: Uuid::nil(),
            owner: Uuid::nil(),
        }
    }

    /// Binds the secret to a tenant.
    #[must_use]
    pub fn in_tenant(self, tenant: impl Into<Uuid>) -> Self {
        Self {
            tenant: tenant.into(),
            ..self
        }
    }

    /// Binds the secret to its owner within the tenant.
    #[must_use]
    pub fn of(self, owner: impl Into<Uuid>) -> Self {
        Self {
            owner: owner.into(),
            ..self
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 + self.purpose.len());
        bytes.extend_from_slice(self.tenant.as_bytes());
        bytes.extend_from_slice(self.owner.as_bytes());
        bytes.extend_from_slice(self.purpose.as_bytes());
        bytes
    }
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The key it is sealed under.
    pub key_id: String,
    /// Ciphertext and tag, then the nonce.
    pub bytes: Vec<u8>,
}

/// Seals, opens and authenticates; cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    ring: Arc<KeyRing>,
}

impl Vault {
    /// A vault on these keys.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self {
            ring: Arc::new(ring),
        }
    }

    /// Seals a text under the current key.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn seal(&self, context: &Context<'_>, secret: &SecretString) -> Result<Sealed, Error> {
        self.seal_bytes(context, secret.expose_secret().as_bytes())
    }

    /// Seals bytes under the current key.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn seal_bytes(&self, context: &Context<'_>, secret: &[u8]) -> Result<Sealed, Error> {
        let master = self.ring.current()?;
        let mut bytes = secret.to_vec();
        let nonce = cipher(master)?
            .seal_in_place_append_tag(Aad::from(context.to_bytes()), &mut bytes)
            .map_err(|_error| Error::Crypto)?;
        bytes.extend_from_slice(nonce.as_ref());
        Ok(Sealed {
            key_id: master.id.clone(),
            bytes,
        })
    }

    /// Opens a text.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], or [`Error::DoesNotOpen`] when the bytes or the context are not those
    /// that were sealed.
    pub fn open(&self, context: &Context<'_>, sealed: &Sealed) -> Result<SecretString, Error> {
        let bytes = self.open_bytes(context, sealed)?;
        std::str::from_utf8(&bytes)
            .map(SecretString::from)
            .map_err(|_error| Error::DoesNotOpen)
    }

    /// Opens bytes.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_bytes(
        &self,
        context: &Context<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let master = self
            .ring
            .find(&sealed.key_id)
            .ok_or_else(|| Error::UnknownKey {
                key_id: sealed.key_id.clone(),
            })?;
        let split = sealed
            .bytes
            .len()
            .checked_sub(NONCE_LEN)
            .ok_or(Error::DoesNotOpen)?;
        let (ciphertext, nonce) = sealed.bytes.split_at(split);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_error| Error::DoesNotOpen)?;
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let length = cipher(master)?
            .open_in_place(nonce, Aad::from(context.to_bytes()), &mut bytes)
            .map_err(|_error| Error::DoesNotOpen)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Seals anew what is sealed under a retired key; `None` when it is under the current one.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn reseal(&self, context: &Context<'_>, sealed: &Sealed) -> Result<Option<Sealed>, Error> {
        if sealed.key_id == self.ring.current()?.id {
            return Ok(None);
        }
        let bytes = self.open_bytes(context, sealed)?;
        self.seal_bytes(context, &bytes).map(Some)
    }

    /// HMAC-SHA256 of `message` under the current key, for one purpose.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn authenticate(&self, purpose: &str, message: &[u8]) -> Result<[u8; 32], Error> {
        let tag = hmac::sign(&mac_key(self.ring.current()?, purpose)?, message);
        tag.as_ref().try_into().map_err(|_error| Error::Crypto)
    }

    /// Six digits that follow from `message`, for one purpose; for codes that people type, whoever of
    /// those with the key derives them.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn six_digits(&self, purpose: &str, message: &[u8]) -> Result<String, Error> {
        let tag = self.authenticate(purpose, message)?;
        let head = tag.first_chunk::<8>().ok_or(Error::Crypto)?;
        Ok(format!("{:06}", u64::from_be_bytes(*head) % 1_000_000))
    }

    /// Whether `tag` is that of `message` under any key of the ring; in constant time.
    ///
    /// # Errors
    /// [`Error::Crypto`].
    pub fn is_authentic(&self, purpose: &str, message: &[u8], tag: &[u8]) -> Result<bool, Error> {
        for master in self.ring.iter() {
            if hmac::verify(&mac_key(master, purpose)?, message, tag).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn cipher(master: &MasterKey) -> Result<RandomizedNonceKey, Error> {
    RandomizedNonceKey::new(&AES_256_GCM, &*derive(master, "seal")?).map_err(|_error| Error::Crypto)
}

fn mac_key(master: &MasterKey, purpose: &str) -> Result<hmac::Key, Error> {
    let key = derive(master, &format!("mac:{purpose}"))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &*key))
}

/// A key of its own for each use, so that no two uses can be played against each other.
fn derive(master: &MasterKey, info: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    struct Len;
    impl KeyType for Len {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"bheem-vault")
        .extract(&*master.bytes)
        .expand(&[info.as_bytes()], Len)
        .and_then(|okm| okm.fill(&mut *key))
        .map_err(|_error| Error::Crypto)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vault(ids: &[&str]) -> Vault {
        let keys = ids.iter().map(|id| MasterKey::generate(*id).unwrap());
        Vault::new(KeyRing::new(keys.collect()).unwrap())
    }

    fn owner(number: u128) -> Context<'static> {
        Context::new("test")
            .in_tenant(Uuid::from_u128(1))
            .of(Uuid::from_u128(number))
    }

    #[test]
    fn opens_only_for_its_owner_tenant_and_purpose() {
        let vault = vault(&["a"]);
        let sealed = vault.seal(&owner(2), &"secret".into()).unwrap();
        assert_eq!(
            vault.open(&owner(2), &sealed).unwrap().expose_secret(),
            "secret"
        );
        for other in [
            owner(3),
            owner(2).in_tenant(Uuid::from_u128(9)),
            Context::new("other")
                .in_tenant(Uuid::from_u128(1))
                .of(Uuid::from_u128(2)),
        ] {
            assert_eq!(vault.open(&other, &sealed).unwrap_err(), Error::DoesNotOpen);
        }
    }

    #[test]
    fn a_retired_key_opens_and_is_left_behind() {
        let old = MasterKey::generate("old").unwrap();
        let text = old.to_text();
        let before = Vault::new(KeyRing::new(vec![old]).unwrap());
        let sealed = before.seal(&owner(2), &"secret".into()).unwrap();
        let after = Vault::new(
            KeyRing::new(vec![
                MasterKey::generate("new").unwrap(),
                MasterKey::parse(&text).unwrap(),
            ])
            .unwrap(),
        );
        let moved = after.reseal(&owner(2), &sealed).unwrap().unwrap();
        assert_eq!(moved.key_id, "new");
        assert_eq!(
            after.open(&owner(2), &moved).unwrap().expose_secret(),
            "secret"
        );
        assert_eq!(after.reseal(&owner(2), &moved).unwrap(), None);
        assert_eq!(
            before.open(&owner(2), &moved).unwrap_err(),
            Error::UnknownKey {
                key_id: "new".into()
            }
        );
        // A tag made before the rotation still counts after it.
        let tag = before.authenticate("p", b"m").unwrap();
        assert!(after.is_authentic("p", b"m", &tag).unwrap());
        assert!(!after.is_authentic("q", b"m", &tag).unwrap());
    }

    #[test]
    fn six_digits_follow_from_key_purpose_and_message() {
        let vault = vault(&["a"]);
        let digits =
            |purpose, message: u32| vault.six_digits(purpose, &message.to_be_bytes()).unwrap();
        assert_eq!(digits("p", 1), digits("p", 1));
        let all: std::collections::HashSet<_> = (0..50).map(|n| digits("p", n)).collect();
        assert!(all.len() > 45);
        assert!(
            all.iter()
                .all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()))
        );
        assert!((0..50).any(|n| digits("p", n) != digits("q", n)));
    }

    #[test]
    fn equal_secrets_do_not_look_equal() {
        let vault = vault(&["a"]);
        let one = vault.seal(&owner(2), &"secret".into()).unwrap();
        let two = vault.seal(&owner(2), &"secret".into()).unwrap();
        assert_ne!(one.bytes, two.bytes);
    }

    #[test]
    fn debug_shows_no_key() {
        let key = MasterKey::generate("a").unwrap();
        let text = key.to_text();
        let secret = text.split_once(':').unwrap().1;
        assert!(!format!("{key:?}").contains(secret));
        assert!(!format!("{:?}", KeyRing::new(vec![key])).contains(secret));
    }

    proptest! {
        #[test]
        fn changed_bytes_do_not_open(secret in ".{0,40}", at in 0_usize..80, bit in 0_u8..8) {
            let vault = vault(&["a"]);
            let mut sealed = vault.seal(&owner(2), &secret.as_str().into()).unwrap();
            let at = at % sealed.bytes.len();
            sealed.bytes[at] ^= 1 << bit;
            prop_assert_eq!(vault.open(&owner(2), &sealed).unwrap_err(), Error::DoesNotOpen);
        }

        #[test]
        fn garbage_does_not_open(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let sealed = Sealed { key_id: "a".into(), bytes };
            prop_assert!(vault(&["a"]).open(&owner(2), &sealed).is_err());
        }
    }
}
