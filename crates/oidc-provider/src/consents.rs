//! What a person agreed to that clients may have, for that person to see and to take back.

use bheem_domain::AccountId;
use bheem_persistence::repo::ConsentRecord;

use crate::{Provider, Result, client::is_client_id};

impl Provider {
    /// Everything that somebody agreed to, by the client's name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consents(&self, account_id: AccountId) -> Result<Vec<ConsentRecord>> {
        let scope = Self::scope("list consents");
        let mut read = self.inner.database.system_read(&scope).await?;
        Ok(read.consents().list(account_id).await?)
    }

    /// Takes back what somebody agreed to; what the client was granted ends with it. `false` when there
    /// was nothing to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_consent(&self, account_id: AccountId, client_id: &str) -> Result<bool> {
        if !is_client_id(client_id) {
            return Ok(false);
        }
        let now = self.inner.clock.now();
        let scope = Self::scope("take a consent back");
        let mut read = self.inner.database.system_read(&scope).await?;
        Ok(read.consents().withdraw(account_id, client_id, now).await?)
    }
}
