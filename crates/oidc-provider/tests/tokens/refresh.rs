//! The refresh token grant.

use std::collections::HashSet;

use futures::future::join_all;

use crate::support::{Bed, claims};

#[tokio::test]
async fn a_refresh_rotates_the_token() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid", "email"]).await;
    let second = bed.refresh(&app, first.text("refresh_token")).await.good();
    assert_ne!(first.text("refresh_token"), second.text("refresh_token"));
    let id = claims(second.text("id_token"));
    assert!(id.get("nonce").is_none());
    assert_eq!(id["auth_time"], bed.now().timestamp());
    bed.refresh(&app, second.text("refresh_token")).await.good();
}

#[tokio::test]
async fn within_the_grace_the_token_before_has_the_same_successor() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid"]).await;
    let lost = bed.refresh(&app, first.text("refresh_token")).await.good();
    bed.pass(10);
    let again = bed.refresh(&app, first.text("refresh_token")).await.good();
    assert_eq!(lost.text("refresh_token"), again.text("refresh_token"));
    bed.refresh(&app, again.text("refresh_token")).await.good();
}

#[tokio::test]
async fn a_token_that_comes_late_a_second_time_ends_the_family() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid", "offline_access"]).await;
    let second = bed.refresh(&app, first.text("refresh_token")).await.good();
    bed.pass(11);
    let reused = bed.refresh(&app, first.text("refresh_token")).await;
    reused.is_refused(400, "invalid_grant");
    let stolen = bed.refresh(&app, second.text("refresh_token")).await;
    stolen.is_refused(400, "invalid_grant");
    assert!(!bed.is_active(&app, second.text("access_token")).await);
}

#[tokio::test]
async fn two_generations_back_is_too_far_even_within_the_grace() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid"]).await;
    let second = bed.refresh(&app, first.text("refresh_token")).await.good();
    let third = bed.refresh(&app, second.text("refresh_token")).await.good();
    let reused = bed.refresh(&app, first.text("refresh_token")).await;
    reused.is_refused(400, "invalid_grant");
    let ended = bed.refresh(&app, third.text("refresh_token")).await;
    ended.is_refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_refresh_at_once_all_are_of_one_family() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid"]).await;
    let token = first.text("refresh_token");
    let replies = join_all((0..64).map(|_| bed.refresh(&app, token))).await;
    let successors = replies
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.text("refresh_token"))
        .collect::<HashSet<_>>();
    assert_eq!(successors.len(), 1);
    let successor = successors.into_iter().next().unwrap();
    bed.refresh(&app, successor).await.good();
}

#[tokio::test]
async fn a_token_of_another_client_is_refused_and_unharmed() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let other = bed.client("other").await;
    let first = bed.tokens(&app, ada, &["openid"]).await;
    let token = first.text("refresh_token");
    bed.refresh(&other, token)
        .await
        .is_refused(400, "invalid_grant");
    bed.refresh(&app, token).await.good();
}

#[tokio::test]
async fn scopes_only_narrow() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let first = bed.tokens(&app, ada, &["openid", "email"]).await;
    let with = |token: &str, scope: &str| {
        [
            ("grant_type".to_owned(), "refresh_token".to_owned()),
            ("refresh_token".to_owned(), token.to_owned()),
            ("scope".to_owned(), scope.to_owned()),
        ]
    };
    let narrow = with(first.text("refresh_token"), "email");
    let pairs = narrow.each_ref().map(|(a, b)| (a.as_str(), b.as_str()));
    let narrowed = bed.token(&app, &pairs).await.good();
    assert_eq!(narrowed.text("scope"), "email");
    assert!(narrowed.body.get("id_token").is_none());
    let wide = with(narrowed.text("refresh_token"), "email profile");
    let pairs = wide.each_ref().map(|(a, b)| (a.as_str(), b.as_str()));
    bed.token(&app, &pairs)
        .await
        .is_refused(400, "invalid_scope");
    // What was refused has rotated nothing: much later, the token is still the current one.
    bed.pass(60);
    let token = narrowed.text("refresh_token");
    bed.refresh(&app, token).await.good();
}

#[tokio::test]
async fn a_grant_ends_with_its_session_unless_it_outlives_it() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let bound = bed.tokens(&app, ada, &["openid"]).await;
    let offline = bed.tokens(&app, ada, &["openid", "offline_access"]).await;
    bed.identity
        .end_session(ada.account, ada.session)
        .await
        .unwrap();
    let ended = bed.refresh(&app, bound.text("refresh_token")).await;
    ended.is_refused(400, "invalid_grant");
    assert!(!bed.is_active(&app, bound.text("access_token")).await);
    assert!(bed.is_active(&app, offline.text("access_token")).await);
    bed.refresh(&app, offline.text("refresh_token"))
        .await
        .good();
    // Not beyond its own end.
    bed.pass(30 * 24 * 3_600);
    let lapsed = bed.refresh(&app, offline.text("refresh_token")).await;
    lapsed.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_person_who_may_not_sign_in_any_more_keeps_nothing() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let reply = bed.tokens(&app, ada, &["openid", "offline_access"]).await;
    let mut read = bed.read().await;
    read.accounts()
        .set_active(ada.account, false)
        .await
        .unwrap();
    drop(read);
    let refused = bed.refresh(&app, reply.text("refresh_token")).await;
    refused.is_refused(400, "invalid_grant");
    assert!(!bed.is_active(&app, reply.text("access_token")).await);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let bed = Bed::new().await;
    let app = bed.client("app").await;
    for bad in ["x", "a.b.c", "%00", "AAAA"] {
        bed.refresh(&app, bad)
            .await
            .is_refused(400, "invalid_grant");
    }
    let missing = bed.token(&app, &[("grant_type", "refresh_token")]).await;
    missing.is_refused(400, "invalid_request");
}
