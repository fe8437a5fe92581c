//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_passport::NewUser;

use crate::{COMPANY, client};

fn route<'a>(path: &'a str, body: Option<&'a str>) -> Route<'a> {
    let method = if path.ends_with("/me") { "GET" } else { "POST" };
    Route { method, path, body }
}

/// A refusal of somebody is an answer to these; here it is made the error that the others answer.
macro_rules! unless_refused {
    ($call:expr, $refused:pat) => {
        match $call.await {
            Ok($refused) => return Err(Refused::Refused),
            other => other.map(drop).map_err(Refused::Other),
        }
    };
}

#[derive(Debug)]
enum Refused {
    Refused,
    Other(bheem_passport::Error),
}

impl bheem_http_kit::Failure for Refused {
    fn kind(&self) -> bheem_http_kit::ErrorKind {
        match self {
            Self::Refused => bheem_http_kit::ErrorKind::Unauthorized,
            Self::Other(error) => error.kind(),
        }
    }

    fn effect(&self) -> bheem_http_kit::Effect {
        match self {
            Self::Refused => bheem_http_kit::Effect::Rejected,
            Self::Other(error) => error.effect(),
        }
    }
}

#[tokio::test]
async fn signing_in_refreshing_and_validating_understand_misbehaviour() {
    let tokens = Some(r#"{"access_token": "a", "token_type": "bearer"}"#);
    misbehaving_peers(route("/api/v1/auth/login", tokens), |peer| async move {
        unless_refused!(
            client(&peer).sign_in("a", "b".into(), COMPANY),
            bheem_passport::SignIn::Refused
        )
    })
    .await;
    misbehaving_peers(route("/api/v1/auth/refresh", tokens), |peer| async move {
        unless_refused!(client(&peer).refresh(&"a".into()), None)
    })
    .await;
    let valid = Some(r#"{"valid": true}"#);
    misbehaving_peers(route("/api/v1/auth/validate", valid), |peer| async move {
        unless_refused!(
            client(&peer).validate(&"a".into()),
            bheem_passport::Validation::Invalid
        )
    })
    .await;
}

#[tokio::test]
async fn accounts_understand_misbehaviour() {
    let user = Some(r#"{"id": 1, "username": "john"}"#);
    misbehaving_peers(route("/api/v1/auth/me", user), |peer| async move {
        client(&peer).current_user(&"a".into()).await
    })
    .await;
    misbehaving_peers(route("/api/v1/auth/register", user), |peer| async move {
        client(&peer)
            .register(&NewUser::new("a", "b".into(), COMPANY))
            .await
    })
    .await;
    misbehaving_peers(
        route("/api/v1/auth/change-password", None),
        |peer| async move {
            unless_refused!(
                client(&peer).change_password(&"a".into(), &"b".into(), &"c".into()),
                false
            )
        },
    )
    .await;
    misbehaving_peers(
        route("/api/v1/auth/password/reset/request", None),
        |peer| async move { client(&peer).request_password_reset("a", COMPANY).await },
    )
    .await;
}
