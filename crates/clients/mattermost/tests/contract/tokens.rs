//! Sessions and tokens.

use bheem_mattermost::{Client, Deleted, ErrorId, ErrorKind, NewAccessToken};

use super::user;

/// Sessions and personal access tokens. The server must have tokens switched on.
pub(crate) async fn tokens(mattermost: &Client, unique: &str) {
    let unique = &format!("{unique}t");
    let (john, password) = user(mattermost, unique, "john").await;
    let tokens = mattermost.tokens();
    let new = NewAccessToken::new(format!("{unique} for a test"));
    let made = tokens.create(&john.id, &new).await.unwrap();
    let as_john = mattermost.with_token(made.token.clone()).unwrap();
    assert_eq!(as_john.users().me().await.unwrap().id, john.id);
    let found = tokens
        .find_by_description(&john.id, &new.description)
        .await
        .unwrap();
    assert_eq!((found.len(), &found[0].id), (1, &made.id));
    let denied = as_john.tokens().create(&john.id, &new).await.unwrap_err();
    assert_eq!(
        denied.kind(),
        ErrorKind::Unauthorized,
        "no permission of a member's"
    );
    assert_eq!(tokens.revoke(&made.id).await.unwrap(), Deleted::Removed);
    assert_eq!(tokens.revoke(&made.id).await.unwrap(), Deleted::Absent);
    let error = as_john.users().me().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);

    let signed_in = mattermost
        .sessions()
        .sign_in(&john.email, &password)
        .await
        .unwrap();
    let as_john = mattermost.with_token(signed_in.token).unwrap();
    let sessions = mattermost.sessions().list(&john.id).await.unwrap();
    assert!(!sessions.is_empty() && sessions.iter().all(|one| one.user_id == john.id));
    mattermost.sessions().revoke_all(&john.id).await.unwrap();
    assert!(
        mattermost
            .sessions()
            .list(&john.id)
            .await
            .unwrap()
            .is_empty()
    );
    let error = as_john.users().me().await.unwrap_err();
    assert_eq!(error.id(), Some(&ErrorId::SessionExpired));
    mattermost.users().deactivate(&john.id).await.unwrap();
}
