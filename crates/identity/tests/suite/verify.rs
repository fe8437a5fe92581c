//! Proving an address and a number.

use bheem_domain::{AccountId, LinkTokenId, VerificationCodeId};
use bheem_identity::Error;
use bheem_persistence::{
    SystemScope,
    repo::{LinkPurpose, NewAccount, NewLinkToken},
};
use bheem_vault::token;
use chrono::TimeDelta;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Bed, email, from};

async fn with_address(bed: &Bed, username: &str) -> AccountId {
    let new = NewAccount {
        email: Some(email("ada@a.example")),
        ..bed.new_account(username).await
    };
    bed.add(&new).await.id
}

async fn verification(bed: &Bed, account_id: AccountId, delivered_to: &str) -> SecretString {
    let link = token::generate().unwrap();
    let new = NewLinkToken {
        id: LinkTokenId::generate(&bed.clock),
        account_id,
        purpose: LinkPurpose::VerifyEmail,
        token_hash: &token::hash(link.expose_secret().as_bytes()),
        delivered_to,
        invited_to: None,
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::hours(24),
    };
    bed.read().await.link_tokens().upsert(&new).await.unwrap();
    link
}

#[tokio::test]
async fn a_link_proves_the_address_it_was_sent_to_once() {
    let bed = Bed::new().await;
    let ada = with_address(&bed, "ada").await;
    let here = from("192.0.2.1");
    let asked = bed.identity.request_email_verification(ada, &here).await;
    assert_eq!(asked.unwrap(), email("ada@a.example"));
    let elsewhere = verification(&bed, ada, "old@a.example").await;
    let refused = bed
        .identity
        .confirm_email(&elsewhere, Some(ada), None)
        .await;
    assert!(matches!(refused, Err(Error::BadLink)));
    let link = verification(&bed, ada, "ada@a.example").await;
    // It sets no password, and one that does proves nothing here.
    let refused = bed
        .identity
        .set_password_by_link(&link, "a new pass phrase".into(), false)
        .await;
    assert!(matches!(refused, Err(Error::BadLink)));
    let other = bed.link(ada, "ada@a.example").await;
    assert!(matches!(
        bed.identity.confirm_email(&other, Some(ada), None).await,
        Err(Error::BadLink)
    ));
    assert_eq!(
        bed.identity
            .confirm_email(&link, Some(ada), None)
            .await
            .unwrap(),
        ada
    );
    assert!(
        bed.identity
            .account(ada)
            .await
            .unwrap()
            .email_verified_at
            .is_some()
    );
    assert!(matches!(
        bed.identity.confirm_email(&link, Some(ada), None).await,
        Err(Error::BadLink)
    ));
    let again = bed.identity.request_email_verification(ada, &here).await;
    assert!(matches!(again, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn an_address_is_proven_by_one_account() {
    let bed = Bed::new().await;
    let (ada, eve) = (
        with_address(&bed, "ada").await,
        with_address(&bed, "eve").await,
    );
    let (first, second) = (
        verification(&bed, ada, "ada@a.example").await,
        verification(&bed, eve, "ada@a.example").await,
    );
    bed.identity
        .confirm_email(&first, Some(ada), None)
        .await
        .unwrap();
    assert!(matches!(
        bed.identity.confirm_email(&second, Some(eve), None).await,
        Err(Error::BadLink)
    ));
    assert!(
        bed.identity
            .account(eve)
            .await
            .unwrap()
            .email_verified_at
            .is_none()
    );
}

#[tokio::test]
async fn links_are_limited() {
    let bed = Bed::new().await;
    let ada = with_address(&bed, "ada").await;
    let here = from("192.0.2.1");
    for _ in 0..3 {
        bed.identity
            .request_email_verification(ada, &here)
            .await
            .unwrap();
    }
    let refused = bed.identity.request_email_verification(ada, &here).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
}

async fn send(bed: &Bed, account: AccountId, phone: &str) -> Result<SecretString, Error> {
    let scope = SystemScope::server("test");
    let mut tx = bed.database.system(&scope).await.unwrap();
    let kept = bed
        .identity
        .keep_phone_code(&mut tx, account, Some(phone), &from("192.0.2.1"))
        .await?;
    tx.commit().await.unwrap();
    Ok(derived(bed, kept))
}

/// As the run derives it that sends it.
fn derived(bed: &Bed, id: VerificationCodeId) -> SecretString {
    let code = bed
        .vault
        .six_digits("identity.phone_code", id.as_uuid().as_bytes());
    code.unwrap().into()
}

fn other(code: &SecretString) -> SecretString {
    let number: u32 = code.expose_secret().parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000).into()
}

#[tokio::test]
async fn a_code_proves_the_number_it_was_sent_to_once() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let here = from("192.0.2.1");
    for bad in [
        "",
        "12345678",
        "+0123456789",
        "+1234",
        "+1 415 555 O123",
        "+123456789012345678",
    ] {
        let refused = send(&bed, ada, bad).await;
        assert!(
            matches!(refused, Err(Error::Invalid(ref it)) if it.field == "phone"),
            "{bad}"
        );
    }
    let first = send(&bed, ada, "+1 (415) 555-0123").await.unwrap();
    bed.clock.advance(TimeDelta::seconds(1));
    let code = send(&bed, ada, "+14155550199").await.unwrap();
    let identity = &bed.identity;
    // The newest counts.
    let refused = identity.verify_phone(ada, &first, &here).await;
    assert!(matches!(refused, Err(Error::Invalid(it)) if it.field == "code"));
    let uses = join_all((0..4).map(|_| identity.verify_phone(ada, &code, &here))).await;
    assert_eq!(uses.iter().filter(|used| used.is_ok()).count(), 1);
    let account = identity.account(ada).await.unwrap();
    assert_eq!(account.phone.as_deref(), Some("+14155550199"));
    assert_eq!(account.phone_verified_at, Some(bed.now()));
    let stored = format!(
        "SELECT count(*) FROM auth.verification_codes WHERE code_hash = sha256('{}'::bytea)",
        code.expose_secret()
    );
    assert_eq!(bed.number(&stored), 0);
}

#[tokio::test]
async fn a_code_ends_after_five_tries_and_ten_minutes_and_three_are_sent_an_hour() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let code = send(&bed, ada, "+14155550123").await.unwrap();
    let identity = &bed.identity;
    for n in 0..5 {
        // Each from elsewhere: it is the code that ends.
        let (wrong, client) = (other(&code), from(&format!("192.0.2.{n}")));
        let refused = identity.verify_phone(ada, &wrong, &client).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
    let here = from("198.51.100.1");
    assert!(identity.verify_phone(ada, &code, &here).await.is_err());
    bed.clock.advance(TimeDelta::seconds(1));
    let late = send(&bed, ada, "+14155550123").await.unwrap();
    bed.clock.advance(TimeDelta::minutes(10));
    assert!(identity.verify_phone(ada, &late, &here).await.is_err());
    let third = send(&bed, ada, "+14155550123").await.unwrap();
    let fourth = send(&bed, ada, "+14155550123").await;
    assert!(matches!(fourth, Err(Error::TooMany { .. })));
    // Somebody else's code is none of theirs.
    let eve = bed.account("eve").await.id;
    assert!(
        identity
            .verify_phone(eve, &third, &from("203.0.113.1"))
            .await
            .is_err()
    );
    identity
        .verify_phone(ada, &third, &from("203.0.113.2"))
        .await
        .unwrap();
}
