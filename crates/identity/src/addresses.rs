//! Whose an address is: whoever proves first that it is theirs.
//!
//! An account may be registered with an address that nobody has proven. It is then a name to sign in
//! with, for the time being. A proof that comes from within the account (the link of a mail, opened in
//! a session of that very account) makes the address the account's. Any other proof is somebody else's,
//! as far as anybody can tell: a person who never heard of the account reads the mail. They get the
//! address with a fresh account; the other one goes on under another name.

use bheem_domain::{AccountId, EmailAddress, LoginEventId, PlatformRole};
use bheem_persistence::{
    SystemTx,
    repo::{AccountRecord, Displaced, Entity, LoginEventRecord, NewAccount, Origin},
};
use uuid::Uuid;

use crate::{Error, Identity, Result, first_factor::is_mirrored};

/// What stands among the sign-ins of an account whose address somebody else has proven.
const ADDRESS_LOST: &str = "address_lost";

/// Whether nobody has ever had a way into the account, so that whoever proves its address finds
/// nothing there of anybody else.
pub(crate) fn is_untouched(account: &AccountRecord) -> bool {
    account.origin == Origin::Invited && account.hashed_password.is_none()
}

/// Whether a proof of `email` that comes from outside of the account takes the address from it.
pub(crate) fn would_lose(account: &AccountRecord, email: &EmailAddress) -> bool {
    account.email.as_ref() == Some(email)
        && account.email_verified_at.is_none()
        && !is_untouched(account)
        && !is_mirrored(account)
}

impl Identity {
    /// Gives the address, which somebody has just proven, to them: with an account that was made for
    /// it and never used, or else with a new one.
    pub(crate) async fn take_over(
        &self,
        tx: &mut SystemTx,
        email: &EmailAddress,
        hash: &str,
    ) -> Result<(AccountId, Vec<Displaced>)> {
        let now = self.clock.now();
        tx.accounts().hold_address(email).await?;
        if tx.accounts().find_holder(email).await?.is_some() {
            return Err(Error::BadLink);
        }
        let waiting = tx.accounts().find_by_email(email).await?;
        if let Some(waiting) = waiting.filter(|account| account.is_active) {
            let displaced = tx.accounts().prove_address(waiting.id, email, now).await?;
            tx.accounts().set_password(waiting.id, hash, now).await?;
            tx.accounts().note_joined(waiting.id, now).await?;
            tx.link_tokens().void_all(waiting.id, now).await?;
            return Ok((waiting.id, displaced.unwrap_or_default()));
        }
        let displaced = tx.accounts().release_address(email, None, now).await?;
        let fresh = NewAccount {
            id: AccountId::generate(&*self.clock),
            username: email.to_string(),
            email: Some(email.clone()),
            hashed_password: Some(hash.to_owned()),
            full_name: None,
            phone: None,
            role: PlatformRole::Customer,
            company_code: None,
            origin: Origin::Registered,
            invitation_email: None,
            email_verified_at: Some(now),
            created_at: now,
        };
        let account = tx.accounts().insert(&fresh).await?;
        Ok((account.id, displaced))
    }

    /// Writes down that an address was proven, and who lost it by that.
    pub(crate) async fn note_proof(
        &self,
        tx: &mut SystemTx,
        holder: AccountId,
        displaced: &[Displaced],
    ) -> Result<()> {
        let entity = |id| Some(Entity::new("user", id));
        tx.activity(None)
            .record(
                "auth.email_verified",
                entity(holder),
                "Address proven",
                None,
            )
            .await?;
        for lost in displaced {
            tx.activity(None)
                .record(
                    "auth.address_lost",
                    entity(lost.account_id),
                    "Somebody else proved the address; the account goes on under another name",
                    None,
                )
                .await?;
            // Its holder reads this among the sign-ins.
            let event = LoginEventRecord {
                id: LoginEventId::generate(&*self.clock),
                account_id: lost.account_id,
                session_id: None,
                is_success: false,
                method: ADDRESS_LOST.to_owned(),
                ip_address: None,
                user_agent: None,
                is_new_device: false,
                alert: None,
                created_at: self.clock.now(),
            };
            tx.login_events().insert(&event).await?;
        }
        Ok(())
    }

    /// Refuses what has ended in a transaction that this process has committed, without waiting to
    /// hear of it.
    pub fn forget(&self, ended: impl IntoIterator<Item = Uuid>) {
        let now = self.clock.now();
        for id in ended {
            self.revocations.add(id, now);
        }
    }

    /// The same for accounts that have lost an address.
    pub fn forget_displaced(&self, displaced: &[Displaced]) {
        for lost in displaced {
            self.forget_standing(lost.account_id);
        }
        self.forget(displaced.iter().flat_map(|lost| lost.ended.iter().copied()));
    }
}
