//! Users.

use bheem_mattermost::{
    Client, Deleted, ErrorId, ErrorKind, ListUsers, NewUser, SearchUsers, SecretString, UpdateUser,
    User,
};
use futures::TryStreamExt as _;

use super::{NOBODY, user};

/// Users, from making to deactivating.
pub(crate) async fn users(mattermost: &Client, unique: &str) {
    let unique = &format!("{unique}u");
    let users = mattermost.users();
    let (john, password) = user(mattermost, unique, "john").await;
    assert_eq!(
        john.props.get("tenant").map(String::as_str),
        Some(unique.as_str())
    );
    let same_email = NewUser::with_password(&john.email, format!("x{unique}"), password.clone());
    let error = users.create(&same_email).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Conflict, Some(&ErrorId::EmailTaken))
    );
    assert_eq!(users.ensure(&same_email).await.unwrap().id, john.id);
    let same_name = NewUser::with_password(
        format!("{unique}-other@contract.example"),
        &john.username,
        password.clone(),
    );
    let error = users.create(&same_name).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Conflict, Some(&ErrorId::UsernameTaken))
    );
    let error = users.ensure(&same_name).await.unwrap_err();
    assert_eq!(error.id(), Some(&ErrorId::UsernameTaken));
    let bad = NewUser::with_password("b@contract.example", "b@d", password.clone());
    let error = users.create(&bad).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Invalid, Some(&ErrorId::UsernameInvalid))
    );

    let nobody = NOBODY.parse().unwrap();
    assert!(users.find(&nobody).await.unwrap().is_none());
    assert!(
        users
            .find_by_email("nobody@contract.example")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        users
            .find_by_username("nobody.contract")
            .await
            .unwrap()
            .is_none()
    );
    for found in [
        users.find(&john.id).await.unwrap(),
        users.find_by_email(&john.email).await.unwrap(),
        users.find_by_username(&john.username).await.unwrap(),
    ] {
        assert_eq!(found.unwrap().id, john.id);
    }
    let change = UpdateUser::new()
        .name("Johnny", "Contract")
        .position("Tester");
    let changed = users.update(&john.id, &change).await.unwrap();
    assert_eq!(
        (changed.first_name.as_str(), changed.position.as_str()),
        ("Johnny", "Tester")
    );
    let found = users
        .search(&SearchUsers::new(&john.username))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    signing_in(mattermost, &john, &password).await;
}

async fn signing_in(mattermost: &Client, john: &User, password: &SecretString) {
    let users = mattermost.users();
    let same_email = NewUser::with_password(&john.email, "another.name", password.clone());
    let nobody = NOBODY.parse().unwrap();
    let signed_in = mattermost
        .sessions()
        .sign_in(&john.email, password)
        .await
        .unwrap();
    assert_eq!(signed_in.user.id, john.id);
    let as_john = mattermost.with_token(signed_in.token).unwrap();
    assert_eq!(as_john.users().me().await.unwrap().id, john.id);
    let denied = as_john
        .users()
        .deactivate(&users.me().await.unwrap().id)
        .await
        .unwrap_err();
    assert_eq!(
        (denied.kind(), denied.id()),
        (ErrorKind::Unauthorized, Some(&ErrorId::PermissionDenied))
    );
    let error = mattermost
        .sessions()
        .sign_in(&john.email, &"wrong".into())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Unauthorized, Some(&ErrorId::InvalidCredentials))
    );

    assert_eq!(users.deactivate(&john.id).await.unwrap(), Deleted::Removed);
    assert!(!users.find(&john.id).await.unwrap().unwrap().is_active());
    let error = as_john.users().me().await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unauthorized,
        "sessions end at once"
    );
    let error = mattermost
        .sessions()
        .sign_in(&john.email, password)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let error = users.create(&same_email).await.unwrap_err();
    assert_eq!(
        error.id(),
        Some(&ErrorId::EmailTaken),
        "a deactivated user keeps the address"
    );
    assert!(
        users
            .search(&SearchUsers::new(&john.username))
            .await
            .unwrap()
            .is_empty()
    );
    let inactive = ListUsers::all().active(false);
    let listed: Vec<User> = users.stream(inactive).try_collect().await.unwrap();
    assert!(listed.iter().any(|one| one.id == john.id));
    users.activate(&john.id).await.unwrap();
    mattermost
        .sessions()
        .sign_in(&john.username, password)
        .await
        .unwrap();
    assert_eq!(users.deactivate(&nobody).await.unwrap(), Deleted::Absent);
    let error = users.activate(&nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    users.deactivate(&john.id).await.unwrap();
}
