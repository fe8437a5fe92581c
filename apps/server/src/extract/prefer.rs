//! How long a request waits for work at the peers.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::{
    IntoParams,
    openapi::{
        Object, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::problem::Problem;

/// `Prefer: wait=N` (RFC 7240, 4.3): at most N seconds, 10 unless told, never more than 60;
/// `respond-async` (4.1) does not wait at all.
#[derive(Debug, Clone, Copy)]
pub struct Wait(pub Duration);

const DEFAULT: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_mins(1);

impl FromRequest for Wait {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let wait = request
            .headers()
            .get_all("prefer")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .find_map(preference)
            .unwrap_or(DEFAULT);
        ready(Ok(Self(wait.min(LONGEST))))
    }
}

impl IntoParams for Wait {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let header = ParameterBuilder::new()
            .name("Prefer")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "`wait=N`: answer within N seconds, 10 unless told, at most 60; `respond-async`: at once",
            ))
            .schema(Some(Object::with_type(Type::String)))
            .example(Some("wait=5".into()));
        vec![header.build()]
    }
}

fn preference(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("respond-async") {
        return Some(Duration::ZERO);
    }
    let (name, value) = text.split_once('=')?;
    let seconds = value.trim().trim_matches('"').parse().ok()?;
    name.trim()
        .eq_ignore_ascii_case("wait")
        .then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_preference() {
        assert_eq!(preference(" wait=3"), Some(Duration::from_secs(3)));
        assert_eq!(preference("respond-async"), Some(Duration::ZERO));
        assert_eq!(preference("wait=x"), None);
        assert_eq!(preference("handling=lenient"), None);
    }
}
