//! Requests that wait for a person. A row belongs to the browser that showed it first, and is used up
//! by its answer.

use std::sync::Arc;

use bheem_persistence::repo::NewAuthorizationRequest;
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{decide::Progress, is_registered, request::AuthorizationRequest};
use crate::{
    Error, Provider, Result,
    client::Client,
    pages::{
        problem::{Problem, Shown},
        visit::Visit,
    },
};

/// A request that waits.
pub(crate) struct Waiting {
    /// What pages carry.
    pub(crate) token: SecretString,
    pub(crate) id: Uuid,
    /// What the person has done.
    pub(crate) progress: Progress,
    pub(crate) request: AuthorizationRequest,
    pub(crate) client: Arc<Client>,
}

/// The path of a page for a request.
pub(crate) fn path(page: &str, token: &SecretString) -> String {
    format!("{page}?request={}", token.expose_secret())
}

impl Provider {
    /// Keeps a request until somebody has acted. Without a browser it belongs to the first that shows
    /// it.
    pub(crate) async fn keep_waiting(
        &self,
        request: &AuthorizationRequest,
        browser_hash: Option<[u8; 32]>,
    ) -> Result<SecretString> {
        let (token, new) =
            self.new_row(request, self.inner.config.interaction_life, browser_hash)?;
        self.insert_row(&new).await?;
        Ok(token)
    }

    pub(super) fn new_row(
        &self,
        request: &AuthorizationRequest,
        life: std::time::Duration,
        browser_hash: Option<[u8; 32]>,
    ) -> Result<(SecretString, NewAuthorizationRequest)> {
        let token = token::generate()?;
        let now = self.inner.clock.now();
        let new = NewAuthorizationRequest {
            id: self.inner.clock.new_uuid(),
            token_hash: token::hash(token.expose_secret().as_bytes()),
            client_id: request.client_id.clone(),
            is_pushed: false,
            parameters: serde_json::to_value(request)
                .map_err(|_error| Error::Inconsistent("a request that is to be kept"))?,
            browser_hash,
            created_at: now,
            expires_at: now + TimeDelta::from_std(life).unwrap_or(TimeDelta::minutes(30)),
        };
        Ok((token, new))
    }

    pub(super) async fn insert_row(&self, new: &NewAuthorizationRequest) -> Result<()> {
        let scope = Self::scope("keep an authorization request");
        let mut read = self.inner.database.system_read(&scope).await?;
        Ok(read.authorization_requests().insert(new).await?)
    }

    /// The request of a token, if it waits in this very browser. The client and its address are
    /// looked at again: much may have changed while the person was away.
    pub(crate) async fn waiting(&self, visit: &mut Visit<'_>, token: &str) -> Shown<Waiting> {
        let scope = Self::scope("go on with an authorization request");
        let mut read = self.inner.database.system_read(&scope).await?;
        let mut rows = read.authorization_requests();
        let hash = token::hash(token.as_bytes());
        let row = rows.find_waiting(&hash, self.inner.clock.now()).await?;
        let row = row.ok_or(Problem::Expired)?;
        let browser = visit.browser_hash();
        let is_here = match &row.browser_hash {
            Some(bound) => bound.as_slice().ct_eq(browser.as_slice()).into(),
            None => rows.bind(row.id, &browser).await?,
        };
        if !is_here {
            return Err(Problem::Expired.into());
        }
        drop(read);
        let request: AuthorizationRequest = serde_json::from_value(row.parameters)
            .map_err(|_error| Error::Inconsistent("a request that was kept"))?;
        visit.speak(&request.ui_locales);
        let client = self.inner.clients.find(&request.client_id).await?;
        let client = client
            .filter(|client| client.is_open())
            .ok_or(Problem::Client)?;
        if !is_registered(&client, &request.redirect_uri) {
            return Err(Problem::Redirect.into());
        }
        Ok(Waiting {
            token: token.to_owned().into(),
            id: row.id,
            progress: Progress {
                created_at: row.created_at,
                selected: row.selected_session_id,
                consented: row.consented_account_id,
            },
            request,
            client,
        })
    }

    /// Uses a request up, so that it is answered once.
    pub(super) async fn use_up(&self, waiting: &Waiting) -> Shown<()> {
        let scope = Self::scope("end an authorization request");
        let mut read = self.inner.database.system_read(&scope).await?;
        let now = self.inner.clock.now();
        if read.authorization_requests().take(waiting.id, now).await? {
            Ok(())
        } else {
            Err(Problem::Expired.into())
        }
    }
}
