//! Changing a password.

use bheem_identity::{Error, SignedIn};
use bheem_vault::token;
use secrecy::SecretString;

use crate::support::{Bed, from, password_change};

async fn change(
    bed: &Bed,
    who: &SignedIn,
    old: SecretString,
    new: &SecretString,
) -> Result<(), Error> {
    let client = from("192.0.2.1");
    let (id, session) = (who.account.id, who.session_id);
    let identity = &bed.identity;
    identity
        .change_password(id, session, password_change(old, new.clone()), &client)
        .await
}

#[tokio::test]
async fn a_change_keeps_the_own_session_and_ends_the_others_and_all_links() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (own, other) = (bed.sign_in("ada").await, bed.sign_in("ada").await);
    let link = bed.link(ada, "ada@a.example").await;
    let new = token::generate().unwrap();
    let old = bed.password().await;
    change(&bed, &own, old, &new).await.unwrap();
    let tokens = bed.identity.tokens();
    assert!(tokens.authenticate(&own.access_token).await.is_ok());
    let ended = tokens.authenticate(&other.access_token).await;
    assert!(matches!(ended, Err(Error::InvalidToken)));
    let ended = bed.identity.refresh(&other.refresh_token).await;
    assert!(matches!(ended, Err(Error::InvalidToken)));
    assert!(bed.identity.refresh(&own.refresh_token).await.is_ok());
    let void = bed
        .identity
        .set_password_by_link(&link, new.clone(), false)
        .await;
    assert!(matches!(void, Err(Error::BadLink)));
    let client = from("192.0.2.1");
    let old = bed.try_sign_in("ada", &client).await;
    assert!(matches!(old, Err(Error::BadCredentials)));
    let signed_in = bed.identity.sign_in("ada", new, &client).await;
    assert_eq!(signed_in.unwrap().account.id, ada);
    let noted = format!(
        "SELECT count(*) FROM workspace.activity_log \
         WHERE action = 'auth.password_changed' AND user_id = '{ada}'"
    );
    assert_eq!(bed.number(&noted), 1);
}

#[tokio::test]
async fn a_wrong_old_password_changes_nothing_and_may_not_be_guessed_on() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (own, other) = (bed.sign_in("ada").await, bed.sign_in("ada").await);
    let new = token::generate().unwrap();
    for _ in 0..3 {
        let wrong = token::generate().unwrap();
        let refused = change(&bed, &own, wrong, &new).await;
        assert!(matches!(refused, Err(Error::BadCredentials)));
    }
    let right = bed.password().await;
    let refused = change(&bed, &own, right, &new).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    let tokens = bed.identity.tokens();
    assert!(tokens.authenticate(&other.access_token).await.is_ok());
    bed.sign_in("ada").await;
}

#[tokio::test]
async fn a_new_password_that_is_not_acceptable_changes_nothing() {
    let bed = Bed::new().await;
    bed.account("ada-lovelace").await;
    let own = bed.sign_in("ada-lovelace").await;
    for bad in ["short", "ada-lovelace1", "password123"] {
        let old = bed.password().await;
        let refused = change(&bed, &own, old, &bad.into()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
    }
    bed.sign_in("ada-lovelace").await;
}
