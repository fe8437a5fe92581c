//! Platform administrators.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method};
use bheem_domain::PlatformRole;
use bheem_persistence::SystemScope;
use futures::future::LocalBoxFuture;

use super::{Access, CurrentUser, Guard, step_up};
use crate::{app::App, problem::Problem};

/// A platform administrator, and the right to work across tenants. What they read is audited here;
/// what they change is audited with the change.
#[derive(Debug, Clone)]
pub struct SuperAdmin {
    /// The right.
    pub scope: SystemScope,
}

impl FromRequest for SuperAdmin {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let user = CurrentUser::of(&request).await?;
            if user.role() != PlatformRole::SuperAdmin {
                return Err(Problem::forbidden("Platform administrators only"));
            }
            step_up::for_administration(&request, &user.claims)?;
            audit_read(&request, &user).await;
            Ok(Self {
                scope: SystemScope::person("platform administration", user.actor),
            })
        })
    }
}

impl Guard for SuperAdmin {
    const ACCESS: Access = Access::SuperAdmin;
}

/// Notes a read of a tenant's things outside of its path, if it was a platform administrator's.
pub(crate) async fn audit_platform_read(request: &HttpRequest, user: &CurrentUser) {
    if user.role() == PlatformRole::SuperAdmin {
        audit_read(request, user).await;
    }
}

/// Notes that a platform administrator read something. The path is kept, the query is not: it may
/// hold what somebody searched for.
pub(super) async fn audit_read(request: &HttpRequest, user: &CurrentUser) {
    if request.method() == Method::GET {
        let app = App::of(request);
        let what = format!("Read {}", request.path());
        let now = app.services.database().clock().now();
        app.audit.note(user.actor.clone(), now, what).await;
    }
}
