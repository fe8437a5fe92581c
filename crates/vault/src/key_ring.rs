//! Master keys: one current, any number retired.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Error, token};

/// A 256-bit key and its name.
pub struct MasterKey {
    pub(crate) id: String,
    pub(crate) bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl MasterKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`Error::Crypto`] when there are no random bytes.
    pub fn generate(id: impl Into<String>) -> Result<Self, Error> {
        Ok(Self {
            id: id.into(),
            bytes: token::random_bytes()?,
        })
    }

    /// Reads `id:base64`, the form of [`MasterKey::to_text`].
    ///
    /// # Errors
    /// [`Error::KeyRing`]; it does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (id, encoded) = text
            .trim()
            .split_once(':')
            .ok_or(Error::KeyRing("a key is written as id:base64"))?;
        if id.is_empty() || id.len() > 64 {
            return Err(Error::KeyRing("a key's id has 1 to 64 characters"));
        }
        let decoded = Zeroizing::new(
            STANDARD
                .decode(encoded)
                .map_err(|_error| Error::KeyRing("a key is not base64"))?,
        );
        let mut bytes = Zeroizing::new([0; 32]);
        if decoded.len() != bytes.len() {
            return Err(Error::KeyRing("a key has 32 bytes"));
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self {
            id: id.to_owned(),
            bytes,
        })
    }

    /// The form that is kept in a configuration or a file of its own.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}:{}", self.id, STANDARD.encode(*self.bytes)))
    }
}

/// The keys of an installation; the first one seals.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<MasterKey>,
}

impl KeyRing {
    /// A ring of at least one key.
    ///
    /// # Errors
    /// [`Error::KeyRing`] when it is empty or two keys bear one id.
    pub fn new(keys: Vec<MasterKey>) -> Result<Self, Error> {
        if keys.is_empty() {
            return Err(Error::KeyRing("it holds no key"));
        }
        let mut ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != keys.len() {
            return Err(Error::KeyRing("two keys bear one id"));
        }
        Ok(Self { keys })
    }

    pub(crate) fn current(&self) -> Result<&MasterKey, Error> {
        self.keys.first().ok_or(Error::KeyRing("it holds no key"))
    }

    pub(crate) fn find(&self, id: &str) -> Option<&MasterKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &MasterKey> {
        self.keys.iter()
    }
}
