//! The end of a session is felt at once, here and on every other replica.

use bheem_identity::{Error, Identity};
use bheem_vault::token;

use crate::support::{Bed, password_change, until, watching};

async fn is_signed_in(identity: &Identity, access_token: &str) -> bool {
    match identity.tokens().authenticate(access_token).await {
        Ok(_) => true,
        Err(Error::InvalidToken) => false,
        Err(error) => panic!("{error:?}"),
    }
}

/// Ends the connections that listen, as a network that breaks does.
const END_LISTENERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND query LIKE 'LISTEN%'";

#[tokio::test]
async fn a_logout_is_felt_here_at_once() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    watching(
        &bed.identity,
        &bed.database,
        Box::pin(async {
            let token = &signed_in.access_token;
            assert!(is_signed_in(&bed.identity, token).await);
            let ended = bed.identity.end_session(ada, signed_in.session_id).await;
            ended.unwrap();
            assert!(!is_signed_in(&bed.identity, token).await);
            let refreshed = bed.identity.refresh(&signed_in.refresh_token).await;
            assert!(matches!(refreshed, Err(Error::InvalidToken)));
        }),
    )
    .await;
}

#[tokio::test]
async fn a_replica_hears_of_a_logout_elsewhere() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, database) = bed.replica().await;
    let (signed_in, other) = (bed.sign_in("ada").await, bed.sign_in("ada").await);
    watching(&replica, &database, async {
        let token = &signed_in.access_token;
        assert!(is_signed_in(&replica, token).await);
        let ended = bed.identity.end_session(ada, signed_in.session_id).await;
        ended.unwrap();
        until("heard", async || !is_signed_in(&replica, token).await).await;
        assert!(is_signed_in(&replica, &other.access_token).await);
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_starts_later_knows_of_earlier_logouts() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let signed_in = bed.sign_in("ada").await;
    let ended = bed.identity.end_session(ada, signed_in.session_id).await;
    ended.unwrap();
    let (replica, database) = bed.replica().await;
    watching(&replica, &database, async {
        assert!(!is_signed_in(&replica, &signed_in.access_token).await);
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_does_not_listen_asks_the_database() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, _) = bed.replica().await;
    let signed_in = bed.sign_in("ada").await;
    assert!(!replica.revocations().is_current());
    assert!(is_signed_in(&replica, &signed_in.access_token).await);
    let ended = bed.identity.end_session(ada, signed_in.session_id).await;
    ended.unwrap();
    assert!(!is_signed_in(&replica, &signed_in.access_token).await);
}

#[tokio::test]
async fn who_no_longer_watches_does_not_take_the_view_for_current() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, database) = bed.replica().await;
    let signed_in = bed.sign_in("ada").await;
    watching(&replica, &database, async {}).await;
    assert!(!replica.revocations().is_current());
    let ended = bed.identity.end_session(ada, signed_in.session_id).await;
    ended.unwrap();
    assert!(!is_signed_in(&replica, &signed_in.access_token).await);
}

#[tokio::test]
async fn a_broken_listener_is_noticed_and_mended_and_nothing_is_missed() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, database) = bed.replica().await;
    let (first, second) = (bed.sign_in("ada").await, bed.sign_in("ada").await);
    watching(&replica, &database, async {
        assert!(is_signed_in(&replica, &first.access_token).await);
        bed.sql(END_LISTENERS);
        until("noticed", async || !replica.revocations().is_current()).await;
        // While nobody listens the database is asked, and what ends now is heard of later.
        let ended = bed.identity.end_session(ada, first.session_id).await;
        ended.unwrap();
        assert!(!is_signed_in(&replica, &first.access_token).await);
        until("mended", async || replica.revocations().is_current()).await;
        assert!(!is_signed_in(&replica, &first.access_token).await);
        let ended = bed.identity.end_session(ada, second.session_id).await;
        ended.unwrap();
        let token = &second.access_token;
        until("heard", async || !is_signed_in(&replica, token).await).await;
    })
    .await;
}

#[tokio::test]
async fn without_database_and_listener_no_token_is_accepted() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let (replica, database) = bed.replica().await;
    let signed_in = bed.sign_in("ada").await;
    // Remembered, so that the signature is not what is missing.
    assert!(is_signed_in(&replica, &signed_in.access_token).await);
    database.close();
    let unknown = replica.tokens().authenticate(&signed_in.access_token).await;
    assert!(matches!(unknown, Err(Error::Database(_))), "{unknown:?}");
    let noise = replica.tokens().authenticate("a.b.c").await;
    assert!(matches!(noise, Err(Error::InvalidToken)));
}

#[tokio::test]
async fn only_the_own_living_session_can_be_ended() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let eve = bed.account("eve").await.id;
    let signed_in = bed.sign_in("ada").await;
    let session = signed_in.session_id;
    let foreign = bed.identity.end_session(eve, session).await;
    assert!(matches!(foreign, Err(Error::SessionNotFound)));
    assert!(is_signed_in(&bed.identity, &signed_in.access_token).await);
    bed.identity.end_session(ada, session).await.unwrap();
    let again = bed.identity.end_session(ada, session).await;
    assert!(matches!(again, Err(Error::SessionNotFound)));
}

#[tokio::test]
async fn a_change_of_password_is_felt_on_other_replicas() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await.id;
    let (replica, database) = bed.replica().await;
    let (own, other) = (bed.sign_in("ada").await, bed.sign_in("ada").await);
    watching(&replica, &database, async {
        assert!(is_signed_in(&replica, &other.access_token).await);
        let (old, new) = (bed.password().await, token::generate().unwrap());
        let client = bheem_identity::Client::default();
        let identity = &bed.identity;
        let changed =
            identity.change_password(ada, own.session_id, password_change(old, new), &client);
        Box::pin(changed).await.unwrap();
        let token = &other.access_token;
        until("heard", async || !is_signed_in(&replica, token).await).await;
        assert!(is_signed_in(&replica, &own.access_token).await);
    })
    .await;
}
