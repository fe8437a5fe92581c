//! Dynamic registration and its management (RFC 7591, RFC 7592).

use serde_json::{Value, json};

use crate::row::{Expected, Row};

fn register(what: &str, token: &str, body: &Value, status: u16, error: &'static str) -> Row {
    let row = Row::new(
        what,
        "POST /api/v1/sso/register",
        Expected::Error(status, error),
    )
    .header("Content-Type", "application/json")
    .body(body.to_string());
    match token {
        "" => row,
        token => row.header("Authorization", format!("Bearer {token}")),
    }
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(crate) fn rows() -> Vec<Row> {
    let good = json!({"client_name": "New", "redirect_uris": ["https://new.example/cb"]});
    let mut rows = vec![
        register("no initial token", "", &good, 401, "invalid_token"),
        register(
            "an initial token that is none",
            "x",
            &good,
            401,
            "invalid_token",
        ),
        register(
            "an initial token that was used up",
            "{used_initial}",
            &good,
            401,
            "invalid_token",
        ),
        register(
            "an initial token that lapsed",
            "{lapsed_initial}",
            &good,
            401,
            "invalid_token",
        ),
        register(
            "an access token as initial token",
            "{access:web}",
            &good,
            401,
            "invalid_token",
        ),
        register(
            "a managing token as initial token",
            "{managing}",
            &good,
            401,
            "invalid_token",
        ),
        register(
            "no metadata",
            "{initial}",
            &json!({}),
            400,
            "invalid_redirect_uri",
        ),
        register(
            "a list",
            "{initial}",
            &json!([]),
            400,
            "invalid_client_metadata",
        ),
    ];
    for address in [
        "http://new.example/cb",
        "https://new.example/cb#x",
        "https://user@new.example/cb",
        "https://*.example/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "app:/cb",
        "/cb",
        "",
        "https://new.example/\u{0}",
    ] {
        let body = json!({"client_name": "New", "redirect_uris": [address]});
        rows.push(register(
            &format!("registers {address:?}"),
            "{initial}",
            &body,
            400,
            "invalid_redirect_uri",
        ));
    }
    for (what, field, value) in [
        ("a name with a NUL", "client_name", json!("a\u{0}b")),
        (
            "a name without end",
            "client_name",
            json!("a".repeat(1_000)),
        ),
        ("the implicit grant", "grant_types", json!(["implicit"])),
        (
            "the exchange of tokens",
            "grant_types",
            json!([
                "authorization_code",
                "urn:ietf:params:oauth:grant-type:token-exchange"
            ]),
        ),
        ("implicit responses", "response_types", json!(["token"])),
        ("a scope of ours", "scope", json!("openid admin")),
        (
            "keys by address",
            "jwks_uri",
            json!("http://169.254.169.254/"),
        ),
        (
            "a private key",
            "jwks",
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}]}),
        ),
        (
            "a symmetric key",
            "jwks",
            json!({"keys": [{"kty": "oct", "k": "AA"}]}),
        ),
        (
            "a signature of nobody",
            "id_token_signed_response_alg",
            json!("none"),
        ),
        (
            "a signature by secret",
            "id_token_signed_response_alg",
            json!("HS256"),
        ),
        (
            "a logout address without TLS",
            "backchannel_logout_uri",
            json!("http://10.0.0.1/out"),
        ),
        (
            "a home page that is a script",
            "client_uri",
            json!("javascript:alert(1)"),
        ),
        (
            "a picture that is a script",
            "logo_uri",
            json!("data:text/html,x"),
        ),
        (
            "secrets as keys",
            "token_endpoint_auth_method",
            json!("client_secret_jwt"),
        ),
        ("an age below zero", "default_max_age", json!(-1)),
        ("a type of text", "default_max_age", json!("x")),
        ("contacts with a NUL", "contacts", json!(["a\u{0}"])),
        (
            "a key whose name has a NUL",
            "jwks",
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a\u{0}", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}),
        ),
    ] {
        let mut body = good.clone();
        body[field] = value;
        rows.push(register(
            what,
            "{initial}",
            &body,
            400,
            "invalid_client_metadata",
        ));
    }
    for (what, method, token) in [
        ("reads another client", "GET", "Bearer {managing}"),
        ("removes another client", "DELETE", "Bearer {managing}"),
        ("reads with an access token", "GET", "Bearer {access:web}"),
        ("reads with a secret", "GET", "Basic {basic_pair:web}"),
    ] {
        let line = format!("{method} /api/v1/sso/register/{{id:web}}");
        rows.push(
            Row::new(what, line, Expected::Error(401, "invalid_token"))
                .header("Authorization", token),
        );
    }
    rows.push(
        Row::new(
            "changes another client",
            "PUT /api/v1/sso/register/{id:web}",
            Expected::Error(401, "invalid_token"),
        )
        .header("Authorization", "Bearer {managing}")
        .header("Content-Type", "application/json")
        .body(good.to_string()),
    );
    rows.push(Row::new(
        "reads a client without a token",
        "GET /api/v1/sso/register/{id:web}",
        Expected::Error(401, "invalid_token"),
    ));
    rows.push(
        Row::new(
            "reads a client that is none",
            "GET /api/v1/sso/register/%00",
            Expected::Error(401, "invalid_token"),
        )
        .header("Authorization", "Bearer {managing}"),
    );
    rows
}
