//! Authenticator apps.

use std::fmt::Write;

use bheem_identity::{Client, Error, Fresh, SecondFactor, SignedIn, TotpSetup};
use chrono::TimeDelta;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};

use crate::support::{Bed, from};

/// What an app would show at the present moment.
pub(crate) fn shown(bed: &Bed, setup: &TotpSetup) -> SecretString {
    let secret = Secret::try_from_base32(setup.secret.expose_secret()).unwrap();
    let app = Builder::new().with_secret(secret).build().unwrap();
    let now = u64::try_from(bed.now().timestamp()).unwrap();
    app.generate(now).to_string().into()
}

pub(crate) async fn fresh(bed: &Bed, signed_in: &SignedIn) -> Fresh {
    let (account, session) = (signed_in.account.id, signed_in.session_id);
    let client = Client::default();
    let fresh = bed.identity.fresh(account, session, None, &client);
    fresh.await.unwrap()
}

/// Sets an app up for whoever signs in by this name; answers it and the recovery codes. The code that
/// confirmed it is used up, so the clock moves on.
pub(crate) async fn enrol(bed: &Bed, name: &str) -> (TotpSetup, Vec<SecretString>) {
    let signed_in = bed.sign_in(name).await;
    let fresh = fresh(bed, &signed_in).await;
    let setup = bed.identity.begin_totp(&fresh).await.unwrap();
    let code = shown(bed, &setup);
    let codes = bed.identity.confirm_totp(&fresh, &code).await.unwrap();
    bed.clock.advance(TimeDelta::seconds(30));
    (setup, codes)
}

pub(crate) async fn sign_in_with(
    bed: &Bed,
    name: &str,
    second: Option<SecondFactor>,
    client: &Client,
) -> Result<SignedIn, Error> {
    let password = bed.password().await;
    bed.identity
        .sign_in_with(name, password, second, client)
        .await
}

#[tokio::test]
async fn an_app_counts_once_a_code_of_it_was_seen() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let signed_in = bed.sign_in("ada").await;
    let proof = fresh(&bed, &signed_in).await;
    let setup = bed.identity.begin_totp(&proof).await.unwrap();
    assert!(
        setup
            .uri
            .expose_secret()
            .starts_with("otpauth://totp/Bheem%20Workspace:ada?secret=")
    );
    // Begun only: a password still does.
    assert!(!bed.identity.factors(ada.id).await.unwrap().any());
    bed.sign_in("ada").await;
    let wrong = bed.identity.confirm_totp(&proof, &"000000".into()).await;
    assert!(matches!(wrong, Err(Error::Invalid(invalid)) if invalid.field == "code"));
    // Begun anew, the former secret is worth nothing.
    let second = bed.identity.begin_totp(&proof).await.unwrap();
    let old = bed
        .identity
        .confirm_totp(&proof, &shown(&bed, &setup))
        .await;
    assert!(matches!(old, Err(Error::Invalid(_))));
    let codes = bed
        .identity
        .confirm_totp(&proof, &shown(&bed, &second))
        .await;
    assert_eq!(codes.unwrap().len(), 10);
    assert!(bed.identity.factors(ada.id).await.unwrap().totp);
    let again = bed.identity.begin_totp(&proof).await;
    assert!(matches!(again, Err(Error::FactorExists)));
    // The session that set it up counts as proven by two factors.
    let refreshed = bed
        .identity
        .refresh(&signed_in.refresh_token)
        .await
        .unwrap();
    let claims = bed
        .identity
        .tokens()
        .authenticate(&refreshed.access_token)
        .await
        .unwrap();
    assert_eq!(
        (claims.acr.as_str(), &*claims.amr),
        ("aal2", &["pwd", "otp", "mfa"].map(str::to_owned)[..])
    );
}

#[tokio::test]
async fn the_secret_is_stored_sealed() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let secret = Secret::try_from_base32(setup.secret.expose_secret()).unwrap();
    let mut hex = String::new();
    for byte in secret.as_bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    let clear =
        format!("SELECT count(*) FROM auth.totp WHERE position('\\x{hex}'::bytea in sealed) > 0");
    assert_eq!(bed.number(&clear), 0);
}

#[tokio::test]
async fn a_code_is_good_once_and_one_step_early_or_late() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let here = from("192.0.2.1");
    let code = shown(&bed, &setup);
    let with = |code: &SecretString| Some(SecondFactor::typed(code.clone()));
    assert!(sign_in_with(&bed, "ada", with(&code), &here).await.is_ok());
    let again = sign_in_with(&bed, "ada", with(&code), &here).await;
    assert!(matches!(again, Err(Error::BadSecondFactor)));
    // One step late.
    bed.clock.advance(TimeDelta::seconds(30));
    let late = shown(&bed, &setup);
    bed.clock.advance(TimeDelta::seconds(30));
    assert!(sign_in_with(&bed, "ada", with(&late), &here).await.is_ok());
    // Two steps late.
    let later = shown(&bed, &setup);
    bed.clock.advance(TimeDelta::seconds(60));
    let refused = sign_in_with(&bed, "ada", with(&later), &here).await;
    assert!(matches!(refused, Err(Error::BadSecondFactor)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_uses_of_one_code_at_once_one_succeeds() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let code = shown(&bed, &setup);
    let tries = (0..8).map(|n| {
        // Each from elsewhere, so that the limit is not what stops them.
        let (client, second) = (
            from(&format!("192.0.2.{n}")),
            SecondFactor::typed(code.clone()),
        );
        let bed = &bed;
        async move { sign_in_with(bed, "ada", Some(second), &client).await }
    });
    let done = join_all(tries).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
}

#[tokio::test]
async fn guesses_are_limited_on_a_network_and_over_all_and_a_password_forgives_none() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let wrong = || Some(SecondFactor::Totp("000000".into()));
    let here = from("192.0.2.1");
    for _ in 0..3 {
        let refused = sign_in_with(&bed, "ada", wrong(), &here).await;
        assert!(matches!(refused, Err(Error::BadSecondFactor)));
        // The right password in between clears nothing.
        let needed = sign_in_with(&bed, "ada", None, &here).await;
        assert!(matches!(needed, Err(Error::SecondFactorRequired { .. })));
    }
    let good = Some(SecondFactor::Totp(shown(&bed, &setup)));
    let refused = sign_in_with(&bed, "ada", good.clone(), &here).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    // Its owner comes in from elsewhere.
    assert!(
        sign_in_with(&bed, "ada", good, &from("192.0.2.2"))
            .await
            .is_ok()
    );
    // Somebody with many networks, who knows the password, is stopped as well.
    let mut refused = 0;
    for n in 10..40 {
        let client = from(&format!("192.0.2.{n}"));
        let tried = sign_in_with(&bed, "ada", wrong(), &client).await;
        refused += usize::from(matches!(tried, Err(Error::TooMany { .. })));
    }
    assert_eq!(refused, 15);
}

#[tokio::test]
async fn removing_it_takes_a_session_that_has_used_it() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let before = bed.sign_in("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    // The older session has seen a password only.
    let client = from("192.0.2.1");
    let refused = bed
        .identity
        .fresh(ada.id, before.session_id, None, &client)
        .await;
    assert!(matches!(refused, Err(Error::SecondFactorRequired { .. })));
    let second = SecondFactor::Totp(shown(&bed, &setup));
    let signed_in = sign_in_with(&bed, "ada", Some(second), &from("192.0.2.1"))
        .await
        .unwrap();
    let session = signed_in.session_id;
    // Not without the password when that was long ago.
    bed.clock.advance(TimeDelta::minutes(16));
    let refused = bed.identity.fresh(ada.id, session, None, &client).await;
    assert!(matches!(refused, Err(Error::RecentSignInRequired)));
    let wrong = bed
        .identity
        .fresh(ada.id, session, Some("wrong".into()), &client)
        .await;
    assert!(matches!(wrong, Err(Error::BadCredentials)));
    let password = bed.password().await;
    let fresh = bed
        .identity
        .fresh(ada.id, session, Some(password), &client)
        .await
        .unwrap();
    bed.identity.remove_totp(&fresh).await.unwrap();
    let none = bed.identity.remove_totp(&fresh).await;
    assert!(matches!(none, Err(Error::FactorNotFound)));
    assert_eq!(
        bed.identity.factors(ada.id).await.unwrap().recovery_codes,
        0
    );
    bed.sign_in("ada").await;
    // Somebody else's session opens nothing.
    let eve = bed.account("eve").await;
    let foreign = bed.identity.fresh(eve.id, session, None, &client).await;
    assert!(matches!(foreign, Err(Error::InvalidToken)));
}
