//! What the client and Passport agree on, whether it is a stand-in or real.

use bheem_passport::{Client, ErrorKind, NewUser, Registered, SecretString, SignIn, Validation};

/// Somebody who may sign in does, and is who they are.
pub(crate) async fn sessions(
    passport: &Client,
    user: &str,
    password: &SecretString,
    company: &str,
) {
    let answer = passport
        .sign_in(user, password.clone(), company)
        .await
        .unwrap();
    let SignIn::Tokens(tokens) = answer else {
        panic!("refused")
    };
    let person = passport.current_user(&tokens.access_token).await.unwrap();
    assert!(!person.id.is_empty());
    let verdict = passport.validate(&tokens.access_token).await.unwrap();
    assert!(matches!(verdict, Validation::Valid(_)));
    let verdict = passport.validate(&"no token".into()).await.unwrap();
    assert!(matches!(verdict, Validation::Invalid));
    let stranger = passport.current_user(&"no-token".into()).await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Unauthorized);
    for (user, company) in [(user, "NOSUCHCOMPANY"), ("nobody-of-that-name", company)] {
        let answer = passport
            .sign_in(user, password.clone(), company)
            .await
            .unwrap();
        assert!(matches!(answer, SignIn::Refused));
    }
    let wrong = passport
        .sign_in(user, "not the password".into(), company)
        .await;
    assert!(matches!(wrong.unwrap(), SignIn::Refused));
    if let Some(refresh) = tokens.refresh_token {
        let renewed = passport.refresh(&refresh).await.unwrap();
        assert!(renewed.is_some());
        assert!(
            passport
                .refresh(&"no token".into())
                .await
                .unwrap()
                .is_none()
        );
    }
}

/// Somebody new is registered and changes their password.
pub(crate) async fn accounts(passport: &Client, username: &str, company: &str) {
    let (first, second) = ("A first passphrase 1!", "A second passphrase 2!");
    let new = NewUser::new(username, first.into(), company).role("Member");
    let made = passport.register(&new).await.unwrap();
    assert!(matches!(made, Registered::Created(_)));
    let again = passport.register(&new).await.unwrap();
    assert!(matches!(again, Registered::AlreadyExists));
    let SignIn::Tokens(tokens) = passport
        .sign_in(username, first.into(), company)
        .await
        .unwrap()
    else {
        panic!("refused")
    };
    let token = &tokens.access_token;
    let changed = passport
        .change_password(token, &"wrong".into(), &second.into())
        .await;
    assert!(!changed.unwrap());
    let changed = passport
        .change_password(token, &first.into(), &second.into())
        .await;
    assert!(changed.unwrap());
    let old = passport
        .sign_in(username, first.into(), company)
        .await
        .unwrap();
    assert!(matches!(old, SignIn::Refused));
    passport
        .request_password_reset(username, company)
        .await
        .unwrap();
}
