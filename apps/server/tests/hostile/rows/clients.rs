//! Client authentication (RFC 6749 section 2.3, RFC 7521, RFC 7523).

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::row::Row;

const SERVICE: &str = "grant_type=client_credentials";

pub(crate) fn authentication() -> Vec<Row> {
    let token =
        |what: &str, body: &str, status, error| Row::form(what, "token", body, status, error);
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let refused = |what: &str, header: String| {
        Row::form(what, "token", SERVICE, 401, "invalid_client").header("Authorization", header)
    };
    vec![
        token("no authentication at all", SERVICE, 401, "invalid_client"),
        token("a confidential client without its secret", "grant_type=client_credentials&client_id={id:web}", 401, "invalid_client"),
        token("a wrong secret", "grant_type=client_credentials&client_id={id:web}&client_secret=x", 401, "invalid_client"),
        token("an empty secret", "grant_type=client_credentials&client_id={id:web}&client_secret=", 401, "invalid_client"),
        token("the secret of another", "grant_type=client_credentials&client_id={id:web}&client_secret={secret:other}", 401, "invalid_client"),
        token("a secret of a public client", "grant_type=refresh_token&refresh_token=x&client_id={id:spa}&client_secret=x", 401, "invalid_client"),
        token("a secret of a client that signs", "grant_type=client_credentials&client_id={id:keyed}&client_secret=x", 401, "invalid_client"),
        token("an unknown client", "grant_type=client_credentials&client_id=nobody&client_secret=x", 401, "invalid_client"),
        token("a client that is switched off", "grant_type=client_credentials&client_id={id:off}&client_secret={secret:off}", 401, "invalid_client"),
        token("two clients", "grant_type=client_credentials&client_id={id:web}&client_id={id:other}&client_secret={secret:web}", 400, "invalid_request"),
        token("Basic and a secret", "grant_type=client_credentials&client_id={id:web}&client_secret={secret:web}", 400, "invalid_request").by("web"),
        token("Basic and an assertion", "grant_type=client_credentials&client_assertion_type={jwt_bearer}&client_assertion={assertion:good}", 400, "invalid_request").by("web"),
        token("Basic and the name of another", "grant_type=client_credentials&client_id={id:other}", 400, "invalid_request").by("web"),
        token("a secret and an assertion", "grant_type=client_credentials&client_id={id:keyed}&client_secret=x&client_assertion_type={jwt_bearer}&client_assertion={assertion:good}", 400, "invalid_request"),
        token("two Basic headers", SERVICE, 401, "invalid_client").by("web").by("web"),
        token("a public client acts for itself", "grant_type=client_credentials&client_id={id:spa}", 400, "unauthorized_client"),
        refused("Basic that is no base64", "Basic !!!".to_owned()),
        refused("Basic of base64url", "Basic _-_-".to_owned()),
        refused("Basic without a colon", basic("web")),
        refused("Basic with nothing", "Basic ".to_owned()),
        refused("Basic with bad percents", basic("%zz:%zz")),
        refused("Basic beyond UTF-8", format!("Basic {}", STANDARD.encode([0xff, b':', 0xfe]))),
        refused("Basic with a NUL", basic("%00:%00")),
        refused("a Bearer for a Basic", "Bearer {access:web}".to_owned()),
        refused("Basic of an unknown client", basic("nobody:x")),
        Row::form("nobody asks about a token", "introspect", "token=x", 401, "invalid_client"),
        Row::form("a public client asks about a token", "introspect", "token=x&client_id={id:spa}", 401, "invalid_client"),
        Row::form("a bearer asks about a token", "introspect", "token=x", 401, "invalid_client").header("Authorization", "Bearer {access:web}"),
        Row::form("nobody revokes", "revoke", "token=x", 401, "invalid_client"),
        Row::form("a wrong secret revokes", "revoke", "token={refresh:web}&client_id={id:web}&client_secret=x", 401, "invalid_client"),
        Row::form("nobody asks for a device", "device_authorization", "scope=openid", 401, "invalid_client"),
    ]
}

/// RFC 7523 section 3.
pub(crate) fn assertions() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in [
        "expired",
        "without_exp",
        "too_long",
        "expiring_never",
        "early",
        "foreign_audience",
        "similar_audience",
        "no_audience",
        "without_aud",
        "foreign_issuer",
        "without_iss",
        "foreign_subject",
        "without_sub",
        "empty_jti",
        "without_jti",
        "own_key",
        "own_key_in_header",
        "none",
        "none_signed",
        "public_key_as_secret",
        "secret_of_another",
        "critical",
        "used",
    ] {
        let body = format!(
            "{SERVICE}&client_assertion_type={{jwt_bearer}}&client_assertion={{assertion:{kind}}}"
        );
        let what = format!("an assertion: {kind}");
        rows.push(Row::form(&what, "token", body, 401, "invalid_client"));
    }
    for (what, body) in [
        (
            "an assertion of another type",
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Asaml2-bearer&client_assertion={assertion:good}",
        ),
        (
            "an assertion without its type",
            "grant_type=client_credentials&client_assertion={assertion:good}",
        ),
        (
            "a type without its assertion",
            "grant_type=client_credentials&client_assertion_type={jwt_bearer}",
        ),
        (
            "an assertion for another name",
            "grant_type=client_credentials&client_id={id:web}&client_assertion_type={jwt_bearer}&client_assertion={assertion:good}",
        ),
        (
            "an access token as assertion",
            "grant_type=client_credentials&client_assertion_type={jwt_bearer}&client_assertion={access:web}",
        ),
        (
            "an assertion that is no JWT",
            "grant_type=client_credentials&client_assertion_type={jwt_bearer}&client_assertion=x.y.z",
        ),
    ] {
        rows.push(Row::form(what, "token", body, 401, "invalid_client"));
    }
    rows
}
