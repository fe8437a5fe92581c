//! The grants of the token endpoint.

use crate::row::{Expected, Row};

/// RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 sections 2.1.1 and 4.5.
pub(crate) fn codes() -> Vec<Row> {
    let mut rows = Vec::new();
    let good = "&redirect_uri={callback:web}&code_verifier={verifier}";
    for (what, client, form) in [
        ("a code that never was", "web", format!("code=x{good}")),
        ("a code that was used", "web", format!("code={{used_code:web}}{good}")),
        ("a code that lapsed", "web", format!("code={{lapsed_code:web}}{good}")),
        ("a code of another client", "other", "code={code:web}&redirect_uri={callback:web}&code_verifier={verifier}".to_owned()),
        ("a code of another client, with one's own address", "other", "code={code:web}&redirect_uri={callback:other}&code_verifier={verifier}".to_owned()),
        ("a code without its address", "web", "code={code:web}&code_verifier={verifier}".to_owned()),
        ("a code with another address", "web", "code={code:web}&redirect_uri=https%3A%2F%2Fweb.example%2Fcb2&code_verifier={verifier}".to_owned()),
        ("a code with a similar address", "web", "code={code:web}&redirect_uri=https%3A%2F%2Fweb.example%2Fcb%2F&code_verifier={verifier}".to_owned()),
        ("a code without its verifier", "web", "code={code:web}&redirect_uri={callback:web}".to_owned()),
        ("a code with the challenge as verifier", "web", "code={code:web}&redirect_uri={callback:web}&code_verifier={challenge}".to_owned()),
        ("a code with a short verifier", "web", "code={code:web}&redirect_uri={callback:web}&code_verifier=x".to_owned()),
        ("a verifier where there was no challenge", "loose", "code={code_without_challenge:loose}&redirect_uri={callback:loose}&code_verifier={verifier}".to_owned()),
    ] {
        let body = format!("grant_type=authorization_code&{form}");
        rows.push(Row::form(what, "token", body, 400, "invalid_grant").by(client));
    }
    let spa = "grant_type=authorization_code&code={code:spa}&redirect_uri={callback:spa}&client_id={id:spa}";
    rows.push(Row::form(
        "a code of a public client without its verifier",
        "token",
        spa,
        400,
        "invalid_grant",
    ));
    rows.push(
        Row::form(
            "no code",
            "token",
            "grant_type=authorization_code",
            400,
            "invalid_request",
        )
        .by("web"),
    );
    rows.push(Row::form("a code without a proof where one is needed", "token",
        "grant_type=authorization_code&code={code:dpop}&redirect_uri={callback:dpop}&code_verifier={verifier}", 400, "invalid_dpop_proof").by("dpop"));
    rows.push(Row::form("a code for a foreign resource", "token",
        format!("grant_type=authorization_code&code={{code:web}}{good}&resource=https%3A%2F%2Fevil.example"), 400, "invalid_target").by("web"));
    rows
}

/// RFC 6749 section 6, RFC 9700 section 4.14.
pub(crate) fn refresh() -> Vec<Row> {
    let row = |what: &str, form: &str, error| {
        Row::form(
            what,
            "token",
            format!("grant_type=refresh_token&{form}"),
            400,
            error,
        )
    };
    vec![
        row("no refresh token", "", "invalid_request").by("web"),
        row(
            "a refresh token that is none",
            "refresh_token=x",
            "invalid_grant",
        )
        .by("web"),
        row(
            "a refresh token of another client",
            "refresh_token={refresh:web}",
            "invalid_grant",
        )
        .by("other"),
        row(
            "a refresh token of a confidential client by a public one",
            "refresh_token={refresh:web}&client_id={id:spa}",
            "invalid_grant",
        ),
        row(
            "an access token as refresh token",
            "refresh_token={access:web}",
            "invalid_grant",
        )
        .by("web"),
        row(
            "an ID token as refresh token",
            "refresh_token={id_token:web}",
            "invalid_grant",
        )
        .by("web"),
        row(
            "a code as refresh token",
            "refresh_token={code:web}",
            "invalid_grant",
        )
        .by("web"),
        row(
            "a refresh token of the API",
            "refresh_token={api_refresh}",
            "invalid_grant",
        )
        .by("web"),
        row(
            "a refresh token that was revoked",
            "refresh_token={revoked_refresh:web}",
            "invalid_grant",
        )
        .by("web"),
        row(
            "a wider scope",
            "refresh_token={refresh:web}&scope=openid+email+read",
            "invalid_scope",
        )
        .by("web"),
        row(
            "a scope of another kind",
            "refresh_token={refresh:web}&scope=admin",
            "invalid_scope",
        )
        .by("web"),
        row(
            "a foreign resource",
            "refresh_token={refresh:web}&resource=https%3A%2F%2Fevil.example",
            "invalid_target",
        )
        .by("web"),
        row(
            "two refresh tokens",
            "refresh_token={refresh:web}&refresh_token=x",
            "invalid_request",
        )
        .by("web"),
        row(
            "a refresh token with a NUL",
            "refresh_token=%00",
            "invalid_request",
        )
        .by("web"),
        row(
            "a bound refresh token without its proof",
            "refresh_token={refresh:dpop}",
            "invalid_dpop_proof",
        )
        .by("dpop"),
    ]
}

/// RFC 8693.
pub(crate) fn exchange() -> Vec<Row> {
    let row = |what: &str, form: &str, error| {
        let body = format!("grant_type={{exchange_grant}}&{form}");
        Row::form(what, "token", body, 400, error)
    };
    let good = "subject_token={access:web}&subject_token_type={access_type}";
    vec![
        row("no token to exchange", "subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("a token of no type", "subject_token={access:web}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("for a foreign audience", &format!("{good}&audience=https%3A%2F%2Fevil.example"), "invalid_target").by("web"),
        row("for a foreign resource beside one's own", &format!("{good}&resource=https%3A%2F%2Ffiles.example&resource=https%3A%2F%2Fevil.example"), "invalid_target").by("web"),
        row("for nobody", good, "invalid_target").by("web"),
        row("a token of another client", &format!("{good}&resource=https%3A%2F%2Fother.example%2Fapi"), "invalid_request").by("other"),
        row("a token that was revoked", "subject_token={revoked_access:web}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("a token that has expired", "subject_token={minted:expired}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("a forged token", "subject_token={forged:own_key}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("an ID token", "subject_token={id_token:web}&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("an ID token that is called an access token", "subject_token={id_token:web}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("a token of no person", "subject_token={service_access:web}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("a token of the API", "subject_token={api_access}&subject_token_type={access_type}&resource=https%3A%2F%2Ffiles.example", "invalid_request").by("web"),
        row("for a refresh token", &format!("{good}&resource=https%3A%2F%2Ffiles.example&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Arefresh_token"), "invalid_request").by("web"),
        row("with an actor's token", &format!("{good}&resource=https%3A%2F%2Ffiles.example&actor_token=x&actor_token_type={{access_type}}"), "invalid_request").by("web"),
        row("a wider scope", &format!("{good}&resource=https%3A%2F%2Ffiles.example&scope=email+read"), "invalid_scope").by("web"),
        row("by a public client", &format!("{good}&resource=https%3A%2F%2Ffiles.example&client_id={{id:spa}}"), "unauthorized_client"),
        row("by a client that may not", &format!("{good}&resource=https%3A%2F%2Ffiles.example"), "unauthorized_client").by("loose"),
    ]
}

/// RFC 6749 sections 3.2 and 5.2: whatever is sent, it is refused in the words of the standard.
pub(crate) fn forms() -> Vec<Row> {
    let many = ["resource=https%3A%2F%2Ffiles.example&"; 100].concat();
    let token =
        |what: &str, body: &[u8], error| Row::form(what, "token", body, 400, error).by("web");
    vec![
        token("nothing", b"", "invalid_request"),
        token(
            "bytes",
            &[0, 159, 146, 150, 255, 254, 13, 10, 38, 61, 37],
            "invalid_request",
        ),
        token(
            "percents",
            b"%%%=%&%zz=%00&grant_type=%ff",
            "invalid_request",
        ),
        token(
            "JSON",
            br#"{"grant_type":"client_credentials"}"#,
            "invalid_request",
        )
        .header("Content-Type", "application/json"),
        token(
            "two grants",
            b"grant_type=client_credentials&grant_type=refresh_token",
            "invalid_request",
        ),
        token("an empty grant", b"grant_type=", "invalid_request"),
        token(
            "an unknown grant",
            b"grant_type=magic",
            "unsupported_grant_type",
        ),
        token(
            "the password grant",
            b"grant_type=password&username=ada&password=x",
            "unsupported_grant_type",
        ),
        token(
            "the implicit grant",
            b"grant_type=implicit",
            "unsupported_grant_type",
        ),
        token(
            "the grant of a JWT",
            b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x",
            "unsupported_grant_type",
        ),
        token(
            "many parameters",
            format!("{many}grant_type=client_credentials").as_bytes(),
            "invalid_request",
        ),
        token(
            "a scope that is not allowed",
            b"grant_type=client_credentials&scope=admin",
            "invalid_scope",
        ),
        token(
            "a scope of a person",
            b"grant_type=client_credentials&scope=openid",
            "invalid_scope",
        ),
        token(
            "a foreign resource",
            b"grant_type=client_credentials&resource=https%3A%2F%2Fevil.example",
            "invalid_target",
        ),
        token(
            "a resource of another client",
            b"grant_type=client_credentials&resource=https%3A%2F%2Fother.example%2Fapi",
            "invalid_target",
        ),
        token("the grant only in the query", b"x=1", "invalid_request"),
        token(
            "more than anybody needs",
            &[b'a'; 70_000],
            "invalid_request",
        ),
        Row::new(
            "a grant in an address",
            "GET /api/v1/sso/token?grant_type=client_credentials",
            Expected::Problem(405),
        )
        .by("web"),
        Row::new(
            "a question in an address",
            "GET /api/v1/sso/introspect?token={access:web}",
            Expected::Problem(405),
        )
        .by("web"),
        Row::form(
            "a grant that the client may not use",
            "token",
            "grant_type=client_credentials",
            400,
            "unauthorized_client",
        )
        .by("loose"),
    ]
}
