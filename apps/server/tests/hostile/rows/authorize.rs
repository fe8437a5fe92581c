//! The authorization endpoint: where the answer goes, what may be asked, and pushed requests.

use crate::row::{Expected, Row};

const REST: &str = "response_type=code&scope=openid&state=s-1&code_challenge={challenge}&code_challenge_method=S256";
const HERE: &str = "GET /api/v1/sso/authorize?";

/// RFC 9700 section 4.1, RFC 6749 section 4.1.2.1: a client or an address that is not proven is never visited.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(crate) fn addresses() -> Vec<Row> {
    let mut rows = Vec::new();
    for (client, address) in [
        ("web", "https://evil.example/cb"),
        ("web", "https://web.example@evil.example/cb"),
        ("web", "https://user@web.example/cb"),
        ("web", "https://user:pass@web.example/cb"),
        ("web", "https://web.example:443/cb"),
        ("web", "https://web.example:8443/cb"),
        ("web", "https://WEB.example/cb"),
        ("web", "HTTPS://web.example/cb"),
        ("web", "http://web.example/cb"),
        ("web", "https://web.example./cb"),
        ("web", "https://web.example/./cb"),
        ("web", "https://web.example/x/../cb"),
        ("web", "https://web.example/cb/..%2f..%2fevil"),
        ("web", "https://web.example/%63b"),
        ("web", "https://web.example%2fcb"),
        ("web", "https://web.example/cb%2f"),
        ("web", "https://web.example//cb"),
        ("web", "https://web.example\\cb"),
        ("web", "https://evil.example\\@web.example/cb"),
        ("web", "https://web.example/cb#fragment"),
        ("web", "https://web.example/cb#"),
        ("web", "https://web.example/cb?x=1"),
        ("web", "https://web.example/cb/"),
        ("web", "https://web.example/CB"),
        ("web", "https://web.example/"),
        ("web", "https://sub.web.example/cb"),
        ("web", "https://web.example.evil.example/cb"),
        ("web", "https://evilweb.example/cb"),
        ("web", "https://evil.example/?https://web.example/cb"),
        ("web", "//web.example/cb"),
        ("web", "/cb"),
        ("web", "web.example/cb"),
        ("web", " https://web.example/cb"),
        ("web", "https://web.example/cb\r\nSet-Cookie: a=b"),
        ("web", "https://web.example/cb\0"),
        ("web", "javascript:alert(1)"),
        ("web", "data:text/html,<script>alert(1)</script>"),
        ("web", "file:///etc/passwd"),
        ("web", "https://other.example/cb"),
        ("native", "http://127.0.0.1:80@evil.example/cb"),
        ("native", "http://127.0.0.1.evil.example/cb"),
        ("native", "http://127.0.0.1:99999/cb"),
        ("native", "http://127.0.0.1:/cb"),
        ("native", "http://127.1/cb"),
        ("native", "http://2130706433/cb"),
        ("native", "http://0.0.0.0/cb"),
        ("native", "http://localhost/cb"),
        ("native", "http://[::1]/cb"),
        ("native", "https://127.0.0.1/cb"),
        ("native", "http://127.0.0.1:8080/other"),
        ("spa", "http://127.0.0.1:8080/cb"),
    ] {
        let address: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
        let line = format!("{HERE}client_id={{id:{client}}}&redirect_uri={address}&{REST}");
        rows.push(
            Row::new(format!("{client} at {address}"), line, Expected::Page(400)).of_person("ada"),
        );
    }
    for (what, query) in [
        ("no address", "client_id={id:web}"),
        ("an empty address", "client_id={id:web}&redirect_uri="),
        (
            "two addresses",
            "client_id={id:web}&redirect_uri={callback:web}&redirect_uri=https%3A%2F%2Fevil.example%2Fcb",
        ),
        (
            "the same address twice",
            "client_id={id:web}&redirect_uri={callback:web}&redirect_uri={callback:web}",
        ),
        (
            "two clients",
            "client_id={id:web}&client_id={id:other}&redirect_uri={callback:web}",
        ),
        ("no client", "redirect_uri={callback:web}"),
        (
            "an unknown client",
            "client_id=nobody&redirect_uri={callback:web}",
        ),
        (
            "a client that is switched off",
            "client_id={id:off}&redirect_uri={callback:off}",
        ),
        (
            "a nonce with a NUL",
            "client_id={id:web}&redirect_uri={callback:web}&nonce=%00",
        ),
        (
            "a client with a NUL",
            "client_id=%00&redirect_uri={callback:web}",
        ),
        (
            "a client beyond UTF-8",
            "client_id=%ff%fe&redirect_uri={callback:web}",
        ),
        (
            "two states",
            "client_id={id:web}&redirect_uri={callback:web}&state=s-2",
        ),
        (
            "SQL for a client",
            "client_id=%27%20OR%201%3D1--&redirect_uri={callback:web}",
        ),
    ] {
        let line = format!("{HERE}{query}&{REST}");
        rows.push(Row::new(what, line, Expected::Page(400)).of_person("ada"));
    }
    rows
}

/// RFC 6749 section 4.1.2.1, RFC 7636 section 4.4.1, OpenID Connect Core section 3.1.2.6.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(crate) fn requests() -> Vec<Row> {
    let to = |client: &str| {
        format!("{HERE}client_id={{id:{client}}}&redirect_uri={{callback:{client}}}&state=s-1")
    };
    let pkce = "&code_challenge={challenge}&code_challenge_method=S256";
    let mut rows = Vec::new();
    for (what, client, query, error) in [
        (
            "no response_type",
            "web",
            "&scope=openid",
            "invalid_request",
        ),
        (
            "the implicit grant",
            "web",
            "&response_type=token",
            "unsupported_response_type",
        ),
        (
            "a hybrid",
            "web",
            "&response_type=code+id_token",
            "unsupported_response_type",
        ),
        (
            "an ID token alone",
            "web",
            "&response_type=id_token&nonce=n",
            "unsupported_response_type",
        ),
        (
            "an answer in the fragment",
            "web",
            "&response_type=code&response_mode=fragment",
            "invalid_request",
        ),
        (
            "an answer to a window",
            "web",
            "&response_type=code&response_mode=web_message",
            "invalid_request",
        ),
        (
            "no challenge of a public client",
            "spa",
            "&response_type=code&scope=openid",
            "invalid_request",
        ),
        (
            "no challenge of a native client",
            "native",
            "&response_type=code&scope=openid",
            "invalid_request",
        ),
        (
            "no challenge of a client that needs one",
            "web",
            "&response_type=code&scope=openid",
            "invalid_request",
        ),
        (
            "a plain challenge",
            "web",
            "&response_type=code&code_challenge={verifier}&code_challenge_method=plain",
            "invalid_request",
        ),
        (
            "a challenge without its method",
            "web",
            "&response_type=code&code_challenge={verifier}",
            "invalid_request",
        ),
        (
            "an unknown method",
            "web",
            "&response_type=code&code_challenge={challenge}&code_challenge_method=S512",
            "invalid_request",
        ),
        (
            "a method in small letters",
            "web",
            "&response_type=code&code_challenge={challenge}&code_challenge_method=s256",
            "invalid_request",
        ),
        (
            "a method alone",
            "web",
            "&response_type=code&code_challenge_method=S256",
            "invalid_request",
        ),
        (
            "a challenge that is too short",
            "web",
            "&response_type=code&code_challenge=abc&code_challenge_method=S256",
            "invalid_request",
        ),
        (
            "a challenge with other letters",
            "web",
            "&response_type=code&code_challenge=%3Cscript%3Ealert(1)%3C%2Fscript%3Eaaaaaaaaaaaaaaaaaaaaa&code_challenge_method=S256",
            "invalid_request",
        ),
    ] {
        let line = format!("{}{query}", to(client));
        rows.push(Row::new(what, line, Expected::Back(error)).of_person("ada"));
    }
    let long = "a".repeat(129);
    let long_state = "s".repeat(5_000);
    for (what, query, error) in [
        (
            "a challenge that is too long",
            format!("&code_challenge={long}&code_challenge_method=S256"),
            "invalid_request",
        ),
        (
            "neither challenge nor nonce nor state",
            "&scope=openid".to_owned(),
            "invalid_request",
        ),
    ] {
        let line = format!(
            "{HERE}client_id={{id:loose}}&redirect_uri={{callback:loose}}&response_type=code{query}"
        );
        rows.push(Row::new(what, line, Expected::Back(error)).of_person("ada"));
    }
    for (what, query, error) in [
        (
            "a scope of another client",
            "&scope=openid+admin+groups",
            "invalid_scope",
        ),
        ("a scope that is none", "&scope=%22", "invalid_scope"),
        (
            "a request object",
            "&request=eyJhbGciOiJub25lIn0.e30.",
            "request_not_supported",
        ),
        (
            "a request by address",
            "&request_uri=https%3A%2F%2Fevil.example%2Fr",
            "request_uri_not_supported",
        ),
        (
            "a request by an address within",
            "&request_uri=http%3A%2F%2F169.254.169.254%2F",
            "request_uri_not_supported",
        ),
        (
            "a registration",
            "&registration=%7B%7D",
            "registration_not_supported",
        ),
        (
            "prompt none with login",
            "&prompt=none+login",
            "invalid_request",
        ),
        ("an unknown prompt", "&prompt=create", "invalid_request"),
        ("an age below zero", "&max_age=-1", "invalid_request"),
        (
            "an age that is no number",
            "&max_age=1e3",
            "invalid_request",
        ),
        (
            "a foreign resource",
            "&resource=https%3A%2F%2Fevil.example",
            "invalid_target",
        ),
        (
            "a resource of another client",
            "&resource=https%3A%2F%2Fother.example%2Fapi",
            "invalid_target",
        ),
        (
            "a thumbprint that is none",
            "&dpop_jkt=x",
            "invalid_request",
        ),
        ("claims that are no JSON", "&claims=%7B", "invalid_request"),
        (
            "claims that are a list",
            "&claims=%5B%5D",
            "invalid_request",
        ),
        (
            "claims with a NUL",
            "&claims=%7B%22id_token%22%3A%7B%22a%5Cu0000b%22%3Anull%7D%7D",
            "invalid_request",
        ),
        (
            "a level with a NUL",
            "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22value%22%3A%22%5Cu0000%22%7D%7D%7D",
            "invalid_request",
        ),
        (
            "a hint that is no token",
            "&id_token_hint=x",
            "invalid_request",
        ),
        (
            "an access token as hint",
            "&id_token_hint={access:web}",
            "invalid_request",
        ),
        (
            "a level that nobody reaches",
            "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22aal9%22%7D%7D%7D",
            "unmet_authentication_requirements",
        ),
    ] {
        let line = format!("{}&response_type=code{pkce}{query}", to("web"));
        rows.push(Row::new(what, line, Expected::Back(error)).of_person("ada"));
    }
    let line = format!(
        "{HERE}client_id={{id:web}}&redirect_uri={{callback:web}}&response_type=code{pkce}&nonce={long_state}"
    );
    rows.push(
        Row::new(
            "a nonce without end",
            line,
            Expected::Back("invalid_request"),
        )
        .of_person("ada"),
    );
    for (what, who, client, query, error) in [
        (
            "nobody is there and nobody may be asked",
            "",
            "web",
            "&scope=openid&prompt=none",
            "login_required",
        ),
        (
            "consent may not be asked for",
            "ada",
            "third",
            "&scope=openid&prompt=none",
            "consent_required",
        ),
        (
            "somebody who is not of the tenant",
            "bob",
            "bound",
            "&scope=openid",
            "access_denied",
        ),
        (
            "an age of nothing, silently",
            "ada",
            "web",
            "&scope=openid&prompt=none&max_age=0",
            "login_required",
        ),
        (
            "somebody else is meant, silently",
            "bob",
            "web",
            "&scope=openid&prompt=none&id_token_hint={id_token:web}",
            "login_required",
        ),
        (
            "a request that had to be pushed",
            "ada",
            "par",
            "&scope=openid",
            "invalid_request",
        ),
    ] {
        let line = format!("{}&response_type=code{pkce}{query}", to(client));
        let row = Row::new(what, line, Expected::Back(error));
        rows.push(if who.is_empty() {
            row
        } else {
            row.of_person(who)
        });
    }
    rows
}

/// RFC 9126.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub(crate) fn pushed() -> Vec<Row> {
    let open = |what: &str, client: &str, uri: &str| {
        let line = format!("{HERE}client_id={{id:{client}}}&request_uri={uri}");
        Row::new(what, line, Expected::Page(400)).of_person("ada")
    };
    let form = "client_id={id:par}&redirect_uri={callback:par}&response_type=code&scope=openid\
                &code_challenge={challenge}&code_challenge_method=S256";
    vec![
        open(
            "a pushed request of another client",
            "web",
            "{request_uri:par}",
        ),
        open(
            "a pushed request for the second time",
            "par",
            "{used_request_uri:par}",
        ),
        open(
            "a pushed request that lapsed",
            "par",
            "{lapsed_request_uri:par}",
        ),
        open(
            "a pushed request that never was",
            "par",
            "urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
        ),
        open(
            "a pushed request with nothing in it",
            "par",
            "urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A",
        ),
        Row::form(
            "a reference is pushed",
            "par",
            format!("{form}&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax"),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form("nobody pushes", "par", form, 401, "invalid_client"),
        Row::form("another client pushes", "par", form, 400, "invalid_request").by("web"),
        Row::form(
            "an address that is not registered is pushed",
            "par",
            form.replace("{callback:par}", "https%3A%2F%2Fevil.example%2Fcb"),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form(
            "no address is pushed",
            "par",
            form.replace("redirect_uri={callback:par}&", ""),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form(
            "a plain challenge is pushed",
            "par",
            form.replace("=S256", "=plain"),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form(
            "a request object is pushed",
            "par",
            format!("{form}&request=e30.e30.AA"),
            400,
            "request_not_supported",
        )
        .by("par"),
        Row::form(
            "two scopes are pushed",
            "par",
            format!("{form}&scope=openid"),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form(
            "a foreign resource is pushed",
            "par",
            format!("{form}&resource=https%3A%2F%2Fevil.example"),
            400,
            "invalid_target",
        )
        .by("par"),
        Row::form(
            "a NUL in claims is pushed",
            "par",
            format!("{form}&claims=%7B%22x%22%3A%22%5Cu0000%22%7D"),
            400,
            "invalid_request",
        )
        .by("par"),
        Row::form(
            "another key than the proof's is pushed",
            "par",
            format!("{form}&dpop_jkt=n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"),
            400,
            "invalid_dpop_proof",
        )
        .by("par")
        .header("DPoP", "{proof:good}"),
    ]
}
