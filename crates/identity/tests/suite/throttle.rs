//! Limits on failed sign-ins.

use std::time::Duration;

use bheem_identity::Error;
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::{Bed, HashCount, from};

fn wait(error: &Error) -> Duration {
    match error {
        Error::TooMany { retry_after } => *retry_after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_waits_after_its_failures_on_that_network_alone_and_until_the_window_ends() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let here = from("192.0.2.1");
    for _ in 0..3 {
        let refused = bed.fail("Ada", &here).await;
        assert!(matches!(refused, Error::BadCredentials));
    }
    bed.clock.advance(TimeDelta::minutes(5));
    let count = HashCount::default();
    let counting = metrics::set_default_local_recorder(&count);
    // The right password is not looked at either, or guessing could go on.
    let refused = bed.try_sign_in(" ada", &here).await.unwrap_err();
    assert_eq!(wait(&refused), Duration::from_mins(10));
    assert_eq!(count.get(), 0);
    drop(counting);
    // A stranger cannot lock the owner out, who comes from elsewhere.
    let elsewhere = from("192.0.2.2");
    assert!(bed.try_sign_in("ada", &elsewhere).await.is_ok());
    // Others on the network go on.
    bed.account("eve").await;
    assert!(bed.try_sign_in("eve", &here).await.is_ok());
    bed.clock.advance(TimeDelta::minutes(10));
    assert!(bed.try_sign_in("ada", &here).await.is_ok());
}

#[tokio::test]
async fn names_that_do_not_exist_are_counted_like_those_that_do() {
    let bed = Bed::new().await;
    let here = from("192.0.2.1");
    for _ in 0..3 {
        let refused = bed.fail("nobody", &here).await;
        assert!(matches!(refused, Error::BadCredentials));
    }
    wait(&bed.fail("nobody", &here).await);
}

#[tokio::test]
async fn a_success_clears_the_failures_of_the_name() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let here = from("192.0.2.1");
    for _ in 0..2 {
        bed.fail("ada", &here).await;
    }
    bed.try_sign_in("ada", &here).await.unwrap();
    for _ in 0..2 {
        let refused = bed.fail("ada", &here).await;
        assert!(matches!(refused, Error::BadCredentials));
    }
    assert!(bed.try_sign_in("ada", &here).await.is_ok());
}

#[tokio::test]
async fn an_address_waits_after_failures_of_many_names() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    for number in 0..5 {
        // One customer has a whole network of version 6.
        let client = from(&format!("2001:db8::{number}"));
        let refused = bed.fail(&format!("name{number}"), &client).await;
        assert!(matches!(refused, Error::BadCredentials));
    }
    let refused = bed.try_sign_in("ada", &from("2001:db8::99")).await;
    assert_eq!(wait(&refused.unwrap_err()), Duration::from_mins(15));
    let next = from("2001:db8:0:1::1");
    assert!(bed.try_sign_in("ada", &next).await.is_ok());
}

#[tokio::test]
async fn guesses_made_at_once_are_as_limited_as_those_made_in_turn() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let here = from("192.0.2.1");
    let count = HashCount::default();
    let _counting = metrics::set_default_local_recorder(&count);
    let guesses = join_all((0..12).map(|_| bed.fail("ada", &here))).await;
    let tried = guesses
        .iter()
        .filter(|error| matches!(error, Error::BadCredentials))
        .count();
    assert_eq!((tried, count.get()), (3, 3));
}

#[tokio::test]
async fn requests_for_resets_are_limited_whether_or_not_there_is_an_account() {
    let bed = Bed::new().await;
    bed.account("ada@a.example").await;
    for name in ["ada@a.example", "nobody"] {
        let client = from(&format!("192.0.2.{}", name.len()));
        for _ in 0..3 {
            bed.identity.request_reset(name, &client).await.unwrap();
        }
        let refused = bed.identity.request_reset(name, &client).await;
        wait(&refused.unwrap_err());
        // It is not the limit of signing in.
        let refused = bed.fail(name, &client).await;
        assert!(matches!(refused, Error::BadCredentials));
    }
}
