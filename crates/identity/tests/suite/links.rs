//! Links that set a password.

use bheem_domain::AccountId;
use bheem_identity::{Client, Error};
use bheem_persistence::repo::{NewAccount, Origin};
use bheem_vault::token;
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::{Bed, email, from};

async fn invited(bed: &Bed) -> AccountId {
    let new = NewAccount {
        email: Some(email("ada@a.example")),
        hashed_password: None,
        origin: Origin::Invited,
        invitation_email: Some("ada@home.example".to_owned()),
        ..bed.new_account("ada@a.example").await
    };
    bed.add(&new).await.id
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_uses_the_link() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let link = bed.link(ada, "ada@a.example").await;
    let passwords: Vec<_> = (0..32).map(|_| token::generate().unwrap()).collect();
    let uses = passwords
        .iter()
        .map(|new| bed.identity.set_password_by_link(&link, new.clone(), false));
    let results = join_all(uses).await;
    let won: Vec<_> = (0..32).filter(|number| results[*number].is_ok()).collect();
    assert_eq!(won.len(), 1);
    let lost = results
        .iter()
        .filter(|used| matches!(used, Err(Error::BadLink)));
    assert_eq!(lost.count(), 31);
    // The password that holds is the winner's.
    let new = passwords[won[0]].clone();
    let client = from("192.0.2.1");
    let signed_in = bed.identity.sign_in("ada@a.example", new, &client).await;
    assert_eq!(signed_in.unwrap().account.id, ada);
}

#[tokio::test]
async fn a_link_lapses() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let link = bed.link(ada, "ada@a.example").await;
    bed.clock.advance(TimeDelta::hours(24));
    let new = token::generate().unwrap();
    let lapsed = bed
        .identity
        .set_password_by_link(&link, new.clone(), false)
        .await;
    assert!(matches!(lapsed, Err(Error::BadLink)));
    bed.clock.advance(TimeDelta::microseconds(-1));
    assert!(
        bed.identity
            .set_password_by_link(&link, new, false)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_link_proves_the_address_it_was_sent_to_and_no_other() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let elsewhere = bed.link(ada, "ada@home.example").await;
    let new = token::generate().unwrap();
    let set = bed
        .identity
        .set_password_by_link(&elsewhere, new, false)
        .await;
    assert_eq!(set.unwrap().email_verified_at, None);
    let there = bed.link(ada, "ada@a.example").await;
    let new = token::generate().unwrap();
    let set = bed.identity.set_password_by_link(&there, new, false).await;
    let set = set.unwrap();
    assert_eq!(set.email_verified_at, Some(bed.now()));
    // Whoever reads mail at home has a password by now; whoever reads it there may be somebody else.
    assert_ne!(set.id, ada);
}

#[tokio::test]
async fn an_account_that_nobody_has_used_is_that_of_whoever_proves_its_address() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let there = bed.link(ada, "ada@a.example").await;
    let new = token::generate().unwrap();
    let set = bed.identity.set_password_by_link(&there, new, false).await;
    let set = set.unwrap();
    assert_eq!((set.id, set.email_verified_at), (ada, Some(bed.now())));
}

#[tokio::test]
async fn an_address_that_somebody_else_has_proven_stays_theirs() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let owner = NewAccount {
        email: Some(email("ada@a.example")),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("owner").await
    };
    let owner = bed.add(&owner).await.id;
    let link = bed.link(ada, "ada@a.example").await;
    let new = token::generate().unwrap();
    let set = bed.identity.set_password_by_link(&link, new, false).await;
    assert_eq!(set.unwrap().email_verified_at, None);
    assert_eq!(bed.sign_in("ada@a.example").await.account.id, owner);
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_good() {
    let bed = Bed::new().await;
    let ada = invited(&bed).await;
    let link = bed.link(ada, "ada@a.example").await;
    let refused = bed
        .identity
        .set_password_by_link(&link, "short".into(), false)
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let new = token::generate().unwrap();
    assert!(
        bed.identity
            .set_password_by_link(&link, new, false)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_link_ends_every_session_and_every_other_link() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    let (link, other) = (
        bed.link(ada, "ada@a.example").await,
        bed.link(ada, "ada@a.example").await,
    );
    let new = token::generate().unwrap();
    bed.identity
        .set_password_by_link(&link, new.clone(), false)
        .await
        .unwrap();
    let tokens = bed.identity.tokens();
    let ended = tokens.authenticate(&signed_in.access_token).await;
    assert!(matches!(ended, Err(Error::InvalidToken)));
    let void = bed.identity.set_password_by_link(&other, new, false).await;
    assert!(matches!(void, Err(Error::BadLink)));
}

#[tokio::test]
async fn a_disabled_account_sets_no_password() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let link = bed.link(ada, "ada@a.example").await;
    let mut read = bed.read().await;
    read.accounts().set_active(ada, false).await.unwrap();
    let new = token::generate().unwrap();
    let refused = bed
        .identity
        .set_password_by_link(&link, new.clone(), false)
        .await;
    assert!(matches!(refused, Err(Error::AccountDisabled)));
    let nonsense = bed
        .identity
        .set_password_by_link(&"x".into(), new, false)
        .await;
    assert!(matches!(nonsense, Err(Error::BadLink)));
}

#[tokio::test]
async fn a_reset_goes_to_the_address_of_the_account_or_where_its_invitation_went() {
    let bed = Bed::new().await;
    let client = Client::default();
    let invited = invited(&bed).await;
    bed.account("without-address").await;
    let proven = NewAccount {
        email: Some(email("eve@a.example")),
        email_verified_at: Some(bed.now()),
        invitation_email: Some("eve@home.example".to_owned()),
        ..bed.new_account("eve").await
    };
    let proven = bed.add(&proven).await.id;
    let ask = async |name: &str| {
        let asked = bed.identity.request_reset(name, &client).await.unwrap();
        asked.map(|reset| (reset.account_id, reset.deliver_to))
    };
    let home = Some((invited, "ada@home.example".to_owned()));
    assert_eq!(ask("ada@a.example").await, home);
    let address = Some((proven, "eve@a.example".to_owned()));
    assert_eq!(ask("Eve").await, address);
    assert_eq!(ask("eve@a.example").await, address);
    assert_eq!(ask("without-address").await, None);
    assert_eq!(ask("nobody").await, None);
    let mut read = bed.read().await;
    read.accounts().set_active(proven, false).await.unwrap();
    assert_eq!(ask("eve").await, None);
}
