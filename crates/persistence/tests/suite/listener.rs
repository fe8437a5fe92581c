//! The listener hears what other connections commit, and nothing else.

use bheem_domain::SessionId;
use bheem_persistence::{
    Change, ChangeListener,
    repo::{NewSession, SessionKind},
};
use chrono::TimeDelta;
use tokio::sync::mpsc;

use crate::support::{Bed, PATIENCE};

async fn session(bed: &Bed) -> (bheem_domain::AccountId, SessionId) {
    let account = bed.account(&bed.new_account("x").id.to_string()).await.id;
    let new = NewSession {
        id: SessionId::generate(&bed.clock),
        account_id: account,
        ip_address: None,
        user_agent: None,
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::days(1),
        kind: SessionKind::Api,
        amr: vec!["pwd".to_owned()],
        idle_expires_at: None,
    };
    bed.read().await.sessions().insert(&new).await.unwrap();
    (account, new.id)
}

#[tokio::test]
async fn a_committed_revocation_of_another_connection_is_heard() {
    let bed = Bed::new().await;
    let (dropped_of, dropped) = session(&bed).await;
    let (account, revoked) = session(&bed).await;
    let (last_of, last) = session(&bed).await;
    let mut listener = ChangeListener::begin(&bed.database).await.unwrap();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let listening = listener.run(|change| sender.send(change).unwrap());
    let revoking = async {
        let now = bed.now();
        let mut tx = bed.system().await;
        let mut sessions = tx.sessions();
        assert!(
            sessions
                .revoke(dropped_of, dropped, "x", now)
                .await
                .unwrap()
        );
        drop(tx);
        let mut tx = bed.system().await;
        let mut sessions = tx.sessions();
        assert!(sessions.revoke(account, revoked, "x", now).await.unwrap());
        // Rotating is no revocation.
        assert!(sessions.rotate(last, 0, now).await.unwrap().is_some());
        tx.commit().await.unwrap();
        let mut read = bed.read().await;
        let ended = read.sessions().revoke_all(last_of, None, "x", now).await;
        assert_eq!(ended.unwrap(), [last]);
        [heard.recv().await.unwrap(), heard.recv().await.unwrap()]
    };
    let heard = tokio::select! {
        () = listening => panic!("the connection broke"),
        heard = tokio::time::timeout(PATIENCE, revoking) => heard.unwrap(),
    };
    assert_eq!(
        heard,
        [revoked, last].map(|id| Change::Revoked(id.as_uuid()))
    );
}

#[tokio::test]
async fn what_names_no_session_is_passed_over() {
    let bed = Bed::new().await;
    let (account, id) = session(&bed).await;
    let mut listener = ChangeListener::begin(&bed.database).await.unwrap();
    bed.sql("NOTIFY session_revoked, 'nonsense'; NOTIFY session_revoked")
        .await;
    bed.database.beat().await.unwrap();
    let mut read = bed.read().await;
    let ended = read.sessions().revoke(account, id, "x", bed.now()).await;
    assert!(ended.unwrap());
    let (sender, mut heard) = mpsc::unbounded_channel();
    let first = tokio::select! {
        () = listener.run(|change| sender.send(change).unwrap()) => panic!("it broke"),
        first = tokio::time::timeout(PATIENCE, heard.recv()) => first.unwrap(),
    };
    assert_eq!(first, Some(Change::Revoked(id.as_uuid())));
}

#[tokio::test]
async fn a_listener_whose_connection_ends_says_so() {
    let bed = Bed::new().await;
    let mut listener = ChangeListener::begin(&bed.database).await.unwrap();
    bed.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .await;
    let ended = tokio::time::timeout(PATIENCE, listener.run(|_| ())).await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn a_connection_that_falls_silent_counts_as_lost() {
    let bed = Bed::new().await;
    let mut listener = ChangeListener::begin(&bed.database).await.unwrap();
    let silence = std::time::Duration::from_millis(20);
    let ended = listener.run_until_silent(silence, |_| ());
    assert!(tokio::time::timeout(PATIENCE, ended).await.is_ok());
}
