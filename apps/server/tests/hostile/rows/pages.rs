//! Pages: forms of other sites, ways out of the server, and scripts in parameters.

use crate::row::{Expected, Row};

const LOGOUT: &str = "GET /api/v1/sso/logout";

pub(crate) fn forms() -> Vec<Row> {
    let mut rows = Vec::new();
    for path in [
        "/login",
        "/login/second-factor",
        "/login/enrol",
        "/login/passkey",
        "/login/accounts",
        "/consent",
        "/device",
        "/account/sign-out",
        "/account/password",
        "/account/totp",
        "/account/passkeys",
        "/account/sessions/end",
        "/account/consents/remove",
    ] {
        let line = format!("POST {path}");
        let row = |what: &str, csrf: &str| {
            let body = format!("choice=allow&username=ada&password=x{csrf}");
            Row::new(format!("{path} {what}"), &line, Expected::Page(403)).body(body)
        };
        rows.push(row("without the mark of a form", "").of_person("ada"));
        rows.push(row("with a mark that is none", "&csrf=x").of_person("ada"));
    }
    rows.push(
        Row::new("a form of another site", "POST /login", Expected::Page(403))
            .header("Origin", "https://evil.example")
            .header("Sec-Fetch-Site", "cross-site")
            .body("username=ada&password=x"),
    );
    for (what, line) in [
        ("no request", "GET /consent"),
        ("a request that is none", "GET /login?request=x"),
        (
            "a request that is none, to go on with",
            "GET /login/continue?request=x",
        ),
        (
            "a request that is none, for a passkey",
            "GET /login/passkey?request=x",
        ),
        (
            "a request that is none, for accounts",
            "GET /login/accounts?request=x",
        ),
        (
            "a request that is none, to agree to",
            "GET /consent?request=x",
        ),
        ("a request with a NUL", "GET /login?request=%00"),
        ("two requests", "GET /login?request=x&request=y"),
    ] {
        rows.push(Row::new(what, line, Expected::Page(400)).of_person("ada"));
    }
    // Nothing in an address leads out.
    for (what, line, to) in [
        (
            "login with a way out",
            "GET /login?next=https%3A%2F%2Fevil.example&redirect=https%3A%2F%2Fevil.example",
            "/account",
        ),
        (
            "login with an address of a device",
            "GET /login?device=https%3A%2F%2Fevil.example",
            "/device?user_code=https%3A%2F%2Fevil",
        ),
        (
            "going on with a way out",
            "GET /login/continue?return_to=%2F%2Fevil.example",
            "/account",
        ),
        (
            "going on to a device",
            "GET /login/continue?device=%2F%2Fevil.example",
            "/device?user_code=%2F%2Fevil",
        ),
    ] {
        let expected = if line.starts_with("GET /login?device") {
            Expected::Page(200)
        } else {
            Expected::Within(to)
        };
        rows.push(Row::new(what, line, expected).of_person("ada"));
    }
    rows
}

/// RP-Initiated Logout 1.0 sections 2, 3 and 6.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(crate) fn logout() -> Vec<Row> {
    let evil = "post_logout_redirect_uri=https%3A%2F%2Fevil.example";
    let good = "post_logout_redirect_uri=https%3A%2F%2Fweb.example%2Fbye";
    let mut rows = Vec::new();
    for (what, query) in [
        ("asks without a hint", String::new()),
        ("asks without a hint, for an address", format!("?{evil}")),
        (
            "asks for a client without a hint",
            format!("?client_id={{id:web}}&{good}"),
        ),
        (
            "asks with a hint of nobody",
            format!("?id_token_hint=x&{good}"),
        ),
        (
            "asks with a forged hint",
            format!("?id_token_hint={{forged:own_key}}&{good}"),
        ),
        (
            "asks with an access token as hint",
            format!("?id_token_hint={{access:web}}&{good}"),
        ),
    ] {
        // The person is asked; nobody is signed out by a link.
        rows.push(Row::new(what, format!("{LOGOUT}{query}"), Expected::Page(200)).of_person("ada"));
    }
    rows.push(
        Row::new(
            "a hint of another person",
            format!("{LOGOUT}?id_token_hint={{id_token:web}}&{good}"),
            Expected::Page(200),
        )
        .of_person("bob"),
    );
    for (what, query) in [
        (
            "an address that is not registered",
            format!("?client_id={{id:web}}&{evil}"),
        ),
        ("an address without a client", format!("?{good}")),
        (
            "an address of another client",
            "?client_id={id:web}&post_logout_redirect_uri=https%3A%2F%2Fother.example%2Fbye"
                .to_owned(),
        ),
        (
            "an address for codes",
            "?client_id={id:web}&post_logout_redirect_uri={callback:web}".to_owned(),
        ),
        (
            "an address in capitals",
            "?client_id={id:web}&post_logout_redirect_uri=https%3A%2F%2FWEB.example%2Fbye"
                .to_owned(),
        ),
        (
            "an address with more",
            "?client_id={id:web}&post_logout_redirect_uri=https%3A%2F%2Fweb.example%2Fbye%3Fx"
                .to_owned(),
        ),
        (
            "an address of an unknown client",
            format!("?client_id=nobody&{good}"),
        ),
        (
            "an address of a client that is off",
            "?client_id={id:off}&post_logout_redirect_uri=https%3A%2F%2Foff.example%2Fbye"
                .to_owned(),
        ),
        (
            "an address that is a script",
            "?client_id={id:web}&post_logout_redirect_uri=javascript%3Aalert(1)".to_owned(),
        ),
    ] {
        rows.push(Row::new(
            what,
            format!("{LOGOUT}{query}"),
            Expected::Within("/signed-out"),
        ));
    }
    rows.push(
        Row::new(
            "another client than the hint's",
            format!("{LOGOUT}?id_token_hint={{id_token:web}}&client_id={{id:other}}&{good}"),
            Expected::Page(400),
        )
        .of_person("ada"),
    );
    rows.push(
        Row::new(
            "two addresses",
            format!("{LOGOUT}?{good}&{evil}"),
            Expected::Page(400),
        )
        .of_person("ada"),
    );
    rows.push(
        Row::new(
            "a form that leaves, of another site",
            "POST /api/v1/sso/logout",
            Expected::Page(403),
        )
        .body("choice=leave")
        .of_person("ada"),
    );
    rows
}

/// Whatever an address says is text on a page.
pub(crate) fn scripts() -> Vec<Row> {
    const EVIL: &str = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let mut rows = Vec::new();
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "nonce",
        "login_hint",
        "ui_locales",
        "claims",
        "prompt",
        "acr_values",
        "display",
        "x",
    ] {
        let line = format!("GET /api/v1/sso/authorize?{name}={EVIL}");
        rows.push(
            Row::new(format!("{name} at authorize"), line, Expected::Page(400)).of_person("ada"),
        );
    }
    for (path, name) in [
        ("/api/v1/sso/logout", "state"),
        ("/api/v1/sso/logout", "id_token_hint"),
        ("/api/v1/sso/logout", "post_logout_redirect_uri"),
        ("/device", "user_code"),
        ("/signed-out", "state"),
        ("/forgot-password", "username"),
        ("/set-password", "token"),
        ("/reset-password", "token"),
        ("/verify-email", "token"),
        ("/login", "device"),
        ("/account", "error"),
    ] {
        let line = format!("GET {path}?{name}={EVIL}");
        rows.push(
            Row::new(format!("{name} at {path}"), line, Expected::Page(200)).of_person("ada"),
        );
    }
    rows
}
