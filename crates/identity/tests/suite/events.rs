//! Sign-ins that were tried, and what is told of them.

use bheem_identity::{Client, FirstFactor};
use bheem_persistence::repo::LoginAlert;
use chrono::TimeDelta;
use futures::future::join_all;
use secrecy::SecretString;

use crate::support::{Bed, from};

async fn alerts(bed: &Bed, name: &str) -> Vec<Option<LoginAlert>> {
    let mut read = bed.read().await;
    let account = read
        .accounts()
        .find_for_sign_in(name)
        .await
        .unwrap()
        .unwrap();
    let events = bed.identity.login_events(account.id).await.unwrap();
    events.into_iter().map(|event| event.alert).collect()
}

/// Events are told apart by their time.
fn tick(bed: &Bed) {
    bed.clock.advance(TimeDelta::seconds(1));
}

async fn sign_in(bed: &Bed, client: &Client) {
    tick(bed);
    bed.try_sign_in("ada", client).await.unwrap();
}

async fn with_browser(bed: &Bed, client: &Client, device: Option<&SecretString>) -> SecretString {
    tick(bed);
    let password = bed.password().await;
    let done = bed
        .identity
        .browser_sign_in("ada", password, client, device, &[]);
    match done.await.unwrap() {
        FirstFactor::Done(done) => done.device,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_device_is_known_by_what_it_calls_itself_in_its_network() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let here = from("192.0.2.1");
    // The very first one tells nobody anything.
    sign_in(&bed, &here).await;
    sign_in(&bed, &here).await;
    sign_in(&bed, &from("192.0.2.2")).await;
    let other = Client {
        user_agent: Some("wget".to_owned()),
        ..here.clone()
    };
    sign_in(&bed, &other).await;
    sign_in(&bed, &other).await;
    let new = Some(LoginAlert::NewDevice);
    assert_eq!(alerts(&bed, "ada").await, [None, new, new, None, None]);
    let events = bed.identity.login_events(ada).await.unwrap();
    let devices: Vec<_> = events.iter().map(|event| event.is_new_device).collect();
    assert_eq!(devices, [false, true, true, false, true]);
    assert!(
        events
            .iter()
            .all(|event| event.is_success && event.method == "password")
    );
    assert_eq!(events[0].user_agent.as_deref(), Some("wget"));
}

#[tokio::test]
async fn a_browser_is_known_by_its_cookie_wherever_it_is() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let device = with_browser(&bed, &from("192.0.2.1"), None).await;
    let same = with_browser(&bed, &from("198.51.100.7"), Some(&device)).await;
    assert_eq!(alerts(&bed, "ada").await, [None, None]);
    with_browser(&bed, &from("203.0.113.7"), Some(&"short".into())).await;
    assert_eq!(alerts(&bed, "ada").await[0], Some(LoginAlert::NewDevice));
    with_browser(&bed, &from("203.0.113.9"), Some(&same)).await;
    assert_eq!(alerts(&bed, "ada").await[0], None);
}

#[tokio::test]
async fn the_fifth_failure_in_a_row_is_told_and_no_more_than_once_an_hour() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    sign_in(&bed, &from("192.0.2.1")).await;
    let fail = async |n: i32| {
        tick(&bed);
        bed.fail("ada", &from(&format!("198.51.100.{n}"))).await;
    };
    for n in 0..8 {
        fail(n).await;
    }
    let told = Some(LoginAlert::Failures);
    let expected = [None, None, None, told, None, None, None, None, None];
    assert_eq!(alerts(&bed, "ada").await, expected);
    bed.clock.advance(TimeDelta::minutes(61));
    fail(20).await;
    assert_eq!(alerts(&bed, "ada").await[0], told);
    // A success, and counting begins anew.
    sign_in(&bed, &from("192.0.2.1")).await;
    bed.clock.advance(TimeDelta::minutes(61));
    fail(30).await;
    assert_eq!(alerts(&bed, "ada").await[..2], [None, None]);
}

#[tokio::test]
async fn a_name_that_nobody_has_leaves_no_event() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    bed.fail("nobody", &from("192.0.2.1")).await;
    assert_eq!(bed.number("SELECT count(*) FROM auth.login_events"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mark_is_taken_by_one_replica() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    for n in 0..6 {
        sign_in(&bed, &from(&format!("192.0.2.{n}"))).await;
    }
    let scope = bheem_persistence::SystemScope::server("test");
    let take = async || {
        let mut tx = bed.database.system(&scope).await.unwrap();
        let due = tx.login_events().due_alerts(3).await.unwrap();
        let ids: Vec<_> = due.iter().map(|alert| alert.event.id).collect();
        tx.login_events()
            .mark_alerted(&ids, bed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        ids
    };
    let mut taken: Vec<_> = join_all((0..4).map(|_| take())).await.concat();
    taken.extend(take().await);
    taken.extend(take().await);
    let all = taken.len();
    taken.sort();
    taken.dedup();
    assert_eq!((taken.len(), all), (5, 5));
}
