//! The password: looked at here for accounts of our own, at the source for those that are mirrored.
//!
//! A name that nobody has costs the same work as one that somebody has, and is counted alike.

use bheem_domain::{AccountId, Username};
use bheem_persistence::{
    SystemScope,
    repo::{AccountRecord, Origin},
};
use secrecy::SecretString;

use crate::{
    Client, Error, Identity, Result, begin::Proven, beside::is_provisional, events::fingerprint,
    passwords::is_bcrypt, sources::is_proven_name, throttle::Keys,
};

/// Whether the account's password is looked at elsewhere.
pub(crate) fn is_mirrored(account: &AccountRecord) -> bool {
    matches!(account.origin, Origin::Passport | Origin::ErpDatabase)
}

impl Identity {
    /// Checks a name and a password; a failure is counted and recorded.
    pub(crate) async fn check_password(
        &self,
        name: &str,
        password: SecretString,
        client: &Client,
    ) -> Result<Proven> {
        let folded = Username::fold(name);
        let mut keys = Keys::new(&folded, client.ip);
        let since = self.clock.now();
        let (account, beside) = {
            let mut read = self.database.system_read(&Self::scope("sign in")).await?;
            let account = read.accounts().find_for_sign_in(&folded).await?;
            if let Some(account) = account.as_ref().filter(|one| !is_provisional(one)) {
                let device = fingerprint(client);
                let (_, is_known) = read
                    .known_devices()
                    .knows(account.id, std::slice::from_ref(&device))
                    .await?;
                if is_known {
                    keys = keys.of_device(account.id, &device);
                }
            }
            keys.check(&mut read.login_throttle(), &self.config, since)
                .await?;
            (account, read.accounts().list_beside(&folded).await?)
        };
        let found = match &account {
            Some(account) if is_mirrored(account) => {
                let is_correct = self.ask_source_of(account, name, &password, &keys);
                Box::pin(is_correct).await?.then(|| account.clone())
            }
            Some(account) if self.sources.is_empty() || is_proven_name(account, &folded) => {
                let is_correct = self.look_at_own(&keys, account, &password);
                Box::pin(is_correct).await?.then(|| account.clone())
            }
            Some(account) => {
                let found = self.here_or_at_a_source(account, name, &password, &keys);
                Box::pin(found).await?
            }
            None => Box::pin(self.look_elsewhere(&keys, name, &password)).await?,
        };
        let is_theirs = found.is_some();
        let found = match found {
            Some(found) => Some(found),
            None => Box::pin(self.look_beside(&beside, &keys, &password)).await?,
        };
        if account.as_ref().is_some_and(is_provisional) && (is_theirs || found.is_none()) {
            let others = if is_theirs { beside.len() } else { 0 };
            Box::pin(self.look_at_nobody(1 + others, &keys, &password)).await?;
        }
        let Some(found) = found else {
            Box::pin(self.tell_if_renamed(&keys, &folded, &password)).await?;
            let method = crate::events::PASSWORD;
            self.record_failure(account.iter().chain(&beside), method, client)
                .await?;
            return Err(Error::BadCredentials);
        };
        if !found.is_active {
            return Err(Error::AccountDisabled);
        }
        // Whoever comes in by a name that is not proven to be theirs has not made up for what was guessed.
        let keys = (!is_provisional(&found)).then_some(keys);
        Ok(Proven {
            account: found,
            amr: vec!["pwd".to_owned()],
            method: crate::events::PASSWORD,
            since,
            keys,
        })
    }

    /// Tells whoever had this name, and knows the password, what the account is called since
    /// somebody else has proven that the name is their address.
    async fn tell_if_renamed(
        &self,
        keys: &Keys,
        name: &str,
        password: &SecretString,
    ) -> Result<()> {
        let scope = Self::scope("look for a former name");
        let former = {
            let mut read = self.database.system_read(&scope).await?;
            read.accounts().find_by_former_username(name).await?
        };
        let Some(former) = former.filter(|former| former.is_active && !is_mirrored(former)) else {
            return Ok(());
        };
        let turn = self.passwords.turn(keys.network()).await?;
        if turn
            .is_correct(password.clone(), former.hashed_password)
            .await?
        {
            return Err(Error::Renamed {
                username: former.username,
            });
        }
        Ok(())
    }

    /// Checks the password of somebody who is known already.
    pub(crate) async fn check_password_of(
        &self,
        account: &AccountRecord,
        password: SecretString,
        client: &Client,
    ) -> Result<()> {
        // Somebody with a stolen session must not be able to guess on without end.
        let keys = Keys::new(&format!("change\0{}", account.id), client.ip);
        let is_correct = if is_mirrored(account) {
            Box::pin(self.ask_source_of(account, &account.username, &password, &keys)).await?
        } else {
            let hash = account.hashed_password.clone();
            Box::pin(self.look_at(&keys, password, hash)).await?
        };
        if !is_correct {
            return Err(Error::BadCredentials);
        }
        let scope = Self::scope("check a password");
        let mut read = self.database.system_read(&scope).await?;
        keys.succeeded(&mut read.login_throttle()).await
    }

    pub(crate) async fn look_at_own(
        &self,
        keys: &Keys,
        account: &AccountRecord,
        password: &SecretString,
    ) -> Result<bool> {
        let hash = account.hashed_password.clone();
        let is_correct = self.look_at(keys, password.clone(), hash).await?;
        if let Some(before) = &account.hashed_password
            && is_correct
            && is_bcrypt(before)
        {
            // If there is no place to make it, the next sign-in does.
            if let Ok(after) = self.passwords.hash(password.clone()).await {
                let scope = Self::scope("replace an old hash");
                let mut read = self.database.system_read(&scope).await?;
                read.accounts().rehash(account.id, before, &after).await?;
            }
        }
        Ok(is_correct)
    }

    /// Whether the password is right. A wrong one is counted before the next one is looked at, so of
    /// many guesses made at once no more are looked at than of those made in turn, while any number
    /// of people who know their passwords come in at once.
    pub(crate) async fn look_at(
        &self,
        keys: &Keys,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool> {
        let scope = Self::scope("look at a password");
        let turn = self.passwords.turn(keys.network()).await?;
        {
            let mut read = self.database.system_read(&scope).await?;
            keys.check(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
        }
        // No connection is held while the password is hashed.
        let is_correct = turn.is_correct(password, hash).await?;
        if !is_correct {
            let mut read = self.database.system_read(&scope).await?;
            keys.failed(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
        }
        Ok(is_correct)
    }

    /// Notes in the log, and among the events of the accounts that were tried, that somebody was not let
    /// in.
    pub(crate) async fn record_failure(
        &self,
        accounts: impl IntoIterator<Item = &AccountRecord>,
        method: &'static str,
        client: &Client,
    ) -> Result<()> {
        metrics::counter!("sign_ins_total", "outcome" => "failure").increment(1);
        let ids: Vec<AccountId> = accounts.into_iter().map(|account| account.id).collect();
        let mut actor = client.actor(uuid::Uuid::nil().into());
        actor.account_id = ids.first().copied();
        let scope = SystemScope::person("sign in", actor);
        let mut tx = self.database.system(&scope).await?.aside();
        tx.activity(None)
            .record("auth.login_failed", None, "Sign-in failed", None)
            .await?;
        for id in ids {
            self.add_failure(&mut tx, id, method, client).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
