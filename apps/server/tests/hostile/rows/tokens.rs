//! Tokens that are forged, stolen or meant for something else (RFC 9068 section 4, RFC 8725).

use crate::row::{Expected, Row};

const FORGED: &[&str] = &[
    "public_key_as_secret",
    "public_pem_as_secret",
    "public_jwk_as_secret",
    "none",
    "none_signed",
    "other_algorithm",
    "own_key",
    "foreign_kid",
    "kid_as_path",
    "key_in_header",
    "key_by_address",
    "edited",
    "other_person",
    "cut",
    "zero_signature",
];
const MINTED: &[&str] = &[
    "expired",
    "foreign_issuer",
    "no_type",
    "id_token_type",
    "logout_type",
    "unknown_client",
    "no_expiry",
];
const OTHERS: &[&str] = &[
    "{id_token:web}",
    "{refresh:web}",
    "{code:web}",
    "{api_access}",
    "{api_refresh}",
    "{revoked_access:web}",
    "x",
];

/// Every token that is not good.
fn bad() -> Vec<String> {
    let named = |kind: &'static str, names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|name| format!("{{{kind}:{name}}}"))
            .collect()
    };
    let others = OTHERS.iter().map(|name| (*name).to_owned());
    [named("forged", FORGED), named("minted", MINTED)]
        .concat()
        .into_iter()
        .chain(others)
        .collect()
}

const USERINFO: &str = "GET /api/v1/sso/userinfo";

pub(crate) fn at_userinfo() -> Vec<Row> {
    let invalid = Expected::Error(401, "invalid_token");
    let mut rows: Vec<Row> = bad()
        .into_iter()
        .chain(["{resource_access}", "{access:dpop}"].map(str::to_owned))
        .map(|token| {
            Row::new(format!("{token} at userinfo"), USERINFO, invalid.clone())
                .header("Authorization", format!("Bearer {token}"))
        })
        .collect();
    rows.extend([
        Row::new(
            "a token of no person",
            USERINFO,
            Expected::Error(403, "insufficient_scope"),
        )
        .header("Authorization", "Bearer {service_access:web}"),
        Row::new(
            "a token in the query",
            format!("{USERINFO}?access_token={{access:web}}"),
            invalid.clone(),
        ),
        Row::new("no token", USERINFO, invalid.clone()),
        Row::new("two headers", USERINFO, invalid.clone())
            .header("Authorization", "Bearer {access:web}")
            .header("Authorization", "Bearer {access:web}"),
        Row::new("a secret instead of a token", USERINFO, invalid.clone()).by("web"),
        Row::new(
            "a proof where the token needs none",
            USERINFO,
            invalid.clone(),
        )
        .header("Authorization", "DPoP {access:web}"),
        Row::form(
            "a token in header and form",
            "userinfo",
            "access_token={access:web}",
            400,
            "invalid_request",
        )
        .header("Authorization", "Bearer {access:web}"),
        Row::form(
            "two tokens in a form",
            "userinfo",
            "access_token={access:web}&access_token=x",
            400,
            "invalid_request",
        ),
        Row::new(
            "no token for what speaks GitLab",
            "GET /api/v4/user",
            invalid.clone(),
        ),
        Row::new(
            "an ID token for what speaks GitLab",
            "GET /api/v4/user",
            invalid,
        )
        .header("Authorization", "Bearer {id_token:web}"),
    ]);
    rows
}

pub(crate) fn at_introspection() -> Vec<Row> {
    let ask = |what: String, client: &str, token: &str| {
        let row = Row::new(what, "POST /api/v1/sso/introspect", Expected::Inactive);
        row.body(format!("token={token}")).by(client)
    };
    let mut rows: Vec<Row> = bad()
        .into_iter()
        // Its own client may ask about one.
        .filter(|token| token != "{refresh:web}")
        .map(|token| ask(format!("{token} at introspection"), "web", &token))
        .collect();
    for token in [
        "{access:web}",
        "{refresh:web}",
        "{revoked_refresh:web}",
        "a.b.c",
    ] {
        rows.push(ask(
            format!("another client asks about {token}"),
            "other",
            token,
        ));
    }
    rows.push(
        Row::form(
            "nothing to ask about",
            "introspect",
            "x=1",
            400,
            "invalid_request",
        )
        .by("web"),
    );
    rows.push(
        Row::form(
            "two tokens to ask about",
            "introspect",
            "token=a&token=b",
            400,
            "invalid_request",
        )
        .by("web"),
    );
    rows.push(Row::form("nothing to revoke", "revoke", "x=1", 400, "invalid_request").by("web"));
    rows
}

/// A token of the provider opens the API no door: its audience is another.
pub(crate) fn at_the_api() -> Vec<Row> {
    let tokens = bad().into_iter().filter(|token| token != "{api_access}");
    tokens
        .chain(["{access:web}", "{resource_access}", "{service_access:web}"].map(str::to_owned))
        .map(|token| {
            Row::new(
                format!("{token} at the API"),
                "GET /api/v1/auth/me",
                Expected::Problem(401),
            )
            .header("Authorization", format!("Bearer {token}"))
        })
        .chain([
            Row::new(
                "no token at the API",
                "GET /api/v1/auth/me",
                Expected::Problem(401),
            ),
            Row::new(
                "a cookie at the API",
                "GET /api/v1/auth/me",
                Expected::Problem(401),
            )
            .of_person("ada"),
            Row::new(
                "a secret at the API",
                "GET /api/v1/auth/me",
                Expected::Problem(401),
            )
            .by("web"),
        ])
        .collect()
}
