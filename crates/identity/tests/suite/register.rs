//! Making accounts.

use bheem_domain::{EmailAddress, PlatformRole};
use bheem_identity::{Error, Registered, Registration};
use bheem_persistence::repo::Origin;
use bheem_vault::token;

use crate::support::{Bed, from};

fn registration(username: &str) -> Registration {
    Registration {
        username: username.to_owned(),
        password: token::generate().unwrap(),
        email: None,
        full_name: None,
        phone: None,
        company_code: None,
    }
}

fn accounts(bed: &Bed) -> i64 {
    bed.number("SELECT count(*) FROM auth.users")
}

#[tokio::test]
async fn whoever_registers_is_a_customer_whose_address_is_unproven() {
    let bed = Bed::new().await;
    let new = Registration {
        email: Some("Ada@A.example".to_owned()),
        full_name: Some(" Ada ".to_owned()),
        company_code: Some("BHM001".to_owned()),
        ..registration("ada")
    };
    let password = new.password.clone();
    let made = bed.identity.register(new).await.unwrap();
    let Registered::Account(made) = made else {
        panic!("{made:?}")
    };
    assert_eq!(made.role, PlatformRole::Customer);
    assert_eq!((made.origin, made.is_active), (Origin::Registered, true));
    assert_eq!(made.email_verified_at, None);
    assert_eq!(made.full_name.as_deref(), Some("Ada"));
    let client = from("192.0.2.1");
    let signed_in = bed.identity.sign_in("ADA", password.clone(), &client);
    assert_eq!(signed_in.await.unwrap().account.id, made.id);
    // The address is only named, so it is no name to sign in with.
    let refused = bed.identity.sign_in("ada@a.example", password, &client);
    assert!(matches!(refused.await, Err(Error::BadCredentials)));
    let noted = "SELECT count(*) FROM workspace.activity_log WHERE action = 'auth.registered'";
    assert_eq!(bed.number(noted), 1);
}

#[tokio::test]
async fn a_taken_name_is_told_and_a_taken_address_is_not() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.account("ada@a.example").await;
    let refused = bed.identity.register(registration("ADA")).await;
    assert!(matches!(refused, Err(Error::UsernameTaken)));
    let taken = bed.identity.register(registration("Ada@A.example")).await;
    let Ok(Registered::AddressTaken { email, .. }) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!(email, EmailAddress::parse("ada@a.example").unwrap());
    assert_eq!(accounts(&bed), 3);
}

#[tokio::test]
async fn many_that_register_one_name_at_once_make_one_account() {
    let bed = Bed::new().await;
    let tries = (0..4).map(|_| bed.identity.register(registration("ada")));
    let made = futures::future::join_all(tries).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(accounts(&bed), 1);
}

#[tokio::test]
async fn what_is_not_acceptable_is_refused_by_field() {
    let bed = Bed::new().await;
    for (field, new) in [
        ("username", registration("a")),
        ("username", registration("ada lovelace")),
        ("username", registration("ada@")),
        ("username", registration("<script>")),
        (
            "email",
            Registration {
                email: Some("nonsense".to_owned()),
                ..registration("ada")
            },
        ),
        (
            "password",
            Registration {
                password: "short".into(),
                ..registration("ada")
            },
        ),
        (
            "password",
            Registration {
                password: "ada-lovelace1".into(),
                ..registration("ada-lovelace")
            },
        ),
        (
            "full_name",
            Registration {
                full_name: Some("x".repeat(256)),
                ..registration("ada")
            },
        ),
        (
            "phone",
            Registration {
                phone: Some("1".repeat(33)),
                ..registration("ada")
            },
        ),
    ] {
        let refused = bed.identity.register(new).await;
        let Err(Error::Invalid(invalid)) = refused else {
            panic!("{field}: {refused:?}")
        };
        assert_eq!(invalid.field, field);
    }
    assert_eq!(accounts(&bed), 0);
}

#[tokio::test]
async fn the_first_administrator_may_sign_in_by_a_proven_address() {
    let bed = Bed::new().await;
    let address = EmailAddress::parse("root@a.example").unwrap();
    let password = token::generate().unwrap();
    let made = bed.identity.create_super_admin(&address, password.clone());
    let made = made.await.unwrap();
    assert_eq!(made.role, PlatformRole::SuperAdmin);
    assert!(made.email_verified_at.is_some());
    let again = bed.identity.create_super_admin(&address, password.clone());
    assert!(matches!(again.await, Err(Error::UsernameTaken)));
    let client = from("192.0.2.1");
    let signed_in = bed.identity.sign_in("root@a.example", password, &client);
    assert_eq!(signed_in.await.unwrap().account.id, made.id);
}
