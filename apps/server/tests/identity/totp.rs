//! An authenticator app (RFC 6238), written from the standard.

use aws_lc_rs::hmac;
use bheem_domain::{Clock, SystemClock};
use serde_json::json;

use crate::support::{Person, TestApp};

const PERIOD: u64 = 30;

/// An app that was set up.
pub(crate) struct App {
    key: hmac::Key,
    pub(crate) recovery_codes: Vec<String>,
}

impl App {
    /// Sets an app up for somebody; the code of this very moment is used up by that.
    pub(crate) async fn enrol(person: &Person) -> Self {
        let begun = person.post("/auth/totp", &json!({})).await;
        assert_eq!(begun.status, 200, "{:?}", begun.body);
        assert_eq!(begun.headers["cache-control"], "no-store");
        let secret = begun.text("secret");
        assert!(begun.text("otpauth_uri").contains(&secret));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(&secret));
        let mut app = Self {
            key,
            recovery_codes: Vec::new(),
        };
        let wrong = json!({"code": "12345"});
        let refused = person.post("/auth/totp/confirm", &wrong).await;
        refused.is_problem(422, "invalid");
        let code = json!({"code": app.code(0)});
        let confirmed = person.post("/auth/totp/confirm", &code).await;
        assert_eq!(confirmed.status, 200, "{:?}", confirmed.body);
        let codes = confirmed.body["recovery_codes"].as_array().unwrap();
        app.recovery_codes = codes
            .iter()
            .map(|code| code.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(app.recovery_codes.len(), 10);
        app
    }

    /// What it shows; `ahead` periods later than now.
    pub(crate) fn code(&self, ahead: u64) -> String {
        let now = u64::try_from(SystemClock.now().timestamp()).unwrap();
        let step = now / PERIOD + ahead;
        let tag = hmac::sign(&self.key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let bytes: [u8; 4] = tag[at..at + 4].try_into().unwrap();
        let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Signs in with a password and a second factor.
pub(crate) async fn sign_in(app: &TestApp, username: &str, otp: &str) -> crate::support::Answer {
    let body = json!({"username": username, "password": crate::PASSWORD, "otp": otp});
    app.send(bheem_http_kit::Method::POST, "/auth/login", &body)
        .await
}

/// RFC 4648, without padding.
fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for character in text.bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'2'..=b'7' => character - b'2' + 26,
            other => panic!("{other} is not base32"),
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 255).unwrap());
        }
    }
    bytes
}

#[test]
fn the_app_shows_what_the_standard_says() {
    assert_eq!(
        base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        b"12345678901234567890"
    );
}
