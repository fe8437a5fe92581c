//! Sessions: rotation, the end of them, and who is told.

use bheem_domain::{AccountId, SessionId};
use bheem_persistence::repo::{NewSession, SessionKind};
use chrono::TimeDelta;
use futures::future::join_all;

use crate::support::Bed;

async fn begin(bed: &Bed, account: AccountId) -> SessionId {
    let new = NewSession {
        id: SessionId::generate(&bed.clock),
        account_id: account,
        ip_address: Some("2001:db8::1/128".parse().unwrap()),
        user_agent: Some("curl".to_owned()),
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::days(30),
        kind: SessionKind::Api,
        amr: vec!["pwd".to_owned()],
        idle_expires_at: None,
    };
    bed.read().await.sessions().insert(&new).await.unwrap();
    new.id
}

#[tokio::test]
async fn a_session_is_read_as_it_was_written() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let id = begin(&bed, ada).await;
    let mut read = bed.read().await;
    let found = read.sessions().find(id).await.unwrap().unwrap();
    assert_eq!((found.id, found.account_id, found.generation), (id, ada, 0));
    assert_eq!(found.ip_address.unwrap().to_string(), "2001:db8::1/128");
    assert_eq!(found.user_agent.as_deref(), Some("curl"));
    assert_eq!(
        (found.created_at, found.last_used_at),
        (bed.now(), bed.now())
    );
    assert_eq!(found.revoked_at, None);
    let none = SessionId::generate(&bed.clock);
    assert!(read.sessions().find(none).await.unwrap().is_none());
}

#[tokio::test]
async fn a_rotation_gives_the_account_and_the_next_generation() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let id = begin(&bed, ada).await;
    let now = bed.later(60);
    let mut read = bed.read().await;
    let rotated = read.sessions().rotate(id, 0, now).await.unwrap();
    let (session, account) = rotated.unwrap();
    assert_eq!((session.generation, account.id), (1, ada));
    let found = read.sessions().find(id).await.unwrap().unwrap();
    assert_eq!((found.generation, found.last_used_at), (1, now));
    for wrong in [0, 2, -1] {
        let rotated = read.sessions().rotate(id, wrong, now).await.unwrap();
        assert!(rotated.is_none());
    }
    let rotated = read.sessions().rotate(id, 1, now).await.unwrap();
    assert!(rotated.is_some());
}

#[tokio::test]
async fn an_ended_or_lapsed_session_and_a_disabled_account_do_not_rotate() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let revoked = begin(&bed, ada).await;
    let living = begin(&bed, ada).await;
    let mut read = bed.read().await;
    let now = bed.now();
    let ended = read.sessions().revoke(ada, revoked, "logout", now).await;
    assert!(ended.unwrap());
    let rotated = read.sessions().rotate(revoked, 0, now).await.unwrap();
    assert!(rotated.is_none());
    let end = now + TimeDelta::days(30);
    let rotated = read.sessions().rotate(living, 0, end).await.unwrap();
    assert!(rotated.is_none());
    read.accounts().set_active(ada, false).await.unwrap();
    let rotated = read.sessions().rotate(living, 0, now).await.unwrap();
    assert!(rotated.is_none());
    // The token was not used up: it is not taken for a stolen one later.
    let found = read.sessions().find(living).await.unwrap().unwrap();
    assert_eq!(found.generation, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_rotations_at_once_one_wins() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let id = begin(&bed, ada).await;
    let rotate = async || {
        let mut read = bed.read().await;
        read.sessions().rotate(id, 0, bed.now()).await.unwrap()
    };
    let rotated = join_all((0..64).map(|_| rotate())).await;
    assert_eq!(rotated.into_iter().flatten().count(), 1);
    let found = bed.read().await.sessions().find(id).await.unwrap();
    assert_eq!(found.unwrap().generation, 1);
}

#[tokio::test]
async fn a_list_shows_living_sessions_newest_first() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let eve = bed.account("eve").await.id;
    let first = begin(&bed, ada).await;
    bed.later(60);
    let second = begin(&bed, ada).await;
    bed.later(60);
    let third = begin(&bed, ada).await;
    begin(&bed, eve).await;
    let mut read = bed.read().await;
    let now = bed.now();
    let ended = read.sessions().revoke(ada, second, "logout", now).await;
    assert!(ended.unwrap());
    let list = read.sessions().list(ada, now).await.unwrap();
    let ids: Vec<_> = list.iter().map(|session| session.id).collect();
    assert_eq!(ids, [third, first]);
    // One second before the last one lapses, the first has lapsed.
    let nearly = now + TimeDelta::days(30) - TimeDelta::seconds(1);
    let list = read.sessions().list(ada, nearly).await.unwrap();
    assert_eq!(list.len(), 1);
}

#[tokio::test]
async fn only_its_own_account_ends_a_session_and_only_once() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let eve = bed.account("eve").await.id;
    let id = begin(&bed, ada).await;
    let now = bed.now();
    let mut read = bed.read().await;
    let mut sessions = read.sessions();
    assert!(!sessions.revoke(eve, id, "logout", now).await.unwrap());
    assert!(sessions.revoke(ada, id, "logout", now).await.unwrap());
    assert!(!sessions.revoke(ada, id, "logout", now).await.unwrap());
}

#[tokio::test]
async fn all_sessions_but_one_end_and_are_named() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let eve = bed.account("eve").await.id;
    let (kept, first, second) = (
        begin(&bed, ada).await,
        begin(&bed, ada).await,
        begin(&bed, ada).await,
    );
    let foreign = begin(&bed, eve).await;
    let now = bed.now();
    let mut read = bed.read().await;
    let mut sessions = read.sessions();
    let ended = sessions.revoke_all(ada, Some(kept), "password", now).await;
    let mut ended = ended.unwrap();
    ended.sort();
    let mut expected = vec![first, second];
    expected.sort();
    assert_eq!(ended, expected);
    for living in [kept, foreign] {
        let found = sessions.find(living).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, None);
    }
    let rest = sessions.revoke_all(ada, None, "disabled", now).await;
    assert_eq!(rest.unwrap(), [kept]);
}

#[tokio::test]
async fn revocations_are_read_from_a_moment_on() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (first, second) = (begin(&bed, ada).await, begin(&bed, ada).await);
    let early = bed.now();
    let mut read = bed.read().await;
    let ended = read.sessions().revoke(ada, first, "logout", early).await;
    assert!(ended.unwrap());
    let late = bed.later(60);
    let ended = read.sessions().revoke(ada, second, "logout", late).await;
    assert!(ended.unwrap());
    let since = read.sessions().revoked_since(late).await.unwrap();
    assert_eq!(since, [(second.as_uuid(), late)]);
    let since = read.sessions().revoked_since(early).await.unwrap();
    assert_eq!(since.len(), 2);
}

#[tokio::test]
async fn lapsed_sessions_are_purged_a_few_at_a_time() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    for _ in 0..3 {
        begin(&bed, ada).await;
    }
    bed.later(60);
    let living = begin(&bed, ada).await;
    let before = bed.now() + TimeDelta::days(30);
    let mut read = bed.read().await;
    let mut sessions = read.sessions();
    assert_eq!(sessions.purge(before, 2).await.unwrap(), 2);
    assert_eq!(sessions.purge(before, 2).await.unwrap(), 1);
    assert_eq!(sessions.purge(before, 2).await.unwrap(), 0);
    assert!(sessions.find(living).await.unwrap().is_some());
}

#[tokio::test]
async fn an_account_that_is_switched_off_keeps_no_session() {
    let bed = Bed::new().await;
    let (ada, bea) = (bed.account("ada").await.id, bed.account("bea").await.id);
    let (hers, other) = (begin(&bed, ada).await, begin(&bed, bea).await);
    let mut read = bed.read().await;
    read.accounts().set_active(ada, false).await.unwrap();
    let found = read.sessions().find(hers).await.unwrap().unwrap();
    assert!(found.revoked_at.is_some());
    let found = read.sessions().find(other).await.unwrap().unwrap();
    assert!(found.revoked_at.is_none());
}
