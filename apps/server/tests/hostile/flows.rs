//! Attacks on a flow that take more than one request.

use serde_json::json;

use crate::{
    bed::{Bed, CHALLENGE, RESOURCE, VERIFIER, callback},
    support::{PASSWORD, TestApp, eventually},
};

fn text(value: &serde_json::Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_again_takes_its_tokens_with_it() {
    let bed = Bed::start().await;
    let code = bed.code("web").await;
    let tokens = bed.redeem("web", &code).await.json();
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    assert!(bed.is_active("web", &access).await);
    // Another client with the code is refused, and ends nothing of the owner's.
    assert_eq!(
        bed.redeem("other", &code).await.json()["error"],
        "invalid_grant"
    );
    assert!(bed.is_active("web", &access).await);
    assert_eq!(
        bed.redeem("web", &code).await.json()["error"],
        "invalid_grant"
    );
    assert!(!bed.is_active("web", &access).await);
    assert_eq!(bed.userinfo(&access).await.status, 401);
    assert_eq!(
        bed.refresh("web", &refresh).await.json()["error"],
        "invalid_grant"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_presents_a_code_wrongly_has_used_it_up() {
    let bed = Bed::start().await;
    let here = callback("web");
    for (client, address, verifier) in [
        (
            "web",
            here.as_str(),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx",
        ),
        ("web", here.as_str(), ""),
        ("web", "https://evil.example/cb", VERIFIER),
        ("web", "", VERIFIER),
        ("other", here.as_str(), VERIFIER),
    ] {
        let code = bed.code("web").await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", address),
            ("code_verifier", verifier),
        ];
        let wrong = bed.post(client, "/token", &form).await;
        assert_eq!(
            (wrong.status, &wrong.json()["error"]),
            (400, &json!("invalid_grant"))
        );
        let right = bed.redeem("web", &code).await;
        assert_eq!(
            (right.status, &right.json()["error"]),
            (400, &json!("invalid_grant")),
            "{address}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_again_ends_its_family() {
    let bed = Bed::start().await;
    let first = text(&bed.tokens("web").await, "refresh_token");
    // Of another client, nothing happens to it.
    assert_eq!(
        bed.refresh("other", &first).await.json()["error"],
        "invalid_grant"
    );
    let second = text(&bed.refresh("web", &first).await.json(), "refresh_token");
    let third = bed.refresh("web", &second).await.json();
    let (access, third) = (text(&third, "access_token"), text(&third, "refresh_token"));
    assert_eq!(
        bed.refresh("web", &first).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(
        bed.refresh("web", &third).await.json()["error"],
        "invalid_grant"
    );
    assert!(!bed.is_active("web", &access).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_does_not_cost_the_family() {
    let bed = Bed::start().await;
    let token = text(&bed.tokens("web").await, "refresh_token");
    for (name, value, error) in [
        ("scope", "openid read", "invalid_scope"),
        ("resource", "https://evil.example", "invalid_target"),
    ] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            (name, value),
        ];
        assert_eq!(
            bed.post("web", "/token", &form).await.json()["error"],
            error
        );
    }
    // It is still the newest one: the refusals rotated nothing.
    assert!(bed.is_active("web", &token).await);
    assert_eq!(bed.refresh("web", &token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_ends_or_sees_the_tokens_of_another() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("web").await;
    for name in ["access_token", "refresh_token"] {
        let token = text(&tokens, name);
        let reply = bed.post("other", "/revoke", &[("token", &token)]).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, ""),
            "it does not tell"
        );
        assert!(!bed.is_active("other", &token).await, "{name}");
        assert!(bed.is_active("web", &token).await, "{name}");
    }
    let refresh = text(&tokens, "refresh_token");
    bed.post("web", "/revoke", &[("token", &refresh)]).await;
    assert!(!bed.is_active("web", &refresh).await);
    assert!(!bed.is_active("web", &text(&tokens, "access_token")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_whose_it_is() {
    let bed = Bed::start().await;
    let reply = bed.authorize("ada", "web", "&nonce=n-1").await;
    assert_eq!(
        reply.parameter("iss").as_deref(),
        Some(bed.app.base_url.as_str())
    );
    assert_eq!(reply.parameter("state").as_deref(), Some("s-1"));
    assert!(
        reply
            .header("location")
            .unwrap()
            .starts_with("https://web.example/cb?")
    );
    let tokens = bed.redeem("web", &reply.parameter("code").unwrap()).await;
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let (header, claims) = crate::jose::open(&text(&tokens.json(), "id_token"));
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(
        (&header["alg"], &claims["iss"]),
        (&json!("ES256"), &json!(bed.app.base_url))
    );
    assert_eq!(claims["aud"], json!([bed.id("web")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let bed = Bed::start().await;
    let code = bed.code("dpop").await;
    let tokens = bed.redeem("dpop", &code).await.json();
    assert_eq!(tokens["token_type"], "DPoP");
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let same = ("htm", json!("GET"));
    let ask = async |scheme: &str, proof: Option<String>| {
        let mut headers = vec![("Authorization", format!("{scheme} {access}"))];
        headers.extend(proof.map(|proof| ("DPoP", proof)));
        bed.send("GET /api/v1/sso/userinfo", &headers, "").await
    };
    let good = bed.use_proof(&bed.proof_key, &access, same.clone());
    assert_eq!(ask("DPoP", Some(good.clone())).await.status, 200);
    let change = |name, value| Some(bed.use_proof(&bed.proof_key, &access, (name, value)));
    for (what, scheme, proof, error) in [
        (
            "a proof for the second time",
            "DPoP",
            Some(good),
            "invalid_dpop_proof",
        ),
        ("as a bearer", "Bearer", None, "invalid_token"),
        ("without a proof", "DPoP", None, "invalid_token"),
        (
            "as a bearer, with a proof",
            "Bearer",
            change("htm", json!("GET")),
            "invalid_token",
        ),
        (
            "another method",
            "DPoP",
            change("htm", json!("POST")),
            "invalid_dpop_proof",
        ),
        (
            "another address",
            "DPoP",
            change("htu", json!("https://evil.example/")),
            "invalid_dpop_proof",
        ),
        (
            "the hash of another token",
            "DPoP",
            change("ath", json!("x")),
            "invalid_dpop_proof",
        ),
        (
            "no hash",
            "DPoP",
            change("ath", json!(null)),
            "invalid_dpop_proof",
        ),
        (
            "an old one",
            "DPoP",
            change("iat", json!(1)),
            "invalid_dpop_proof",
        ),
        (
            "another key",
            "DPoP",
            Some(bed.use_proof(&bed.evil_key, &access, same)),
            "invalid_token",
        ),
    ] {
        let reply = ask(scheme, proof).await;
        assert_eq!(
            (reply.status, &reply.json()["error"]),
            (401, &json!(error)),
            "{what}"
        );
        assert!(reply.header("www-authenticate").is_some(), "{what}");
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let now = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": bed.evil_key.bare()});
    let (_, claims) = crate::jose::open(&bed.token_proof());
    let other = [("DPoP", bed.evil_key.sign(&now, &claims))];
    let reply = bed.post_with("dpop", "/token", &form, &other).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    let own = [("DPoP", bed.token_proof())];
    assert_eq!(
        bed.post_with("dpop", "/token", &form, &own).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchanged_token_is_for_nobody_but_its_audience() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("web").await;
    let subject = text(&tokens, "access_token");
    let form = [
        ("grant_type", crate::bed::EXCHANGE),
        ("subject_token", &subject),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("resource", RESOURCE),
    ];
    let exchanged = bed.post("web", "/token", &form).await.json();
    let token = text(&exchanged, "access_token");
    assert!(exchanged["refresh_token"].is_null());
    let (_, claims) = crate::jose::open(&token);
    assert_eq!(
        (&claims["aud"], &claims["act"]["sub"]),
        (&json!(RESOURCE), &json!(bed.id("web")))
    );
    assert_eq!(bed.userinfo(&token).await.status, 401);
    assert!(!bed.is_active("other", &token).await);
    // It ends with what it was made from, and with nothing else.
    for (family, is_alive) in [(bed.tokens("web").await, true), (tokens, false)] {
        let refresh = text(&family, "refresh_token");
        bed.post("web", "/revoke", &[("token", &refresh)]).await;
        assert_eq!(bed.is_active("web", &token).await, is_alive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gets_tokens_once_and_none_when_refused() {
    let bed = Bed::start().await;
    for (choice, first, then) in [
        ("allow", "", "invalid_grant"),
        ("deny", "access_denied", "access_denied"),
    ] {
        let codes = bed.device_codes("web").await;
        let device_code = text(&codes, "device_code");
        answer_device(&bed, &text(&codes, "user_code"), choice).await;
        let stolen = bed.poll("other", &device_code).await.json();
        assert_eq!(stolen["error"], "invalid_grant");
        let reply = bed.poll("web", &device_code).await.json();
        assert_eq!(reply["error"].as_str().unwrap_or_default(), first);
        let again = bed.poll("web", &device_code).await.json();
        assert_eq!(again["error"], then);
    }
}

/// Types a code as ada and says yes or no.
async fn answer_device(bed: &Bed, user_code: &str, choice: &str) {
    let cookies = [("Cookie", bed.cookies["ada"].clone())];
    let page = bed.send("GET /device", &cookies, "").await;
    let field = |html: &str, name: &str| {
        let (_, rest) = html
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let csrf = field(&page.body, "csrf");
    let form = format!("csrf={csrf}&user_code={user_code}");
    let page = bed.send("POST /device", &cookies, &form).await;
    let account = field(&page.body, "account");
    let form = format!("{form}&account={account}&choice={choice}");
    let done = bed.send("POST /device", &cookies, &form).await;
    assert_eq!(done.status, 200, "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_switched_off_takes_its_tokens_with_it() {
    let bed = Bed::start().await;
    let tokens = bed.tokens("web").await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let code = bed.code("web").await;
    let path = format!("/admin/oidc/clients/{}", bed.id("web"));
    assert_eq!(
        bed.admin
            .patch(&path, &json!({"is_active": false}))
            .await
            .status,
        200
    );
    eventually("the client is gone", async || {
        bed.userinfo(&access).await.status == 401
    })
    .await;
    for reply in [
        bed.refresh("web", &refresh).await,
        bed.redeem("web", &code).await,
    ] {
        assert_eq!(
            (reply.status, &reply.json()["error"]),
            (401, &json!("invalid_client"))
        );
    }
    assert_eq!(bed.authorize("ada", "web", "").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_secret_ends_when_it_is_said_to() {
    let bed = Bed::start().await;
    let path = format!("/admin/oidc/clients/{}/secret", bed.id("web"));
    let form = [("grant_type", "client_credentials")];
    assert_eq!(bed.post("web", "/token", &form).await.status, 200);
    let rotated = bed.admin.post(&path, &json!({"grace_hours": 0})).await;
    assert!(rotated.status < 300, "{:?}", rotated.body);
    eventually("the old secret is gone", async || {
        bed.post("web", "/token", &form).await.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_party_and_resources_cannot_be_registered_by_oneself() {
    let bed = Bed::start().await;
    let initial = bed.material("initial").await;
    let headers = |token: &str| {
        [
            ("Authorization", format!("Bearer {token}")),
            ("Content-Type", "application/json".to_owned()),
        ]
    };
    let mut body = json!({
        "client_name": "New", "redirect_uris": ["https://new.example/cb"], "is_first_party": true,
        "resources": [RESOURCE], "require_pkce": false, "tenants": [bed.tenant], "client_id": "chosen",
    });
    let made = bed
        .send(
            "POST /api/v1/sso/register",
            &headers(&initial),
            &body.to_string(),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    let id = text(&made, "client_id");
    assert_ne!(id, "chosen");
    let look = async || {
        let seen = bed
            .admin
            .get(&format!("/admin/oidc/clients/{id}"))
            .await
            .body;
        assert_eq!(
            (&seen["is_first_party"], &seen["resources"]),
            (&json!(false), &json!([]))
        );
        assert_eq!(seen["require_pkce"], true);
    };
    look().await;
    body["client_id"] = id.clone().into();
    let line = format!("PUT /api/v1/sso/register/{id}");
    let managing = text(&made, "registration_access_token");
    let changed = bed
        .send(&line, &headers(&managing), &body.to_string())
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    look().await;
    let removed = bed
        .send(
            &format!("DELETE /api/v1/sso/register/{id}"),
            &headers(&managing)[..1],
            "",
        )
        .await;
    assert_eq!(removed.status, 204);
    eventually("the client is gone", async || {
        let line = format!("GET /api/v1/sso/register/{id}");
        let again = bed.send(&line, &headers(&managing)[..1], "").await;
        again.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_comes_from_the_host_of_a_request() {
    let bed = Bed::start().await;
    let evil = || {
        vec![
            ("Host", "evil.example".to_owned()),
            ("X-Forwarded-Host", "evil.example".to_owned()),
            ("Forwarded", "host=evil.example".to_owned()),
        ]
    };
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/login",
        "/device",
    ] {
        let reply = bed.send(&format!("GET {path}"), &evil(), "").await;
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("evil.example"), "{path}");
    }
    let mut headers = evil();
    headers.push(("Authorization", bed.basic("web")));
    let codes = bed
        .send(
            "POST /api/v1/sso/device_authorization",
            &headers,
            "scope=openid",
        )
        .await;
    assert!(codes.status == 200 && !codes.body.contains("evil.example"));
    let mut headers = evil();
    headers.push(("Cookie", bed.cookies["ada"].clone()));
    let line = format!(
        "GET /api/v1/sso/authorize?client_id={}&redirect_uri={}&response_type=code&scope=openid\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        bed.id("web"),
        callback("web")
    );
    let reply = bed.send(&line, &headers, "").await;
    assert_eq!(
        reply.parameter("iss").as_deref(),
        Some(bed.app.base_url.as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_for_scripts_of_the_client_alone() {
    let bed = Bed::start().await;
    let access = text(&bed.tokens("web").await, "access_token");
    for (origin, may_read) in [
        ("https://web.example", true),
        ("https://evil.example", false),
        ("https://web.example.evil.example", false),
        ("http://web.example", false),
        ("null", false),
    ] {
        let from = |authorization: String| {
            [
                ("Authorization", authorization),
                ("Origin", origin.to_owned()),
            ]
        };
        let userinfo = from(format!("Bearer {access}"));
        let token = from(bed.basic("web"));
        for reply in [
            bed.send("GET /api/v1/sso/userinfo", &userinfo, "").await,
            bed.send(
                "POST /api/v1/sso/token",
                &token,
                "grant_type=client_credentials",
            )
            .await,
        ] {
            assert_eq!(reply.status, 200);
            let told = reply.header("access-control-allow-origin");
            assert_eq!(told, may_read.then_some(origin));
            assert!(reply.header("access-control-allow-credentials").is_none());
        }
    }
    for line in [
        "GET /login",
        "GET /account",
        "GET /api/v1/auth/me",
        "POST /api/v1/sso/introspect",
    ] {
        let origin = [("Origin", "https://web.example".to_owned())];
        let reply = bed.send(line, &origin, "").await;
        assert!(
            reply.header("access-control-allow-origin").is_none(),
            "{line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_never_make_an_endpoint_fail() {
    let bed = Bed::start().await;
    let mut bytes = Vec::new();
    for _ in 0..16 {
        bytes.extend_from_slice(&*bheem_vault::token::random_bytes::<32>().unwrap());
    }
    for path in [
        "token",
        "introspect",
        "revoke",
        "par",
        "device_authorization",
        "register",
        "userinfo",
        "logout",
        "authorize",
    ] {
        for length in [1, 7, 64, 512] {
            let headers = [("Authorization", bed.basic("web"))];
            let line = format!("POST /api/v1/sso/{path}");
            let reply =
                crate::wire::send(&bed.app.base_url, &line, &headers, &bytes[..length]).await;
            assert!(reply.status < 500, "{path}: {reply:?}");
            assert!(!reply.body.contains("access_token"), "{path}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        }
    }
    assert_eq!(
        TestApp::sign_in(&bed.app, "ada", PASSWORD).await.username,
        "ada"
    );
}
