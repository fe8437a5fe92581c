//! Signing in.

use bheem_identity::{Client, Error};
use bheem_persistence::repo::NewAccount;

use crate::support::{Bed, HashCount, email, from};

#[tokio::test]
async fn by_name_and_by_proven_address_in_whatever_case() {
    let bed = Bed::new().await;
    let new = NewAccount {
        email: Some(email("ada@a.example")),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("Ada").await
    };
    let ada = bed.add(&new).await.id;
    for name in ["ada", "ADA ", "Ada@A.example"] {
        assert_eq!(bed.sign_in(name).await.account.id, ada, "{name}");
    }
}

#[tokio::test]
async fn a_name_that_is_somebody_elses_proven_address_signs_its_holder_in_no_more() {
    let bed = Bed::new().await;
    let squatter = bed.account("ada@a.example").await.id;
    assert_eq!(bed.sign_in("ada@a.example").await.account.id, squatter);
    let owner = NewAccount {
        email: Some(email("ada@a.example")),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("ada").await
    };
    let owner = bed.add(&owner).await.id;
    assert_eq!(bed.sign_in("ada@a.example").await.account.id, owner);
}

#[tokio::test]
async fn the_session_and_the_log_say_from_where() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    let sessions = bed.identity.sessions(ada).await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].id, signed_in.session_id);
    assert_eq!(sessions[0].user_agent.as_deref(), Some("curl"));
    let address = sessions[0].ip_address.unwrap().addr();
    assert_eq!(address.to_string(), "192.0.2.1");
    bed.fail("ada", &from("192.0.2.9")).await;
    for (action, address) in [
        ("auth.login", "192.0.2.1"),
        ("auth.login_failed", "192.0.2.9"),
    ] {
        let entries = bed.number(&format!(
            "SELECT count(*) FROM workspace.activity_log WHERE action = '{action}' \
                 AND user_id = '{ada}' AND ip_address = '{address}' AND user_agent = 'curl'"
        ));
        assert_eq!(entries, 1, "{action}");
    }
    let stamped = "SELECT count(*) FROM auth.users WHERE last_login_at IS NOT NULL";
    assert_eq!(bed.number(stamped), 1);
}

#[tokio::test]
async fn whoever_does_not_exist_costs_as_much_work_and_gets_the_same_answer() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let invited = NewAccount {
        hashed_password: None,
        ..bed.new_account("invited").await
    };
    bed.add(&invited).await;
    let broken = NewAccount {
        hashed_password: Some("x".to_owned()),
        ..bed.new_account("broken").await
    };
    bed.add(&broken).await;
    let count = HashCount::default();
    let _counting = metrics::set_default_local_recorder(&count);
    let client = Client::default();
    for (turn, name) in (1..).zip(["ada", "nobody", "invited", "nobody@a.example"]) {
        let refused = bed.fail(name, &client).await;
        assert!(matches!(refused, Error::BadCredentials), "{name}");
        assert_eq!(count.get(), turn, "{name}");
    }
    let refused = bed.fail("broken", &client).await;
    assert!(matches!(refused, Error::BadCredentials));
    // An account without a password is not entered with the one that stands in for it.
    let refused = bed.try_sign_in("invited", &client).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_with_the_right_password() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let mut read = bed.read().await;
    read.accounts().set_active(ada, false).await.unwrap();
    let client = from("192.0.2.1");
    let refused = bed.fail("ada", &client).await;
    assert!(matches!(refused, Error::BadCredentials));
    let refused = bed.try_sign_in("ada", &client).await;
    assert!(matches!(refused, Err(Error::AccountDisabled)));
    assert!(bed.identity.sessions(ada).await.unwrap().is_empty());
}
