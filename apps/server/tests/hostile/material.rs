//! What rows name in braces: good codes and tokens, and such as are forged, lapsed or another's.

use bheem_identity::Algorithm;
use serde_json::{Value, json};

use crate::{
    bed::{Bed, DEVICE, EXCHANGE, VERIFIER, callback},
    jose::{Key, message, open, public_texts, sign_with_secret},
};

pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ACCESS_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What a fresh token is made of.
fn fresh() -> (i64, String) {
    let now = chrono_now();
    let id = bheem_vault::token::generate_hex32().unwrap();
    (now, id)
}

/// The clock that the server looks at.
fn chrono_now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

impl Bed {
    /// The text of a placeholder.
    pub(crate) async fn material(&self, name: &str) -> String {
        let (kind, of) = name.split_once(':').unwrap_or((name, ""));
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        match kind {
            "issuer" => self.app.base_url.clone(),
            "id" => self.id(of).to_owned(),
            "secret" => self.secret(of).to_owned(),
            "basic" => self.basic(of),
            "callback" => callback(of),
            "verifier" => VERIFIER.to_owned(),
            "challenge" => crate::bed::CHALLENGE.to_owned(),
            "cookies" => self.cookies[of].clone(),
            "device_grant" => DEVICE.to_owned(),
            "exchange_grant" => EXCHANGE.to_owned(),
            "jwt_bearer" => ASSERTION_TYPE.to_owned(),
            "access_type" => ACCESS_TYPE.to_owned(),
            "code" => self.code(of).await,
            "used_code" => {
                let code = self.code(of).await;
                assert_eq!(self.redeem(of, &code).await.status, 200);
                code
            }
            "lapsed_code" => {
                let code = self.code(of).await;
                self.lapse("authorization_codes", "code_hash", &code);
                code
            }
            "code_without_challenge" => self.code_without_challenge(of).await,
            "access" => text(&self.tokens(of).await, "access_token"),
            "refresh" => text(&self.tokens(of).await, "refresh_token"),
            "id_token" => text(&self.tokens(of).await, "id_token"),
            "revoked_access" => {
                let token = text(&self.tokens(of).await, "access_token");
                let reply = self.post(of, "/revoke", &[("token", &token)]).await;
                assert_eq!(reply.status, 200);
                token
            }
            "revoked_refresh" => {
                let token = text(&self.tokens(of).await, "refresh_token");
                let reply = self.post(of, "/revoke", &[("token", &token)]).await;
                assert_eq!(reply.status, 200);
                token
            }
            "service_access" => {
                let form = [("grant_type", "client_credentials")];
                text(&self.post(of, "/token", &form).await.json(), "access_token")
            }
            "resource_access" => {
                let code = self.code_for_resource().await;
                text(&self.redeem("web", &code).await.json(), "access_token")
            }
            "api_access" => self.ada.token.clone(),
            "api_refresh" => self.ada.refresh_token.clone(),
            "forged" => self.forged(of).await,
            "minted" => self.minted(of).await,
            "assertion" => self.assertion(of).await,
            "proof" => self.proof(of).await,
            "device_code" => text(&self.device_codes(of).await, "device_code"),
            "lapsed_device_code" => {
                let code = text(&self.device_codes(of).await, "device_code");
                self.lapse("device_codes", "device_code_hash", &code);
                code
            }
            "polled_device_code" => {
                let code = text(&self.device_codes(of).await, "device_code");
                let reply = self.poll(of, &code).await;
                assert_eq!(reply.json()["error"], "authorization_pending");
                code
            }
            "request_uri" => self.pushed(of).await,
            "used_request_uri" => {
                let uri = self.pushed(of).await;
                let reply = self.open_pushed(of, &uri).await;
                assert!(reply.parameter("code").is_some(), "{reply:?}");
                uri
            }
            "lapsed_request_uri" => {
                let uri = self.pushed(of).await;
                let (_, secret) = uri.rsplit_once(':').unwrap();
                self.lapse("authorization_requests", "token_hash", secret);
                uri
            }
            "initial" => self.initial().await,
            "used_initial" => {
                let token = self.initial().await;
                self.registered(&token).await;
                token
            }
            "lapsed_initial" => {
                let token = self.initial().await;
                self.lapse("initial_access_tokens", "token_hash", &token);
                token
            }
            "managing" => {
                let token = self.initial().await;
                text(&self.registered(&token).await, "registration_access_token")
            }
            _ => panic!("nothing is called {name}"),
        }
    }

    async fn code_without_challenge(&self, client: &str) -> String {
        let line = format!(
            "GET /api/v1/sso/authorize?client_id={}&redirect_uri={}&response_type=code&scope=openid&nonce=n",
            self.id(client),
            callback(client)
        );
        let reply = self
            .send(&line, &[("Cookie", self.cookies["ada"].clone())], "")
            .await;
        reply.parameter("code").expect("a code")
    }

    async fn code_for_resource(&self) -> String {
        let more = "&resource=https%3A%2F%2Ffiles.example";
        let reply = self.authorize("ada", "web", more).await;
        reply.parameter("code").expect("a code")
    }

    pub(crate) async fn device_codes(&self, client: &str) -> Value {
        let scope = [("scope", "openid")];
        let reply = self.post(client, "/device_authorization", &scope).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    pub(crate) async fn poll(&self, client: &str, code: &str) -> crate::wire::Reply {
        let form = [("grant_type", DEVICE), ("device_code", code)];
        self.post(client, "/token", &form).await
    }

    async fn pushed(&self, client: &str) -> String {
        let form = [
            ("client_id", self.id(client)),
            ("redirect_uri", &callback(client)),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", crate::bed::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let reply = self.post(client, "/par", &form).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["request_uri"].as_str().unwrap().to_owned()
    }

    async fn open_pushed(&self, client: &str, uri: &str) -> crate::wire::Reply {
        let line = format!(
            "GET /api/v1/sso/authorize?client_id={}&request_uri={uri}",
            self.id(client)
        );
        self.send(&line, &[("Cookie", self.cookies["ada"].clone())], "")
            .await
    }

    async fn initial(&self) -> String {
        let answer = self
            .admin
            .post("/admin/oidc/registration-tokens", &json!({}))
            .await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let members = answer.body.as_object().unwrap();
        let token = members
            .iter()
            .find(|(name, _)| name.ends_with("token"))
            .expect("a token");
        token.1.as_str().unwrap().to_owned()
    }

    async fn registered(&self, initial: &str) -> Value {
        let body = json!({"client_name": "New", "redirect_uris": ["https://new.example/cb"]});
        let headers = [
            ("Authorization", format!("Bearer {initial}")),
            ("Content-Type", "application/json".to_owned()),
        ];
        let reply = self
            .send("POST /api/v1/sso/register", &headers, &body.to_string())
            .await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    }

    /// An assertion of the client `keyed`.
    pub(crate) async fn assertion(&self, kind: &str) -> String {
        let (now, jti) = fresh();
        let id = self.id("keyed");
        let issuer = self.app.base_url.clone();
        let header = json!({"alg": "ES256", "kid": "service-1", "typ": "JWT"});
        let mut claims =
            json!({"iss": id, "sub": id, "aud": issuer, "iat": now, "exp": now + 60, "jti": jti});
        let mut without = |name: &str| {
            claims.as_object_mut().unwrap().remove(name);
            self.client_key.sign(&header, &claims)
        };
        if let Some(name) = kind.strip_prefix("without_") {
            return without(name);
        }
        let mut with = |name: &str, value: Value| {
            claims[name] = value;
            self.client_key.sign(&header, &claims)
        };
        let jwk = self.client_key.public().to_string();
        let alg = |name: &str| json!({"alg": name, "kid": "service-1"});
        match kind {
            "good" => self.client_key.sign(&header, &claims),
            "expired" => with("exp", (now - 1).into()),
            "too_long" => with("exp", (now + 86_400).into()),
            "expiring_never" => with("exp", i64::MAX.into()),
            "early" => with("nbf", (now + 3_600).into()),
            "foreign_audience" => with("aud", "https://evil.example/token".into()),
            "similar_audience" => with("aud", format!("{issuer}.evil.example").into()),
            "no_audience" => with("aud", json!([])),
            "foreign_issuer" => with("iss", self.id("web").into()),
            "foreign_subject" => with("sub", self.id("web").into()),
            "empty_jti" => with("jti", "".into()),
            "own_key" => self.evil_key.sign(&header, &claims),
            "own_key_in_header" => {
                let mut header = header;
                header["jwk"] = self.evil_key.public();
                header["jku"] = "https://evil.example/jwks".into();
                self.evil_key.sign(&header, &claims)
            }
            "none" => format!("{}.", message(&alg("none"), &claims)),
            "none_signed" => format!("{}.AA", message(&alg("none"), &claims)),
            "public_key_as_secret" => sign_with_secret(jwk.as_bytes(), &alg("HS256"), &claims),
            "secret_of_another" => {
                sign_with_secret(self.secret("web").as_bytes(), &alg("HS256"), &claims)
            }
            "critical" => {
                let header = json!({"alg": "ES256", "kid": "service-1", "crit": ["exp"]});
                self.client_key.sign(&header, &claims)
            }
            "used" => {
                let assertion = self.client_key.sign(&header, &claims);
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_assertion_type", ASSERTION_TYPE),
                    ("client_assertion", &assertion),
                ];
                let reply = self.post("nobody", "/token", &form).await;
                assert_eq!(reply.status, 200, "{reply:?}");
                assertion
            }
            _ => panic!("no assertion is called {kind}"),
        }
    }

    /// A good proof for the token endpoint.
    pub(crate) fn token_proof(&self) -> String {
        let (now, jti) = fresh();
        let htu = format!("{}/api/v1/sso/token", self.app.base_url);
        let claims = json!({"jti": jti, "htm": "POST", "htu": htu, "iat": now});
        self.proof_key.proof(&claims)
    }

    /// A good proof for the use of a token at userinfo.
    pub(crate) fn use_proof(&self, key: &Key, token: &str, change: (&str, Value)) -> String {
        let (now, jti) = fresh();
        let htu = format!("{}/api/v1/sso/userinfo", self.app.base_url);
        let ath = bheem_vault::token::encode(&bheem_vault::token::hash(token.as_bytes()));
        let mut claims = json!({"jti": jti, "htm": "GET", "htu": htu, "iat": now, "ath": ath});
        claims[change.0] = change.1;
        key.proof(&claims)
    }

    /// A proof for the token endpoint with something wrong.
    async fn proof(&self, kind: &str) -> String {
        let (now, jti) = fresh();
        let issuer = &self.app.base_url;
        let htu = format!("{issuer}/api/v1/sso/token");
        let mut claims = json!({"jti": jti, "htm": "POST", "htu": htu, "iat": now});
        let header = self.proof_key.proof_header();
        if let Some(name) = kind.strip_prefix("without_") {
            claims.as_object_mut().unwrap().remove(name);
            return self.proof_key.proof(&claims);
        }
        let mut with = |name: &str, value: Value| {
            claims[name] = value;
            self.proof_key.proof(&claims)
        };
        let mut altered = header.clone();
        let mut with_header = |name: &str, value: Value| {
            altered[name] = value;
            altered.clone()
        };
        match kind {
            "good" => self.proof_key.proof(&claims),
            "other_method" => with("htm", "GET".into()),
            "small_method" => with("htm", "post".into()),
            "other_endpoint" => with("htu", format!("{issuer}/api/v1/sso/revoke").into()),
            "other_host" => with("htu", "https://evil.example/api/v1/sso/token".into()),
            "longer_path" => with("htu", format!("{htu}/x").into()),
            "old" => with("iat", (now - 3_600).into()),
            "future" => with("iat", (now + 3_600).into()),
            "endless" => with("iat", i64::MAX.into()),
            "empty_jti" => with("jti", "".into()),
            "bad_nonce" => with("nonce", "x".into()),
            "private_key" => {
                let mut jwk = self.proof_key.bare();
                jwk["d"] = "AAAA".into();
                self.proof_key.sign(&with_header("jwk", jwk), &claims)
            }
            "symmetric" => {
                let jwk = json!({"kty": "oct", "k": "c2VjcmV0"});
                let header = json!({"typ": "dpop+jwt", "alg": "HS256", "jwk": jwk});
                sign_with_secret(b"secret", &header, &claims)
            }
            "public_key_as_secret" => {
                let header = with_header("alg", "HS256".into());
                let (point, _) = public_texts(&self.proof_key.bare());
                sign_with_secret(&point, &header, &claims)
            }
            "none" => format!(
                "{}.AA",
                message(&with_header("alg", "none".into()), &claims)
            ),
            "foreign_signature" => self.evil_key.sign(&header, &claims),
            "no_key" => self
                .proof_key
                .sign(&json!({"typ": "dpop+jwt", "alg": "ES256"}), &claims),
            "plain_type" => self
                .proof_key
                .sign(&with_header("typ", "JWT".into()), &claims),
            "used" => {
                let proof = self.proof_key.proof(&claims);
                let form = [("grant_type", "client_credentials")];
                let headers = [("DPoP", proof.clone())];
                let reply = self.post_with("web", "/token", &form, &headers).await;
                assert_eq!(reply.json()["token_type"], "DPoP", "{reply:?}");
                proof
            }
            _ => panic!("no proof is called {kind}"),
        }
    }

    /// An access token of ours that somebody without our key has changed.
    async fn forged(&self, kind: &str) -> String {
        let tokens = self.tokens("web").await;
        let token = tokens["access_token"].as_str().unwrap();
        let (mut header, mut claims) = open(token);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let keys = self.send("GET /api/v1/sso/jwks", &[], "").await.json();
        let ours = keys["keys"].as_array().unwrap();
        let ours = ours.iter().find(|key| key["alg"] == "ES256").unwrap();
        let (point, pem) = public_texts(ours);
        let mut with_alg = |name: &str| {
            header["alg"] = name.into();
            header.clone()
        };
        match kind {
            "public_key_as_secret" => sign_with_secret(&point, &with_alg("HS256"), &claims),
            "public_pem_as_secret" => sign_with_secret(pem.as_bytes(), &with_alg("HS256"), &claims),
            "public_jwk_as_secret" => {
                sign_with_secret(ours.to_string().as_bytes(), &with_alg("HS256"), &claims)
            }
            "none" => format!("{}.", message(&with_alg("none"), &claims)),
            "none_signed" => format!("{}.{signature}", message(&with_alg("nOnE"), &claims)),
            "other_algorithm" => format!("{}.{signature}", message(&with_alg("RS256"), &claims)),
            "own_key" => self.evil_key.sign(&header, &claims),
            "foreign_kid" => {
                header["kid"] = "evil".into();
                self.evil_key.sign(&header, &claims)
            }
            "kid_as_path" => {
                header["kid"] = "../../../../dev/null".into();
                sign_with_secret(b"", &header, &claims)
            }
            "key_in_header" => {
                header["jwk"] = self.evil_key.public();
                self.evil_key.sign(&header, &claims)
            }
            "key_by_address" => {
                header["jku"] = "https://evil.example/jwks".into();
                header["x5u"] = "https://evil.example/certificate".into();
                self.evil_key.sign(&header, &claims)
            }
            "edited" => {
                claims["scope"] = "openid profile email admin".into();
                format!("{}.{signature}", message(&header, &claims))
            }
            "other_person" => {
                claims["sub"] = self.admin.id.clone().into();
                format!("{}.{signature}", message(&header, &claims))
            }
            "cut" => signed.to_owned(),
            "zero_signature" => {
                let zeros = bheem_vault::token::encode(&[0; 64]);
                format!("{signed}.{zeros}")
            }
            _ => panic!("no forgery is called {kind}"),
        }
    }

    /// A token that our own key has signed, and that is still not good.
    async fn minted(&self, kind: &str) -> String {
        let tokens = self.tokens("web").await;
        let (_, mut claims) = open(tokens["access_token"].as_str().unwrap());
        let now = chrono_now();
        let mut typ = Some("at+jwt");
        match kind {
            "expired" => claims["exp"] = (now - 1).into(),
            "foreign_issuer" => claims["iss"] = "https://evil.example".into(),
            "no_type" => typ = None,
            "id_token_type" => typ = Some("JWT"),
            "logout_type" => typ = Some("logout+jwt"),
            "unknown_client" => claims["client_id"] = "nobody".into(),
            "no_expiry" => {
                claims.as_object_mut().unwrap().remove("exp");
            }
            _ => panic!("nothing minted is called {kind}"),
        }
        let app = self.app.running.app();
        let keys = app.services.identity().keys();
        keys.sign(Algorithm::Es256, typ, &claims).unwrap()
    }
}
