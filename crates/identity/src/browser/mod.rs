//! Sessions of browsers, carried by a cookie.
//!
//! The cookie is a message authentication code over the session and its generation; each sign-in
//! begins a new session, each step-up a new generation, so that a cookie which somebody planted or
//! copied before is worth nothing after. A session ends when it is not used for a while, and after a
//! time in any case. It is a session like any other: listed, and ended, with the rest.

mod enrol;
mod pending;
mod sign_in;

use bheem_domain::SessionId;
use bheem_persistence::repo::{AccountRecord, SessionRecord};
use chrono::TimeDelta;
use secrecy::SecretString;

pub use sign_in::{BrowserSignedIn, FirstFactor};

use crate::{
    Error, Identity, Result,
    session_token::{self, Carrier},
};

/// A session is noted as used no more often.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// A living session of a browser.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// The session.
    pub session: SessionRecord,
    /// Whose it is.
    pub account: AccountRecord,
}

impl BrowserSession {
    /// How well it is known who it is: `aal1` or `aal2`.
    #[must_use]
    pub fn acr(&self) -> &'static str {
        crate::acr(&self.session.amr)
    }
}

impl Identity {
    /// The session behind a cookie, if it is alive; that it is used keeps it so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn browser_session(&self, cookie: &SecretString) -> Result<Option<BrowserSession>> {
        let Some((id, generation)) = session_token::read(&self.vault, Carrier::Cookie, cookie)?
        else {
            return Ok(None);
        };
        let now = self.clock.now();
        let scope = Self::scope("read a cookie");
        let mut read = self.database.system_read(&scope).await?;
        let found = read.sessions().find_browser(id, generation, now).await?;
        let Some((session, account)) = found else {
            return Ok(None);
        };
        let idle_end = self.idle_end(now);
        let is_stale = session
            .idle_expires_at
            .is_none_or(|end| end + TOUCH <= idle_end);
        if is_stale {
            read.sessions().touch(id, idle_end, now).await?;
        }
        Ok(Some(BrowserSession { session, account }))
    }

    /// Ends the session behind a cookie, and everything that hangs on it; of a dead one nothing is left
    /// to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn browser_sign_out(&self, cookie: &SecretString) -> Result<()> {
        let Some(found) = self.browser_session(cookie).await? else {
            return Ok(());
        };
        match self.end_session(found.account.id, found.session.id).await {
            Err(Error::SessionNotFound) => Ok(()),
            other => other,
        }
    }

    /// A session that was begun or raised just now, as a cookie and as a row.
    async fn browser_carried(
        &self,
        account: AccountRecord,
        session_id: SessionId,
        device: SecretString,
    ) -> Result<BrowserSignedIn> {
        let scope = Self::scope("begin a browser's session");
        let mut read = self.database.system_read(&scope).await?;
        let session = read.sessions().find(session_id).await?;
        let session = session.ok_or(Error::SessionNotFound)?;
        let cookie =
            session_token::issue(&self.vault, Carrier::Cookie, session_id, session.generation)?;
        Ok(BrowserSignedIn {
            session: BrowserSession { session, account },
            cookie,
            device,
        })
    }
}
