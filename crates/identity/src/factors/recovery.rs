//! Recovery codes: ten, shown once, each good once. Kept as message authentication codes, so that
//! whoever reads the table cannot try them out.

use bheem_domain::AccountId;
use bheem_persistence::SystemTx;
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};

use super::Fresh;
use crate::{Error, Identity, Result};

/// How many there are.
const COUNT: usize = 10;
/// Characters of a code; 60 bits.
const CHARS: usize = 12;
/// Without those that look alike (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PURPOSE: &str = "identity.recovery_code";

impl Identity {
    /// Makes new recovery codes; the old ones end.
    ///
    /// # Errors
    /// [`Error::FactorNotFound`] when there is no second factor that they could stand in for.
    pub async fn new_recovery_codes(&self, fresh: &Fresh) -> Result<Vec<SecretString>> {
        if !self.factors(fresh.account().id).await?.any() {
            return Err(Error::FactorNotFound);
        }
        let scope = fresh.scope("make recovery codes");
        let mut tx = self.database.system(&scope).await?;
        tx.accounts().lock(fresh.account().id).await?;
        let codes = self.replace_codes(&mut tx, fresh.account().id).await?;
        tx.activity(None)
            .record(
                "auth.recovery_codes_made",
                Some(fresh.entity()),
                "Recovery codes made",
                None,
            )
            .await?;
        tx.commit().await?;
        Ok(codes)
    }

    pub(super) async fn replace_codes(
        &self,
        tx: &mut SystemTx,
        account_id: AccountId,
    ) -> Result<Vec<SecretString>> {
        let mut codes = Vec::with_capacity(COUNT);
        let mut hashes = Vec::with_capacity(COUNT);
        for _ in 0..COUNT {
            let code = generate()?;
            let message = message(account_id, &code);
            hashes.push(self.vault.authenticate(PURPOSE, &message)?.to_vec());
            codes.push(shown(&code).into());
        }
        let mut rows = tx.recovery_codes();
        rows.remove_all(account_id).await?;
        rows.insert(account_id, &hashes, self.clock.now()).await?;
        Ok(codes)
    }

    /// Whether the code is one of the account's, and was not used; it is used up by that.
    pub(super) async fn accept_recovery(
        &self,
        account_id: AccountId,
        code: &SecretString,
    ) -> Result<bool> {
        let Some(code) = plain(code.expose_secret()) else {
            return Ok(false);
        };
        let message = message(account_id, &code);
        let scope = Self::scope("look at a recovery code");
        let mut read = self.database.system_read(&scope).await?;
        for hash in read.recovery_codes().unused(account_id).await? {
            if self.vault.is_authentic(PURPOSE, &message, &hash)? {
                let now = self.clock.now();
                return Ok(read
                    .recovery_codes()
                    .consume(account_id, &hash, now)
                    .await?);
            }
        }
        Ok(false)
    }
}

fn generate() -> Result<String> {
    let bytes = token::random_bytes::<CHARS>()?;
    bytes
        .iter()
        .map(|byte| {
            ALPHABET
                .get(usize::from(byte % 32))
                .copied()
                .map(char::from)
        })
        .collect::<Option<String>>()
        .ok_or(Error::Crypto("a recovery code"))
}

fn message(account_id: AccountId, code: &str) -> Vec<u8> {
    let mut message = account_id.as_uuid().as_bytes().to_vec();
    message.extend_from_slice(code.as_bytes());
    message
}

/// In groups of four.
fn shown(code: &str) -> String {
    let mut text = String::with_capacity(CHARS + 2);
    for (at, c) in code.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            text.push('-');
        }
        text.push(c);
    }
    text
}

/// What somebody typed, without signs and case, and with what looks alike put right.
fn plain(code: &str) -> Option<String> {
    let code: String = code
        .chars()
        .take(64)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    (code.len() == CHARS).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        let code = generate().unwrap();
        assert_eq!(code.len(), CHARS);
        assert_eq!(plain(&shown(&code)), Some(code.clone()));
        assert_eq!(plain(&shown(&code).to_uppercase()), Some(code.clone()));
        assert_eq!(plain("oil1-0000 0000").as_deref(), Some("011100000000"));
        for bad in ["", "123", "0000-0000-00000", &"é".repeat(12)] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_do_not_repeat() {
        let codes: std::collections::HashSet<_> = (0..100).map(|_| generate().unwrap()).collect();
        assert_eq!(codes.len(), 100);
    }
}
