//! Signing in by a name that others have, too.
//!
//! Whoever registers an address gets an account, whether or not the address is somebody's. So that nothing
//! tells the one from the other, an account that has an address as its name without having proven it is
//! looked at in the same way in both cases: with as much work, as many failures counted and written down.
//! Whoever has the name comes first, so that a second registration by the same person with the same password
//! does not keep them from their account.

use bheem_persistence::repo::AccountRecord;
use secrecy::SecretString;

use crate::{Identity, Result, sources::is_proven_name, throttle::Keys};

/// Whether the account's name is an address that it has not proven.
pub(crate) fn is_provisional(account: &AccountRecord) -> bool {
    account.username.contains('@') && !is_proven_name(account, &account.username)
}

impl Identity {
    /// The account of those that have the name beside somebody else whose password it is. It was not that of
    /// whoever has the name, and was counted as a failure already.
    pub(crate) async fn look_beside(
        &self,
        beside: &[AccountRecord],
        keys: &Keys,
        password: &SecretString,
    ) -> Result<Option<AccountRecord>> {
        if beside.is_empty() {
            return Ok(None);
        }
        let turn = self.passwords.turn(keys.network()).await?;
        for account in beside {
            let hash = account.hashed_password.clone();
            if turn.is_correct(password.clone(), hash).await? {
                let scope = Self::scope("look at a password");
                let mut read = self.database.system_read(&scope).await?;
                keys.take_back(&mut read.login_throttle()).await?;
                return Ok(Some(account.clone()));
            }
        }
        Ok(None)
    }

    /// The work that `number` more accounts of the name would be.
    pub(crate) async fn look_at_nobody(
        &self,
        number: usize,
        keys: &Keys,
        password: &SecretString,
    ) -> Result<()> {
        let turn = self.passwords.turn(keys.network()).await?;
        for _ in 0..number {
            turn.is_correct(password.clone(), None).await?;
        }
        Ok(())
    }
}
