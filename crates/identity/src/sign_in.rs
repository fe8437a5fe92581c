//! Signing in, staying signed in, and signing out.

use std::net::IpAddr;

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::{
    Actor, SystemScope,
    repo::{AccountRecord, Entity, NewSession, SessionKind, SessionRecord},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::{Error, Identity, Result, refresh_token, throttle::Keys, token::Proof};

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

/// What a person gets who signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The access token.
    pub access_token: String,
    /// How long it lives.
    pub expires_in: TimeDelta,
    /// The refresh token; each is good once.
    pub refresh_token: SecretString,
    /// Who it is.
    pub account: AccountRecord,
    /// The session.
    pub session_id: SessionId,
}

impl std::fmt::Debug for SignedIn {
    /// Without the tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_in", &self.expires_in)
            .field("account", &self.account)
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    fn actor(&self, account_id: AccountId) -> Actor {
        Actor::person(account_id, self.ip, self.user_agent.as_deref())
    }
}

impl Identity {
    /// Signs somebody in by name, or proven address, and password.
    ///
    /// # Errors
    /// [`Error::BadCredentials`], [`Error::AccountDisabled`], [`Error::TooMany`].
    pub async fn sign_in(
        &self,
        name: &str,
        password: SecretString,
        client: &Client,
    ) -> Result<SignedIn> {
        let keys = Keys::new(name, client.ip);
        let account = {
            let mut read = self.database.system_read(&Self::scope("sign in")).await?;
            keys.check(&mut read.login_throttle(), &self.config, self.clock.now())
                .await?;
            read.accounts().find_for_sign_in(name.trim()).await?
        };
        let hash = account
            .as_ref()
            .and_then(|account| account.hashed_password.clone());
        let is_correct = self.look_at(&keys, password, hash).await?;
        let now = self.clock.now();
        let account = match account {
            Some(account) if is_correct => account,
            known => {
                self.note_failure(known.as_ref(), client).await?;
                return Err(Error::BadCredentials);
            }
        };
        if !account.is_active {
            return Err(Error::AccountDisabled);
        }
        let session_id = SessionId::generate(&*self.clock);
        let scope = SystemScope::person("sign in", client.actor(account.id));
        let mut tx = self.database.system(&scope).await?;
        tx.sessions()
            .insert(&self.new_session(session_id, &account, client, now))
            .await?;
        tx.accounts().note_sign_in(account.id, now).await?;
        keys.succeeded(&mut tx.login_throttle()).await?;
        tx.activity(None)
            .record(
                "auth.login",
                Some(Entity::new("session", session_id)),
                "Signed in",
                None,
            )
            .await?;
        tx.commit().await?;
        metrics::counter!("sign_ins_total", "outcome" => "success").increment(1);
        let proof = Proof {
            amr: vec!["pwd".to_owned()],
            at: now,
        };
        self.signed_in(account, session_id, 0, &proof, now)
    }

    fn new_session(
        &self,
        id: SessionId,
        account: &AccountRecord,
        client: &Client,
        now: DateTime<Utc>,
    ) -> NewSession {
        let actor = client.actor(account.id);
        NewSession {
            id,
            account_id: account.id,
            ip_address: actor.ip_address,
            user_agent: actor.user_agent,
            created_at: now,
            expires_at: now
                + TimeDelta::from_std(self.config.session_life).unwrap_or(TimeDelta::days(30)),
            kind: SessionKind::Api,
            amr: vec!["pwd".to_owned()],
            idle_expires_at: None,
        }
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
        let turn = self.passwords.turn().await?;
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

    async fn note_failure(&self, account: Option<&AccountRecord>, client: &Client) -> Result<()> {
        metrics::counter!("sign_ins_total", "outcome" => "failure").increment(1);
        let actor = Actor {
            account_id: account.map(|account| account.id),
            ..client.actor(AccountId::from(uuid::Uuid::nil()))
        };
        let mut tx = self
            .database
            .system(&SystemScope::person("sign in", actor))
            .await?;
        tx.activity(None)
            .record("auth.login_failed", None, "Sign-in failed", None)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    fn signed_in(
        &self,
        account: AccountRecord,
        session_id: SessionId,
        generation: i32,
        proof: &Proof,
        now: DateTime<Utc>,
    ) -> Result<SignedIn> {
        let (access_token, expires_in) = self.tokens.issue(&account, session_id, proof, now)?;
        Ok(SignedIn {
            access_token,
            expires_in,
            refresh_token: refresh_token::issue(&self.vault, session_id, generation)?,
            account,
            session_id,
        })
    }

    /// Takes a refresh token for a new pair. A token that was used before ends its session, as one
    /// of the two who used it has stolen it.
    ///
    /// # Errors
    /// [`Error::InvalidToken`].
    pub async fn refresh(&self, token: &SecretString) -> Result<SignedIn> {
        let (session_id, generation) =
            refresh_token::read(&self.vault, token)?.ok_or(Error::InvalidToken)?;
        let now = self.clock.now();
        let mut read = self.database.system_read(&Self::scope("refresh")).await?;
        if let Some((session, account)) =
            read.sessions().rotate(session_id, generation, now).await?
        {
            let proof = Proof {
                amr: session.amr,
                at: session.authenticated_at,
            };
            return self.signed_in(account, session_id, session.generation, &proof, now);
        }
        if let Some(session) = read.sessions().find(session_id).await?
            && session.revoked_at.is_none()
            && session.generation != generation
        {
            tracing::warn!(session.id = %session_id, "a refresh token was used twice; its session ends");
            metrics::counter!("refresh_token_reuse_total").increment(1);
            read.sessions()
                .revoke(session.account_id, session_id, "reuse", now)
                .await?;
            self.revocations.add(session_id.as_uuid(), now);
        }
        Err(Error::InvalidToken)
    }

    /// Ends a session of the account.
    ///
    /// # Errors
    /// [`Error::SessionNotFound`] when it has no such living session.
    pub async fn end_session(&self, account: AccountId, session: SessionId) -> Result<()> {
        let now = self.clock.now();
        let ended = self
            .database
            .system_read(&Self::scope("end a session"))
            .await?
            .sessions()
            .revoke(account, session, "logout", now)
            .await?;
        if !ended {
            return Err(Error::SessionNotFound);
        }
        self.revocations.add(session.as_uuid(), now);
        Ok(())
    }

    /// The account's living sessions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<SessionRecord>> {
        Ok(self
            .database
            .system_read(&Self::scope("list sessions"))
            .await?
            .sessions()
            .list(account, self.clock.now())
            .await?)
    }
}
