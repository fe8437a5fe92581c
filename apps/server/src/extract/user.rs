//! Whoever is signed in.

use std::sync::Arc;

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};
use bheem_domain::PlatformRole;
use bheem_identity::Authenticated;
use bheem_persistence::{Actor, repo::AccountRecord};
use futures::future::LocalBoxFuture;

use super::{Access, Guard, RequestClient};
use crate::{app::App, problem::Problem};

/// The signed-in person, by a Bearer token (RFC 6750).
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// What the token says.
    pub claims: Authenticated,
    /// The account as its row says at this moment, without the password's hash.
    pub account: Arc<AccountRecord>,
    /// The person and where they come from, for the activity log.
    pub actor: Actor,
}

impl CurrentUser {
    /// Found out once a request.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let known = request.extensions().get::<Self>().cloned();
        if let Some(user) = known {
            return Ok(user);
        }
        let user = Self::authenticate(request).await?;
        request.extensions_mut().insert(user.clone());
        Ok(user)
    }

    async fn authenticate(request: &HttpRequest) -> Result<Self, Problem> {
        let token = bearer(request).ok_or_else(|| Problem::unauthenticated("Not authenticated"))?;
        let identity = App::of(request).services.identity();
        let claims = identity.tokens().authenticate(token).await?;
        let account = identity.standing(claims.sub).await?;
        let client = RequestClient::of(request).0;
        Ok(Self {
            actor: Actor::person(claims.sub, client.ip, client.user_agent.as_deref()),
            claims,
            account,
        })
    }

    /// The role on the platform: that of the row, whatever it was when the token was made.
    pub(crate) fn role(&self) -> PlatformRole {
        self.account.role
    }
}

/// The token, if the request carries one.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
        .filter(|token| !token.is_empty())
}

impl FromRequest for CurrentUser {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl Guard for CurrentUser {
    const ACCESS: Access = Access::User;
}

/// The signed-in person where a request carries a token, which then must be good; nobody where it
/// carries none.
#[derive(Debug, Clone)]
pub struct MaybeUser(pub Option<CurrentUser>);

impl FromRequest for MaybeUser {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if !request.headers().contains_key(header::AUTHORIZATION) {
                return Ok(Self(None));
            }
            CurrentUser::of(&request).await.map(Some).map(Self)
        })
    }
}
