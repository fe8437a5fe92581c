//! Nothing gets past the second factor.

use bheem_domain::{AccountId, TenantId};
use bheem_identity::{Error, FirstFactor, Method, SecondFactor};
use bheem_vault::token;
use chrono::TimeDelta;

use crate::{
    support::{Bed, from},
    totp::{enrol, fresh, shown, sign_in_with},
};

/// Makes the person an active member of a tenant that demands a second factor.
pub(crate) fn demand(bed: &Bed, account: AccountId) {
    bed.sql(&format!(
        "WITH t AS (INSERT INTO workspace.tenants (id, name, slug, owner_email, requires_second_factor) \
             VALUES (gen_random_uuid(), 'A', 'a', 'a@a.example', true) RETURNING id) \
         INSERT INTO workspace.tenant_users (tenant_id, id, user_id, email, name) \
             SELECT id, gen_random_uuid(), '{account}', 'a@a.example', 'A' FROM t"
    ));
}

/// The tenants that demand one.
pub(crate) fn demanding(bed: &Bed) -> Vec<TenantId> {
    let ids = bed.sql("SELECT id FROM workspace.tenants WHERE requires_second_factor");
    ids.lines().map(|id| id.parse().unwrap()).collect()
}

#[tokio::test]
async fn a_password_alone_opens_nothing() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    enrol(&bed, "ada").await;
    let here = from("192.0.2.1");
    let refused = bed.try_sign_in("ada", &here).await.unwrap_err();
    let Error::SecondFactorRequired { methods } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(methods, [Method::Totp, Method::RecoveryCode]);
    let sessions = bed.identity.sessions(ada.id).await.unwrap().len();
    let browser = bed
        .identity
        .browser_sign_in("ada", bed.password().await, &here, None, &[]);
    let browser = browser.await.unwrap();
    assert!(matches!(browser, FirstFactor::SecondFactorNeeded { .. }));
    assert_eq!(bed.identity.sessions(ada.id).await.unwrap().len(), sessions);
    // A wrong password is told as such, whether or not there is a second factor.
    let wrong = bed.fail("ada", &here).await;
    assert!(matches!(wrong, Error::BadCredentials));
}

#[tokio::test]
async fn a_password_set_by_a_link_keeps_the_factors() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let link = bed.link(ada.id, "ada@a.example").await;
    let new = token::generate().unwrap();
    let set = bed
        .identity
        .set_password_by_link(&link, new.clone(), false)
        .await;
    set.unwrap();
    let here = from("192.0.2.1");
    let refused = bed.identity.sign_in("ada", new.clone(), &here).await;
    assert!(matches!(refused, Err(Error::SecondFactorRequired { .. })));
    let second = Some(SecondFactor::Totp(shown(&bed, &setup)));
    let signed_in = bed.identity.sign_in_with("ada", new, second, &here).await;
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn a_refresh_says_no_more_than_was_proven() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let before = bed.sign_in("ada").await;
    let (setup, _) = enrol(&bed, "ada").await;
    let refreshed = bed.identity.refresh(&before.refresh_token).await.unwrap();
    let tokens = bed.identity.tokens();
    let claims = tokens.authenticate(&refreshed.access_token).await.unwrap();
    assert_eq!(claims.acr, "aal1");
    assert_eq!(claims.auth_time, before.account.created_at.timestamp());
    let second = Some(SecondFactor::Totp(shown(&bed, &setup)));
    let both = sign_in_with(&bed, "ada", second, &from("192.0.2.1"))
        .await
        .unwrap();
    bed.clock.advance(TimeDelta::minutes(1));
    let refreshed = bed.identity.refresh(&both.refresh_token).await.unwrap();
    let claims = tokens.authenticate(&refreshed.access_token).await.unwrap();
    assert_eq!(claims.acr, "aal2");
    assert_eq!(claims.auth_time, bed.now().timestamp() - 60);
}

#[tokio::test]
async fn what_a_tenant_demands_is_asked_for_on_the_way_to_it_and_nowhere_else() {
    let bed = Bed::new().await;
    let ada = bed.account("ada").await;
    let before = bed.sign_in("ada").await;
    assert!(!bed.identity.requires_second_factor(ada.id).await.unwrap());
    demand(&bed, ada.id);
    assert!(bed.identity.requires_second_factor(ada.id).await.unwrap());
    let here = from("192.0.2.1");
    assert!(bed.try_sign_in("ada", &here).await.is_ok());
    let other = [TenantId::generate(&bed.clock)];
    for elsewhere in [&[][..], &other] {
        let password = bed.password().await;
        let in_browser = bed
            .identity
            .browser_sign_in("ada", password, &here, None, elsewhere);
        assert!(matches!(in_browser.await, Ok(FirstFactor::Done(_))));
    }
    let proof = fresh(&bed, &before).await;
    assert!(bed.identity.refresh(&before.refresh_token).await.is_ok());
    let (password, tenants) = (bed.password().await, demanding(&bed));
    let there = bed
        .identity
        .browser_sign_in("ada", password, &here, None, &tenants);
    assert!(matches!(
        there.await,
        Ok(FirstFactor::EnrolmentNeeded { .. })
    ));
    // The last factor stays.
    let setup = bed.identity.begin_totp(&proof).await.unwrap();
    let code = shown(&bed, &setup);
    bed.identity.confirm_totp(&proof, &code).await.unwrap();
    let refused = bed.identity.remove_totp(&proof).await;
    assert!(matches!(refused, Err(Error::LastFactor)));
    assert!(bed.identity.factors(ada.id).await.unwrap().totp);
    bed.sql("UPDATE workspace.tenant_users SET is_active = false");
    assert!(!bed.identity.requires_second_factor(ada.id).await.unwrap());
    bed.identity.remove_totp(&proof).await.unwrap();
}
