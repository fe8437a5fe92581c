//! Whoever is signed in.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use bheem_identity::Authenticated;
use bheem_persistence::Actor;
use futures::future::LocalBoxFuture;

use super::{Access, Guard, RequestClient};
use crate::{app::App, problem::Problem};

/// The signed-in person, by a Bearer token (RFC 6750).
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// What the token says.
    pub claims: Authenticated,
    /// The person and where they come from, for the activity log.
    pub actor: Actor,
}

impl CurrentUser {
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let token = bearer(request).ok_or_else(|| Problem::unauthenticated("Not authenticated"))?;
        let claims = App::of(request)
            .services
            .identity()
            .tokens()
            .authenticate(token)
            .await?;
        let client = RequestClient::of(request).0;
        Ok(Self {
            actor: Actor::person(claims.sub, client.ip, client.user_agent.as_deref()),
            claims,
        })
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
