//! Signing in to the API, staying signed in, and signing out.

use std::net::IpAddr;

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::{
    Actor,
    repo::{AccountRecord, SessionKind, SessionRecord},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::{
    Error, Identity, Result, SecondFactor,
    session_token::{self, Carrier},
    token::Proof,
};

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
    pub(crate) fn actor(&self, account_id: AccountId) -> Actor {
        Actor::person(account_id, self.ip, self.user_agent.as_deref())
    }
}

impl Identity {
    /// Signs somebody in who has no second factor, by name, or proven address, and password.
    ///
    /// # Errors
    /// As [`Self::sign_in_with`].
    pub async fn sign_in(
        &self,
        name: &str,
        password: SecretString,
        client: &Client,
    ) -> Result<SignedIn> {
        self.sign_in_with(name, password, None, client).await
    }

    /// Signs somebody in by name, or proven address, and password, and a second factor where the
    /// account has one.
    ///
    /// # Errors
    /// [`Error::BadCredentials`], [`Error::AccountDisabled`], [`Error::TooMany`],
    /// [`Error::SecondFactorRequired`], [`Error::BadSecondFactor`], [`Error::Unavailable`].
    pub async fn sign_in_with(
        &self,
        name: &str,
        password: SecretString,
        second: Option<SecondFactor>,
        client: &Client,
    ) -> Result<SignedIn> {
        let mut proven = Box::pin(self.check_password(name, password, client)).await?;
        let factors = self.factors(proven.account.id).await?;
        if factors.any() {
            let second = second.ok_or_else(|| Error::SecondFactorRequired {
                methods: factors.methods(),
            })?;
            Box::pin(self.check_second_factor(&mut proven, second, client)).await?;
        }
        let begun = Box::pin(self.begin_session(SessionKind::Api, proven, client, None)).await?;
        let proof = Proof {
            amr: begun.amr,
            at: begun.at,
        };
        self.signed_in(begun.account, begun.session_id, 0, &proof, begun.at)
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
            refresh_token: session_token::issue(
                &self.vault,
                Carrier::Refresh,
                session_id,
                generation,
            )?,
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
        let (session_id, generation) = session_token::read(&self.vault, Carrier::Refresh, token)?
            .ok_or(Error::InvalidToken)?;
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

    /// Ends a session of the account, whatever carries it.
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
