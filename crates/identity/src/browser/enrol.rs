//! Setting up the second factor that a tenant demands, between the password and the session. What is
//! begun here is good only while the account has none: a password alone must never add to one.

use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::{
    BrowserSignedIn,
    pending::{Pending, Stage},
};
use crate::{Ceremony, Client, Error, Fresh, Identity, Method, Result, TotpSetup, begin::Proven};

impl Identity {
    /// Begins to set up an authenticator app.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when `pending` has lapsed or the account has a second factor by now.
    pub async fn browser_enrol_totp_begin(
        &self,
        pending: &SecretString,
        client: &Client,
    ) -> Result<TotpSetup> {
        let (_, _, fresh) = self.enrolling(pending, client).await?;
        self.begin_totp(&fresh).await
    }

    /// Confirms the app by one of its codes and signs in. Answers recovery codes, to be shown once.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::Invalid`] for the code, [`Error::FactorNotFound`] when nothing
    /// was begun, [`Error::TooMany`].
    pub async fn browser_enrol_totp(
        &self,
        pending: &SecretString,
        code: &SecretString,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<(BrowserSignedIn, Vec<SecretString>)> {
        let (pending, mut proven, fresh) = self.enrolling(pending, client).await?;
        let codes = Box::pin(self.confirm_totp(&fresh, code)).await?;
        proven.add(&["otp", "mfa"], Method::Totp.as_str());
        let done = Box::pin(self.browser_finish(proven, pending, client, device)).await?;
        Ok((done, codes))
    }

    /// Begins to add a passkey.
    ///
    /// # Errors
    /// As [`Self::browser_enrol_totp_begin`]; [`Error::PasskeysUnavailable`].
    pub async fn browser_enrol_passkey_begin(
        &self,
        pending: &SecretString,
        client: &Client,
    ) -> Result<Ceremony> {
        let (_, _, fresh) = self.enrolling(pending, client).await?;
        self.begin_passkey(&fresh).await
    }

    /// Adds the passkey and signs in. Answers recovery codes, to be shown once.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::Invalid`] when the answer is not one to this challenge.
    pub async fn browser_enrol_passkey(
        &self,
        pending: &SecretString,
        (ceremony, response): (Uuid, Value),
        name: &str,
        client: &Client,
        device: Option<&SecretString>,
    ) -> Result<(BrowserSignedIn, Vec<SecretString>)> {
        let (pending, mut proven, fresh) = self.enrolling(pending, client).await?;
        let added = self.finish_passkey(&fresh, ceremony, response, name);
        let (_, codes) = Box::pin(added).await?;
        proven.add(&["hwk", "mfa"], Method::Passkey.as_str());
        let done = Box::pin(self.browser_finish(proven, pending, client, device)).await?;
        Ok((done, codes))
    }

    async fn enrolling(
        &self,
        pending: &SecretString,
        client: &Client,
    ) -> Result<(Pending, Proven, Fresh)> {
        let pending = self.pending(Stage::Enrolment, pending)?;
        let proven = self.proven(&pending).await?;
        let is_changed = proven
            .account
            .password_changed_at
            .is_some_and(|at| at > pending.since);
        if !proven.account.is_active || is_changed || self.factors(pending.account).await?.any() {
            return Err(Error::InvalidToken);
        }
        let fresh = Fresh::enrolling(proven.account.clone(), client);
        Ok((pending, proven, fresh))
    }
}
