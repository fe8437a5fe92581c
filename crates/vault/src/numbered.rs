//! Tokens that need no row of their own: `base64url(id ‖ number ‖ HMAC)`.
//!
//! The row of `id` keeps the current number. A token with a good code and an old number was ours and
//! was used before: that is the sign of a stolen token, and cannot be faked by guessing. The purpose
//! keeps tokens of different kinds apart.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{Error, Vault, token};

const BODY: usize = 20;

impl Vault {
    /// The token of `id` at a number.
    ///
    /// # Errors
    /// When the code cannot be made.
    pub fn numbered_token(
        &self,
        purpose: &str,
        id: Uuid,
        number: i32,
    ) -> Result<SecretString, Error> {
        let mut bytes = Vec::with_capacity(BODY + 32);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        let code = self.authenticate(purpose, &bytes)?;
        bytes.extend_from_slice(&code);
        Ok(token::encode(&bytes).into())
    }

    /// The id and number of a token that we issued for this purpose; `None` for any other text.
    ///
    /// # Errors
    /// When the code cannot be checked.
    pub fn read_numbered_token(
        &self,
        purpose: &str,
        text: &SecretString,
    ) -> Result<Option<(Uuid, i32)>, Error> {
        let Some(bytes) = token::decode(text.expose_secret()) else {
            return Ok(None);
        };
        let Some((body, code)) = bytes.split_at_checked(BODY) else {
            return Ok(None);
        };
        if !self.is_authentic(purpose, body, code)? {
            return Ok(None);
        }
        let Some((id, number)) = body.split_first_chunk::<16>() else {
            return Ok(None);
        };
        let number = number.try_into().ok().map(i32::from_be_bytes);
        Ok(number.map(|number| (Uuid::from_bytes(*id), number)))
    }
}
