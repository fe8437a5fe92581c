//! Hashes that come from other systems.

use bheem_identity::Error;
use bheem_persistence::repo::NewAccount;
use bheem_vault::token;
use secrecy::ExposeSecret;

use crate::support::{Bed, HashCount, from};

#[tokio::test]
async fn a_hash_of_bcrypt_is_replaced_at_the_next_sign_in() {
    let bed = Bed::new().await;
    let password = token::generate().unwrap();
    let before = bcrypt::hash(password.expose_secret(), 4).unwrap();
    let new = NewAccount {
        hashed_password: Some(before.clone()),
        ..bed.new_account("ada").await
    };
    bed.add(&new).await;
    let here = from("192.0.2.1");
    let stored = || bed.sql("SELECT hashed_password FROM auth.users");
    let wrong = bed.fail("ada", &here).await;
    assert!(matches!(wrong, Error::BadCredentials));
    assert_eq!(stored(), before);
    bed.identity
        .sign_in("ada", password.clone(), &here)
        .await
        .unwrap();
    assert!(stored().starts_with("$argon2id$"));
    let count = HashCount::default();
    let _counting = metrics::set_default_local_recorder(&count);
    bed.identity.sign_in("ada", password, &here).await.unwrap();
    assert_eq!(count.get(), 1);
}
