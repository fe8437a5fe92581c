//! Windows in which failed sign-ins are counted.

use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::Bed;

fn keys(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

#[tokio::test]
async fn failures_add_up_within_a_window_and_start_anew_after_it() {
    let bed = Bed::new().await;
    let window = TimeDelta::minutes(15);
    let both = keys(&["name", "address"]);
    let mut read = bed.read().await;
    let mut counts = read.login_throttle();
    let start = bed.now();
    for _ in 0..3 {
        counts
            .add_failure(&both, start, start - window)
            .await
            .unwrap();
    }
    let address = keys(&["address"]);
    counts
        .add_failure(&address, start, start - window)
        .await
        .unwrap();
    let mut found = counts.counts(&both, start - window).await.unwrap();
    found.sort_by_key(|count| count.failures);
    let numbers: Vec<_> = found.iter().map(|count| count.failures).collect();
    assert_eq!(numbers, [3, 4]);
    // A later failure does not move the window.
    let late = bed.later(14 * 60);
    counts
        .add_failure(&both, late, late - window)
        .await
        .unwrap();
    let found = counts.counts(&both, late - window).await.unwrap();
    assert!(found.iter().all(|count| count.window_started_at == start));
    // At its end the counts are void, and the next failure is the first of a new one.
    let over = bed.later(60);
    assert!(
        counts
            .counts(&both, over - window)
            .await
            .unwrap()
            .is_empty()
    );
    counts
        .add_failure(&both, over, over - window)
        .await
        .unwrap();
    let found = counts.counts(&both, over - window).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|count| count.failures == 1 && count.window_started_at == over)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_is_lost_when_many_come_at_once() {
    let bed = Bed::new().await;
    let since = bed.now() - TimeDelta::minutes(15);
    // In both orders, which would deadlock if the rows were taken as they come.
    let orders = [keys(&["a", "b"]), keys(&["b", "a"])];
    let add = async |turn: usize| {
        let mut read = bed.read().await;
        let mut counts = read.login_throttle();
        let keys = &orders[turn % 2];
        counts.add_failure(keys, bed.now(), since).await.unwrap();
    };
    join_all((0..40).map(add)).await;
    let mut read = bed.read().await;
    let found = read.login_throttle().counts(&orders[0], since).await;
    assert!(found.unwrap().iter().all(|count| count.failures == 40));
}

#[tokio::test]
async fn a_key_is_cleared_alone_and_old_windows_are_purged() {
    let bed = Bed::new().await;
    let both = keys(&["a", "b"]);
    let start = bed.now();
    let since = start - TimeDelta::minutes(15);
    let mut read = bed.read().await;
    let mut counts = read.login_throttle();
    counts.add_failure(&both, start, since).await.unwrap();
    let again = counts.add_failure(&both, start, since).await.unwrap();
    assert!(again.iter().all(|count| count.failures == 2));
    counts.clear(b"a").await.unwrap();
    counts.clear(b"none").await.unwrap();
    let left = counts.counts(&both, since).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].key, b"b");
    assert_eq!(counts.purge(start, 10).await.unwrap(), 0);
    let later = start + TimeDelta::seconds(1);
    assert_eq!(counts.purge(later, 10).await.unwrap(), 1);
}
