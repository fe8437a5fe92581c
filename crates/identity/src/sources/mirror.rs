//! Asking sources, and keeping accounts that mirror what they say.

use bheem_domain::{AccountId, EmailAddress, PlatformRole, Username};
use bheem_persistence::{
    SystemTx,
    repo::{AccountRecord, Entity, NewAccount, Origin},
};
use bheem_vault::token;
use secrecy::SecretString;

use super::{Verdict, Verified};
use crate::{Error, Identity, Result, throttle::Keys};

impl Identity {
    /// Whether the source of a mirrored account says that the password is right, and means that very
    /// person.
    pub(crate) async fn ask_source_of(
        &self,
        account: &AccountRecord,
        name: &str,
        password: &SecretString,
        keys: &Keys,
    ) -> Result<bool> {
        let bound = self.source_of(account.id, keys).await?;
        let found = bound.and_then(|(source, subject)| {
            let source = self.sources.iter().find(|known| known.name() == source)?;
            Some((source, subject))
        });
        let Some((source, subject)) = found else {
            // Not configured any more: nobody can say.
            self.look_at(keys, password.clone(), None).await?;
            return Err(Error::Unavailable);
        };
        let verdict = source.verify(name, password).await;
        let scope = Self::scope("sign in by another source");
        let mut read = self.database.system_read(&scope).await?;
        let now = self.clock.now();
        match verdict {
            Verdict::Verified(person) if person.subject == subject => {
                read.external_identities()
                    .note_seen(source.name(), &subject, now)
                    .await?;
                Ok(true)
            }
            Verdict::Verified(_) | Verdict::Refused => {
                keys.attempt_failed(&mut read.login_throttle(), &self.config, now)
                    .await?;
                Ok(false)
            }
            Verdict::Unavailable => Err(Error::Unavailable),
        }
    }

    async fn source_of(
        &self,
        account_id: AccountId,
        keys: &Keys,
    ) -> Result<Option<(String, String)>> {
        let scope = Self::scope("sign in by another source");
        let mut read = self.database.system_read(&scope).await?;
        keys.attempt(&mut read.login_throttle(), &self.config, self.clock.now())
            .await?;
        Ok(read.external_identities().of_account(account_id).await?)
    }

    /// Somebody whom we do not know: the same work as for somebody we do, then each source in order.
    pub(crate) async fn look_elsewhere(
        &self,
        keys: &Keys,
        name: &str,
        password: &SecretString,
    ) -> Result<Option<AccountRecord>> {
        if self.sources.is_empty() {
            self.look_at(keys, password.clone(), None).await?;
            return Ok(None);
        }
        let scope = Self::scope("sign in by another source");
        {
            let mut read = self.database.system_read(&scope).await?;
            keys.attempt(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
        }
        let turn = self.passwords.turn(keys.network()).await?;
        turn.is_correct(password.clone(), None).await?;
        drop(turn);
        let mut is_away = false;
        for source in self.sources.iter() {
            match source.verify(name, password).await {
                Verdict::Verified(person) => {
                    return self.mirror(source.name(), &person).await.map(Some);
                }
                Verdict::Refused => {}
                Verdict::Unavailable => is_away = true,
            }
        }
        if is_away {
            return Err(Error::Unavailable);
        }
        let mut read = self.database.system_read(&scope).await?;
        keys.attempt_failed(&mut read.login_throttle(), &self.config, self.clock.now())
            .await?;
        Ok(None)
    }

    /// The account of a person in a source; made when it is the first time.
    pub(super) async fn mirror(
        &self,
        source: &'static str,
        person: &Verified,
    ) -> Result<AccountRecord> {
        let origin = match source {
            "passport" => Origin::Passport,
            "erp_database" => Origin::ErpDatabase,
            _ => return Err(Error::Crypto("an identity source of an unknown name")),
        };
        let scope = Self::scope("mirror an account");
        let find = async || {
            let mut read = self.database.system_read(&scope).await?;
            let now = self.clock.now();
            let mut bound = read.external_identities();
            let found = bound.find(source, &person.subject).await?;
            if found.is_some() {
                bound.note_seen(source, &person.subject, now).await?;
            }
            Ok::<_, Error>(found)
        };
        if let Some(id) = find().await? {
            return self.account(id).await;
        }
        let mut tx = self.database.system(&scope).await?;
        let account = self.insert_mirrored(&mut tx, origin, person).await?;
        let is_first = tx
            .external_identities()
            .insert(source, &person.subject, account.id, account.created_at)
            .await?;
        if is_first {
            tx.activity(None)
                .record(
                    "auth.mirrored",
                    Some(Entity::new("user", account.id)),
                    "Account mirrored from another source",
                    None,
                )
                .await?;
            tx.commit().await?;
            return self.account(account.id).await;
        }
        // Somebody else was faster; what was written here is taken back.
        drop(tx);
        let id = find().await?.ok_or(Error::BadCredentials)?;
        self.account(id).await
    }

    async fn insert_mirrored(
        &self,
        tx: &mut SystemTx,
        origin: Origin,
        person: &Verified,
    ) -> Result<AccountRecord> {
        let now = self.clock.now();
        let email = person
            .email
            .as_deref()
            .and_then(|email| EmailAddress::parse(email).ok());
        // Two who come at once for one name must not both find it free.
        tx.login_events().lock(uuid::Uuid::nil().into()).await?;
        let is_held = match &email {
            Some(email) => {
                let found = tx.accounts().find_for_sign_in(&email.to_string()).await?;
                found.is_some()
            }
            None => true,
        };
        let username = match name_of(person, email.as_ref()) {
            Some(name) if !tx.accounts().is_username_taken(&name).await? => name,
            _ => format!("user-{}", cut(&token::generate_hex32()?, 16)),
        };
        let is_proven = person.is_email_proven && !is_held;
        let new = NewAccount {
            id: AccountId::generate(&*self.clock),
            username,
            email,
            hashed_password: None,
            full_name: person.full_name.as_deref().map(|name| cut(name, 255)),
            phone: person.phone.as_deref().map(|phone| cut(phone, 32)),
            role: PlatformRole::Customer,
            company_code: person.company_code.as_deref().map(|code| cut(code, 100)),
            origin,
            invitation_email: None,
            email_verified_at: is_proven.then_some(now),
            created_at: now,
        };
        let account = tx.accounts().insert(&new).await?;
        tx.accounts()
            .set_company(account.id, person.company_id, person.person_id)
            .await?;
        Ok(account)
    }
}

/// What somebody may be called here as there; not a name that is kept back, nor an address that is not
/// theirs.
fn name_of(person: &Verified, email: Option<&EmailAddress>) -> Option<String> {
    if person.username.contains('@') {
        let address = EmailAddress::parse(&person.username).ok()?;
        return (email == Some(&address)).then(|| address.to_string());
    }
    let name = Username::parse(&person.username).ok()?;
    Some(name.to_string())
}

fn cut(text: &str, chars: usize) -> String {
    text.trim().chars().take(chars).collect()
}
