//! Passkeys (WebAuthn): as a second factor, and alone. Bound to the host of the installation's
//! address; where that is an IP address, which WebAuthn does not allow, there are none.
//!
//! The state between the two halves of a ceremony is a row that is taken once, so that no answer is
//! good twice, whichever replica it comes to.

use bheem_domain::{AccountId, Invalid, PasskeyId, text};
use bheem_persistence::repo::{AccountRecord, CeremonyPurpose, NewCeremony, PasskeyRecord};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Webauthn, WebauthnBuilder,
};

use super::{Fresh, Method};
use crate::{Error, Identity, IdentityConfig, Result};

/// How long somebody may take for a ceremony.
const LIFE: TimeDelta = TimeDelta::minutes(10);
/// Passkeys an account may have.
const MAX: usize = 20;

/// A challenge for a browser.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// Goes back with the answer.
    pub id: Uuid,
    /// For `navigator.credentials`: an object with `publicKey`, its bytes in base64url.
    pub options: Value,
}

/// A passkey of an account.
#[derive(Debug, Clone)]
pub struct RegisteredPasskey {
    /// Which.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<PasskeyRecord> for RegisteredPasskey {
    fn from(record: PasskeyRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
        }
    }
}

/// The installation as WebAuthn sees it; `None` where its address is none that passkeys can be bound to.
pub(crate) fn relying_party(config: &IdentityConfig) -> Option<Webauthn> {
    let origin = Url::parse(&config.issuer).ok()?;
    let Some(Host::Domain(host)) = origin.host() else {
        return None;
    };
    WebauthnBuilder::new(host, &origin)
        .ok()?
        .rp_name(&config.product_name)
        .build()
        .ok()
}

impl Identity {
    /// Whether this installation can have passkeys.
    #[must_use]
    pub fn has_passkeys(&self) -> bool {
        self.webauthn.is_some()
    }

    fn webauthn(&self) -> Result<&Webauthn> {
        self.webauthn.as_deref().ok_or(Error::PasskeysUnavailable)
    }

    /// Begins to add a passkey.
    ///
    /// # Errors
    /// [`Error::PasskeysUnavailable`], [`Error::Invalid`] when there are too many.
    pub async fn begin_passkey(&self, fresh: &Fresh) -> Result<Ceremony> {
        let webauthn = self.webauthn()?;
        let account = fresh.account();
        let known = self.passkeys_of(account.id).await?;
        if known.len() >= MAX {
            return Err(Invalid::new("passkey", format!("there may be {MAX} at most")).into());
        }
        let exclude = known
            .iter()
            .map(|record| CredentialID::from(record.credential_id.clone()))
            .collect();
        let shown = account.full_name.as_deref().unwrap_or(&account.username);
        let (options, state) = webauthn
            .start_passkey_registration(
                account.id.as_uuid(),
                &account.username,
                shown,
                Some(exclude),
            )
            .map_err(|_error| Error::Crypto("beginning a ceremony"))?;
        let mut options = written(&options)?;
        // So that it can be used without a name later, where the authenticator is able to.
        if let Some(selection) = options.pointer_mut("/publicKey/authenticatorSelection") {
            *selection = merged(selection.take(), json!({"residentKey": "preferred"}));
        }
        let id = self
            .keep(Some(account.id), CeremonyPurpose::Register, &state)
            .await?;
        Ok(Ceremony { id, options })
    }

    /// Adds the passkey. Answers recovery codes if the account has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the answer is not one to this challenge.
    pub async fn finish_passkey(
        &self,
        fresh: &Fresh,
        ceremony: Uuid,
        response: Value,
        name: &str,
    ) -> Result<(RegisteredPasskey, Vec<SecretString>)> {
        let account_id = fresh.account().id;
        let name = text::required("name", name, 100)?;
        let refused = || {
            Invalid::new(
                "credential",
                "is not an answer to this challenge, or came too late",
            )
        };
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(response).map_err(|_error| refused())?;
        let state: PasskeyRegistration = self
            .take(ceremony, Some(account_id), CeremonyPurpose::Register)
            .await?
            .ok_or_else(refused)?;
        let passkey = self
            .webauthn()?
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| {
                tracing::debug!(%error, "a passkey was refused");
                refused()
            })?;
        let record = PasskeyRecord {
            id: PasskeyId::generate(&*self.clock),
            account_id,
            credential_id: passkey.cred_id().clone(),
            name,
            passkey: written(&passkey)?,
            created_at: self.clock.now(),
            last_used_at: None,
        };
        let mut tx = self.database.system(&fresh.scope("add a passkey")).await?;
        match tx.passkeys().insert(&record).await {
            Err(error) if error.is_duplicate_of("passkeys_credential_id_key") => {
                return Err(Invalid::new("credential", "is registered already").into());
            }
            other => other?,
        }
        let codes = self.complete(&mut tx, fresh, Method::Passkey).await?;
        tx.commit().await?;
        Ok((record.into(), codes))
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// [`Error::FactorNotFound`], [`Error::LastFactor`].
    pub async fn remove_passkey(&self, fresh: &Fresh, id: PasskeyId) -> Result<()> {
        let account_id = fresh.account().id;
        let scope = fresh.scope("remove a passkey");
        let mut tx = self.database.system(&scope).await?;
        tx.accounts().lock(account_id).await?;
        if !tx.passkeys().remove(account_id, id).await? {
            return Err(Error::FactorNotFound);
        }
        self.check_what_is_left(&mut tx, account_id, Method::Passkey)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A challenge to one of the account's passkeys, as a second factor.
    pub(crate) async fn challenge_passkeys_of(&self, account_id: AccountId) -> Result<Ceremony> {
        let webauthn = self.webauthn()?;
        let passkeys = self
            .passkeys_of(account_id)
            .await?
            .into_iter()
            .map(|record| read_back(record.passkey))
            .collect::<Result<Vec<Passkey>>>()?;
        if passkeys.is_empty() {
            return Err(Error::FactorNotFound);
        }
        let (options, state) = webauthn
            .start_passkey_authentication(&passkeys)
            .map_err(|_error| Error::Crypto("beginning a ceremony"))?;
        let id = self
            .keep(Some(account_id), CeremonyPurpose::SecondFactor, &state)
            .await?;
        let options = written(&options)?;
        Ok(Ceremony { id, options })
    }

    /// Whether the answer is one of the account's passkeys to this challenge.
    pub(super) async fn accept_passkey(
        &self,
        account_id: AccountId,
        ceremony: Uuid,
        response: Value,
    ) -> Result<bool> {
        let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(response) else {
            return Ok(false);
        };
        let state: Option<PasskeyAuthentication> = self
            .take(ceremony, Some(account_id), CeremonyPurpose::SecondFactor)
            .await?;
        let (Some(state), webauthn) = (state, self.webauthn()?) else {
            return Ok(false);
        };
        let Ok(result) = webauthn.finish_passkey_authentication(&answer, &state) else {
            return Ok(false);
        };
        let found = self.find_passkey(result.cred_id()).await?;
        match found.filter(|record| record.account_id == account_id) {
            Some(record) => self.note_passkey(record, &result).await,
            None => Ok(false),
        }
    }

    /// A challenge to whatever passkey the browser knows for this installation.
    ///
    /// # Errors
    /// [`Error::PasskeysUnavailable`].
    pub async fn passkey_challenge(&self) -> Result<Ceremony> {
        let (options, state) = self
            .webauthn()?
            .start_discoverable_authentication()
            .map_err(|_error| Error::Crypto("beginning a ceremony"))?;
        let mut options = written(&options)?;
        // How it is offered is the page's to decide.
        if let Value::Object(options) = &mut options {
            options.remove("mediation");
        }
        let id = self.keep(None, CeremonyPurpose::SignIn, &state).await?;
        Ok(Ceremony { id, options })
    }

    /// Whose passkey answered the challenge; `None` when the answer is no good. The authenticator has
    /// verified its user, so this is two factors.
    pub(crate) async fn identify_by_passkey(
        &self,
        ceremony: Uuid,
        response: Value,
    ) -> Result<Option<AccountRecord>> {
        let webauthn = self.webauthn()?;
        let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(response) else {
            return Ok(None);
        };
        let state: Option<DiscoverableAuthentication> =
            self.take(ceremony, None, CeremonyPurpose::SignIn).await?;
        let (Some(state), Ok((user, credential))) = (
            state,
            webauthn.identify_discoverable_authentication(&answer),
        ) else {
            return Ok(None);
        };
        let account_id = AccountId::from(user);
        let found = self.find_passkey(credential).await?;
        let Some(record) = found.filter(|record| record.account_id == account_id) else {
            return Ok(None);
        };
        let passkey: Passkey = read_back(record.passkey.clone())?;
        let key = DiscoverableKey::from(&passkey);
        let Ok(result) = webauthn.finish_discoverable_authentication_v2(&answer, state, &key)
        else {
            return Ok(None);
        };
        if !result.user_verified() || !self.note_passkey(record, &result).await? {
            return Ok(None);
        }
        self.account(account_id).await.map(Some)
    }

    /// Notes the use; `false` when the counter shows that there is a copy.
    async fn note_passkey(
        &self,
        record: PasskeyRecord,
        result: &AuthenticationResult,
    ) -> Result<bool> {
        let mut passkey: Passkey = read_back(record.passkey.clone())?;
        let counter = u64::from(result.counter());
        let before = record
            .passkey
            .pointer("/cred/counter")
            .and_then(Value::as_u64);
        if counter > 0 && before.is_some_and(|before| before >= counter) {
            tracing::warn!(account.id = %record.account_id, "the counter of a passkey went back");
            return Ok(false);
        }
        passkey.update_credential(result);
        let after = written(&passkey)?;
        let scope = Self::scope("note the use of a passkey");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read
            .passkeys()
            .note_use(record.id, &record.passkey, &after, self.clock.now())
            .await?)
    }

    async fn passkeys_of(&self, account_id: AccountId) -> Result<Vec<PasskeyRecord>> {
        let scope = Self::scope("list passkeys");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.passkeys().list(account_id).await?)
    }

    async fn find_passkey(&self, credential: &[u8]) -> Result<Option<PasskeyRecord>> {
        let scope = Self::scope("find a passkey");
        let mut read = self.database.system_read(&scope).await?;
        Ok(read.passkeys().find_by_credential(credential).await?)
    }

    async fn keep(
        &self,
        account_id: Option<AccountId>,
        purpose: CeremonyPurpose,
        state: &impl Serialize,
    ) -> Result<Uuid> {
        let now = self.clock.now();
        // It comes back from a stranger: not to be guessed by its time.
        let id = uuid::Builder::from_random_bytes(*bheem_vault::token::random_bytes::<16>()?)
            .into_uuid();
        let new = NewCeremony {
            id,
            account_id,
            purpose,
            state: written(state)?,
            created_at: now,
            expires_at: now + LIFE,
        };
        let scope = Self::scope("begin a ceremony");
        let mut read = self.database.system_read(&scope).await?;
        read.webauthn_ceremonies().insert(&new).await?;
        Ok(id)
    }

    async fn take<T: DeserializeOwned>(
        &self,
        ceremony: Uuid,
        account_id: Option<AccountId>,
        purpose: CeremonyPurpose,
    ) -> Result<Option<T>> {
        let scope = Self::scope("end a ceremony");
        let mut read = self.database.system_read(&scope).await?;
        let now = self.clock.now();
        let state = read
            .webauthn_ceremonies()
            .take(ceremony, account_id, purpose, now)
            .await?;
        state.map(read_back).transpose()
    }
}

fn written(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|_error| Error::Crypto("writing down a passkey"))
}

fn read_back<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|_error| Error::Crypto("a stored passkey does not parse"))
}

/// The members of both; the second's win.
fn merged(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            first.extend(second);
            Value::Object(first)
        }
        (_, second) => second,
    }
}
