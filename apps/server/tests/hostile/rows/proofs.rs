//! Proofs of possession at the token endpoint (RFC 9449 section 4.3).

use crate::row::Row;

pub(crate) fn at_the_token_endpoint() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in [
        "other_method",
        "small_method",
        "other_endpoint",
        "other_host",
        "longer_path",
        "old",
        "future",
        "endless",
        "empty_jti",
        "without_jti",
        "without_iat",
        "without_htm",
        "without_htu",
        "private_key",
        "symmetric",
        "public_key_as_secret",
        "none",
        "foreign_signature",
        "no_key",
        "plain_type",
        "used",
    ] {
        let row = Row::form(
            &format!("a proof: {kind}"),
            "token",
            "grant_type=client_credentials",
            400,
            "invalid_dpop_proof",
        );
        rows.push(row.by("web").header("DPoP", format!("{{proof:{kind}}}")));
    }
    let row = |what: &str, error| {
        Row::form(what, "token", "grant_type=client_credentials", 400, error).by("web")
    };
    rows.push(
        row("a nonce that is not ours", "use_dpop_nonce").header("DPoP", "{proof:bad_nonce}"),
    );
    rows.push(
        row("two proofs", "invalid_dpop_proof")
            .header("DPoP", "{proof:good}")
            .header("DPoP", "{proof:good}"),
    );
    rows.push(row("a proof that is no JWT", "invalid_dpop_proof").header("DPoP", "x"));
    rows.push(row("an access token as proof", "invalid_dpop_proof").header("DPoP", "{access:web}"));
    rows
}
