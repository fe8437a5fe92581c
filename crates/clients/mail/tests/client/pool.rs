use std::{sync::atomic::Ordering, time::Duration};

use bheem_mail::{Credentials, ErrorKind, PoolLimits};
use futures::future::join_all;

use crate::peer::{Peer, Step, imap, say};

const QUOTA: &str = "{tag} OK done\r\n";

/// Answers so many times.
fn answers(count: usize) -> Vec<Step> {
    let mut script = imap(Vec::new());
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 QUOTA] in\r\n");
    for _ in 0..count {
        script.extend([Step::Hear("GETQUOTAROOT"), say(QUOTA)]);
    }
    script.push(Step::Hear("never"));
    script
}

fn limits() -> PoolLimits {
    PoolLimits {
        per_user: 2,
        total: 3,
        ..PoolLimits::default()
    }
}

#[tokio::test]
async fn a_connection_is_used_again_by_the_same_user_alone() {
    let peer = Peer::start(vec![answers(100)]).await;
    let client = peer.client(false).build().unwrap();
    let alice = client.account_with_password("alice", "one");
    for _ in 0..5 {
        alice.quota().await.unwrap();
    }
    assert_eq!(peer.connections(), 1);
    client
        .account_with_password("bob", "one")
        .quota()
        .await
        .unwrap();
    assert_eq!(peer.connections(), 2);
    // The same user with another password has not proven anything yet.
    client
        .account_with_password("alice", "two")
        .quota()
        .await
        .unwrap();
    assert_eq!(peer.connections(), 3);
    client
        .account("alice", Credentials::password("one"))
        .quota()
        .await
        .unwrap();
    assert_eq!(peer.connections(), 3);
}

#[tokio::test]
async fn as_many_as_allowed_work_at_once_and_all_get_their_turn() {
    let peer = Peer::start(vec![answers(1000)]).await;
    let client = peer.client(false).pool(limits()).build().unwrap();
    let work = (0..60).map(|number| {
        let account = client.account_with_password(format!("user-{}", number % 5), "x");
        async move { account.quota().await }
    });
    for result in join_all(work).await {
        result.unwrap();
    }
    // A closed connection may be seen to end by the other side a moment after the next one began.
    assert!(
        peer.open_at_once.load(Ordering::SeqCst) <= 5,
        "{:?}",
        peer.open_at_once
    );
    let alone = Peer::start(vec![answers(1000)]).await;
    let client = alone.client(false).pool(limits()).build().unwrap();
    let account = client.account_with_password("alice", "x");
    for result in join_all((0..40).map(|_| account.quota())).await {
        result.unwrap();
    }
    assert_eq!(alone.connections(), 2);
}

#[tokio::test]
async fn who_waits_too_long_is_told_so_without_anything_sent() {
    let mut script = imap(vec![Step::Hear("GETQUOTAROOT"), Step::Hang]);
    script[2] = say("{tag} OK [CAPABILITY IMAP4rev1 QUOTA] in\r\n");
    let peer = Peer::start(vec![script]).await;
    let limits = PoolLimits {
        per_user: 1,
        wait: Duration::from_millis(50),
        ..limits()
    };
    let client = peer.client(false).pool(limits).build().unwrap();
    let account = client.account_with_password("alice", "x");
    let (first, second) = (account.clone(), account.clone());
    let work = async {
        let refused = second.quota().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable);
        assert!(
            matches!(refused, bheem_mail::Error::Busy { .. }),
            "{refused:?}"
        );
    };
    tokio::select! {
        biased;
        _ = first.quota() => panic!("nobody answers"),
        () = work => {}
    }
}

#[tokio::test]
async fn a_connection_whose_command_was_dropped_is_never_used_again() {
    let mut hanging = imap(vec![
        Step::Hear("GETQUOTAROOT"),
        say("* QUOTA \"x\" (STORAGE 1 2)\r\n"),
        Step::Hang,
    ]);
    hanging[2] = say("{tag} OK [CAPABILITY IMAP4rev1 QUOTA] in\r\n");
    let peer = Peer::start(vec![hanging, answers(1)]).await;
    let account = peer
        .client(false)
        .build()
        .unwrap()
        .account_with_password("alice", "x");
    let dropped = tokio::select! {
        result = account.quota() => Some(result),
        () = async { while !peer.heard().concat().contains("GETQUOTAROOT") { tokio::task::yield_now().await; } } => None,
    };
    assert!(dropped.is_none());
    // What the first was told must not become the answer to the second.
    assert!(account.quota().await.unwrap().is_empty());
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_good_bye_between_two_commands_is_noticed() {
    let mut leaving = imap(vec![
        Step::Hear("GETQUOTAROOT"),
        say(QUOTA),
        say("* BYE idle for too long\r\n"),
    ]);
    leaving[2] = say("{tag} OK [CAPABILITY IMAP4rev1 QUOTA] in\r\n");
    let peer = Peer::start(vec![leaving, answers(1)]).await;
    let account = peer
        .client(false)
        .build()
        .unwrap()
        .account_with_password("alice", "x");
    account.quota().await.unwrap();
    // The good-bye comes along with the answer or a moment later: the end of that connection is waited for.
    while peer.open() > 0 {
        tokio::task::yield_now().await;
    }
    account.quota().await.unwrap();
    assert_eq!(peer.connections(), 2);
}
