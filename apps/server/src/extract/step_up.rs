//! How strong and how recent a sign-in must be for what somebody wants to do (RFC 9470).

use std::time::Duration;

use actix_web::HttpRequest;
use bheem_identity::{AAL2, AccessClaims};

use crate::{app::App, problem::Problem};

/// What administration asks of a sign-in; the default asks nothing more than one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assurance {
    /// Two factors.
    pub second_factor: bool,
    /// Not longer ago.
    pub max_age: Option<Duration>,
}

/// Whether the sign-in took two factors.
pub(super) fn second_factor(claims: &AccessClaims) -> Result<(), Problem> {
    if claims.acr == AAL2 {
        return Ok(());
    }
    let wanted = format!("acr_values=\"{AAL2}\"");
    Err(Problem::insufficient_authentication(&wanted))
}

/// Whether the sign-in is good enough for administration.
pub(super) fn for_administration(
    request: &HttpRequest,
    claims: &AccessClaims,
) -> Result<(), Problem> {
    let app = App::of(request);
    if app.administration.second_factor {
        second_factor(claims)?;
    }
    let Some(max_age) = app.administration.max_age else {
        return Ok(());
    };
    let age = app.services.database().clock().now().timestamp() - claims.auth_time;
    let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
    if age <= seconds {
        return Ok(());
    }
    let wanted = format!("max_age=\"{seconds}\"");
    Err(Problem::insufficient_authentication(&wanted))
}
