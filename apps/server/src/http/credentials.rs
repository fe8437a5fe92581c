//! Credentials in a query string end up in logs and histories. Requests that carry them are refused,
//! unless an installation accepts them for old clients, on the paths where those send them.

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
};

use crate::{app::App, problem::Problem, routes::PREFIX};

/// Names that old clients send.
const NAMES: [&str; 3] = ["nc_user", "nc_pass", "password"];
/// Areas of the API where an installation may accept them.
const OLD_AREAS: [&str; 3] = ["/docs/", "/calendar/", "/workspace/"];

/// The middleware.
///
/// # Errors
/// What the handler answers with.
pub async fn credentials<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_accepted = App::of(request.request()).accepts_credentials && is_old(request.path());
    if !is_accepted && carries_credentials(request.query_string()) {
        let problem = Problem::new(
            StatusCode::BAD_REQUEST,
            "credentials_in_request",
            "Credentials do not belong into a query; sign in and send the token",
        );
        return Ok(request.error_response(problem));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn is_old(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|path| OLD_AREAS.iter().any(|area| path.starts_with(area)))
}

fn carries_credentials(query: &str) -> bool {
    !query.is_empty()
        && url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| NAMES.contains(&&*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_however_they_are_written() {
        for query in ["password=x", "a=1&nc_pass=x", "nc%5Fuser=x", "pass%77ord"] {
            assert!(carries_credentials(query), "{query}");
        }
        for query in ["", "a=password", "passwords=1", "tenant_id=x"] {
            assert!(!carries_credentials(query), "{query}");
        }
    }

    #[test]
    fn only_old_areas_may_accept_them() {
        assert!(is_old("/api/v1/workspace/me"));
        assert!(!is_old("/api/v1/auth/login"));
        assert!(!is_old("/docs/index.html"));
    }
}
