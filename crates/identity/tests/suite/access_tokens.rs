//! Access tokens: what is accepted, and all that is not.

use bheem_domain::Clock;
use bheem_identity::{AccessClaims, Error, SignedIn};
use bheem_persistence::repo::SigningKeyRecord;
use bheem_vault::{Context, token};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::Bed;

/// What it takes to sign as the installation does.
struct Forge {
    key: EncodingKey,
    header: Header,
    claims: Value,
}

impl Forge {
    async fn new(bed: &Bed, signed_in: &SignedIn) -> Self {
        let key = signing_key(bed).await;
        let context = Context::new("identity.signing_key").of(key.id);
        let private = bed.vault.open_bytes(&context, &key.sealed).unwrap();
        let payload = signed_in.access_token.split('.').nth(1).unwrap();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.id.to_string());
        Self {
            key: EncodingKey::from_ed_der(&private),
            header,
            claims: serde_json::from_slice(&token::decode(payload).unwrap()).unwrap(),
        }
    }

    fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).unwrap()
    }

    /// The token with one claim changed, or left out.
    fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        self.sign(&self.header, &claims)
    }

    fn without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        self.sign(&self.header, &claims)
    }
}

/// The key that signs access tokens.
async fn signing_key(bed: &Bed) -> SigningKeyRecord {
    let keys = bed.read().await.signing_keys().list().await.unwrap();
    let mut keys = keys.into_iter().filter(|key| key.algorithm == "EdDSA");
    keys.next().unwrap()
}

async fn authenticate(bed: &Bed, token: &str) -> Result<AccessClaims, Error> {
    let claims = bed.identity.tokens().authenticate(token).await?;
    Ok((*claims).clone())
}

async fn assert_refused(bed: &Bed, what: &str, token: &str) {
    // Twice, as a token is remembered.
    for _ in 0..2 {
        let refused = authenticate(bed, token).await;
        assert!(
            matches!(refused, Err(Error::InvalidToken)),
            "{what}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_token_says_who_and_lives_an_hour() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    assert_eq!(signed_in.expires_in, TimeDelta::hours(1));
    let claims = authenticate(&bed, &signed_in.access_token).await.unwrap();
    assert_eq!((claims.sub, claims.sid), (ada.id, signed_in.session_id));
    assert_eq!((claims.username.as_str(), claims.role), ("ada", ada.role));
    assert_eq!(claims.iss, "https://work.example");
    assert_eq!(claims.iat, bed.now().timestamp());
    bed.clock.advance(TimeDelta::minutes(59));
    assert!(authenticate(&bed, &signed_in.access_token).await.is_ok());
    bed.clock.advance(TimeDelta::minutes(1));
    assert_refused(&bed, "lapsed", &signed_in.access_token).await;
}

#[tokio::test]
async fn what_we_signed_for_another_use_is_refused() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    let forge = Forge::new(&bed, &signed_in).await;
    // The forge is good: what it signs unchanged passes.
    let same = forge.sign(&forge.header, &forge.claims);
    assert!(authenticate(&bed, &same).await.is_ok());
    for (what, bad) in [
        ("audience", forge.with("aud", json!("bheem-docs"))),
        ("issuer", forge.with("iss", json!("https://evil.example"))),
        ("end", forge.with("exp", json!(bed.now().timestamp()))),
        ("session", forge.with("sid", json!(bed.clock.new_uuid()))),
        ("no session", forge.without("sid")),
        ("no audience", forge.without("aud")),
        ("no issuer", forge.without("iss")),
        ("no end", forge.without("exp")),
        ("no subject", forge.without("sub")),
        ("role", forge.with("role", json!("Emperor"))),
    ] {
        assert_refused(&bed, what, &bad).await;
    }
    for typ in [None, Some("JWT"), Some("rt+jwt"), Some("AT+JWT ")] {
        let mut header = forge.header.clone();
        header.typ = typ.map(str::to_owned);
        let bad = forge.sign(&header, &forge.claims);
        assert_refused(&bed, "type", &bad).await;
    }
    for kid in [None, Some("x".to_owned())] {
        let mut header = forge.header.clone();
        header.kid = kid;
        let bad = forge.sign(&header, &forge.claims);
        assert_refused(&bed, "key", &bad).await;
    }
    let refresh = signed_in.refresh_token.expose_secret();
    assert_refused(&bed, "refresh token", refresh).await;
}

#[tokio::test]
async fn what_we_did_not_sign_is_refused() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    let forge = Forge::new(&bed, &signed_in).await;
    let ours = &signed_in.access_token;
    let parts: Vec<_> = ours.split('.').collect();
    let mut claims = forge.claims.clone();
    claims["role"] = json!("SuperAdmin");
    let raised = token::encode(claims.to_string().as_bytes());
    let kid = forge.header.kid.clone().unwrap();
    let none = json!({"alg": "none", "typ": "at+jwt", "kid": kid});
    let none = token::encode(none.to_string().as_bytes());
    // The public key as a shared secret.
    let public = signing_key(&bed).await;
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(kid);
    let shared = EncodingKey::from_secret(&public.public_key);
    let confused = encode(&header, &claims, &shared).unwrap();
    for (what, bad) in [
        ("payload", format!("{}.{raised}.{}", parts[0], parts[2])),
        ("none", format!("{none}.{raised}.")),
        (
            "none, our signature",
            format!("{none}.{}.{}", parts[1], parts[2]),
        ),
        ("symmetric", confused),
        ("cut", ours.get(..ours.len() - 4).unwrap().to_owned()),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("longer", format!("{ours}.x")),
        ("nothing", String::new()),
        ("noise", "a.b.c".to_owned()),
    ] {
        assert_refused(&bed, what, &bad).await;
    }
    assert!(authenticate(&bed, ours).await.is_ok());
}

#[tokio::test]
async fn a_session_that_is_gone_is_an_ended_one() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    assert!(authenticate(&bed, &signed_in.access_token).await.is_ok());
    bed.sql("DELETE FROM auth.users");
    assert_refused(&bed, "gone", &signed_in.access_token).await;
}
