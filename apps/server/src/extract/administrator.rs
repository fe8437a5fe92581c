//! People who administer something that the path does not name the tenant of.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures::future::LocalBoxFuture;

use super::{Access, CurrentUser, Guard, step_up};
use crate::problem::Problem;

/// Whoever is signed in, as strongly and recently as administration takes. What they administer, the use case
/// finds out.
#[derive(Debug, Clone)]
pub struct Administrator(pub CurrentUser);

impl FromRequest for Administrator {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let user = CurrentUser::of(&request).await?;
            step_up::for_administration(&request, &user.claims)?;
            Ok(Self(user))
        })
    }
}

impl Guard for Administrator {
    const ACCESS: Access = Access::Administrator;
}
