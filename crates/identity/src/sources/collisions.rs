//! Names that a source and an account of ours both have.
//!
//! A source that owns a name is asked first for whoever signs in by it, and one that cannot tell is asked
//! when the password is not that of the account here: nobody is shut out of the source's account by a
//! registration here. That there are two is told to the operator.

use std::sync::Arc;

use bheem_persistence::{
    PageRequest, SystemScope,
    repo::{AccountRecord, Entity, NameCollision},
};
use secrecy::SecretString;
use serde_json::json;

use super::{IdentitySource, Ownership, Verdict, Verified};
use crate::{Error, Identity, Result, throttle::Keys};

/// Whether somebody signs in by an address that the account has proven: then it is nobody else's.
pub(crate) fn is_proven_name(account: &AccountRecord, name: &str) -> bool {
    account.email_verified_at.is_some()
        && account
            .email
            .as_ref()
            .is_some_and(|email| email.to_string().eq_ignore_ascii_case(name))
}

impl Identity {
    /// Whether a source has the name, or the address, so that nobody registers it here. One that is away
    /// keeps nobody else out: what is registered meanwhile shuts its people out of nothing.
    pub(crate) async fn is_of_a_source(&self, name: &str) -> bool {
        for source in self.sources.iter() {
            if source.owns(name).await == Ownership::Owned {
                return true;
            }
        }
        false
    }

    /// Somebody who signs in by the name of an account here, which a person of a source may have, too.
    pub(crate) async fn here_or_at_a_source(
        &self,
        local: &AccountRecord,
        name: &str,
        password: &SecretString,
        keys: &Keys,
    ) -> Result<Option<AccountRecord>> {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for source in self.sources.iter() {
            // One that cannot tell now is asked now, too: it may be its person who comes.
            match source.owns(name).await {
                Ownership::Owned => first.push(source),
                Ownership::Unclaimed | Ownership::Unavailable => last.push(source),
            }
        }
        if !first.is_empty() {
            let scope = Self::scope("sign in by another source");
            let mut read = self.database.system_read(&scope).await?;
            keys.attempt(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
        }
        let (found, is_away) = self.ask_in_turn(&first, local, name, password).await?;
        if found.is_some() {
            return Ok(found);
        }
        if Box::pin(self.look_at_own(keys, local, password)).await? {
            return Ok(Some(local.clone()));
        }
        if is_away {
            return Err(Error::Unavailable);
        }
        let (found, _) = self.ask_in_turn(&last, local, name, password).await?;
        Ok(found)
    }

    /// The person whom one of these sources knows, and whether one was away.
    async fn ask_in_turn(
        &self,
        sources: &[&Arc<dyn IdentitySource>],
        local: &AccountRecord,
        name: &str,
        password: &SecretString,
    ) -> Result<(Option<AccountRecord>, bool)> {
        let mut is_away = false;
        for source in sources {
            match source.verify(name, password).await {
                Verdict::Verified(person) => {
                    let mirrored = self.mirror(source.name(), &person).await?;
                    self.note_collision(source.name(), &person, local, &mirrored, name)
                        .await?;
                    return Ok((Some(mirrored), false));
                }
                Verdict::Refused => {}
                Verdict::Unavailable => is_away = true,
            }
        }
        Ok((None, is_away))
    }

    async fn note_collision(
        &self,
        source: &'static str,
        person: &Verified,
        local: &AccountRecord,
        mirrored: &AccountRecord,
        name: &str,
    ) -> Result<()> {
        let now = self.clock.now();
        let scope = Self::scope("note that two have one name");
        let mut tx = self.database.system(&scope).await?;
        let collision = NameCollision {
            source: source.to_owned(),
            subject: person.subject.clone(),
            account_id: local.id,
            mirrored_id: mirrored.id,
            name: name.chars().take(320).collect(),
            created_at: now,
            seen_at: now,
        };
        if tx.name_collisions().note(&collision).await? {
            tracing::warn!(
                source,
                account.id = %local.id,
                mirrored.id = %mirrored.id,
                "a person of an identity source and an account registered here have the same name"
            );
            tx.activity(None)
                .record(
                    "auth.name_collision",
                    Some(Entity::new("user", local.id)),
                    "A person of an identity source has the name of this account",
                    Some(json!({"source": source, "mirrored_id": mirrored.id})),
                )
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A page of the names that a person of a source and an account of ours both have, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn name_collisions(
        &self,
        scope: &SystemScope,
        page: &PageRequest,
    ) -> Result<Vec<NameCollision>> {
        let mut read = self.database.system_read(scope).await?;
        Ok(read.name_collisions().list(page).await?)
    }
}
