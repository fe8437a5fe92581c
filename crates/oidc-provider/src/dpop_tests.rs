use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use bheem_vault::{KeyRing, MasterKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const URL: &str = "https://work.example/api/v1/sso/token";

struct Device {
    pair: EcdsaKeyPair,
    jwk: Value,
}

impl Device {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": token::encode(x), "y": token::encode(y),
        });
        Self { pair, jwk }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            token::encode(header.to_string().as_bytes()),
            token::encode(claims.to_string().as_bytes())
        );
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", token::encode(signature.unwrap().as_ref()))
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk})
    }
}

fn claims() -> Value {
    json!({"jti": "a", "htm": "POST", "htu": URL, "iat": 1_000})
}

fn expected(now: i64) -> Expected<'static> {
    Expected {
        method: "POST",
        url: URL,
        access_token: None,
        now,
    }
}

fn refused(proof: &str, expected: &Expected<'_>) -> &'static str {
    check(proof, expected).err().expect("the proof is refused")
}

#[test]
fn a_good_proof_tells_the_thumbprint_of_its_key() {
    let device = Device::new();
    let proof = device.sign(&device.header(), &claims());
    let found = check(&proof, &expected(1_000)).ok().unwrap();
    assert_eq!(
        found.jkt,
        PublicKey::parse(&device.jwk).unwrap().thumbprint()
    );
}

#[test]
fn a_proof_is_for_one_method_and_url_and_a_short_time() {
    let device = Device::new();
    for (member, value) in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htu", json!("https://work.example/api/v1/sso/par")),
        ("htu", json!("https://evil.example/api/v1/sso/token")),
        ("htu", json!("token")),
        ("iat", json!(800)),
        ("iat", json!(1_100)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(300))),
    ] {
        let mut claims = claims();
        claims[member] = value.clone();
        refused(&device.sign(&device.header(), &claims), &expected(1_000));
    }
    let mut query = claims();
    query["htu"] = "HTTPS://WORK.example:443/api/v1/sso/token?a=b#c".into();
    assert!(check(&device.sign(&device.header(), &query), &expected(1_000)).is_ok());
}

#[test]
fn the_header_cannot_choose_how_it_is_checked() {
    let device = Device::new();
    let mut secret = device.jwk.clone();
    secret["d"] = "AA".into();
    for (member, value) in [
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("jwk", Device::new().jwk),
        ("jwk", secret),
        ("jwk", Value::Null),
        ("crit", json!(["x"])),
    ] {
        let mut header = device.header();
        header[member] = value;
        refused(&device.sign(&header, &claims()), &expected(1_000));
    }
}

#[test]
fn a_proof_for_a_token_names_that_token() {
    let device = Device::new();
    let with = Expected {
        access_token: Some("token"),
        ..expected(1_000)
    };
    refused(&device.sign(&device.header(), &claims()), &with);
    let mut claims = claims();
    claims["ath"] = token::encode(&token::hash(b"another")).into();
    refused(&device.sign(&device.header(), &claims), &with);
    claims["ath"] = token::encode(&token::hash(b"token")).into();
    assert!(check(&device.sign(&device.header(), &claims), &with).is_ok());
}

#[test]
fn a_nonce_is_good_for_its_span_and_the_next() {
    let vault = Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap());
    let given = nonce(&vault, 10).unwrap();
    assert!(is_nonce(&vault, &given, 10 * SPAN).unwrap());
    assert!(is_nonce(&vault, &given, 12 * SPAN - 1).unwrap());
    for (nonce, now) in [
        (given.as_str(), 12 * SPAN),
        (given.as_str(), 9 * SPAN),
        ("", 10 * SPAN),
        ("x", 10 * SPAN),
    ] {
        assert!(!is_nonce(&vault, nonce, now).unwrap());
    }
}

proptest! {
    #[test]
    fn fuzz_no_proof_makes_it_panic(text in ".{0,200}", header in ".{0,80}", payload in ".{0,80}") {
        let _ = check(&text, &expected(0));
        let made = format!("{}.{}.AA", token::encode(header.as_bytes()), token::encode(payload.as_bytes()));
        let _ = check(&made, &expected(0));
    }

    #[test]
    fn fuzz_a_changed_proof_is_refused(at in 0_usize..400, to in "[A-Za-z0-9_.-]") {
        let device = Device::new();
        let proof = device.sign(&device.header(), &claims());
        let at = at % proof.len();
        let mut changed = proof.clone();
        changed.replace_range(at..=at, &to);
        // The last letter of the signature has bits that mean nothing.
        prop_assume!(changed != proof && at != proof.len() - 1);
        prop_assert!(check(&changed, &expected(1_000)).is_err());
    }
}

proptest! {
    #[test]
    fn fuzz_no_bytes_make_it_panic(
        header in prop::collection::vec(any::<u8>(), 0..80),
        payload in prop::collection::vec(any::<u8>(), 0..80),
        signature in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let proof = [&header, &payload, &signature].map(|part| token::encode(part)).join(".");
        prop_assert!(check(&proof, &expected(0)).is_err());
    }

    #[test]
    fn fuzz_what_passes_is_fresh_and_for_this_very_request(
        jti in "[a-z]{0,2}", htm in "POST|GET|post", path in "(token|revoke)(\\?x=1|#x|/)?",
        host in "work\\.example|WORK\\.example|work\\.example:443|evil\\.example|work\\.example@evil\\.example",
        iat in 700_i64..1_200,
        kind in "dpop\\+jwt|JWT|DPOP\\+JWT", algorithm in "ES256|ES384|HS256|none",
    ) {
        let device = Device::new();
        let htu = format!("https://{host}/api/v1/sso/{path}");
        let claims = json!({"jti": jti, "htm": htm, "htu": htu, "iat": iat});
        let header = json!({"typ": kind, "alg": algorithm, "jwk": device.jwk});
        let is_ours = host.to_lowercase().trim_end_matches(":443") == "work.example"
            && path.trim_end_matches("?x=1").trim_end_matches("#x") == "token";
        let is_good = is_ours && htm == "POST" && !jti.is_empty() && kind == "dpop+jwt"
            && algorithm == "ES256" && (1_000 - OLDEST..=1_000 + LEEWAY).contains(&iat);
        let proof = device.sign(&header, &claims);
        prop_assert_eq!(check(&proof, &expected(1_000)).is_ok(), is_good, "{}", claims);
    }
}
